"""Clips and attention maps as pictures: arrays in, uint8 arrays out. T frames of H x W pixels, maps
of h x w cells.
"""

import numpy as np

PAPER = 255  # background between tiles


def tile(frames: np.ndarray, gap: int = 2) -> np.ndarray:
    """Rows of frames as one picture: (R, T, H, W, 3) uint8 -> (R * (H + gap) - gap, T * (W + gap) -
    gap, 3) uint8.
    """
    r, t, h, w, c = frames.shape
    padded = np.full((r, t, h + gap, w + gap, c), PAPER, np.uint8)
    padded[:, :, :h, :w] = frames
    whole = padded.transpose(0, 2, 1, 3, 4).reshape(r * (h + gap), t * (w + gap), c)
    return whole[: r * (h + gap) - gap, : t * (w + gap) - gap]


def pick(length: int, count: int) -> np.ndarray:
    """Indices of `count` frames spread evenly over `length`, each the middle of its share."""
    count = min(count, length)
    return ((np.arange(count) + 0.5) * length / count).astype(int)


def scaled(maps: np.ndarray) -> np.ndarray:
    """Maps of one clip on 0..1, least to most attention in that clip; equal everywhere gives 0."""
    maps = np.asarray(maps, dtype=np.float32)
    span = maps.max() - maps.min()
    return (maps - maps.min()) / span if span > 0 else np.zeros_like(maps)


def enlarge(cells: np.ndarray, height: int, width: int) -> np.ndarray:
    """A map (h, w) at (height, width), bilinear between the centres of its cells."""
    import cv2

    return cv2.resize(np.asarray(cells, np.float32), (width, height), interpolation=cv2.INTER_LINEAR)


def overlay(frame: np.ndarray, cells: np.ndarray, strength: float = 0.75) -> np.ndarray:
    """A frame (H, W, 3) uint8 under a map (h, w) on 0..1: the more attention, the more of the
    colour; -> (H, W, 3) uint8.

    The frame is drawn grey, so that every colour in the picture is attention.
    """
    from matplotlib import colormaps

    heat = enlarge(cells, *frame.shape[:2])
    grey = frame.astype(np.float32).mean(-1, keepdims=True).repeat(3, -1) / 255
    colour = colormaps["inferno"](0.15 + 0.8 * heat)[..., :3]
    share = strength * heat[..., None] ** 0.8
    return np.round(255 * np.clip(grey * (1 - share) + colour * share, 0, 1)).astype(np.uint8)


def flow_to_rgb(flow: np.ndarray, most: float | None = None) -> np.ndarray:
    """Flow (..., 2) as colours (..., 3) uint8: hue is direction, brightness is speed, black is
    rest.

    `most` is the speed drawn brightest; by default the 99th percentile of all given, so that frames
    of a clip compare.
    """
    from matplotlib.colors import hsv_to_rgb

    flow = np.asarray(flow, dtype=np.float32)
    speed = np.hypot(flow[..., 0], flow[..., 1])
    most = most or float(np.quantile(speed, 0.99)) or 1.0
    hue = (np.arctan2(flow[..., 1], flow[..., 0]) / (2 * np.pi)) % 1
    bright = np.clip(speed / most, 0, 1)
    return np.round(255 * hsv_to_rgb(np.stack([hue, np.full_like(hue, 0.75), bright], -1))).astype(np.uint8)
