"""Beside the paper: how much of its accuracy is the random split. Colour, flow and both, with one
public backbone and logistic regression, in folds drawn at random and in folds of whole groups.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pandas as pd

from repro.evidence.contrasts import beside_levels
from repro.evidence.side_by_side import height, side_by_side
from repro.evidence.style import PAGE
from repro.evidence.tables import Row, tidy
from repro.evidence.verdicts import Contrast, Verdict, not_tested
from repro.papers import measure
from repro.papers.claims import Cells, judged, ledger_row, level
from repro.papers.measure import Cell, about, cells, seed_words
from repro.papers.ou2019.settings import DRAWS, FULL, GROUP, RANDOM, SETS, folds_of, real
from repro.papers.ou2019.trainings import FROZEN, stored
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.runs.store import Record
from repro.spec import Data, Run, options

ARTIFACT = Artifact(
    title="Beside the paper (ours): colour, flow and both, in random folds and in folds of whole groups",
    kind="measured",
    claim="Not in the paper, which splits at random: how much of its accuracy is the split.",
    notebook="ou2019/06_split.ipynb",
    scales=("mini", "paper"),
)
ID = "ou2019.split"
PARTS = {"colour": (0, 2), "flow": (1, 2), "both": (0, 1)}  # of the stored features
KINDS = (RANDOM, GROUP)
PAPERS_SETS = {"UCF101": 3, "UCF11": 3, "UCFSports": 3}  # and folds
CLAIMS = {  # claim -> the sets on every one of which, and for every input, it must hold
    "split-decides-arid6": ["ARID-6"],
    "split-decides-tennis7": ["tennis7"],
    "split-decides-surv-fight": ["surv_fight"],
    "random-split-leaks": [*PAPERS_SETS],
}
NEAR = "8"  # of the 64 bits of a perceptual hash may differ between near-duplicates
HASHES = f"perceptual hashes of five frames, near: {NEAR} of 64 bits or fewer; all folds of the first draw together"
NEARNESS = (
    "A near copy: some frame's perceptual hash differs from one of a training clip of the same class "
    f"in {NEAR} of 64 bits or fewer."
)
ONCE = "Every clip is tested once in either kind; intervals over groups of clips and draws."
SIDES: dict[str, Any] = {"by": "column", "series": "split", "each": "draw"}  # a panel for each data set
COPIES = {
    "near": "of any clip",
    "near_same_class": "of a clip of the same class",
    "near_own_group": "of a clip of the same group",
    "near_same_class_other_groups": "of the same class in another group: luck",
}


def sets(scale: str) -> dict[str, tuple[Data, int]]:
    """Heading -> a data set and the folds of a cross-validation over it."""
    if scale == "paper":
        return {name: (Data(name.lower(), f"group_cv0of{n}", FULL), n) for name, n in PAPERS_SETS.items()}
    return {name: (real(name), n) for name, n in SETS.items()}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Every input in every fold of both kinds, the random ones in several draws, a seed each; and,
    without a row, near copies across the folds of the first draw. The column names data set and
    kind, the value the kind.
    """
    planned = []
    for (column, (data, n)), kind in product(sets(scale).items(), KINDS):
        where = {"column": f"{column}, {kind}", "value": kind}
        planned += [Planned(near_copies(fold), **where) for fold in folds_of(data, n, kind)]
        for draw in range((seeds or DRAWS) if kind == RANDOM else 1):
            for fold, (row, part) in product(folds_of(data, n, kind, draw), PARTS.items()):
                planned.append(Planned(probe(fold, part, draw), row, **where))
    return planned


def probe(fold: Data, part: tuple[int, int], draw: int) -> Run:
    """Logistic regression on the features of one input."""
    return Run("probe", arguments=options(part=part), data=fold, seed=draw, features=stored(fold, pooled=True))


def near_copies(data: Data) -> Run:
    """Perceptual hashes of the colour frames of both sides of a split."""
    return Run("duplicates", data=replace(data, clips=replace(data.clips, input="rgb", flow_stack=1)))


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy on three inputs in both kinds of folds, their difference on the same clips, and near
    copies across the folds.
    """
    found, columns = cells(planned for planned in done if planned.row), list(sets(scale))
    hashed = {at: [p.record for p in done if not p.row and p.column == at] for _, at in found}
    apart = {(column, row): contrast(found, column, row) for column, row in product(columns, PARTS)}
    rows, how = measured(ID, found, scale)
    table = tidy([*rows, *_copy_rows(hashed, scale)])
    words = [f"{how}.", f"{ONCE} {NEARNESS}", f"Near copies in training: {near_words(hashed)}."]
    verdicts = {claim: leaks(apart, claim, done, scale) for claim in CLAIMS}
    ledger = [ledger_row(ID, claim, verdicts[claim], in_words(apart, some)) for claim, some in CLAIMS.items()]
    levels, frame = partial(side_by_side, **SIDES, words=words), by_kind(rows)
    figure = beside_levels(frame, ledger, levels, PAGE + 1.2, height(frame, "split") + 1.5)
    return ArtifactResult(table, figure, ledger, how)


def measured(artifact: str, found: Cells, scale: str) -> tuple[list[Row], str]:
    """The rows of a table of these cells, and how they were measured."""
    note = f"{FROZEN}, logistic regression"
    draws = seed_words(cell for (_, at), cell in found.items() if at.endswith(RANDOM)).replace("seed", "draw")
    how = f"{scale}: {', '.join(sets(scale))}; clip level, 1 view, {draws} of the random folds; {note}"
    return [cell.tidy(artifact, scale, note=note) for cell in found.values()], how


def by_kind(rows: Sequence[Row]) -> pd.DataFrame:
    """Such rows with the kind of folds in a column of its own, `split`, as SIDES draw it."""
    named = (dict(zip(("column", "split"), row["column"].split(", "), strict=True)) for row in rows)
    return pd.DataFrame(row | of for row, of in zip(rows, named, strict=True))


def contrast(found: Cells, column: str, row: str) -> Contrast:
    """Accuracy in random folds minus that in folds of whole groups, on the same clips. That the
    latter is at chance, however well it fits its training clips, is what a leak looks like.
    """
    sides = [found[row, f"{column}, {kind}"] for kind in KINDS]
    levels = tuple(replace(level(cell), trained=fits(cell)) for cell in sides)
    return Contrast(f"random - whole groups, {row} on {column}", sides[0].minus(sides[1]), levels)


def fits(cell: Cell) -> bool:
    """Whether every fold fits its training clips: there is no rate to choose."""
    return replace(cell, interior=True).fitted


def leaks(apart: dict[tuple[str, str], Contrast], claim: str, done: Sequence[Done], scale: str) -> Verdict:
    """One of CLAIMS: the random folds above those of whole groups for every input."""
    wanted = [each for (column, _), each in apart.items() if column in CLAIMS[claim]]
    if not wanted:
        return not_tested(f"This scale does not hold {', '.join(CLAIMS[claim])}")
    decisive = measure.complete((planned.record for planned in done), scale, DRAWS)
    return judged("ou2019", claim, wanted, decisive)


def copied(records: Sequence[Record], kind: str) -> int:
    """Test clips with a near copy of some kind among the training clips of their fold."""
    return sum(int(record.values[kind][NEAR]) for record in records)


def tested(records: Sequence[Record]) -> int:
    """Test clips of all folds together."""
    return sum(record.values["n_test"] for record in records)


def near_words(hashed: Mapping[str, Sequence[Record]]) -> str:
    """Near copies of the same class, of all test clips, by data set and kind of folds."""
    return "; ".join(f"{at} {copied(some, 'near_same_class')} of {tested(some)}" for at, some in hashed.items())


def in_words(apart: dict[tuple[str, str], Contrast], columns: Sequence[str]) -> str:
    """Differences on these sets with their intervals."""
    return "; ".join(str(each) for (column, _), each in apart.items() if column in columns) or "not measured"


def _copy_rows(hashed: dict[str, list[Record]], scale: str) -> Iterator[Row]:
    """Counts of near copies by kind."""
    for column, some in hashed.items():
        no_network, n = dict.fromkeys(("input", "level", "views")), tested(some)
        kept = about(ID, scale, some[0]) | no_network | {"column": column, "n_items": n, "note": HASHES}
        for kind, words in COPIES.items():
            yield kept | {"row": f"near copies {words}", "metric": "test clips", "value": copied(some, kind)}
