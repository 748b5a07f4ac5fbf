"""UCF101 (Soomro, Zamir, Shah 2012, CRCV-TR-12-01): 101 actions, 13,320 clips of 320 x 240.

Layout:  ucf101/videos/<Class>/v_<Class>_g<group>_c<clip>.avi
         ucf101/splits/classInd.txt, trainlist0<1-3>.txt, testlist0<1-3>.txt      as published

The folders may also be called as they are unpacked, UCF-101/ and ucfTrainTestlist/.

The published lists have CRLF line ends; test lists carry no label column, so the label is the
folder's; the folder HandstandPushups holds files named v_HandStandPushups_*. A group is one source
video, numbered within its class; the official splits keep groups apart.
"""

import re
from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import Index, Item
from repro.data.lists import Sides, Source, build, complete, divide, numbered, rows
from repro.data.unpacked import place, set_folder

SOURCE = Source(
    title="UCF101",
    where="https://www.crcv.ucf.edu/data/UCF101.php",
    licence="none stated; clips from YouTube, for research; cite Soomro et al., CRCV-TR-12-01",
    layout="ucf101/videos/<Class>/v_<Class>_g01_c01.avi and the published lists in ucf101/splits/ under $REPRO_DATA",
)
PARTS = {"videos": ("UCF-101", ""), "splits": ("ucfTrainTestlist",)}
CLASSES = 101
COUNTS = ((9537, 3783), (9586, 3734), (9624, 3696))  # training and test clips of each split
ROW = re.compile(r"((\w+)/v_\w+_(g\d+)_c\d+)\.\w+(?: (\d{1,9}))?")
EXPECTED = "<Class>/v_<Class>_g<group>_c<clip>.avi, with that class's number or none"


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `official1`), `official2`, `official3` or of one of
    `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    published.
    """
    folder = set_folder(root, "ucf101", PARTS, SOURCE)
    lists = place(folder, "splits", PARTS)
    labels = numbered(lists / "classInd.txt", SOURCE, first=1)

    def row(line: str) -> Item | None:
        """`<Class>/<file> <label from 1>` (train) or `<Class>/<file>` (test)."""
        found = ROW.fullmatch(line)
        label = labels.get(found[2]) if found else None
        if not found or label is None or int(found[4] or label + 1) != label + 1:
            return None
        return Item(found[1], label, f"{found[2]}_{found[3]}")

    def official(number: int) -> Sides:
        paths = [lists / f"{side}list0{number}.txt" for side in ("train", "test")]
        train, test = (rows(path, SOURCE, row, EXPECTED) for path in paths)
        if len(labels) == CLASSES:
            complete((train, test), COUNTS[number - 1], paths)
        return train, test

    sides = divide(split, lambda: [item for side in official(1) for item in side], official, count=3)
    notes = [f"{len(labels)} of the {CLASSES} classes"] if len(labels) != CLASSES else []
    return build(place(folder, "videos", PARTS), [*labels], sides, SOURCE, notes)
