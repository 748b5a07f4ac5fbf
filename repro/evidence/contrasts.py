"""Contrasts drawn as the verdicts use them: differences with their intervals, zero and the margin
within which a difference does not matter.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.evidence import marks
from repro.evidence.plots import ablation
from repro.evidence.style import CHANCE, INK, LINE, PAGE, PALETTE, axes, stacked, styled
from repro.evidence.verdicts import Contrast

LETTERS = 26  # of a contrast's name in a line
HEAD = 0.95  # inches of what stands around contrasts


@styled
def beside_levels(
    frame: pd.DataFrame,
    claims: Sequence[Mapping[str, Any]],
    levels: Callable[[pd.DataFrame, Axes], Any] = ablation,
    width: float = PAGE + 0.5,
    height: float = 0.0,
) -> Figure:
    """The levels of a tidy table, drawn by `levels`, in inches `height` where the rows alone do not
    tell it, and below them the contrasts by which each claim was judged; claims without any are
    left out.
    """
    drawn = [claim for claim in claims if claim["contrasts"]]
    height = height or 1.5 + 0.44 * frame["row"].nunique()
    heights = [height, *(tall(claim["contrasts"]) for claim in drawn)]
    figure, parts = stacked(heights, width)
    levels(frame, parts[0])
    for ax, claim in zip(parts[1:], drawn, strict=True):
        contrasts(claim["contrasts"], claim["margin"], ax, title=claim["claim_id"].rpartition(".")[2])
    return figure


def tall(found: Sequence[Contrast]) -> float:
    """Inches of a drawing of contrasts, whose names take two lines or more."""
    lines = max(len(textwrap.wrap(contrast.label, LETTERS)) for contrast in found)
    return HEAD + max(0.42, 0.06 + 0.17 * lines) * len(found)


@styled
def contrasts(
    found: Sequence[Contrast], margin: float | None, ax: Axes | None = None, title: str = "",
    printed: Mapping[str, float] | None = None,
) -> Axes:  # fmt: skip
    """One row per contrast: the difference, its 95 % interval, and both in numbers; zero as a
    line, the margin around it as a band. printed: label -> the difference that a paper prints, on
    data of its own: an open diamond.
    """
    printed = printed or {}
    ax = axes(ax, PAGE, tall(found))
    if margin is not None:
        ax.axvspan(-margin, margin, color=LINE, alpha=0.5, linewidth=0, zorder=0)
    ax.axvline(0, color=CHANCE, linewidth=1.2, zorder=1)
    for y, contrast in enumerate(found):
        interval = contrast.interval
        colour = PALETTE[0] if interval.low > 0 else PALETTE[1] if interval.high < 0 else PALETTE[6]
        marks.interval(ax, y, (interval.low, interval.high), colour)
        marks.mean(ax, y, interval.value, 0.24)
        if contrast.label in printed:
            marks.printed(ax, printed[contrast.label], y, mfc="none")
        text = f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
        marks.say(ax, text, (1.0, y), of="row", ha="right", va="center", color=INK, fontsize=8)
    marks.rows(ax, [textwrap.fill(contrast.label, LETTERS) for contrast in found])
    known = [end for c in found for end in (c.interval.low, c.interval.high)]
    reach = max(map(abs, (*known, *printed.values(), margin or 0.0)))
    ax.set_xlim(-1.1 * reach, 2.0 * reach)  # room for the numbers
    ax.set_xticks([tick for tick in ax.get_xticks() if abs(tick) <= 1.1 * reach])
    ax.set_title(title)
    band = f"; grey: too small to matter ({margin:g})" if margin is not None else ""
    band += "; diamond: printed, on other data" * bool(printed)
    marks.caption(ax, f"claimed larger minus claimed smaller; bar: 95 % interval{band}")
    return ax
