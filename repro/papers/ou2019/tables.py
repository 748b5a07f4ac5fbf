"""ou2019 Tables 1 and 2: the network beside those it is compared with, all under one recipe in two
stages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers import catalogue
from repro.papers.measure import Cell, cells, planned
from repro.papers.ou2019 import claims, runs
from repro.papers.ou2019.rows import DOUBTFUL, complete, inputs, note, printed, protocol
from repro.papers.ou2019.settings import OURS, plan
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

TABLE1, TABLE2_ID = "ou2019.table1", "ou2019.table2"
HEADINGS = {"UCF11 Accuracy": "UCF11", "UCFSport Accuracy": "UCFSports"}  # printed column of Table 2 -> data set
Found = Mapping[tuple[str, str], Cell]


def table1(records: list[Record], scale: str) -> ArtifactResult:
    """Eleven printed rows, eight of them rebuilt and tested on clips of other groups than they
    learned from.
    """
    _, places = planned(runs.table1_places, scale, records)
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    columns = list(plan(scale).columns)
    table = tidy(
        [*printed(TABLE1, scale, {"Accuracy": "UCF101, as printed"}, (), DOUBTFUL), *_measured(TABLE1, found, scale)]
    )
    decisive = complete(records, scale)
    reported = catalogue.reported("ou2019")
    rows = [
        claims.row("best-ucf101", claims.best_ucf101(found, columns, decisive), TABLE1, ranked(found, columns)),
        claims.row(
            "ucf101-ucf11-duplicate-rows", claims.ucf101_ucf11_duplicate_rows(reported), TABLE1, "printed numbers only"
        ),
        claims.row(
            "soft-attention-not-ucf101", claims.soft_attention_not_ucf101(), TABLE1, "the cited papers' data sets"
        ),
    ]
    how = protocol(found.values(), scale, f"{', '.join(columns)}, by whole groups")
    return ArtifactResult(table, ablation(table).figure, rows, f"{how}. {inputs(found.values())}")


def table2(records: list[Record], scale: str) -> ArtifactResult:
    """Two data sets split at random as in the paper, so that clips of one video stand on both
    sides.
    """
    _, places = planned(runs.table2_places, scale, records)
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    columns = list(plan(scale).small)
    table = tidy([*printed(TABLE2_ID, scale, HEADINGS, columns, {}), *_measured(TABLE2_ID, found, scale)])
    decisive = complete(records, scale)
    of = {"best-ucf11": (claims.best_ucf11, columns[0]), "best-ucfsports": (claims.best_ucfsports, columns[1])}
    rows = [
        claims.row(name, decide(found, [column], decisive), TABLE2_ID, ranked(found, [column]))
        for name, (decide, column) in of.items()
    ]
    how = protocol(found.values(), scale, f"{', '.join(columns)}; groups leak")
    return ArtifactResult(table, ablation(table).figure, rows, f"{how}. {inputs(found.values())}")


def _measured(artifact: str, found: Found, scale: str) -> list[dict[str, object]]:
    """Measured rows in the order of the printed ones."""
    reported = catalogue.reported("ou2019")
    paper = {
        (name, HEADINGS.get(column, column)): value
        for (where, name, column), value in reported.items()
        if where == artifact
    }
    rows = []
    for (name, column), cell in found.items():
        value = paper.get((name, column))
        rows.append(cell.tidy(artifact, scale, float(value) / 100 if value else None, note=note(cell, scale)))
    return rows


def ranked(found: Found, columns: Sequence[str]) -> str:
    """The rows by measured accuracy, highest first, per data set."""
    orders = []
    for column in columns:
        here = sorted((-cell.interval.value, name) for (name, where), cell in found.items() if where == column)
        orders.append(
            f"{column}: " + ", ".join(f"{'ours' if name == OURS else name} {-value:.2f}" for value, name in here)
        )
    return "; ".join(orders)
