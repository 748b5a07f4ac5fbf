"""What is under $REPRO_DATA, what is missing, and where it is to be had. Says nothing itself:
`repro data check` prints the rows.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from repro.data import decode
from repro.data.index import DataError, Item, known, module
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
    damaged: dict[str, str] | None = None  # clip -> what its end lacks; such clips are used

    @property
    def usable(self) -> bool:
        """Whether a run on it can start."""
        return not self.problem and self.found > 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return asdict(self) | {"usable": self.usable}


def check(
    root: Path | None, names: Sequence[str] = (), decode: bool = False, workers: int = 1, progress: Progress = None
) -> list[Row]:
    """One row per data set and kind of lists; all data sets that need files when no name is given.
    `decode` decodes every clip found. A data set may be called by its folder.

    Raises DataError on an unknown name, with the known ones.
    """
    names = [{folder: name for name, folder in FOLDERS.items()}.get(name, name) for name in names]
    modules = {name: module(name) for name in names or known()}  # a known world needs no file
    kinds = [(n, m, lists) for n, m in modules.items() if not is_world(n) for lists in getattr(m, "LISTS", ("",))]
    return [_look(root, *kind, workers if decode else 0, progress) for kind in kinds]


def _look(root: Path | None, name: str, data_set: ModuleType, lists: str, workers: int, progress: Progress) -> Row:
    """The row of one data set; with workers every clip is decoded. Threads suffice: decoding leaves
    the interpreter free.
    """
    source, undecodable, damaged = data_set.SOURCE, {}, {}
    row = Row(name, lists, 0, 0, (), "", source.where, source.licence)
    try:
        if root is None:
            unset = f"REPRO_DATA is not set. Set it to the folder that holds {name}/."
            raise DataError(f"{unset} Expected {source.layout}.")
        index = data_set.index(root, "all", **({"lists": lists} if lists else {}))
    except DataError as error:
        return replace(row, problem=str(error))
    row = replace(row, found=len(index.test), missing=len(index.missing), first_missing=index.missing[:10])
    if not workers:
        return row
    with ThreadPoolExecutor(workers) as pool:
        flaws = pool.map(partial(_flaws, data_set.read), index.test)
        for number, (item, (reason, damage)) in enumerate(zip(index.test, flaws, strict=True), 1):
            undecodable |= {item.name: reason} if reason else {}
            damaged |= {item.name: damage} if damage else {}
            if progress:
                progress(number, len(index.test))
    return replace(row, undecodable=undecodable, damaged=damaged)


def _flaws(read: Callable[..., Any], item: Item) -> tuple[str, str]:
    """Why a clip cannot be decoded, and what its end lacks. A photograph is decoded as runs decode
    it, a video without keeping a frame.
    """
    try:
        found = read(item, Clips())
        if isinstance(found, decode.Video):
            return "", decode.facts(found.path).damage
    except DataError as error:
        return str(error), ""
    return "", ""
