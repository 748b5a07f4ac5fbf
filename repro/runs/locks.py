"""Locks between processes, on files: the system frees them however their holder ends.

Some file systems know no locks (Lustre without `-o flock`, NFS without its lock daemon): there the
same lock is taken on a file in this machine's temporary folder.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from repro import files

UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_warned: set[Path] = set()  # folders without locks that this process has spoken of


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
            except OSError as error:
                if error.errno not in UNSUPPORTED:
                    raise
                return _take_here(file, wait)
            with contextlib.suppress(FileNotFoundError):  # removed by `clean` since it was opened: it locks nothing
                if os.fstat(descriptor).st_ino == file.stat().st_ino:
                    opened.pop_all()
                    return descriptor


def _take_here(file: Path, wait: bool) -> int | None:
    """The same as `take`, among the processes of this machine and user that share a temporary
    folder.
    """
    folder = Path(tempfile.gettempdir()) / f"repro-locks-{os.getuid()}"
    if file.parent not in _warned:
        _warned.add(file.parent)
        warning = f"{file.parent} is on a file system without locks; they are kept in {folder} instead. "
        print(f"{warning}Do not make the same runs on another machine at the same time.", file=sys.stderr)
    folder.mkdir(mode=0o700, exist_ok=True)
    name = hashlib.blake2b(os.fsencode(file.resolve()), digest_size=16).hexdigest()
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:  # of the other kind: where a security module forbids flock, it may allow these
        fcntl.lockf(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return None
        raise
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
