"""A window of the network's size at a random position."""

import numpy as np

from repro.spec import Clips


def apply(frames: np.ndarray, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """(T, h, w, C) uint8 -> (T, H, W, C)."""
    top = rng.integers(frames.shape[1] - clips.height + 1)
    left = rng.integers(frames.shape[2] - clips.width + 1)
    return frames[:, top : top + clips.height, left : left + clips.width]
