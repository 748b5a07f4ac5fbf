"""The generated world of known factors: one clip of each class of each factor; the same at every
scale.
"""

from functools import partial

from repro.papers import stand_ins
from repro.papers.plan import Artifact, Planned
from repro.papers.start import NOTEBOOK
from repro.papers.start.sheets import sheet
from repro.spec import Clips, Run

ARTIFACT = Artifact(
    title="The generated world of known factors: appearance, motion, order, both jointly",
    kind="static",
    claim="What a network must and must not be able to tell is known before it runs.",
    notebook=NOTEBOOK,
)
CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=64, width=64, resize_ratio=1.0)
FACTORS = ("appearance", "motion", "order", "joint")
draw = partial(sheet, "start.factors")


def plan(scale: str, seeds: int) -> list[Planned]:
    """A contact sheet of each factor."""
    worlds = {factor: stand_ins.factors(CLIPS, factor, train=12, test=12) for factor in FACTORS}
    return [Planned(Run("contact_sheet", data=world), row=factor) for factor, world in worlds.items()]
