"""Sentences below a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence


def wrapped(words: Sequence[str], letters: int) -> list[str]:
    """Sentences as lines of at most so many letters; each begins a line."""
    return [line for said in words for line in textwrap.wrap(said, letters)]
