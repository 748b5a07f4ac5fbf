"""UCF11, or YouTube Action (Liu, Luo, Shah, CVPR 2009): 11 actions in amateur videos, about 1,600
clips of 320 x 240 at 29.97 fps.

Layout:  ucf11/<class>/v_<short>_<group>/v_<short>_<group>_<clip>.mpg        as distributed (UCF11_updated_mpg.rar); .avi and .mp4 also
         ucf11/<class>/Annotation/                                           boxes; not used

The set has no list, so its rows come from the folders: here alone, what is on the disk says what
the set is. Each class has 25 groups; its readme says that the clips of a group may share subject,
background and viewpoint. A group is a class and that number.

No official split exists either. The authors leave one group out, 25 times (the fold of number n
holds group n of every class); we offer our splits of whole groups instead, and `official` is
`group_70_30`. They also took only the first four clips of a group, except in biking and walking;
here all count. [unchecked: 1,600 clips, and that every copy has the 25 groups of every class; no
copy was at hand.]
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from repro.data.decode import read
from repro.data.index import DataError, Index, Item
from repro.data.lists import SUFFIXES, Source, divide, need_folder
from repro.data.splits import GROUP, arrange

__all__ = ["SOURCE", "index", "read"]

SOURCE = Source(
    title="UCF11 (YouTube Action)",
    where="https://www.crcv.ucf.edu/data/UCF_YouTube_Action.php",
    licence="for non-commercial research, clips under YouTube's terms; cite Liu, Luo, Shah, CVPR 2009",
    layout="ucf11/<class>/v_<short>_01/v_<short>_01_01.mpg, 11 classes of 25 groups, under $REPRO_DATA",
)
SHORT = {  # class -> how its files call it
    "basketball": "shooting",
    "biking": "biking",
    "diving": "diving",
    "golf_swing": "golf",
    "horse_riding": "riding",
    "soccer_juggling": "juggle",
    "swing": "swing",
    "tennis_swing": "tennis",
    "trampoline_jumping": "jumping",
    "volleyball_spiking": "spiking",
    "walking": "walk_dog",
}
GROUPS = 25  # of each class
OWN = "no official split exists; whole groups, 70/30, drawn here"


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `group_70_30`) or of one of `repro.data.splits.OURS`. Groups of which
    no clip is here are in `missing`.

    Raises DataError when the folder is absent or holds no clip, and when a clip is not named as its
    folder says.
    """
    folder = need_folder(root, "ucf11", SOURCE)
    items = [item for label, name in enumerate(SHORT) for item in _clips(folder / name, label)]
    if not items:
        raise DataError(
            f"{SOURCE.title}: no clip is in the class folders under {folder}; the set has no list, so they are all there is to go by. "
            f"Expected {SOURCE.layout}. To be had at {SOURCE.where}"
        )
    train, test = divide(split, lambda _: arrange(items, GROUP), lambda: items, count=1)
    here = {item.group for item in items}
    missing = tuple(group for name in SHORT for n in range(1, GROUPS + 1) if (group := _group(name, n)) not in here)
    notes = (f"{len(missing)} of {GROUPS * len(SHORT)} groups are not here",) if missing else ()
    if split.startswith("official"):
        notes = (OWN, *notes)
    return Index(tuple(SHORT), tuple(train), tuple(test), missing, notes)


def _clips(folder: Path, label: int) -> list[Item]:
    """The clips of one class by group and number; of one that lies here in two formats, one."""
    short = SHORT[folder.name]
    found: dict[str, Item] = {}
    for group in range(1, GROUPS + 1):
        place = folder / f"v_{short}_{group:02d}"
        for file in _videos(place):
            stem = file.rpartition(".")[0]
            if not re.fullmatch(rf"{place.name}_\d+", stem):
                raise DataError(
                    f"{place / file} does not read as {place.name}_<clip>.mpg. Restore the name as distributed."
                )
            found.setdefault(stem, Item(f"{folder.name}/{stem}", label, _group(folder.name, group), place / file))
    return list(found.values())


def _videos(folder: Path) -> list[str]:
    """Names of the video files in a folder, in order; none without a folder. Hidden files do not
    count.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in names if name.lower().endswith(SUFFIXES) and not name.startswith(".")]


def _group(name: str, number: int) -> str:
    return f"{name}/v_{SHORT[name]}_{number:02d}"
