"""wei2025 Table 3: dense only, sparse only, both, both with the module."""

from __future__ import annotations

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers import catalogue
from repro.papers.measure import Cell, cells, planned, seed_words
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025 import claims, runs
from repro.papers.wei2025.rows import paper_fraction, rising
from repro.papers.wei2025.rows import printed as printed_rows
from repro.runs.store import Record

ID = "wei2025.table3"
STAND_IN = "stand-in for the paper's data sets"


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""
    _, places = planned(runs.table3_places, scale, records)
    seeds = len({record.run.seed for record in records})
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    columns = list(runs.ablation(scale).columns)  # these decide; cross-validation is shown beside them
    decisive = scale == "paper" and complete(records, seeds)
    measured = [cell.tidy(ID, scale, paper_fraction(ID, cell), note=_note(cell, scale)) for cell in found.values()]
    table = tidy([*printed_rows(ID, scale, runs.ABLATION, columns, {}), *measured])
    verdict = claims.ablation_order(found, columns, decisive)
    rows = [
        claims.row("ablation-order", verdict, ID, rising(runs.ABLATION, found, columns)),
        claims.row("cda-gain", claims.cda_gain(catalogue.reported("wei2025")), ID, "printed numbers only"),
        claims.row(
            "both-directions-needed",
            claims.both_directions_needed(found, columns, decisive),
            ID,
            _halves(found, columns),
        ),
    ]
    first = next(iter(found.values())).records[0].run
    how = f"{first.protocol.level} level, {first.protocol.views} view(s), {seed_words(found.values())}, last epoch of {first.recipe.epochs}"
    protocol = f"{scale}: {', '.join(columns)}; {how}"
    return ArtifactResult(table, ablation(table).figure, rows, protocol)


def complete(records: list[Record], seeds: int) -> bool:
    """Whether every listed clip was there and every planned seed ran: only then may the paper's
    claim stand or fall.
    """
    whole = all(not record.values["missing"] and not record.values["undecodable"] for record in records)
    return whole and seeds >= runs.ablation("paper").seeds


def _note(cell: Cell, scale: str) -> str:
    folded = cell.column in runs.ablation(scale).folds
    said = [STAND_IN] * (scale != "paper") + ["learning rates were chosen on part of these clips"] * folded
    return "; ".join(said)


def _halves(found: dict[tuple[str, str], Cell], columns: list[str]) -> str:
    """Accuracy of the module and of its two directions, per data set, as far as they were run."""
    names = (claims.BOTH, claims.D2S, claims.S2D)
    return "; ".join(
        f"{column}: " + ", ".join(f"{name} {found[name, column].interval.value:.2f}" for name in names)
        for column in columns
        if all((name, column) in found for name in names)
    )
