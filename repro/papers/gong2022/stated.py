"""Differences that a paper states in words, beside the same differences summed from its own printed
cells.
"""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from repro.evidence import marks
from repro.evidence.style import INK, LINE, PAGE, PALETTE, axes, panels, styled

SUMMED, STATED = PALETTE[0], PALETTE[1]


@styled
def stated_and_summed(frame: pd.DataFrame, words: Sequence[str] = ()) -> Axes:
    """Rows of a tidy table with metric `difference`: a panel per column, a dot for the sum, a ring
    for what is stated.

    Where the two are not equal both numbers stand beside, in the ring's colour. `words` stand
    below.
    """
    frame = frame[frame["metric"] == "difference"]
    rows, columns = (list(dict.fromkeys(frame[name])) for name in ("row", "column"))
    text = marks.wrapped(words, 118)
    ax = axes(None, PAGE + 1.2, 0.9 + 0.3 * len(rows) + 0.15 * len(text))
    for i, (part, column) in enumerate(zip(panels(ax, [1.0] * len(columns), gap=0.04), columns, strict=True)):
        inside = frame[frame["column"] == column].set_index("row").reindex(rows)
        for y, (_, row) in enumerate(inside.iterrows()):
            _pair(part, y, float(row["value"]), float(row["paper"]))
        part.set_xlim(-0.4, 1.62 * float(inside[["value", "paper"]].max().max()))
        marks.rows(part, rows, labelled=i == 0)
        part.axvline(0, color=LINE, linewidth=0.8, zorder=0)
        part.set_title(column)
        part.set_xlabel("percentage points")
    marks.words_left(ax, "ring: stated in the prose\ndot: sum of printed cells", 4, x=-0.01)
    marks.words_below(ax, text, 40)
    return ax


def _pair(ax: Axes, y: int, summed: float, stated: float) -> None:
    same = abs(summed - stated) < 1e-6
    ax.plot([summed, stated], [y, y], color=INK if same else STATED, linewidth=1.2, zorder=1)
    ax.plot([stated], [y], "o", markersize=9, mfc="none", mec=STATED, markeredgewidth=1.4, zorder=2)
    ax.plot([summed], [y], "o", color=SUMMED, markersize=4.5, zorder=3)
    text = f"{summed:.1f}" if same else f"stated {stated:.1f}, sum {summed:.1f}"
    look = {"color": INK if same else STATED, "fontweight": "normal" if same else "bold"}
    marks.say(ax, text, (max(summed, stated), y), (9, 0), va="center", **look)
