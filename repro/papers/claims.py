"""Claims as every paper makes them: orders of cells, and rows of the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from repro.evidence.verdicts import Contrast, Level, Verdict, judge
from repro.papers import folder
from repro.papers.measure import Cell

Cells = Mapping[tuple[str, str], Cell]  # (row, column) -> cell
Pairs = Sequence[tuple[str, str]]  # rows, the one claimed larger first
Reported = Mapping[tuple[str, str, str], str]  # `folder.reported(paper)`: (artifact, row, column) -> printed text


def ledger_row(
    artifact: str, claim: str, verdict: Verdict, ours: str, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """A verdict as a row of the ledger; statement and printed predicate come from the paper's
    claims.csv.

    `artifact` is the id of what decides it, `ours` what was measured or counted, in words. Raises
    KeyError on an unknown claim.
    """
    paper = artifact.rpartition(".")[0]
    entry = folder.claims(paper)[f"{paper}.claim.{claim}"]
    kept = {name: entry[name] for name in ("claim_id", "kind", "statement")} | {"paper": entry["predicate"]}
    measured = {"ours": ours, "low": low, "high": high}
    judged = {"verdict": verdict.word, "reason": verdict.reason, "artifact": artifact}
    return kept | measured | judged | {"contrasts": verdict.contrasts, "margin": folder.margin(paper, claim)}


def judged(paper: str, claim: str, found: Sequence[Contrast], decisive: bool) -> Verdict:
    """The verdict on a measured claim of a paper, by the margin that its claims.csv gives it."""
    return judge(found, folder.margin(paper, claim), decisive)


def above(cells: Cells, pairs: Pairs, columns: Iterable[str], decisive: bool, margin: float | None) -> Verdict:
    """The first row of each pair above the second in every column, each as a paired contrast."""
    return judge(contrasts(cells, pairs, columns), margin, decisive)


def contrasts(
    cells: Cells,
    pairs: Pairs,
    columns: Iterable[str],
    name: Callable[[str], str] = str,
    metrics: Callable[[Cell], Mapping[str, Cell]] | None = None,
) -> list[Contrast]:
    """The larger row minus the smaller one, per column and pair; by each of `metrics` where it is
    given. `name` shortens rows. Whether a network ranks anything is seen in its cell's own
    accuracy.
    """
    found = []
    for column, (larger, smaller) in product(columns, pairs):
        label = f"{name(larger)} - {name(smaller)} on {column}"
        high, low = cells[larger, column], cells[smaller, column]
        sides = (level(high, name), level(low, name))
        if metrics is None:
            found.append(Contrast(label, high.minus(low), sides))
        else:
            others = metrics(low)
            found += [
                Contrast(f"{label}, {metric}", cell.minus(others[metric]), sides)
                for metric, cell in metrics(high).items()
            ]
    return found


def level(cell: Cell, name: Callable[[str], str] = str) -> Level:
    """A cell as a side of a contrast."""
    return Level(f"{name(cell.row)} on {cell.column}", cell.interval, cell.chance, cell.fitted)


def ranked(cells: Cells, columns: Iterable[str], name: Callable[[str], str] = str) -> str:
    """The rows by measured accuracy, highest first, per column, in words."""
    orders = []
    for column in columns:
        here = sorted((-cell.interval.value, row) for (row, where), cell in cells.items() if where == column)
        orders.append(f"{column}: " + ", ".join(f"{name(row)} {-value:.2f}" for value, row in here))
    return "; ".join(orders)
