"""What Kinetics-400 and Kinetics-600 share: lists as CSV, clips named after a video and its
seconds, and that the sets decay.

Layout:  <name>/annotations/train.csv, validate.csv (or val.csv)
         <name>/train/<class>/<youtube_id>_<start>_<end>.mp4
         <name>/val/… (or validate/)

The lists have the columns label,youtube_id,time_start,time_end,split; more may follow. In the names
of clips seconds have six digits, and words of a class are apart by spaces or `_`. Either folder may
hold its clips without class folders, too. The folders may also be called videos_train and
videos_val, and the lists may lie beside them or be called kinetics_train.csv and kinetics_val.csv.

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

import csv
import gc
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

from repro.data.index import Index, Item
from repro.data.lists import Sides, Source, divide, files, finish, folders, lines, malformed
from repro.data.splits import ours
from repro.data.unpacked import set_folder
from repro.files import VIDEOS

COLUMNS = ("label", "youtube_id", "time_start", "time_end", "split")
NAMED = {"train": ("train",), "val": ("val", "validate")}  # of each side what the column `split` may say
FOLDERS = {"train": ("train", "videos_train"), "val": ("val", "validate", "videos_val")}
ALIKE = {"train": ("train", "kinetics_train"), "val": ("validate", "val", "kinetics_val")}
# Of each side the first that is here.
LISTS = {side: [f"{at}{name}.csv" for at in ("annotations/", "") for name in names] for side, names in ALIKE.items()}
PUBLISHED = {400: (246_534, 19_906)}  # clips for training and validation
LABEL, VIDEO, SECONDS = re.compile(r"[^/]+"), re.compile(r"[\w-]+"), re.compile(r"\d{1,6}")
Rows = list[tuple[str, str, str]]  # class, video, clip
Files = dict[str, dict[str, Path]]  # class -> clip -> file; under "" those without a class folder


def source(count: int, cite: str) -> Source:
    """Where to download Kinetics with this many classes."""
    name = f"kinetics{count}"
    return Source(
        title=f"Kinetics-{count}",
        where="https://www.deepmind.com/open-source/kinetics (lists), "
        "https://github.com/cvdfoundation/kinetics-dataset (clips and lists)",
        licence=f"lists CC BY 4.0 (Google), clips under YouTube's terms; cite {cite}",
        layout=f"{name}/train/<class>/<youtube_id>_<start>_<end>.mp4 with six digits each, {name}/val/ or validate/ "
        f"likewise, and the published lists train.csv and validate.csv (or val.csv) in {name}/annotations/ "
        "under $REPRO_DATA",
    )


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
def rows(root: Path, count: int, split: str, source: Source) -> Index:
    """Rows of `official` (= `official1`) or of one of `repro.data.splits.OURS`. As published the
    lists name `count` classes.

    Raises DataError when the folder, a list or every clip of a side is absent, or a list does not
    read as published.
    """
    folder = set_folder(root, f"kinetics{count}", {}, source, also=(f"k{count}",))
    lists = {side: _read(folder, side, source) for side in LISTS}
    classes = sorted({label for listed in lists.values() for label, _, _ in listed})
    videos = {side: {video for _, video, _ in listed} for side, listed in lists.items()}
    both = videos["train"] & videos["val"]

    def official(_: int) -> Sides:
        """A video that stands in both lists is a group of its own on either side."""
        train, val = (_items(folder, side, lists[side], classes, both) for side in LISTS)
        return train, val

    def everything() -> list[Item]:
        return [item for side in LISTS for item in _items(folder, side, lists[side], classes, set())]

    sides = divide(split, everything, official)
    notes = [] if len(classes) == count else [f"the lists name {len(classes)} classes, not {count}"]
    named = tuple(len(listed) for listed in lists.values())
    if named != (published := PUBLISHED.get(count, named)):
        notes.append("the lists name {} and {} clips, as published {} and {}".format(*named, *published))
    if both and not ours(split):
        notes.append(f"{len(both)} of {len(videos['val'])} test source videos also stand in the training list")
    return finish(classes, sides, source, notes)


def _items(folder: Path, side: str, listed: Rows, classes: list[str], both: set[str]) -> list[Item]:
    """The clips of a list, with their files."""
    files, labels = _files(folder, side), {name: label for label, name in enumerate(classes)}
    loose, items = files[""], []
    for name, video, clip in listed:
        path = files[_plain(name)].get(clip) or loose.get(clip)
        items.append(Item(f"{side}/{name}/{clip}", labels[name], f"{side}/{video}" if video in both else video, path))
    return items


def _read(folder: Path, side: str, source: Source) -> Rows:
    """The rows of a side's list. Quotes, and columns in another order or more of them, do not
    matter.
    """
    path = next((folder / name for name in LISTS[side] if (folder / name).is_file()), folder / LISTS[side][0])
    text = lines(path, source)
    table = csv.reader(text)
    try:
        header = next(table, [])
        return _listed(path, side, text, table, header)
    except csv.Error as error:  # a cell of a hundred thousand letters
        raise malformed(path, text[table.line_num - 1], f"CSV ({error})") from None


def _listed(path: Path, side: str, text: list[str], table: Any, header: list[str]) -> Rows:
    """The rows below the header."""
    if not set(COLUMNS) <= set(header):
        raise malformed(path, text[0] if text else "", f"a header with the columns {','.join(COLUMNS)}")
    cells, listed = itemgetter(*map(header.index, COLUMNS)), []
    for line, row in enumerate(table, table.line_num + 1):
        label, video, start, end, split = cells(row if len(row) >= len(header) else [*row, *[""] * len(header)])
        seconds = SECONDS.fullmatch(start) and SECONDS.fullmatch(end) and int(start) < int(end)
        words = split in NAMED[side] and VIDEO.fullmatch(video) and LABEL.fullmatch(label)
        if not (table.line_num == line and seconds and words):
            columns = f"<class>,<youtube_id>,<start>,<end>,<{' or '.join(NAMED[side])}>"
            raise malformed(path, text[line - 1], f"{columns}, from start to end in seconds")
        listed.append((label, video, f"{video}_{start.zfill(6)}_{end.zfill(6)}"))
    return listed


def _files(folder: Path, side: str) -> Files:
    """The video files of one side."""
    found: Files = defaultdict(dict)
    for place in (folder / name for name in FOLDERS[side] if (folder / name).is_dir()):
        for name in ("", *folders(place)):
            clips, names = found[_plain(name)], files(place / name)
            # Joining folder and name takes three times as long.
            paths = {path.name: path for path in (place / name).iterdir()} if names else {}
            for file in names:  # .avi stands before .mp4
                if path := paths.get(file):  # still there
                    clips.setdefault(_stem(file), path)
    return found


def _stem(file: str) -> str:
    """A file's name without its suffixes: what youtube-dl merges is called <clip>.mp4.mkv."""
    stem, dot, suffix = file.rpartition(".")
    return _stem(stem) if dot + suffix.lower() in VIDEOS else file


def _plain(label: str) -> str:
    """A class, whichever way its folder spells the spaces."""
    return label.replace("_", " ")
