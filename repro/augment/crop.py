"""A window of the network's size at a random position."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from repro.spec import Clips


def draw(rng: np.random.Generator, height: int, width: int, clips: Clips) -> tuple[int, int]:
    """The first row and column of a clip of (height, width)."""
    return int(rng.integers(height - clips.height + 1)), int(rng.integers(width - clips.width + 1))


def apply(x: Tensor, drawn: Sequence[tuple[int, int]], clips: Clips) -> Tensor:
    """(B, T, h, w, C) uint8 -> (B, T, H, W, C)."""
    windows = zip(x, drawn, strict=True)
    return torch.stack([one[:, y : y + clips.height, x : x + clips.width] for one, (y, x) in windows])
