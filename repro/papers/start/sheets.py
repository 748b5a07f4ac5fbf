"""Contact sheets of the generated worlds: what the three artifacts that show one share."""

from collections.abc import Sequence

import numpy as np

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import tidy
from repro.papers.plan import ArtifactResult, Done
from repro.papers.sheets import clips_shown

PROTOCOL = "static: generated, test side, the first of each class; nothing is measured"


def sheet(artifact: str, scale: str, done: Sequence[Done], frames: np.ndarray) -> ArtifactResult:
    """Rows of frames (n, T, H, W, 3), named by the planned row and the class. The table names the
    clips shown.
    """
    named = ((planned, row) for planned in done for row in clips_shown(artifact, scale, planned.record))
    shown = {row["value"]: row | {"row": ": ".join(filter(None, (p.row, row["row"])))} for p, row in named}
    table = tidy(shown.values())
    if table["row"].duplicated().any():
        table["column"] = [f"example {number}" for number in table.groupby("row").cumcount() + 1]
    return ArtifactResult(table, contact_sheet(frames, list(table["row"].unique())).figure, [], PROTOCOL, frames=True)
