"""UCF Sports (Rodriguez, Ahmed, Shah, CVPR 2008): 10 sports on television, 150 clips of about 720 x
480.

Layout:  ucfsports/<folder>/<number>/<reel>_<frame>.avi
         ucfsports/<folder>/<number>/<reel>_<frame>.jpg    the same frames

It is distributed like this, in the archive's folder `ucf action`; some clips have no video, some no
frames.

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

import re
from pathlib import Path

import numpy as np

from repro.data.decode import Video
from repro.data.decode import read as read_film
from repro.data.index import DataError, Index, Item
from repro.data.lists import OWN, Source, crossing, divide, files, finish
from repro.data.photo import read as read_photo
from repro.data.splits import RANDOM
from repro.files import IMAGES, VIDEOS
from repro.spec import Clips

SOURCE = Source(
    title="UCF Sports",
    where="https://www.crcv.ucf.edu/data/UCF_Sports_Action.php",
    licence="none stated; from television and stock footage, for research; cite Rodriguez, Ahmed, Shah, CVPR 2008",
    layout="ucfsports/<folder>/<number>/*.avi or *.jpg (Diving-Side/001 …, once `ucf action`) under $REPRO_DATA",
)
# Folder -> (class, clips in it).
FOLDERS = {
    "Diving-Side": ("Diving", 14), "Golf-Swing-Back": ("Golf-Swing", 5), "Golf-Swing-Front": ("Golf-Swing", 8),
    "Golf-Swing-Side": ("Golf-Swing", 5), "Kicking-Front": ("Kicking", 10), "Kicking-Side": ("Kicking", 10),
    "Lifting": ("Lifting", 6), "Riding-Horse": ("Riding-Horse", 12), "Run-Side": ("Run", 13),
    "SkateBoarding-Front": ("SkateBoarding", 12), "Swing-Bench": ("Swing-Bench", 20),
    "Swing-SideAngle": ("Swing-SideAngle", 13), "Walk-Front": ("Walk", 22),
}  # fmt: skip
CLASSES = tuple(dict.fromkeys(name for name, _ in FOLDERS.values()))
REEL = re.compile(r"(\w+-\d+)_\S+")


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `group_70_30`) or of one of `repro.data.splits.OURS`.

    Raises DataError when the folder is absent or holds no clip.
    """
    folder = SOURCE.folder(root, "ucfsports")
    listed = [f"{name}/{number:03d}" for name, (_, count) in FOLDERS.items() for number in range(1, count + 1)]
    found = [item for name in listed if (item := _item(folder, name))]
    missing = [name for name in listed if name not in {item.name for item in found}]
    sides = divide(split, lambda: found)
    notes = [OWN] if split.startswith("official") else []
    if alone := sum(item.group == item.name for item in found):
        notes.append(f"{alone} of {len(found)} clips show no reel in their name; each is its own group")
    if split != RANDOM:
        notes += crossing(sides, "reels")
    return finish(CLASSES, sides, SOURCE, notes, missing)


def read(item: Item, clips: Clips) -> Video | np.ndarray:
    """The kept frames of one clip, each (H, W, 3) uint8 RGB: of its video, or every
    `clips.frame_stride`-th of its frame files.

    Raises DataError when a file cannot be decoded, or frames differ in size.
    """
    assert item.path is not None
    if item.path.suffix.lower() in VIDEOS:
        return read_film(item, clips)
    folder = item.path.parent
    paths = [folder / name for name in _frames(folder)][:: clips.frame_stride]
    frames = [read_photo(Item(item.name, item.label, item.group, path), clips)[0] for path in paths]
    if len({frame.shape for frame in frames}) > 1:
        raise DataError(f"{folder}: its frames differ in size, so they are no clip. Restore the folder as distributed.")
    return np.stack(frames)


def _item(folder: Path, name: str) -> Item | None:
    """A clip with its video, else with the first of its frames; None where it has neither."""
    first = next(iter(files(folder / name) or _frames(folder / name)), None)
    if first is None:
        return None
    path, kind = folder / name / first, FOLDERS[name.partition("/")[0]][0]
    reel = REEL.fullmatch(path.stem)
    return Item(name, CLASSES.index(kind), f"{kind}/{reel[1]}" if reel else name, path)


def _frames(folder: Path) -> list[str]:
    """Names of the frame files in their order: 2538-5_7099.jpg stands before 2538-5_70100.jpg."""
    parts = {name: re.findall(r"\d+|\D+", name) for name in files(folder, IMAGES)}
    return sorted(parts, key=lambda name: [(p.isdecimal(), int(p) if p.isdecimal() else p) for p in parts[name]])
