"""The generated world of actions: one clip of each of the eleven, large enough to look at; the same
at every scale.
"""

from functools import partial

from repro.papers.plan import Artifact, Planned
from repro.papers.stand_ins import actions
from repro.papers.start import NOTEBOOK
from repro.papers.start.sheets import sheet
from repro.spec import Clips, Run

ARTIFACT = Artifact(
    title="The generated world: eleven actions, one clip each",
    kind="static",
    claim="A person recognises the eleven actions without being told.",
    notebook=NOTEBOOK,
)
CLIPS = Clips(frame_stride=4, clip_length=16, clip_stride=1, height=90, width=120, resize_ratio=1.0, fit="squeeze")
draw = partial(sheet, "start.actions")


def plan(scale: str, seeds: int) -> list[Planned]:
    """One contact sheet."""
    return [Planned(Run("contact_sheet", data=actions(CLIPS, train=22, test=11)))]
