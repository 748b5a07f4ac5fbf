"""Every second clip at a night of random depth: the control of wei2025's Table 5, a recogniser that
has seen the dark.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from repro.data.light import FULL_WELL, GAMMA, READ, gain
from repro.spec import Clips

BITS = 0xFFFFFFFF
Night = tuple[float, int]  # depth (0: the clip stays as it is), number of its noise


def draw(rng: np.random.Generator, height: int, width: int, clips: Clips) -> Night:
    """Depth and noise of a clip. Raises ValueError for flow, which is computed before."""
    if clips.input != "rgb":
        remedy = "train on clips with Clips.darkness instead"
        raise ValueError(f"the augmentation darken changes colour, and the input is {clips.input}; {remedy}.")
    depth = float(rng.uniform(0.2, 1.0)) if rng.random() < 0.5 else 0.0
    return depth, int(rng.integers(2**31))


def apply(x: Tensor, drawn: Sequence[Night], clips: Clips) -> Tensor:
    """(B, T, H, W, 3) uint8 -> the same or darker, as `repro.data.light.darken` has it."""
    chosen = [i for i, (depth, _) in enumerate(drawn) if depth]
    if not chosen:
        return x
    electrons = [gain(drawn[i][0]) * FULL_WELL for i in chosen]
    scale = torch.tensor(electrons).to(x.device)[:, None, None, None, None]
    expected = (x[chosen].float() / 255) ** GAMMA * scale
    noise = normal(torch.tensor([drawn[i][1] for i in chosen]).to(x.device), x[0].numel()).reshape(expected.shape)
    taken = (expected + (expected + READ**2).sqrt() * noise).clamp(0, FULL_WELL)
    x = x.clone()
    x[chosen] = (255 * (taken / FULL_WELL) ** (1 / GAMMA)).round().byte()
    return x


def normal(seeds: Tensor, count: int) -> Tensor:
    """(B, count) normal numbers for seeds (B,): each a function of its seed and its place alone, so
    that every device draws the same. Two mixed counters go through Box and Muller's transform.
    """
    places = torch.arange(count, device=seeds.device)
    first, second = (_uniform(seeds[:, None] * 2 + half, places) for half in (0, 1))
    return (-2 * first.log()).sqrt() * (2 * torch.pi * second).cos()


def _uniform(seed: Tensor, place: Tensor) -> Tensor:
    """Numbers above 0 and below 1 of (B, 1) seeds and (count,) places, mixed in 32 bits by Wellons'
    hash `lowbias32`.
    """
    x = (place * 0x9E3779B1 + seed * 0x85EBCA77) & BITS
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & BITS
    x = ((x ^ (x >> 15)) * 0x846CA68B) & BITS
    return (((x ^ (x >> 16)) >> 8).float() + 0.5) / 2**24
