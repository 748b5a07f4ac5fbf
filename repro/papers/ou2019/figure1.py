"""Figure 1: two actions that single frames cannot tell apart."""

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import static_row, tidy
from repro.papers.ou2019 import STRUCTURE
from repro.papers.ou2019.trainings import data_of
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import actions
from repro.spec import Clips, Run

ARTIFACT = Artifact(
    title="Two actions that one frame cannot tell apart",
    kind="definition",
    claim="Golf swing and croquet look alike in single frames; time tells them apart.",
    notebook=STRUCTURE,
)
SOURCE = "stand-in: `stand` is `sit` played backwards"
CLIPS = Clips(frame_stride=8, clip_length=8, clip_stride=1, height=96, width=96, fit="squeeze")


def plan(scale: str, seeds: int) -> list[Planned]:
    """A contact sheet of two actions whose frames are the same, in opposite order."""
    return [Planned(Run("contact_sheet", data=actions(CLIPS, 6, 6, classes=("sit", "stand"), scene="day")))]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Golf swing and croquet in the paper; here two generated actions whose frames are alike in
    opposite order.
    """
    values, world = done[0].record.values, f"{data_of(done[0].record).name} (generated)"
    named = zip(values["classes"], values["names"], strict=True)
    rows = [static_row("ou2019.figure1", scale, name, "clip shown", "name", clip, note=SOURCE) for name, clip in named]
    title = "stand-in: two generated actions, in opposite order"
    figure = contact_sheet(done[0].record.inside()["frames"], values["classes"], title=title).figure
    table = tidy(row | {"data": world} for row in rows)
    return ArtifactResult(table, figure, [], f"static: {SOURCE}; nothing is measured", frames=True)
