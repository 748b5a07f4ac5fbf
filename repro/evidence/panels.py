"""Sentences below a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes

from repro.evidence.style import MUTED


def wrapped(words: Sequence[str], letters: int) -> list[str]:
    """Sentences as lines of at most so many letters; each begins a line."""
    return [line for said in words for line in textwrap.wrap(said, letters)]


def words_below(ax: Axes, lines: Sequence[str], points: float) -> None:
    """Small grey lines so many points under the axes."""
    at = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top"}
    ax.annotate("\n".join(lines), (0, 0), (0, -points), fontsize=7.5, color=MUTED, linespacing=1.4, **at)
