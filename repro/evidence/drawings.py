"""Pictures of clips and of a network's structure. Each takes arrays or a table and perhaps an axes,
and writes nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle

from repro.evidence.pictures import map_of_frame, overlay, pick, scaled, tile
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, axes, panels, styled


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


@styled
def gate_of_image(image: Mapping[str, Any], others: np.ndarray, ax: Axes | None = None) -> Axes:
    """One image, what its steps are given by attention, its two weights, and the weight of time of
    all other test images.

    image: `label`, `predicted`, `picture` (H, W, 3) uint8, `map` (h, w) attention received, 1
    everywhere when it is uniform, drawn over the picture or, of one row, as bars; `gate` (2,)
    weights of space and time. others: (N,) weights of time.
    """
    ax = axes(ax, PAGE + 1.2, 2.5)
    seen, received, weights, all_of_them = panels(ax, [1.15, 1.15, 0.75, 1.4], gap=0.06)
    seen.imshow(image["picture"])
    seen.set_anchor("N")
    seen.set(xticks=(), yticks=(), title="image")
    _bare(seen)
    said = (textwrap.fill(str(text), 24) for text in (image["label"], f"answer: {image['predicted']}"))
    seen.set_xlabel("\n".join(said), fontsize=8, loc="left")
    _received(received, image["picture"], image["map"])
    space, time = (float(w) for w in image["gate"])
    weights.bar((0, 1), (space, time), color=(PALETTE[0], PALETTE[2]), width=0.6)
    for x, value in enumerate((space, time)):
        weights.annotate(f"{value:.2f}", (x, value), (0, 2), textcoords="offset points", ha="center", fontsize=8.5)
    weights.set(xticks=(0, 1), xticklabels=("space", "time"), ylim=(0, 1.12), yticks=(), title="gate")
    all_of_them.hist(others, bins=np.linspace(0, 1, 26), color=PALETTE[2], alpha=0.45)
    all_of_them.axvline(time, color=INK, linewidth=1.6)
    all_of_them.set(xlim=(0, 1), xlabel="weight of time (line: this one)", yticks=(), title=f"all {len(others)} tested")
    return ax


def _received(ax: Axes, picture: np.ndarray, given: np.ndarray) -> None:
    """What the steps are given: over the picture where they are its patches, as bars where they are
    one row.
    """
    if len(given) > 1:
        ax.imshow(overlay(picture, scaled(given[None])[0]))
        ax.set_anchor("N")
        ax.set(xticks=(), yticks=(), title=f"{given.size} steps look here")
        _bare(ax)
        span = f"dark {given.min():.2f}, bright {given.max():.2f}"
        ax.set_xlabel(f"attention received:\n{span}\n(an equal share is 1)", fontsize=8, loc="left")
        return
    count = given.size
    ax.bar(range(1, count + 1), given[0], color=PALETTE[4], width=0.7)
    ax.axhline(1.0, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1)
    ax.set(xlim=(0.4, count + 0.6), ylim=(0, 1.15 * max(1.0, given.max())), xticks=(1, count) if count > 1 else (1,))
    ax.set(
        xlabel="attention received per step\n(line: an equal share)", title=f"{count} steps" if count > 1 else "1 step"
    )
    ax.xaxis.label.set_size(8)


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
