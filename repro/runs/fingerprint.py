"""The fingerprint of a data set: a digest over its folder as it stands, so that a record knows
which files it was made from.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from repro import files, memo
from repro.runs import NoData, pack
from repro.spec import Data

GENERATED = "generated"


def fingerprint(data: Data, root: Path | None) -> str:
    """`generated` for worlds; else 32 hex over names, sizes and contents of all files in
    `root/<data.folder>`, or in the folder that the option `path` names.

    Contents are read once per size, modification time and change time. Hidden files do not count,
    nor what file systems leave beside the data. Of data that are not here it is that of published
    records, while these count. Raises NoData when there is no such folder, it holds no file, or
    fewer videos than `data.min_videos`.
    """
    try:
        return GENERATED if data.generated else _of_files(data, root)
    except NoData:
        if data.folder in pack.data():
            return pack.data()[data.folder]
        raise


def _of_files(data: Data, root: Path | None) -> str:
    if root is None:
        place = dict(data.options).get("path", data.folder)
        wanted = f"set REPRO_DATA to the folder that holds {place}/, or choose a generated scale"
        raise NoData(f"{data.name} needs real files: {wanted}.")
    folder = Path(root) / dict(data.options).get("path", data.folder)
    if data.min_videos and folder.is_dir():
        videos = memo.cached(("videos", folder), lambda: _videos(folder))
        if videos < data.min_videos:
            raise _no_data(data, f"{videos} videos are here, at least {data.min_videos} are wanted", "is missing")
    return memo.cached(folder, lambda: _digest(folder, data))


def _videos(folder: Path) -> int:
    return sum(name.lower().endswith(files.VIDEOS) for name, _ in _walk(folder))


def _no_data(data: Data, problem: str, what: str) -> NoData:
    return NoData(f"{data.name}: {problem}. `repro data check {data.name}` says what {what} and where to download it.")


def _digest(folder: Path, data: Data) -> str:
    rows = sorted(_walk(folder)) if folder.is_dir() else []
    if not rows:
        problem = f"{folder} {'holds no file' if folder.is_dir() else 'does not exist'}"
        raise _no_data(data, problem, "belongs there")
    states = {f"{folder}/{row}": state for row, state in rows}
    known = memo.contents(data.folder)
    contents = known.known(states)
    if fresh := [path for path in states if path not in contents]:
        read = files.threaded(_content, fresh)
        known.add_states(read, states)
        contents |= read
    total = hashlib.blake2b(digest_size=16)
    for row, (size, *_) in rows:
        content = contents[f"{folder}/{row}"] or "unreadable"
        total.update(f"{row}\0{size}\0{content}\n".encode("utf8", "surrogateescape"))
    return total.hexdigest()


def _walk(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """(relative name, [size, mtime_ns, ctime_ns]) of every file that counts; links are followed, a
    folder that links back upwards is entered once. A folder that cannot be read is named and left
    out.
    """
    entered: set[tuple[int, int]] = set()
    pending = [(str(folder), "")]
    while pending:
        path, relative = pending.pop()
        try:
            here = os.stat(path)
            if (here.st_dev, here.st_ino) in entered:
                continue
            entered.add((here.st_dev, here.st_ino))
            with os.scandir(path) as entries:
                for entry in entries:
                    if files.ignored(entry.name):
                        continue
                    if entry.is_dir():
                        pending.append((entry.path, f"{relative}{entry.name}/"))
                    elif entry.is_file():
                        status = entry.stat()
                        state = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
                        yield f"{relative}{entry.name}", state
        except OSError as error:
            _leave_out(path, error)


def _content(path: str) -> str:
    """Digest of a file; of one that cannot be read nothing, and it is named."""
    try:
        return files.digest(Path(path))
    except OSError as error:
        _leave_out(path, error)
        return ""


def _leave_out(path: str | Path, error: OSError) -> None:
    print(
        f"{path} cannot be read ({error.strerror}) and is left out; give yourself the right to read it", file=sys.stderr
    )
