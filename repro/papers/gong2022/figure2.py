"""Figure 2: the frames of Figure 1 under a grid of cells, two of which are followed from frame to
frame.
"""

from repro.evidence.tables import static_row, tidy
from repro.papers.gong2022.figure1 import plan, source
from repro.papers.gong2022.geometry import busiest, linked_frames, stillest
from repro.papers.gong2022.structure import artifact
from repro.papers.plan import ArtifactResult, Done
from repro.papers.sheets import clips_shown

__all__ = ["ARTIFACT", "draw", "plan"]

ID = "gong2022.figure2"
ARTIFACT = artifact(
    "The same frames as a grid of cells", "definition", claim="Cells that are near in time and space are correlated."
)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """What moves and what rests, found by differences of pixels."""
    frames = done[0].record.inside()["frames"][0]  # (T, H, W, 3)
    most, least = busiest(frames), stillest(frames)
    rows = clips_shown(ID, scale, done[0].record, source(done[0]))
    for name, chain in {"cell that changes most": most, "cell that changes least": least}.items():
        cells = (f"row {y + 1}, column {x + 1}" for y, x in chain)
        rows += [static_row(ID, scale, f"frame {k}", name, "cell", cell) for k, cell in enumerate(cells, 1)]
    chains = {"cell that changes most, and those around it": most, "cell that changes least": least}
    protocol = f"static: {source(done[0])}; nothing is trained"
    return ArtifactResult(tidy(rows), linked_frames(frames, chains).figure, [], protocol, frames=True)
