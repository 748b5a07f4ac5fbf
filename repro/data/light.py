"""Night, and the classical ways back: what a small camera records when there is hardly any light,
gamma, and local histograms.

Night: the signal is made linear (gamma), cut down (gain), counted as electrons (shot noise), read
out (read noise), and coded again in 8 bits with the same gamma: dark, noisy and with few grey
levels, as the clips of ARID are.

The ways back learn nothing; `networks.zerodce` does, and is compared with them. All take and give
uint8 RGB clips (T, H, W, 3).
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

GAMMA = 2.2
FULL_WELL = 4000.0  # electrons at white
READ = 6.0  # electrons, standard deviation
DEEPEST = 0.012  # linear gain at level 1: a mid grey of 128 becomes about 17 of 255
LUMA = 0.45  # mean luma that `gamma` aims at, of 1
GAMMA_FLOOR = 0.15  # the strongest brightening: a mean of 1/255 would reach 0.43
# On the lightness of Lab; not given in the paper, which has no classical row.
CLIP_LIMIT, TILES = 4.0, (4, 4)


def gain(level: float) -> float:
    """Linear gain at a level between 0 (untouched) and 1 (deep night); geometric in between."""
    return DEEPEST**level


def darken(frames: np.ndarray, level: float, rng: Generator) -> np.ndarray:
    """uint8 frames (..., H, W, C) as a night camera would have recorded them; level 0 returns them
    unchanged.

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


def gamma(frames: np.ndarray) -> np.ndarray:
    """A clip brightened by one gamma for all its frames and channels, so that its mean luma reaches
    LUMA.
    """
    import cv2

    luma = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])
    table = 255 * (np.arange(256) / 255) ** exponent(luma)
    return np.rint(table).astype(np.uint8)[frames]


def exponent(luma: np.ndarray) -> float:
    """The gamma that brings luma in 0..255 of a whole clip to a mean of LUMA; 1 where it is bright
    enough, never below GAMMA_FLOOR.

    Found by bisection on the clip's own values.
    """
    levels = np.arange(256, dtype=np.float64) / 255
    share = np.bincount(np.rint(luma).astype(np.uint8).ravel(), minlength=256) / luma.size
    if share @ levels >= LUMA:
        return 1.0
    low, high = GAMMA_FLOOR, 1.0  # the mean falls as gamma rises
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if share @ levels**middle > LUMA else (low, middle)
    return low


def clahe(frames: np.ndarray) -> np.ndarray:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994) of each frame's lightness."""
    import cv2

    equalise = cv2.createCLAHE(CLIP_LIMIT, TILES).apply
    lit = []
    for frame in frames:
        lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)
        lab[..., 0] = equalise(np.ascontiguousarray(lab[..., 0]))
        lit.append(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))
    return np.stack(lit)
