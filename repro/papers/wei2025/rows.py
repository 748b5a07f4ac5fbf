"""What several tables share: what the paper prints beside other data, and accuracies in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from repro.evidence.tables import Row
from repro.papers import catalogue
from repro.papers.measure import Cell
from repro.papers.wei2025.runs import PAPER_COLUMNS


def printed(
    artifact: str, scale: str, names: Iterable[str], columns: Iterable[str], notes: Mapping[str, str]
) -> list[Row]:
    """The paper's columns, printed only, where its data sets are not among `columns`. `notes`: row
    -> what to know of its number.
    """
    reported = catalogue.reported("wei2025")
    kept = {"artifact": artifact, "scale": scale, "metric": "accuracy", "unit": "%"}
    return [
        kept
        | {"row": name, "column": column, "paper": float(reported[artifact, name, column]), "note": notes.get(name, "")}
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
