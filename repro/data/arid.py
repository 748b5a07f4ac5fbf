"""ARID, Action Recognition In the Dark (Xu et al. 2020, arXiv 2006.03876): 11 actions at night,
3784 clips of 320 x 240 at 30 fps.

Layout:  arid/clips/<Class>/<Class>_<group>_<index>.mp4 (or .avi)
         arid/list_cvt/ARID_split<1-3>_{train,test,other}.txt, mapping_table.txt
         arid/list_small/ARID6_split1_{train,test}.txt, mapping_table.txt

The first lists are the official ones; `lists="small"` are six classes, 210 clips.

A group is a class and ARID's own group number, a person in a place (`Jump_8`). No official split
has a group on both sides. The numbers recur across classes, and so do places: a network that learns
the place is punished, not helped. In the small lists the test groups (>= 101) were assigned by eye,
because that copy had lost them.
"""

import re
from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import DataError, Index, Item
from repro.data.lists import Sides, Source, build, divide, numbered, rows

SOURCE = Source(
    title="ARID",
    where="https://xuyu0010.github.io/arid.html",
    licence="CC BY 4.0; cite Xu et al., arXiv 2006.03876",
    layout="arid/clips/<Class>/<Class>_<group>_<index>.mp4 and arid/list_cvt/ (or arid/list_small/) under $REPRO_DATA",
)
LISTS = {"official": ("list_cvt", "ARID_split{}_{}.txt", 3), "small": ("list_small", "ARID6_split{}_{}.txt", 1)}
ROW = re.compile(r"\d+\t(\d{1,9})\t((\w+)/(\w+_\d+)_\d+)\.\w+")
EXPECTED = "<index><TAB><label><TAB><Class>/<Class>_<group>_<index>.avi with that class's label"


def index(root: Path, split: str, lists: str = "official") -> Index:
    """Rows of `official` (= `official1`), `official2`, `official3` or of one of
    `repro.data.splits.OURS`; the small lists have one split.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    published.
    """
    if lists not in LISTS:
        raise DataError(f"ARID has no lists {lists!r}. Known: {', '.join(LISTS)}.")
    folder = SOURCE.folder(root, "arid")
    name, pattern, count = LISTS[lists]
    labels = numbered(folder / name / "mapping_table.txt", SOURCE)

    def row(line: str) -> Item | None:
        found = ROW.fullmatch(line)
        return Item(found[2], int(found[1]), found[4]) if found and labels.get(found[3]) == int(found[1]) else None

    def listed(number: int, side: str) -> list[Item]:
        return rows(folder / name / pattern.format(number, side), SOURCE, row, EXPECTED)

    def official(number: int) -> Sides:
        return listed(number, "train"), listed(number, "test")

    def everything() -> list[Item]:
        other = folder / name / pattern.format(1, "other")  # clips that the official splits leave out
        return listed(1, "train") + listed(1, "test") + (listed(1, "other") if other.exists() else [])

    notes = ("ARID-6: 6 of 11 classes; test groups assigned by eye",) if lists == "small" else ()
    return build(folder / "clips", [*labels], divide(split, everything, official, count), SOURCE, notes)
