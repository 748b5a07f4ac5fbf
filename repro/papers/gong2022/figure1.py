"""Figure 1: frames of one motion; a penguin dives in the paper, here a person jumps: generated, at
mini one of ARID.
"""

from dataclasses import replace

from repro.papers.gong2022.structure import artifact
from repro.papers.plan import ArtifactResult, Done, Planned
from repro.papers.sheets import sheet
from repro.papers.stand_ins import actions, arid
from repro.spec import Clips, Run, options

ARTIFACT = artifact("Frames of one motion", "definition", claim="What moves from frame to frame belongs together.")
CLIPS = Clips(frame_stride=4, clip_length=16, clip_stride=4, height=96, width=96, fit="squeeze")
NIGHT = replace(CLIPS, height=96, width=128, enhancement="gamma")


def plan(scale: str, seeds: int) -> list[Planned]:
    """A clip with motion."""
    if scale == "mini":
        return [Planned(Run("contact_sheet", arguments=options(rows=1), data=arid(NIGHT)))]
    return [Planned(Run("contact_sheet", data=actions(CLIPS, train=6, test=6, classes=("jump",), scene="day")))]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The frames of the clip, side by side."""
    return sheet("gong2022.figure1", scale, done[0].record, source(done[0]))


def source(done: Done) -> str:
    """What the clip is."""
    return f"stand-in: {'a generated clip' if done.run.clip_data.generated else 'a clip of ARID, brightened'}"
