"""What the start notebook shows: the world the kit generates, and that what is learned there
carries over to real clips.
"""

from __future__ import annotations

from repro.papers.catalogue import Artifact
from repro.papers.start import runs

TITLE = "The generated world, and the bridge from it to real clips"
NOTEBOOK = "00_start.ipynb"

ARTIFACTS = (
    Artifact(
        "start.actions",
        "The generated world: eleven actions, one clip each",
        "static",
        claim="A person recognises the eleven actions without being told.",
        runs=runs.actions,
        draw="repro.papers.start.draw:actions",
        notebook=NOTEBOOK,
    ),
    Artifact(
        "start.stills",
        "The generated world of images: four shapes in three textures",
        "static",
        claim="The class is the pair: neither the shape nor the texture alone decides.",
        runs=runs.stills,
        draw="repro.papers.start.draw:stills",
        notebook=NOTEBOOK,
    ),
    Artifact(
        "start.factors",
        "The generated world of known factors: appearance, motion, order, both jointly",
        "static",
        claim="What a network must and must not be able to tell is known before it runs.",
        runs=runs.factors,
        draw="repro.papers.start.draw:factors",
        notebook=NOTEBOOK,
    ),
    Artifact(
        "start.bridge",
        "From the generated world to real night clips",
        "measured",
        claim="How far does a network that saw generated motion only get on real night clips? At mini it is shown them.",
        runs=runs.bridge,
        draw="repro.papers.start.draw:bridge",
        notebook=NOTEBOOK,
    ),
)
