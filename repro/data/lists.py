"""From published lists to an index: rows come from the lists, and the disk only says which of them
are here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from repro.data.index import DataError, Index, Item
from repro.data.splits import OURS, arrange

SUFFIXES = (
    ".avi",
    ".mp4",
    ".mkv",
    ".webm",
    ".mpg",
)  # a list names .avi where a mirror holds .mp4: the clip is the same
SHOWN = 10  # absent files are named up to here, then counted


class Listed(NamedTuple):
    """One row of a list."""

    name: str  # `Class/clip`, without the suffix
    label: int
    group: str


Sides = tuple[list[Listed], list[Listed]]  # train, test


@dataclass(frozen=True)
class Source:
    """Where a data set is to be had, and under which words."""

    title: str
    where: str
    licence: str
    layout: str  # what is expected under $REPRO_DATA/<name>


def build(clips: Path, classes: Sequence[str], sides: Sides, source: Source, notes: Sequence[str] = ()) -> Index:
    """The index of both sides of a split, of the files under `clips` (one folder per class).

    Absent files are counted in `missing` and in a note. Raises DataError when a side has rows and
    not one of them is here.
    """
    rows = [*sides[0], *sides[1]]
    files = present(clips, {row.name.partition("/")[0] for row in rows})
    train, test = (
        tuple(Item(*row, files[row.name.casefold()]) for row in side if row.name.casefold() in files) for side in sides
    )
    missing = tuple(row.name for row in rows if row.name.casefold() not in files)
    if any(listed and not here for listed, here in zip(sides, (train, test), strict=True)):
        empty = "No clip of one side of the split is here, so nothing can be trained or tested."
        raise DataError(
            f"{source.title}: {absent(missing, len(rows))} {empty} Expected {source.layout}. To be had at {source.where}"
        )
    if missing:
        notes = (*notes, f"{len(missing)} of {len(rows)} listed clips are not here")
    return Index(tuple(classes), train, test, missing, tuple(notes))


def divide(
    split: str, official: Callable[[int], Sides], everything: Callable[[], list[Listed]], count: int = 3
) -> Sides:
    """(train, test) rows of `official`, `official1` … `official<count>` (the first is the default),
    or of one of our own splits.

    Raises DataError with the known names on another one.
    """
    names = {"official": 1} | {f"official{n}": n for n in range(1, count + 1)}
    if split in names:
        return official(names[split])
    if split in OURS:
        return arrange(everything(), split)
    raise DataError(f"There is no split {split!r} here. Known: {', '.join((*names, *OURS))}.")


def present(clips: Path, folders: Iterable[str]) -> dict[str, Path]:
    """Video files by case-folded `folder/stem`: one look into each class folder, however many rows
    there are.
    """
    found: dict[str, Path] = {}
    for folder in sorted(folders):
        try:
            names = sorted(entry.name for entry in os.scandir(clips / folder))
        except (FileNotFoundError, NotADirectoryError):
            continue
        for name in names:
            stem, suffix = os.path.splitext(name)
            if suffix.lower() in SUFFIXES:
                found.setdefault(f"{folder}/{stem}".casefold(), clips / folder / name)  # .avi stands before .mp4
    return found


def absent(names: Sequence[str], total: int) -> str:
    """One sentence for any number of absent files."""
    some = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return f"{len(names)} of {total} listed clips are not here: {some}."


def need_folder(root: Path, name: str, source: Source) -> Path:
    """`root/name`, or DataError saying what belongs there."""
    if not (root / name).is_dir():
        raise DataError(
            f"{source.title} is not here: {root / name} is no folder. Expected {source.layout}. To be had at {source.where}"
        )
    return root / name


def lines(path: Path, source: Source) -> list[str]:
    """The lines of a published list that are not blank, whatever its line ends. Raises DataError
    when there is no such file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(
            f"{source.title}: the list {path} is not here. Expected {source.layout}. To be had at {source.where}"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{source.title}: the list {path} is not text ({error.reason}). Fetch it again from {source.where}"
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def malformed(path: Path, line: str, expected: str) -> DataError:
    """The error for a row that does not read as published: which file, which line, what belongs
    there.
    """
    numbers = (n for n, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1) if text.strip() == line)
    where = next((f", line {n}" for n in numbers), "")
    return DataError(f"{path}{where}: the row {line!r} does not read as {expected}. Restore the list as published.")
