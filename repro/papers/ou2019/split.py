"""Beside the paper: how much of its accuracy is the random split. Colour, flow and both, split at
random and by whole groups.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product

import pandas as pd

from repro.evidence.split_contrast import split_contrast
from repro.evidence.statistics import Interval, unpaired_interval
from repro.evidence.tables import Row, tidy
from repro.papers.claims import Cells, ledger_row
from repro.papers.measure import about, cells, protocol
from repro.papers.ou2019 import claims
from repro.papers.ou2019.settings import GROUP, RANDOM, SPLITS, Modality, setup
from repro.papers.ou2019.trainings import complete, note, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.runs.store import Record
from repro.spec import Data, Run

ARTIFACT = Artifact(
    title="Beside the paper (ours): colour, flow and both, split at random and by whole groups",
    kind="measured",
    claim="Not in the paper, which splits at random: how much of its accuracy is the split.",
    notebook="ou2019/06_split.ipynb",
)
ID = "ou2019.split"
MODALITIES: dict[str, Modality] = {"RGB": "rgb", "flow": "flow", "both": "both"}
NEAR = "8"  # of the 64 bits of a perceptual hash may differ between near-duplicates
HASHES = f"perceptual hashes of five frames, near: {NEAR} of 64 bits or fewer"
NEARNESS = (
    "A near copy: some frame's perceptual hash differs from one of a training clip of the same class "
    f"in {NEAR} of 64 bits or fewer."
)
KINDS = {
    "near": "of any clip",
    "near_same_class": "of a clip of the same class",
    "near_own_group": "of a clip of the same group",
    "near_same_class_other_groups": "of the same class in another group: luck",
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Our network on colour, flow and both, split at random and by whole groups; and, without a
    row, near-duplicates across each split. The column names data set and split, the value the
    split.
    """
    settings, planned = setup(scale), []
    for (column, data), (name, split) in product(settings.split.items(), SPLITS.items()):
        chosen, where = replace(data, split=split), {"column": f"{column}, {name}", "value": name}
        planned.append(Planned(near_duplicates(chosen), **where))
        for (row, modality), seed in product(MODALITIES.items(), range(seeds or settings.baseline_seeds)):
            planned.append(Planned(trained(scale, chosen, seed, modality=modality), row, **where))
    return planned


def near_duplicates(data: Data) -> Run:
    """Perceptual hashes of the colour frames of both sides of a split."""
    return Run("duplicates", data=replace(data, clips=replace(data.clips, input="rgb", flow_stack=1)))


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy of one network on three inputs under both splits, their difference, and near copies
    across each split.
    """
    found, columns = cells(planned for planned in done if planned.row), list(setup(scale).split)
    hashed = {planned.column: planned.record for planned in done if not planned.row}
    apart = differences(found, columns)
    whole = {column: interval for (column, row), interval in apart.items() if row == "both"}
    sides = {column: (found["both", f"{column}, {RANDOM}"], found["both", f"{column}, {GROUP}"]) for column in columns}
    verdict = claims.random_split_leaks(whole, sides, complete(done, scale))
    measured = [cell.tidy(ID, scale, note=note(cell, scale)) for cell in found.values()]
    table = tidy([*measured, *_copy_rows(hashed, scale), *_difference_rows(apart, scale, found)])
    how = protocol(found.values(), scale, ", ".join(columns))
    words = [f"{how}. Intervals over groups of clips and seeds; the two splits test other clips.", NEARNESS]
    places = {f"{column}, {split}": (column, split) for column in columns for split in SPLITS}
    frame = pd.DataFrame(row | dict(zip(("column", "split"), places[row["column"]], strict=True)) for row in measured)
    copies = {places[at]: (copied(record, "near_same_class"), record.values["n_test"]) for at, record in hashed.items()}
    figure = split_contrast(frame, apart, copies=copies, words=words).figure
    ledger = [ledger_row(ID, "random-split-leaks", verdict, in_words(apart))]
    return ArtifactResult(table, figure, ledger, protocol(found.values(), scale, f"{', '.join(columns)}, two splits"))


def differences(found: Cells, columns: Iterable[str]) -> dict[tuple[str, str], Interval]:
    """(column, row) -> accuracy at random minus accuracy by whole groups. Other test clips, so
    nothing is paired.
    """
    apart = {}
    for column in columns:
        for row in MODALITIES:
            one, other = (found[row, f"{column}, {split}"] for split in SPLITS)
            apart[column, row] = unpaired_interval(one.correct, one.groups, other.correct, other.groups)
    return apart


def copied(record: Record, kind: str) -> int:
    """Test clips with a near copy of some kind among the training clips."""
    return int(record.values[kind][NEAR])


def in_words(apart: dict[tuple[str, str], Interval]) -> str:
    """Every difference with its interval."""
    texts = [f"{row} on {column} {i.value:+.2f} [{i.low:+.2f}, {i.high:+.2f}]" for (column, row), i in apart.items()]
    return f"random - whole groups: {', '.join(texts)}"


def _difference_rows(apart: dict[tuple[str, str], Interval], scale: str, found: Cells) -> Iterator[Row]:
    for (column, row), interval in apart.items():
        one, other = (found[row, f"{column}, {split}"] for split in SPLITS)
        counts = {"n_items": len(one.groups) + len(other.groups), "seeds": len(one.predictions)}
        where = {"row": row, "column": f"{column}, difference", "metric": "accuracy", "unit": "fraction"}
        ends = {"value": interval.value, "low": interval.low, "high": interval.high}
        sides = {"split": "random_70_30 - official", "note": "other test clips on either side: unpaired"}
        yield about(ID, scale, one.records[0]) | where | ends | counts | sides


def _copy_rows(hashed: dict[str, Record], scale: str) -> Iterator[Row]:
    """Counts of near copies by kind, and how often the nearest training clip has the right class,
    against chance.
    """
    for column, record in hashed.items():
        values, no_network = record.values, dict.fromkeys(("input", "level", "views"))
        kept = about(ID, scale, record) | no_network | {"column": column, "n_items": values["n_test"], "note": HASHES}
        for kind, words in KINDS.items():
            yield kept | {"row": f"near copies {words}", "metric": "test clips", "value": copied(record, kind)}
        pairs = f"{values['chance_same_class']:.2f} of all pairs of a test and a training clip have the same class"
        nearest = {"row": "nearest training clip has the right class", "metric": "share", "unit": "fraction"}
        yield kept | nearest | {"value": values["same_class"], "note": f"by hash alone; {pairs}"}
