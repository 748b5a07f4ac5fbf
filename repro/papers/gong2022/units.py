"""What is counted in which unit: costs of frames, segments, views and videos on one axis.

Plain numbers in, an axes out; nothing is written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter
from matplotlib.transforms import blended_transform_factory

from repro.evidence import marks
from repro.evidence.style import INK, LINE, MUTED, PAGE, PALETTE, axes, styled

OURS, THEIRS, PRINTED = PALETTE[0], MUTED, PALETTE[1]
SHARE = (0.775, 0.77)  # of a new figure's width and height that its axes take
ROW, BAR = 0.23, 0.27  # inches: a row of numbers, a row with a bar
HEAD, FOOT = 0.42, 0.5  # inches over and under a panel
COLUMNS = {  # title -> where its numbers end, or its words begin, in shares of the width
    "printed": 0.565, "a view": 0.635, "views": 0.695, "a video": 0.775, "the printed number counts": 0.795,
}  # fmt: skip
PLOT = 0.5  # of the width, left of the columns


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


@dataclass(frozen=True)
class Units:
    """One network's cost in several units beside others', in GMACs: name -> cost. `printed`: unit
    -> what a paper prints for it.
    """

    name: str
    costs: Mapping[str, float]
    others: Mapping[str, float]
    printed: Mapping[str, float] = field(default_factory=dict)

    @property
    def inches(self) -> float:
        """Height of its bars."""
        return BAR * (len(self.costs) + len(self.others))


@styled
def printed_and_counted(units: Units, rows: Mapping[str, Cost], words: Sequence[str] = ()) -> Axes:
    """Above, one network in several units beside others; below, a printed column beside the counted
    cost of a view and of a video.

    All in GMACs, on log axes; open diamonds are printed. The numbers of `rows` stand at the right,
    `words` below, one line each.
    """
    lower = ROW * len(rows)
    high = HEAD + units.inches + FOOT + HEAD + lower
    ax = axes(None, PAGE + 2.0, high / SHARE[1])
    ax.set_axis_off()
    _bars(ax.inset_axes((0, 1 - (HEAD + units.inches) / high, 1, units.inches / high)), units, None)
    plot = ax.inset_axes((0, 0, PLOT, lower / high))
    for y, row in enumerate(rows.values()):
        _marks(plot, y, row)
    known = [value for row in rows.values() for value in (row.printed, row.view, row.video) if value]
    _log_axis(plot, list(rows), (min(known) / 1.5, max(known) * 1.5))
    plot.set_title("printed, and counted by view and video")
    _numbers(plot, list(rows.values()))
    _key(ax)
    marks.words_below(ax, marks.wrapped(words, 142), 58)
    return ax


@styled
def unit_bars(units: Units, limits: tuple[float, float], words: Sequence[str] = ()) -> Axes:
    """One network's cost in several units as bars on a log axis within `limits`; others below in
    grey, dotted through all bars. `words` stand below, one line each.
    """
    ax = axes(None, PAGE + 1.2, (HEAD + units.inches) / SHARE[1])
    _bars(ax, units, limits)
    marks.words_below(ax, marks.wrapped(words, 128), 44)
    return ax


def _bars(ax: Axes, units: Units, limits: tuple[float, float] | None) -> None:
    """Without `limits` the axis holds all."""
    every = {**units.costs, **units.others}
    known = [*every.values(), *units.printed.values()]
    low, high = limits or (min(known) / 1.8, max(known) * 2.2)
    for y, (name, value) in enumerate(every.items()):
        colour = OURS if name in units.costs else THEIRS
        ax.plot([low, value], [y, y], color=colour, linewidth=8, alpha=0.55, solid_capstyle="butt", zorder=3)
        text, right = gmacs(value), value
        if name in units.printed:
            marks.printed(ax, units.printed[name], y, mec=PRINTED, markeredgewidth=1.4)
            text += f"   printed {units.printed[name]:g}"
            right = max(value, units.printed[name])
        marks.say(ax, text, (right, y), (8, 0), va="center", bbox=marks.PAPER, zorder=4, color=INK)
    for value in units.others.values():
        ax.axvline(value, color=THEIRS, linestyle=(0, (1, 2)), linewidth=0.9, zorder=1)
    _log_axis(ax, list(every), (low, high))
    ax.set_title(f"{units.name} in its units, the others beside (dotted)")


def _marks(ax: Axes, y: int, row: Cost) -> None:
    """Printed: an open diamond; a view: a ring; a video: a dot, joined to the view's ring."""
    if row.view is not None and row.video is not None:
        ax.plot([row.view, row.video], [y, y], color=OURS, linewidth=1.1, alpha=0.6, zorder=2)
        ax.plot(row.video, y, "o", color=OURS, markersize=5.5, zorder=3)
        ax.plot(row.view, y, "o", mfc="white" if row.video > row.view else OURS, mec=OURS, markersize=5.5, zorder=4)
    if row.printed is not None:
        marks.printed(ax, row.printed, y, mfc="none", mec=PRINTED, markersize=8, markeredgewidth=1.4)


def _numbers(ax: Axes, rows: Sequence[Cost]) -> None:
    """The rows' numbers in columns at the right of the plot."""
    where = blended_transform_factory(ax.transAxes, ax.transData)
    look: dict[str, Any] = {"transform": where, "va": "center", "fontsize": 8, "clip_on": False}
    for k, (title, at) in enumerate(COLUMNS.items()):
        side, x = ("left" if k == len(COLUMNS) - 1 else "right"), at / PLOT
        ax.text(x, -1.05, title, ha=side, fontweight="bold", **look | {"fontsize": 7.5, "color": MUTED})
        for y, row in enumerate(rows):
            printed = "\N{EN DASH}" if row.printed is None else f"{row.printed:g}"
            views = str(row.views or ("" if row.view is None else "1?"))
            view, video = ("" if cost is None else gmacs(cost) for cost in (row.view, row.video))
            text = (printed, view, views, video, row.of)[k]
            own = {"color": (PRINTED, INK, MUTED, INK, MUTED)[k], "fontsize": 7.5 if side == "left" else 8}
            ax.text(x, y, text, ha=side, **(look | own))
    for y in range(len(rows)):
        ax.plot([0, 1 / PLOT], [y + 0.5] * 2, color=LINE, linewidth=0.5, transform=where, clip_on=False, zorder=0)


def _key(ax: Axes) -> None:
    dot = {"linestyle": "", "marker": "o", "mec": OURS, "markersize": 5.5}
    handles = [
        Line2D([], [], linestyle="", marker="D", mfc="none", mec=PRINTED, markersize=7, markeredgewidth=1.4),
        Line2D([], [], mfc="white", **dot),
        Line2D([], [], mfc=OURS, **dot),
    ]
    names = ["printed as GFLOPs", "counted, a view", "counted, a video (1?: views not given, one is counted)"]
    marks.key_below(ax, handles, names, 36)


def _log_axis(ax: Axes, rows: Sequence[str], limits: tuple[float, float]) -> None:
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    marks.rows(ax, rows, fontsize=8.5)
    ax.set_xlabel("GMACs, log axis")


def gmacs(value: float) -> str:
    """Two decimals below ten, one below two hundred, none above."""
    return f"{value:,.{2 if value < 10 else 1 if value < 200 else 0}f}"
