"""What a test puts in the way of clips: another viewpoint, another light, a thing before the lens,
another order of the frames or none.

Kinds and levels, 0 (nothing) to 1, are ours: ackerly2025 promises robustness to viewpoint,
illumination and occlusion and names no test. One draw holds for all frames of a clip; noise alone
is drawn for each pixel. Each clip has draws of its own: an order that all clips shared would be
time under another name.
"""

from functools import partial
from typing import get_args

import numpy as np
from numpy.random import Generator

from repro.spec import Corruption

ANGLE = 45.0  # degrees, the most a frame is turned
ZOOM = 0.5  # of the side, the most that is cut away
STOPS = 2.0  # the strongest gamma is 2 to this power, or one over it
NOISE = 0.25  # standard deviation of the strongest noise, of white
PATCH = 0.75  # side of the largest grey patch, of the frame's


def corrupt(frames: np.ndarray, kind: Corruption, level: float, rng: Generator) -> np.ndarray:
    """(T, H, W, 3) uint8 to the same. Raises ValueError on another kind or a level outside 0..1."""
    if kind not in get_args(Corruption) or not 0 <= level <= 1:
        wanted = f"{', '.join(filter(None, get_args(Corruption)))} at a level in 0..1"
        raise ValueError(f"a corruption is one of {wanted}; got {kind!r} at {level}")
    height, width = frames.shape[1:3]
    match kind:
        case "":
            return frames
        case "rotate":
            return _warped(frames, rng.choice((-1, 1)) * level * ANGLE, 1.0, (0.5, 0.5))
        case "crop":
            kept = 1 - level * ZOOM
            return _warped(frames, 0.0, 1 / kept, tuple(0.5 * kept + rng.random(2) * (1 - kept)))
        case "gamma":
            table = 255 * (np.arange(256) / 255) ** 2 ** (rng.choice((-1, 1)) * level * STOPS)
            return np.rint(table).astype(np.uint8)[frames]
        case "noise":
            noisy = frames + np.float32(255 * level * NOISE) * rng.standard_normal(frames.shape, np.float32)
            return np.rint(noisy.clip(0, 255)).astype(np.uint8)
        case "shuffle":  # this share of the frames change places
            order = np.arange(len(frames))
            some = rng.permutation(len(frames))[: round(level * len(frames))]
            order[np.sort(some)] = some
            return frames[order]
        case "freeze":  # the first frame stays for this share of the clip, then it goes on
            return frames[np.maximum(np.arange(len(frames)) - round(level * len(frames)), 0)]
    side = np.rint(level * PATCH * np.array((height, width))).astype(int)
    top, left = np.rint(rng.random(2) * ((height, width) - side)).astype(int)
    covered = frames.copy()
    covered[:, top : top + side[0], left : left + side[1]] = 128
    return covered


def _warped(frames: np.ndarray, angle: float, scale: float, centre: tuple[float, ...]) -> np.ndarray:
    """Turned by degrees and enlarged about the point `centre` (x, y, of the sides), which comes to
    the middle; beyond the rim its last pixels are repeated.
    """
    import cv2

    height, width = frames.shape[1:3]
    x, y = centre[0] * (width - 1), centre[1] * (height - 1)
    matrix = cv2.getRotationMatrix2D((x, y), angle, scale)
    matrix[:, 2] += (width - 1) / 2 - x, (height - 1) / 2 - y
    warp = partial(cv2.warpAffine, M=matrix, dsize=(width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.stack([warp(frame) for frame in frames])
