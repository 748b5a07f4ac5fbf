"""Contact sheets of the generated worlds: what the three artifacts that show one share."""

from collections.abc import Sequence

import numpy as np

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import tidy
from repro.papers.plan import ArtifactResult, Done
from repro.papers.sheets import clips_shown

PROTOCOL = "static: generated, test side, the first of each class; nothing is measured"


def sheet(artifact: str, done: Sequence[Done], scale: str, axis: int = 0) -> ArtifactResult:
    """One row of frames per class of each record, named by the planned row and the class; along
    axis 1 what all records hold of a class. The table names the clips shown.
    """
    frames = np.concatenate([planned.record.inside()["frames"] for planned in done], axis)  # (n, T, H, W, 3)
    named = ((planned, row) for planned in done for row in clips_shown(artifact, scale, planned.record))
    shown = {row["value"]: row | {"row": ": ".join(filter(None, (p.row, row["row"])))} for p, row in named}
    table = tidy(shown.values())
    if table["row"].duplicated().any():
        table["column"] = [f"example {number}" for number in table.groupby("row").cumcount() + 1]
    return ArtifactResult(table, contact_sheet(frames, list(table["row"].unique())).figure, [], PROTOCOL, frames=True)
