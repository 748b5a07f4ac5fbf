"""Times of one video on a log axis, and the speed that stated training times need against what a
card can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from repro.evidence.marks import PAPER, rows, say, words_below, wrapped
from repro.evidence.marks import chance as level
from repro.evidence.style import CHANCE, INK, PAGE, PALETTE, axes, panels, styled


@styled
def time_bars(
    times: Mapping[str, Sequence[float]],
    needs: Mapping[str, float],
    ax: Axes | None = None,
    *,
    peak: float,
    words: Sequence[str] = (),
) -> Axes:
    """Left, milliseconds of one video: every repeat a dot, the shortest in words. Right, TFLOP/s
    that each data set's training needs.

    times: name -> milliseconds; names that begin with `here` are measured. `peak`: TFLOP/s of the
    paper's card. `words` stand below.
    """
    text = wrapped(words, 118)
    ax = axes(ax, PAGE + 1.2, 0.9 + 0.34 * max(len(times), len(needs)) + 0.15 * len(text))
    left, right = panels(ax, [1.0, 1.0], gap=0.22)
    for y, (name, values) in enumerate(times.items()):
        shape, colour = ("o", PALETTE[0]) if name.startswith("here") else ("D", PALETTE[1])
        left.plot(values, [y] * len(values), shape, color=colour, markersize=5, alpha=0.8)
        say(left, f"{min(values):,.0f} ms", (max(values), y), (8, 0), va="center", color=INK)
    every = [value for values in times.values() for value in values]
    left.set_xscale("log")
    left.set_xlim(min(every) / 1.6, max(every) * 6)
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    rows(left, list(times))
    left.set_title("one video")
    left.set_xlabel("milliseconds")
    colours = [PALETTE[0] if v <= peak else PALETTE[1] for v in needs.values()]
    right.barh(range(len(needs)), list(needs.values()), height=0.55, color=colours)
    for y, value in enumerate(needs.values()):
        say(right, f"{value:.1f}", (value, y), (5, 0), va="center", color=INK, bbox=PAPER)
    level(right, peak, linewidth=1.2, zorder=2)
    say(right, f"peak of the card {peak:g}", (peak, 0.99), (4, 0), "column", va="top", color=CHANCE, fontsize=7.5)
    right.set_xlim(0, max(*needs.values(), peak) * 1.18)
    rows(right, list(needs))
    right.set_title("140 epochs in a day need")
    right.set_xlabel("TFLOP/s")
    words_below(ax, text, 46)
    return ax
