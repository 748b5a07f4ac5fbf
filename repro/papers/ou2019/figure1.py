"""Figure 1: two actions that single frames cannot tell apart."""

from repro.papers.ou2019.structure import artifact
from repro.papers.plan import ArtifactResult, Done, Planned
from repro.papers.sheets import sheet
from repro.papers.stand_ins import factors
from repro.spec import Clips, Run, options

ARTIFACT = artifact(
    title="Two motions in one scene",
    kind="definition",
    claim="Golf swing and croquet look alike in single frames; time tells them apart.",
)
SOURCE = "stand-in: one thing before one background, two motions"
CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=96, width=96, fit="squeeze")


def plan(scale: str, seeds: int) -> list[Planned]:
    """A contact sheet of two generated clips that differ in nothing but their motion."""
    data = factors(CLIPS, "motion", 4, 4)
    return [Planned(Run("contact_sheet", arguments=options(rows=2), data=data))]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Golf swing and croquet in the paper, before like backgrounds; here two generated motions
    before one.
    """
    return sheet("ou2019.figure1", scale, done[0].record, SOURCE)
