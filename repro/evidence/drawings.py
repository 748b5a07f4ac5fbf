"""Pictures of clips and of a network's structure. Each takes arrays or a table and perhaps an axes,
and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from repro.evidence.pictures import map_of_frame, overlay, pick, scaled, tile
from repro.evidence.style import MUTED, PAGE, PALETTE, axes, styled


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
    ax.set_yticks([i * (height + gap) + height / 2 for i in range(len(names))], names)
    ax.set_xticks([i * (width + gap) + width / 2 for i in range(len(at))], [str(i) for i in at])
    ax.set_xlabel(f"frame (of {frames.shape[1]})", color=MUTED)
    _bare(ax)
    ax.set_title(title)
    return ax


@styled
def attention_over_clip(
    frames: np.ndarray,
    maps: np.ndarray,
    ax: Axes | None = None,
    *,
    shown: int = 8,
    title: str = "",
    frame: int | None = None,
) -> Axes:
    """A clip above the same clip under its attention, time from left to right; maps share one
    scale.

    frames: (T, H, W, 3) uint8; maps: (t, h, w) with t <= T, each spread over the frames it covers.
    `frame` is outlined.
    """
    at = pick(len(frames), shown)
    if frame is not None and frame not in at:
        at[np.abs(at - frame).argmin()] = frame
    cells = scaled(maps)
    under = np.stack([overlay(frames[i], cells[map_of_frame(i, len(frames), len(cells))]) for i in at])
    height, width = frames.shape[1:3]
    gap = max(1, width // 28)
    sheet = tile(np.stack([frames[at], under]), gap)
    ax = axes(ax, PAGE, PAGE * 0.86 * sheet.shape[0] / sheet.shape[1] + 0.8)
    ax.imshow(sheet, interpolation="none")  # an SVG then holds the clip's own pixels and no more
    if frame is not None:
        x = int(np.flatnonzero(at == frame)[0]) * (width + gap)
        ax.add_patch(Rectangle((x - 0.5, -0.5), width, 2 * height + gap, fill=False, edgecolor=PALETTE[1], linewidth=2))
    ax.set_yticks([height / 2, height + gap + height / 2], ["clip", "attention"])
    ax.set_xticks([i * (width + gap) + width / 2 for i in range(len(at))], [str(i) for i in at])
    ax.set_xlabel(f"frame (of {len(frames)}; {len(cells)} maps of {cells.shape[1]} x {cells.shape[2]})", color=MUTED)
    _bare(ax)
    ax.set_title(title)
    _heat_bar(ax)
    return ax


def _heat_bar(ax: Axes) -> None:
    from matplotlib import colormaps

    heat = LinearSegmentedColormap.from_list("heat", colormaps["inferno"](np.linspace(0.15, 0.95, 64)))
    place = ax.inset_axes((1.015, 0.02, 0.014, 0.44))
    bar = ax.figure.colorbar(ScalarMappable(Normalize(0, 1), heat), cax=place, ticks=(0, 1))
    bar.ax.set_yticklabels(["least", "most"], fontsize=7.5)
    bar.ax.tick_params(length=0)
    bar.outline.set_visible(False)


def _bare(ax: Axes) -> None:
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
