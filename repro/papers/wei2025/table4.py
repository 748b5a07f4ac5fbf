"""wei2025 Table 4: the network beside SlowFast, LRCN, Two-stream and Res3D, all under one recipe."""

from __future__ import annotations

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers import catalogue
from repro.papers.measure import Cell, cells, planned, seed_words
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025 import claims, printed, runs
from repro.papers.wei2025.rows import paper_fraction, rising
from repro.papers.wei2025.rows import printed as printed_rows
from repro.papers.wei2025.table3 import STAND_IN, complete
from repro.runs.store import Record

ID = "wei2025.table4"
BOTH_INPUTS = "Two-stream sees colour and flow"
PRINTED = {  # where the printed rows seem to come from: the comparison they make is not one under one protocol
    "Res3D": "printed 85.8 / 54.9 are the original's own results, pretrained on Sports-1M",
    "Two-stream": "printed 86.9 / 58.0 seem to be the original's own results for averaging, pretrained on ImageNet",
    "LRCN": "printed 88.6 on UCF101 is not LRCN's (82.9 there) but the result of another paper's network",
    "SlowFast": "printed 95.8 / 77.0 also stand in Table 3 for two pathways without the module; one number serves two networks",
}


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""
    _, places = planned(runs.table4_places, scale, records)
    seeds = len({record.run.seed for record in records})
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    columns = list(runs.ablation(scale).columns)
    decisive = scale == "paper" and complete(records, seeds)
    measured = [cell.tidy(ID, scale, paper_fraction(ID, cell), note=_note(cell, scale)) for cell in found.values()]
    table = tidy([*printed_rows(ID, scale, runs.COMPARISON, columns, PRINTED), *measured])
    verdict = claims.order_sota(found, columns, decisive)
    rows = [
        claims.row("order-sota", verdict, ID, rising(runs.COMPARISON, found, columns)),
        *printed.printed_table4(catalogue.reported("wei2025")),
    ]
    first = next(iter(found.values())).records[0].run
    how = f"{first.protocol.level} level, {first.protocol.views} view(s), {seed_words(found.values())}, last epoch of {first.recipe.epochs}"
    return ArtifactResult(table, ablation(table).figure, rows, f"{scale}: {', '.join(columns)}; {how}")


def _note(cell: Cell, scale: str) -> str:
    said = [STAND_IN] * (scale != "paper")
    said += [BOTH_INPUTS] * (cell.row == "Two-stream")
    if scale == "paper":  # then the printed number stands beside ours
        said.append(PRINTED.get(cell.row, ""))
    return "; ".join(filter(None, said))
