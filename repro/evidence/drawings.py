"""Pictures of clips and of a network's structure. Each takes arrays or a table and perhaps an axes,
and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle

from repro.evidence.pictures import map_of_frame, overlay, pick, scaled, tile
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, axes, panels, styled

LANE = 1.85  # distance between two pathways, in widths of a stage


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


@styled
def stage_shapes(
    frame: pd.DataFrame, ax: Axes | None = None, *, exchanges: Sequence[str] = (), exchange: str = "", title: str = ""
) -> Axes:
    """Output sizes stage by stage, one lane per pathway: a stack of T sheets whose side grows with
    H, and C x T x H x W below.

    frame: columns pathway, stage, channels, frames, height, width in reading order. `exchanges`
    names the stages after which the pathways exchange features (an arrow each way, called
    `exchange`).
    """
    lanes, stages = list(dict.fromkeys(frame["pathway"])), list(dict.fromkeys(frame["stage"]))
    ax = axes(ax, PAGE + 0.6, 0.4 + 1.4 * len(lanes))
    largest = frame["height"].max()
    for n, lane in enumerate(lanes):
        colour, y = PALETTE[n % len(PALETTE)], -LANE * n
        inside = frame[frame["pathway"] == lane]
        ax.annotate(lane, (-0.5, y), ha="right", va="center", fontweight="bold", color=colour)
        for _, row in inside.iterrows():
            _stack(ax, stages.index(row["stage"]), y, row, largest, colour)
        ends = [stages.index(s) for s in inside["stage"]]
        for a, b in pairwise(ends):
            _arrow(ax, (a + 0.4, y), (b - 0.36, y), MUTED, 0.9)
    for x, stage in enumerate(stages):
        ax.annotate(stage, (x, 0.5), ha="center", va="bottom", fontweight="bold")
    for n, name in enumerate(exchanges if len(lanes) > 1 else ()):
        x = stages.index(name)
        _arrow(ax, (x - 0.06, -0.86), (x - 0.06, -1.2), PALETTE[0], 1.5)
        _arrow(ax, (x + 0.06, -1.2), (x + 0.06, -0.86), PALETTE[1], 1.5)
        if n == 0 and exchange:
            ax.annotate(exchange, (x - 0.18, -1.03), ha="right", va="center", fontsize=8.5, color=MUTED)
    ax.set_xlim(-0.5, len(stages) - 0.5)
    ax.set_ylim(-LANE * (len(lanes) - 1) - 0.75, 0.7)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(title)
    return ax


def _stack(ax: Axes, x: float, y: float, row: pd.Series, largest: float, colour: str) -> None:
    """T sheets behind each other; sides by the square root, or the last stages would vanish."""
    side = 0.52 * float(row["height"] / largest) ** 0.5
    count = int(row["frames"])
    depth = 0.2 * min(1.0, count / 32) ** 0.5
    for i in range(count):
        near = i / max(count - 1, 1)  # 0 at the back, 1 in front
        corner = -side / 2 + depth * (0.5 - near)
        edge = {"edgecolor": "white", "linewidth": 0.5 if count < 8 else 0.12}
        ax.add_patch(
            Rectangle((x + corner, y + corner), side, side, facecolor=_paler(colour, 0.6 * (1 - near)), **edge)
        )
    size = f"{row['height']:g}²" if row["height"] == row["width"] else f"{row['height']:g}×{row['width']:g}"
    text = f"{row['channels']:g} × {row['frames']:g}\n× {size}"
    ax.annotate(text, (x, y - 0.41), ha="center", va="top", fontsize=8, color=INK, linespacing=1.25)


def _paler(colour: str, share: float) -> tuple[float, ...]:
    return tuple(c + (1 - c) * share for c in to_rgb(colour))


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> None:
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=8, color=colour, linewidth=width, shrinkA=0, shrinkB=0
    )
    ax.add_patch(arrow)
