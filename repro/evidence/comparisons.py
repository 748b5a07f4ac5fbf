"""Before against after: per row, per condition, per pair of classes, per picture. Each takes a
table or arrays and writes nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from repro.evidence import marks
from repro.evidence.plots import cell_grid, row_shares, square
from repro.evidence.style import CHANCE, INK, LINE, MUTED, PAGE, PALETTE, WASH, axes, inches, panels, styled
from repro.evidence.tables import missing

EARLIER, LATER = MUTED, PALETTE[0]
TITLE_LETTERS, SMALL_LETTERS = 12.5, 18.0  # per inch, of a panel's title and of the small text below it


def counted(n: float, what: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{n:.0f} {what}{'' if n == 1 else 's'}"


@styled
def before_after(frame: pd.DataFrame, pairs: Sequence[tuple[str, str, str]], ax: Axes | None = None) -> Axes:
    """One panel per pair: every row's value before (grey) and after (blue) with their intervals,
    joined by a line.

    frame: a tidy table in fractions or percent. pairs: (title, column before, column after). The
    last row is set apart as the average.
    """
    rows = list(dict.fromkeys(frame["row"]))
    ax = axes(ax, max(PAGE, 3.0 * len(pairs) + 1.0), 1.5 + 0.36 * len(rows))
    width = inches(ax)[0] * (1 - 0.05 * (len(pairs) - 1)) / len(pairs)
    parts = panels(ax, [1.0] * len(pairs), gap=0.05)
    for i, (part, (title, *columns)) in enumerate(zip(parts, pairs, strict=True)):  # `width`: inches of one panel
        sides = [frame[frame["column"] == column].set_index("row").reindex(rows) for column in columns]
        for y, name in enumerate(rows):
            _joined(part, y, sides[0].loc[name], sides[1].loc[name])
        part.axhline(len(rows) - 1.5, color=LINE, linewidth=0.8)
        for chance in {c for side in sides for c in side["chance"] if not missing(c)}:
            marks.chance(part, chance, linewidth=1.0)
            marks.say(part, f"chance {chance:.2g}", (chance, 1.0), of="column", color=CHANCE, fontsize=7, va="bottom")
        part.set_xlim(-0.02, 1.02)
        marks.rows(part, rows, labelled=i == 0)
        part.set_xticks(np.linspace(0, 1, 5), ["0", "0.25", "0.5", "0.75", "1"])
        title = "\n".join(textwrap.fill(line, int(TITLE_LETTERS * width)) for line in title.split("\n"))
        part.set_title(title, pad=14)
        marks.caption(part, textwrap.fill(_said(sides[1]), int(SMALL_LETTERS * width)).replace("\xa0", " "))
    marks.words_left(ax, "grey: before\nblue: after (line\norange where worse)\nbar: 95 % interval", 14)
    return ax


def _joined(ax: Axes, y: int, before: pd.Series, after: pd.Series) -> None:
    ends = []
    for row, colour, shift in ((before, EARLIER, -0.14), (after, LATER, 0.14)):
        value = row["value"] if not missing(row["value"]) else row["paper"]
        if missing(value):
            continue
        scale = 100 if row["unit"] in ("%", "percent") else 1
        marks.interval(ax, y + shift, (row["low"], row["high"]), colour, width=4.5, alpha=0.28)
        shape, face = ("D", "white") if missing(row["value"]) else ("o", colour)
        ax.plot(value / scale, y + shift, shape, mfc=face, mec=colour, markersize=5.5, zorder=4)
        ends.append(value / scale)
    if len(ends) == 2:
        ax.plot(ends, [y - 0.14, y + 0.14], color=LATER if ends[1] >= ends[0] else PALETTE[1], linewidth=1.2, zorder=3)
    if not ends:
        paper = marks.PAPER | {"pad": 1.5}
        marks.say(
            ax, "absent here", (0.5, y), of="row", ha="center", va="center", color=MUTED, fontsize=7.5, bbox=paper
        )


def _said(side: pd.DataFrame) -> str:
    """What a panel's numbers are of, from its table; lines break after a dot alone."""
    words = []
    for name, text in (("data", "{}"), ("input", "{}"), ("split", "{} split")):
        values = [v for v in dict.fromkeys(side[name]) if not missing(v)]
        words += [text.format(values[0])] if values else []
    seeds = side["seeds"].max()
    words += [counted(seeds, "seed")] if not missing(seeds) else []
    total = side["n_items"].max()
    words += [f"n = {total:.0f}"] if not missing(total) else ["printed in the paper (hollow)"]
    return "\xa0· ".join(word.replace(" ", "\xa0") for word in words)


@styled
def condition_grid(frame: pd.DataFrame, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Rows x columns of a tidy table as a grid: the value in large, its interval in small, the
    colour from nought to one.
    """
    rows, columns = (list(dict.fromkeys(frame[name])) for name in ("row", "column"))
    values = frame.pivot(index="row", columns="column", values="value").reindex(index=rows, columns=columns)
    ax = axes(ax, 1.9 + 1.05 * len(columns), 1.0 + 0.52 * len(rows))
    shades = sns.light_palette(PALETTE[0], as_cmap=True).with_extremes(bad=WASH)
    ax.imshow(values.to_numpy(float), cmap=shades, vmin=0, vmax=1, aspect="auto")
    for _, cell in frame.iterrows():
        at = columns.index(cell["column"]), rows.index(cell["row"])
        if missing(cell["value"]):
            continue
        look = {"ha": "center", "va": "center", "color": "white" if cell["value"] > 0.6 else INK}
        marks.say(ax, f"{cell['value']:.2f}", at, (0, 4), fontsize=9.5, **look)
        if not missing(cell["low"]):
            marks.say(ax, f"{cell['low']:.2f} – {cell['high']:.2f}", at, (0, -8), fontsize=6.5, **look)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.xaxis.tick_top()
    cell_grid(ax, len(rows), len(columns), width=2)
    ax.set_title(title, pad=10)
    return ax


@styled
def confusion_change(
    before: np.ndarray, after: np.ndarray, classes: Sequence[str], ax: Axes | None = None, *, title: str = ""
) -> Axes:
    """What changed in the rows of a confusion matrix: share after minus share before; rows actual,
    columns predicted.

    before, after: (K, K) items, actual x predicted. Off the diagonal less is better, on it
    (outlined) more. A class without items keeps an empty row.
    """
    change = row_shares(after) - row_shares(before)
    most = max(float(np.abs(change).max()), 0.05)
    words = {(i, j): f"{share:+.2f}" for (i, j), share in np.ndenumerate(change) if abs(share) >= 0.005}
    look = {"cmap": sns.diverging_palette(25, 245, s=85, l=50, as_cmap=True), "vmin": -most, "vmax": most}
    ax, bar = square(change, classes, words, ax, dark=0.65 * most, rows=classes, ticks=(-most, 0, most), **look)
    ax.set_title(title)
    for i in range(len(classes)):
        ax.add_patch(Rectangle((i - 0.45, i - 0.45), 0.9, 0.9, fill=False, edgecolor=MUTED, linewidth=0.8))
    bar.set_ticklabels([f"{-most:+.2f}", "0", f"{most:+.2f}"])
    bar.ax.set_ylabel("change of the row's share", color=MUTED, fontsize=8)
    return ax


@styled
def recognitions(
    before: np.ndarray,
    after: np.ndarray,
    told: Sequence[tuple[str, str]],
    names: Sequence[str],
    ax: Axes | None = None,
    *,
    sides: tuple[str, str] = ("before", "after"),
) -> Axes:
    """Pictures before above pictures after, under each what was recognised; names (the true
    classes) on top.

    before, after: (n, H, W, 3) uint8. told: for each picture (text before, text after); a text that
    ends in `✓` is drawn as right.
    """
    n, height, width = before.shape[:3]
    tall = (0.93 / n - 0.012) * 0.775 * PAGE * height / width  # inches of a picture, on the axes of a new figure
    ax = axes(ax, PAGE, max(tall / 0.38, 2 * tall + 0.8) / 0.77)
    ax.set_axis_off()
    for i in range(n):
        for row, (pictures, text) in enumerate(zip((before, after), told[i], strict=True)):
            part = ax.inset_axes((0.07 + 0.93 * i / n, 0.54 - 0.5 * row, 0.93 / n - 0.012, 0.38))
            part.imshow(pictures[i], interpolation="none")
            marks.bare(part)
            part.set_xlabel(text, fontsize=8, color=PALETTE[2] if text.endswith("✓") else PALETTE[1], labelpad=3)
            if row == 0:
                part.set_title(names[i], fontsize=9, loc="center", pad=4)
            if i == 0:
                part.set_ylabel(sides[row], fontsize=9)
    return ax
