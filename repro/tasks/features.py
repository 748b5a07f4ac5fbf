"""The task `features`: the maps of a network's convolutions, computed once per video and stored,
for trainings that leave these frozen.

With a backbone frozen the maps after its last convolution never change, so they are kept in half
precision, 17 x 2 x 512 x 14 x 14 numbers (7 MB) a video at ou2019's size, or as few as the network
projects them to.
Every video is sampled as in testing and cut in the middle; a training on stored maps
therefore sees no random start, no crop and no flip.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from repro import files
from repro.spec import Protocol, Run
from repro.train.batches import ClipSet, Norm, normalise
from repro.train.context import Context
from repro.train.initialise import init_network
from repro.train.maps import FILE, NAMES
from repro.train.precision import autocast, choose_device, effective, to_device
from repro.train.prepare import load_sides, seed_all


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Store `maps.npy` (N, T, h, w, D) float16 of all clips of both sides, in the order of the
    names in `maps.json`.

    `run.arguments` are those of the network, which offers `maps(x (B, C, T, H, W)) -> (B, D, T, h,
    w)`; `run.init_from` gives its weights. Raises ValueError without data, DataError when they are
    missing, AttributeError when the network offers no maps.
    """
    device, folder = choose_device(context.device), context.folder
    seed_all(run.seed, run.recipe.deterministic)
    sides = load_sides(run, context)
    train = ClipSet(sides.train, run.clip_data, context.cache)
    clips = ClipSet([*sides.train, *sides.test], run.clip_data, context.cache)
    network, _, norm = init_network(run, sides.index.classes, train, context.parents.get("init_from"))
    precision = effective(run.recipe.precision, device)
    network = to_device(network, precision, device).eval()
    with files.replacing(folder / FILE) as temporary:
        shape = write(temporary, network, clips, run.protocol, norm, precision, device)
    files.write(folder / NAMES, json.dumps([item.name for item in clips.items]))
    return sides.facts() | {"shape": list(shape), "bytes": (folder / FILE).stat().st_size}


@torch.no_grad()
def write(
    path: Path, network: Any, clips: ClipSet, protocol: Protocol, norm: Norm, precision: str, device: torch.device
) -> tuple[int, ...]:
    """Fill the file with the maps of all clips; returns its shape (N, T, h, w, D)."""
    at, stored = 0, None
    for frames, _ in clips.load(clips.views_of_all(protocol.batch), device):
        with autocast(precision, device):
            maps = network.maps(normalise(frames, norm))  # (B, D, T, h, w)
        part = maps.float().clamp(-65504, 65504).permute(0, 2, 3, 4, 1).half().cpu().numpy()  # (B, T, h, w, D)
        if stored is None:
            stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(len(clips), *part.shape[1:]))
        stored[at : at + len(part)] = part
        at += len(part)
    assert stored is not None
    stored.flush()
    return stored.shape
