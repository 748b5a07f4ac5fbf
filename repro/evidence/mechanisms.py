"""Pictures of single mechanisms: what attention reaches, which kernel a rule gives, what a
confusion matrix counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from repro.evidence.marks import say
from repro.evidence.style import INK, LINE, MUTED, PALETTE, axes, styled

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
            text = f"{share:.{0 if share == 100 else 1}f}"
            say(ax, text, (place, share), (0, 1.5), ha="center", fontsize=7)
    ax.set_xticks(range(len(fractions)), list(fractions))
    ax.set_yticks([0, 50, 100], ["0", "50", "100 %"])
    ax.set_ylim(0, 112)
    ax.tick_params(axis="x", length=0)
    ax.set_title(title)
    place = {"loc": "upper left", "bbox_to_anchor": (-0.02, -0.1), "borderpad": 0, "fontsize": 8}
    ax.legend(ncols=len(rounds), handlelength=0.9, columnspacing=1.1, **place)
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
        y, up, side = (max(k, value), 7, "bottom") if k >= value else (min(k, value), -7, "top")
        say(ax, f"eq. (4): {value:.1f}{tie}\nbuilt: {k:.0f}", (channels, y), (0, up), ha="center", va=side, color=INK)
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
