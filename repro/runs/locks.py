"""Locks between processes, on files: the system frees them however their holder ends."""

from __future__ import annotations

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
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_ino == os.stat(file).st_ino:
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:  # removed by `clean` between open and lock: the lock holds nothing
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


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
