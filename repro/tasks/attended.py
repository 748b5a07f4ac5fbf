"""The task `attended`: how much of the attention that cells receive lies on the actor, per test
clip, stage and axis, beside the share of cells that he fills, which uniform attention would give.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from repro.source import load_module
from repro.spec import Run
from repro.train.batches import ClipSet, normalise
from repro.train.context import Context
from repro.train.initialise import init_network
from repro.train.precision import choose_device
from repro.train.prepare import load_sides, prepare_items, seed_all

ACTORS = "repro.data.worlds.actors"  # masks of the clips of `actions`
UNIFORM = "uniform"


def execute(run: Run, context: Context) -> dict[str, Any]:
    """`names` and `groups` (N,) of the test clips, and `shares`: `<stage>.<axis>` and
    `uniform.<stage>` -> (N,) fractions of the attention received that lie on the actor.

    The network is that of `run.init_from`, or one as it is before training. Raises ValueError where
    it has no attention along axes, or its clips are not of the world `actions`.
    """
    data, device = run.clip_data, choose_device(context.device)
    if data.name != "actions":
        raise ValueError(f"{run.label}: actors are known in the world actions alone, got clips of {data.name}")
    if not hasattr(load_module("networks", run.network), "AxisAttention"):
        raise ValueError(f"{run.label}: the network has no attention along axes")
    seed_all(run.seed, run.recipe.deterministic)
    sides = load_sides(run, context)
    train = ClipSet(sides.train, data, context.cache)
    network = init_network(run, sides.index.classes, train, context.parents.get("init_from"))
    masks = replace(data, name=ACTORS, clips=replace(data.clips, input="rgb", darkness=0.0, enhancement="none"))
    prepare_items(sides.test, masks, context)
    clips, actors = (ClipSet(sides.test, each, context.cache) for each in (data, masks))
    shares = measure(network[0].eval().to(device), network[2], clips, actors, run.protocol.batch, device)
    if not shares:
        raise ValueError(f"{run.label}: the network has no attention along axes")
    of_clips = {"names": [item.name for item in sides.test], "groups": [item.group for item in sides.test]}
    return sides.facts() | of_clips | {"shares": {name: values.tolist() for name, values in shares.items()}}


@torch.no_grad()
def measure(network: Any, norm: Any, clips: ClipSet, actors: ClipSet, batch: int, device: torch.device) -> Any:
    """Share on the actor (N,) by `<stage>.<axis>` and `uniform.<stage>`; clips and actors are those
    of the same test items.
    """
    found: dict[str, list[Tensor]] = defaultdict(list)
    keys = clips.views_of_all(batch)
    for (frames, _), (mask, _) in zip(clips.load(keys, device), actors.load(keys, device), strict=True):
        inside = network(normalise(frames, norm), probe=True)[1]
        for name, received in inside.items():
            _, _, place = name.partition("exchange.")
            stage, _, axis = place.partition(".")
            if axis not in ("W", "H", "T"):
                continue
            filled = cells_filled(mask, received)
            found[f"{stage}.{axis}"].append((received * filled).sum((1, 2, 3)) / received.sum((1, 2, 3)))
            if axis == "W":
                found[f"{UNIFORM}.{stage}"].append(filled.mean((1, 2, 3)))
    return {name: torch.cat(parts).double().cpu().round(decimals=4) for name, parts in found.items()}


def cells_filled(mask: Tensor, received: Tensor) -> Tensor:
    """Masks (B, T, H, W, 3) uint8 -> the part of each cell that is covered, (B, t, h, w) like the
    map `received`, whose frames are every T/t-th of the clip.
    """
    t, h, w = received.shape[1:]
    covered = mask[:, :: mask.shape[1] // t, ..., 0].float() / 255  # (B, t, H, W)
    return F.adaptive_avg_pool2d(covered, (h, w))  # (B, t, h, w)
