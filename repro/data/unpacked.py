"""Data sets as their archives unpack: the folders' own names are as good as ours."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from repro.data.lists import Source

Parts = Mapping[str, Sequence[str]]  # folder in that of the data set -> what its archive calls it


def place(folder: Path, part: str, parts: Parts) -> Path:
    """Where a part of a data set lies, under whichever name; under ours when it is not here."""
    return next((folder / name for name in (part, *parts[part]) if (folder / name).is_dir()), folder / part)


def set_folder(root: Path, name: str, parts: Parts, source: Source, also: Sequence[str] = ()) -> Path:
    """The folder of a data set. Raises DataError, with the commands that would make it of what lies
    in `root`: its parts, or all of it under another name (`also`, or spelled otherwise).
    """
    folder = root / name
    if folder.is_dir() or not root.is_dir():
        return source.folder(root, name)
    loose = {part: there for part, names in parts.items() for there in names if there and (root / there).is_dir()}
    whole = (there.name for there in sorted(root.iterdir()) if there.is_dir() and not {there.name} & {*loose.values()})
    other = [there for there in whole if there in also or "".join(filter(str.isalnum, there.lower())) == name]
    links = [f"mkdir {folder}", *(f"ln -s ../{there} {folder / part}" for part, there in loose.items())]
    if other and not loose:
        links = [f"ln -s {other[0]} {folder}"]
    if other or loose:
        raise source.error(f"what is here lies beside the folder {name}/. Say\n  " + "\n  ".join(links) + "\n")
    return source.folder(root, name)
