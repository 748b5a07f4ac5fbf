"""Gradient-boosted trees (XGBoost): Chen and Guestrin, 2016; one tree per class and round, softmax
over their sums.

Trees read numbers, not maps, so a frame becomes one vector first. Number of rounds and step size
are the recipe's `epochs` and `lr`.

ackerly2025 gives neither settings nor input for this row of its Table 1 and cites another work
(A10). The settings are ours, and so are the features: `pixels`, or at small scales `hog`,
histograms of oriented gradients (Dalal and Triggs, 2005) and of colours.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import xgboost

from repro.nn.config import require

SIDE = 32  # pixels of the square that every frame is brought to
CELL, ANGLES = 8, 9  # side of a cell in pixels; directions of a gradient from 0 to 180 degrees
SHADES = 16  # bins of each colour's histogram
FRACTION = 0.8  # of the examples, and of the features, that a tree sees
AT_ONCE = 256  # frames whose gradients are held in memory


@dataclass(frozen=True)
class Trees:
    """All switches; the defaults are for full size."""

    depth: int = 6
    bins: int = 256  # values that a feature is rounded to before the search for splits
    features: Literal["pixels", "hog"] = "pixels"

    def __post_init__(self) -> None:
        require(self.features in FEATURES, f"features is one of {', '.join(FEATURES)}", self.features)
        require(self.depth > 0 and self.bins > 1, "depth is 1 or more and bins 2 or more", (self.depth, self.bins))

    def parameters(self, classes: int, eta: float, seed: int, threads: int) -> dict[str, Any]:
        """XGBoost's own words for these settings. Draws depend on the seed and the round alone."""
        return {
            "objective": "multi:softprob",
            "num_class": classes,
            "tree_method": "hist",
            "max_depth": self.depth,
            "max_bin": self.bins,
            "eta": eta,
            "subsample": FRACTION,
            "colsample_bytree": FRACTION,
            "seed": seed,
            "seed_per_iteration": True,
            "nthread": threads,
        }


def features_of(frames: np.ndarray, kind: Literal["pixels", "hog"]) -> np.ndarray:
    """What the trees read of frames (N, H, W, 3) uint8 in red, green, blue: (N, F) float32.

    Frames become 32 x 32 pixels first, by areas. `pixels`: F = 3072, row by row, three colours
    each, 0 to 255. `hog`: F = 192, see `oriented_gradients` (the first 144) and `colour_histogram`
    (the last 48).

    Raises ValueError on frames of another kind.
    """
    known = frames.ndim == 4 and frames.shape[3] == 3 and frames.dtype == np.uint8
    require(known, "trees read frames (N, H, W, 3) of bytes", f"{frames.shape} of {frames.dtype}")
    # (N, 32, 32, 3)
    small = np.stack([cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for frame in frames])
    parts = [FEATURES[kind](small[at : at + AT_ONCE]) for at in range(0, len(small), AT_ONCE)]
    return np.concatenate(parts)  # (N, F)


def flat(frames: np.ndarray) -> np.ndarray:
    """(N, 32, 32, 3) bytes -> (N, 3072) float32."""
    return frames.reshape(len(frames), -1).astype(np.float32)


def hog(frames: np.ndarray) -> np.ndarray:
    """(N, 32, 32, 3) bytes -> (N, 192) float32."""
    return np.concatenate([oriented_gradients(frames), colour_histogram(frames)], 1)


def oriented_gradients(frames: np.ndarray) -> np.ndarray:
    """Of each of 4 x 4 cells, row by row, how much the frame changes in each of 9 directions: (N,
    32, 32, 3) -> (N, 144) float32.

    Direction 0 is a change from left to right or back, direction d is turned by 20 d degrees from
    there, downwards. A pixel counts with the length of its gradient in the colour where that is
    longest, shared between the two nearest directions. The 144 numbers of a frame are divided by
    their Euclidean length, so that contrast does not count; a frame without change has zeros.
    """
    x = np.pad(frames.astype(np.float32), ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    across, down = x[:, 1:-1, 2:] - x[:, 1:-1, :-2], x[:, 2:, 1:-1] - x[:, :-2, 1:-1]  # (N, 32, 32, 3)
    length = np.hypot(across, down)
    strongest = length.argmax(3)[..., None]
    parts = (np.take_along_axis(part, strongest, 3)[..., 0] for part in (across, down, length))
    across, down, length = parts  # (N, 32, 32) each
    angle = np.arctan2(down, across) * (ANGLES / np.pi) % ANGLES  # in units of 20 degrees, 0 to 9
    cells = np.stack([_cells(length * np.maximum(1 - _apart(angle, d), 0)) for d in range(ANGLES)], 2)  # (N, 16, 9)
    vector = cells.reshape(len(frames), -1)
    return vector / np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-6)


def _apart(angle: np.ndarray, direction: int) -> np.ndarray:
    """Steps from each angle to a direction, the shorter way round."""
    steps = np.abs(angle - direction)
    return np.minimum(steps, ANGLES - steps)


def _cells(votes: np.ndarray) -> np.ndarray:
    """Sums over cells: (N, 32, 32) -> (N, 16)."""
    n = SIDE // CELL
    return votes.reshape(-1, n, CELL, n, CELL).sum((2, 4)).reshape(-1, n * n)


def colour_histogram(frames: np.ndarray) -> np.ndarray:
    """How much of a frame has each of 16 shades of red, then of green, then of blue: (N, 32, 32, 3)
    -> (N, 48) float32, 0 to 1.
    """
    n, bins = len(frames), 3 * SHADES
    shade = frames // (256 // SHADES) + SHADES * np.arange(3)  # (N, 32, 32, 3), 0 to 47
    counts = np.bincount((shade + bins * np.arange(n)[:, None, None, None]).ravel(), minlength=bins * n)
    return (counts.reshape(n, bins) / SIDE**2).astype(np.float32)


FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"pixels": flat, "hog": hog}


def size(booster: xgboost.Booster) -> dict[str, int]:
    """How many trees, and in them leaves and nodes. A node holds one learned number, a threshold
    or, in a leaf, an answer.
    """
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    children = [tree["left_children"] for tree in model["trees"]]
    return {"trees": len(children), "nodes": sum(map(len, children)), "leaves": sum(c.count(-1) for c in children)}
