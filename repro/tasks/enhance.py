"""The task `enhance`: an enhancer trained on dark frames alone, without a lit picture beside them,
and what it makes of a few test frames.

Losses and weights of Zero-DCE (Guo et al., CVPR 2020): exposure of 16 x 16 patches near 0.6 (x 10),
contrast between neighbours kept, grey-world colour (x 5), smooth curve maps (x 200).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch.nn.functional as F
from numpy.random import Generator, Philox
from safetensors.numpy import save_file
from torch import Tensor, nn

from repro.data import light
from repro.data.cache import entry
from repro.data.index import Index
from repro.files import replacing
from repro.spec import Data, Run
from repro.train.batches import ClipSet, Norm
from repro.train.checkpoint import save_network
from repro.train.enhancer import TrainedEnhancer, build_enhancer
from repro.train.fit import Diverged, fit
from repro.train.initialise import Parents
from repro.train.precision import choose_device
from repro.train.prepare import deterministic, load_sides, prepare_all
from repro.train.probe import choose

UNIT: Norm = ([0.0] * 3, [255.0] * 3)  # bytes to 0..1
EXPOSURE, PATCH, REGION = (
    0.6,
    16,
    4,
)  # target mean, and side in pixels of a patch of the exposure and of the contrast term
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # nights at which a lit frame of the samples is shown


def execute(run: Run, folder: Path, *, device: str, root: Path | None, cache: Path, parents: Parents) -> dict[str, Any]:
    """Train on single frames of the training side; store the weights and `samples` of the test
    side.

    Raises DataError (data missing), ValueError (no colour, or nothing to train on), Diverged,
    Interrupted.
    """
    if run.data is None or run.data.clips.input != "rgb" or run.data.clips.enhancement != "none":
        raise ValueError(
            f"{run.label}: an enhancer is trained on colour frames as they are (input='rgb', enhancement='none')"
        )
    device_ = choose_device(device)
    deterministic(run.seed)
    sides = load_sides(run, folder, root, cache)
    single = replace(run.data, clips=replace(run.data.clips, clip_stride=run.data.clips.clip_length))  # T = 1
    frames = ClipSet(sides.train, single, root, cache, run.recipe.augment)
    if not len(frames):
        raise ValueError(f"{run.label}: the split {run.data.split!r} of {run.data.name} has no frames to train on")
    network = build_enhancer(run).to(device_)
    progress, divergence = fit(
        network,
        frames,
        run.recipe,
        UNIT,
        seed=run.seed,
        folder=folder,
        device=device_,
        workers=0,
        objective=zero_reference,
    )
    if divergence:
        raise Diverged(divergence)
    values = {"n_train": len(frames), "notes": list(sides.index.notes), "train_seconds": progress.seconds}
    values["parameters"] = sum(p.numel() for p in network.parameters())
    if steps := run.recipe.dry_steps:
        return values | {
            "steps": steps,
            "batch": min(run.recipe.batch, len(frames)),
            "step_seconds": progress.seconds / steps,
        }
    save_network(folder, network)
    usable = replace(sides.index, test=tuple(sides.test))
    return values | store_samples(run, usable, TrainedEnhancer(run, folder, device_), folder, root, cache)


def zero_reference(network: nn.Module, x: Tensor, label: Tensor) -> tuple[Tensor, int]:
    """The four losses of frames x (B, 3, 1, H, W) in 0..1; nothing is right or wrong."""
    dark = x.squeeze(2)  # (B, 3, H, W)
    lit, inside = network(dark)
    total = 10 * exposure(lit) + contrast(dark, lit) + 5 * grey_world(lit) + 200 * roughness(inside["curves"])
    return total, 0


def exposure(lit: Tensor) -> Tensor:
    """How far the mean of each patch is from EXPOSURE; frames (B, 3, H, W) smaller than a patch
    count as one.
    """
    side = (min(PATCH, lit.shape[2]), min(PATCH, lit.shape[3]))
    return (F.avg_pool2d(lit.mean(1, keepdim=True), side) - EXPOSURE).abs().mean()


def contrast(dark: Tensor, lit: Tensor) -> Tensor:
    """How far differences between neighbouring regions of REGION x REGION pixels have changed, both
    (B, 3, H, W).
    """
    before, after = (F.avg_pool2d(frame.mean(1, keepdim=True), REGION) for frame in (dark, lit))  # (B, 1, h, w)
    change = [((after.diff(dim=axis).abs() - before.diff(dim=axis).abs()) ** 2).mean() for axis in (2, 3)]
    return 2 * (change[0] + change[1])  # each pair is seen from both sides


def grey_world(lit: Tensor) -> Tensor:
    """Squared differences between the mean colours of a frame (B, 3, H, W)."""
    r, g, b = lit.mean((2, 3)).unbind(1)
    return ((r - g) ** 2 + (r - b) ** 2 + (g - b) ** 2).mean()


def roughness(curves: Tensor) -> Tensor:
    """Total variation of the curve maps (B, 3 rounds, H, W), squared as published."""
    across, down = curves.diff(dim=3).abs()[..., 1:, :], curves.diff(dim=2).abs()[..., 1:]
    return ((across + down) ** 2).mean()


def store_samples(
    run: Run, index: Index, enhancer: TrainedEnhancer, folder: Path, root: Path | None, cache: Path
) -> dict[str, Any]:
    """Middle frames of a few test clips in inside.safetensors: `<i>/<level>/steps` (rounds + 1, H,
    W, 3), and `.../gamma`, `.../clahe`.

    Where the night is simulated (`Clips.night`) there is one level for each of LEVELS; real dark
    clips have only level 0, as recorded. Returns names and labels, and the mean byte of these
    frames before and after (`luma_before`, `luma_after`).
    """
    assert run.data is not None
    lit_data = replace(run.data, clips=replace(run.data.clips, darkness=0.0))
    chosen = [index.test[i] for i in choose(index.test)]
    prepare_all(lit_data, replace(index, train=(), test=tuple(chosen)), root, cache, folder / "preparing.txt")
    tensors, levels = {}, LEVELS if run.data.clips.darkness else (0.0,)
    for i, item in enumerate(chosen):
        frame = _middle(lit_data, item, root, cache)
        for level in levels:
            dark = light.darken(frame, level, Generator(Philox(key=i)))
            place = f"{i}/{level:g}"
            tensors[f"{place}/steps"] = enhancer.steps(dark)[0]
            tensors[f"{place}/gamma"], tensors[f"{place}/clahe"] = light.gamma(dark)[0], light.clahe(dark)[0]
        if run.data.clips.darkness:
            dark = _middle(run.data, item, root, cache)
        tensors[f"{i}/asked/steps"] = enhancer.steps(dark)[0]  # at the night of the run, or as recorded
        tensors[f"{i}/asked/gamma"], tensors[f"{i}/asked/clahe"] = light.gamma(dark)[0], light.clahe(dark)[0]
    with replacing(folder / "inside.safetensors") as temporary:
        save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, temporary)
    steps = [tensors[f"{i}/asked/steps"] for i in range(len(chosen))]
    return {
        "classes": list(index.classes),
        "names": [item.name for item in chosen],
        "labels": [item.label for item in chosen],
        "levels": list(levels),
        "night": run.data.clips.darkness,
        "luma_before": float(np.mean([s[0].mean() for s in steps])),
        "luma_after": float(np.mean([s[-1].mean() for s in steps])),
    }


def _middle(data: Data, item: Any, root: Path | None, cache: Path) -> np.ndarray:
    """The middle stored frame of an item, (1, h, w, 3) uint8."""
    stored = entry(data, item, root, cache)
    return np.array(stored[len(stored) // 2])[None]
