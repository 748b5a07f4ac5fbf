"""Marks and furniture that figures of measured numbers share, so that a dot, a bar or a dashed line
means the same everywhere: dots are seeds, a dark line is their mean, a pale bar its 95 % interval,
a diamond what a paper prints, a dashed line chance.

Every function draws on the axes that it is given. Positions are data coordinates unless said
otherwise; `upright` exchanges the two axes: values then run upwards.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from repro.evidence.style import CHANCE, INK, MUTED, PALETTE
from repro.evidence.tables import missing, seed_numbers

Point = tuple[float, float]
DASHED = (0, (4, 3))
FRAMES = {
    "data": "data",
    "axes": "axes fraction",  # both from 0 to 1
    "row": ("axes fraction", "data"),  # x from 0 to 1
    "column": ("data", "axes fraction"),  # y from 0 to 1
}
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind words that lines pass


def interval(ax: Axes, at: float, ends: Sequence[Any], colour: str, *, width: float = 7, **look: Any) -> None:
    """A pale bar from the lower to the upper of `ends`, `width` points thick; nothing where they
    are missing.
    """
    if missing(ends[0]):
        return
    upright = look.pop("upright", False)
    look = {"color": colour, "alpha": 0.3, "linewidth": width, "solid_capstyle": "butt", "zorder": 2} | look
    ax.plot(*([[at, at], list(ends)] if upright else [list(ends), [at, at]]), **look)


def dots(ax: Axes, at: float, values: Sequence[float], colour: str, *, spread: float = 0, **look: Any) -> None:
    """One dot per seed; `spread` moves them apart across their row, so that equal ones do not hide
    each other.
    """
    upright = look.pop("upright", False)
    across = at + (np.linspace(-spread, spread, len(values)) if len(values) > 1 else np.zeros(len(values)))
    look = {"color": colour, "markersize": 4, "markeredgecolor": "white", "markeredgewidth": 0.5, "zorder": 4} | look
    ax.plot(*((across, values) if upright else (values, across)), "o", **look)


def mean(ax: Axes, at: float, value: float, half: float, *, upright: bool = False, **look: Any) -> None:
    """A dark line across a row at the mean, `half` to either side."""
    ends, both = [at - half, at + half], [value] * 2
    look = {"color": INK, "linewidth": 1.8, "zorder": 3} | look
    ax.plot(*((ends, both) if upright else (both, ends)), **look)


def measured(
    ax: Axes, at: float, row: Mapping[str, Any] | pd.Series, colour: str, *, spread: float = 0.16, half: float = 0.25,
    bar: float = 7, dot: float = 4, line: float = 1.8,
) -> None:  # fmt: skip
    """A row of a table as its interval, its seeds and their mean: low, high, seed_values and value.
    bar, dot, line: how thick they are, in points.
    """
    interval(ax, at, (row["low"], row["high"]), colour, width=bar)
    dots(ax, at, seed_numbers(row["seed_values"]), colour, spread=spread, markersize=dot)
    mean(ax, at, row["value"], half, linewidth=line)


def printed(ax: Axes, x: float, y: float, **look: Any) -> None:
    """What a paper prints: an open diamond."""
    ax.plot(x, y, "D", **{"mfc": "white", "mec": PALETTE[1], "markersize": 6, "zorder": 5} | look)


def chance(ax: Axes, value: float, *, upright: bool = False, **look: Any) -> None:
    """Chance or another level: a dashed line across the axes; level if values run `upright`."""
    look = {"color": CHANCE, "linestyle": DASHED, "linewidth": 1.1, "zorder": 1} | look
    (ax.axhline if upright else ax.axvline)(value, **look)


def chances(ax: Axes, frame: pd.DataFrame, by: str, colours: Mapping[str, str]) -> None:
    """Chance of every series (column `by` of the table), in the series' own colour where they
    differ in it, and all in words at the least of them.
    """
    known = frame[frame["chance"].notna()]
    found = {round(float(value), 3): name for name, value in zip(known[by], known["chance"], strict=True)}
    for value, name in found.items():
        chance(ax, value, color=colours[name] if len(found) > 1 else CHANCE)
    if found:
        text = f"chance {', '.join(f'{value:.2g}' for value in sorted(found))}"
        say(ax, text, (min(found), 1.0), (2, 1), "column", color=CHANCE, fontsize=7.5)


def say(ax: Axes, text: str, at: Point, by: Point = (0, 0), of: str = "data", **look: Any) -> None:
    """Small words at a point of one of FRAMES, moved `by` points to the right and upwards."""
    look = {"fontsize": 8, "xycoords": FRAMES[of], "textcoords": "offset points"} | look
    ax.annotate(text, at, by, **look)


def rows(ax: Axes, names: Sequence[str], *, labelled: bool = True, grid: bool = True, **look: Any) -> None:
    """One row per name from top to bottom, without a spine; `labelled` only in the first of several
    panels.
    """
    ax.set_yticks(range(len(names)), names if labelled else [""] * len(names), **look)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if grid:
        ax.grid(axis="x")


def bare(ax: Axes) -> None:
    """No ticks and no frame, as around a picture."""
    ax.set(xticks=(), yticks=())
    ax.spines[:].set_visible(False)


def caption(ax: Axes, text: str) -> None:
    """Small grey words under a panel, from its left edge."""
    ax.set_xlabel(text, fontsize=7.5, color=MUTED, loc="left", linespacing=1.4)


def wrapped(words: Iterable[str], letters: int) -> list[str]:
    """Sentences as lines of at most so many letters; each begins a line."""
    return [line for sentence in words for line in textwrap.wrap(sentence, letters)]


def words_below(ax: Axes, lines: Sequence[str], points: float) -> None:
    """Small grey lines so many points under the axes."""
    say(ax, "\n".join(lines), (0, 0), (0, -points), "axes", va="top", fontsize=7.5, color=MUTED, linespacing=1.4)


def words_left(ax: Axes, text: str, points: float, x: float = -0.015) -> None:
    """Small grey lines that end left of the axes, so many points under its lower edge."""
    look = {"ha": "right", "va": "top", "fontsize": 7.5, "color": MUTED, "linespacing": 1.4}
    say(ax, text, (x, 0), (0, -points), "axes", **look)


def key_below(ax: Axes, handles: Sequence[Any], names: Sequence[str], points: float, **look: Any) -> None:
    """A key in one row, so many points under the axes."""
    below = offset_copy(ax.transAxes, ax.get_figure(root=True), y=-points, units="points")
    place = {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": below, "borderpad": 0, "borderaxespad": 0}
    look = {"ncols": len(names), "handlelength": 1.4, "columnspacing": 1.5, "fontsize": 8} | look
    ax.legend(handles, names, **place, **look)
