"""Beside the paper: both backbones frozen and their last maps stored once, against everything
trained; the same clips and epochs.
"""

from __future__ import annotations

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.measure import Cell, cells, planned
from repro.papers.ou2019 import runs
from repro.papers.ou2019.rows import note, protocol
from repro.papers.ou2019.settings import FROZEN
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ou2019.budget"


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Accuracy and training time of both; the claims of the paper are about everything trained, so
    none is decided.
    """
    _, places = planned(runs.budget_places, scale, records)
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    table = tidy(cell.tidy(ID, scale, note=_note(cell, scale)) for cell in found.values())
    return ArtifactResult(
        table, ablation(table).figure, [], protocol(found.values(), scale, ", ".join(dict.fromkeys(table["column"])))
    )


def _note(cell: Cell, scale: str) -> str:
    seconds, passes = (sum(record.values[name] for record in cell.records) for name in ("train_seconds", "clip_passes"))
    said = [note(cell, scale), f"{cell.row}: {1000 * seconds / passes:.1f} ms a clip pass"]
    if cell.row == FROZEN:
        public = dict(cell.records[0].run.arguments).get("weights")
        said.append(
            f"backbones keep {'the public weights' if public else 'the random weights they begin with'}; no random start, crop or flip"
        )
    return "; ".join(filter(None, said))
