"""Figures that wei2025 alone draws: light in training and testing, single mechanisms, sizes of
stages. Each takes a table or arrays and perhaps an axes, and writes nothing.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from repro.evidence import marks
from repro.evidence.plots import cell_grid, row_shares, square
from repro.evidence.style import INK, LINE, MUTED, PAGE, PALETTE, WASH, axes, styled
from repro.evidence.tables import missing, plural

SHADES = ("#9dc7e3", PALETTE[0], "#123a5c")  # one, two, three rounds
LANE = 1.85  # distance between two pathways, in widths of a stage
MIDDLE: dict[str, Any] = {"ha": "center", "va": "center"}


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
        look = {"color": "white" if cell["value"] > 0.6 else INK, **MIDDLE}
        marks.say(ax, f"{cell['value']:.2f}", at, (0, 4), fontsize=9.5, **look)
        if not missing(cell["low"]):
            marks.say(ax, f"{cell['low']:.2f} – {cell['high']:.2f}", at, (0, -8), fontsize=6.5, **look)
    heads = [textwrap.fill(column, 15) for column in columns]
    ax.set(xticks=range(len(columns)), xticklabels=heads, yticks=range(len(rows)), yticklabels=rows)
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
    words = {at: f"{share:+.2f}" for at, share in np.ndenumerate(change) if abs(share) >= 0.005}
    look = {"cmap": sns.diverging_palette(25, 245, s=85, l=50, as_cmap=True), "vmin": -most, "vmax": most}
    ax, bar = square(change, classes, words, ax, dark=0.65 * most, rows=classes, ticks=(-most, 0, most), **look)
    ax.set_title(title)
    for i in range(len(classes)):
        ax.add_patch(Rectangle((i - 0.45, i - 0.45), 0.9, 0.9, fill=False, edgecolor=MUTED, linewidth=0.8))
    bar.set_ticklabels([f"{-most:+.2f}", "0", f"{most:+.2f}"])
    bar.ax.set_ylabel("change of the row's share", color=MUTED, fontsize=8)
    return ax


@styled
def pictures(
    rows: Sequence[tuple[str, Sequence[np.ndarray]]], heads: Sequence[str], below: Sequence[Sequence[str]] = ()
) -> Figure:
    """Pictures (H, W, 3) in named rows, at their own shape and without smoothing, heads above the
    first row; where there are more than six in a row the rest stands below, in the same way.
    `below`: for each row the words under its pictures; green where they end in `✓`, else orange.
    """
    (height, width, _), blocks = rows[0][1][0].shape, -(-len(heads) // 6)
    across, wide = -(-len(heads) // blocks), PAGE - 0.06 * max(len(name) for name, _ in rows)  # inches that names leave
    high = blocks * (0.4 + len(rows) * (wide / across * height / width + (0.22 if below else 0)))
    size = {"figsize": (PAGE, high), "squeeze": False, "layout": "constrained"}
    figure, parts = plt.subplots(blocks * len(rows), across, **size)
    for n, (name, row) in enumerate(rows):
        for i, pixels in enumerate(row):
            ax = parts[i // across * len(rows) + n, i % across]
            ax.imshow(pixels, interpolation="none")
            ax.set_title("" if n else heads[i], loc="center", fontsize=8, pad=3)
            ax.set_ylabel("" if i % across else name, fontsize=8, rotation=0, ha="right", va="center")
            words = below[n][i] if below else ""
            ax.set_xlabel(words, fontsize=8, color=PALETTE[2] if words.endswith("✓") else PALETTE[1], labelpad=3)
    for ax in parts.flat:
        marks.bare(ax)
    return figure


@styled
def reach_maps(maps: Mapping[int, np.ndarray], at: Sequence[int], ax: Axes | None = None, *, title: str = "") -> Axes:
    """Which positions the marked one depends on: a row per number of rounds, a square per frame.

    maps: rounds -> (T, H, W), 1 where reached; at: (t, h, w) of the marked output position.
    """
    reached = np.stack([*maps.values()]).astype(float)
    frames, high, wide = reached.shape[1], reached.shape[2] + 1, reached.shape[3] + 1  # with a gap
    padded = np.pad(reached, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=np.nan)
    sheet = padded.swapaxes(1, 2).reshape(len(maps) * high, frames * wide)[:-1, :-1]
    names = [f"{plural(n, 'round')}\n{100 * by.mean():.1f} %" for n, by in zip(maps, reached, strict=True)]
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
def reach_bars(fractions: Mapping[str, Mapping[int, float]], ax: Axes) -> Axes:
    """Share of positions reached, blocks from left to right, a bar per number of rounds; every bar
    says its number.
    """
    shares = 100 * pd.DataFrame(fractions).T.rename(columns=lambda n: plural(n, "round"))  # blocks x rounds
    shares.plot.bar(ax=ax, color=SHADES, width=0.94, rot=0, edgecolor="white", linewidth=0.8)
    for (i, j), share in np.ndenumerate(shares.to_numpy()):
        at = i + 0.94 * ((j + 0.5) / shares.shape[1] - 0.5), share
        marks.say(ax, f"{share:.{int(share != 100)}f}", at, (0, 1.5), ha="center", fontsize=7)
    ax.set_yticks([0, 50, 100], ["0", "50", "100 %"])
    ax.set(ylim=(0, 112), title="Share of all positions seen")
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
        tie, shift, side = " (tie: 3 or 5)" * (value % 2 == 0), *((7, "bottom") if k >= value else (-7, "top"))
        marks.say(ax, f"eq. (4): {value:.1f}{tie}\nbuilt: {k}", (c, k), (0, shift), ha="center", va=side, color=INK)
    ax.set_xscale("log", base=2)
    ax.set_xticks(channels, map(str, channels))
    ax.minorticks_off()
    ax.set(xlim=(channels[0] / 1.5, channels[-1] * 1.5), ylim=(1.8, 6.4), yticks=(3, 5))
    ax.set(xlabel="channels C", ylabel="kernel size k")
    ax.grid(axis="y")
    ax.legend(loc="lower right", ncols=2)
    return ax


@styled
def stage_shapes(
    sizes: Mapping[str, Mapping[str, Sequence[int]]], ax: Axes, *, exchanges: Sequence[str] = (), exchange: str = ""
) -> Axes:
    """Output sizes stage by stage, one lane per pathway: a stack of T sheets whose side grows with
    H, and C x T x H x W below.

    sizes: pathway -> stage -> (C, T, H, W), all pathways of the same stages. `exchanges` names the
    stages after which the pathways exchange features (an arrow each way, called `exchange`).
    """
    largest, columns = max(size[2] for by in sizes.values() for size in by.values()), max(map(len, sizes.values()))
    for n, (lane, by_stage) in enumerate(sizes.items()):
        y = -LANE * n
        ax.annotate(lane, (-0.5, y), ha="right", va="center", fontweight="bold", color=PALETTE[n])
        for x, (stage, size) in enumerate(by_stage.items()):
            _stack(ax, x, y, size, largest, PALETTE[n])
            if x:
                _arrow(ax, (x - 0.6, y), (x - 0.36, y), MUTED, 0.9)
            if n == 0:
                ax.annotate(stage, (x, 0.5), ha="center", va="bottom", fontweight="bold")
            if n == 0 and stage in exchanges:
                _arrow(ax, (x - 0.06, -0.86), (x - 0.06, -1.2), PALETTE[0], 1.5)
                _arrow(ax, (x + 0.06, -1.2), (x + 0.06, -0.86), PALETTE[1], 1.5)
                name = exchange if stage == exchanges[0] else ""
                ax.annotate(name, (x - 0.18, -1.03), ha="right", va="center", fontsize=8.5, color=MUTED)
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(-LANE * (len(sizes) - 1) - 0.75, 0.7), aspect="equal")
    ax.set_axis_off()
    return ax


def _stack(ax: Axes, x: float, y: float, size: Sequence[int], largest: int, colour: str) -> None:
    """T sheets behind each other; sides by the square root, or the last stages would vanish."""
    channels, count, height, width = size
    side, depth = 0.52 * (height / largest) ** 0.5, 0.2 * min(1.0, count / 32) ** 0.5
    edge: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.5 if count < 8 else 0.12}
    for near in np.linspace(0, 1, count):  # 0 at the back, 1 in front
        corner, pale = -side / 2 + depth * (0.5 - near), 0.6 * (1 - near)  # paler at the back
        face = pale + (1 - pale) * np.array(to_rgb(colour))
        ax.add_patch(Rectangle((x + corner, y + corner), side, side, facecolor=face, **edge))
    words = f"{channels} × {count}\n× " + (f"{height}²" if height == width else f"{height}×{width}")
    ax.annotate(words, (x, y - 0.41), ha="center", va="top", fontsize=8, color=INK, linespacing=1.25)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> None:
    arrow = {"arrowstyle": "-|>", "mutation_scale": 8, "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=arrow)
