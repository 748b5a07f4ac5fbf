"""HMDB51 (Kuehne et al., ICCV 2011): 51 actions from films and the web, 6766 clips, three splits of
70 train and 30 test clips a class.

Layout:  hmdb51/videos/<class>/<source>_<class>_<six tags>_<clip>.avi
         hmdb51/splits/<class>_test_split<1-3>.txt    rows `<file> <0 unused, 1 train, 2 test>`

A group is a class and a source video. The official splits keep these apart; but one film often
gives clips of several classes, and so its scenes can stand on both sides under different actions:
the index counts them in a note.
"""

import functools
import re
from operator import itemgetter
from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import DataError, Index, Item
from repro.data.lists import Sides, Source, build, crossing, divide, rows
from repro.data.splits import RANDOM

SOURCE = Source(
    title="HMDB51",
    where="https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/",
    licence="see the authors' page; for research; cite Kuehne et al., ICCV 2011",
    layout="hmdb51/videos/<class>/<clip>.avi and the 153 published files in hmdb51/splits/ under $REPRO_DATA",
)
TAGS = r"(?:_[a-z0-9]+){5}_\d+"  # body part, camera, people, view, quality, number
CLASSES = [
    "brush_hair", "cartwheel", "catch", "chew", "clap", "climb", "climb_stairs", "dive", "draw_sword", "dribble",
    "drink", "eat", "fall_floor", "fencing", "flic_flac", "golf", "handstand", "hit", "hug", "jump", "kick",
    "kick_ball", "kiss", "laugh", "pick", "pour", "pullup", "punch", "push", "pushup", "ride_bike", "ride_horse",
    "run", "shake_hands", "shoot_ball", "shoot_bow", "shoot_gun", "sit", "situp", "smile", "smoke", "somersault",
    "stand", "swing_baseball", "sword", "sword_exercise", "talk", "throw", "turn", "walk", "wave",
]  # fmt: skip
EACH = (70, 30)  # training and test clips of a class in each split


def index(root: Path, split: str, partial: bool = False) -> Index:
    """Rows of `official` (= `official1`), `official2`, `official3` or of one of
    `repro.data.splits.OURS`; `partial`: of those of the 51 classes alone whose lists are here,
    however long these are.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    published.
    """
    folder = SOURCE.folder(root, "hmdb51")
    listed = {name for name in CLASSES if (folder / "splits" / f"{name}_test_split1.txt").is_file()}
    classes = [name for name in CLASSES if name in listed] if partial else CLASSES

    def official(number: int) -> Sides:
        listed = _rows(folder / "splits", classes, number, whole=not partial)
        return [item for side, item in listed if side == "1"], [item for side, item in listed if side == "2"]

    def everything() -> list[Item]:
        return [item for _, item in _rows(folder / "splits", classes, 1, whole=not partial)]

    sides = divide(split, everything, official, count=3)
    notes = () if split == RANDOM else crossing(sides, "source videos")
    if len(classes) < len(CLASSES):
        notes = (*notes, f"{len(classes)} of the {len(CLASSES)} classes")
    return build(folder / "videos", classes, sides, SOURCE, notes)


def _rows(folder: Path, classes: list[str], number: int, whole: bool) -> list[tuple[str, Item]]:
    """(side, clip) of all lists of a split, in the order of the sides 0, 1, 2; `whole`: each must
    be as long as published.
    """
    listed: list[tuple[str, Item]] = []
    for label, name in enumerate(classes):
        path, expected = folder / f"{name}_test_split{number}.txt", f"<source>_{name}_<six tags>.avi <0, 1 or 2>"
        found = rows(path, SOURCE, functools.partial(_row, label, name), expected)
        for side, published in zip("12", EACH, strict=True):
            if whole and (count := sum(at == side for at, _ in found)) != published:
                problem = f"{path} names {count} clips of side {side}, as published {published}"
                raise DataError(f"{problem}: is it cut? Restore it, or ask for `partial` lists.")
        listed += found
    return sorted(listed, key=itemgetter(0))


def _row(label: int, name: str, line: str) -> tuple[str, Item] | None:
    found = re.fullmatch(rf"((.+)_{name}{TAGS})\.\w+ +([012])", line)
    return (found[3], Item(f"{name}/{found[1]}", label, f"{name}/{found[2]}")) if found else None
