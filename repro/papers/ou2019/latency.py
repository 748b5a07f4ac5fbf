"""Times of one video on a log axis, and the speed that stated training times need against what a
card can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from repro.evidence.panels import wrapped
from repro.evidence.style import CHANCE, INK, MUTED, PAGE, PALETTE, axes, panels, styled


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
        colour = PALETTE[0] if name.startswith("here") else PALETTE[1]
        left.plot(
            values, [y] * len(values), "o" if name.startswith("here") else "D", color=colour, markersize=5, alpha=0.8
        )
        left.annotate(
            f"{min(values):,.0f} ms",
            (max(values), y),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
    every = [value for values in times.values() for value in values]
    left.set_xscale("log")
    left.set_xlim(min(every) / 1.6, max(every) * 6)
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    left.xaxis.set_minor_formatter(NullFormatter())
    _rows(left, list(times))
    left.set_title("one video")
    left.set_xlabel("milliseconds")
    right.barh(
        range(len(needs)),
        list(needs.values()),
        height=0.55,
        color=[PALETTE[0] if v <= peak else PALETTE[1] for v in needs.values()],
    )
    for y, value in enumerate(needs.values()):
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # where the peak passes behind
        right.annotate(
            f"{value:.1f}",
            (value, y),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
            bbox=paper,
        )
    right.axvline(peak, color=CHANCE, linestyle=(0, (4, 3)), linewidth=1.2)
    at = {"xycoords": right.get_xaxis_transform(), "textcoords": "offset points", "va": "top"}
    right.annotate(f"peak of the card {peak:g}", (peak, 0.99), (4, 0), color=CHANCE, fontsize=7.5, **at)
    right.set_xlim(0, max(*needs.values(), peak) * 1.18)
    _rows(right, list(needs))
    right.set_title("140 epochs in a day need")
    right.set_xlabel("TFLOP/s")
    below = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "va": "top",
        "fontsize": 7.5,
        "color": MUTED,
        "linespacing": 1.4,
    }
    ax.annotate("\n".join(text), (0, 0), (0, -46), **below)
    return ax


def _rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
