"""The file of one stored clip: a fixed header, the frames as they lie in memory, and a digest of
both at the end.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from repro.files import replacing

MAGIC = b"repro clip 1\n"
HEADER = 512  # bytes; frames begin here
DIGEST = 16  # bytes


class Header(NamedTuple):
    """What an entry says about itself."""

    shape: tuple[int, int, int, int]  # T, h, w, C
    damage: str  # empty, or what the source video lacks at its end


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
        return self.header.shape

    def __len__(self) -> int:
        return self.header.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        return self.map()[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.map(), dtype=dtype)

    def map(self) -> np.memmap:
        """The read-only memory map (T, h, w, C) uint8."""
        return np.memmap(self.path, dtype=np.uint8, mode="r", offset=HEADER, shape=self.header.shape)


def store(path: Path, frames: np.ndarray, damage: str = "") -> None:
    """Write an entry in one step."""
    text = json.dumps({"shape": frames.shape, "damage": damage[:200]}).encode()
    head = (MAGIC + text).ljust(HEADER - 1) + b"\n"
    body = np.ascontiguousarray(frames, dtype=np.uint8)
    digest = hashlib.blake2b(head, digest_size=DIGEST)
    digest.update(body)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        file.write(head)
        file.write(body)
        file.write(digest.digest())


def load_header(path: Path) -> Header:
    """The header of an entry. Raises FileNotFoundError, or ValueError when this is none."""
    with open(path, "rb") as file:
        head = file.read(HEADER)
    if len(head) != HEADER or not head.startswith(MAGIC):
        raise ValueError(f"{path} is no stored clip; delete it, it will be built again")
    values = json.loads(head[len(MAGIC) :])
    return Header(tuple(values["shape"]), values["damage"])


def whole(path: Path) -> bool:
    """True when the entry is there, complete, and its digest is right."""
    try:
        shape, size = load_header(path).shape, path.stat().st_size
        if size != HEADER + math.prod(shape) + DIGEST:
            return False
        digest = hashlib.blake2b(digest_size=DIGEST)
        with open(path, "rb") as file:
            digest.update(file.read(size - DIGEST))
            return file.read() == digest.digest()
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
