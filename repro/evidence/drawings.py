"""Clips frame by frame, alone and under their attention: arrays in, uint8 arrays or drawings out;
nothing is written. T frames of H x W pixels, maps of h x w cells.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, hsv_to_rgb

from repro.evidence.style import MUTED, PAGE, axes, styled

PAPER = 255  # background between tiles


@styled
def contact_sheet(
    frames: np.ndarray, names: Sequence[str], ax: Axes | None = None, *, shown: int = 8, title: str = ""
) -> Axes:
    """One row of frames per clip, time from left to right, at most `shown` of them spread evenly.

    frames: (n, T, H, W, 3) uint8; names: one per clip.
    """
    if len(frames) != len(names):
        raise ValueError(f"Wanted one name per clip, got {len(frames)} clips and {len(names)} names.")
    at = pick(frames.shape[1], shown)
    height, width = frames.shape[2:4]
    gap = max(1, width // 28)
    sheet = tile(frames[:, at], gap)
    ax = axes(ax, PAGE, PAGE * 0.86 * sheet.shape[0] / sheet.shape[1] + 0.5)
    ax.imshow(sheet, interpolation="auto")  # averaged where it is drawn smaller than it is
    _sheet_axis(ax, frames.shape[1], at, width + gap, width)
    ax.set_yticks([i * (height + gap) + height / 2 for i in range(len(names))], names)
    ax.set_title(title)
    return ax


@styled
def attention_over_clip(
    frames: np.ndarray, maps: np.ndarray, ax: Axes | None = None, *, shown: int = 8, title: str = ""
) -> Axes:
    """A clip above the same clip under its attention, time from left to right; maps share one
    scale.

    frames: (T, H, W, 3) uint8; maps: (t, h, w) with t <= T, each spread over the frames it covers.
    """
    at = pick(len(frames), shown)
    cells = scaled(maps)
    under = np.stack([overlay(frames[i], cells[map_of_frame(i, len(frames), len(cells))]) for i in at])
    height, width = frames.shape[1:3]
    gap = max(1, width // 28)
    sheet = tile(np.stack([frames[at], under]), gap)
    ax = axes(ax, PAGE, PAGE * 0.86 * sheet.shape[0] / sheet.shape[1] + 0.8)
    ax.imshow(sheet, interpolation="none")  # an SVG then holds the clip's own pixels and no more
    maps_are = f"; {len(cells)} maps of {cells.shape[1]} x {cells.shape[2]}"
    _sheet_axis(ax, len(frames), at, width + gap, width, maps_are)
    ax.set_yticks([height / 2, height + gap + height / 2], ["clip", "attention"])
    ax.set_title(title)
    _heat_bar(ax, float(maps.min()), float(maps.max()))
    return ax


def _heat_bar(ax: Axes, low: float, high: float) -> None:
    """What the colours mean: the least and the most attention received, and 1 where it would be
    uniform.
    """
    heat = LinearSegmentedColormap.from_list("heat", colormaps["inferno"](np.linspace(0.15, 0.95, 64)))
    place = ax.inset_axes((1.015, 0.02, 0.014, 0.44))
    even = [1.0] * (low + 0.1 * (high - low) < 1 < high - 0.1 * (high - low))
    bar = ax.figure.colorbar(ScalarMappable(Normalize(low, high), heat), cax=place, ticks=[low, *even, high])
    bar.ax.set_yticklabels([f"{low:.2f}", *["1, average"] * len(even), f"{high:.2f}"], fontsize=7.5)
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)


def map_of_frame(frame: int, frames: int, maps: int) -> int:
    """Which of `maps` maps in time covers this frame of a clip of `frames`; a sparse pathway has
    fewer maps than frames.
    """
    return min(frame * maps // frames, maps - 1)


def _sheet_axis(ax: Axes, frames: int, at: np.ndarray, step: int, width: int, more: str = "") -> None:
    """The numbers of the drawn frames below a sheet of frames, without a frame around it."""
    ax.set_xticks([i * step + width / 2 for i in range(len(at))], [str(i) for i in at])
    ax.set_xlabel(f"frame (of {frames}{more})", color=MUTED)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


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


def overlay(frame: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """A frame (H, W, 3) uint8 under a map (h, w) on 0..1: the more attention, the more of the
    colour; -> (H, W, 3) uint8.

    The frame is drawn grey, so that every colour in the picture is attention.
    """
    heat = enlarge(cells, *frame.shape[:2])
    grey = frame.astype(np.float32).mean(-1, keepdims=True).repeat(3, -1) / 255
    colour = colormaps["inferno"](0.15 + 0.8 * heat)[..., :3]
    share = 0.75 * heat[..., None] ** 0.8
    return np.round(255 * np.clip(grey * (1 - share) + colour * share, 0, 1)).astype(np.uint8)


def flow_to_rgb(flow: np.ndarray, most: float | None = None) -> np.ndarray:
    """Flow (..., 2) as colours (..., 3) uint8: hue is direction, brightness is speed, black is
    rest.

    `most` is the speed drawn brightest; by default the 99th percentile of all given, so that frames
    of a clip compare.
    """
    flow = np.asarray(flow, dtype=np.float32)
    speed = np.hypot(flow[..., 0], flow[..., 1])
    most = most or float(np.quantile(speed, 0.99)) or 1.0
    hue = (np.arctan2(flow[..., 1], flow[..., 0]) / (2 * np.pi)) % 1
    bright = np.clip(speed / most, 0, 1)
    return np.round(255 * hsv_to_rgb(np.stack([hue, np.full_like(hue, 0.75), bright], -1))).astype(np.uint8)
