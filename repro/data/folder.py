"""A folder of your own: videos or photographs, one folder a class.

Layout:  <path>/<class>/<clip>         all of them videos, or all of them photographs
         <path>/groups.csv             may be absent; rows `<class>/<clip>,<group>` under a header
         <path>/train.txt, test.txt    may be absent; rows `<class>/<clip>`

`path` is an option of the data set: a folder below $REPRO_DATA (without it, `folder`) or an
absolute one. Classes stand in alphabetical order. An item is named as its file, with the suffix.

A group is what must not stand on both sides of a split: a person, a place, a source video. Where
groups.csv is absent they are unknown, each clip counts as its own group, and that is a note on
every result. `official` is what the two lists say; without them it is `group_70_30`.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from repro.data import decode, photo
from repro.data.index import DataError, Index, Item
from repro.data.lists import OWN, Sides, Source, divide, files, finish, folders, lines, rows
from repro.files import IMAGES, VIDEOS
from repro.spec import Clips

SOURCE = Source(
    title="Your own folder",
    where="wherever you keep them: docs/your-own-data.md",
    licence="yours",
    layout="two folders or more, one a class, of videos or of photographs, in $REPRO_DATA/folder or in the folder "
    "that the option `path` names",
)
UNKNOWN = "groups are unknown and each clip is its own: near copies may stand on both sides"


def index(root: Path, split: str, path: str = "folder") -> Index:
    """Rows of `official` (train.txt and test.txt, or `group_70_30` where there are none) or of one
    of `repro.data.splits.OURS`. What a list names and the folder lacks is in `missing`.

    Raises DataError when the folder is absent or holds fewer than two classes, videos beside
    photographs, one list alone, or a clip that groups.csv leaves out; and when a side is empty.
    """
    folder = SOURCE.folder(root, path)
    clips = {name: found for name in folders(folder) if (found := files(folder / name, VIDEOS + IMAGES))}
    _check(folder, clips)
    groups = _groups(folder / "groups.csv")
    names = [(label, f"{name}/{clip}") for label, name in enumerate(clips) for clip in clips[name]]
    if lacking := [name for _, name in names if groups and name not in groups]:
        left_out = f"{len(lacking)} of {len(names)} clips have no row in {folder / 'groups.csv'}, first {lacking[0]}"
        raise DataError(f"{left_out}. Give each its group, or remove the file.")
    items = {name: Item(name, label, groups.get(name, name), folder / name) for label, name in names}
    lists = [folder / "train.txt", folder / "test.txt"]
    listed = [path for path in lists if path.exists()]
    if len(listed) == 1:
        raise DataError(f"{listed[0]} stands alone: a split needs train.txt and test.txt. Add the other, or remove it.")
    sides = divide(split, lambda: [*items.values()], (lambda _: _sides(lists, items)) if listed else None)
    if split != "all" and not all(sides):
        few = f"{len({item.group for item in items.values()})} groups in {len(clips)} classes are too few"
        raise SOURCE.error(f"the split {split!r} leaves one side empty; {few}.")
    notes = [UNKNOWN] * (not groups) + [OWN] * (not listed and split.startswith("official"))
    if empty := [name for name in folders(folder) if name not in clips]:
        notes.append(f"no clip in the folders {', '.join(empty)}")
    named = {item.name for side in sides for item in side}
    if unlisted := len(items.keys() - named):
        notes.append(f"{unlisted} clips are in neither list and left out")
    return finish([*clips], sides, SOURCE, notes, [name for name in groups if name not in named | items.keys()])


def read(item: Item, clips: Clips) -> decode.Video | np.ndarray:
    """The kept frames of a video, or the one of a photograph, (H, W, 3) uint8 RGB each; its suffix
    says which it is.
    """
    assert item.path is not None
    return (photo if item.path.suffix.lower() in IMAGES else decode).read(item, clips)


def _check(folder: Path, clips: Mapping[str, list[str]]) -> None:
    """Raises DataError unless there are two classes or more, of one kind of file."""
    if len(clips) < 2:
        held = f"only {', '.join(clips)} holds any" if clips else "none holds any"
        raise SOURCE.error(f"clips belong into one folder a class below {folder}, and {held}.")
    images = [f"{name}/{clip}" for name in clips for clip in clips[name] if clip.lower().endswith(IMAGES)]
    total = sum(map(len, clips.values()))
    if images and len(images) < total:
        mixed = f"{folder} holds {len(images)} photographs (first {images[0]}) beside {total - len(images)} videos"
        raise SOURCE.error(f"{mixed}; a network reads one kind. Put them into two folders.")


def _groups(path: Path) -> dict[str, str]:
    """Clip -> group; empty where there is no such list."""

    def row(line: str) -> tuple[str, str] | None:
        clip, _, group = (part.strip() for part in line.rpartition(","))
        return (clip, group) if clip and group else None

    listed = rows(path, SOURCE, row, "<class>/<clip>,<group>", header=1) if path.exists() else []
    if len(groups := dict(listed)) < len(listed):
        raise DataError(f"{path} names {len(listed) - len(groups)} clips twice. Keep one row of each.")
    return groups


def _sides(lists: list[Path], items: Mapping[str, Item]) -> Sides:
    """The clips that train.txt and test.txt name."""
    train, test = ([items.get(name) or Item(name, 0, name) for name in lines(path, SOURCE)] for path in lists)
    return train, test
