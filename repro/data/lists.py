"""From published lists to an index: rows come from the lists, and the disk only says which of them
are here.
"""

import errno
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from repro.data.index import DataError, Index, Item
from repro.data.splits import GROUP, OURS, arrange, ours
from repro.files import VIDEOS, ignored

NAMED = 10  # absent files are named up to here, then counted
OWN = "no official split exists; whole groups, 70/30, drawn here"
EMPTY = "No clip of one side of the split is here, so nothing can be trained or tested."
Sides = tuple[list[Item], list[Item]]  # train, test; the path of an item that is not here is None
Row = TypeVar("Row")


@dataclass(frozen=True)
class Source:
    """Where to download a data set, and under which licence."""

    title: str
    where: str
    licence: str
    layout: str  # what is expected under $REPRO_DATA/<name>

    def error(self, problem: str) -> DataError:
        """The error that says what is wrong, which files are expected and where to get them."""
        return DataError(f"{self.title}: {problem} Expected {self.layout}. To be had at {self.where}")

    def folder(self, root: Path, name: str) -> Path:
        """`root/name`, or DataError saying what belongs there."""
        if not (root / name).is_dir():
            raise self.error(f"{root / name} is no folder, so the data set is not here.")
        return root / name


def build(clips: Path, classes: Sequence[str], sides: Sides, source: Source, notes: Sequence[str] = ()) -> Index:
    """The index of both sides of a split, of the video files under `clips` (one folder per class).

    Raises DataError as `finish` does.
    """
    files = present(clips, {item.name.partition("/")[0] for side in sides for item in side})
    train, test = (
        [Item(item.name, item.label, item.group, files.get(item.name.casefold())) for item in side] for side in sides
    )
    return finish(classes, (train, test), source, notes)


def by_groups(root: Path, name: str, split: str, source: Source) -> Index:
    """The index of a set whose lists are `classInd.txt` and `groups.csv` (file, class, group,
    split); groups and the `official` split are ours. Raises DataError as `finish` does.
    """
    folder = source.folder(root, name)
    labels = numbered(folder / "classInd.txt", source)

    def row(line: str) -> tuple[str, Item] | None:
        match line.split(","):
            case [file, known, group, "train" | "test" as side] if known in labels and file.startswith(f"{known}/"):
                return side, Item(file.rpartition(".")[0], labels[known], group)
        return None

    form = "<class>/<clip>.mp4,<class>,<group>,<split> with split = train or test"
    listed = rows(folder / "groups.csv", source, row, form, header=1)
    train, test = ([item for at, item in listed if at == side] for side in ("train", "test"))
    sides = divide(split, lambda: train + test, lambda _: (train, test))
    return build(folder, [*labels], sides, source, ("groups and split are ours, by eye",))


def finish(
    classes: Sequence[str], sides: Sides, source: Source, notes: Sequence[str] = (), missing: Sequence[str] = ()
) -> Index:
    """The index of both sides of a split; `missing` names listed clips that are not in `sides`.

    Items without a path are counted in `Index.missing` and in a note. Raises DataError when a side
    has rows and not one of them is here, and when nothing is here at all.
    """
    train, test = (tuple([item for item in side if item.path]) for side in sides)
    missing = (*missing, *[item.name for side in sides for item in side if not item.path])
    total = len(train) + len(test) + len(missing)
    if not (train or test) or any(side and not here for side, here in zip(sides, (train, test), strict=True)):
        raise source.error(f"{absent(missing, total)} {EMPTY}")
    if missing:
        notes = (*notes, f"{len(missing)} of {total} listed clips are not here")
    return Index(tuple(classes), train, test, missing, tuple(notes))


def finish_images(
    split: str,
    classes: Sequence[str],
    published: tuple[int, int, int],
    train: list[Item],
    listed: list[Item],
    source: Source,
) -> Index:
    """The index of photographs. `official`: train/ and val/; `all`: everything is test.

    `published`: classes, training and validation images. Validation images that are `listed`
    without a path are in `missing`. Raises DataError on another split, and when no validation image
    is here.
    """
    if split not in ("official", "all"):
        raise DataError(f"There is no split {split!r} of images here. Known: official, all.")
    val, missing = [i for i in listed if i.path], tuple(i.name for i in listed if not i.path)
    if not val:
        raise source.error(absent(missing, len(listed)))
    notes = [f"{len(classes)} of the {published[0]} classes"] if len(classes) != published[0] else []
    if not notes and (len(train), len(listed)) != published[1:]:
        named = f"{len(train)} training and {len(listed)} validation images"
        notes = [f"{named}, as published {published[1]} and {published[2]}"]
    if missing:
        notes.append(f"{len(missing)} of {len(listed)} listed validation images are not here")
    sides = ((), (*train, *val)) if split == "all" else (tuple(train), tuple(val))
    return Index(tuple(classes), *sides, missing, tuple(notes))


def divide(
    split: str, everything: Callable[[], list[Item]], official: Callable[[int], Sides] | None = None, count: int = 1
) -> Sides:
    """(train, test) rows of `official`, `official1` … `official<count>` (the first is the default),
    or of one of our own splits of `everything`.

    A data set that has no official split gives none; then `official` is `group_70_30`. Raises
    DataError with the known names on another one.
    """
    numbers = {"official": 1} | {f"official{n}": n for n in range(1, count + 1)}
    if split in numbers:
        return official(numbers[split]) if official else arrange(everything(), GROUP)
    if ours(split):
        return arrange(everything(), split)
    raise DataError(f"There is no split {split!r} here. Known: {', '.join((*numbers, *OURS))}.")


def crossing(sides: Sides, what: str) -> tuple[str, ...]:
    """A note on sources that give clips to both sides, under different classes; groups are
    `<class>/<source>`.
    """
    train, test = ({i.group.partition("/")[2] for i in side if i.group != i.name} for side in sides)
    shared = len(train & test)
    return (f"{shared} of {len(test)} test {what} also give clips of other classes to train",) if shared else ()


def files(folder: str | os.PathLike[str], suffixes: tuple[str, ...] = VIDEOS) -> list[str]:
    """Names of the files with one of these suffixes in a folder, in order; none without a folder or
    the right to read it.

    Hidden files do not count, nor folders and links to nothing that are called like files. One
    look, and no question about a file that is no link: there may be a million.
    """
    try:
        with os.scandir(folder) as entries:
            named = [e for e in entries if e.name.lower().endswith(suffixes) and not ignored(e.name)]
            return sorted(entry.name for entry in named if entry.is_file())
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):  # ValueError: a NUL in its name
        return []
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return []


def folders(folder: Path) -> list[str]:
    """Names of the folders in a folder that count, in order."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if not ignored(entry.name) and entry.is_dir())


def present(clips: Path, folders: Iterable[str]) -> dict[str, Path]:
    """Video files by case-folded `folder/stem`: one look into each class folder, however many rows
    there are.
    """
    found: dict[str, Path] = {}
    for folder in sorted(folders):
        for name in files(clips / folder):  # .avi stands before .mp4
            found.setdefault(f"{folder}/{os.path.splitext(name)[0]}".casefold(), clips / folder / name)
    return found


def absent(names: Sequence[str], total: int) -> str:
    """One sentence for any number of absent files."""
    some = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
    return f"{len(names)} of {total} listed clips are not here: {some}."


def lines(path: Path, source: Source) -> list[str]:
    """The lines of a published list that are not blank, whatever its line ends. Raises DataError
    when there is no such file, or nothing in it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise source.error(f"the list {path} is not here.") from None
    except OSError as error:
        raise source.error(f"the list {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise source.error(f"the list {path} is not text ({error.reason}). Fetch it again.") from None
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise source.error(f"the list {path} is empty. Restore it as published.")
    return found


def rows(path: Path, source: Source, read: Callable[[str], Row | None], expected: str, header: int = 0) -> list[Row]:
    """What `read` makes of each line of a list after its header.

    Raises DataError where `read` returns None: the line is not as `expected`.
    """
    found = []
    for line in lines(path, source)[header:]:
        if (row := read(line)) is None:
            raise malformed(path, line, expected)
        found.append(row)
    return found


def numbered(path: Path, source: Source, first: int = 0) -> dict[str, int]:
    """Class -> label, from 0, of a list of rows `<number> <Class>` whose numbers count from
    `first`. Raises DataError on another row.
    """
    labels: dict[str, int] = {}
    for line in lines(path, source):
        number, _, name = line.replace("\t", " ").partition(" ")
        if number != str(len(labels) + first) or not re.fullmatch(r"\w+", name) or name in labels:
            raise malformed(path, line, f"`{len(labels) + first} <Class>`, a class that is not above")
        labels[name] = len(labels)
    return labels


def malformed(path: Path, line: str, expected: str) -> DataError:
    """The error for a row that does not read as published: which file, which line, what belongs
    there.
    """
    texts = path.read_text(encoding="utf-8-sig").splitlines()
    where = next((f", line {n}" for n, text in enumerate(texts, 1) if text.strip() == line), "")
    return DataError(f"{path}{where}: the row {line!r} does not read as {expected}. Restore the list as published.")


def complete(sides: Sides, published: tuple[int, int], paths: Sequence[Path], remedy: str = "") -> None:
    """Raises DataError when the list of a side, train or test, is not as long as published. The
    same list may name both. `remedy`: what else than to restore it.
    """
    for side, name, count, path in zip(sides, ("training", "test"), published, paths, strict=True):
        if len(side) != count:
            problem = f"{path} names {len(side)} {name} clips, as published {count}: is it cut?"
            raise DataError(f"{problem} Restore the list as published{remedy}.")


def unique(path: Path, names: Sequence[str]) -> None:
    """Raises DataError when a list names a file twice."""
    if twice := len(names) - len(set(names)):
        raise DataError(f"{path} names {twice} images twice. Restore the list as published.")
