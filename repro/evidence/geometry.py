"""Cells of a grid in space and time: how near they are, which are neighbours, what a kernel of
weights makes of them.

Grids are (T, H, W): T frames of H x W cells. Arrays in, an axes out; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D

from repro.evidence.panels import words_below, wrapped
from repro.evidence.pictures import tile
from repro.evidence.style import INK, LINE, MUTED, PAGE, PALETTE, WASH, axes, styled

Cell = tuple[int, int, int]  # t, y, x, from 0
Metric = Literal["chebyshev", "euclidean", "manhattan"]

AXES = ("x", "y", "t")  # the order of the three values in eq. (6) of Gong and Li, 2022
HEAD, NAMES, FOOT = 0.33, 0.19, 0.23  # inches over a row of frames, of the first row more, and under each
FRAME, GAP = 1.5, 0.1  # inches: the most that a frame is wide, and from one to the next
STRIP, STRIPS = (0.33, 0.25), 0.82  # inches: a cell of a strip; what the strips take with their words
TITLE = 1.55  # inches that the words over a strip take
BAR = (1.5, 0.08)  # inches: a colour bar
PRINTED = 0.155  # inches a cell is wide from which on its number stands in it
LINKS = ("#D7191C", PALETTE[0])  # red as in the paper, then blue
LEAST = 4.0  # times the equal share, either way, that the colours of weights span at least
VALUES = sns.light_palette(PALETTE[2], as_cmap=True)
SHARES = sns.diverging_palette(25, 245, s=85, l=50, as_cmap=True).with_extremes(
    bad=WASH
)  # orange less than its share, blue more


def geometry(shape: Sequence[int], cell: Cell, eps: float) -> np.ndarray:
    """(3, T, H, W): -log(d + eps) of every cell seen from `cell`, along x and y in cells and along
    t in parts of T frames.
    """
    dt, dy, dx = apart(shape, cell)
    return -np.log(np.stack([dx, dy, dt / shape[0]]) + eps)


def apart(shape: Sequence[int], cell: Cell) -> np.ndarray:
    """(3, T, H, W): how many frames, rows and columns every cell lies from `cell`. Raises
    ValueError when that is not in the grid.
    """
    _check(shape, cell)
    return np.abs(np.indices(tuple(shape)) - np.reshape(cell, (3, 1, 1, 1))).astype(float)


def neighbours(shape: Sequence[int], cell: Cell, radius: int, metric: Metric = "chebyshev") -> np.ndarray:
    """(T, H, W) bool: cells at most `radius` from `cell`, itself included; of `chebyshev` along
    each axis alone.
    """
    if metric not in get_args(Metric):
        raise ValueError(f"metric is one of {', '.join(get_args(Metric))}; got {metric!r}")
    steps = apart(shape, cell)
    far = {"chebyshev": steps.max(0), "euclidean": np.sqrt((steps**2).sum(0)), "manhattan": steps.sum(0)}[metric]
    return far <= radius


def weights_at(kernel: np.ndarray, shape: Sequence[int], cell: Cell) -> np.ndarray:
    """(T, H, W) weights that `cell` gives to every cell, in sum 1: a kernel (T, H, W) of odd sides,
    its middle laid on `cell`.

    What reaches over the border is left out and the rest shared out anew: a softmax over fewer
    neighbours does just that.
    """
    _check(shape, cell)
    if kernel.ndim != 3 or any(side % 2 == 0 for side in kernel.shape):
        raise ValueError(f"wanted a kernel (T, H, W) of odd sides, got {kernel.shape}. Give that of one clip.")
    weights = np.zeros(tuple(shape))
    at = np.indices(kernel.shape).reshape(3, -1).T - np.array(kernel.shape) // 2 + np.array(cell)  # (n, 3)
    inside = ((at >= 0) & (at < np.array(shape))).all(1)
    weights[tuple(at[inside].T)] = kernel.reshape(-1)[inside]
    return weights / weights.sum()


def by_distance(kernel: np.ndarray) -> np.ndarray:
    """(3, r + 1) of a kernel whose sides are 2 r + 1: its weight at 0 to r steps along x, y and t,
    each in sum 1.
    """
    steps = apart(kernel.shape, middle(kernel.shape))[::-1]  # dx, dy, dt
    reach = kernel.shape[0] // 2
    return np.array([[kernel[along == step].sum() for step in range(reach + 1)] for along in steps]) / kernel.sum()


def evenness(weights: np.ndarray, among: np.ndarray) -> float:
    """Entropy of the weights of the cells `among` over that of equal weights: 1 when all are equal,
    0 when one has everything.
    """
    share = weights[among] / weights[among].sum()
    share = share[share > 0]
    return float(-(share * np.log(share)).sum() / np.log(among.sum()))


def middle(shape: Sequence[int]) -> Cell:
    """The cell in the middle; of an even number of frames the earlier one."""
    t, h, w = shape
    return (t - 1) // 2, h // 2, w // 2


def _check(shape: Sequence[int], cell: Cell) -> None:
    if len(shape) != 3 or len(cell) != 3 or not all(0 <= at < side for at, side in zip(cell, shape, strict=True)):
        raise ValueError(
            f"wanted a cell (t, y, x) inside of T x H x W = {tuple(shape)}, counted from 0; got {tuple(cell)}"
        )


@dataclass(frozen=True)
class Page:
    """Places on a figure in inches from its upper left corner, as shares of an axes."""

    grid: tuple[int, int, int]  # T, H, W
    rows: int  # of frames

    @property
    def frame(self) -> tuple[float, float]:
        """Inches, width and height of a frame."""
        t, h, w = self.grid
        cell = min(FRAME / max(h, w), (PAGE - (t - 1) * GAP) / (t * w))
        return w * cell, h * cell

    def top(self, row: int) -> float:
        """Inches above a row of frames."""
        return STRIPS + NAMES * min(row, 1) + row * (HEAD + self.frame[1] + FOOT)

    @property
    def height(self) -> float:
        """Inches of everything."""
        return self.top(self.rows)

    def part(self, ax: Axes, x: float, y: float, width: float, height: float) -> Axes:
        """An axes inside of `ax`, its upper left corner at (x, y)."""
        return ax.inset_axes((x / PAGE, 1 - (y + height) / self.height, width / PAGE, height / self.height))

    def word(self, ax: Axes, x: float, y: float, text: str, **look: Any) -> None:
        look = {"fontsize": 8, "color": INK, "va": "center"} | look
        ax.text(x / PAGE, 1 - y / self.height, text, transform=ax.transAxes, **look)


@styled
def geometry_grid(
    values: np.ndarray,
    cell: Cell,
    near: np.ndarray,
    weights: Mapping[str, np.ndarray] | None = None,
    ax: Axes | None = None,
    *,
    among: np.ndarray | None = None,
    words: Sequence[str] = (),
) -> Axes:
    """One cell and the grid around it: a strip of the values along each axis, their sum frame by
    frame, and a row for each of `weights`.

    values: (3, T, H, W) as `geometry` gives them. near: (T, H, W) bool, the neighbours, outlined.
    weights: title -> (T, H, W), in sum 1; colours tell how many times the equal share of the cells
    `among` (by default `near`) each has, the other cells are hatched. All rows of weights share one
    scale. `words` stand below, one line each.
    """
    weights, among = weights or {}, near if among is None else among
    text = wrapped(words, 128)
    page = Page(near.shape, 1 + len(weights))  # type: ignore[arg-type]
    ax = axes(ax, PAGE / 0.775, page.height / 0.77)  # the shares of a new figure that its axes take
    ax.set_axis_off()
    _strips(ax, page, values, cell)
    total, equal = values.sum(0), 1 / among.sum()
    shades = Normalize(total.min(), max(total.max(), total.min() + 1))
    ticks = {number(value, 1): value for value in (shades.vmin, (shades.vmin + shades.vmax) / 2, shades.vmax)}
    parts = _row(ax, page, 0, "the three added up; outlined: the neighbours", total, cell, (shades, VALUES), ticks)
    for k, part in enumerate(parts):
        _outline(part, near[k])
        part.set_title(
            f"frame {k + 1}", loc="center", fontsize=8, pad=3, fontweight="bold" if k == cell[0] else "normal"
        )
    span = _span([given[among] / equal for given in weights.values()])
    times = {f"1/{span:g}": 1 / span, "equal share": 1.0, f"{span:g} times": span}
    for row, (title, given) in enumerate(weights.items(), 1):
        shown = np.where(among, np.clip(given / equal, 1 / span, span), np.nan)
        parts = _row(ax, page, row, title, shown, cell, (LogNorm(1 / span, span), SHARES), times)
        for part, weight, inside in zip(parts, given, among, strict=True):
            _outside(part, ~inside)
            if (wide := page.frame[0] / near.shape[2]) >= PRINTED:
                _numbers(
                    part,
                    min(7.5, 35 * wide),
                    weight,
                    inside,
                    np.abs(np.log(weight.clip(1e-12) / equal)) > 0.62 * np.log(span),
                )
            part.set_xlabel(
                f"{100 * weight.sum():.0f} % of all" if inside.any() else "no neighbour",
                fontsize=7.5,
                color=MUTED,
                labelpad=2,
            )
    words_below(ax, text, 4)
    return ax


def _strips(ax: Axes, page: Page, values: np.ndarray, cell: Cell) -> None:
    """What each axis gives of itself: its values are the same along the two others."""
    t, y, x = cell
    lines = {"x": values[0, t, y], "y": values[1, t, :, x], "t": values[2, :, y, x]}
    own = {"x": x, "y": y, "t": t}
    count = sum(map(len, lines.values()))
    wide = min(STRIP[0], (PAGE - 0.3) / count)
    slots = [max(wide * len(line), TITLE) for line in lines.values()]
    gap = (PAGE - sum(slots)) / 2
    shades, left = Normalize(min(map(min, lines.values())), max(map(max, lines.values()))), 0.0
    for (name, line), slot in zip(lines.items(), slots, strict=True):
        part = page.part(ax, left, 0.27, wide * len(line), STRIP[1])
        part.imshow(line[None], cmap=VALUES, norm=shades, aspect="auto", interpolation="none")
        _cells(part, 1, len(line))
        for k, value in enumerate(line):
            ink = "white" if shades(value) > 0.7 else INK
            part.text(k, 0, number(value), ha="center", va="center", fontsize=min(6.8, 20 * wide), color=ink)
        _mark(part, own[name], 0)
        steps = [abs(k - own[name]) for k in range(len(line))]
        part.set_xticks(
            range(len(line)),
            [f"{step}/{len(line)}" if name == "t" and step else str(step) for step in steps],
            fontsize=7,
        )
        part.tick_params(axis="x", length=0, pad=1.5, labelcolor=MUTED)
        page.word(
            ax,
            left,
            0.14,
            f"along {name}: \N{MINUS SIGN}log(|Δ{name}|{' / T' if name == 't' else ''} + ε)",
            fontweight="bold",
        )
        left += slot + gap


def _row(
    ax: Axes,
    page: Page,
    row: int,
    title: str,
    values: np.ndarray,
    cell: Cell,
    look: tuple[Normalize, Colormap],
    ticks: Mapping[str, float],
) -> list[Axes]:
    """T frames of cells under a title and a colour bar."""
    (wide, high), top = page.frame, page.top(row)
    page.word(ax, 0, top + 0.15, title, fontweight="bold")
    bar = ax.figure.colorbar(
        ScalarMappable(*look), cax=page.part(ax, PAGE - BAR[0] - 0.28, top + 0.04, *BAR), orientation="horizontal"
    )
    bar.set_ticks(list(ticks.values()), labels=list(ticks), fontsize=7)
    bar.ax.tick_params(which="both", length=0, pad=1.5, labelcolor=MUTED)
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)
    parts = []
    for k, frame in enumerate(values):
        part = page.part(ax, k * (wide + GAP), top + HEAD + NAMES * (row == 0), wide, high)
        part.imshow(frame, cmap=look[1], norm=look[0], aspect="auto", interpolation="none")
        _cells(part, *frame.shape)
        if k == cell[0]:
            _mark(part, cell[2], cell[1])
        parts.append(part)
    return parts


def _span(shares: Sequence[np.ndarray]) -> float:
    """A power of two that no weight but the most extreme one in a hundred passes, either way."""
    far = [np.quantile(np.abs(np.log2(share.clip(1e-12))), 0.99) for share in shares]
    return float(2 ** np.ceil(max([np.log2(LEAST), *far])))


def _cells(part: Axes, rows: int, columns: int) -> None:
    """White lines between cells, no frame and no ticks."""
    upright = [((x - 0.5, -0.5), (x - 0.5, rows - 0.5)) for x in range(1, columns)]
    level = [((-0.5, y - 0.5), (columns - 0.5, y - 0.5)) for y in range(1, rows)]
    part.add_collection(LineCollection(upright + level, color="white", linewidth=0.8, zorder=1.5))
    part.set(xticks=(), yticks=())
    part.spines[:].set_visible(False)


def _mark(part: Axes, x: int, y: int) -> None:
    """The chosen cell."""
    part.add_patch(
        Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=1.6, zorder=5, clip_on=False)
    )


def _outline(part: Axes, inside: np.ndarray) -> None:
    """A line around cells (H, W), wherever one that belongs to them meets one that does not."""
    padded = np.pad(inside, 1)
    upright = [((x - 0.5, y - 1.5), (x - 0.5, y - 0.5)) for y, x in np.argwhere(padded[:, 1:] != padded[:, :-1])]
    level = [((x - 1.5, y - 0.5), (x - 0.5, y - 0.5)) for y, x in np.argwhere(padded[1:] != padded[:-1])]
    part.add_collection(
        LineCollection(upright + level, color=INK, linewidth=0.9, zorder=4, clip_on=False, capstyle="projecting")
    )


def _outside(part: Axes, cells: np.ndarray) -> None:
    """Cells (H, W) that have no weight, hatched."""
    if cells.any():
        squares = [
            Path.unit_rectangle().transformed(Affine2D().translate(x - 0.5, y - 0.5)) for y, x in np.argwhere(cells)
        ]
        part.add_patch(
            PathPatch(Path.make_compound_path(*squares), facecolor=WASH, edgecolor=LINE, hatch="////", linewidth=0)
        )


def _numbers(part: Axes, size: float, weights: np.ndarray, inside: np.ndarray, dark: np.ndarray) -> None:
    """Weights in per cent inside of their cells."""
    for y, x in np.argwhere(inside):
        ink = "white" if dark[y, x] else INK
        part.text(x, y, percent(weights[y, x]), ha="center", va="center", fontsize=size, color=ink, zorder=6)


def number(value: float, decimals: int = 2) -> str:
    """Decimals, a true minus, and no minus before zero."""
    text = f"{value:.{decimals}f}"
    return (text if float(text) else text.removeprefix("-")).replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    """A share in at most three letters: `0.8`, `12`, `0`; per cent."""
    return f"{100 * share:.1f}" if 0.0005 <= share < 0.0995 else f"{100 * share:.0f}"


@styled
def linked_frames(
    frames: np.ndarray, chains: Mapping[str, Sequence[tuple[int, int]]], ax: Axes | None = None, *, side: int = 7
) -> Axes:
    """Frames (T, H, W, 3) uint8 in a row under a grid of side x side cells; dashed arrows go along
    chains of cells from frame to frame.

    chains: name -> the cell (y, x) of every frame. Of the first chain shorter arrows join each cell
    to those around it.
    """
    t, height, width = frames.shape[:3]
    gap = max(2, width // 10)
    ax = axes(ax, PAGE / 0.775, PAGE * height / (t * (width + gap)) / 0.77 + 0.3)
    ax.imshow(tile(frames[None], gap), interpolation="none")
    ax.set(
        xticks=[k * (width + gap) + width / 2 for k in range(t)],
        yticks=(),
        xticklabels=[f"frame {k + 1}" for k in range(t)],
    )
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    high, wide = height / side, width / side
    for k in range(t):
        left = k * (width + gap) - 0.5
        ax.add_patch(Rectangle((left, -0.5), width, height, fill=False, edgecolor="white", linewidth=0.6))
        upright = [((left + i * wide, -0.5), (left + i * wide, height - 0.5)) for i in range(1, side)]
        level = [((left, i * high - 0.5), (left + width, i * high - 0.5)) for i in range(1, side)]
        ax.add_collection(LineCollection(upright + level, color="white", linewidth=0.6, alpha=0.7))
    handles = []
    for colour, (name, chain) in zip(LINKS, chains.items(), strict=False):
        at = [(k * (width + gap) + (x + 0.5) * wide, (y + 0.5) * high) for k, (y, x) in enumerate(chain)]
        for k, (y, x) in enumerate(chain):
            corner = (at[k][0] - wide / 2 - 0.5, at[k][1] - high / 2 - 0.5)
            ax.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=colour, linewidth=1.6, zorder=3))
            around = [(y + dy, x + dx) for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1))] if not handles else []
            for row, column in ((r, c) for r, c in around if 0 <= r < side and 0 <= c < side):
                _dashed(ax, at[k], (at[k][0] + (column - x) * wide, at[k][1] + (row - y) * high), colour)
        for one, other in pairwise(at):  # from corner to corner
            _dashed(ax, (one[0] + wide / 2, one[1] - high / 2), (other[0] - wide / 2, other[1] - high / 2), colour)
        handles.append(Line2D([], [], color=colour, linestyle=(0, (3, 1.6)), linewidth=1.5, label=name))
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, -0.12), ncols=len(handles), borderpad=0, handlelength=2.4
    )
    return ax


def _dashed(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """A dashed arrow whose head is whole, with a light rim."""
    rim = [withStroke(linewidth=2.6, foreground="white", alpha=0.7)]
    ax.plot(
        *zip(start, end, strict=True), color=colour, linestyle=(0, (3, 1.6)), linewidth=1.4, zorder=4, path_effects=rim
    )
    near = np.array(end) - 1e-3 * (np.array(end) - np.array(start))
    head = FancyArrowPatch(
        tuple(near), end, arrowstyle="-|>", mutation_scale=7, color=colour, shrinkA=0, shrinkB=0, linewidth=1, zorder=5
    )
    ax.add_patch(head)


def busiest(frames: np.ndarray, side: int = 7) -> list[tuple[int, int]]:
    """Of every frame the cell (y, x) of side x side that changes most towards the next one; the
    last towards the one before.
    """
    moved = changes(frames, side)
    return [divmod(int(part.argmax()), side) for part in [*moved, moved[-1]]]  # type: ignore[misc]


def stillest(frames: np.ndarray, side: int = 7) -> list[tuple[int, int]]:
    """The cell that changes least over all frames, once for each."""
    return [divmod(int(changes(frames, side).sum(0).argmin()), side)] * len(frames)  # type: ignore[list-item]


def changes(frames: np.ndarray, side: int) -> np.ndarray:
    """(T - 1, side, side): mean change of brightness of each cell from a frame to the next."""
    grey = np.abs(np.diff(frames.astype(float).mean(-1), axis=0))  # (T - 1, H, W)
    rows, columns = (np.arange(side) * size // side for size in grey.shape[1:])
    return np.add.reduceat(np.add.reduceat(grey, rows, 1), columns, 2)
