"""What Tables 3 and 4 share: the paper's rows on its data sets beside ours on those of a scale."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from repro.evidence.contrasts import beside_levels
from repro.evidence.tables import tidy
from repro.papers.claims import Cells, above, ledger_row
from repro.papers.folder import margin
from repro.papers.measure import Cell, cells, complete, printed_fraction, printed_rows, protocol
from repro.papers.plan import ArtifactResult, Done
from repro.papers.stand_ins import STAND_IN
from repro.papers.wei2025.settings import PAPER_COLUMNS, ablation


def decisive(done: Sequence[Done], scale: str) -> bool:
    """Whether measured claims of Tables 3 and 4 may stand or fall on these records."""
    return complete((planned.record for planned in done), scale, ablation("paper").seeds)


def accuracies(
    artifact: str, done: Sequence[Done], scale: str, claim: str, order: Iterable[str],
    notes: Callable[[Cell], list[str]], more: Sequence[Mapping[str, Any]] = (),
    printed_notes: Mapping[str, str] | None = None,
) -> ArtifactResult:  # fmt: skip
    """Table, figure and the verdict on the claim that rows rise in this order.

    notes: what to know of a measured cell; printed_notes: of the printed number of a row. more:
    rows of the ledger for other claims on these records.
    """
    found, rows, headings = cells(done), list(order), {column: column for column in PAPER_COLUMNS}
    columns = list(ablation(scale).columns)  # these decide
    lines = printed_rows(artifact, scale, headings, columns, printed_notes)
    lines.sort(key=lambda line: PAPER_COLUMNS.index(line["column"]))
    for where, cell in found.items():
        note = "; ".join([STAND_IN] * (scale != "paper") + notes(cell))
        lines.append(cell.tidy(artifact, scale, printed_fraction(artifact, *where), note))
    pairs = [(high, low) for low, high in pairwise(rows)]
    verdict = above(found, pairs, columns, decisive(done, scale), margin("wei2025", claim))
    table = tidy(lines)
    claims = [ledger_row(artifact, claim, verdict, _ascending(found, rows, columns)), *more]
    words = protocol(found.values(), scale, ", ".join(columns))
    return ArtifactResult(table, beside_levels(table, claims), claims, words)


def _ascending(found: Cells, rows: Iterable[str], columns: Iterable[str]) -> str:
    """The rows by measured accuracy, lowest first, per column, in words."""
    texts = []
    for column in columns:
        ordered = sorted((found[row, column].interval.value, row) for row in rows)
        texts.append(f"{column}, rising: " + ", ".join(f"{row} {value:.2f}" for value, row in ordered))
    return "; ".join(texts)
