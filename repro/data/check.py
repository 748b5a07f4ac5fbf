"""What is under $REPRO_DATA, what is missing, and where it is to be had. Says nothing itself:
`repro data check` prints the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from repro.data.index import DataError, Index, Item, known, module
from repro.spec import FOLDERS, Clips, is_world

Progress = Callable[[int, int], None]  # (done, to do)
Read = Callable[[Item, Clips], np.ndarray]  # what every data set offers


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
    root: Path | None,
    names: Sequence[str] = (),
    decode: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Row]:
    """One row per data set and kind of lists; all data sets that need files when no name is given.
    `decode` decodes every clip found. A data set may be called by its folder.

    Raises DataError on an unknown name, with the known ones.
    """
    rows, modules = [], {folder: name for name, folder in FOLDERS.items()}
    for name in [modules.get(name, name) for name in names] or [name for name in known() if not is_world(name)]:
        if is_world(name):
            module(name)  # an unknown world is an error; a known one needs no file
            continue
        rows += [_look(root, name, lists, decode, workers, progress) for lists in getattr(module(name), "LISTS", ("",))]
    return rows


def _look(root: Path | None, name: str, lists: str, decode: bool, workers: int, progress: Progress | None) -> Row:
    source = module(name).SOURCE
    about = {"name": name, "lists": lists, "where": source.where, "licence": source.licence}
    try:
        if root is None:
            raise DataError(
                f"REPRO_DATA is not set. Set it to the folder that holds {name}/. Expected {source.layout}."
            )
        found = module(name).index(root, "all", **({"lists": lists} if lists else {}))
    except DataError as error:
        return Row(**about, found=0, missing=0, first_missing=(), problem=str(error))
    undecodable, damaged = _decode(found, module(name).read, workers, progress) if decode else (None, None)
    return Row(
        **about,
        found=len(found.test),
        missing=len(found.missing),
        first_missing=found.missing[:10],
        problem="",
        undecodable=undecodable,
        damaged=damaged,
    )


def _decode(index: Index, read: Read, workers: int, progress: Progress | None) -> tuple[dict[str, str], dict[str, str]]:
    """(undecodable, damaged) clips by name. Threads suffice: decoding leaves the interpreter free."""
    undecodable, damaged = {}, {}
    with ThreadPoolExecutor(workers) as pool:
        for number, (item, reason, damage) in enumerate(pool.map(partial(_facts, read), index.test), 1):
            if reason:
                undecodable[item.name] = reason
            if damage:
                damaged[item.name] = damage
            if progress:
                progress(number, len(index.test))
    return undecodable, damaged


def _facts(read: Read, item: Item) -> tuple[Item, str, str]:
    """(item, why it cannot be decoded, what its end lacks). A photograph is decoded as runs decode
    it, a video without keeping a frame.
    """
    from repro.data import decode

    try:
        if read is decode.read:
            return item, "", decode.facts(item.path).damage
        read(item, Clips())
    except DataError as error:
        return item, str(error), ""
    return item, "", ""
