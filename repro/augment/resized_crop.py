"""A random window of half to all of the largest one with the network's shape, at its size."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from repro.spec import Clips

Window = tuple[int, int, int, int]  # first row and column, rows, columns


def draw(rng: np.random.Generator, height: int, width: int, clips: Clips) -> Window:
    """The window in a clip of (height, width)."""
    side = np.sqrt(rng.uniform(0.5, 1.0)) * min(height / clips.height, width / clips.width)
    h, w = int(side * clips.height), int(side * clips.width)
    return int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1)), h, w


def apply(x: Tensor, drawn: Sequence[Window], clips: Clips) -> Tensor:
    """(B, T, h, w, C) uint8 -> (B, T, H, W, C), to the nearest integer."""
    b, t, h, w, c = x.shape
    by_axis = ((h, clips.height, 0, 2), (w, clips.width, 1, 3))
    rows, columns = (
        torch.from_numpy(np.stack([weights(full, size, one[at], one[n], one[2] <= clips.height) for one in drawn]))
        for full, size, at, n in by_axis
    )  # (B, H, h), (B, W, w)
    y = torch.bmm(rows.to(x.device), x.float().transpose(1, 2).reshape(b, h, -1))  # (B, H, T w C)
    y = y.reshape(b, clips.height * t, w, c).transpose(1, 2).reshape(b, w, -1)  # (B, w, H T C)
    y = torch.bmm(columns.to(x.device), y).reshape(b, clips.width, clips.height, t, c)  # (B, W, H, T, C)
    return y.round().clamp(0, 255).byte().permute(0, 3, 2, 1, 4)  # (B, T, H, W, C)


def weights(full: int, size: int, first: int, length: int, enlarge: bool) -> np.ndarray:
    """(size, full) float32, each row of sum one: what every pixel of an axis of a window of
    `length`, brought to `size`, takes of the pixels of the whole axis.

    Averaged over the area where the window shrinks; else (`enlarge`) bilinear, pixel centres at
    one half, edges repeated.
    """
    found, step = np.zeros((size, full), np.float64), length / size
    window = found[:, first : first + length]
    if enlarge:
        at = np.clip((np.arange(size) + 0.5) * step - 0.5, 0, length - 1)
        low = np.minimum(at.astype(int), length - 1)
        np.add.at(window, (np.arange(size), low), 1 - (at - low))
        np.add.at(window, (np.arange(size), np.minimum(low + 1, length - 1)), at - low)
    else:
        edges = np.arange(size + 1) * step
        pixels = np.arange(length)
        overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)  # (size, length)
        window[:] = np.maximum(overlap, 0) / step
    return found.astype(np.float32)
