"""A table of coloured cells with words in them, as figures that span papers draw it."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from repro.evidence import marks

Cells = Mapping[tuple[float, int], tuple[str, Any]]  # (x, row) -> words and colour


def table(ax: Axes, rows: Sequence[str], columns: Mapping[float, str], cells: Cells, size: float = 7.5) -> None:
    """Rows from top to bottom, columns at their places x; a cell is as wide as the way from one
    column to the next.
    """
    for (x, y), (words, colour) in cells.items():
        ax.barh(y, 0.96, 0.92, x - 0.48, color=colour)
        marks.say(ax, words, (x, y), ha="center", va="center", fontsize=size)
    marks.rows(ax, rows, grid=False)
    ax.spines[:].set_visible(False)
    ax.set_xlim(min(columns) - 0.6, max(columns) + 0.6)
    ax.set_xticks([*columns], [*columns.values()])
    ax.tick_params(axis="x", length=0)
