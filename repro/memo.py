"""Answers that take long to work out: cached for the length of one command, or stored as one JSON
file each under the cache folder, under a line with its checksum.
"""

import contextlib
import functools
import hashlib
import json
import os
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextvars import ContextVar
from itertools import chain
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
    """What is known of files: path -> "size mtime_ns ctime_ns value", one memo by name. In the file
    all rows are one text: a million values of JSON take longer. A lost or garbled one costs time,
    nothing else, and so does one in a folder that cannot be written: then its rows last as long as
    this object.
    """

    def __init__(self, name: str | Path) -> None:
        self._name = str(name)
        self._rows: dict[str, str] = {}
        self._read: tuple[str, list[int]] = ("", [])  # the file that the rows are from, and its state
        self._refresh()

    def value(self, path: Path) -> str | None:
        """What was remembered for this file as it stands now, or None."""
        row, state = self._rows.get(str(path)), _state(files.state(path))
        return row[len(state) :] if row and state and row.startswith(state) else None

    def known(self, states: Mapping[str, list[int]]) -> dict[str, str]:
        """What was remembered of those files (path -> `files.state`) that are still in that
        state.
        """
        self._refresh()
        rows = ((path, self._rows.get(path), _state(state)) for path, state in states.items())
        return {path: row[len(state) :] for path, row, state in rows if row and state and row.startswith(state)}

    def add(self, values: Mapping[Path, str]) -> None:
        """Remember a value for each of these files as they stand now."""
        self.add_states({str(path): value for path, value in values.items()}, {str(p): files.state(p) for p in values})

    def add_states(self, values: Mapping[str, str], states: Mapping[str, list[int]]) -> None:
        """Remember a value for each path, of the file in the state that it had when it was read;
        what other processes wrote meanwhile is kept.
        """
        if new := {path: state + value for path, value in values.items() if (state := _state(states[path]))}:
            self._refresh()
            self._rows |= new
            save(self._name, {"rows": "\0".join(chain.from_iterable(self._rows.items()))})
            self._read = self._stands()

    def _refresh(self) -> None:
        """Read the rows again if the file is another one than they were read from."""
        if (stands := self._stands()) != self._read:
            fields = load(self._name).get("rows", "").split("\0")
            self._rows = dict(zip(fields[::2], fields[1::2], strict=False))
            self._read = stands

    def _stands(self) -> tuple[str, list[int]]:
        path = self._name if os.path.isabs(self._name) else f"{files.cache()}/{self._name}"
        return path, files.state(path)


file_memo = functools.cache(FileMemo)  # one object for all who ask in this process


def contents(folder: str) -> FileMemo:
    """Digests of the files of a data set, by the name of its folder: one reading serves its
    fingerprint and the names of its stored clips.
    """
    return file_memo(f"contents-{folder}.json")


def _state(state: list[int]) -> str:
    """As a row begins; empty when there is no such file."""
    if not state:
        return ""
    size, modified, changed = state
    return f"{size} {modified} {changed} "
