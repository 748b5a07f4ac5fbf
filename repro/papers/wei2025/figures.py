"""Figures that wei2025 alone draws: before against after enhancement, single mechanisms, sizes of
stages. Each takes a table or arrays and perhaps an axes, and writes nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.patches import Rectangle

from repro.evidence.comparisons import SMALL_LETTERS, TITLE_LETTERS, counted
from repro.evidence.plots import cell_grid, row_shares
from repro.evidence.style import CHANCE, INK, LINE, MUTED, PAGE, PALETTE, WASH, axes, panels, styled
from repro.evidence.tables import missing

EARLIER, LATER = MUTED, PALETTE[0]
SHADES = ("#9dc7e3", PALETTE[0], "#123a5c")  # one, two, three rounds
LANE = 1.85  # distance between two pathways, in widths of a stage
MIDDLE = {"ha": "center", "va": "center"}
KEY = "grey: before\nblue: after (line\norange where worse)\nbar: 95 % interval"


@styled
def before_after(frame: pd.DataFrame, pairs: Sequence[tuple[str, str, str]], ax: Axes | None = None) -> Axes:
    """One panel per pair: every row's value before (grey) and after (blue) with their intervals,
    joined by a line.

    frame: a tidy table in fractions or percent. pairs: (title, column before, column after). The
    last row is set apart as the average.
    """
    rows, gap = list(dict.fromkeys(frame["row"])), 0.05
    ax = axes(ax, max(PAGE, 3.0 * len(pairs) + 1.0), 1.5 + 0.36 * len(rows))
    inches = ax.figure.get_figwidth() * ax.get_position().width * (1 - gap * (len(pairs) - 1)) / len(pairs)
    parts = panels(ax, [1.0] * len(pairs), gap)
    for part, (title, *columns) in zip(parts, pairs, strict=True):
        before, after = (frame[frame["column"] == column].set_index("row").reindex(rows) for column in columns)
        for y, row in enumerate(rows):
            _joined(part, y, before.loc[row], after.loc[row])
        part.axhline(len(rows) - 1.5, color=LINE, linewidth=0.8)
        for chance in {c for c in [*before["chance"], *after["chance"]] if not missing(c)}:
            part.axvline(chance, color=CHANCE, linestyle=(0, (4, 3)), linewidth=1.0, zorder=1)
            at = {"xycoords": part.get_xaxis_transform(), "va": "bottom"}
            part.annotate(f"chance {chance:.2g}", (chance, 1.0), color=CHANCE, fontsize=7, **at)
        part.set(xlim=(-0.02, 1.02), ylim=(len(rows) - 0.5, -0.5))
        part.set_yticks(range(len(rows)), rows if part is parts[0] else [""] * len(rows))
        part.set_xticks(np.linspace(0, 1, 5), ["0", "0.25", "0.5", "0.75", "1"])
        part.grid(axis="x")
        part.tick_params(axis="y", length=0)
        part.spines["left"].set_visible(False)
        part.set_title("\n".join(textwrap.fill(t, int(TITLE_LETTERS * inches)) for t in title.split("\n")), pad=14)
        caption = textwrap.fill(_caption(after), int(SMALL_LETTERS * inches)).replace("\xa0", " ")
        part.set_xlabel(caption, fontsize=7.5, color=MUTED, loc="left", linespacing=1.4)
    at = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "va": "top"}
    ax.annotate(KEY, (-0.015, 0), (0, -14), fontsize=7.5, color=MUTED, linespacing=1.4, **at)
    return ax


def _joined(ax: Axes, y: int, before: pd.Series, after: pd.Series) -> None:
    """One row of a panel: a dot each side, hollow where the paper prints it, and a line between."""
    ends = []
    for row, colour, at in ((before, EARLIER, y - 0.14), (after, LATER, y + 0.14)):
        hollow = missing(row["value"])
        value = row["paper"] if hollow else row["value"]
        if missing(value):
            continue
        value /= 100 if row["unit"] in ("%", "percent") else 1
        if not missing(row["low"]):
            bar: dict[str, Any] = {"alpha": 0.28, "linewidth": 4.5, "solid_capstyle": "butt", "zorder": 2}
            ax.plot([row["low"], row["high"]], [at, at], color=colour, **bar)
        marker, face = ("D", "white") if hollow else ("o", colour)
        ax.plot(value, at, marker, mfc=face, mec=colour, markersize=5.5, zorder=4)
        ends.append(value)
    if len(ends) == 2:
        ax.plot(ends, [y - 0.14, y + 0.14], color=LATER if ends[1] >= ends[0] else PALETTE[1], linewidth=1.2, zorder=3)
    if not ends:
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # or lines would cross the words
        at = {"xycoords": ("axes fraction", "data"), "bbox": paper}
        ax.annotate("absent here", (0.5, y), color=MUTED, fontsize=7.5, **at, **MIDDLE)


def _caption(side: pd.DataFrame) -> str:
    """What a panel's numbers are of, from its table; lines break after a dot alone."""
    words = []
    for name, text in (("data", "{}"), ("input", "{}"), ("split", "{} split")):
        words += [text.format(v) for v in dict.fromkeys(side[name]) if not missing(v)][:1]
    seeds, total = side["seeds"].max(), side["n_items"].max()
    words += [] if missing(seeds) else [counted(seeds, "seed")]
    words += ["printed in the paper (hollow)"] if missing(total) else [f"n = {total:.0f}"]
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
    for _, cell in frame[frame["value"].notna()].iterrows():
        at = columns.index(cell["column"]), rows.index(cell["row"])
        look = {"textcoords": "offset points", "color": "white" if cell["value"] > 0.6 else INK, **MIDDLE}
        ax.annotate(f"{cell['value']:.2f}", at, (0, 4), fontsize=9.5, **look)
        if not missing(cell["low"]):
            ax.annotate(f"{cell['low']:.2f} – {cell['high']:.2f}", at, (0, -8), fontsize=6.5, **look)
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
    change, side = row_shares(after) - row_shares(before), 1.5 + 0.5 * len(classes)
    most = max(float(np.abs(change).max()), 0.05)
    ax = axes(ax, min(PAGE, side + 0.6), min(PAGE - 0.6, side))
    image = ax.imshow(change, cmap=sns.diverging_palette(25, 245, s=85, l=50, as_cmap=True), vmin=-most, vmax=most)
    for (i, j), share in np.ndenumerate(change):
        if abs(share) >= 0.005:
            ink = "white" if abs(share) > 0.65 * most else INK
            ax.annotate(f"{share:+.2f}", (j, i), color=ink, fontsize=7.5, **MIDDLE)
    ax.set_xticks(range(len(classes)), classes, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(classes)), classes)
    ax.set(xlabel="predicted", ylabel="actual", title=title)
    cell_grid(ax, *change.shape)
    for i in range(len(classes)):
        ax.add_patch(Rectangle((i - 0.45, i - 0.45), 0.9, 0.9, fill=False, edgecolor=MUTED, linewidth=0.8))
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.04, pad=0.03, ticks=(-most, 0, most))
    bar.set_ticklabels([f"{-most:+.2f}", "0", f"{most:+.2f}"])
    bar.outline.set_visible(False)
    bar.ax.set_ylabel("change of the row's share", color=MUTED, fontsize=8)
    return ax


@styled
def recognitions(
    before: np.ndarray, after: np.ndarray, answers: Sequence[tuple[str, str]], names: Sequence[str]
) -> Axes:
    """Pictures before above pictures after, under each what was recognised; names (the true
    classes) on top.

    before, after: (n, H, W, 3) uint8. answers: for each picture (text before, text after); a text
    that ends in `✓` is drawn as right.
    """
    n, height, width = before.shape[:3]
    tall = (0.93 / n - 0.012) * 0.775 * PAGE * height / width  # inches of a picture, on the axes of a new figure
    ax = axes(None, PAGE, max(tall / 0.38, 2 * tall + 0.8) / 0.77)
    ax.set_axis_off()
    for i in range(n):
        for row, (pictures, text) in enumerate(zip((before, after), answers[i], strict=True)):
            part = picture(ax, (0.07 + 0.93 * i / n, 0.54 - 0.5 * row, 0.93 / n - 0.012, 0.38), pictures[i])
            part.set_xlabel(text, fontsize=8, color=PALETTE[2] if text.endswith("✓") else PALETTE[1], labelpad=3)
            part.set_title("" if row else names[i], fontsize=9, loc="center", pad=4)
            part.set_ylabel(("before", "after")[row] if i == 0 else "", fontsize=9)
    return ax


def picture(ax: Axes, bounds: tuple[float, float, float, float], pixels: np.ndarray) -> Axes:
    """A picture (H, W, 3) on a part of an axes, its own pixels and no frame."""
    part = ax.inset_axes(bounds)
    part.imshow(pixels, interpolation="none")
    part.set(xticks=(), yticks=())
    part.spines[:].set_visible(False)
    return part


@styled
def reach_maps(maps: Mapping[int, np.ndarray], at: Sequence[int], ax: Axes | None = None, *, title: str = "") -> Axes:
    """Which positions the marked one depends on: a row per number of rounds, a square per frame.

    maps: rounds -> (T, H, W), 1 where reached; at: (t, h, w) of the marked output position.
    """
    reached = np.stack([*maps.values()]).astype(float)
    frames, high, wide = reached.shape[1], reached.shape[2] + 1, reached.shape[3] + 1  # with a gap
    padded = np.pad(reached, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=np.nan)
    sheet = padded.swapaxes(1, 2).reshape(len(maps) * high, frames * wide)[:-1, :-1]
    names = [f"{counted(n, 'round')}\n{100 * by.mean():.1f} %" for n, by in zip(maps, reached, strict=True)]
    ax = axes(ax, 3.4, 2.8)
    ax.pcolormesh(sheet, cmap=ListedColormap([LINE, PALETTE[0]]), vmin=0, vmax=1, edgecolors="white", linewidth=0.5)
    for row in range(len(maps)):
        spot = at[0] * wide + at[2] + 0.5, row * high + at[1] + 0.5
        ax.scatter(*spot, s=13, color=PALETTE[1], zorder=3, linewidths=0)
    ax.invert_yaxis()
    ax.set_aspect("equal", anchor="N")
    ax.set_yticks([row * high + (high - 1) / 2 for row in range(len(maps))], names)
    ax.set_xticks([t * wide + (wide - 1) / 2 for t in range(frames)], [f"frame {t}" for t in range(frames)])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title)
    return ax


@styled
def reach_bars(fractions: Mapping[str, Mapping[int, float]], ax: Axes, *, title: str = "") -> Axes:
    """Share of positions reached, blocks from left to right, a bar per number of rounds; every bar
    says its number.
    """
    shares = 100 * pd.DataFrame(fractions).T.rename(columns=lambda n: counted(n, "round"))  # blocks x rounds
    shares.plot.bar(ax=ax, color=SHADES, width=0.94, rot=0, edgecolor="white", linewidth=1.2)
    for bars in ax.containers:
        ax.bar_label(bars, [f"{v:.{int(v != 100)}f}" for v in bars.datavalues], padding=1.5, fontsize=7)
    ax.set_yticks([0, 50, 100], ["0", "50", "100 %"])
    ax.set(ylim=(0, 112), title=title)
    ax.tick_params(axis="x", length=0)
    ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.1), ncols=3, handlelength=0.9, columnspacing=1.1, fontsize=8)
    return ax


@styled
def eca_rule(kernels: Mapping[int, tuple[float, int]], ax: Axes) -> Axes:
    """Kernel size over channels: the formula's value as a line, the built odd kernel as a dot, both
    in words.

    kernels: channels -> (value of the formula, built size).
    """
    channels, (exact, built) = list(kernels), zip(*kernels.values(), strict=True)
    ax.plot(channels, exact, color=MUTED, marker="|", markersize=9, label="eq. (4), not rounded")
    ax.scatter(channels, built, s=44, color=PALETTE[2], zorder=3, label="built")
    for c, (value, k) in kernels.items():
        shift, side = (7, "bottom") if k >= value else (-7, "top")
        look = {"textcoords": "offset points", "ha": "center", "va": side, "fontsize": 8, "color": INK}
        tie = " (tie: 3 or 5)" if value % 2 == 0 else ""
        ax.annotate(f"eq. (4): {value:.1f}{tie}\nbuilt: {k}", (c, k), (0, shift), **look)
    ax.set_xscale("log", base=2)
    ax.set_xticks(channels, map(str, channels))
    ax.minorticks_off()
    ax.set(xlim=(channels[0] / 1.5, channels[-1] * 1.5), ylim=(1.8, 6.4), yticks=(3, 5))
    ax.set(xlabel="channels C", ylabel="kernel size k")
    ax.grid(axis="y")
    ax.legend(loc="lower right", ncols=2)
    return ax


@styled
def definition(cells: Mapping[tuple[str, str], tuple[str, str]], *, rows: str, columns: str) -> Axes:
    """A 2 x 2 table in squares: (row, column) -> (abbreviation, words). Right answers are green,
    wrong ones orange.
    """
    ax = axes(None, 3.5, 3.0)
    down, across = (list(dict.fromkeys(key[i] for key in cells)) for i in (0, 1))
    for (row, column), (short, words) in cells.items():
        x, y, hue = across.index(column), down.index(row), PALETTE[2 if short.startswith("T") else 4]
        ax.add_patch(Rectangle((x, y), 1, 1, facecolor=hue, alpha=0.18, edgecolor="white", linewidth=3))
        ax.text(x + 0.5, y + 0.42, short, fontsize=15, fontweight="bold", **MIDDLE)
        ax.text(x + 0.5, y + 0.7, words, fontsize=8, color=MUTED, **MIDDLE)
    ax.set(xlim=(0, len(across)), ylim=(len(down), 0))
    ax.set_xticks([i + 0.5 for i in range(len(across))], across)
    ax.set_yticks([i + 0.5 for i in range(len(down))], down, rotation=90, va="center")
    ax.xaxis.set_label_position("top")
    ax.xaxis.tick_top()
    ax.set_xlabel(columns, fontweight="bold")
    ax.set_ylabel(rows, fontweight="bold")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


@styled
def stage_shapes(frame: pd.DataFrame, ax: Axes, *, exchanges: Sequence[str] = (), exchange: str = "") -> Axes:
    """Output sizes stage by stage, one lane per pathway: a stack of T sheets whose side grows with
    H, and C x T x H x W below.

    frame: columns pathway, stage, channels, frames, height, width in reading order. `exchanges`
    names the stages after which the pathways exchange features (an arrow each way, called
    `exchange`).
    """
    stages = list(dict.fromkeys(frame["stage"]))
    for n, (lane, inside) in enumerate(frame.groupby("pathway", sort=False)):
        colour, y = PALETTE[n], -LANE * n
        ax.annotate(lane, (-0.5, y), ha="right", va="center", fontweight="bold", color=colour)
        for _, row in inside.iterrows():
            _stack(ax, stages.index(row["stage"]), y, row, frame["height"].max(), colour)
        for a, b in pairwise(stages.index(stage) for stage in inside["stage"]):
            _arrow(ax, (a + 0.4, y), (b - 0.36, y), MUTED, 0.9)
    for x, stage in enumerate(stages):
        ax.annotate(stage, (x, 0.5), ha="center", va="bottom", fontweight="bold")
    for x in (stages.index(stage) for stage in exchanges):
        _arrow(ax, (x - 0.06, -0.86), (x - 0.06, -1.2), PALETTE[0], 1.5)
        _arrow(ax, (x + 0.06, -1.2), (x + 0.06, -0.86), PALETTE[1], 1.5)
    if exchanges:
        at = stages.index(exchanges[0]) - 0.18, -1.03
        ax.annotate(exchange, at, ha="right", va="center", fontsize=8.5, color=MUTED)
    ax.set(xlim=(-0.5, len(stages) - 0.5), ylim=(y - 0.75, 0.7), aspect="equal")
    ax.set_axis_off()
    return ax


def _stack(ax: Axes, x: float, y: float, row: pd.Series, largest: float, colour: str) -> None:
    """T sheets behind each other; sides by the square root, or the last stages would vanish."""
    side, count = 0.52 * float(row["height"] / largest) ** 0.5, int(row["frames"])
    depth, line = 0.2 * min(1.0, count / 32) ** 0.5, 0.5 if count < 8 else 0.12
    for near in np.linspace(0, 1, count):  # 0 at the back, 1 in front
        corner, pale = -side / 2 + depth * (0.5 - near), 0.6 * (1 - near)  # paler at the back
        face = pale + (1 - pale) * np.array(to_rgb(colour))
        sheet = Rectangle((x + corner, y + corner), side, side, facecolor=face, edgecolor="white", linewidth=line)
        ax.add_patch(sheet)
    size = f"{row['height']:g}²" if row["height"] == row["width"] else f"{row['height']:g}×{row['width']:g}"
    text = f"{row['channels']:g} × {row['frames']:g}\n× {size}"
    ax.annotate(text, (x, y - 0.41), ha="center", va="top", fontsize=8, color=INK, linespacing=1.25)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> None:
    arrow = {"arrowstyle": "-|>", "mutation_scale": 8, "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=arrow)
