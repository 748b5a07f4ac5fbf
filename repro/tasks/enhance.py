"""The task `enhance`: an enhancer trained on dark frames alone, without a bright picture beside
each, and what it makes of a few test frames.

Losses and weights of Zero-DCE (Guo et al., CVPR 2020): exposure of 16 x 16 patches near 0.6 (x 10),
contrast between neighbours kept, grey-world colour (x 5), smooth curve maps (x 200).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
import torch.nn.functional as F
from numpy.random import Generator, Philox
from safetensors.numpy import save
from torch import Tensor, nn

from repro import files
from repro.data import light
from repro.data.cache import entry
from repro.data.flow import fields
from repro.data.index import Item
from repro.spec import Clips, Data, Run
from repro.train.batches import ClipSet, Norm
from repro.train.checkpoint import save_network
from repro.train.context import Context
from repro.train.enhancer import TrainedEnhancer, build_enhancer
from repro.train.fit import Diverged, dry_run_facts, fit
from repro.train.precision import choose_device
from repro.train.prepare import load_sides, prepare_items, seed_all

UNIT: Norm = ([0.0] * 3, [255.0] * 3)  # bytes to 0..1
EXPOSURE = 0.6  # target mean of a patch
PATCH, REGION = 16, 4  # side in pixels of a patch of the exposure term and of a region of the contrast term
LEVELS = (0.0, 0.5, 1.0)  # depths of night at which a sample frame is stored
SAMPLES = 10  # test clips of which frames are stored
FINER = 4  # a stored flow field has so many times fewer rows and columns than its frames


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Train on single frames of the training side; store the weights and `samples` of the test
    side.

    Raises DataError (data missing), ValueError (no colour, or nothing to train on), Diverged,
    Interrupted.
    """
    data, recipe, folder = run.clip_data, run.recipe, context.folder
    if data.clips.input != "rgb" or data.clips.enhancement != "none":
        as_they_are = "an enhancer is trained on colour frames as they are (input='rgb', enhancement='none')"
        raise ValueError(f"{run.label}: {as_they_are}")
    device = choose_device(context.device)
    seed_all(run.seed, run.recipe.deterministic)
    sides = load_sides(run, context)
    single = replace(data, clips=replace(data.clips, clip_stride=data.clips.clip_length))  # T = 1
    frames = ClipSet(sides.train, single, context.cache, recipe.augment)
    if not len(frames):
        raise ValueError(f"{run.label}: the split {data.split!r} of {data.name} has no frames to train on")
    network = build_enhancer(run).to(device)
    where: dict[str, Any] = {"seed": run.seed, "folder": folder, "device": device}
    progress, divergence = fit(network, frames, recipe, UNIT, objective=zero_reference, **where)
    if divergence:
        raise Diverged(divergence)
    values = {"n_train": len(frames), "notes": list(sides.index.notes), "train_seconds": progress.seconds}
    values["parameters"] = sum(p.numel() for p in network.parameters())
    if steps := recipe.dry_steps:
        return values | dry_run_facts(steps, min(recipe.batch, len(frames)), progress.seconds)
    save_network(folder, network)
    samples = store_samples(data, choose(sides.test), TrainedEnhancer(run, folder, device), context)
    return values | {"classes": list(sides.index.classes)} | samples


def zero_reference(network: nn.Module, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
    """The four losses of frames x (B, 3, 1, H, W) in 0..1; nothing is right or wrong."""
    dark = x.squeeze(2)  # (B, 3, H, W)
    bright, inside = network(dark)
    total = 10 * exposure(bright) + contrast(dark, bright) + 5 * grey_world(bright)
    return total + 200 * roughness(inside["curves"]), label.new_zeros(())


def exposure(bright: Tensor) -> Tensor:
    """How far the mean of each patch is from EXPOSURE; frames (B, 3, H, W) smaller than a patch
    count as one.
    """
    side = (min(PATCH, bright.shape[2]), min(PATCH, bright.shape[3]))
    return (F.avg_pool2d(bright.mean(1, keepdim=True), side) - EXPOSURE).abs().mean()


def contrast(dark: Tensor, bright: Tensor) -> Tensor:
    """How far differences between neighbouring regions of REGION x REGION pixels have changed, both
    (B, 3, H, W).
    """
    before, after = (F.avg_pool2d(frame.mean(1, keepdim=True), REGION) for frame in (dark, bright))  # (B, 1, h, w)
    change = [((after.diff(dim=axis).abs() - before.diff(dim=axis).abs()) ** 2).mean() for axis in (2, 3)]
    return 2 * (change[0] + change[1])  # each pair is seen from both sides


def grey_world(bright: Tensor) -> Tensor:
    """Squared differences between the mean colours of a frame (B, 3, H, W)."""
    r, g, b = bright.mean((2, 3)).unbind(1)
    return ((r - g) ** 2 + (r - b) ** 2 + (g - b) ** 2).mean()


def roughness(curves: Tensor) -> Tensor:
    """Total variation of the curve maps (B, 3 rounds, H, W), squared as published."""
    across, down = curves.diff(dim=3).abs()[..., 1:, :], curves.diff(dim=2).abs()[..., 1:]
    return ((across + down) ** 2).mean()


def choose(items: Iterable[Item]) -> list[Item]:
    """Up to SAMPLES clips, of all classes in turn and each of another group of its class; the first
    in the list's order.
    """
    by_class: dict[int, dict[str, Item]] = {}
    for item in items:
        by_class.setdefault(item.label, {}).setdefault(item.group, item)
    rounds = zip_longest(*(by_class[label].values() for label in sorted(by_class)))
    return [item for row in rounds for item in row if item][:SAMPLES]


def store_samples(data: Data, items: list[Item], enhancer: TrainedEnhancer, context: Context) -> dict[str, Any]:
    """Middle frames of a few test clips in inside.safetensors: `<i>/<level>/steps` (rounds + 1, H,
    W, 3), and `.../gamma`, `.../clahe`; level `asked` is the frame as the run's clips have it. Of
    films also `<i>/flow` (2, h, w, 2): from that frame to the next, dark and enhanced.

    Where the night is simulated (`Clips.darkness`) there is one more level for each of LEVELS.
    Returns names and labels, and the mean byte of the frames `asked` before and after
    (`luma_before`, `luma_after`).
    """
    by_day = replace(data, clips=replace(data.clips, darkness=0.0))
    tensors, levels = {}, LEVELS if data.clips.darkness else ()
    prepare_items(items, by_day, context)
    for i, item in enumerate(items):
        asked, lit = (middle_frames(which, item, context) for which in (data, by_day))
        frames = {f"{level:g}": light.darken(lit[:1], level, Generator(Philox(key=i))) for level in levels}
        for level, dark in (frames | {"asked": asked[:1]}).items():
            made = {"steps": enhancer.steps(dark), "gamma": light.gamma(dark), "clahe": light.clahe(dark)}
            tensors |= {f"{i}/{level}/{name}": np.ascontiguousarray(value[0]) for name, value in made.items()}
        if len(asked) > 1:
            tensors[f"{i}/flow"] = np.stack([motion(pair, data.clips) for pair in (asked, enhancer(asked))])
    files.write(context.folder / "inside.safetensors", save(tensors))
    steps = [tensors[f"{i}/asked/steps"] for i in range(len(items))]
    return {
        "names": [item.name for item in items],
        "labels": [item.label for item in items],
        "levels": list(levels),
        "night": data.clips.darkness,
        "luma_before": float(np.mean([s[0].mean() for s in steps])),
        "luma_after": float(np.mean([s[-1].mean() for s in steps])),
    }


def middle_frames(data: Data, item: Item, context: Context) -> np.ndarray:
    """The middle stored frame of an item and the next one, (2, h, w, 3) uint8; of a single image it
    alone.
    """
    stored = entry(data, item, context.cache)
    middle = len(stored) // 2
    return np.array(stored[middle : middle + 2])


def motion(pair: np.ndarray, clips: Clips) -> np.ndarray:
    """The flow between two frames (2, H, W, 3), (H / FINER, W / FINER, 2) uint8."""
    height, width = (max(side // FINER, 1) for side in pair.shape[1:3])
    small = replace(clips, input="flow", height=height, width=width, resize_ratio=1.0, fit="squeeze")
    return fields(pair, small)[0]
