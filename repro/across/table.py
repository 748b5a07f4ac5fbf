"""Tables as figures that span papers draw them: coloured cells with words in them, and lines that
begin with the colour of their verdict.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from repro.evidence import marks
from repro.evidence.style import LINE

Cells = Mapping[tuple[float, int], tuple[str, Any]]  # (x, row) -> words and colour


def table(ax: Axes, rows: Sequence[str], columns: Mapping[float, str], cells: Cells) -> None:
    """Rows from top to bottom, columns at their places x; a cell is as wide as the way from one
    column to the next.
    """
    for (x, y), (words, colour) in cells.items():
        ax.barh(y, 0.96, 0.92, x - 0.48, color=colour)
        marks.say(ax, words, (x, y), ha="center", va="center", fontsize=7.5)
    marks.rows(ax, rows, grid=False)
    ax.spines[:].set_visible(False)
    ax.set_xlim(min(columns) - 0.6, max(columns) + 0.6)
    ax.set_xticks([*columns], [*columns.values()])
    ax.tick_params(axis="x", length=0)


def judged_line(ax: Axes, y: float, colour: str, words: Mapping[tuple[float, str], Sequence[str]]) -> None:
    """A square of this colour and, at places (x, colour) from 0 to 1, lines of words that begin at
    the height y.
    """
    ax.plot(0.006, y + 0.45, "s", color=colour, mec=LINE, mew=0.5, markersize=6)
    for (x, ink), lines in words.items():
        marks.say(ax, "\n".join(lines), (x, y), va="top", fontsize=7.5, linespacing=1.25, color=ink)
