"""What is under $REPRO_DATA, what is missing, and where to download it. Says nothing itself:
`repro data check` prints the rows.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from repro.data import decode
from repro.data.build import rows
from repro.data.index import DataError, Item, known, module
from repro.files import VIDEOS, ignored
from repro.spec import FOLDERS, Clips, is_world

Progress = Callable[[int, int], None] | None  # (done, to do)


@dataclass(frozen=True)
class Row:
    """One data set, by one of its published lists."""

    name: str
    lists: str  # which lists, where a data set has several; else empty
    found: int  # listed clips whose file is here
    missing: int  # listed clips whose file is not
    first_missing: tuple[str, ...]  # up to ten
    problem: str  # empty, or why the data set cannot be used at all
    where: str
    licence: str
    undecodable: dict[str, str] | None = None  # clip -> reason; None when nothing was decoded
    damaged: dict[str, str] | None = None  # clip -> what is wrong with it; such clips are used
    notes: tuple[str, ...] = ()  # what is worth knowing of its lists and, once decoded, of its videos

    @property
    def usable(self) -> bool:
        """Whether a run on it can start."""
        return not self.problem and self.found > 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return asdict(self) | {"usable": self.usable}


def check(
    root: Path | None,
    names: Sequence[str] = (),
    decode: bool = False,
    workers: int = 1,
    progress: Progress = None,
    **given: str,
) -> list[Row]:
    """One row per data set and kind of lists; all data sets that need files when no name is given.
    `decode` decodes every clip found. A data set may be called by its folder. `given`: options of
    its index.

    Raises DataError on an unknown name, with the known ones.
    """
    names = [{folder: name for name, folder in FOLDERS.items()}.get(name, name) for name in names]
    modules = {name: module(name) for name in names or known()}  # a known world needs no file
    kinds = [(n, m, lists) for n, m in modules.items() if not is_world(n) for lists in getattr(m, "LISTS", ("",))]
    return [_look(root, *kind, given, workers if decode else 0, progress) for kind in kinds]


def _look(
    root: Path | None, name: str, data_set: ModuleType, lists: str, given: Any, workers: int, progress: Any
) -> Row:
    """The row of one data set; with workers every clip is decoded. Threads suffice: decoding leaves
    the interpreter free.
    """
    source = data_set.SOURCE
    row = Row(name, lists, 0, 0, (), "", source.where, source.licence)
    try:
        if root is None:
            unset = f"REPRO_DATA is not set. Set it to the folder that holds {FOLDERS.get(name, name)}/."
            raise DataError(f"{unset} Expected {source.layout}.")
        index = data_set.index(root, "all", **({"lists": lists} if lists else given))
        notes = tuple(note for note in index.notes if not note.endswith("listed clips are not here"))
        row = replace(row, found=len(index.test), missing=len(index.missing), first_missing=index.missing[:10])
        row, items = replace(row, notes=notes), index.test
    except DataError as error:
        row, items = (
            replace(row, problem=str(error)),
            _loose(root / given.get("path", FOLDERS.get(name, name))) if root else (),
        )
    return _with_films(row, data_set.read, items, workers, progress) if workers and items else row


def _loose(folder: Path) -> tuple[Item, ...]:
    """The videos in the folder of a data set that has no usable lists."""
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in VIDEOS and path.is_file())
    named = ((path.relative_to(folder), path) for path in paths)
    return tuple(Item(str(at), 0, str(at), path) for at, path in named if not any(map(ignored, at.parts)))


def _with_films(row: Row, read: Callable[..., Any], items: tuple[Item, ...], workers: int, progress: Progress) -> Row:
    """The row with what decoding every item shows."""
    undecodable, damaged, films = {}, {}, dict[str, decode.Facts]()
    with ThreadPoolExecutor(workers) as pool:
        for number, (item, found) in enumerate(zip(items, pool.map(partial(_decoded, read), items), strict=True), 1):
            if isinstance(found, str):
                undecodable[item.name] = found
            elif found:
                films[item.name] = found
                damaged |= {item.name: found.damage} if found.damage else {}
            if progress:
                progress(number, len(items))
    notes = (*row.notes, *_of_films([*films.values()]), *_as_made(row.name, films))
    return replace(row, undecodable=undecodable, damaged=damaged, notes=notes)


def _decoded(read: Callable[..., Any], item: Item) -> decode.Facts | str | None:
    """What a video holds, or why an item cannot be decoded. A photograph is decoded as runs decode
    it, a video without keeping a frame.
    """
    try:
        found = read(item, Clips())
        return decode.facts(found.path) if isinstance(found, decode.Video) else None
    except DataError as error:
        return str(error)


def _of_films(films: list[decode.Facts]) -> list[str]:
    """What the videos of a data set have in common, and not."""
    rates = sorted(Counter(round(film.fps, 2) for film in films).items())
    counted = ", ".join(f"{fps:g} ({n})" for fps, n in rates[:6]) + (", …" if len(rates) > 6 else "")
    lines = [f"frames per second (videos): {counted}"] if films else []
    if variable := sum(film.variable for film in films):
        lines.append(f"videos with a variable frame rate: {variable}")
    if oblong := sum(film.pixel_aspect != 1 for film in films):
        lines.append(f"videos whose pixels are not square, and taken as square: {oblong}")
    return lines


def _as_made(name: str, films: dict[str, decode.Facts]) -> list[str]:
    """Whether the clips of a set that `repro.data.build` makes are as long as those that the
    committed results of mini are from.
    """
    known = {row.file.rpartition(".")[0]: row.frames for row in rows(name)}
    alike = [films[item].frames == frames for item, frames in known.items() if item in films]
    return [f"clips as long as those of the committed results: {sum(alike)} of {len(alike)}"] * bool(alike)
