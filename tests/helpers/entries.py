"""The clips, or single images, of one data set, and a folder that they are stored in."""

import os
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from repro.data.cache import Prepared, entry, prepare
from repro.data.frames import stored_frames
from repro.data.index import DataError, load, module
from repro.data.store import Entry
from repro.files import replacing
from repro.spec import Clips, Data, options


class Entries:
    """All items of `data`, to be stored in `folder`."""

    def __init__(self, folder: Path, data: Data, root: Path | None = None) -> None:
        index = load(data, root)
        self.folder, self.data, self.items = folder, data, [*index.train, *index.test]

    def other(self, folder: Path | None = None, **clips: Any) -> "Entries":
        """The same items in another folder, or as other clips."""
        made = copy(self)
        made.folder, made.data = folder or self.folder, replace(self.data, clips=replace(self.data.clips, **clips))
        return made

    def prepare(self, items: int | None = None, **settings: Any) -> Prepared:
        return prepare(self.data, self.items[:items], self.folder, **settings)

    def __getitem__(self, number: int) -> Entry:
        return entry(self.data, self.items[number], self.folder)

    def files(self) -> list[Path]:
        """What holds clips or images, whole or half written."""
        return sorted(path for path in self.folder.rglob("*") if path.suffix in (".images", ".clip", ".tmp"))

    def standing(self, number: int) -> bool:
        """Whether this entry is there to be read."""
        try:
            return bool(len(self[number].frames()))
        except DataError:
            return False

    @property
    def count(self) -> int:
        return sum(map(self.standing, range(len(self.items))))

    def wrong(self) -> list[str]:
        """Names of the items whose entry is not what is made of them."""
        read, clips = module(self.data.name).read, self.data.clips
        made = [stored_frames(read(item, clips), clips, item.name) for item in self.items]
        return [item.name for n, item in enumerate(self.items) if not np.array_equal(self[n], made[n])]


def flipped(at: int) -> Callable[[bytes], bytes]:
    """Changes one bit of the byte there."""
    return lambda content: content[:at] + bytes([content[at] ^ 64]) + content[at:][1:]


def truncated(length: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:length]


def harm(path: Path, damage: Callable[[bytes], bytes]) -> bytes:
    """Damage a file, which for certain has another time then; what it held before."""
    sound, status = path.read_bytes(), path.stat()
    with replacing(path) as temporary:
        temporary.write_bytes(damage(sound))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    return sound


def world(folder: Path, name: str = "actions", count: int = 2, side: int = 8) -> Entries:
    """So many clips of four frames of `actions`, or single images of `stills`, of this side."""
    clips = Clips(clip_length=1 if name == "stills" else 4, clip_stride=1, height=side, width=side, resize_ratio=1.0)
    return Entries(folder, Data(name, clips=clips, options=options(train=count, test=0), empty_classes=True))
