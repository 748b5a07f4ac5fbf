"""What can be seen of a figure: its words, its lines, its width, and whether texts lie on each
other.
"""

from collections.abc import Iterable
from itertools import combinations

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D


def words(figure: Figure) -> str:
    """All text, what is broken into lines joined again."""
    return " | ".join(t.get_text().replace("\n", " ") for t in figure.findobj(mpl.text.Text) if t.get_text())


def lines(ax: Axes, marker: str = "None", colour: str = "") -> list[Line2D]:
    """The lines with this marker and, if given, of this colour."""
    return [line for line in ax.lines if line.get_marker() == marker and colour in ("", line.get_color())]


def points(of: Iterable[Line2D]) -> list[tuple[float, float]]:
    """(x, y) of marks."""
    return [(float(mark.get_xdata()[0]), float(mark.get_ydata()[0])) for mark in of]


def dashed(ax: Axes, colour: str = "") -> list[Line2D]:
    """The dashed lines, of one colour if given."""
    return [line for line in ax.lines if line.get_linestyle() == "--" and colour in ("", line.get_color())]


def crossing(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of upright texts that lie on each other."""
    figure.canvas.draw()
    unseen = {
        tick.label1
        for axis in figure.findobj(mpl.axis.Axis)
        for tick in axis.get_major_ticks()
        if not _within(axis, tick.get_loc())
    }
    texts = [
        t for t in figure.findobj(mpl.text.Text) if t.get_visible() and t.get_text().strip() and not t.get_rotation()
    ]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts if t not in unseen]
    boxes = [(text, box) for text, box in boxes if box.width * box.height > 1]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def _within(axis: mpl.axis.Axis, place: float) -> bool:
    low, high = sorted(axis.get_view_interval())
    return bool(low <= place <= high)


def width(figure: Figure) -> float:
    """Inches of the figure as it is saved, with all its text."""
    figure.canvas.draw()
    return float(figure.get_tightbbox().width)
