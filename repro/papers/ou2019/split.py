"""Beside the paper: how much of its accuracy is the random split. Colour, flow and both, split at
random and by whole groups.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from repro.evidence.sensitivity import split_contrast
from repro.evidence.statistics import Interval, unpaired_interval
from repro.evidence.tables import Row, tidy
from repro.papers.measure import Cell, cells, named, planned
from repro.papers.ou2019 import claims, runs
from repro.papers.ou2019.rows import complete, note, protocol
from repro.papers.ou2019.settings import GROUP, RANDOM
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ou2019.split"
NEAR = "8"  # of the 64 bits of a perceptual hash may differ between near-duplicates
Found = Mapping[tuple[str, str, str], Cell]  # (column, modality, split)
Copies = Mapping[tuple[str, str], Record]  # (column, split)


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Accuracy of one network on three inputs under both splits, their difference, and near copies
    across each split.
    """
    _, places = planned(runs.split_places, scale, records)
    placed = list(zip(places, records, strict=True))
    copies = {(column, split): record for (column, modality, split, _), record in placed if not modality}
    trained = [(modality, f"{column}, {split}", record) for (column, modality, split, _), record in placed if modality]
    gathered = cells(trained)
    found = {
        (column, modality, split): gathered[modality, f"{column}, {split}"]
        for (column, modality, split, _), _ in placed
        if modality
    }
    apart = differences(found)
    whole = {column: interval for (column, modality), interval in apart.items() if modality == "both"}
    at_random = [found[column, "both", RANDOM] for column in whole]
    verdict = claims.random_split_leaks(whole, at_random, complete(records, scale))
    table = tidy(
        [
            *(cell.tidy(ID, scale, note=note(cell, scale)) for cell in found.values()),
            *_copies(copies, scale),
            *_apart(apart, scale, found),
        ]
    )
    rows = [claims.row("random-split-leaks", verdict, ID, in_words(apart))]
    words = [
        f"{protocol(found.values(), scale, ', '.join(whole))}. Intervals over groups of clips and seeds; the two splits test other clips."
    ]
    words.append(
        f"A near copy: some frame's perceptual hash differs from one of a training clip of the same class in {NEAR} of 64 bits or fewer."
    )
    near = {place: (copied(record, "near_same_class"), record.values["n_test"]) for place, record in copies.items()}
    ends = {place: (interval.value, interval.low, interval.high) for place, interval in apart.items()}
    figure = split_contrast(frame(found), ends, copies=near, words=words).figure
    return ArtifactResult(table, figure, rows, protocol(found.values(), scale, f"{', '.join(whole)}, two splits"))


def differences(found: Found) -> dict[tuple[str, str], Interval]:
    """(column, modality) -> accuracy at random minus accuracy by whole groups. Other test clips, so
    nothing is paired.
    """
    apart = {}
    for column, modality, split in found:
        if split == RANDOM:
            one, other = found[column, modality, RANDOM], found[column, modality, GROUP]
            rng = np.random.default_rng(0)
            apart[column, modality] = unpaired_interval(one.correct, one.groups, other.correct, other.groups, rng)
    return apart


def frame(found: Found) -> pd.DataFrame:
    """What `split_contrast` draws."""
    rows = [
        cell.tidy(ID, "") | {"column": column, "row": modality, "split": split}
        for (column, modality, split), cell in found.items()
    ]
    return pd.DataFrame(rows)


def copied(record: Record, what: str) -> int:
    """Test clips with a near copy of some kind among the training clips."""
    return int(record.values[what][NEAR])


def in_words(apart: Mapping[tuple[str, str], Interval]) -> str:
    """Every difference with its interval."""
    said = [
        f"{modality} on {column} {i.value:+.2f} [{i.low:+.2f}, {i.high:+.2f}]"
        for (column, modality), i in apart.items()
    ]
    return f"random - whole groups: {', '.join(said)}"


def _apart(apart: Mapping[tuple[str, str], Interval], scale: str, found: Found) -> list[Row]:
    rows = []
    for (column, modality), interval in apart.items():
        one, other = found[column, modality, RANDOM], found[column, modality, GROUP]
        ends = {"value": interval.value, "low": interval.low, "high": interval.high}
        facts = {
            "n_items": len(one.groups) + len(other.groups),
            "seeds": len(one.predictions),
            "level": "clip",
            "views": 1,
        }
        run = one.records[0].run
        facts |= {
            "data": named(run.data),
            "input": run.data.clips.input,
            "split": "random_70_30 - official",
        }
        kept = {
            "artifact": ID,
            "scale": scale,
            "row": modality,
            "column": f"{column}, difference",
            "metric": "accuracy",
            "unit": "fraction",
        }
        rows.append(kept | facts | ends | {"note": "other test clips on either side: unpaired"})
    return rows


KINDS: Mapping[str, str] = {
    "near": "of any clip",
    "near_same_class": "of a clip of the same class",
    "near_own_group": "of a clip of the same group",
    "near_same_class_other_groups": "of the same class in another group: luck",
}


def _copies(copies: Copies, scale: str) -> list[Row]:
    """Counts of near copies by kind, and how often the nearest training clip has the right class,
    against chance.
    """
    rows = []
    for (column, split), record in copies.items():
        values = record.values
        kept = {
            "artifact": ID,
            "scale": scale,
            "column": f"{column}, {split}",
            "data": named(record.run.data),
            "split": record.run.data.split,
        }
        kept |= {
            "n_items": values["n_test"],
            "note": f"perceptual hashes of five frames, near: {NEAR} of 64 bits or fewer",
        }
        for kind, words in KINDS.items():
            rows.append(kept | {"row": f"near copies {words}", "metric": "test clips", "value": copied(record, kind)})
        said = f"by hash alone; {values['chance_same_class']:.2f} of all pairs of a test and a training clip have the same class"
        row = {
            "row": "nearest training clip has the right class",
            "metric": "share",
            "unit": "fraction",
            "value": values["same_class"],
        }
        rows.append(kept | row | {"note": said})
    return rows
