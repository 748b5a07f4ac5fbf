"""Surveillance Camera Fight Dataset (Akti, Tataroglu, Ekenel, IPTA 2019): fight or not, lit, 2-s
clips of real cameras.

Layout:  surv_fight/<fight|noFight>/<clip>.mp4, classInd.txt, groups.csv (file, class, group, split)

A group is one camera scene. The source names no groups: scenes were told apart by eye and merged
when in doubt, and no scene is on both sides of the `official` split, which is ours too. Many scenes
occur in both classes, so that motion decides, not the place.
"""

from __future__ import annotations

import csv
from pathlib import Path

from repro.data.decode import read
from repro.data.index import Index
from repro.data.lists import Listed, Sides, Source, build, divide, lines, malformed, need_folder

__all__ = ["SOURCE", "index", "read"]

SOURCE = Source(
    title="Surveillance Camera Fight",
    where="https://github.com/sayibet/fight-detection-surv-dataset",
    licence="MIT file in the repository; clips from YouTube, for research; cite Akti et al., IPTA 2019",
    layout="surv_fight/<fight|noFight>/<clip>.mp4, surv_fight/classInd.txt and surv_fight/groups.csv under $REPRO_DATA",
)


def index(root: Path, split: str) -> Index:
    """Rows of `official` (by groups.csv) or of one of `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    expected.
    """
    folder = need_folder(root, "surv_fight", SOURCE)
    classes = [line.split()[1] for line in sorted(lines(folder / "classInd.txt", SOURCE))]
    rows = _rows(folder / "groups.csv", classes)

    def official(_: int) -> Sides:
        return rows["train"], rows["test"]

    sides = divide(split, official, lambda: rows["train"] + rows["test"], count=1)
    return build(folder, classes, sides, SOURCE, ("groups and split are ours, by eye",))


def _rows(path: Path, classes: list[str]) -> dict[str, list[Listed]]:
    rows: dict[str, list[Listed]] = {"train": [], "test": []}
    for row in csv.reader(lines(path, SOURCE)[1:]):
        if len(row) != 4 or row[1] not in classes or row[3] not in rows:
            raise malformed(path, ",".join(row), "file,class,group,split with split = train or test")
        rows[row[3]].append(Listed(row[0].rpartition(".")[0], classes.index(row[1]), row[2]))
    return rows
