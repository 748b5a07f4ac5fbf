"""A limit to the room that stored clips take: `REPRO_CACHE_GB`."""

import sys
from pathlib import Path

from repro import files

KINDS = ("clips/*/*.clip", "images/*/*.images")  # below the cache folder; what stands between is a setting


def lock(folder: Path, setting: str) -> Path:
    """The file that a process holds while it uses clips that are stored in one way; its time is
    that of the last use.
    """
    return folder / "in_use" / setting


def make_room(folder: Path) -> None:
    """Remove stored clips under `folder` until they are within the limit. What no process uses
    goes, the setting that was used least recently first, and of that what was stored first.

    What is in use stays, however large, and is said to. One process at a time does this.
    """
    limit = files.cache_limit()
    stored: dict[str, list[tuple[int, int, Path]]] = {}  # setting -> (mtime_ns, bytes, file)
    for path in (path for kind in KINDS for path in folder.glob(kind)):
        if state := files.state(path):
            stored.setdefault(path.parent.name, []).append((state[1], state[0], path))
    taken = sum(size for found in stored.values() for _, size, _ in found)
    with files.unused(folder / "in_use" / "limit") as ours:
        for setting in sorted(stored, key=lambda setting: files.state(lock(folder, setting))[1:]) if ours else ():
            with files.unused(lock(folder, setting)) as free:
                for _, size, path in sorted(stored[setting]):
                    if free and taken > limit:
                        path.unlink(missing_ok=True)
                        taken -= size
    if ours and taken > limit:
        used = f"{taken / 1e9:.3g} GB of clips in {folder} are in use and stay"
        print(f"{used}, more than {files.LIMIT}={limit / 1e9:g}: give it more room", file=sys.stderr)
