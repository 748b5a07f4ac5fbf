"""Answers that take long to work out: cached for the length of one command, or stored as one JSON
file each under the cache folder.
"""

import contextlib
import json
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from repro import files

Answer = TypeVar("Answer")
_cache: ContextVar[dict[Hashable, Any] | None] = ContextVar("cache", default=None)


@contextlib.contextmanager
def once() -> Iterator[None]:
    """Within this block each source file and data folder is looked at once: two hundred runs need
    not walk them two hundred times.
    """
    known = _cache.get()
    token = _cache.set({} if known is None else known)
    try:
        yield
    finally:
        _cache.reset(token)


def cached(question: Hashable, work: Callable[[], Answer]) -> Answer:
    """What `work` returned earlier within `once`, or returns now."""
    known = _cache.get()
    if known is None:
        return work()
    if question not in known:
        known[question] = work()
    return known[question]


def load(name: str) -> dict[str, Any]:
    """What was saved under this name; empty when nothing was, or when it cannot be read."""
    try:
        content = json.loads((files.cache() / name).read_text(encoding="utf8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def save(name: str, content: dict[str, Any]) -> None:
    """Store `content` for the next process. A folder that cannot be written costs time later,
    nothing else.
    """
    with contextlib.suppress(OSError):
        files.write(files.cache() / name, json.dumps(content, separators=(",", ":")))
