"""Surveillance Camera Fight Dataset (Akti, Tataroglu, Ekenel, IPTA 2019): fight or not, lit, 2-s
clips of real cameras.

Layout:  surv_fight/<fight|noFight>/<clip>.mp4, classInd.txt, groups.csv (file, class, group, split)

A group is one camera scene. The source names no groups: scenes were told apart by eye and merged
when in doubt, and no scene is on both sides of the `official` split, which is ours too. Many scenes
occur in both classes, so that motion decides, not the place.
"""

from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import Index
from repro.data.lists import Source, by_groups

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
    return by_groups(root, "surv_fight", split, SOURCE)
