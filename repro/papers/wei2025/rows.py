"""What several tables share: rows of counted sizes, what the paper prints beside other data, accuracies in order, seeds in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from repro.evidence.comparisons import counted
from repro.evidence.tables import Row
from repro.papers import catalogue
from repro.papers.measure import Cell
from repro.papers.wei2025.runs import PAPER_COLUMNS


def static_row(
    artifact: str, scale: str, row: str, column: str, metric: str, value: Any, paper: Any = None, unit: str = "", note: str = ""
) -> Row:
    """One row of a tidy table of what follows from the construction: no data, no interval."""
    where = {"artifact": artifact, "scale": scale, "row": row, "column": column, "metric": metric}
    return where | {"unit": unit, "value": value, "paper": paper, "note": note}


def printed(artifact: str, scale: str, names: Iterable[str], columns: Iterable[str], notes: Mapping[str, str]) -> list[Row]:
    """The paper's columns, printed only, where its data sets are not among `columns`. `notes`: row -> what to know of its number."""
    reported = catalogue.reported("wei2025")
    kept = {"artifact": artifact, "scale": scale, "metric": "accuracy", "unit": "%"}
    return [
        kept | {"row": name, "column": column, "paper": float(reported[artifact, name, column]), "note": notes.get(name, "")}
        for column in PAPER_COLUMNS
        if column not in columns
        for name in names
    ]


def paper_fraction(artifact: str, cell: Cell) -> float | None:
    """The printed accuracy of a cell as a fraction, where the paper has this very cell."""
    value = catalogue.reported("wei2025").get((artifact, cell.row, cell.column))
    return float(value) / 100 if value else None


def rising(names: Iterable[str], found: Mapping[tuple[str, str], Cell], columns: Iterable[str]) -> str:
    """The rows by measured accuracy, per data set, in words."""
    orders = []
    for column in columns:
        ranked = sorted((found[name, column].interval.value, name) for name in names)
        orders.append(f"{column}, rising: " + ", ".join(f"{name} {value:.2f}" for value, name in ranked))
    return "; ".join(orders)


def seed_words(cells: Iterable[Cell]) -> str:
    """`1 seed`, `3 seeds`, or `2 to 3 seeds` where cells differ; the folds of a cross-validation are left out."""
    counts = sorted({len(cell.predictions) for cell in cells if "group_cv" not in cell.records[0].run.data.split})
    return counted(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {counted(counts[-1], 'seed')}"
