"""Answers that take long to work out: cached for the length of one command, or stored as one JSON
file each under the cache folder, under a line with its checksum.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from pathlib import Path
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
    """What was saved under this name; empty when nothing was, or when it is not whole."""
    try:
        seal, _, text = (files.cache() / name).read_text(encoding="utf8").partition("\n")
        return json.loads(text) if seal == _seal(text) else {}
    except (OSError, ValueError):
        return {}


def save(name: str, content: dict[str, Any]) -> None:
    """Store `content` for the next process. A folder that cannot be written costs time later,
    nothing else.
    """
    text = json.dumps(content, separators=(",", ":"))
    with contextlib.suppress(OSError):
        files.write(files.cache() / name, f"{_seal(text)}\n{text}")


def forget() -> None:
    """Drop all that was saved, and that records were seen whole: every file is read anew."""
    for path in (*files.cache().glob("*.json"), *files.runs().glob("*/.seen.json")):
        path.unlink(missing_ok=True)


def _seal(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class FileMemo:
    """What is known of files: path -> [size, mtime_ns, ctime_ns, value], one memo by name. A lost
    or garbled one costs time, nothing else.
    """

    def __init__(self, name: str | Path) -> None:
        self._name = str(name)
        self._rows = load(self._name)

    def value(self, path: Path) -> str | None:
        """What was remembered for this file as it stands now, or None."""
        row = self._rows.get(str(path))
        return row[3] if row and row[:3] == files.state(path) else None

    def add(self, values: dict[Path, str]) -> None:
        """Remember a value for each of these files as they stand now; what other processes wrote
        meanwhile is kept.
        """
        new = {str(path): [*state, value] for path, value in values.items() if (state := files.state(path))}
        if new:
            self._rows = load(self._name) | new
            save(self._name, self._rows)
