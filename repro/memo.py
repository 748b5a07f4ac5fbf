"""Answers that are slow to find: held for the length of one command, or kept as one JSON file each
under the cache folder.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from repro import files

Answer = TypeVar("Answer")
_held: ContextVar[dict[Hashable, Any] | None] = ContextVar("held", default=None)


@contextlib.contextmanager
def once() -> Iterator[None]:
    """Within this block each source file and data folder is looked at once: two hundred runs need
    not walk them two hundred times.
    """
    held = _held.get()
    token = _held.set({} if held is None else held)
    try:
        yield
    finally:
        _held.reset(token)


def held(question: Hashable, find: Callable[[], Answer]) -> Answer:
    """The answer found earlier within `once`, or a new one."""
    known = _held.get()
    if known is None:
        return find()
    if question not in known:
        known[question] = find()
    return known[question]


def load(name: str) -> dict[str, Any]:
    """What was saved under this name; empty when nothing was, or when it cannot be read."""
    try:
        found = json.loads((files.cache() / name).read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save(name: str, content: dict[str, Any]) -> None:
    """Keep `content` for the next process. A folder that cannot be written costs time later,
    nothing else.
    """
    with contextlib.suppress(OSError):
        files.write(files.cache() / name, json.dumps(content, separators=(",", ":")))
