"""Locks between processes, on files: the system frees them however their holder ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from repro import files


def path(key: str, purpose: str) -> Path:
    """The lock file of a run. `claim`: who sees to it that the run gets done; `writer`: who writes
    its folder.
    """
    return files.runs() / ".locks" / f"{key}.{purpose}"


def take(file: Path, *, wait: bool) -> int | None:
    """A descriptor that holds the lock until it is closed, or None when somebody else holds it and
    we do not wait.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with contextlib.ExitStack() as opened:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
            opened.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            with contextlib.suppress(FileNotFoundError):  # removed by `clean` since it was opened: it locks nothing
                if os.fstat(descriptor).st_ino == file.stat().st_ino:
                    opened.pop_all()
                    return descriptor


@contextlib.contextmanager
def locked(file: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock within the block; yields False when somebody else holds it and we do not
    wait.
    """
    descriptor = take(file, wait=wait)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
