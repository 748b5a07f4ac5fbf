"""Figures of measured numbers. Each takes a table and perhaps an axes, returns the axes and writes
nothing.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from repro.evidence import marks
from repro.evidence.style import CHANCE, INK, MUTED, PAGE, PALETTE, WASH, axes, panels, styled
from repro.evidence.tables import distinct, missing, number, paper_text


@styled
def ablation(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Rows of a tidy table as dots on one panel per column: every seed, the mean with its 95 %
    interval, chance, n.

    Columns that hold printed numbers only (another data set than ours) become narrow panels of
    their own, in their own unit.
    """
    rows = list(dict.fromkeys(frame["row"]))
    columns = list(dict.fromkeys(frame["column"]))
    measured = [c for c in columns if frame.loc[frame["column"] == c, "value"].notna().any()]
    printed = [c for c in columns if c not in measured and frame.loc[frame["column"] == c, "paper"].notna().any()]
    shares = [3.0] * len(measured) + [1.35] * len(printed)
    wide = max(1.0, sum(shares) / 8.7)  # two data sets of ours and two of the paper's fill a page
    ax = axes(ax, (PAGE + 0.5) * wide, 1.0 + 0.44 * len(rows))
    letters = (100 - max(map(len, rows))) * wide / sum(shares)  # of the small font, per unit of width
    for i, (part, column) in enumerate(zip(panels(ax, shares, gap=0.035), measured + printed, strict=True)):
        inside = frame[frame["column"] == column].drop_duplicates("row").set_index("row").reindex(rows)
        (_measured_panel if column in measured else _printed_panel)(part, inside, column, int(letters * shares[i]))
        marks.rows(part, rows, labelled=i == 0, grid=column in measured)
    if measured:
        marks.words_left(ax, "dot: one seed\nline: mean of seeds\nbar: 95 % interval\nover groups × seeds", 23)
    return ax


def _measured_panel(ax: Axes, inside: pd.DataFrame, column: str, letters: int) -> None:
    for y, (_, row) in enumerate(inside.iterrows()):
        if missing(row["value"]):
            marks.say(ax, "not measured", (0.02, y), of="row", va="center", color=MUTED, bbox=marks.PAPER)
            continue
        marks.measured(ax, y, row, PALETTE[0])
        if not missing(row["paper"]):
            marks.printed(ax, row["paper"], y)
        text = number(row["value"], row["unit"])
        marks.say(ax, text, (1.0, y), of="row", ha="right", va="center", color=INK, fontsize=8.5)
    _range(ax, inside)
    for chance in {c for c in inside["chance"] if not missing(c)}:
        marks.chance(ax, chance, linewidth=1.2)
        marks.say(ax, f"chance {chance:.2g}", (chance, 1.0), (2, 0), "column", color=CHANCE, va="bottom", fontsize=7.5)
    ax.set_title(column, pad=16)
    marks.caption(ax, _caption(inside, letters))


def _printed_panel(ax: Axes, inside: pd.DataFrame, column: str, letters: int) -> None:
    """What the paper prints for data not used here: its own axis, its own unit, hollow marks."""
    values = inside["paper"].astype(float)
    pad = 0.25 * (values.max() - values.min() or 1.0)
    ax.set_facecolor(WASH)
    for y, (_, row) in enumerate(inside.iterrows()):
        if missing(row["paper"]):
            continue
        marks.printed(ax, row["paper"], y, markersize=5.5, zorder=3)
        above = y + 0.3 if y < len(inside) - 1 else y - 0.3
        marks.say(ax, paper_text(row), (row["paper"], above), ha="center", va="center", color=INK)
    ax.set_xlim(values.min() - 2 * pad, values.max() + 2 * pad)
    ax.xaxis.set_major_locator(MaxNLocator(2))
    ax.set_title(column, pad=16)
    unit = next((u for u in inside["unit"] if not missing(u)), "")
    text = f"printed in the paper{f' ({unit})' if unit not in ('', 'fraction') else ''}"
    marks.caption(ax, textwrap.fill(text, letters))


def _range(ax: Axes, inside: pd.DataFrame) -> None:
    """Accuracies are drawn on their whole range, with room for the numbers at the right; anything
    else as far as it goes.
    """
    if whole := [top for unit, top in {"fraction": 1, "%": 100}.items() if unit in set(inside["unit"])]:
        ticks = np.linspace(0, whole[0], 5)
        ax.set_xlim(0, 1.18 * whole[0])
        ax.set_xticks(ticks, [f"{v:g}" for v in ticks])
        return
    every = inside[["value", "low", "high", "paper"]].astype(float).to_numpy()
    low, high = np.nanmin(every), np.nanmax(every)
    pad = 0.1 * (high - low or abs(high) or 1.0)
    ax.set_xlim(low - pad, high + 3 * pad)


def _caption(inside: pd.DataFrame, letters: int) -> str:
    """Data, protocol and numbers of a panel; notes (a stand-in is called a stand-in) below."""
    rows = inside.to_dict("records")
    words = (("scale", "scale {}"), ("data", "{}"), ("input", "{}")), (("split", "{} split"), ("level", "{} level"))
    first, second = ([text.format(value) for name, text in part if (value := distinct(rows, name))] for part in words)
    counts = {"n_items": "items", "n_groups": "groups", "seeds": "seeds"}
    counted = [(n, what) for name, what in counts.items() if (n := distinct(rows, name))]
    third = [f"{'n = ' if what == 'items' else ''}{n} {what if n != '1' else what[:-1]}" for n, what in counted]
    notes = dict.fromkeys(part for note in inside["note"] if not missing(note) for part in str(note).split("; "))
    lines = [*(" · ".join(part) for part in (first, second, third)), "; ".join(notes)]
    return "\n".join(textwrap.fill(line, letters) for line in lines if line)


@styled
def cost_bars(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """GMACs of each configuration by part, stacked; beside each bar the sum, and the share of its
    part `dense`.

    frame: columns configuration, part, value.
    """
    table = frame.pivot(index="configuration", columns="part", values="value").fillna(0.0)
    table = table.loc[frame["configuration"].unique(), frame["part"].unique()]
    ax = axes(ax, PAGE, 0.9 + 0.42 * len(table))
    left = np.zeros(len(table))
    for colour, part in zip(PALETTE, table, strict=False):
        look = {"height": 0.62, "color": colour, "edgecolor": "white", "linewidth": 0.8, "label": part}
        ax.barh(range(len(table)), table[part], left=left, **look)
        for y, value in enumerate(table[part]):
            if value > 0.06 * table.sum(axis=1).max():
                marks.say(ax, f"{value:.2f}", (left[y] + value / 2, y), ha="center", va="center", color="white")
        left += table[part].to_numpy()
    for y, (total, dense) in enumerate(zip(left, table["dense"], strict=True)):
        text = f"{total:.2f}\ndense {100 * dense / total:.1f} %"
        marks.say(ax, text, (total, y), (6, 0), va="center", linespacing=1.3)
    marks.rows(ax, [textwrap.fill(str(n), 26) for n in table.index])
    ax.set_xlim(0, left.max() * 1.42)
    ticks = [t for t in MaxNLocator(6).tick_values(0, left.max()) if t <= left.max() * 1.05]
    ax.set_xticks(ticks)  # the numbers stand right of the last tick
    ax.spines["bottom"].set_bounds(0, max(ticks[-1], left.max()))
    ax.set_xlabel("GMACs")
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderpad": 0, "ncols": len(table.columns)}
    ax.legend(handlelength=1, columnspacing=1.4, **place)
    return ax


@styled
def module_costs(modules: Sequence[Mapping[str, Any]]) -> Axes:
    """MACs (bars) and parameters (text) of every module of one network, in the network's order.

    modules: dictionaries with `module`, `macs`, `parameters`.
    """
    ax = axes(None, PAGE, 0.7 + 0.26 * len(modules))
    macs = np.array([row["macs"] for row in modules]) / 1e9
    parts = list(dict.fromkeys(row["module"].split(".")[0] for row in modules))
    colours = [PALETTE[parts.index(row["module"].split(".")[0]) % len(PALETTE)] for row in modules]
    ax.barh(range(len(modules)), macs, color=colours, height=0.7)
    for y, row in enumerate(modules):
        text = f"{macs[y]:.2f}   {row['parameters'] / 1e6:.2f} M parameters"
        marks.say(ax, text, (macs[y], y), (5, 0), va="center")
    marks.rows(ax, [row["module"] for row in modules], grid=False)
    ax.spines["left"].set_visible(True)
    ax.set_xlim(0, macs.max() * 1.45)
    ax.set_xlabel("GMACs of one clip")
    return ax


@styled
def confusion(counts: np.ndarray, classes: Sequence[str], ax: Axes | None = None, *, title: str = "") -> Axes:
    """Rows actual, columns predicted, each row shared out to 1; the counts stand in the cells.

    counts: (K, K) items, actual x predicted. A class without items keeps an empty row.
    """
    counts = np.asarray(counts)
    share, names = row_shares(counts), [f"{name} ({int(n)})" for name, n in zip(classes, counts.sum(1), strict=True)]
    words = {(i, j): f"{share[i, j]:.2f}\n{n:g}" for (i, j), n in np.ndenumerate(counts) if n}
    look = {"cmap": sns.light_palette(PALETTE[0], as_cmap=True), "vmin": 0, "vmax": 1}
    ax, bar = square(share, classes, words, ax, dark=0.55, rows=names, ticks=(0, 0.5, 1), **look)
    ax.set(ylabel="actual (items)", title=title)
    bar.ax.set_ylabel("share of the row", color=MUTED, fontsize=8)
    return ax


def square(
    cells: np.ndarray, classes: Sequence[str], words: Mapping[tuple[int, int], str], ax: Axes | None, *, dark: float,
    rows: Sequence[str], ticks: Sequence[float], **look: Any,
) -> tuple[Axes, Any]:  # fmt: skip
    """A matrix actual x predicted as an image with words in its cells, and its colour bar.

    Words in cells beyond `dark` either way are white. rows: names of the rows. look: what `imshow`
    takes.
    """
    side = 1.5 + 0.5 * len(classes)
    ax = axes(ax, min(PAGE, side + 0.6), min(PAGE - 0.6, side))
    image = ax.imshow(cells, **look)
    for (i, j), text in words.items():
        ink = "white" if abs(cells[i, j]) > dark else INK
        marks.say(ax, text, (j, i), ha="center", va="center", color=ink, fontsize=7.5, linespacing=1.15)
    ax.set_xticks(range(len(classes)), classes, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(classes)), rows)
    ax.set(xlabel="predicted", ylabel="actual")
    cell_grid(ax, *cells.shape)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.04, pad=0.03, ticks=ticks)
    bar.outline.set_visible(False)
    return ax, bar


def row_shares(counts: np.ndarray) -> np.ndarray:
    """(K, K) counts as shares of their rows; an empty row stays zero."""
    counts = np.asarray(counts, float)
    totals = counts.sum(1, keepdims=True)
    return np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)


def cell_grid(ax: Axes, rows: int, columns: int, width: float = 1.5) -> None:
    """White lines between the cells of an image of rows x columns, and no frame and no tick marks
    around it.
    """
    ax.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=width)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)


def name_ends(ax: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Names at the right of their lines, pushed apart where lines end
    together, all of them as near to their lines as that allows.
    """
    low, high = ax.get_ylim()
    ends = sorted(ends)
    wanted = np.array([(value - low) / (high - low) for value, _, _ in ends])
    step = 0.06 * np.arange(len(ends))
    at = np.maximum.accumulate(wanted - step) + step
    for place, (_, name, colour) in zip(at - (at - wanted).mean(), ends, strict=True):
        marks.say(ax, name, (1.02, place), of="axes", color=colour, va="center", fontsize=8.5, annotation_clip=False)
