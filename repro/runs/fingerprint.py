"""The fingerprint of a data set: a digest over its folder as it stands, so that a record knows
which files it was made from.
"""

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

    Contents are read once per size and modification time. Hidden files do not count. Raises NoData
    when there is no such folder, it holds no file, or fewer videos than `data.min_videos`.
    """
    if data.generated:
        return GENERATED
    if root is None:
        wanted = f"set REPRO_DATA to the folder that holds {data.folder}/, or choose a generated scale"
        raise NoData(f"{data.name} needs real files: {wanted}.")
    folder = Path(root) / data.folder
    if data.min_videos and folder.is_dir():
        videos = memo.cached(("videos", folder), lambda: sum(name.endswith(VIDEOS) for name, _, _ in _walk(folder)))
        if videos < data.min_videos:
            raise _no_data(data, f"{videos} videos are here, at least {data.min_videos} are wanted", "is missing")
    return memo.cached(folder, lambda: _digest(folder, data))


def _no_data(data: Data, problem: str, what: str) -> NoData:
    return NoData(f"{data.name}: {problem}. `repro data check {data.name}` says what {what} and where it is to be had.")


def _digest(folder: Path, data: Data) -> str:
    rows = sorted(_walk(folder)) if folder.is_dir() else []
    if not rows:
        problem = f"{folder} {'holds no file' if folder.is_dir() else 'does not exist'}"
        raise _no_data(data, problem, "belongs there")
    name = f"fingerprint-{data.name}.json"
    stored = memo.load(name)
    known = stored.get("files", {}) if stored.get("folder") == str(folder) else {}
    contents = {row: known[row][2] for row, size, mtime in rows if known.get(row, [])[:2] == [size, mtime]}
    fresh = [row for row, _, _ in rows if row not in contents]
    if fresh:
        with ThreadPoolExecutor(4) as pool:  # hashing leaves the interpreter free, so threads do help
            contents |= zip(fresh, pool.map(lambda row: _content(folder / row), fresh), strict=True)
    if fresh or len(known) != len(rows):
        table = {row: [size, mtime, contents[row]] for row, size, mtime in rows}
        memo.save(name, {"folder": str(folder), "files": table})
    total = hashlib.blake2b(digest_size=16)
    for row, size, _ in rows:
        total.update(f"{row}\0{size}\0{contents[row]}\n".encode("utf8", "surrogateescape"))
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
