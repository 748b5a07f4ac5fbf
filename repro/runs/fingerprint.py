"""The fingerprint of a data set: a digest over its folder as it stands, so that a record knows
which files it was made from.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from repro import memo
from repro.runs import NoData
from repro.spec import Data

GENERATED = "generated"
VIDEOS = (".avi", ".mp4", ".mpg")


def fingerprint(data: Data, root: Path | None) -> str:
    """`generated` for worlds; else 32 hex over names, sizes and contents of all files in
    `root/<data.folder>`.

    Contents are read once per size and modification time. Hidden files do not count.
    Raises NoData when there is no such folder, it holds no file, or fewer videos than `data.least`.
    """
    if data.generated:
        return GENERATED
    if root is None:
        raise NoData(
            f"{data.name} needs real files: set REPRO_DATA to the folder that holds {data.folder}/, or choose a generated scale."
        )
    folder = Path(root) / data.folder
    if data.min_videos and folder.is_dir():
        _enough(data, memo.held(("videos", folder), lambda: sum(name.endswith(VIDEOS) for name, _, _ in _walk(folder))))
    return memo.held(folder, lambda: _digest(folder, data.name))


def _enough(data: Data, found: int) -> None:
    if found < data.min_videos:
        what = f"{found} videos are here, at least {data.min_videos} are wanted"
        raise NoData(
            f"{data.name}: {what}. `repro data check {data.name}` says what is missing and where it is to be had."
        )


def _digest(folder: Path, name: str) -> str:
    rows = sorted(_walk(folder)) if folder.is_dir() else []
    if not rows:
        state = "holds no file" if folder.is_dir() else "does not exist"
        raise NoData(
            f"{name}: {folder} {state}. `repro data check {name}` says what belongs there and where it is to be had."
        )
    kept = memo.load(f"fingerprint-{name}.json")
    known = kept.get("files", {}) if kept.get("folder") == str(folder) else {}
    contents = {
        relative: row[2] for relative, *row in ((r, *known[r]) for r, s, m in rows if known.get(r, [])[:2] == [s, m])
    }
    fresh = [relative for relative, _, _ in rows if relative not in contents]
    if fresh:
        with ThreadPoolExecutor(4) as pool:  # hashing leaves the interpreter free, so threads do help
            contents |= zip(fresh, pool.map(lambda relative: _content(folder / relative), fresh), strict=True)
    if fresh or len(known) != len(rows):
        memo.save(
            f"fingerprint-{name}.json", {"folder": str(folder), "files": {r: [s, m, contents[r]] for r, s, m in rows}}
        )
    total = hashlib.blake2b(digest_size=16)
    for relative, size, _ in rows:
        total.update(f"{relative}\0{size}\0{contents[relative]}\n".encode("utf8", "surrogateescape"))
    return total.hexdigest()


def _walk(folder: Path) -> Iterator[tuple[str, int, int]]:
    """(relative name, size, mtime_ns) of every file; links are followed, a folder that links back
    upwards is entered once.
    """
    entered: set[tuple[int, int]] = set()
    pending = [(str(folder), "")]
    while pending:
        path, relative = pending.pop()
        here = os.stat(path)
        if (here.st_dev, here.st_ino) in entered:
            continue
        entered.add((here.st_dev, here.st_ino))
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    pending.append((entry.path, f"{relative}{entry.name}/"))
                elif entry.is_file():
                    status = entry.stat()
                    yield f"{relative}{entry.name}", status.st_size, status.st_mtime_ns


def _content(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
