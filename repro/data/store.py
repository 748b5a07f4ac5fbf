"""What lies in the cache folder: the file of one stored clip (a fixed header, the frames as they
lie in memory, and a digest of both at the end), and memos of what was read of files before.
"""

import functools
import hashlib
import json
import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from repro.data.index import DataError
from repro.files import digest, replacing
from repro.memo import FileMemo

MAGIC = b"repro clip 1\n"
HEADER = 512  # bytes; frames begin here
DIGEST = 16  # bytes
THREADS = 4  # hashing releases the interpreter, and disks like a few requests at once


class Header(NamedTuple):
    """What an entry says about itself."""

    shape: tuple[int, int, int, int]  # T, h, w, C
    damage: str = ""  # empty, or what is wrong with the source video
    fps: float = 0.0  # of its raw frames; 0.0 where the source has no times
    variable: bool = False  # gaps between its frames differ


@dataclass(frozen=True)
class Entry:
    """A stored clip (T, h, w, C) uint8; index it like an array.

    It is mapped at each access and holds no open file, so that ten thousand can be kept and sent to
    loader processes by name.
    """

    path: Path
    header: Header

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(T, h, w, C)."""
        return self.header.shape

    def __len__(self) -> int:
        return self.header.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        return self.map()[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.map(), dtype=dtype, copy=copy)

    def map(self) -> np.memmap:
        """The read-only memory map (T, h, w, C) uint8."""
        return np.memmap(self.path, dtype=np.uint8, mode="r", offset=HEADER, shape=self.header.shape)


def store(path: Path, frames: np.ndarray, damage: str = "", fps: float = 0.0, variable: bool = False) -> None:
    """Write an entry in one step."""
    about = {"shape": frames.shape, "damage": damage[:200], "fps": fps, "variable": variable}
    text = json.dumps(about).encode()
    head = (MAGIC + text).ljust(HEADER - 1) + b"\n"
    body = np.ascontiguousarray(frames, dtype=np.uint8).data
    digest = hashlib.blake2b(head, digest_size=DIGEST)
    digest.update(body)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.writelines((head, body, digest.digest()))


def load_header(path: Path) -> Header:
    """The header of an entry. Raises FileNotFoundError, or ValueError when this is none."""
    with open(path, "rb") as file:
        head = file.read(HEADER)
    if len(head) != HEADER or not head.startswith(MAGIC):
        raise ValueError(f"{path} is no stored clip; delete it, it will be built again")
    values = json.loads(head[len(MAGIC) :])
    return Header(**values | {"shape": tuple(values["shape"])})


def whole(path: Path) -> bool:
    """True when the entry is there, complete, and its digest is right."""
    try:
        size = HEADER + math.prod(load_header(path).shape) + DIGEST
        content = path.read_bytes()
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    digest = hashlib.blake2b(content[:-DIGEST], digest_size=DIGEST).digest()
    return len(content) == size and content.endswith(digest)


contents = functools.cache(
    lambda folder: FileMemo((folder / "contents.json").absolute())
)  # digests of videos and images


def content(path: Path, folder: Path) -> str:
    """Digest (32 hex) of a file's content, from the memo of this cache folder. Raises DataError
    when there is no such file.
    """
    remember([path], folder)
    known = contents(folder).value(path)
    if not known:
        absent = f"{path} is not here, cannot be read, or changes while it is read"
        raise DataError(f"{absent}. Restore it, or see `repro data check`.")
    return known


def remember(paths: Iterable[Path], folder: Path) -> None:
    """Digest the files that the memo of this cache folder does not know; not the absent ones."""
    known = contents(folder)
    fresh = [path for path in dict.fromkeys(paths) if not known.value(path) and path.is_file()]
    if fresh:
        with ThreadPoolExecutor(THREADS) as pool:
            known.add(dict(zip(fresh, pool.map(_digest, fresh), strict=True)))


def _digest(path: Path) -> str:
    """Of a file that cannot be read empty."""
    try:
        return digest(path)
    except OSError:
        return ""
