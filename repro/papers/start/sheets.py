"""Contact sheets of the generated worlds: what the three artifacts that show one share."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import tidy
from repro.papers.plan import ArtifactResult, Done

PROTOCOL = "static: generated, test side, the first of each class; nothing is measured"


def sheet(artifact: str, scale: str, done: Sequence[Done], frames: np.ndarray) -> ArtifactResult:
    """Rows of frames (n, T, H, W, 3), named by the planned row and the class. The table names the
    clips shown.
    """
    shown = {
        clip: (f"{planned.row}: {name}" if planned.row else name, f"{planned.run.clip_data.name} (generated)")
        for planned in done
        for name, clip in zip(planned.record.values["classes"], planned.record.values["names"], strict=True)
    }
    seen: Counter[str] = Counter()
    rows = []
    for clip, (row, world) in shown.items():
        seen[row] += 1
        kept = {"artifact": artifact, "scale": scale, "metric": "name", "row": row, "value": clip, "data": world}
        rows.append(kept | {"column": f"example {seen[row]}"})
    if max(seen.values()) == 1:
        rows = [row | {"column": "clip shown"} for row in rows]
    return ArtifactResult(tidy(rows), contact_sheet(frames, list(seen)).figure, [], PROTOCOL, frames=True)
