"""HMDB51 (Kuehne et al., ICCV 2011): 51 actions from films and the web, 6766 clips, three splits of
70 train and 30 test clips a class.

Layout:  hmdb51/videos/<class>/<source>_<class>_<six tags>_<clip>.avi
         hmdb51/splits/<class>_test_split<1-3>.txt        rows `<file> <0 unused | 1 train | 2 test>`, as published

A group is a class and a source video. The official splits keep these apart; but one film often
gives clips of several classes, and so its scenes can stand on both sides under different actions:
the index counts them in a note.
"""

from __future__ import annotations

import re
from functools import partial
from operator import itemgetter
from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import Index, Item
from repro.data.lists import Sides, Source, build, crossing, divide, rows
from repro.data.splits import RANDOM

SOURCE = Source(
    title="HMDB51",
    where="https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/",
    licence="see the authors' page; for research; cite Kuehne et al., ICCV 2011",
    layout="hmdb51/videos/<class>/<clip>.avi and the 153 published files in hmdb51/splits/ under $REPRO_DATA",
)
TAGS = r"(?:_[a-z0-9]+){5}_\d+"  # body part, camera, people, view, quality, number
SUFFIX = "_test_split1.txt"


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `official1`), `official2`, `official3` or of one of
    `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    published.
    """
    folder = SOURCE.folder(root, "hmdb51")
    classes = sorted(path.name.removesuffix(SUFFIX) for path in (folder / "splits").glob(f"*{SUFFIX}"))
    if not classes:
        raise SOURCE.error(f"there is no list <class>{SUFFIX} in {folder / 'splits'}.")

    def official(number: int) -> Sides:
        listed = _rows(folder / "splits", classes, number)
        return [item for side, item in listed if side == "1"], [item for side, item in listed if side == "2"]

    sides = divide(split, lambda: [item for _, item in _rows(folder / "splits", classes, 1)], official, count=3)
    notes = () if split == RANDOM else crossing(sides, "source videos")
    return build(folder / "videos", classes, sides, SOURCE, notes)


def _rows(folder: Path, classes: list[str], number: int) -> list[tuple[str, Item]]:
    """(side, clip) of all lists of a split, in the order of the sides 0, 1, 2."""
    listed = []
    for label, name in enumerate(classes):
        path, expected = folder / f"{name}_test_split{number}.txt", f"<source>_{name}_<six tags>.avi <0, 1 or 2>"
        listed += rows(path, SOURCE, partial(_row, label, name), expected)
    return sorted(listed, key=itemgetter(0))


def _row(label: int, name: str, line: str) -> tuple[str, Item] | None:
    found = re.fullmatch(rf"((.+)_{name}{TAGS})\.\w+ +([012])", line)
    return (found[3], Item(f"{name}/{found[1]}", label, f"{name}/{found[2]}")) if found else None
