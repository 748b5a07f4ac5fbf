"""Beside the paper: the network on clips whose class depends on one known factor, against what its construction lets it tell."""

from __future__ import annotations

from collections.abc import Mapping

from repro.evidence.panels import side_by_side
from repro.evidence.tables import tidy
from repro.papers.ackerly2025 import runs
from repro.papers.ackerly2025.runs import POSITIONLESS
from repro.papers.measure import Cell, cells, planned, seed_words
from repro.papers.reproduce import Drawn
from repro.runs.store import Record

ID = "ackerly2025.factors"
ORDER_BLIND = {"appearance": 1.0, "motion": 1 / 2, "order": 1 / 6, "joint": 1 / 2}  # what frames without their order can tell, at most
BLIND = ("space only", POSITIONLESS)  # an average over frames, and attention without positions, know no order
LIMIT = "most that frames without their order can tell"


def draw(records: list[Record], scale: str) -> Drawn:
    """Accuracy per factor and variant, and the ceiling of those that cannot know the order of frames."""
    _, places = planned(runs.factors_places, scale, records)
    found = cells([(row, factor, record) for (row, factor, _), record in zip(places, records, strict=True)])
    limits = ceilings(found)
    table = tidy(cell.tidy(ID, scale, note=expectation(place, limits)) for place, cell in found.items())
    first = next(iter(found.values()))
    run = first.records[0].run
    words = f"{scale}: world factors, clips of {run.data.clips.frames} frames, n = {len(first.groups)} test clips a factor"
    protocol = f"{words}, {seed_words(found.values())}, last of {run.recipe.epochs} epochs"
    said = [f"{protocol}. Intervals over groups of clips and seeds."]
    if over := passed(found):
        said.append(f"Passed by more than its interval: {', '.join(over)}; world or network is not what it is said to be.")
    figure = side_by_side(table, by="column", series="data", limits=limits, limit=LIMIT, words=said)
    return Drawn(table, figure.figure, [], protocol)


def ceilings(found: Mapping[tuple[str, str], Cell]) -> dict[tuple[str, str], float]:
    """(row, factor) -> the accuracy below 1 that a network which knows no order of frames cannot pass but by luck."""
    return {(row, factor): ORDER_BLIND[factor] for row, factor in found if row in BLIND and ORDER_BLIND[factor] < 1}


def expectation(place: tuple[str, str], limits: Mapping[tuple[str, str], float]) -> str:
    """The ceiling in words, where there is one."""
    return f"at most {limits[place]:.2f} by construction: it cannot know the order of frames" if place in limits else ""


def passed(found: Mapping[tuple[str, str], Cell]) -> list[str]:
    """Where a network passed its ceiling by more than its interval: then the world or the network is not what it is said to be."""
    limits = ceilings(found)
    return [f"{row} on {factor}" for (row, factor), ceiling in limits.items() if found[row, factor].interval.low > ceiling]
