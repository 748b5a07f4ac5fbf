"""Figure 2: the frames of Figure 1 under a grid of cells, two of which are followed from frame to
frame.
"""

from repro.evidence.tables import static_row, tidy
from repro.papers.gong2022.figure1 import SOURCE, clips_shown, plan
from repro.papers.gong2022.geometry import busiest, linked_frames, stillest
from repro.papers.plan import Artifact, ArtifactResult, Done

__all__ = ["ARTIFACT", "draw", "plan"]

ID = "gong2022.figure2"
ARTIFACT = Artifact(
    title="The same frames as a grid of cells",
    kind="definition",
    claim="Cells that are near in time and space are correlated.",
    notebook="gong2022/06_structure.ipynb",
)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """What moves and what rests, found by differences of pixels."""
    frames = done[0].record.inside()["frames"][0]  # (T, H, W, 3)
    most, least = busiest(frames), stillest(frames)
    rows = clips_shown(ID, done, scale)
    for name, chain in {"cell that changes most": most, "cell that changes least": least}.items():
        cells = (f"row {y + 1}, column {x + 1}" for y, x in chain)
        rows += [static_row(ID, scale, f"frame {k}", name, "cell", cell) for k, cell in enumerate(cells, 1)]
    chains = {"cell that changes most, and those around it": most, "cell that changes least": least}
    protocol = f"static: {SOURCE}; nothing is trained"
    return ArtifactResult(tidy(rows), linked_frames(frames, chains).figure, [], protocol, frames=True)
