"""The runs of the start notebook: a look at the generated worlds, and the bridge from one of them
to real night clips.
"""

from __future__ import annotations

from dataclasses import replace

from repro.papers.start.settings import BRIDGE_CLIPS, BRIDGE_RECIPE, BRIDGE_SIZE, BRIDGE_WORLD, SIX
from repro.spec import Clips, Data, Recipe, Run, options

SEEDS = {"smoke": 2, "laptop": 2, "mini": 5, "paper": 2}


def actions(scale: str, seeds: int) -> list[Run]:
    """One clip of each of the eleven actions, large enough to look at; the same at every scale."""
    clips = Clips(frame_stride=4, clip_length=16, clip_stride=1, height=90, width=120, resize_ratio=1.0, fit="squeeze")
    return [Run(task="contact_sheet", data=Data("actions", clips=clips, options=options(train=22, test=11)))]


def stills(scale: str, seeds: int) -> list[Run]:
    """One image of each of the twelve classes, eight times; the same at every scale."""
    clips = Clips(frame_stride=1, clip_length=1, clip_stride=1, height=80, width=80, resize_ratio=1.0)
    return [
        Run(task="contact_sheet", data=Data("stills", clips=clips, options=options(train=12, test=12, seed=seed)))
        for seed in range(8)
    ]


def factors(scale: str, seeds: int) -> list[Run]:
    """One clip of each class of each factor; the same at every scale."""
    clips = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=64, width=64, resize_ratio=1.0)
    return [
        Run(task="contact_sheet", data=Data("factors", clips=clips, options=options(factor=factor, train=12, test=12)))
        for factor in ("appearance", "motion", "order", "joint")
    ]


def bridge(scale: str, seeds: int) -> list[Run]:
    """A plain Conv3d trained on the world's flow alone; at mini it is then shown real night clips."""
    trained = [_trained(scale, seed) for seed in range(seeds or SEEDS[scale])]
    if scale != "mini":
        return trained
    return trained + [night(run, split) for split in ("all", "official") for run in trained]


def night(trained: Run, split: str) -> Run:
    """The same weights on ARID-6, all clips or the test list: nothing is trained, so nothing of the
    night is learned.
    """
    data = Data("arid", split=split, clips=trained.data.clips, options=options(lists="small"))
    return replace(trained, data=data, recipe=Recipe(), init_from=trained)


def _trained(scale: str, seed: int) -> Run:
    world = dict(BRIDGE_WORLD) | ({"train": 24, "test": 12} if scale == "smoke" else {})
    recipe = replace(BRIDGE_RECIPE, epochs=2, warmup=0) if scale == "smoke" else BRIDGE_RECIPE
    data = Data("actions", clips=BRIDGE_CLIPS, options=options(classes=SIX, **world))
    return Run(network="conv3d", arguments=BRIDGE_SIZE, data=data, recipe=recipe, seed=seed)
