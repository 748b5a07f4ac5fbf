"""Figures that wei2025 alone draws: before against after enhancement, single mechanisms, sizes of
stages. Each takes a table or arrays and perhaps an axes, and writes nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle

from repro.evidence.comparisons import SMALL_LETTERS, TITLE_LETTERS, counted
from repro.evidence.plots import cell_grid, row_shares
from repro.evidence.style import CHANCE, INK, LINE, MUTED, PAGE, PALETTE, WASH, axes, panels, styled
from repro.evidence.tables import missing

EARLIER, LATER = MUTED, PALETTE[0]

LANE = 1.85  # distance between two pathways, in widths of a stage
SHADES = ("#9dc7e3", PALETTE[0], "#123a5c")  # one, two, three rounds


@styled
def reach_maps(maps: Mapping[int, np.ndarray], at: Sequence[int], ax: Axes | None = None, *, title: str = "") -> Axes:
    """Which positions the marked one depends on: a row per number of rounds, a square per frame.

    maps: rounds -> (T, H, W), 1 where reached; at: (t, h, w) of the marked output position.
    """
    frames, height, width = next(iter(maps.values())).shape
    sheet = np.full((len(maps) * (height + 1) - 1, frames * (width + 1) - 1), np.nan)
    names = []
    for row, (rounds, reached) in enumerate(maps.items()):
        for t in range(frames):
            y, x = row * (height + 1), t * (width + 1)
            sheet[y : y + height, x : x + width] = reached[t]
        names.append(f"{rounds} round{'s' if rounds > 1 else ''}\n{100 * np.mean(reached):.1f} %")
    ax = axes(ax, 3.4, 2.8)
    ax.pcolormesh(sheet, cmap=ListedColormap([LINE, PALETTE[0]]), vmin=0, vmax=1, edgecolors="white", linewidth=0.5)
    marks = [(at[0] * (width + 1) + at[2] + 0.5, row * (height + 1) + at[1] + 0.5) for row in range(len(maps))]
    ax.scatter(*zip(*marks, strict=True), s=13, color=PALETTE[1], zorder=3, linewidths=0)
    ax.invert_yaxis()
    ax.set_aspect("equal", anchor="N")
    ax.set_yticks([row * (height + 1) + height / 2 for row in range(len(maps))], names)
    ax.set_xticks([t * (width + 1) + width / 2 for t in range(frames)], [f"frame {t}" for t in range(frames)])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title)
    return ax


@styled
def reach_bars(fractions: Mapping[str, Mapping[int, float]], ax: Axes | None = None, *, title: str = "") -> Axes:
    """Share of positions reached, blocks from left to right, a bar per number of rounds; every bar
    says its number.
    """
    ax = axes(ax, 3.4, 2.8)
    rounds = list(next(iter(fractions.values())))
    wide = 0.9 / len(rounds)
    for i, n in enumerate(rounds):
        for x, by in enumerate(fractions.values()):
            place, share = x + (i - (len(rounds) - 1) / 2) * wide, 100 * by[n]
            label = f"{n} round{'s' if n > 1 else ''}" if x == 0 else None
            ax.bar(place, share, wide * 0.92, color=SHADES[i % len(SHADES)], label=label)
            ax.annotate(
                f"{share:.{0 if share == 100 else 1}f}",
                (place, share),
                (0, 1.5),
                textcoords="offset points",
                ha="center",
                fontsize=7,
            )
    ax.set_xticks(range(len(fractions)), list(fractions))
    ax.set_yticks([0, 50, 100], ["0", "50", "100 %"])
    ax.set_ylim(0, 112)
    ax.tick_params(axis="x", length=0)
    ax.set_title(title)
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.1),
        ncols=len(rounds),
        handlelength=0.9,
        columnspacing=1.1,
        fontsize=8,
        borderpad=0,
    )
    return ax


@styled
def eca_rule(kernels: Mapping[int, tuple[float, int]], ax: Axes | None = None, *, title: str = "") -> Axes:
    """Kernel size over channels: the formula's value as a line, the built odd kernel as a dot, both
    in words.

    kernels: channels -> (value of the formula, built size).
    """
    ax = axes(ax, 7.0, 2.6)
    c = np.array(list(kernels), float)
    exact, built = (np.array(column, float) for column in zip(*kernels.values(), strict=True))
    ax.plot(c, exact, color=MUTED, marker="|", markersize=9, label="eq. (4), not rounded")
    ax.scatter(c, built, s=44, color=PALETTE[2], zorder=3, label="built")
    for channels, value, k in zip(c, exact, built, strict=True):
        tie = " (tie: 3 or 5)" if value % 2 == 0 else ""
        above = k >= value
        words = f"eq. (4): {value:.1f}{tie}\nbuilt: {k:.0f}"
        ax.annotate(words, (channels, max(k, value) if above else min(k, value)), (0, 7 if above else -7), textcoords="offset points",
                    ha="center", va="bottom" if above else "top", fontsize=8, color=INK)  # fmt: skip
    ax.set_xscale("log", base=2)
    ax.set_xticks(c, [f"{n:.0f}" for n in c])
    ax.minorticks_off()
    ax.set_xlim(c[0] / 1.5, c[-1] * 1.5)
    ax.set_yticks([3, 5])
    ax.set_ylim(1.8, 6.4)
    ax.grid(axis="y")
    ax.set_xlabel("channels C")
    ax.set_ylabel("kernel size k")
    ax.legend(loc="lower right", ncols=2)
    ax.set_title(title)
    return ax


@styled
def definition(
    cells: Mapping[tuple[str, str], tuple[str, str]],
    ax: Axes | None = None,
    *,
    rows: str = "",
    columns: str = "",
    title: str = "",
) -> Axes:
    """A 2 x 2 table in squares: (row, column) -> (abbreviation, words). Right answers are green,
    wrong ones orange.
    """
    ax = axes(ax, 3.5, 3.0)
    down, across = (list(dict.fromkeys(key[i] for key in cells)) for i in (0, 1))
    for (row, column), (short, words) in cells.items():
        x, y = across.index(column), down.index(row)
        colour = PALETTE[2] if short.startswith("T") else PALETTE[4]
        ax.fill([x, x + 1, x + 1, x], [y, y, y + 1, y + 1], color=colour, alpha=0.18, edgecolor="white", linewidth=3)
        ax.text(x + 0.5, y + 0.42, short, ha="center", va="center", fontsize=15, fontweight="bold")
        ax.text(x + 0.5, y + 0.7, words, ha="center", va="center", fontsize=8, color=MUTED)
    ax.set_xlim(0, len(across))
    ax.set_ylim(len(down), 0)
    ax.set_xticks([i + 0.5 for i in range(len(across))], across)
    ax.set_yticks([i + 0.5 for i in range(len(down))], down, rotation=90, va="center")
    ax.xaxis.set_label_position("top")
    ax.xaxis.tick_top()
    ax.set_xlabel(columns, fontweight="bold")
    ax.set_ylabel(rows, fontweight="bold")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title)
    return ax


@styled
def before_after(frame: pd.DataFrame, pairs: Sequence[tuple[str, str, str]], ax: Axes | None = None) -> Axes:
    """One panel per pair: every row's value before (grey) and after (blue) with their intervals,
    joined by a line.

    frame: a tidy table in fractions or percent. pairs: (title, column before, column after). The
    last row is set apart as the average.
    """
    rows = list(dict.fromkeys(frame["row"]))
    ax = axes(ax, max(PAGE, 3.0 * len(pairs) + 1.0), 1.5 + 0.36 * len(rows))
    inches = (
        ax.figure.get_figwidth() * ax.get_position().width * (1 - 0.05 * (len(pairs) - 1)) / len(pairs)
    )  # of one panel
    for number, (part, (title, *columns)) in enumerate(
        zip(panels(ax, [1.0] * len(pairs), gap=0.05), pairs, strict=True)
    ):
        sides = [frame[frame["column"] == column].set_index("row").reindex(rows) for column in columns]
        for y, name in enumerate(rows):
            _joined(part, y, sides[0].loc[name], sides[1].loc[name])
        part.axhline(len(rows) - 1.5, color=LINE, linewidth=0.8)
        for chance in {c for side in sides for c in side["chance"] if not missing(c)}:
            part.axvline(chance, color=CHANCE, linestyle=(0, (4, 3)), linewidth=1.0, zorder=1)
            part.annotate(
                f"chance {chance:.2g}",
                (chance, 1.0),
                xycoords=part.get_xaxis_transform(),
                color=CHANCE,
                fontsize=7,
                va="bottom",
            )
        part.set_xlim(-0.02, 1.02)
        part.set_ylim(len(rows) - 0.5, -0.5)
        part.set_yticks(range(len(rows)), rows if number == 0 else [""] * len(rows))
        part.set_xticks(np.linspace(0, 1, 5), ["0", "0.25", "0.5", "0.75", "1"])
        part.grid(axis="x")
        part.tick_params(axis="y", length=0)
        part.spines["left"].set_visible(False)
        part.set_title(
            "\n".join(textwrap.fill(line, int(TITLE_LETTERS * inches)) for line in title.split("\n")), pad=14
        )
        said = textwrap.fill(_said(sides[1]), int(SMALL_LETTERS * inches)).replace("\xa0", " ")
        part.set_xlabel(said, fontsize=7.5, color=MUTED, loc="left", linespacing=1.4)
    key = "grey: before\nblue: after (line\norange where worse)\nbar: 95 % interval"
    at = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "va": "top"}
    ax.annotate(key, (-0.015, 0), (0, -14), fontsize=7.5, color=MUTED, linespacing=1.4, **at)
    return ax


def _joined(ax: Axes, y: int, before: pd.Series, after: pd.Series) -> None:
    ends = []
    for row, colour, shift in ((before, EARLIER, -0.14), (after, LATER, 0.14)):
        value = row["value"] if not missing(row["value"]) else row["paper"]
        if missing(value):
            continue
        scale = 100 if row["unit"] in ("%", "percent") else 1
        if not missing(row["low"]):
            ax.plot(
                [row["low"], row["high"]],
                [y + shift] * 2,
                color=colour,
                alpha=0.28,
                linewidth=4.5,
                solid_capstyle="butt",
                zorder=2,
            )
        hollow = missing(row["value"])
        ax.plot(
            value / scale,
            y + shift,
            "D" if hollow else "o",
            mfc="white" if hollow else colour,
            mec=colour,
            markersize=5.5,
            zorder=4,
        )
        ends.append(value / scale)
    if len(ends) == 2:
        ax.plot(ends, [y - 0.14, y + 0.14], color=LATER if ends[1] >= ends[0] else PALETTE[1], linewidth=1.2, zorder=3)
    if not ends:
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # or lines would cross the words
        at = {"xycoords": ("axes fraction", "data"), "ha": "center", "va": "center"}
        ax.annotate("absent here", (0.5, y), color=MUTED, fontsize=7.5, bbox=paper, **at)


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
        ink = "white" if cell["value"] > 0.6 else INK
        ax.annotate(
            f"{cell['value']:.2f}",
            at,
            (0, 4),
            textcoords="offset points",
            ha="center",
            va="center",
            color=ink,
            fontsize=9.5,
        )
        if not missing(cell["low"]):
            text = f"{cell['low']:.2f} – {cell['high']:.2f}"
            ax.annotate(
                text, at, (0, -8), textcoords="offset points", ha="center", va="center", color=ink, fontsize=6.5
            )
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
    side = 1.5 + 0.5 * len(classes)
    ax = axes(ax, min(PAGE, side + 0.6), min(PAGE - 0.6, side))
    most = max(float(np.abs(change).max()), 0.05)
    image = ax.imshow(change, cmap=sns.diverging_palette(25, 245, s=85, l=50, as_cmap=True), vmin=-most, vmax=most)
    for (i, j), share in np.ndenumerate(change):
        if abs(share) >= 0.005:
            ink = "white" if abs(share) > 0.65 * most else INK
            ax.annotate(f"{share:+.2f}", (j, i), ha="center", va="center", color=ink, fontsize=7.5)
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
            part.set(xticks=(), yticks=())
            part.spines[:].set_visible(False)
            part.set_xlabel(text, fontsize=8, color=PALETTE[2] if text.endswith("✓") else PALETTE[1], labelpad=3)
            if row == 0:
                part.set_title(names[i], fontsize=9, loc="center", pad=4)
            if i == 0:
                part.set_ylabel(sides[row], fontsize=9)
    return ax


@styled
def stage_shapes(
    frame: pd.DataFrame, ax: Axes | None = None, *, exchanges: Sequence[str] = (), exchange: str = "", title: str = ""
) -> Axes:
    """Output sizes stage by stage, one lane per pathway: a stack of T sheets whose side grows with
    H, and C x T x H x W below.

    frame: columns pathway, stage, channels, frames, height, width in reading order. `exchanges`
    names the stages after which the pathways exchange features (an arrow each way, called
    `exchange`).
    """
    lanes, stages = list(dict.fromkeys(frame["pathway"])), list(dict.fromkeys(frame["stage"]))
    ax = axes(ax, PAGE + 0.6, 0.4 + 1.4 * len(lanes))
    largest = frame["height"].max()
    for n, lane in enumerate(lanes):
        colour, y = PALETTE[n % len(PALETTE)], -LANE * n
        inside = frame[frame["pathway"] == lane]
        ax.annotate(lane, (-0.5, y), ha="right", va="center", fontweight="bold", color=colour)
        for _, row in inside.iterrows():
            _stack(ax, stages.index(row["stage"]), y, row, largest, colour)
        ends = [stages.index(s) for s in inside["stage"]]
        for a, b in pairwise(ends):
            _arrow(ax, (a + 0.4, y), (b - 0.36, y), MUTED, 0.9)
    for x, stage in enumerate(stages):
        ax.annotate(stage, (x, 0.5), ha="center", va="bottom", fontweight="bold")
    for n, name in enumerate(exchanges if len(lanes) > 1 else ()):
        x = stages.index(name)
        _arrow(ax, (x - 0.06, -0.86), (x - 0.06, -1.2), PALETTE[0], 1.5)
        _arrow(ax, (x + 0.06, -1.2), (x + 0.06, -0.86), PALETTE[1], 1.5)
        if n == 0 and exchange:
            ax.annotate(exchange, (x - 0.18, -1.03), ha="right", va="center", fontsize=8.5, color=MUTED)
    ax.set_xlim(-0.5, len(stages) - 0.5)
    ax.set_ylim(-LANE * (len(lanes) - 1) - 0.75, 0.7)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(title)
    return ax


def _stack(ax: Axes, x: float, y: float, row: pd.Series, largest: float, colour: str) -> None:
    """T sheets behind each other; sides by the square root, or the last stages would vanish."""
    side = 0.52 * float(row["height"] / largest) ** 0.5
    count = int(row["frames"])
    depth = 0.2 * min(1.0, count / 32) ** 0.5
    for i in range(count):
        near = i / max(count - 1, 1)  # 0 at the back, 1 in front
        corner = -side / 2 + depth * (0.5 - near)
        edge = {"edgecolor": "white", "linewidth": 0.5 if count < 8 else 0.12}
        ax.add_patch(
            Rectangle((x + corner, y + corner), side, side, facecolor=_paler(colour, 0.6 * (1 - near)), **edge)
        )
    size = f"{row['height']:g}²" if row["height"] == row["width"] else f"{row['height']:g}×{row['width']:g}"
    text = f"{row['channels']:g} × {row['frames']:g}\n× {size}"
    ax.annotate(text, (x, y - 0.41), ha="center", va="top", fontsize=8, color=INK, linespacing=1.25)


def _paler(colour: str, share: float) -> tuple[float, ...]:
    return tuple(c + (1 - c) * share for c in to_rgb(colour))


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> None:
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=8, color=colour, linewidth=width, shrinkA=0, shrinkB=0
    )
    ax.add_patch(arrow)
