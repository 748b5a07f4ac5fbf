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

import re
from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import DataError, Index, Item
from repro.data.lists import OWN, Source, divide, files

SOURCE = Source(
    title="UCF11 (YouTube Action)",
    where="https://www.crcv.ucf.edu/data/UCF_YouTube_Action.php",
    licence="for non-commercial research, clips under YouTube's terms; cite Liu, Luo, Shah, CVPR 2009",
    layout="ucf11/<class>/v_<short>_01/v_<short>_01_01.mpg, 11 classes of 25 groups, under $REPRO_DATA",
)
SHORT = {  # class -> how its files call it
    **{"basketball": "shooting", "biking": "biking", "diving": "diving", "golf_swing": "golf"},
    **{"horse_riding": "riding", "soccer_juggling": "juggle", "swing": "swing", "tennis_swing": "tennis"},
    **{"trampoline_jumping": "jumping", "volleyball_spiking": "spiking", "walking": "walk_dog"},
}
GROUPS = 25  # of each class


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `group_70_30`) or of one of `repro.data.splits.OURS`. Groups of which
    no clip is here are in `missing`.

    Raises DataError when the folder is absent or holds no clip, and when a clip is not named as its
    folder says.
    """
    folder = SOURCE.folder(root, "ucf11")
    groups = [f"{name}/v_{short}_{n:02d}" for name, short in SHORT.items() for n in range(1, GROUPS + 1)]
    items = [item for group in groups for item in _clips(folder, group)]
    if not items:
        raise SOURCE.error(f"no clip is in the class folders under {folder}; the set has no list besides them.")
    train, test = divide(split, lambda: items)
    missing = tuple(group for group in groups if group not in {item.group for item in items})
    notes = [OWN] if split.startswith("official") else []
    notes += [f"{len(missing)} of {len(groups)} groups are not here"] if missing else []
    return Index(tuple(SHORT), tuple(train), tuple(test), missing, tuple(notes))


def _clips(folder: Path, group: str) -> list[Item]:
    """The clips of one group by number; of one that lies here in two formats, one."""
    name, _, prefix = group.partition("/")
    found: dict[str, Item] = {}
    for file in files(folder / group):
        stem = file.rpartition(".")[0]
        if not re.fullmatch(rf"{prefix}_\d+", stem):
            wanted = f"{prefix}_<clip>.mpg. Restore the name as distributed."
            raise DataError(f"{folder / group / file} does not read as {wanted}")
        found.setdefault(stem, Item(f"{name}/{stem}", list(SHORT).index(name), group, folder / group / file))
    return list(found.values())
