"""Accuracy against one quantity at a time. Takes a table and perhaps an axes, writes nothing."""

import textwrap
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from repro.evidence import style
from repro.evidence.marks import caption, chances, key_below, measured, words_below, wrapped
from repro.evidence.style import INK, MUTED, PAGE, PALETTE, axes, grid, styled

ACROSS = 4  # panels in a row of small multiples
TITLE_LINE = 0.16  # inches, of a title's further lines


@styled
def sensitivity_curves(frame: pd.DataFrame, stated: Mapping[str, str], ring: str, words: Sequence[str] = ()) -> Axes:
    """Small multiples of accuracy, one panel per quantity, on one vertical axis: every seed a dot,
    its mean, the 95 % interval as a bar.

    frame: columns panel, value (number or text, in the order given), mean, low, high, seed_values,
    chance, paper (True where the value is the paper's own: ringed), series (one colour each) and
    diverged, the number of such seeds. Means of numbers are joined, categories stand alone.
    `stated`: panel -> what the paper says of it, below the panel. `ring`: what the ring means.
    `words` stand below all, one line each.
    """
    names, series = (list(dict.fromkeys(frame[column])) for column in ("panel", "series"))
    colours = dict(zip(series, PALETTE, strict=False))
    across, down = min(ACROSS, len(names)), -(-len(names) // ACROSS)
    inches = 0.775 * (PAGE + 1.2) * 0.9 / across  # of a panel
    letters, text = int(style.SMALL_LETTERS * inches), wrapped(words, 122)
    below = [wrapped([f"paper: {stated[name]}"], letters) for name in names]
    feet = [max(map(len, below[i * across : (i + 1) * across])) * style.LINE_INCHES + 0.42 for i in range(down)]
    ax = axes(None, PAGE + 1.2, (down * 1.75 + sum(feet) + 0.3 * down + style.LINE_INCHES * len(text)) / 0.77)
    titles = [textwrap.fill(name, int(style.TITLE_LETTERS * inches)) for name in names]
    heads = 0.3 + TITLE_LINE * max(title.count("\n") for title in titles)
    for i, part in enumerate(grid(ax, len(names), across, feet, heads=heads, gap=0.022)):
        inside, labelled = frame[frame["panel"] == names[i]], i % across == 0
        _quantity(part, inside, colours)
        _shared_axis(part, labelled)
        chances(part, inside, "series", colours, (2, -1), upright=True, named=labelled, va="top")
        part.set_title(titles[i])
        caption(part, "\n".join(below[i]))
    _key(ax, colours, ring)
    words_below(ax, text, 30)
    return ax


def _quantity(ax: Axes, inside: pd.DataFrame, colours: Mapping[str, str]) -> None:
    values = list(dict.fromkeys(inside["value"]))
    numbers = all(isinstance(value, Real) for value in values)
    shown = [name for name in colours if (inside["series"] == name).any()]
    step = min(0.3, 0.75 / len(shown))
    for k, name in enumerate(shown):
        rows, colour = inside[inside["series"] == name], colours[name]
        at = np.array([values.index(value) for value in rows["value"]]) + (k - (len(shown) - 1) / 2) * step
        if numbers:
            ax.plot(at, rows["mean"], color=colour, linewidth=1.3, zorder=2.5)
        for x, (_, row) in zip(at, rows.iterrows(), strict=True):
            _mark(ax, x, row, colour, step)
    ticks = short(values) if numbers else [textwrap.fill(str(value), 9, break_long_words=False) for value in values]
    ax.set_xticks(range(len(values)), ticks, fontsize=8 if len(values) < 6 else 7)
    for value, label in zip(values, ax.get_xticklabels(), strict=True):
        if inside.loc[inside["value"] == value, "paper"].any():
            label.set_fontweight("bold")
    ax.set_xlim(-0.6, len(values) - 0.4)


def short(values: Sequence[float]) -> list[str]:
    """Numbers as ticks; powers of ten as such where any of them would be long."""
    plain = [f"{value:g}" for value in values]
    powers = [f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e") for value in values]
    exact = all(float(text) == value for text, value in zip(powers, values, strict=True))
    return powers if exact and max(map(len, plain)) > 5 else plain


def _mark(ax: Axes, x: float, row: pd.Series, colour: str, step: float) -> None:
    """One setting: interval, seeds, mean, a ring around the mean where it is the paper's, and how
    many seeds diverged.
    """
    diverged = f"{row['diverged']} diverged" if row["diverged"] else ""
    ax.text(x, 0.02, diverged, ha="center", va="bottom", rotation=90, fontsize=7, color=colour)
    look = {"value": "mean", "spread": 0.3 * step, "half": 0.4 * step, "upright": True}
    bar, dot = {"width": 6, "alpha": 0.28}, {"markersize": 3.2, "markeredgewidth": 0.4}
    measured(ax, x, row, colour, bar=bar, dot=dot, line={"linewidth": 1.4}, **look)
    if row["paper"]:
        ax.plot(x, row["mean"], "o", color=INK, mfc="none", markersize=13, markeredgewidth=1.2, zorder=5)


def _shared_axis(ax: Axes, labelled: bool) -> None:
    ax.set_ylim(0, 1.02)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"] if labelled else [""] * 5)
    ax.grid(axis="y")
    ax.tick_params(axis="x", length=0)
    if labelled:
        ax.set_ylabel("accuracy")
    else:
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)


def _key(ax: Axes, colours: Mapping[str, str], ring: str) -> None:
    look = {"marker": "o", "markersize": 3.6, "linewidth": 1.3}
    handles = [
        *(Line2D([], [], color=colour, **look) for colour in colours.values()),
        Line2D([], [], color=INK, linewidth=1.4),
        Patch(facecolor=MUTED, alpha=0.3, linewidth=0),
        Line2D([], [], linestyle="", marker="o", mfc="none", mec=INK, markersize=9),
    ]
    key_below(ax, handles, [*colours, "mean (dot: one seed)", "95 % interval", ring], 8)
