"""One split against another. Takes a table and writes nothing."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from repro.evidence import marks
from repro.evidence.statistics import Interval
from repro.evidence.style import INK, LINE, LINE_INCHES, MUTED, PAGE, PALETTE, axes, grid, styled
from repro.evidence.tables import plural, seed_numbers

SPLIT_COLOURS = (PALETTE[1], PALETTE[0])  # of the split suspected of leaking, and of the other
Place = tuple[str, str]


@styled
def split_contrast(
    frame: pd.DataFrame, differences: Mapping[Place, Interval], copies: Mapping[Place, tuple[int, int]] | None = None,
    words: Sequence[str] = (), each: str = "seed",
) -> Axes:  # fmt: skip
    """Two conditions side by side, such as two splits of the same clips: a panel per data set, in
    it a row with the accuracy under either.

    frame: columns column (data set), row, split (the two conditions; differences are the first
    named minus the second), value, low, high, seed_values, chance, n_items, n_groups.
    `differences`: (column, row) -> first minus second, written beside, in bold where the interval
    leaves zero out. `copies`: (column, split) -> (test clips with a near copy in the
    training set, test clips), in the panel's foot. `words` stand below all, one line each; a dot is
    one `each`, such as a draw of the folds.
    """
    columns, rows, splits = (list(dict.fromkeys(frame[name])) for name in ("column", "row", "split"))
    across, colours = min(3, len(columns)), dict(zip(splits, SPLIT_COLOURS, strict=True))
    captions = [_counts(frame, column, splits, copies or {}, each) for column in columns]
    minus = f"{splits[0]} minus {splits[1]}"
    beside = f"Beside the marks: {minus} and its 95 % interval, in bold where that leaves zero out."
    text = marks.wrapped([beside] * bool(differences) + [*words], 122)
    down = -(-len(columns) // across)
    feet = [
        max(len(lines) for lines in captions[i * across : (i + 1) * across]) * LINE_INCHES + 0.42 for i in range(down)
    ]
    tall = down * (0.2 + (0.62 if len(rows) < 6 else 0.44) * len(rows)) + sum(feet) + 0.45 * down
    ax = axes(None, PAGE + 1.2, tall / 0.77)
    parts = grid(ax, len(columns), across, feet, heads=0.45, gap=0.035)
    for i, (part, column) in enumerate(zip(parts, columns, strict=True)):
        inside = frame[frame["column"] == column]
        for y, row in enumerate(rows):
            _contrast(part, y, inside[inside["row"] == row], splits, differences.get((column, row)))
        _contrast_axis(part, rows, labelled=i % across == 0)
        marks.chances(part, inside, "split", colours, (-2, 1), va="bottom")
        part.set_title(column, pad=15)
        for n, (line, colour) in enumerate(captions[i]):
            marks.say(part, line, (0, 0), (0, -21 - 72 * LINE_INCHES * n), "axes", color=colour, va="top", fontsize=7.5)
    _contrast_key(ax, splits, each)
    marks.words_below(ax, text, 30)
    return ax


def _counts(
    frame: pd.DataFrame, column: str, splits: Sequence[str], copies: Mapping[Place, tuple[int, int]], each: str
) -> list[tuple[str, str]]:
    """What a panel's numbers are of: lines, each with its colour."""
    lines, found = [], {}
    for split, colour in zip(splits, SPLIT_COLOURS, strict=True):
        inside = frame[(frame["column"] == column) & (frame["split"] == split)]
        if inside.empty:
            continue
        found[split] = plural(max(len(seed_numbers(text)) for text in inside["seed_values"]), each)
        groups = plural(inside["n_groups"].max(), "group")
        lines.append((f"{split}: n = {inside['n_items'].max():.0f}, {groups}", colour))
        if (column, split) in copies:
            near, of = copies[column, split]
            lines.append((f"near copies in training: {near} of {of}", colour))
    alike = len(set(found.values())) == 1
    dots = [next(iter(found.values()))] if alike else [f"{split}: {count}" for split, count in found.items()]
    return [*lines, *((line, MUTED) for line in dots)] if lines else []


def _contrast(ax: Axes, y: float, inside: pd.DataFrame, splits: Sequence[str], difference: Interval | None) -> None:
    ends = []
    for split, colour, shift in zip(splits, SPLIT_COLOURS, (-0.17, 0.17), strict=True):
        for _, row in inside[(inside["split"] == split) & inside["value"].notna()].iterrows():
            at = y + shift
            look = {"bar": {"width": 8, "alpha": 0.28}, "dot": {"markersize": 3.8}, "line": {"zorder": 5}}
            marks.measured(ax, at, row, colour, spread=0.07, half=0.13, **look)
            ends.append((row["value"], at))
    if len(ends) == 2:
        ax.plot(*zip(*ends, strict=True), color=INK, linewidth=1.0, zorder=3)
    elif not ends:
        marks.say(ax, "not measured", (0.5, y), ha="center", va="center", fontsize=7.5, color=MUTED)
    if difference is not None:
        low, high = difference.low, difference.high
        sure = {"color": INK, "fontweight": "bold"} if low > 0 or high < 0 else {"color": MUTED}
        marks.say(ax, f"{difference.value:+.2f}", (1.05, y), (0, 1), va="bottom", fontsize=9.5, **sure)
        marks.say(ax, f"{low:+.2f} to {high:+.2f}", (1.05, y), (0, -1), va="top", fontsize=7, color=MUTED)


def _contrast_axis(ax: Axes, rows: Sequence[str], *, labelled: bool) -> None:
    marks.rows(ax, rows, labelled=labelled)
    ax.set_xlim(0, 1.62)  # the differences stand right of the last tick
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    ax.spines["bottom"].set_bounds(0, 1)
    for y in range(1, len(rows)):
        ax.axhline(y - 0.5, color=LINE, linewidth=0.8, zorder=0)


def _contrast_key(ax: Axes, splits: Sequence[str], each: str) -> None:
    look = {"marker": "o", "markersize": 4, "linewidth": 6, "alpha": 0.55}
    lines = [Line2D([], [], color=colour, **look) for colour in SPLIT_COLOURS]
    names = [f"{splits[0]} (dot: one {each}, bar: 95 % interval)", splits[1], "from mean to mean"]
    marks.key_below(ax, [*lines, Line2D([], [], color=INK, linewidth=1)], names, 8)
