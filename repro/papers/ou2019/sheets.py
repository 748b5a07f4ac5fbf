"""ou2019 Figure 1: two actions that single frames cannot tell apart."""

from __future__ import annotations

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import tidy
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ou2019.figure1"
SOURCE = "stand-in: `stand` is `sit` played backwards"


def figure1(records: list[Record], scale: str) -> ArtifactResult:
    """Golf swing and croquet in the paper; here two generated actions whose frames are alike in
    opposite order.
    """
    (record,) = records
    kept = {
        "artifact": ID,
        "scale": scale,
        "column": "clip shown",
        "metric": "name",
        "data": f"{record.run.data.name} (generated)",
    }
    named = zip(record.values["classes"], record.values["names"], strict=True)
    rows = [kept | {"row": name, "value": clip, "note": SOURCE} for name, clip in named]
    figure = contact_sheet(
        record.inside()["frames"], record.values["classes"], title="stand-in: two generated actions, in opposite order"
    ).figure
    return ArtifactResult(tidy(rows), figure, [], f"static: {SOURCE}; nothing is measured", frames=True)
