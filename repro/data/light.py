"""Night: what a small camera records when there is hardly any light.

The signal is made linear (gamma), cut down (gain), counted as electrons (shot noise), read out (read noise), and coded
again in 8 bits with the same gamma: dark, noisy and with few grey levels, as the clips of ARID are.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

GAMMA = 2.2
FULL_WELL = 4000.0  # electrons at white
READ = 6.0  # electrons, standard deviation
DEEPEST = 0.012  # linear gain at level 1: a mid grey of 128 becomes about 17 of 255


def gain(level: float) -> float:
    """Linear gain at a level between 0 (untouched) and 1 (deep night); geometric in between."""
    return DEEPEST**level


def darken(frames: np.ndarray, level: float, rng: Generator) -> np.ndarray:
    """uint8 frames (..., H, W, C) as a night camera would have recorded them; level 0 returns them unchanged.

    Raises ValueError when level is outside 0..1 or frames are not uint8.
    """
    if frames.dtype != np.uint8:
        raise ValueError(f"darken wants uint8 frames, got {frames.dtype}; darken before any normalisation.")
    if not 0 <= level <= 1:
        raise ValueError(f"light level must lie in 0 (lit) .. 1 (night), got {level}.")
    if level == 0:
        return frames
    linear = (np.arange(256) / 255.0) ** GAMMA * gain(level) * FULL_WELL  # electrons expected for each code
    expected = linear.astype(np.float32)[frames]
    spread = np.sqrt(expected + np.float32(READ**2))  # shot noise as a normal of the same variance
    electrons = expected + spread * rng.standard_normal(frames.shape, np.float32)
    return np.rint(255 * (np.clip(electrons, 0, FULL_WELL) / FULL_WELL) ** (1 / GAMMA)).astype(np.uint8)
