"""What the worlds share in naming clips: checks of the words asked for, and of a clip's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from repro.data.index import DataError, Item


def check(world: str, what: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    """Raises DataError when nothing is wanted, or a word that the world does not know."""
    wanted, known = list(wanted), list(known)
    if not wanted or set(wanted) - set(known):
        odd = ", ".join(repr(word) for word in wanted if word not in known)
        raise DataError(f"{world} has no {what} {odd or 'at all'}. Known: {', '.join(known)}.")


def parse(pattern: str, item: Item, world: str, example: str) -> dict[str, str]:
    """The parts of a clip's name. Raises DataError on a name that is not of this world."""
    parts = re.fullmatch(pattern, item.name)
    if not parts:
        raise foreign(item, world, example)
    return parts.groupdict()


def foreign(item: Item, world: str, example: str) -> DataError:
    """The error for a clip whose name is not of this world."""
    wanted = f"names look like {example}. Take them from its index."
    return DataError(f"{item.name!r} is no clip of the world {world}; {wanted}")
