"""Figure 1: two actions that single frames cannot tell apart."""

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import tidy
from repro.papers.ou2019.structure import artifact
from repro.papers.plan import ArtifactResult, Done, Planned
from repro.papers.records import clips_shown
from repro.papers.stand_ins import actions
from repro.spec import Clips, Run

ARTIFACT = artifact(
    title="Two actions that one frame cannot tell apart",
    kind="definition",
    claim="Golf swing and croquet look alike in single frames; time tells them apart.",
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
    record, title = done[0].record, "stand-in: two generated actions, in opposite order"
    figure = contact_sheet(record.inside()["frames"], record.values["classes"], title=title).figure
    table = tidy(clips_shown("ou2019.figure1", scale, record, SOURCE))
    return ArtifactResult(table, figure, [], f"static: {SOURCE}; nothing is measured", frames=True)
