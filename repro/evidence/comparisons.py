"""Small words and sizes that several figures share."""

from __future__ import annotations

TITLE_LETTERS, SMALL_LETTERS = 12.5, 18.0  # per inch, of a panel's title and of the small text below it


def counted(n: float, what: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{n:.0f} {what}{'' if n == 1 else 's'}"
