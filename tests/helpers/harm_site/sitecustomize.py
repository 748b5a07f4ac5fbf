"""A disk as bad as a test asks for, in every process whose PYTHONPATH begins with this folder.

REPRO_FAULT   a pattern: the first write of a file that it matches meets a full disk (the real
              one: /dev/full); a file named by REPRO_FAULT_MARK says that it happened
REPRO_DIE     `<pattern>:<n>`: a process dies when the n-th such file has got its name
REPRO_DISK    a file that gets a line for each fsync and each rename
"""

import builtins
import fnmatch
import io
import os
import signal

FAULT, MARK = os.environ.get("REPRO_FAULT"), os.environ.get("REPRO_FAULT_MARK", "")
DIE, _, TIMES = os.environ.get("REPRO_DIE", "").rpartition(":")
DISK = os.environ.get("REPRO_DISK")
_open, _fsync, _replace, _rename = builtins.open, os.fsync, os.replace, os.rename
_named = [0]


def full(path):
    """Whether this write is the one that finds no room."""
    if not isinstance(path, str | os.PathLike) or not fnmatch.fnmatch(os.fspath(path), FAULT):
        return False
    try:
        os.close(os.open(MARK, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def open_(file, mode="r", *args, **kwargs):
    opened = _open(file, mode, *args, **kwargs)
    if set(mode) & set("wax+") and mode != "rb+" and full(file):
        device = os.open("/dev/full", os.O_WRONLY)
        os.dup2(device, opened.fileno())
        os.close(device)
    return opened


def say(word, *facts):
    descriptor = os.open(DISK, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, ("\t".join(map(str, (os.getpid(), word, *facts))) + "\n").encode())
    os.close(descriptor)


def known(status):
    return f"{status.st_dev}:{status.st_ino}", status.st_size


def fsync(descriptor):
    _fsync(descriptor)
    if DISK:
        say("fsync", *known(os.fstat(descriptor)))


def renaming(real):
    def rename(source, target, **kwargs):
        if DISK:
            say("rename", *known(os.stat(source)), os.fspath(target))
        real(source, target, **kwargs)
        if DIE and fnmatch.fnmatch(os.fspath(target), DIE):
            _named[0] += 1
            if _named[0] == int(TIMES):
                os.kill(os.getpid(), signal.SIGKILL)

    return rename


if FAULT:
    builtins.open = io.open = open_
if DISK or DIE:
    os.fsync, os.replace, os.rename = fsync, renaming(_replace), renaming(_rename)
