"""Digests of files, remembered by (size, modification time), so that a second start reads no video
again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from repro.data.index import DataError
from repro.files import write

THREADS = 4  # hashing releases the interpreter, and disks like a few requests at once


class Memo:
    """One small JSON file: path -> [size, mtime_ns, value]. A lost or garbled one costs time,
    nothing else.
    """

    def __init__(self, file: Path) -> None:
        self.file, self.rows = file, _load(file)

    def value(self, path: Path) -> str | None:
        """What was remembered for this file as it stands now, or None."""
        row = self.rows.get(str(path))
        return row[2] if row and row[:2] == _state(path) else None

    def holds(self, path: Path) -> bool:
        return self.value(path) is not None

    def add(self, paths: Iterable[Path], values: Iterable[str] | None = None) -> None:
        """Remember these files as they stand now; what other processes wrote meanwhile is kept."""
        paths = list(paths)
        values = values if values is not None else [""] * len(paths)
        new = {str(path): [*state, value] for path, value in zip(paths, values, strict=True) if (state := _state(path))}
        if new:
            self.rows = _load(self.file) | new
            write(self.file, json.dumps(self.rows, indent=0))


_memos: dict[Path, Memo] = {}


def digest(path: Path, folder: Path) -> str:
    """Digest (32 hex) of a file's content, from the memo of this cache folder. Raises DataError
    when there is no such file.
    """
    known = _memo(folder).value(path)
    if known is None:
        remember([path], folder)
        known = _memo(folder).value(path)
    if known is None:
        raise DataError(f"{path} is not here, or changes while it is read. Restore it, or see `repro data check`.")
    return known


def remember(paths: list[Path], folder: Path) -> None:
    """Digest the files that the memo of this cache folder does not know; absent ones are left out."""
    memo = _memo(folder)
    fresh = [path for path in dict.fromkeys(paths) if not memo.holds(path) and path.is_file()]
    if fresh:
        with ThreadPoolExecutor(THREADS) as pool:
            memo.add(fresh, list(pool.map(_read, fresh)))


def _memo(folder: Path) -> Memo:
    file = folder / "contents.json"
    return _memos.setdefault(file, Memo(file)) if file not in _memos else _memos[file]


def _read(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _state(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _load(file: Path) -> dict[str, list]:
    try:
        rows = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return rows if isinstance(rows, dict) else {}
