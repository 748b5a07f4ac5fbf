"""Figure 1: frames of one motion; a penguin dives in the paper, here a generated figure jumps."""

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import Row, tidy
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import actions
from repro.spec import Clips, Run

ARTIFACT = Artifact(
    title="Frames of one motion",
    kind="definition",
    claim="What moves from frame to frame belongs together.",
    notebook="gong2022/06_structure.ipynb",
)
SOURCE = "stand-in: a generated clip"
CLIPS = Clips(frame_stride=4, clip_length=16, clip_stride=4, height=96, width=96, fit="squeeze")


def plan(scale: str, seeds: int) -> list[Planned]:
    """A clip with motion."""
    return [Planned(Run("contact_sheet", data=actions(CLIPS, train=6, test=6, classes=("jump",), scene="day")))]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The frames of the clip, side by side."""
    values = done[0].record.values
    figure = contact_sheet(done[0].record.inside()["frames"], values["classes"], title=SOURCE).figure
    protocol = f"static: {SOURCE}; nothing is measured"
    return ArtifactResult(tidy(clips_shown("gong2022.figure1", done, scale)), figure, [], protocol, frames=True)


def clips_shown(artifact: str, done: list[Done], scale: str) -> list[Row]:
    """A row of the table per class, with the name of its clip."""
    record = done[0].record
    row: Row = {"artifact": artifact, "scale": scale, "column": "clip shown", "metric": "name", "note": SOURCE}
    row["data"] = f"{record.run.clip_data.name} (generated)"
    names = zip(record.values["classes"], record.values["names"], strict=True)
    return [row | {"row": label, "value": name} for label, name in names]
