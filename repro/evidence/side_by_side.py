"""Levels of several conditions in one row: splits, data sets, metrics. Takes a table and perhaps an
axes, and writes nothing.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from repro.evidence import marks
from repro.evidence.style import INK, PAGE, PALETTE, axes, panels, styled

BAND = 0.62  # of a row's height that its series share


def height(frame: pd.DataFrame, series: str = "column") -> float:
    """Inches of the rows of a table whose values of `series` lie beside each other."""
    measured = frame.loc[frame["value"].notna(), series].nunique()
    return 0.5 + (0.3 + 0.16 * measured) * frame["row"].nunique()


@styled
def side_by_side(
    frame: pd.DataFrame, ax: Axes | None = None, *, by: str = "metric", series: str = "column", each: str = "seed",
    limits: Mapping[tuple[str, str], float] | None = None, limit: str = "", words: Sequence[str] = (),
    whole: bool = True, zero: bool = True,
) -> Axes:  # fmt: skip
    """Rows of a tidy table against the panels of one of its columns, `by`; the values of `series`
    lie beside each other in a row.

    Every seed, or whatever `each` is, is a dot, the mean a line, its 95 % interval a bar, chance a
    dashed line, a printed number a hollow diamond. `limits`: (row, panel) -> a value that cannot be
    passed, drawn as a bracket and called `limit`. `words` stand below, one line each. `whole`:
    values are drawn on their range from 0 to 1, and else as far as they go,
    around a line at zero where `zero` asks for one, as differences do.
    """
    rows, parts = (list(dict.fromkeys(frame[name])) for name in ("row", by))
    measured = list(dict.fromkeys(frame.loc[frame["value"].notna(), series]))
    text, limits = marks.wrapped(words, 122), limits or {}
    ax = axes(ax, PAGE + 1.2, height(frame, series) + 0.75 + 0.15 * len(text))
    for i, (panel, name) in enumerate(zip(panels(ax, [1.0] * len(parts), gap=0.03), parts, strict=True)):
        inside = frame[frame[by] == name].rename(columns={series: "series"})
        _panel(panel, inside, rows, measured, whole)
        if zero and not whole:
            panel.axvline(0, color=INK, linewidth=1, zorder=1)
        for y in (y for y, row in enumerate(rows) if (row, name) in limits):
            value = limits[rows[y], name]
            panel.plot([value] * 2, [y - 0.4, y + 0.4], color=PALETTE[1], linewidth=2.2, zorder=1)
        panel.set_title(name, pad=14)
        marks.rows(panel, rows, labelled=i == 0)
    dots = f"{each}s, " * bool(frame["seed_values"].any())
    names = [f"{name}: {dots}mean, 95 % interval" if i == 0 else name for i, name in enumerate(measured)]
    look = {"marker": "o", "markersize": 4, "linewidth": 5, "alpha": 0.6}
    key = {name: Line2D([], [], color=colour, **look) for name, colour in zip(names, PALETTE, strict=False)}
    if frame["paper"].notna().any():
        key["printed in the paper"] = Line2D([], [], linestyle="", marker="D", mfc="none", mec=INK, markersize=5)
    if limits:
        key[limit] = Line2D([], [], color=PALETTE[1], linewidth=2.2)
    marks.key_below(ax, list(key.values()), list(key), 28, columnspacing=2)
    marks.words_below(ax, text, 46)
    return ax


def _panel(ax: Axes, inside: pd.DataFrame, rows: Sequence[str], measured: Sequence[str], whole: bool) -> None:
    """One panel: the rows' printed and measured values, and chance."""
    step = BAND / max(len(measured), 1)
    look = {"spread": 0.16 * step, "half": 0.42 * step, "bar": min(7, 26 * step), "dot": 3.6, "line": 1.5}
    for y, row in enumerate(rows):
        here = inside[inside["row"] == row]
        for k, name in enumerate(measured):
            at = y + (k - (len(measured) - 1) / 2) * step
            for _, cell in here[(here["series"] == name) & here["value"].notna()].iterrows():
                marks.measured(ax, at, cell, PALETTE[k], **look)
        for value in here["paper"].dropna().astype(float):
            marks.printed(ax, value, y, mfc="none", mec=INK, markersize=5, zorder=6)
    if not whole:
        return ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_xlim(0, 1.02)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    marks.chances(ax, inside, "series", dict(zip(measured, PALETTE, strict=False)))
