"""The generated world of images: one image of each of the twelve classes, from worlds of eight
seeds; the same at every scale.
"""

from repro.papers import stand_ins
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.start import NOTEBOOK
from repro.papers.start.sheets import sheet
from repro.spec import Clips, Run

ARTIFACT = Artifact(
    title="The generated world of images: four shapes in three textures",
    kind="static",
    claim="The class is the pair: neither the shape nor the texture alone decides.",
    notebook=NOTEBOOK,
)
CLIPS = Clips(frame_stride=1, clip_length=1, clip_stride=1, height=80, width=80, resize_ratio=1.0)


def plan(scale: str, seeds: int) -> list[Planned]:
    """A contact sheet of each of eight worlds."""
    return [
        Planned(Run("contact_sheet", data=stand_ins.stills(CLIPS, train=12, test=12, seed=seed))) for seed in range(8)
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """One row of images per class, each from a world of another seed."""
    result = sheet("start.stills", done, scale, axis=1)
    assert result.figure is not None
    result.figure.axes[0].set_xlabel("example")
    return result
