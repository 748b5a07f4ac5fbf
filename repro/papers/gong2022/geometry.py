"""Figures of cells in space and time: a cell with the values and weights around it, and cells that
are followed from frame to frame.

Grids are (T, H, W): T frames of H x W cells. Arrays in, an axes out; nothing is written here.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D

from repro.evidence.drawings import tile
from repro.evidence.marks import bare, wrapped
from repro.evidence.style import INK, LINE, MUTED, PAGE, PALETTE, WASH, axes, styled
from repro.papers.gong2022.graph import SIDE, Cell

WIDE, FRAME = PAGE + 0.4, 1.5  # inches: everything; the most that a frame is wide
STRIPS, HEAD = 0.85, 0.85  # inches: the strips with their words; what stands over and under a row of frames
PRINTED = 0.14  # inches a cell is wide from which on its number stands in it
LINKS = ("#D7191C", PALETTE[0])  # red as in the paper, then blue
LEAST = 4.0  # times the equal share, either way, that the colours of weights span at least
VALUES = sns.light_palette(PALETTE[2], as_cmap=True)
# orange less than its share, blue more
SHARES = sns.diverging_palette(25, 245, s=85, l=50, as_cmap=True).with_extremes(bad=WASH)


@styled
def geometry_grid(
    values: np.ndarray, cell: Cell, near: np.ndarray, weights: Mapping[str, np.ndarray], among: np.ndarray,
    words: Sequence[str] = (),
) -> Figure:  # fmt: skip
    """One cell and the grid around it: a strip of the values along each axis, their sum frame by
    frame, and a row for each of `weights`.

    values: (3, T, H, W) as `graph.geometry` gives them. near: (T, H, W) bool, the neighbours,
    outlined. weights: title -> (T, H, W), in sum 1; colours tell how many times the equal share of
    the cells `among` (T, H, W) bool each has, the other cells are hatched. All rows of weights
    share one scale. `words` stand below, one line each.
    """
    text, side = wrapped(words, 128), min(FRAME, WIDE / len(near) - 0.1)
    heights = [STRIPS, *[HEAD + side] * (1 + len(weights)), 0.16 * len(text)]
    figure = plt.figure(figsize=(WIDE, sum(heights)), layout="constrained")
    strips, added, *rows, foot = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    _strips(strips, values, cell)
    total, equal = values.sum(0), 1 / among.sum()
    low, high = total.min(), max(total.max(), total.min() + 1)
    ticks = {number(value, 1): value for value in (low, (low + high) / 2, high)}
    title, shades = "the three added up; outlined: the neighbours", Normalize(low, high)
    for k, part in enumerate(_row(added, title, total, cell, shades, VALUES, ticks)):
        _outline(part, near[k])
        bold = "bold" if k == cell[0] else "normal"
        part.set_title(f"frame {k + 1}", loc="center", fontsize=8, pad=3, fontweight=bold)
    span = _span([given[among] / equal for given in weights.values()])
    times = {f"1/{span:g}": 1 / span, "equal share": 1.0, f"{span:g} times": span}
    for row, (title, given) in zip(rows, weights.items(), strict=True):
        shown = np.where(among, np.clip(given / equal, 1 / span, span), np.nan)
        for k, part in enumerate(_row(row, title, shown, cell, LogNorm(1 / span, span), SHARES, times)):
            _outside(part, ~among[k])
            if (wide := side / near.shape[2]) >= PRINTED:
                _percents(part, given[k], among[k], equal, span, min(7.5, 35 * wide))
            held = f"{100 * given[k].sum():.0f} % of all" if among[k].any() else "no neighbour"
            part.set_xlabel(held, fontsize=7.5, color=MUTED, labelpad=2)
    foot.text(0.01, 1, "\n".join(text), va="top", fontsize=7.5, color=MUTED, linespacing=1.4)
    return figure


def _strips(figure: SubFigure, values: np.ndarray, cell: Cell) -> None:
    """What each axis gives of itself: its values are the same along the two others."""
    t, y, x = cell
    lines = {"x": (values[0, t, y], x), "y": (values[1, t, :, x], y), "t": (values[2, :, y, x], t)}
    every = np.concatenate([line for line, _ in lines.values()])
    shades = Normalize(every.min(), every.max())
    parts = figure.subplots(1, 3, width_ratios=[max(len(line), 5) for line, _ in lines.values()])
    for part, (name, (line, own)) in zip(parts, lines.items(), strict=True):
        _cells(part, line[None], shades, VALUES, "auto")
        for k, value in enumerate(line):
            ink = "white" if shades(value) > 0.7 else INK
            part.text(k, 0, number(value), ha="center", va="center", fontsize=min(6.8, 130 / len(every)), color=ink)
        _mark(part, own, 0)
        steps = [abs(k - own) for k in range(len(line))]
        names = [f"{step}/{len(line)}" if name == "t" and step else str(step) for step in steps]
        part.set_xticks(range(len(line)), names, fontsize=7)
        part.tick_params(axis="x", length=0, pad=1.5, labelcolor=MUTED)
        words = f"along {name}: \N{MINUS SIGN}log(|Δ{name}|{' / T' if name == 't' else ''} + ε)"
        part.set_title(words, fontsize=8, pad=4)


def _row(
    figure: SubFigure, title: str, values: np.ndarray, cell: Cell, norm: Normalize, colours: Colormap,
    ticks: Mapping[str, float],
) -> list[Axes]:  # fmt: skip
    """T frames of cells under a title, and a colour bar with these words at these values."""
    figure.suptitle(f"{title}\n", x=0.01, ha="left", fontsize=8, fontweight="bold")  # as high as the bar and its words
    parts = list(figure.subplots(1, len(values), squeeze=False)[0])
    for part, frame in zip(parts, values, strict=True):
        _cells(part, frame, norm, colours)
    _mark(parts[cell[0]], cell[2], cell[1])
    inch = figure.get_figure(root=True).dpi / figure.bbox.height
    place = figure.add_axes((0.74, 1 - 0.16 * inch, 0.19, 0.08 * inch))
    bar = figure.colorbar(ScalarMappable(norm, colours), cax=place, orientation="horizontal")
    bar.set_ticks(list(ticks.values()), labels=list(ticks), fontsize=7)
    bar.ax.minorticks_off()
    bar.ax.tick_params(which="both", length=0, pad=1.5, labelcolor=MUTED)
    bar.outline.set_visible(False)
    return parts


def _percents(part: Axes, weight: np.ndarray, among: np.ndarray, equal: float, span: float, size: float) -> None:
    """The weights (H, W) in their cells, per cent; white on dark."""
    dark = np.abs(np.log(weight.clip(1e-12) / equal)) > 0.62 * np.log(span)
    for y, x in np.argwhere(among):
        look = {"fontsize": size, "color": "white" if dark[y, x] else INK, "zorder": 6}
        part.text(x, y, percent(float(weight[y, x])), ha="center", va="center", **look)


def _span(shares: Sequence[np.ndarray]) -> float:
    """A power of two that no weight but the most extreme one in a hundred passes, either way."""
    far = [np.quantile(np.abs(np.log2(share.clip(1e-12))), 0.99) for share in shares]
    return float(2 ** np.ceil(max([np.log2(LEAST), *far])))


def _cells(
    part: Axes, values: np.ndarray, norm: Normalize, colours: Colormap, aspect: Literal["equal", "auto"] = "equal"
) -> None:
    """Values (H, W) with white lines between cells, no frame and no ticks."""
    part.imshow(values, cmap=colours, norm=norm, aspect=aspect, interpolation="none")
    _lines(part, *values.shape, linewidth=0.8, zorder=1.5)
    bare(part)


def _lines(
    part: Axes, rows: int, columns: int, cell: tuple[float, float] = (1, 1), left: float = -0.5, **look: Any
) -> None:
    """White lines between rows x columns of cells; `cell`: their width and height."""
    wide, high = cell
    right, low = left + columns * wide, rows * high - 0.5
    lines = [((left + i * wide, -0.5), (left + i * wide, low)) for i in range(1, columns)]
    lines += [((left, i * high - 0.5), (right, i * high - 0.5)) for i in range(1, rows)]
    part.add_collection(LineCollection(lines, color="white", **look))


def _mark(part: Axes, x: int, y: int) -> None:
    """The chosen cell."""
    look = {"edgecolor": INK, "linewidth": 1.6, "zorder": 5, "clip_on": False}
    part.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, **look))


def _outline(part: Axes, inside: np.ndarray) -> None:
    """A line around cells (H, W), wherever one that belongs to them meets one that does not."""
    padded = np.pad(inside, 1)
    upright = [((x - 0.5, y - 1.5), (x - 0.5, y - 0.5)) for y, x in np.argwhere(padded[:, 1:] != padded[:, :-1])]
    level = [((x - 1.5, y - 0.5), (x - 0.5, y - 0.5)) for y, x in np.argwhere(padded[1:] != padded[:-1])]
    look = {"color": INK, "linewidth": 0.9, "zorder": 4, "clip_on": False, "capstyle": "projecting"}
    part.add_collection(LineCollection(upright + level, **look))


def _outside(part: Axes, cells: np.ndarray) -> None:
    """Cells (H, W) that have no weight, hatched."""
    if cells.any():
        corners = [Affine2D().translate(x - 0.5, y - 0.5) for y, x in np.argwhere(cells)]
        squares = Path.make_compound_path(*(Path.unit_rectangle().transformed(corner) for corner in corners))
        part.add_patch(PathPatch(squares, facecolor=WASH, edgecolor=LINE, hatch="////", linewidth=0))


def number(value: float, decimals: int = 2) -> str:
    """Decimals, a true minus, and no minus before zero."""
    text = f"{value:.{decimals}f}"
    return (text if float(text) else text.removeprefix("-")).replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share in at most three letters: `0.8`, `12`, `0`; per cent."""
    return f"{100 * share:.1f}" if 0.0005 <= share < 0.0995 else f"{100 * share:.0f}"


@styled
def linked_frames(frames: np.ndarray, chains: Mapping[str, Sequence[tuple[int, int]]]) -> Axes:
    """Frames (T, H, W, 3) uint8 in a row under a grid of SIDE x SIDE cells; dashed arrows go along
    chains of cells from frame to frame.

    chains: name -> the cell (y, x) of every frame. Of the first chain shorter arrows join each cell
    to those around it.
    """
    t, height, width = frames.shape[:3]
    gap = max(2, width // 10)
    ax = axes(None, PAGE / 0.775, PAGE * height / (t * (width + gap)) / 0.77 + 0.3)
    ax.imshow(tile(frames[None], gap), interpolation="none")
    bare(ax)
    ax.set_xticks([k * (width + gap) + width / 2 for k in range(t)], [f"frame {k + 1}" for k in range(t)])
    ax.tick_params(length=0)
    high, wide = height / SIDE, width / SIDE
    for k in range(t):
        left = k * (width + gap) - 0.5
        ax.add_patch(Rectangle((left, -0.5), width, height, fill=False, edgecolor="white", linewidth=0.6))
        _lines(ax, SIDE, SIDE, (wide, high), left, linewidth=0.6, alpha=0.7)
    handles = []
    for colour, (name, chain) in zip(LINKS, chains.items(), strict=False):
        at = [(k * (width + gap) + (x + 0.5) * wide, (y + 0.5) * high) for k, (y, x) in enumerate(chain)]
        for (y, x), (right, down) in zip(chain, at, strict=True):
            corner = (right - wide / 2 - 0.5, down - high / 2 - 0.5)
            ax.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=colour, linewidth=1.6, zorder=3))
            for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)) if not handles else ():
                if 0 <= y + dy < SIDE and 0 <= x + dx < SIDE:
                    _dashed(ax, (right, down), (right + dx * wide, down + dy * high), colour)
        for one, other in pairwise(at):  # from corner to corner
            _dashed(ax, (one[0] + wide / 2, one[1] - high / 2), (other[0] - wide / 2, other[1] - high / 2), colour)
        handles.append(Line2D([], [], color=colour, linestyle=(0, (3, 1.6)), linewidth=1.5, label=name))
    place = {"loc": "upper left", "bbox_to_anchor": (0, -0.12), "borderpad": 0}
    ax.legend(handles=handles, ncols=len(handles), handlelength=2.4, **place)
    return ax


def _dashed(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """A dashed arrow whose head is whole, with a light rim."""
    rim = [withStroke(linewidth=2.6, foreground="white", alpha=0.7)]
    look = {"linestyle": (0, (3, 1.6)), "linewidth": 1.4, "zorder": 4, "path_effects": rim}
    ax.plot(*zip(start, end, strict=True), color=colour, **look)
    near = np.array(end) - 1e-3 * (np.array(end) - np.array(start))
    look = {"arrowstyle": "-|>", "mutation_scale": 7, "shrinkA": 0, "shrinkB": 0, "linewidth": 1, "zorder": 5}
    ax.add_patch(FancyArrowPatch((near[0], near[1]), end, color=colour, **look))


def busiest(frames: np.ndarray) -> list[tuple[int, int]]:
    """Of every frame the cell (y, x) of SIDE x SIDE that changes most towards the next one; the
    last towards the one before.
    """
    moved = changes(frames)
    return [divmod(int(part.argmax()), SIDE) for part in [*moved, moved[-1]]]  # type: ignore[misc]


def stillest(frames: np.ndarray) -> list[tuple[int, int]]:
    """The cell that changes least over all frames, once for each."""
    return [divmod(int(changes(frames).sum(0).argmin()), SIDE)] * len(frames)  # type: ignore[list-item]


def changes(frames: np.ndarray) -> np.ndarray:
    """(T - 1, SIDE, SIDE): mean change of brightness of each cell from a frame to the next."""
    grey = np.abs(np.diff(frames.astype(float).mean(-1), axis=0))  # (T - 1, H, W)
    rows, columns = (np.arange(SIDE) * size // SIDE for size in grey.shape[1:])
    return np.add.reduceat(np.add.reduceat(grey, rows, 1), columns, 2)
