"""UCF Sports (Rodriguez, Ahmed, Shah, CVPR 2008): 10 sports on television, 150 clips of about 720 x
480.

Layout:  ucfsports/<folder>/<number>/<reel>_<frame>.avi      as distributed, in the archive's folder `ucf action`
         ucfsports/<folder>/<number>/<reel>_<frame>.jpg      the same frames; some clips have no video, some no frames

Thirteen folders for ten classes: three views of a golf swing are one class and two of a kick. How
many clips a folder holds, numbered from 001, is known and is the list that the set lacks; the sums
are the counts on its page (diving 14, golf 18, …). Where a clip has no video, its frames are read
in the order of their names, numbers in them counting as numbers. The cache knows such a clip by its
first frame: where a later one is exchanged, empty the cache.

The set names no groups. Its files do name the material that they were cut from: `3283-8_700741.avi`
and `3283-8_701201.avi`, clips 001 and 002 of the golf swings from behind, share the number
`3283-8`. We call that a reel and take class and reel as the group, as UCF101 and HMDB51 take class
and source video. A clip whose name shows no reel is its own group, and a note counts these; where
copies were renamed, all are, and then a split of whole groups is one of whole clips: that it leaks
cannot be told. [unchecked, no copy was at hand: that clips of one reel show one scene, and that
clips of one scene always share a reel.]

No official split exists. The authors leave one clip out; `official` is our `group_70_30`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from repro.data.decode import read_video
from repro.data.index import DataError, Index, Item
from repro.data.lists import SUFFIXES, Source, absent, divide, need_folder
from repro.data.photo import images
from repro.data.photo import read as read_photo
from repro.data.splits import GROUP, RANDOM, arrange
from repro.spec import Clips

__all__ = ["SOURCE", "index", "read"]

SOURCE = Source(
    title="UCF Sports",
    where="https://www.crcv.ucf.edu/data/UCF_Sports_Action.php",
    licence="none stated; clips from television and stock footage, for research; cite Rodriguez, Ahmed, Shah, CVPR 2008",
    layout="ucfsports/<folder>/<number>/*.avi or *.jpg (Diving-Side/001 …, the archive's `ucf action` renamed) under $REPRO_DATA",
)
FOLDERS = {  # folder -> (class, clips in it)
    "Diving-Side": ("Diving", 14),
    "Golf-Swing-Back": ("Golf-Swing", 5),
    "Golf-Swing-Front": ("Golf-Swing", 8),
    "Golf-Swing-Side": ("Golf-Swing", 5),
    "Kicking-Front": ("Kicking", 10),
    "Kicking-Side": ("Kicking", 10),
    "Lifting": ("Lifting", 6),
    "Riding-Horse": ("Riding-Horse", 12),
    "Run-Side": ("Run", 13),
    "SkateBoarding-Front": ("SkateBoarding", 12),
    "Swing-Bench": ("Swing-Bench", 20),
    "Swing-SideAngle": ("Swing-SideAngle", 13),
    "Walk-Front": ("Walk", 22),
}
CLASSES = tuple(dict.fromkeys(name for name, _ in FOLDERS.values()))
REEL = re.compile(r"(\w+-\d+)_\S+")
OWN = "no official split exists; whole groups, 70/30, drawn here"


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `group_70_30`) or of one of `repro.data.splits.OURS`.

    Raises DataError when the folder is absent or holds no clip.
    """
    folder = need_folder(root, "ucfsports", SOURCE)
    listed = [f"{place}/{number:03d}" for place, (_, count) in FOLDERS.items() for number in range(1, count + 1)]
    found = {name: _clip(folder / name) for name in listed}
    items = [_item(name, path) for name, path in found.items() if path]
    missing = tuple(name for name, path in found.items() if not path)
    if not items:
        raise DataError(
            f"{SOURCE.title}: {absent(missing, len(listed))} Expected {SOURCE.layout}. To be had at {SOURCE.where}"
        )
    train, test = divide(split, lambda _: arrange(items, GROUP), lambda: items, count=1)
    notes = [OWN] if split.startswith("official") else []
    if alone := sum(item.group == item.name for item in items):
        notes.append(f"{alone} of {len(items)} clips show no reel in their name; each is its own group")
    if split != RANDOM:
        notes += _shared(train, test)
    if missing:
        notes.append(f"{len(missing)} of {len(listed)} listed clips are not here")
    return Index(CLASSES, tuple(train), tuple(test), missing, tuple(notes))


def read(item: Item, clips: Clips) -> np.ndarray:
    """The kept frames of one clip, (T, H, W, 3) uint8 RGB: of its video, or every `clips.every`-th
    of its frame files.

    Raises DataError when a file cannot be decoded, or frames differ in size.
    """
    if item.path.suffix.lower() in SUFFIXES:
        return read_video(item.path, clips.frame_stride)
    paths = [item.path.parent / name for name in _frames(item.path.parent)][:: clips.frame_stride]
    frames = [read_photo(Item(item.name, item.label, item.group, path), clips)[0] for path in paths]
    if len({frame.shape for frame in frames}) > 1:
        raise DataError(
            f"{item.path.parent}: its frames differ in size, so they are no clip. Restore the folder as distributed."
        )
    return np.stack(frames)


def _clip(folder: Path) -> Path | None:
    """The video of a clip's folder, else the first of its frames; None where it has neither."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return None
    videos = [name for name in names if name.lower().endswith(SUFFIXES)]
    first = next(iter(videos or _frames(folder)), None)
    return folder / first if first else None


def _frames(folder: Path) -> list[str]:
    """Names of the frame files in their order: 2538-5_7099.jpg stands before 2538-5_70100.jpg."""
    return sorted(
        images(folder),
        key=lambda name: [(part.isdigit(), int(part) if part.isdigit() else part) for part in _parts(name)],
    )


def _parts(name: str) -> list[str]:
    return re.findall(r"\d+|\D+", name)


def _item(name: str, path: Path) -> Item:
    place = name.partition("/")[0]
    kind = FOLDERS[place][0]
    reel = REEL.fullmatch(path.stem)
    return Item(name, CLASSES.index(kind), f"{kind}/{reel[1]}" if reel else name, path)


def _shared(train: list[Item], test: list[Item]) -> list[str]:
    """A note on reels that give clips to both sides, under different classes."""
    sides = [{item.group.partition("/")[2] for item in side if item.group != item.name} for side in (train, test)]
    shared = len(sides[0] & sides[1])
    return [f"{shared} of {len(sides[1])} test reels also give clips of other classes to train"] if shared else []
