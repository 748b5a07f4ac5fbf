"""Figures of ackerly2025: a metric against the fraction of the training set, and the gate of an
image. Nothing is written here.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from repro.evidence import marks
from repro.evidence.drawings import overlay, scaled
from repro.evidence.plots import name_ends
from repro.evidence.side_by_side import height, side_by_side
from repro.evidence.style import CHANCE, INK, LINE, MUTED, PAGE, PALETTE, axes, panels, stacked, styled
from repro.evidence.tables import missing, seed_numbers
from repro.papers.ackerly2025.settings import OURS


@styled
def levels_and_differences(frame: pd.DataFrame, apart: pd.DataFrame, words: Sequence[str]) -> Figure:
    """Three parts: what a paper prints, what was measured (both of a tidy table), and differences
    (columns row, column, metric, value, low, high).
    """
    given = [frame[frame["paper"].notna()], frame[frame["value"].notna()], apart]
    figure, parts = stacked([0.5 + height(part) + 0.17 * len(words) * (part is apart) for part in given], PAGE + 1.2)
    for ax, part in zip(parts, given, strict=True):
        side_by_side(part, ax, whole=part is not apart, words=words if part is apart else ())
    return figure


@styled
def share_curves(
    frame: pd.DataFrame, printed: Sequence[tuple[float, float]] = (), *, metric: str = "recall",
    along: str = "share of the training images", words: Sequence[str] = (),
) -> Axes:  # fmt: skip
    """A metric against a fraction, of the training set or another: a line per row with its 95 %
    interval as a band and every seed as a dot.

    frame: columns row, share, value, low, high, chance, seed_values; ours is drawn strongest.
    `along`: what the fraction is of. `printed`: (fraction, value) of the paper's own points, on
    other data. `words` stand below, one line each.
    """
    text = marks.wrapped(words, 92)
    ax = axes(None, PAGE * 0.78, 3.9 + 0.15 * len(text))
    names, ends = list(dict.fromkeys(frame["row"])), []
    for k, name in enumerate(names):
        line = frame[frame["row"] == name].sort_values("share")
        colour = PALETTE[0] if name == OURS else PALETTE[1 + k % 6]
        _curve(ax, line, colour, strong=name == OURS)
        ends.append((float(line["value"].iloc[-1]), name, colour))
    for fraction, value in printed:
        marks.printed(ax, fraction, value, mec=INK, zorder=6)
    ax.set_xlim(frame["share"].min() - 0.05, 1.02)
    ax.set_xticks(sorted(frame["share"].unique()))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    low = min([frame["low"].astype(float).min(), *(value for _, value in printed)])
    ax.set_ylim(max(0.0, np.floor(10 * low - 0.3) / 10), max(1.01, frame["high"].astype(float).max() + 0.01))
    ax.yaxis.set_major_locator(MaxNLocator(10))
    ax.grid(axis="y", color=LINE)
    ax.set(xlabel=along, ylabel=metric)
    name_ends(ax, ends)
    marks.words_below(ax, text, 40)
    _chance_and_key(ax, {round(float(c), 3) for c in frame["chance"] if not missing(c)}, bool(printed))
    return ax


def _curve(ax: Axes, line: pd.DataFrame, colour: str, strong: bool) -> None:
    """One row: its interval as a band, its means as a line, its seeds as dots."""
    ends = line["low"].astype(float), line["high"].astype(float)
    ax.fill_between(line["share"], *ends, color=colour, alpha=0.2 if strong else 0.08, linewidth=0)
    ax.plot(line["share"], line["value"], color=colour, linewidth=2.2 if strong else 1.3, zorder=3 + strong)
    for _, point in line.iterrows():
        look = {"markersize": 3.4, "markeredgewidth": 0.4, "zorder": 5, "upright": True}
        marks.dots(ax, point["share"], seed_numbers(point["seed_values"]), colour, **look)


def _chance_and_key(ax: Axes, chances: set[float], printed: bool) -> None:
    """Chance where the picture reaches down to it, in words where it does not; what the marks mean,
    above the picture.
    """
    bottom = ax.get_ylim()[0]
    for chance in chances:
        if chance >= bottom:
            marks.chance(ax, chance, upright=True)
        text, look = f"chance {chance:.2g}", {"color": CHANCE, "fontsize": 7.5, "ha": "right", "va": "bottom"}
        marks.say(ax, text + " lies below" * bool(chance < bottom), (1.0, max(chance, bottom)), (-2, 2), "row", **look)
    looks = {"dot: one seed, line: mean, band: 95 % interval": {"color": MUTED, "marker": "o", "markersize": 3.4}}
    if printed:
        diamond = {"linestyle": "", "marker": "D", "mfc": "white", "mec": INK, "markersize": 5}
        looks["printed in the paper (its task is not known)"] = diamond
    handles = [Line2D([], [], linewidth=1.6, **look) for look in looks.values()]
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "ncols": 2}
    ax.legend(handles, looks, borderpad=0, handlelength=1.4, fontsize=8, **place)


@styled
def gate_of_image(image: Mapping[str, Any], others: np.ndarray) -> Axes:
    """One image, what its steps are given by attention, its two weights, and the weight of time of
    all other test images.

    image: `label`, `predicted`, `picture` (H, W, 3) uint8, `map` (h, w) attention received, 1
    everywhere when it is uniform, drawn over the picture or, of one row, as bars; `gate` (2,)
    weights of space and time. others: (N,) weights of time.
    """
    ax = axes(None, PAGE + 1.2, 2.5)
    picture, received, weights, every = panels(ax, [1.15, 1.15, 0.75, 1.4], gap=0.06)
    lines = (textwrap.fill(str(text), 24) for text in (image["label"], f"answer: {image['predicted']}"))
    _picture(picture, image["picture"], "image", "\n".join(lines))
    _received(received, image["picture"], image["map"])
    space, time = (float(w) for w in image["gate"])
    weights.bar((0, 1), (space, time), color=(PALETTE[0], PALETTE[2]), width=0.6)
    for x, value in enumerate((space, time)):
        marks.say(weights, f"{value:.2f}", (x, value), (0, 2), ha="center", fontsize=8.5)
    weights.set(xticks=(0, 1), xticklabels=("space", "time"), ylim=(0, 1.12), yticks=(), title="gate")
    every.hist(others, bins=np.linspace(0, 1, 26).tolist(), color=PALETTE[2], alpha=0.45)
    every.axvline(time, color=INK, linewidth=1.6)
    every.set(xlim=(0, 1), xlabel="weight of time (line: this one)", yticks=(), title=f"all {len(others)} tested")
    return ax


def _picture(ax: Axes, picture: np.ndarray, title: str, words: str) -> None:
    """A picture at the top of its panel, words below it."""
    ax.imshow(picture)
    ax.set_anchor("N")
    ax.set_title(title)
    marks.bare(ax)
    ax.set_xlabel(words, fontsize=8, loc="left")


def _received(ax: Axes, picture: np.ndarray, given: np.ndarray) -> None:
    """What the steps are given: over the picture where they are its patches, as bars where they are
    one row.
    """
    count = given.size
    if len(given) > 1:
        span = f"attention received:\ndark {given.min():.2f}, bright {given.max():.2f}\n(an equal share is 1)"
        return _picture(ax, overlay(picture, scaled(given[None])[0]), f"{count} steps look here", span)
    ax.bar(range(1, count + 1), given[0], color=PALETTE[4], width=0.7)
    marks.chance(ax, 1.0, upright=True, color=MUTED, zorder=2)
    ax.set(xlim=(0.4, count + 0.6), ylim=(0, 1.15 * max(1.0, given.max())), xticks=(1, count) if count > 1 else (1,))
    ax.set_title(f"{count} steps" if count > 1 else "1 step")
    ax.set_xlabel("attention received per step\n(line: an equal share)", size=8)
