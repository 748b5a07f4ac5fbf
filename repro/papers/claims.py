"""Claims as every paper makes them: orders of cells, and rows of the ledger."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from repro.evidence.statistics import Interval
from repro.evidence.verdicts import Verdict, judge
from repro.papers import folder
from repro.papers.measure import Cell

Cells = Mapping[tuple[str, str], Cell]  # (row, column) -> cell
Pairs = Sequence[tuple[str, str]]  # rows, the one claimed larger first
Reported = Mapping[tuple[str, str, str], str]  # `folder.reported(paper)`: (artifact, row, column) -> printed text
Labelled = list[tuple[str, Interval]]


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
    kept = {
        "claim_id": entry["claim_id"],
        "kind": entry["kind"],
        "statement": entry["statement"],
        "paper": entry["predicate"],
    }
    measured = {"ours": ours, "low": low, "high": high}
    return kept | measured | {"verdict": verdict.word, "reason": verdict.reason, "artifact": artifact}


def above(
    cells: Cells,
    pairs: Pairs,
    columns: Iterable[str],
    decisive: bool,
    name: Callable[[str], str] = str,
    metrics: Callable[[Cell], Mapping[str, Cell]] | None = None,
) -> Verdict:
    """The first row of each pair above the second in every column, each as a paired contrast; by
    each of `metrics` where it is given. `name` shortens rows.
    """
    columns, rows = list(columns), dict.fromkeys(row for pair in pairs for row in pair)
    compared = [cells[row, column] for column in columns for row in rows]
    return judged(contrasts(cells, pairs, columns, name, metrics), compared, decisive, name)


def rising(cells: Cells, rows: Sequence[str], columns: Iterable[str], decisive: bool) -> Verdict:
    """Each row above the one before it in every column."""
    columns = list(columns)
    compared = [cells[row, column] for column in columns for row in rows]
    return judged(contrasts(cells, [(high, low) for low, high in pairwise(rows)], columns), compared, decisive)


def contrasts(
    cells: Cells,
    pairs: Pairs,
    columns: Iterable[str],
    name: Callable[[str], str] = str,
    metrics: Callable[[Cell], Mapping[str, Cell]] | None = None,
) -> Labelled:
    """(label, interval) of the larger row minus the smaller one, per column and pair; by each of
    `metrics` where it is given.
    """
    labelled: Labelled = []
    for column in columns:
        for larger, smaller in pairs:
            label = f"{name(larger)} - {name(smaller)} on {column}"
            high, low = cells[larger, column], cells[smaller, column]
            if metrics is None:
                labelled.append((label, high.minus(low)))
            else:
                others = metrics(low)
                labelled += [
                    (f"{label}, {metric}", cell.minus(others[metric])) for metric, cell in metrics(high).items()
                ]
    return labelled


def judged(labelled: Labelled, compared: Sequence[Cell], decisive: bool, name: Callable[[str], str] = str) -> Verdict:
    """The verdict on contrasts of these cells; none of them may be at chance or at the ceiling."""
    levels = [(f"{name(cell.row)} on {cell.column}", cell.interval) for cell in compared]
    return judge(labelled, levels, [cell.chance for cell in compared], decisive)


def ranked(cells: Cells, columns: Iterable[str], name: Callable[[str], str] = str) -> str:
    """The rows by measured accuracy, highest first, per column, in words."""
    orders = []
    for column in columns:
        here = sorted((-cell.interval.value, row) for (row, where), cell in cells.items() if where == column)
        orders.append(f"{column}: " + ", ".join(f"{name(row)} {-value:.2f}" for value, row in here))
    return "; ".join(orders)
