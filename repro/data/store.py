"""The file of one stored clip (a fixed header, the frames as they lie in memory or as pictures, and
a digest of both at the end), a stored clip as readers see it, and the digests of the files that
clips come from.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from repro import memo
from repro.data.jpeg import Jpegs, encode
from repro.files import digest, replacing, state, threaded

MAGIC = b"repro clip 1\n"
HEADER = 512  # bytes; frames begin here
DIGEST = 16  # bytes


class Header(NamedTuple):
    """What an entry says about itself."""

    shape: tuple[int, int, int, int]  # T, h, w, C
    damage: str = ""  # empty, or what is wrong with the source video
    fps: float = 0.0  # of its raw frames; 0.0 where the source has no times
    variable: bool = False  # gaps between its frames differ
    form: str = "raw"  # of its frames, or "jpeg"


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored clip (T, h, w, C) uint8; index it like an array.

    It is opened at each access and holds no open file, so that ten thousand can be kept and sent to
    loader processes by name.
    """

    path: Path
    header: Header
    offset: int = HEADER  # bytes before its frames

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(T, h, w, C)."""
        return self.header.shape

    def __len__(self) -> int:
        return self.header.shape[0]

    def __getitem__(self, index: Any) -> np.ndarray:
        return self.frames()[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self[:], dtype=dtype, copy=copy)

    def frames(self) -> np.memmap | Jpegs:
        """All frames (T, h, w, C) uint8 to be indexed: a read-only memory map, or pictures that are
        decoded then.
        """
        if self.header.form == "jpeg":
            return Jpegs(self.path, self.header.shape, self.offset)
        return np.memmap(self.path, dtype=np.uint8, mode="r", offset=self.offset, shape=self.header.shape)


def store(
    path: Path, frames: np.ndarray, form: str = "raw", damage: str = "", fps: float = 0.0, variable: bool = False
) -> None:
    """Write an entry of frames (T, h, w, C) uint8 in one step."""
    header = Header(frames.shape, damage[:200], fps, variable, form)
    text = json.dumps(header._asdict()).encode()
    head = (MAGIC + text).ljust(HEADER - 1) + b"\n"
    body = encode(frames) if form == "jpeg" else np.ascontiguousarray(frames, dtype=np.uint8).data
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
        load_header(path)
        content = path.read_bytes()
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    return content.endswith(hashlib.blake2b(content[:-DIGEST], digest_size=DIGEST).digest())


def digests(paths: Iterable[Path], folder: str) -> dict[str, str]:
    """Digest (32 hex) of each of these files of the data set in `folder`, read where no memo knows
    it. Absent are those that are not here, cannot be read, or change while they are read.
    """
    states = {path: state(path) for path in map(str, paths)}
    contents = memo.contents(folder)
    known = contents.known(states)
    if fresh := [path for path in states if not known.get(path) and states[path]]:
        read = threaded(_digest, fresh)
        contents.add_states(read, states)
        known |= {path: found for path, found in read.items() if state(path) == states[path]}
    return {path: found for path, found in known.items() if found}


def _digest(path: str) -> str:
    """Of a file that cannot be read empty."""
    try:
        return digest(Path(path))
    except OSError:
        return ""
