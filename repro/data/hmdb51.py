"""HMDB51 (Kuehne et al., ICCV 2011): 51 actions from films and the web, 6766 clips, three splits of
70 train and 30 test clips a class.

Layout:  hmdb51/videos/<class>/<source>_<class>_<six tags>_<clip>.avi
         hmdb51/splits/<class>_test_split<1-3>.txt        rows `<file> <0 unused | 1 train | 2 test>`, as published

A group is a class and a source video. The official splits keep these apart; but one film often
gives clips of several classes, and so its scenes can stand on both sides under different actions:
the index counts them in a note.
"""

from __future__ import annotations

import re
from pathlib import Path

from repro.data.decode import read
from repro.data.index import DataError, Index
from repro.data.lists import Listed, Sides, Source, build, divide, lines, malformed, need_folder
from repro.data.splits import RANDOM

__all__ = ["SOURCE", "index", "read"]

SOURCE = Source(
    title="HMDB51",
    where="https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/",
    licence="see the authors' page; for research; cite Kuehne et al., ICCV 2011",
    layout="hmdb51/videos/<class>/<clip>.avi and the 153 published files in hmdb51/splits/ under $REPRO_DATA",
)
TAGS = re.compile(r"(?:_[a-z0-9]+){5}_\d+")  # body part, camera, people, view, quality, number


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `official1`), `official2`, `official3` or of one of
    `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    published.
    """
    folder = need_folder(root, "hmdb51", SOURCE)
    suffix = "_test_split1.txt"
    classes = sorted(path.name.removesuffix(suffix) for path in (folder / "splits").glob(f"*{suffix}"))
    if not classes:
        raise DataError(
            f"HMDB51: no list <class>{suffix} in {folder / 'splits'}. Expected {SOURCE.layout}. To be had at {SOURCE.where}"
        )

    def official(number: int) -> Sides:
        rows = _rows(folder / "splits", classes, number)
        return rows["1"], rows["2"]

    def everything() -> list[Listed]:
        return [row for rows in _rows(folder / "splits", classes, 1).values() for row in rows]

    sides = divide(split, official, everything)
    return build(folder / "videos", classes, sides, SOURCE, () if split == RANDOM else _shared(sides))


def _rows(folder: Path, classes: list[str], number: int) -> dict[str, list[Listed]]:
    rows: dict[str, list[Listed]] = {"0": [], "1": [], "2": []}
    for label, name in enumerate(classes):
        path = folder / f"{name}_test_split{number}.txt"
        for line in lines(path, SOURCE):
            file, _, side = line.rpartition(" ")
            stem = file.strip().rpartition(".")[0]
            source, _, tags = stem.rpartition(f"_{name}_")
            if side not in rows or not source or not TAGS.fullmatch(f"_{tags}"):
                raise malformed(path, line, f"<source>_{name}_<six tags>.avi <0, 1 or 2>")
            rows[side].append(Listed(f"{name}/{stem}", label, f"{name}/{source}"))
    return rows


def _shared(sides: Sides) -> tuple[str, ...]:
    """A note on source videos that give clips to both sides, under different classes."""
    train, test = ({row.group.partition("/")[2] for row in side} for side in sides)
    shared = len(train & test)
    return (f"{shared} of {len(test)} test source videos also give clips of other classes to train",) if shared else ()
