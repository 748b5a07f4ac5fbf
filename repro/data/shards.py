"""Entries of one frame (photographs, the world `stills`), a thousand to a file: a shard.

A shard is a table of its images and then their bytes as they lie in memory. A row of the table
holds a digest of itself and of the image's bytes, so that damage costs the images it hits and no
others. One process writes a shard beside its place; it gets its name when it is full or the
preparation ends, and never changes after. Two builders at once write two shards, and an image that
is in both is read from either.
"""

import hashlib
import math
import os
import struct
import sys
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

import numpy as np

from repro import files
from repro.data.store import DIGEST, Entry, Header
from repro.memo import FileMemo

SIZE = 1000  # images in a full shard
MAGIC = b"repro images 1\n"
ROW = struct.Struct("<24sQ3I")  # name, where its bytes begin, h, w, C; then the digest
SIZES = [(side, "<u4") for side in ("h", "w", "C")]
TABLE = np.dtype([("name", "S24"), ("offset", "<u8"), *SIZES, ("digest", f"V{DIGEST}")])
HEAD = len(MAGIC) + SIZE * TABLE.itemsize  # bytes; images begin here


class Images:
    """The images of one setting by the name of their entry, and the shard that is being written.

    Shards are looked at when they appear. Those that `memo` does not know as they stand are read
    and verified; damaged images count as absent, and `damaged` holds their names.
    """

    full = SIZE

    def __init__(self, folder: Path, memo: FileMemo) -> None:
        self.folder, self._memo = folder, memo
        self.damaged: set[str] = set()
        self._states: dict[str, list[int]] = {}  # shard -> its state when it was looked at
        self._tables: list[tuple[Path, np.ndarray]] = []
        self._at: dict[bytes, int] = {}  # name -> SIZE x table + row
        self._seen: list[int] = []  # state of the folder when it was looked at
        self._written: dict[str, bytes] = {}  # name -> row, of the shard that is being written
        self._writing = ExitStack()

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._at or name in self._written

    def get(self, name: str) -> Entry | None:
        """The entry (1, h, w, C), or None when no shard holds it."""
        if files.state(self.folder) != self._seen:
            self.look()
        number = self._at.get(name.encode())
        if number is None:
            return None
        path, table = self._tables[number // SIZE]
        _, offset, *size, _ = table[number % SIZE].item()
        return Entry(path, _header(*size), offset)

    def look(self) -> None:
        """Take stock of the shards as they stand."""
        self._seen = files.state(self.folder)
        states = {str(path): files.state(path) for path in sorted(self.folder.glob("*.images"))}
        if any(states.get(path) != state for path, state in self._states.items()):  # one has gone or was changed
            self._states, self._tables, self._at = {}, [], {}
        fresh = {path: state for path, state in states.items() if path not in self._states}
        known = self._memo.known(fresh)
        if unknown := [path for path in fresh if path not in known]:
            found = files.threaded(_verify, unknown)
            self._memo.add_states(found, fresh)
            known |= found
        for path in fresh:
            self._take(Path(path), {int(row) for row in known[path].split()})
        self._states |= fresh

    def _take(self, path: Path, damaged: set[int]) -> None:
        table, first = _table(path), SIZE * len(self._tables)
        names: list[bytes] = table["name"].tolist()
        self._tables.append((path, table))
        self._at |= {name: first + row for row, name in enumerate(names) if name and row not in damaged}
        self.damaged |= {names[row].decode("ascii", "replace") for row in damaged}

    def add(self, name: str, frames: np.ndarray) -> None:
        """Append one image (1, h, w, C) uint8 to the shard that is being written."""
        if not self._written:
            self._path = self.folder / f"{os.urandom(8).hex()}.images"
            temporary = self._writing.enter_context(files.replacing(self._path))
            self._file = self._writing.enter_context(open(temporary, "wb"))  # noqa: SIM115  the stack closes it
            self._file.seek(HEAD)
        row = ROW.pack(name.encode(), self._file.tell(), *frames.shape[1:])
        image = np.ascontiguousarray(frames, dtype=np.uint8).data
        self._file.write(image)
        self._written[name] = row + _digest(row, image)
        if len(self._written) == self.full:
            self.seal()

    def seal(self) -> None:
        """Give the shard that is being written, if there is one, its name."""
        if not self._written:
            return
        rows, self._written = self._written, {}
        with self._writing:
            self._file.seek(0)
            self._file.write((MAGIC + b"".join(rows.values())).ljust(HEAD, b"\0"))
        self._memo.add({self._path: ""})
        self.look()


@lru_cache(maxsize=4096)
def _header(height: int, width: int, channels: int) -> Header:
    """One object for all images of a size: there may be a million images."""
    return Header((1, height, width, channels))


def _table(path: Path) -> np.ndarray:
    """The SIZE rows of a shard, those of no image with an empty name; of no shard all are such."""
    with open(path, "rb") as file:
        head = file.read(HEAD)
    sound = head.startswith(MAGIC)
    return np.frombuffer(head.ljust(HEAD, b"\0") if sound else bytes(HEAD), TABLE, SIZE, len(MAGIC))


def _verify(path: str) -> str:
    """Numbers of the rows whose image is damaged; its name is printed."""
    table, content = _table(Path(path)), memoryview(Path(path).read_bytes())
    damaged = []
    for number, (name, offset, *size, digest) in enumerate(table.tolist()):
        row = ROW.pack(name, offset, *size)
        if any(row) and _digest(row, content[offset : offset + math.prod(size)]) != digest:
            damaged.append(number)
    if damaged:
        names = ", ".join(name.decode("ascii", "replace") for name in table["name"][damaged[:5]].tolist())
        counted = f"{len(damaged)} of its images are damaged and count as absent"
        print(f"{path}: {counted}: {names}{', …' * (len(damaged) > 5)}", file=sys.stderr)
    return " ".join(map(str, damaged))


def _digest(row: bytes, image: memoryview) -> bytes:
    found = hashlib.blake2b(row, digest_size=DIGEST)
    found.update(image)
    return found.digest()
