"""A training to watch: small enough for a minute on two cores, and of no claim."""

from dataclasses import replace

from repro.papers.stand_ins import SIX, actions
from repro.papers.start.bridge import CLIPS, RECIPE
from repro.spec import Run, options


def minute(scale: str, seed: int = 0) -> list[Run]:
    """The bridge's network on fewer generated clips, tested after each epoch; another seed begins
    anew.
    """
    epochs, clips = (2, 12) if scale == "smoke" else (40, 120)
    recipe = replace(RECIPE, epochs=epochs, warmup=0, validate=True)
    data = actions(replace(CLIPS, height=32, width=40), clips, 48 if clips > 12 else 12, scene="loud", classes=SIX)
    return [Run(network="conv3d", arguments=options(width=8), data=data, recipe=recipe, seed=seed)]
