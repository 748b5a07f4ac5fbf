"""Figure 1: frames of one motion; a penguin dives in the paper, here a generated figure jumps."""

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import tidy
from repro.papers.gong2022.structure import artifact
from repro.papers.plan import ArtifactResult, Done, Planned
from repro.papers.records import clips_shown
from repro.papers.stand_ins import actions
from repro.spec import Clips, Run

ARTIFACT = artifact("Frames of one motion", "definition", claim="What moves from frame to frame belongs together.")
SOURCE = "stand-in: a generated clip"
CLIPS = Clips(frame_stride=4, clip_length=16, clip_stride=4, height=96, width=96, fit="squeeze")


def plan(scale: str, seeds: int) -> list[Planned]:
    """A clip with motion."""
    return [Planned(Run("contact_sheet", data=actions(CLIPS, train=6, test=6, classes=("jump",), scene="day")))]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The frames of the clip, side by side."""
    record = done[0].record
    figure = contact_sheet(record.inside()["frames"], record.values["classes"], title=SOURCE).figure
    table = tidy(clips_shown("gong2022.figure1", scale, record, SOURCE))
    return ArtifactResult(table, figure, [], f"static: {SOURCE}; nothing is measured", frames=True)
