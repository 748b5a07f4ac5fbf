"""Which kept frames enter the network.

wei2025, Table 1: a clip is 64 raw frames; the dense path sees every 2nd (32 frames), the sparse path every 16th (4 frames). Here
`Clips.every` is what the cache keeps, `Clips.length` the kept frames a clip spans, `Clips.step` the dense stride, so that
`every=1, length=64, step=2` is the paper's dense path. The sparse path is no other sampling: the network itself takes every
alpha-th of its dense frames. Small scales shrink the numbers, not the rule: `every=2, length=32, step=1` spans the same 64 raw frames.

Where frames begin: at random in training, evenly spread in testing; the paper names neither (W22). Videos shorter than a clip loop (W23).
"""

from __future__ import annotations

import numpy as np


def clip_indices(available: int, length: int, step: int, start: int) -> np.ndarray:
    """Indices (T,) int64 into `available` kept frames, T = length // step; a video that ends within the clip begins again (W23).

    Raises ValueError when there is no frame, or no whole step.
    """
    if available < 1 or length < step or step < 1:
        raise ValueError(f"a clip needs available >= 1 and length >= step >= 1; got available={available}, length={length}, step={step}")
    return (start + step * np.arange(length // step)) % available


def random_start(available: int, length: int, rng: np.random.Generator) -> int:
    """First frame of a training clip: uniform where the whole clip fits; 0 in a shorter video, which loops."""
    return int(rng.integers(0, max(available - length, 0) + 1))


def view_starts(available: int, length: int, views: int) -> np.ndarray:
    """First frames (V,) int64 of the clips a video is tested on: one in the middle, or evenly spaced from the first frame to the last.

    In a video shorter than a clip all views are the same one.
    """
    spare = max(available - length, 0)
    if views == 1:
        return np.array([spare // 2])
    return np.linspace(0, spare, views).round().astype(np.int64)
