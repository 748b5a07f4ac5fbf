"""HMDB51 (Kuehne et al., ICCV 2011): 51 actions from films and the web, 6766 clips, three splits of
70 train and 30 test clips a class.

Layout:  hmdb51/videos/<class>/<source>_<class>_<six tags>_<clip>.avi
         hmdb51/splits/<class>_test_split<1-3>.txt    rows `<file> <0 unused, 1 train, 2 test>`

The folders may also be called as they are unpacked, hmdb51_org/ and testTrainMulti_7030_splits/; a
class may lie twice in a folder of its name, as some tools unpack the 51 archives.

A group is a class and a source video. The official splits keep these apart; but one film often
gives clips of several classes, and so its scenes can stand on both sides under different actions:
the index counts them in a note.
"""

import functools
import re
from dataclasses import replace
from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import Index, Item
from repro.data.lists import Sides, Source, complete, crossing, divide, finish, present, rows
from repro.data.splits import RANDOM
from repro.data.unpacked import place, set_folder

SOURCE = Source(
    title="HMDB51",
    where="https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/",
    licence="see the authors' page; for research; cite Kuehne et al., ICCV 2011",
    layout="hmdb51/videos/<class>/<clip>.avi and the 153 published files in hmdb51/splits/ under $REPRO_DATA",
)
PARTS = {"videos": ("hmdb51_org", ""), "splits": ("testTrainMulti_7030_splits",)}
TAGS = r"(?:_[a-z0-9]+){5}_\d+"  # body part, camera, people, view, quality, number
CLASSES = [
    "brush_hair", "cartwheel", "catch", "chew", "clap", "climb", "climb_stairs", "dive", "draw_sword", "dribble",
    "drink", "eat", "fall_floor", "fencing", "flic_flac", "golf", "handstand", "hit", "hug", "jump", "kick",
    "kick_ball", "kiss", "laugh", "pick", "pour", "pullup", "punch", "push", "pushup", "ride_bike", "ride_horse",
    "run", "shake_hands", "shoot_ball", "shoot_bow", "shoot_gun", "sit", "situp", "smile", "smoke", "somersault",
    "stand", "swing_baseball", "sword", "sword_exercise", "talk", "throw", "turn", "walk", "wave",
]  # fmt: skip
LIST = "{}_test_split{}.txt"  # of a class and a split
EACH = (70, 30)  # training and test clips of a class in each split


def index(root: Path, split: str, partial: bool = False) -> Index:
    """Rows of `official` (= `official1`), `official2`, `official3` or of one of
    `repro.data.splits.OURS`; `partial`: of those of the 51 classes alone whose lists are here,
    however long these are.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    published.
    """
    folder = set_folder(root, "hmdb51", PARTS, SOURCE)
    lists = place(folder, "splits", PARTS)
    classes = [name for name in CLASSES if not partial or (lists / LIST.format(name, 1)).is_file()]

    def sides(number: int) -> tuple[list[Item], ...]:
        return _sides(lists, classes, number, whole=not partial)

    def official(number: int) -> Sides:
        _, train, test = sides(number)
        return train, test

    divided = divide(split, lambda: [item for side in sides(1) for item in side], official, count=3)
    notes = () if split == RANDOM else crossing(divided, "source videos")
    if len(classes) < len(CLASSES):
        notes = (*notes, f"{len(classes)} of the {len(CLASSES)} classes")
    return finish(classes, _here(place(folder, "videos", PARTS), classes, divided), SOURCE, notes)


def _here(clips: Path, classes: list[str], sides: Sides) -> Sides:
    """The same clips with their files, `<class>/<clip>` or `<class>/<class>/<clip>`."""
    if packed := [name for name in classes if (clips / f"{name}.rar").is_file() and not (clips / name).is_dir()]:
        raise SOURCE.error(f"{clips} holds {len(packed)} archives. Unpack each there, such as unrar x {packed[0]}.rar.")
    files = present(clips, [place for name in classes for place in (name, f"{name}/{name}")])

    def found(item: Item) -> Item:
        name = item.name.casefold()
        return replace(item, path=files.get(name) or files.get(f"{name.partition('/')[0]}/{name}"))

    train, test = ([found(item) for item in side] for side in sides)
    return train, test


def _sides(folder: Path, classes: list[str], number: int, whole: bool) -> tuple[list[Item], ...]:
    """The clips of the sides 0, 1, 2 of a split, from all its lists; `whole`: each list must be as
    long as published.
    """
    sides: tuple[list[Item], ...] = [], [], []
    for label, name in enumerate(classes):
        path, expected = folder / LIST.format(name, number), f"<source>_{name}_<six tags>.avi <0, 1 or 2>"
        found = rows(path, SOURCE, functools.partial(_row, label, name), expected)
        unused, train, test = ([item for at, item in found if at == side] for side in "012")
        if whole:
            complete((train, test), EACH, (path, path), ", or ask for `partial` lists")
        for side, items in zip(sides, (unused, train, test), strict=True):
            side += items
    return sides


def _row(label: int, name: str, line: str) -> tuple[str, Item] | None:
    found = re.fullmatch(rf"((.+)_{name}{TAGS})\.\w+ +([012])", line)
    return (found[3], Item(f"{name}/{found[1]}", label, f"{name}/{found[2]}")) if found else None
