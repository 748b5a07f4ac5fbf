"""`clip_length` stored frames in a row, every `clip_stride`-th of them; wei2025, Table 1.

There a clip is 64 raw frames; the dense path sees every 2nd (32 frames), the sparse path every 16th
(4 frames), which the network takes from its dense frames itself. Small scales shrink the numbers,
not the rule. Where frames begin: at random in training, evenly spread in testing; the paper names
neither (W22). Videos shorter than a clip loop (W23).
"""

import numpy as np

from repro.spec import Clips


def train(available: int, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """Indices (T,) int64 of a training clip into `available` stored frames; the first is uniform
    where the whole clip fits, else 0.
    """
    start = int(rng.integers(0, max(available - clips.clip_length, 0) + 1))
    return clip_indices(available, clips.clip_length, clips.clip_stride, start)


def test(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
    """Indices (T,) int64 of one of the clips that a video is tested on."""
    start = int(view_starts(available, clips.clip_length, views)[view])
    return clip_indices(available, clips.clip_length, clips.clip_stride, start)


def clip_indices(available: int, length: int, stride: int, start: int) -> np.ndarray:
    """Indices (T,) int64 into `available` stored frames, T = length // stride; a video that ends
    within the clip begins again (W23).

    Raises ValueError when there is no frame, or no whole stride.
    """
    if available < 1 or length < stride or stride < 1:
        got = f"got available={available}, length={length}, stride={stride}"
        raise ValueError(f"a clip needs available >= 1 and length >= stride >= 1; {got}")
    return (start + stride * np.arange(length // stride)) % available


def view_starts(available: int, length: int, views: int) -> np.ndarray:
    """First frames (V,) int64 of the clips a video is tested on: one in the middle, or evenly
    spaced from the first frame to the last.

    In a video shorter than a clip all views are the same one.
    """
    spare = max(available - length, 0)
    if views == 1:
        return np.array([spare // 2])
    return np.linspace(0, spare, views).round().astype(np.int64)
