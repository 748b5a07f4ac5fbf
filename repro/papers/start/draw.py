"""Drawing of what the start notebook shows."""

from __future__ import annotations

from collections import Counter

import numpy as np

from repro.evidence.drawings import contact_sheet
from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.measure import Cell, cells
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record


def actions(records: list[Record], scale: str) -> ArtifactResult:
    """A contact sheet, one row of frames per action; the table names the clips shown."""
    (record,) = records
    return _sheet("start.actions", scale, records, record.inside()["frames"])


def stills(records: list[Record], scale: str) -> ArtifactResult:
    """A contact sheet, one row of images per class, each from a world of another seed."""
    frames = np.concatenate([record.inside()["frames"] for record in records], axis=1)  # (classes, seeds, H, W, 3)
    drawn = _sheet("start.stills", scale, records, frames)
    drawn.figure.axes[0].set_xlabel("example")
    return drawn


def factors(records: list[Record], scale: str) -> ArtifactResult:
    """A contact sheet, one row of frames per class of each factor."""
    return _sheet("start.factors", scale, records, np.concatenate([record.inside()["frames"] for record in records]))


def _sheet(artifact: str, scale: str, records: list[Record], frames: np.ndarray) -> ArtifactResult:
    """Rows of frames (n, T, H, W, 3); a record's classes name them, with its factor where it has
    one. The table names what is shown.
    """
    shown = {}  # clip -> (row, world)
    for record in records:
        data = record.run.data
        factor = dict(data.options).get("factor", "")
        for name, clip in zip(record.values["classes"], record.values["names"], strict=True):
            shown[clip] = (f"{factor}: {name}" if factor else name, f"{data.name} (generated)")
    kept = {"artifact": artifact, "scale": scale, "metric": "name"}
    again: Counter[str] = Counter()
    rows = []
    for clip, (row, world) in shown.items():
        again[row] += 1
        rows.append(kept | {"row": row, "column": f"example {again[row]}", "value": clip, "data": world})
    if max(again.values()) == 1:
        rows = [row | {"column": "clip shown"} for row in rows]
    names = list(dict.fromkeys(row for row, _ in shown.values()))
    how = "static: generated, test side, the first of each class; nothing is measured"
    return ArtifactResult(tidy(rows), contact_sheet(frames, names).figure, [], how, frames=True)


def bridge(records: list[Record], scale: str) -> ArtifactResult:
    """Accuracy on the world's own unseen groups and, where real clips are, on all of ARID-6 and on
    its test list alone.
    """
    named = [("plain Conv3d, trained on generated flow", _column(record), record) for record in records]
    found = cells(named)
    table = tidy(cell.tidy("start.bridge", scale, note=_note(cell)) for cell in found.values())
    first = records[0].run
    real = "; ".join(column for _, column in found)
    how = f"{first.protocol.level} level, {_seeds(found)} seeds, last epoch"
    protocol = f"{scale}: trained on generated flow of six actions; tested on {real}; {how}"
    return ArtifactResult(table, ablation(table).figure, [], protocol)


def _column(record: Record) -> str:
    if record.run.data.generated:
        return "generated, unseen groups"
    return "ARID-6, all clips" if record.run.data.split == "all" else "ARID-6, test list"


def _note(cell: Cell) -> str:
    return (
        "settings were chosen on the training list, 150 of these clips"
        if cell.records[0].run.data.split == "all"
        else ""
    )


def _seeds(found: dict[tuple[str, str], Cell]) -> int:
    return len(next(iter(found.values())).records)
