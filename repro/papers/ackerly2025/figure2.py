"""ackerly2025 Figure 2: recall against the share of the training set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from repro.papers.ackerly2025.classification import Metric
from repro.papers.ackerly2025.figures import share_curves
from repro.evidence.tables import Row, tidy
from repro.papers import catalogue
from repro.papers.ackerly2025 import claims, runs
from repro.papers.ackerly2025.runs import OURS, SHARES
from repro.papers.ackerly2025.scores import Scores, gathered, percent
from repro.papers.ackerly2025.table1 import STAND_IN
from repro.papers.measure import planned, seed_words
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ackerly2025.figure2"
STEPS = "as many optimiser steps (trees: rounds) on every part as on all images"
Found = Mapping[tuple[str, float], Scores]  # (row, share) -> scores


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Our network on five nested parts, the others on three; the paper's three printed points stand
    apart.
    """
    found = parts(records, scale)
    ours = {share: found[OURS, share] for share in SHARES}
    table = tidy([*printed(scale), *_measured(found, scale)])
    recalls = ", ".join(f"{percent(share)} {scores.interval('Recall').value:.3f}" for share, scores in ours.items())
    kept = ours[0.2].interval("Recall").value / ours[1.0].interval("Recall").value
    rows = [
        claims.row("recall-monotone-in-data", claims.recall_monotone_in_data(ours), ID, recalls),
        claims.row("recall-faster-below-60", claims.recall_faster_below_60(ours), ID, recalls),
        claims.row("recall-values", claims.recall_values(ours), ID, f"recall(20 %) / recall(100 %) = {kept:.3f}"),
    ]
    first = ours[1.0]
    seeds = seed_words(scores.cell for scores in found.values())
    protocol = f"{scale}: {first.cell.column}, n = {len(first.label)} test images with unequal class counts, macro recall, {seeds}; {STEPS}"
    words = [f"{protocol}.", "Intervals over test images and seeds. Parts of one seed lie inside each other."]
    figure = share_curves(
        curves(found, "Recall"), list(points().items()), metric="recall (macro average)", words=words
    ).figure
    return ArtifactResult(table, figure, rows, protocol)


def parts(records: list[Record], scale: str) -> dict[tuple[str, float], Scores]:
    """(row, share) -> the scores of its runs."""
    _, places = planned(runs.figure2_places, scale, records)
    column = next(iter(runs.plan(scale).columns))
    named = {(row, share): f"{row} at {percent(share)}" for row, share, _ in places}
    found = gathered(
        [(named[row, share], column, record) for (row, share, _), record in zip(places, records, strict=True)]
    )
    return {place: found[name, column] for place, name in named.items()}


def points() -> dict[float, float]:
    """The printed points: share -> recall. Two more are drawn in the paper without a number."""
    found = {}
    for (artifact, _, column), value in catalogue.reported("ackerly2025").items():
        if artifact == ID and value:
            found[float(column.partition("%")[0]) / 100] = float(value)
    return found


def printed(scale: str) -> list[Row]:
    """The paper's points as rows."""
    kept = {
        "artifact": ID,
        "scale": scale,
        "row": OURS,
        "metric": "Recall",
        "unit": "fraction",
        "note": "printed as approximate",
    }
    return [kept | {"column": f"ImageNet, {percent(share)}", "paper": value} for share, value in points().items()]


def _measured(found: Found, scale: str) -> list[Row]:
    note = STAND_IN if scale != "paper" else ""
    rows = []
    for (name, share), scores in sorted(found.items(), key=lambda pair: -pair[0][1]):
        images = scores.cell.records[0].values["n_train"]
        row = scores.tidy(ID, scale, "Recall", note=note, row=name)
        rows.append(row | {"column": f"{scores.cell.column}, {percent(share)} ({images} images)"})
    return rows


def curves(found: Found, metric: Metric) -> pd.DataFrame:
    """What `share_curves` draws."""
    rows: list[dict[str, Any]] = []
    for (name, share), scores in found.items():
        rows.append(scores.tidy(ID, "", metric, row=name) | {"share": share})
    return pd.DataFrame(rows)
