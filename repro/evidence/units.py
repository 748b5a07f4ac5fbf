"""What is counted in which unit: costs of frames, segments, views and videos on one axis, and what
each cell of a map counts in a mean.

Plain numbers in, an axes out; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter
from matplotlib.transforms import blended_transform_factory

from repro.evidence.geometry import SHARES
from repro.evidence.panels import words_below, wrapped
from repro.evidence.sensitivity import below_panels
from repro.evidence.style import INK, LINE, MUTED, PAGE, PALETTE, axes, styled

OURS, THEIRS, PRINTED = PALETTE[0], MUTED, PALETTE[1]
SHARE = (0.775, 0.77)  # of a new figure's width and height that its axes take
ROW, BAR = 0.23, 0.27  # inches: a row of numbers, a row with a bar
HEAD, FOOT = 0.42, 0.5  # inches over and under a panel
COLUMNS = (
    ("printed", 0.565),
    ("a view", 0.635),
    ("views", 0.695),
    ("a video", 0.775),
    ("the printed number counts", 0.795),
)
PLOT = 0.5  # of the width, left of the columns
CELL, GAP = 0.34, 0.12  # inches: the most that a cell is wide, and from one frame to the next
READ = 0.24  # inches a cell is wide from which on its number stands in it
LEAST = 2.0  # times the equal share, either way, that the colours span at least


@dataclass(frozen=True)
class Cost:
    """A row: the printed number, what is counted, in the same unit; None where there is none."""

    printed: float | None
    view: float | None = None
    views: int | None = None  # published; None: not given, and a video is one view
    of: str = ""  # what the printed number turns out to count

    @property
    def video(self) -> float | None:
        """All views together."""
        return None if self.view is None else self.view * (self.views or 1)


@styled
def printed_and_counted(
    units: Mapping[str, float],
    others: Mapping[str, float],
    rows: Mapping[str, Cost],
    ax: Axes | None = None,
    *,
    name: str,
    printed: Mapping[str, float],
    words: Sequence[str] = (),
) -> Axes:
    """Above, one network in several units beside others; below, a printed column beside the counted
    cost of a view and of a video.

    All in GMACs, on log axes. units, others: name -> cost; `name`: whose units; `printed`: of
    these, name -> what a paper prints for it, an open diamond. rows: name -> Cost, the numbers told
    at the right. `words` stand below, one line each.
    """
    text = wrapped(words, 142)
    count = len(units) + len(others)
    upper, lower = BAR * count, ROW * len(rows)
    high = HEAD + upper + FOOT + HEAD + lower
    wide = (PAGE + 2.0) * SHARE[0]
    ax = axes(ax, wide / SHARE[0], high / SHARE[1])
    ax.set_axis_off()
    _bars(ax.inset_axes((0, 1 - (HEAD + upper) / high, 1, upper / high)), units, others, name, printed, None)
    plot = ax.inset_axes((0, 0, PLOT, lower / high))
    for y, row in enumerate(rows.values()):
        _marks(plot, y, row)
    known = [value for row in rows.values() for value in (row.printed, row.view, row.video) if value]
    _log_axis(plot, (min(known) / 1.5, max(known) * 1.5))
    _rows(plot, list(rows))
    plot.set_xlabel("GMACs, log axis")
    plot.set_title("printed, and counted by view and video")
    _numbers(plot, list(rows.values()))
    _key(ax)
    words_below(ax, text, 58)
    return ax


@styled
def unit_bars(
    units: Mapping[str, float],
    others: Mapping[str, float],
    ax: Axes | None = None,
    *,
    name: str,
    printed: Mapping[str, float] | None = None,
    limits: tuple[float, float] | None = None,
    words: Sequence[str] = (),
) -> Axes:
    """One network's cost in several units (name -> GMACs) as bars on a log axis; others below in
    grey, dotted through all bars.

    `name`: whose units. `printed`: unit -> what a paper prints, an open diamond. `limits` of the
    axis, by default those that hold all. `words` stand below, one line each.
    """
    text = wrapped(words, 128)
    ax = axes(ax, PAGE + 1.2, (HEAD + BAR * (len(units) + len(others))) / SHARE[1])
    _bars(ax, units, others, name, printed or {}, limits)
    words_below(ax, text, 44)
    return ax


def _bars(
    ax: Axes,
    units: Mapping[str, float],
    others: Mapping[str, float],
    whose: str,
    printed: Mapping[str, float],
    limits: tuple[float, float] | None,
) -> None:
    every = {**units, **others}
    known = [*every.values(), *printed.values()]
    low, high = limits or (min(known) / 1.8, max(known) * 2.2)
    _log_axis(ax, (low, high))
    for y, (name, value) in enumerate(every.items()):
        colour = OURS if name in units else THEIRS
        ax.plot([low, value], [y, y], color=colour, linewidth=8, alpha=0.55, solid_capstyle="butt", zorder=3)
        told = gmacs(value)
        if name in printed:
            ax.plot(printed[name], y, "D", mfc="white", mec=PRINTED, markersize=6, markeredgewidth=1.4, zorder=5)
            told += f"   printed {printed[name]:g}"
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # where a line passes behind
        at = {"textcoords": "offset points", "va": "center", "fontsize": 8, "bbox": paper, "zorder": 4}
        ax.annotate(told, (max(value, printed.get(name, value)), y), (8, 0), color=INK, **at)
    for value in others.values():
        ax.axvline(value, color=THEIRS, linestyle=(0, (1, 2)), linewidth=0.9, zorder=1)
    _rows(ax, list(every))
    ax.set_xlabel("GMACs, log axis")
    ax.set_title(f"{whose} in its units, the others beside (dotted)")


def _marks(ax: Axes, y: int, row: Cost) -> None:
    """Printed: an open diamond; a view: a ring; a video: a dot, joined to the view's ring."""
    if row.view is not None and row.video is not None:
        ax.plot([row.view, row.video], [y, y], color=OURS, linewidth=1.1, alpha=0.6, zorder=2)
        ax.plot(row.video, y, "o", color=OURS, markersize=5.5, zorder=3)
        ax.plot(row.view, y, "o", mfc="white" if row.video > row.view else OURS, mec=OURS, markersize=5.5, zorder=4)
    if row.printed is not None:
        ax.plot(row.printed, y, "D", mfc="none", mec=PRINTED, markersize=8, markeredgewidth=1.4, zorder=5)


def _numbers(ax: Axes, rows: Sequence[Cost]) -> None:
    """The rows' numbers in columns at the right of the plot."""
    where = blended_transform_factory(ax.transAxes, ax.transData)
    look: dict[str, Any] = {"transform": where, "va": "center", "fontsize": 8, "clip_on": False}
    for k, (title, at) in enumerate(COLUMNS):
        side, x = ("left" if k == len(COLUMNS) - 1 else "right"), at / PLOT
        ax.text(x, -1.05, title, ha=side, fontweight="bold", **look | {"fontsize": 7.5, "color": MUTED})
        for y, row in enumerate(rows):
            printed = "\N{EN DASH}" if row.printed is None else f"{row.printed:g}"
            views = str(row.views or ("" if row.view is None else "1?"))
            counted = [
                "" if row.view is None else gmacs(row.view),
                views,
                "" if row.video is None else gmacs(row.video),
            ]
            ink = [PRINTED, INK, MUTED, INK, MUTED][k]
            ax.text(
                x,
                y,
                [printed, *counted, row.of][k],
                ha=side,
                color=ink,
                **look | {"fontsize": 7.5 if side == "left" else 8},
            )
    for y in range(len(rows)):
        ax.plot([0, 1 / PLOT], [y + 0.5] * 2, color=LINE, linewidth=0.5, transform=where, clip_on=False, zorder=0)


def _key(ax: Axes) -> None:
    dot = {"linestyle": "", "marker": "o", "mec": OURS, "markersize": 5.5}
    handles = [
        Line2D([], [], linestyle="", marker="D", mfc="none", mec=PRINTED, markersize=7, markeredgewidth=1.4),
        Line2D([], [], mfc="white", **dot),
        Line2D([], [], mfc=OURS, **dot),
    ]
    below_panels(
        ax,
        handles,
        ["printed as GFLOPs", "counted, a view", "counted, a video (1?: views not given, one is counted)"],
        36,
    )


def _log_axis(ax: Axes, limits: tuple[float, float]) -> None:
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(axis="x")


def _rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), names, fontsize=8.5)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def gmacs(value: float) -> str:
    """Two decimals below ten, one below two hundred, none above."""
    return f"{value:,.{2 if value < 10 else 1 if value < 200 else 0}f}"


# What each cell counts in a mean


@dataclass(frozen=True)
class Gain:
    """A difference with its interval and every seed's value, in one unit."""

    value: float
    low: float
    high: float
    seeds: tuple[float, ...] = ()


@styled
def weights_and_gain(
    maps: Mapping[str, np.ndarray],
    gains: Mapping[str, Gain],
    ax: Axes | None = None,
    *,
    printed: Mapping[str, float],
    words: Sequence[str] = (),
) -> Axes:
    """Weights of a mean cell by cell, frame beside frame, on one scale; below, a difference per
    data set beside the printed ones.

    maps: title -> (T, H, W) of mean 1, which is a cell's equal share. gains: data set -> Gain in
    percentage points. printed: metric -> what a paper prints, on other data: open diamonds in a row
    of their own. `words` stand below, one line each.
    """
    text = wrapped(words, 124)
    wide = (PAGE + 1.2) * SHARE[0]
    sides = [min(CELL, (wide - (len(m) - 1) * GAP) / (len(m) * m.shape[2])) for m in maps.values()]
    tall = [HEAD + m.shape[1] * side for m, side in zip(maps.values(), sides, strict=True)]
    lower = 0.36 * (len(gains) + 1)
    high = sum(tall) + 0.35 + HEAD + lower
    ax = axes(ax, wide / SHARE[0], high / SHARE[1])
    ax.set_axis_off()
    span = max(LEAST, *(float(np.exp(np.abs(np.log(m.clip(1e-3))).max())) for m in maps.values()))
    norm, top = LogNorm(1 / span, span), 0.0
    for (title, weights), side, inches in zip(maps.items(), sides, tall, strict=True):
        ax.text(0, 1 - (top + 0.26) / high, title, transform=ax.transAxes, fontweight="bold", fontsize=8.5, va="center")
        for k, frame in enumerate(weights):
            h, w = frame.shape
            left = k * (w * side + GAP)
            box = (left / wide, 1 - (top + HEAD + h * side) / high, w * side / wide, h * side / high)
            _cells(ax.inset_axes(box), frame, norm, span, side)
        top += inches
    bar = ax.figure.colorbar(
        ScalarMappable(norm, SHARES),
        cax=ax.inset_axes((0, 1 - (top + 0.22) / high, 0.28, 0.08 / high)),
        orientation="horizontal",
    )
    bar.set_ticks([1 / span, 1, span], labels=[f"{1 / span:.2f}", "equal share", f"{span:.2f}"], fontsize=7)
    bar.ax.minorticks_off()
    bar.ax.tick_params(length=0, pad=1.5, labelcolor=MUTED)
    bar.outline.set_visible(False)
    _gains(ax.inset_axes((0, 0, 1, lower / high)), gains, printed)
    words_below(ax, text, 40)
    return ax


def _cells(ax: Axes, frame: np.ndarray, norm: LogNorm, span: float, side: float) -> None:
    """One frame; numbers in its cells where there is room."""
    ax.imshow(frame, cmap=SHARES, norm=norm, aspect="auto", interpolation="none")
    ax.set(xticks=(), yticks=())
    ax.spines[:].set_visible(False)
    if side < READ:
        return
    for (y, x), value in np.ndenumerate(frame):
        ink = "white" if abs(np.log(value)) > 0.62 * np.log(span) else INK
        ax.text(x, y, f"{value:.2f}", ha="center", va="center", fontsize=6.5, color=ink)


def _gains(ax: Axes, gains: Mapping[str, Gain], printed: Mapping[str, float]) -> None:
    names = ["as printed", *gains]
    for k, (metric, value) in enumerate(sorted(printed.items(), key=lambda pair: pair[1])):
        ax.axvline(value, color=PRINTED, linestyle=(0, (1, 2)), linewidth=0.9, zorder=1)
        ax.plot(value, 0, "D", mfc="white", mec=PRINTED, markersize=6, markeredgewidth=1.4, zorder=5)
        side, apart = ("right", -8) if k == 0 and len(printed) > 1 else ("left", 8)  # two that are close do not meet
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        at = {"textcoords": "offset points", "ha": side, "va": "center", "fontsize": 7.5, "bbox": paper, "zorder": 4}
        ax.annotate(f"{metric} {value:g}", (value, 0), (apart, 0), color=PRINTED, **at)
    for y, gain in enumerate(gains.values(), start=1):
        ax.plot([gain.low, gain.high], [y, y], color=OURS, alpha=0.3, linewidth=7, solid_capstyle="butt", zorder=2)
        shift = np.linspace(-0.14, 0.14, len(gain.seeds)) if len(gain.seeds) > 1 else np.zeros(len(gain.seeds))
        ax.plot(
            gain.seeds,
            y + shift,
            "o",
            color=OURS,
            markersize=3.8,
            markeredgecolor="white",
            markeredgewidth=0.5,
            zorder=4,
        )
        ax.plot([gain.value] * 2, [y - 0.24, y + 0.24], color=INK, linewidth=1.8, zorder=3)
        told = f"{gain.value:+.1f}  [{gain.low:+.1f}, {gain.high:+.1f}]"
        ax.annotate(
            told,
            (1.0, y),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    every = [0.0, *printed.values(), *(v for gain in gains.values() for v in (gain.low, gain.high, *gain.seeds))]
    room = 0.06 * (max(every) - min(every))
    ax.set_xlim(
        min(min(every), min(printed.values(), default=0.0) - 3 * room) - room, max(every) + room
    )  # the words have room
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    ax.grid(axis="x")
    _rows(ax, names)
    ax.set_xlabel("percentage points")
    ax.set_title("with it minus without it (dot: one seed, line: mean, bar: 95 % interval)")
