"""Drawing of the start notebook's two artifacts."""

from __future__ import annotations

from repro.evidence.drawings import contact_sheet
from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.measure import Cell, cells
from repro.papers.reproduce import Drawn
from repro.runs.store import Record


def actions(records: list[Record], scale: str) -> Drawn:
    """A contact sheet, one row of frames per action; the table names the clips shown."""
    (record,) = records
    names, clips = record.values["classes"], record.values["names"]
    rows = [
        {
            "artifact": "start.actions",
            "scale": scale,
            "row": name,
            "column": "clip shown",
            "metric": "name",
            "value": clip,
            "data": "actions (generated)",
        }
        for name, clip in zip(names, clips, strict=True)
    ]
    return Drawn(
        tidy(rows),
        contact_sheet(record.inside()["frames"], names).figure,
        [],
        "static: one generated clip per class, test side, nothing is measured",
        frames=True,
    )


def bridge(records: list[Record], scale: str) -> Drawn:
    """Accuracy on the world's own unseen groups and, where real clips are, on all of ARID-6 and on its test list alone."""
    named = [("plain Conv3d, trained on generated flow", _column(record), record) for record in records]
    found = cells(named)
    table = tidy(cell.tidy("start.bridge", scale, note=_note(cell)) for cell in found.values())
    first = records[0].run
    real = "; ".join(column for _, column in found)
    how = f"{first.protocol.level} level, {_seeds(found)} seeds, last epoch"
    protocol = f"{scale}: trained on generated flow of six actions; tested on {real}; {how}"
    return Drawn(table, ablation(table).figure, [], protocol)


def _column(record: Record) -> str:
    if record.run.data.generated:
        return "generated, unseen groups"
    return "ARID-6, all clips" if record.run.data.split == "all" else "ARID-6, test list"


def _note(cell: Cell) -> str:
    return "settings were chosen on the training list, 150 of these clips" if cell.records[0].run.data.split == "all" else ""


def _seeds(found: dict[tuple[str, str], Cell]) -> int:
    return len(next(iter(found.values())).records)
