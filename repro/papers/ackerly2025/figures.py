"""Figures of several metrics or factors side by side, and of a metric against the share of the
training set. Nothing is written here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator, PercentFormatter
from matplotlib.transforms import offset_copy

from repro.evidence.panels import wrapped
from repro.evidence.pictures import overlay, scaled
from repro.evidence.plots import name_ends
from repro.evidence.style import CHANCE, INK, LINE, MUTED, PAGE, PALETTE, axes, panels, styled
from repro.evidence.tables import missing, seed_numbers

BAND = 0.62  # of a row's height that its series share


@styled
def side_by_side(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    by: str = "metric",
    series: str = "column",
    limits: Mapping[tuple[str, str], float] | None = None,
    limit: str = "",
    words: Sequence[str] = (),
) -> Axes:
    """Rows of a tidy table against the panels of one of its columns, `by`; the values of `series`
    lie beside each other in a row.

    Every seed is a dot, the mean a line, its 95 % interval a bar, chance a dashed line, a printed
    number a hollow diamond. `limits`: (row, panel) -> a value that cannot be passed, drawn as a
    bracket and called `limit`. `words` stand below, one line each.
    """
    rows, parts = (list(dict.fromkeys(frame[name])) for name in ("row", by))
    shown = [name for name in dict.fromkeys(frame[series]) if frame.loc[frame[series] == name, "value"].notna().any()]
    text = wrapped(words, 122)
    height = 0.5 + (0.3 + 0.16 * len(shown)) * len(rows)
    ax = axes(ax, PAGE + 1.2, height + 0.75 + 0.15 * len(text))
    for i, (panel, name) in enumerate(zip(panels(ax, [1.0] * len(parts), gap=0.03), parts, strict=True)):
        inside = frame[frame[by] == name]
        _panel(
            panel,
            inside,
            rows,
            shown,
            series,
            {row: limits[row, name] for row in rows if (row, name) in limits} if limits else {},
        )
        panel.set_title(name, pad=14)
        panel.set_yticks(range(len(rows)), rows if i == 0 else [""] * len(rows))
    _key(ax, shown, bool(frame["paper"].notna().any()), limit if limits else "")
    _below(ax, text, 46)
    return ax


def _below(ax: Axes, lines: Sequence[str], points: float) -> None:
    """Small grey lines so many points under the axes."""
    at = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "va": "top",
        "fontsize": 7.5,
        "color": MUTED,
        "linespacing": 1.4,
    }
    ax.annotate("\n".join(lines), (0, 0), (0, -points), **at)


def _panel(
    ax: Axes, inside: pd.DataFrame, rows: Sequence[str], shown: Sequence[str], series: str, limits: Mapping[str, float]
) -> None:
    step = BAND / max(len(shown), 1)
    for y, row in enumerate(rows):
        here = inside[inside["row"] == row]
        for k, name in enumerate(shown):
            for _, cell in here[(here[series] == name) & here["value"].notna()].iterrows():
                _cell(ax, cell, y + (k - (len(shown) - 1) / 2) * step, step, PALETTE[k])
        for value in here["paper"].dropna().astype(float):
            ax.plot(value, y, "D", mfc="none", mec=INK, markersize=5, zorder=6)
        if row in limits:
            ax.plot([limits[row]] * 2, [y - 0.4, y + 0.4], color=PALETTE[1], linewidth=2.2, zorder=1)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1.02)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    ax.grid(axis="x")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    of = inside[[series, "chance"]].dropna().drop_duplicates()
    chances = {round(float(chance), 3): name for name, chance in of.itertuples(index=False)}
    for chance, name in chances.items():
        colour = PALETTE[shown.index(name)] if len(chances) > 1 else CHANCE  # whose it is, where they differ
        ax.axvline(chance, color=colour, linestyle=(0, (4, 3)), linewidth=1.1, zorder=1)
    if chances:
        values = sorted(chances)
        words, at = f"chance {', '.join(f'{value:.2g}' for value in values)}", {"xycoords": ax.get_xaxis_transform()}
        ax.annotate(words, (values[0], 1.0), (2, 1), textcoords="offset points", color=CHANCE, fontsize=7.5, **at)


def _cell(ax: Axes, cell: pd.Series, y: float, height: float, colour: str) -> None:
    ax.plot(
        [cell["low"], cell["high"]],
        [y, y],
        color=colour,
        alpha=0.3,
        linewidth=min(7, 26 * height),
        solid_capstyle="butt",
        zorder=2,
    )
    seeds = seed_numbers(cell["seed_values"])
    shift = height * (
        np.linspace(-0.16, 0.16, len(seeds)) if len(seeds) > 1 else np.zeros(len(seeds))
    )  # equal seeds stay apart
    ax.plot(seeds, y + shift, "o", color=colour, markersize=3.6, markeredgecolor="white", markeredgewidth=0.5, zorder=4)
    ax.plot([cell["value"]] * 2, [y - 0.42 * height, y + 0.42 * height], color=INK, linewidth=1.5, zorder=3)


def _key(ax: Axes, shown: Sequence[str], printed: bool, limit: str) -> None:
    """What the marks mean, in one line under the panels."""
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=4, linewidth=5, alpha=0.6)
        for colour, _ in zip(PALETTE, shown, strict=False)
    ]
    names = [f"{name}: seeds, mean, 95 % interval" if i == 0 else name for i, name in enumerate(shown)]
    if printed:
        handles.append(Line2D([], [], linestyle="", marker="D", mfc="none", mec=INK, markersize=5))
        names.append("printed in the paper")
    if limit:
        handles.append(Line2D([], [], color=PALETTE[1], linewidth=2.2))
        names.append(limit)
    below = offset_copy(ax.transAxes, ax.figure, y=-28, units="points")  # of the panels, however high they are
    ax.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=below,
        ncols=len(names),
        borderpad=0,
        borderaxespad=0,
        handlelength=1.4,
        fontsize=8,
    )


@styled
def share_curves(
    frame: pd.DataFrame,
    printed: Sequence[tuple[float, float]] = (),
    ax: Axes | None = None,
    *,
    metric: str = "recall",
    ring: tuple[str, float] | None = None,
    words: Sequence[str] = (),
) -> Axes:
    """A metric against the share of the training set: a line per row with its 95 % interval as a
    band and every seed as a dot.

    frame: columns row, share, value, low, high, chance, seed_values; the last row named is drawn
    strongest. `printed`: (share, value) of the paper's own points, on other data. `ring`: (row,
    share) to be marked. `words` stand below, one line each.
    """
    text = wrapped(words, 92)
    ax = axes(ax, PAGE * 0.78, 3.9 + 0.15 * len(text))
    names = list(dict.fromkeys(frame["row"]))
    ends = []
    for k, name in enumerate(names):
        line = frame[frame["row"] == name].sort_values("share")
        colour, last = PALETTE[(k + 1) % len(names)] if name != names[-1] else PALETTE[0], name == names[-1]
        ax.fill_between(
            line["share"],
            line["low"].astype(float),
            line["high"].astype(float),
            color=colour,
            alpha=0.2 if last else 0.08,
            linewidth=0,
        )
        ax.plot(line["share"], line["value"], color=colour, linewidth=2.2 if last else 1.3, zorder=4 if last else 3)
        for _, point in line.iterrows():
            seeds = seed_numbers(point["seed_values"])
            ax.plot(
                [point["share"]] * len(seeds),
                seeds,
                "o",
                color=colour,
                markersize=3.4,
                markeredgecolor="white",
                markeredgewidth=0.4,
                zorder=5,
            )
            if ring == (name, point["share"]):
                ax.plot(
                    point["share"],
                    point["value"],
                    "o",
                    mfc="none",
                    mec=INK,
                    markersize=12,
                    markeredgewidth=1.4,
                    zorder=7,
                )
        ends.append((float(line["value"].iloc[-1]), name, colour))
    for share, value in printed:
        ax.plot(share, value, "D", mfc="white", mec=INK, markersize=6, zorder=6)
    ax.set_xlim(0.15, 1.02)
    ax.set_xticks(sorted(frame["share"].unique()))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    low = min([frame["low"].astype(float).min(), *(value for _, value in printed)])
    ax.set_ylim(max(0.0, np.floor(10 * low - 0.3) / 10), 1.01)
    ax.yaxis.set_major_locator(MultipleLocator(0.1))
    ax.grid(axis="y", color=LINE)
    ax.set(xlabel="share of the training images", ylabel=metric)
    name_ends(ax, ends)
    _below(ax, text, 40)
    _chance_and_key(ax, {round(float(c), 3) for c in frame["chance"] if not missing(c)}, bool(printed))
    return ax


def _chance_and_key(ax: Axes, chances: set[float], printed: bool) -> None:
    """Chance where the picture reaches down to it, in words where it does not; what the marks mean,
    above the picture.
    """
    bottom = ax.get_ylim()[0]
    for chance in chances:
        if chance >= bottom:
            ax.axhline(chance, color=CHANCE, linestyle=(0, (4, 3)), linewidth=1.1, zorder=1)
        words, at = (
            (f"chance {chance:.2g}", chance) if chance >= bottom else (f"chance {chance:.2g} lies below", bottom)
        )
        place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right", "va": "bottom"}
        ax.annotate(words, (1.0, at), (-2, 2), color=CHANCE, fontsize=7.5, **place)
    handles = [Line2D([], [], color=MUTED, marker="o", markersize=3.4, linewidth=1.6)]
    names = ["dot: one seed, line: mean, band: 95 % interval"]
    if printed:
        handles.append(Line2D([], [], linestyle="", marker="D", mfc="white", mec=INK, markersize=5))
        names.append("printed in the paper (its task is not known)")
    ax.legend(
        handles, names, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderpad=0, handlelength=1.4, fontsize=8
    )


@styled
def class_bars(values: np.ndarray, names: Sequence[str], ax: Axes | None = None, *, title: str = "") -> Axes:
    """One bar per class: the mean over seeds of values (S, K), and every seed as a dot. More than
    40 classes are sorted and not named.
    """
    ax = axes(ax, PAGE, 2.4)
    many = values.shape[1] > 40
    if many:
        values, names = values[:, np.argsort(values.mean(0))], ()
    at = np.arange(values.shape[1])
    ax.bar(at, values.mean(0), color=PALETTE[0], alpha=0.35, width=0.7)
    apart = np.linspace(-0.12, 0.12, len(values)) if len(values) > 1 else [0.0]  # equal seeds do not hide each other
    for shift, seed in zip(apart, values, strict=True):
        ax.plot(at + shift, seed, "o", color=PALETTE[0], markersize=3.6, markeredgecolor="white", markeredgewidth=0.5)
    ax.set_xticks(() if many else at, names, rotation=30, ha="right", rotation_mode="anchor", fontsize=8)
    ax.set_ylim(0, 1.02)
    ax.grid(axis="y")
    ax.set_title(title)
    return ax


@styled
def gate_of_image(image: Mapping[str, Any], others: np.ndarray, ax: Axes | None = None) -> Axes:
    """One image, what its steps are given by attention, its two weights, and the weight of time of
    all other test images.

    image: `label`, `predicted`, `picture` (H, W, 3) uint8, `map` (h, w) attention received, 1
    everywhere when it is uniform, drawn over the picture or, of one row, as bars; `gate` (2,)
    weights of space and time. others: (N,) weights of time.
    """
    ax = axes(ax, PAGE + 1.2, 2.5)
    seen, received, weights, all_of_them = panels(ax, [1.15, 1.15, 0.75, 1.4], gap=0.06)
    seen.imshow(image["picture"])
    seen.set_anchor("N")
    seen.set(xticks=(), yticks=(), title="image")
    _bare(seen)
    said = (textwrap.fill(str(text), 24) for text in (image["label"], f"answer: {image['predicted']}"))
    seen.set_xlabel("\n".join(said), fontsize=8, loc="left")
    _received(received, image["picture"], image["map"])
    space, time = (float(w) for w in image["gate"])
    weights.bar((0, 1), (space, time), color=(PALETTE[0], PALETTE[2]), width=0.6)
    for x, value in enumerate((space, time)):
        weights.annotate(f"{value:.2f}", (x, value), (0, 2), textcoords="offset points", ha="center", fontsize=8.5)
    weights.set(xticks=(0, 1), xticklabels=("space", "time"), ylim=(0, 1.12), yticks=(), title="gate")
    all_of_them.hist(others, bins=np.linspace(0, 1, 26), color=PALETTE[2], alpha=0.45)
    all_of_them.axvline(time, color=INK, linewidth=1.6)
    all_of_them.set(xlim=(0, 1), xlabel="weight of time (line: this one)", yticks=(), title=f"all {len(others)} tested")
    return ax


def _received(ax: Axes, picture: np.ndarray, given: np.ndarray) -> None:
    """What the steps are given: over the picture where they are its patches, as bars where they are
    one row.
    """
    if len(given) > 1:
        ax.imshow(overlay(picture, scaled(given[None])[0]))
        ax.set_anchor("N")
        ax.set(xticks=(), yticks=(), title=f"{given.size} steps look here")
        _bare(ax)
        span = f"dark {given.min():.2f}, bright {given.max():.2f}"
        ax.set_xlabel(f"attention received:\n{span}\n(an equal share is 1)", fontsize=8, loc="left")
        return
    count = given.size
    ax.bar(range(1, count + 1), given[0], color=PALETTE[4], width=0.7)
    ax.axhline(1.0, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.1)
    ax.set(xlim=(0.4, count + 0.6), ylim=(0, 1.15 * max(1.0, given.max())), xticks=(1, count) if count > 1 else (1,))
    ax.set(
        xlabel="attention received per step\n(line: an equal share)", title=f"{count} steps" if count > 1 else "1 step"
    )
    ax.xaxis.label.set_size(8)


def _bare(ax: Axes) -> None:
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
