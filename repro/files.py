"""Where things lie on disk, and how a file is written so that nothing half-written ever stays."""

import errno
import fcntl
import hashlib
import io
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

Value = TypeVar("Value")
Answer = TypeVar("Answer")

CHECKOUT = Path(__file__).resolve().parents[1]
# What counts as a video or a photograph, in any case. A list names .avi where a mirror holds .mp4.
VIDEOS, IMAGES = (".avi", ".mp4", ".mkv", ".webm", ".mpg", ".mov"), (".jpeg", ".jpg", ".png")
# Left by file systems and desktops beside the data; so is whatever begins with a dot.
STRAY = frozenset(("lost+found", "@eadir", "#recycle", "$recycle.bin", "__macosx", "system volume information"))
DECODERS = "REPRO_DECODERS"  # environment of a worker: how many processes decode for it
LIMIT = "REPRO_CACHE_GB"  # environment: how large the folder of stored clips may grow
SWITCH = "REPRO_PUBLISHED"  # environment: 0: what is committed does not count; only: nothing else does
DECODING = "decoding"  # folder in the cache: which clip a process decodes at the moment, by its number


_held: dict[Path, int] = {}  # lock file -> the descriptor by which this process holds it


class BadPath(ValueError):
    """A folder (or its limit) that the environment or a notebook names is of no use; the message
    says why, and what would be.
    """


def settle() -> None:
    """Make what the environment says of folders true wherever it is read: $REPRO_HOME, $REPRO_DATA,
    $REPRO_CACHE and $REPRO_PAPERS become absolute, and a user without a home folder is lent one.

    Kernels and workers inherit it. Raises BadPath, also for a limit that is no number.
    """
    cache_limit()
    os.environ["REPRO_HOME"] = str(home())  # of an installed package: where the command was given
    for name in ("REPRO_DATA", "REPRO_CACHE", "REPRO_PAPERS"):
        if value := os.environ.get(name):
            parts = value.split(os.pathsep) if name == "REPRO_PAPERS" else [value]
            os.environ[name] = os.pathsep.join(str(absolute(part, name)) for part in parts if part)
    if os.path.expanduser("~") == "~":  # no $HOME and no entry in passwd: Jupyter would not start
        os.environ["HOME"] = str(cache())


def absolute(value: str | Path, name: str) -> Path:
    """The folder that a person means by `value`, the value of `name`. Raises BadPath on a `~`
    without meaning.
    """
    path = os.path.expanduser(value)
    if path.startswith("~"):
        raise BadPath(f"{name}={value}: no such home folder is known here. Give the whole path, from / on.")
    return Path(os.path.abspath(path))


def writable(*folders: Path) -> None:
    """Make these folders. Raises BadPath when a file cannot be written there."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b".")
        except OSError as error:
            raise BadPath(f"Results go to {home()}, and that cannot be: {problem(error)}. Set REPRO_HOME.") from None


def problem(error: OSError) -> str:
    """What the system says is wrong, and with which file."""
    named = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return f"{' -> '.join(named)}: {error.strerror}" if named else str(error.strerror or error)


def damaged(path: Path, wanted: str) -> OSError:
    """The error that a file of ours holds something else."""
    return OSError(errno.EILSEQ, f"{wanted} was wanted here. Remove the file and make it anew", str(path))


def home() -> Path:
    """The kit's folder: $REPRO_HOME, or the checkout this package lies in; where it was installed
    from a wheel, the current folder.
    """
    value = os.environ.get("REPRO_HOME") or (CHECKOUT if (CHECKOUT / "pyproject.toml").is_file() else os.curdir)
    return absolute(value, "REPRO_HOME")


def data_root() -> Path | None:
    """The folder that holds real data sets, one folder each: $REPRO_DATA, or None when it is unset
    or empty.
    """
    value = os.environ.get("REPRO_DATA")
    return absolute(value, "REPRO_DATA").resolve() if value else None


def results(scale: str) -> Path:
    """Tables, claims, passports and the page of one scale."""
    return home() / "results" / scale


def figures(scale: str) -> Path:
    """Figures of one scale."""
    return home() / "figures" / scale


def places(scale: str) -> list[str]:
    """The folders below results/ and figures/ where artifacts of a scale may stand, the first that
    counts first: made here, then the committed snapshot. $REPRO_PUBLISHED leaves out one of them.
    """
    own, snapshot = scale, f"published/{scale}"
    return {"0": [own], "only": [snapshot]}.get(os.environ.get(SWITCH, ""), [own, snapshot])


def standing(scale: str, artifact: str) -> str:
    """That of these folders where an artifact stands, by its passport; the first when in none."""
    at = places(scale)
    return next((place for place in at if (results(place) / "tables" / f"{artifact}.json").is_file()), at[0])


def claims(scale: str) -> list[Path]:
    """The files of verdicts of a scale, each where its artifact stands, by name."""
    names = {path.stem for place in places(scale) for path in (results(place) / "claims").glob("*.csv")}
    paths = [results(standing(scale, name)) / "claims" / f"{name}.csv" for name in sorted(names)]
    return [path for path in paths if path.is_file()]


def runs() -> Path:
    """One folder per run record."""
    return home() / "results" / "runs"


def cache() -> Path:
    """Memoised digests, and decoded clips unless they lie elsewhere; may be deleted at any time."""
    return home() / "results" / "cache"


def clip_cache() -> Path:
    """Decoded clips: $REPRO_CACHE, which others may share and which need not be writable, or
    `cache()`.
    """
    value = os.environ.get("REPRO_CACHE")
    return absolute(value, "REPRO_CACHE") if value else cache()


def cache_limit() -> float:
    """Bytes that decoded clips may take: $REPRO_CACHE_GB; infinite when it is unset or empty.
    Raises BadPath when it is no number above 0.
    """
    value = os.environ.get(LIMIT)
    try:
        limit = float(value) if value else math.inf
    except ValueError:
        limit = math.nan
    if not limit > 0:
        raise BadPath(f"{LIMIT}={value}: wanted is a number of gigabytes above 0, such as 200. Unset it for no limit.")
    return limit * 1e9


def ignored(name: str) -> bool:
    """Whether an entry of a data folder is no data, by its name: hidden, or left by the system."""
    return name.startswith(".") or name.lower() in STRAY


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`; on success it is flushed to disk and takes that name, on any
    error it vanishes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{owner()}.{os.urandom(3).hex()}.tmp")
    try:
        with naming(path):
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Within this block an error of writing names `path`: a full disk alone names no file."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def owner() -> str:
    """The name of this process, `<machine>-<process>`, in that of something passing: what it leaves
    when it is killed is known by that.
    """
    return f"{hashlib.blake2b(os.fsencode(os.uname().nodename), digest_size=4).hexdigest()}-{os.getpid()}"


def abandoned(path: Path) -> bool:
    """Whether the process that `owner` put into a name is one of this machine and has ended."""
    machine, _, process = owner().partition("-")
    named = re.search(rf"\b{machine}-(\d+)\b", path.name)
    return named is not None and named[1] != process and gone(int(named[1]))


def gone(process: int) -> bool:
    """Whether no process of this machine has this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def hold(lock: Path) -> None:
    """Have what this file stands for be in use until `release`, or until this process ends,
    however it does; the file's time becomes now. Waits for who has it by `unused`.

    Where the file cannot be made or locked nothing is held.
    """
    with suppress(OSError):
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    with suppress(OSError):
        if lock not in _held:
            descriptor = os.open(lock, os.O_RDONLY)
            _held[lock] = descriptor
            fcntl.flock(descriptor, fcntl.LOCK_SH)


def release() -> None:
    """End the use of all that this process holds."""
    while _held:
        os.close(_held.popitem()[1])


@contextmanager
def unused(lock: Path) -> Iterator[bool]:
    """Whether nobody holds what this file stands for; if so, nobody does within the block. False
    where that cannot be known.
    """
    descriptor, free = -1, False
    with suppress(OSError):
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    try:
        yield free
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def sweep() -> None:
    """Remove what killed processes left half written below results/, figures/ and $REPRO_CACHE."""
    for top in (home() / "results", home() / "figures", clip_cache()):
        for folder, folders, names in os.walk(top):
            for name in [name for name in folders if abandoned(Path(name))]:
                folders.remove(name)
                shutil.rmtree(Path(folder, name), ignore_errors=True)
            for name in names:
                if name.endswith(".tmp") and abandoned(Path(name)):
                    with suppress(PermissionError):  # of another user who shares the folder
                        Path(folder, name).unlink(missing_ok=True)
    for mark in (cache() / DECODING).glob("*-*.txt"):
        if all(part.isdecimal() and gone(int(part)) for part in mark.stem.split("-")):
            mark.unlink(missing_ok=True)


def write(path: Path, content: str | bytes) -> None:
    """Write text or bytes in one step: readers see the old file or the whole new one. Text becomes
    UTF-8; of a file name that is none, the bytes are spelled out.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode("utf8", "backslashreplace") if isinstance(content, str) else content)


def digest(content: Path | bytes) -> str:
    """32 hex of bytes, or of what a file holds. Raises OSError when it cannot be read."""
    with io.BytesIO(content) if isinstance(content, bytes) else open(content, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def threaded(work: Callable[[Value], Answer], values: Sequence[Value], threads: int = 4) -> dict[Value, Answer]:
    """Value -> what `work` returns for it, worked out in threads: hashing leaves the interpreter
    free, and disks like a few requests at once. Each takes some values at a time, as there may be a
    million.
    """
    some = min(max(len(values) // (8 * threads), 1), 256)
    parts = [values[at : at + some] for at in range(0, len(values), some)]
    with ThreadPoolExecutor(threads) as pool:
        answers = pool.map(lambda part: [work(value) for value in part], parts)
        return dict(zip(values, chain.from_iterable(answers), strict=True))


def digests(*paths: Path) -> dict[str, str]:
    """Of files below the kit's folder: their names there -> `digest`."""
    return {path.relative_to(home()).as_posix(): digest(path) for path in paths}


def state(path: str | Path) -> list[int]:
    """What changes when a file does: [size, mtime_ns, ctime_ns]; empty when there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def sealed(content: dict[str, Any]) -> str:
    """JSON that carries a checksum of itself."""
    content = json.loads(json.dumps(content))
    return json.dumps({"sum": _sum(content), **content}, indent=1)


def unsealed(text: str) -> dict[str, Any]:
    """What `sealed` wrote. Raises ValueError when it is not whole."""
    content = json.loads(text)
    if not isinstance(content, dict) or content.pop("sum", None) != _sum(content):
        raise ValueError("its checksum is wrong: it was changed after it was written")
    return content


def _sum(content: dict[str, Any]) -> str:
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()
