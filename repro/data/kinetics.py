"""What Kinetics-400 and Kinetics-600 share: lists as CSV, clips named after a video and its
seconds, and that the sets decay.

Layout:  <name>/annotations/train.csv, validate.csv (or val.csv)     columns label,youtube_id,time_start,time_end,split; more may follow
         <name>/train/<class>/<youtube_id>_<start>_<end>.mp4         seconds in six digits; words of a class apart by spaces or `_`
         <name>/val/… (or validate/)                                 either folder may hold its clips without class folders, too

Classes stand in alphabetical order, those of both lists. `official` trains on the training list and
tests on the validation list, as papers do; the test list, which some copies hold without labels, is
not used.

Videos vanish, so no two copies are alike: what the lists name and the disk lacks is counted in
`missing` and in a note. A group is a source video. The sets are described as taking one clip from a
video [unchecked for the lists: none was at hand]. Should a video stand in both lists all the same,
a note counts it, and the official split is left as it is: there its clips are a group on either
side. Our own splits keep such a video together, but for the random one.

The lists have 300,000 rows and more, and the names that YouTube gives differ by case: hence not
`lists.build`, but one look into each class folder and names as they are.
"""

from __future__ import annotations

import csv
import gc
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from operator import itemgetter
from pathlib import Path

from repro.data.index import DataError, Index, Item
from repro.data.lists import SUFFIXES, Source, absent, divide, lines, malformed, need_folder
from repro.data.splits import OURS

COLUMNS = ("label", "youtube_id", "time_start", "time_end", "split")
LISTS = {"train": ("train.csv",), "val": ("validate.csv", "val.csv")}  # of each side the first that is here
FOLDERS = {"train": ("train",), "val": ("val", "validate")}  # of each side; also what the column `split` may say
LABEL, VIDEO = re.compile(r"[^/]+"), re.compile(r"[\w-]+")
Columns = tuple[list[str], list[str], list[str]]  # classes, videos, clips, row by row
Files = dict[str, dict[str, Path]]  # class -> clip -> file; under "" those without a class folder
Sides = tuple[list[Item], list[Item]]  # train, test; an item without a path is not here


@contextmanager
def uncollected() -> Iterator[None]:
    """Python's search for cycles of dead objects rests: among a million new ones that all stay it
    takes half of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@uncollected()
def rows(root: Path, name: str, split: str, source: Source, count: int) -> Index:
    """Rows of `official` (= `official1`) or of one of `repro.data.splits.OURS`. As published the
    lists name `count` classes.

    Raises DataError when the folder, a list or every clip of a side is absent, or a list does not
    read as published.
    """
    folder = need_folder(root, name, source)
    lists = {
        side: _read(_either(folder / "annotations", names), FOLDERS[side], source) for side, names in LISTS.items()
    }
    classes = sorted({label for labels, _, _ in lists.values() for label in set(labels)})
    numbers = {label: number for number, label in enumerate(classes)}
    listed = tuple(_items(side, columns, numbers, _files(folder, FOLDERS[side])) for side, columns in lists.items())
    both = set(lists["train"][1]) & set(lists["val"][1])  # videos that stand in both
    sides = divide(split, lambda _: _apart(listed, both), lambda: [*listed[0], *listed[1]], count=1)
    notes = [] if len(classes) == count else [f"the lists name {len(classes)} classes, not {count}"]
    if both and split not in OURS:
        notes.append(f"{len(both)} of {len(set(lists['val'][1]))} test source videos also stand in the training list")
    train, test = (tuple([item for item in side if item.path]) for side in sides)
    missing = tuple([item.name for side in sides for item in side if not item.path])
    total = len(sides[0]) + len(sides[1])
    if any(side and not here for side, here in zip(sides, (train, test), strict=True)):
        empty = "No clip of one side of the split is here, so nothing can be trained or tested."
        raise DataError(
            f"{source.title}: {absent(missing, total)} {empty} Expected {source.layout}. To be had at {source.where}"
        )
    if missing:
        notes.append(f"{len(missing)} of {total} listed clips are not here")
    return Index(tuple(classes), train, test, missing, tuple(notes))


def _items(side: str, columns: Columns, numbers: dict[str, int], files: Files) -> list[Item]:
    loose, items = files[""], []
    for label, video, clip in zip(*columns, strict=True):
        path = files[_plain(label)].get(clip) or loose.get(clip)
        items.append(Item(f"{side}/{label}/{clip}", numbers[label], video, path))
    return items


def _either(folder: Path, names: Sequence[str]) -> Path:
    """The first of these files that is here; where none is, the first."""
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[0])


def _read(path: Path, sides: Sequence[str], source: Source) -> Columns:
    """The rows of a list, whose column `split` says one of `sides`. Quotes, and columns in another
    order or more of them, do not matter.
    """
    text = lines(path, source)
    table = csv.reader(text)
    header = next(table, [])
    if not set(COLUMNS) <= set(header):
        raise malformed(path, text[0] if text else "", f"a header with the columns {','.join(COLUMNS)}")
    at, found, line = itemgetter(*map(header.index, COLUMNS)), ([], [], []), table.line_num
    labels, videos, clips = found
    for row in table:
        try:
            label, video, start, end, split = at(row)
        except IndexError:
            label = video = start = end = split = ""
        seconds = start.isdecimal() and end.isdecimal() and int(start) < int(end)
        line += 1
        if not (
            table.line_num == line and seconds and split in sides and VIDEO.fullmatch(video) and LABEL.fullmatch(label)
        ):
            raise malformed(
                path,
                text[line - 1],
                f"<class>,<youtube_id>,<start>,<end>,<{' or '.join(sides)}>, from start to end in seconds",
            )
        labels.append(label)
        videos.append(video)
        clips.append(f"{video}_{start.zfill(6)}_{end.zfill(6)}")
    return found


def _apart(listed: Sides, both: set[str]) -> Sides:
    """The lists as they are; a video that stands in both is a group of its own on either side."""
    if not both:
        return listed
    train, val = (
        [replace(item, group=f"{side}/{item.group}") if item.group in both else item for item in items]
        for side, items in zip(LISTS, listed, strict=True)
    )
    return train, val


def _files(folder: Path, names: Sequence[str]) -> Files:
    """The video files of one side."""
    found: Files = defaultdict(dict)
    for place in (folder / name for name in names if (folder / name).is_dir()):
        with os.scandir(place) as entries:
            inner = sorted(entry.name for entry in entries if entry.is_dir())
        for name in ("", *inner):
            clips = found[_plain(name)]
            for path in (place / name).iterdir():  # joining folder and name takes three times as long
                file = path.name
                stem, dot, suffix = file.rpartition(".")
                if dot + suffix.lower() in SUFFIXES and (stem not in clips or file < clips[stem].name):
                    clips[stem] = path  # .avi stands before .mp4
    return found


def _plain(label: str) -> str:
    """A class, whichever way its folder spells the spaces."""
    return label.replace("_", " ")
