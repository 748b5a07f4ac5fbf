"""Beside Table 2 (ours): both modules on frozen backbones whose maps are stored, so that only what
the table compares is trained.
"""

from __future__ import annotations

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.gong2022 import runs
from repro.papers.gong2022.rows import measured, protocol
from repro.papers.measure import cells, planned
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "gong2022.frozen"
SAID = "backbones as the row without both modules ended with, frozen; no random crop or flip"


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Accuracy of the four switches; the claims of the paper are about everything trained, so none
    is decided.
    """
    _, places = planned(runs.frozen_places, scale, records)
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    table = tidy(row | {"note": f"{row['note']}; {SAID}"} for row in measured(ID, scale, found))
    columns = ", ".join(dict.fromkeys(column for _, column in found))
    figure = ablation(table[table["metric"] == "Top1"]).figure
    return ArtifactResult(table, figure, [], f"{protocol(found.values(), scale, f'{columns}, whole groups')}; {SAID}")
