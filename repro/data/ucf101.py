"""UCF101 (Soomro, Zamir, Shah 2012, CRCV-TR-12-01): 101 actions, 13,320 clips of 320 x 240.

Layout:  ucf101/videos/<Class>/v_<Class>_g<group>_c<clip>.avi
         ucf101/splits/classInd.txt, trainlist0<1-3>.txt, testlist0<1-3>.txt      as published

The published lists have CRLF line ends; test lists carry no label column, so the label is the
folder's; the folder HandstandPushups holds files named v_HandStandPushups_*. A group is one source
video, numbered within its class; the official splits keep groups apart.
"""

from __future__ import annotations

import re
from pathlib import Path

from repro.data.decode import read
from repro.data.index import Index
from repro.data.lists import Listed, Sides, Source, build, divide, lines, malformed, need_folder

__all__ = ["SOURCE", "index", "read"]

SOURCE = Source(
    title="UCF101",
    where="https://www.crcv.ucf.edu/data/UCF101.php",
    licence="none stated; clips from YouTube, for research; cite Soomro et al., CRCV-TR-12-01",
    layout="ucf101/videos/<Class>/v_<Class>_g01_c01.avi and the published lists in ucf101/splits/ under $REPRO_DATA",
)
ROW = re.compile(r"((\w+)/v_\w+_(g\d+)_c\d+)\.\w+(?: (\d+))?")


def index(root: Path, split: str) -> Index:
    """Rows of `official` (= `official1`), `official2`, `official3` or of one of
    `repro.data.splits.OURS`.

    Raises DataError when the folder, a list or every clip is absent, or a list does not read as
    published.
    """
    folder = need_folder(root, "ucf101", SOURCE)
    classes = _classes(folder / "splits" / "classInd.txt")
    labels = {name: number for number, name in enumerate(classes)}

    def official(number: int) -> Sides:
        train, test = (_rows(folder / "splits" / f"{side}list0{number}.txt", labels) for side in ("train", "test"))
        return train, test

    sides = divide(split, official, lambda: [row for side in official(1) for row in side])
    return build(folder / "videos", classes, sides, SOURCE)


def _classes(path: Path) -> list[str]:
    """Rows `<label from 1> <Class>`, numbered in order."""
    classes: list[str] = []
    for line in lines(path, SOURCE):
        number, _, name = line.partition(" ")
        if number != str(len(classes) + 1) or not re.fullmatch(r"\w+", name) or name in classes:
            raise malformed(path, line, f"`{len(classes) + 1} <Class>`, a class that is not above")
        classes.append(name)
    return classes


def _rows(path: Path, labels: dict[str, int]) -> list[Listed]:
    """Rows `<Class>/<file> <label from 1>` (train) or `<Class>/<file>` (test); a label that is
    there must be its folder's.
    """
    rows = []
    for line in lines(path, SOURCE):
        found = ROW.fullmatch(line)
        label = labels.get(found[2]) if found else None
        if not found or label is None or (found[4] and int(found[4]) != label + 1):
            raise malformed(path, line, "<Class>/v_<Class>_g<group>_c<clip>.avi, with that class's number or none")
        rows.append(Listed(found[1], label, f"{found[2]}_{found[3]}"))
    return rows
