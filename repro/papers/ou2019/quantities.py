"""Accuracy against one quantity at a time. Takes a table and perhaps an axes, writes nothing."""

import textwrap
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from repro.evidence.marks import chance as level
from repro.evidence.marks import key_below, measured, needs, say, words_below, wrapped
from repro.evidence.style import (
    CHANCE,
    INK,
    LINE_INCHES,
    MUTED,
    PAGE,
    PALETTE,
    SMALL_LETTERS,
    TITLE_LETTERS,
    axes,
    grid,
    styled,
)
from repro.evidence.tables import missing

ACROSS = 4  # panels in a row of small multiples
TITLE_LINE = 0.16  # inches, of a title's further lines
WANTED = ("panel", "value", "mean", "low", "high", "seed_values", "chance", "paper", "series")


@styled
def sensitivity_curves(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    stated: Mapping[str, str] | None = None,
    ring: str = "the paper's setting",
    words: Sequence[str] = (),
) -> Axes:
    """Small multiples of accuracy, one panel per quantity, on one vertical axis: every seed a dot,
    its mean, the 95 % interval as a bar.

    frame: columns panel, value (number or text, in the order given), mean, low, high, seed_values,
    chance, paper (True where the value is the paper's own: ringed), series (one colour each) and
    perhaps diverged, the number of such seeds. Where the mean is missing, it is said. Means of
    numbers are joined, categories stand alone. `stated`: panel -> what the paper says of it, below
    the panel. `ring`: what the ring means, where the paper's own value cannot be had. `words` stand
    below all, one line each.

    Raises ValueError on a missing column, and when something is stated of a panel that is not
    there.
    """
    stated = stated or {}
    _check(frame, stated)
    names, series = (list(dict.fromkeys(frame[column])) for column in ("panel", "series"))
    across, down = min(ACROSS, len(names)), -(-len(names) // ACROSS)
    inches = 0.775 * (PAGE + 1.2) * 0.9 / across  # of a panel
    letters, text = int(SMALL_LETTERS * inches), wrapped(words, 122)
    below = [wrapped([f"paper: {stated[name]}"] if name in stated else [], letters) for name in names]
    feet = [max(map(len, below[i * across : (i + 1) * across])) * LINE_INCHES + 0.42 for i in range(down)]
    ax = axes(ax, PAGE + 1.2, (down * 1.75 + sum(feet) + 0.3 * down + LINE_INCHES * len(text)) / 0.77)
    titles = [textwrap.fill(name, int(TITLE_LETTERS * inches)) for name in names]
    heads = 0.3 + TITLE_LINE * max(title.count("\n") for title in titles)
    for i, part in enumerate(grid(ax, len(names), across, feet, heads=heads, gap=0.022)):
        inside, labelled = frame[frame["panel"] == names[i]], i % across == 0
        _quantity(part, inside, series)
        _shared_axis(part, labelled)
        _chances(part, inside, series, labelled)
        part.set_title(titles[i])
        part.set_xlabel("\n".join(below[i]), fontsize=7.5, color=MUTED, loc="left", linespacing=1.4)
    _key(ax, series, ring if frame["paper"].any() else "")
    words_below(ax, text, 30)
    return ax


def _check(frame: pd.DataFrame, stated: Mapping[str, str]) -> None:
    needs(frame, WANTED)
    names = list(dict.fromkeys(frame["panel"]))
    if other := ", ".join(sorted(set(stated) - set(names))):
        raise ValueError(f"Wanted words about {', '.join(names)}, got some about {other}. Use the panels' names.")


def _quantity(ax: Axes, inside: pd.DataFrame, series: Sequence[str]) -> None:
    values = list(dict.fromkeys(inside["value"]))
    numbers = all(isinstance(value, Real) and not isinstance(value, bool) for value in values)
    shown = [name for name in series if (inside["series"] == name).any()]
    step = min(0.3, 0.75 / len(shown))
    for k, name in enumerate(shown):
        rows, colour = inside[inside["series"] == name], PALETTE[series.index(name)]
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
    diverged = f"{row['diverged']:.0f} diverged" if row.get("diverged", 0) > 0 else ""
    foot = {"ha": "center", "va": "bottom", "rotation": 90, "fontsize": 7, "color": colour}
    ax.text(x, 0.02, "no result" if missing(row["mean"]) else diverged, **foot)
    if missing(row["mean"]):
        return
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


def _chances(ax: Axes, inside: pd.DataFrame, series: Sequence[str], labelled: bool) -> None:
    """Dashed, in the colour of the series where series differ in it; named at the left of each
    row.
    """
    known = inside[inside["chance"].notna()]
    chances = {round(float(chance), 3): name for name, chance in zip(known["series"], known["chance"], strict=True)}
    for chance, name in chances.items():
        level(ax, chance, upright=True, color=PALETTE[series.index(name)] if len(chances) > 1 else CHANCE)
    if chances and labelled:
        text = f"chance {', '.join(f'{value:.2g}' for value in sorted(chances))}"
        say(ax, text, (0.0, min(chances)), (2, -1), "row", va="top", fontsize=7.5, color=CHANCE)


def _key(ax: Axes, series: Sequence[str], ring: str) -> None:
    key: list[tuple[Any, str]] = [
        (Line2D([], [], color=colour, marker="o", markersize=3.6, linewidth=1.3), name)
        for colour, name in zip(PALETTE, series, strict=False)
    ]
    key += [(Line2D([], [], color=INK, linewidth=1.4), "mean (dot: one seed)")]
    key += [(Patch(facecolor=MUTED, alpha=0.3, linewidth=0), "95 % interval")]
    key += [(Line2D([], [], linestyle="", marker="o", mfc="none", mec=INK, markersize=9), ring)] * bool(ring)
    key_below(ax, [handle for handle, _ in key], [name for _, name in key], 8)
