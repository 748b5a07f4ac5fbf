"""Surveillance Camera Fight Dataset (Akti, Tataroglu, Ekenel, IPTA 2019): fight or not, lit, 2-s
clips of real cameras.

Layout:  surv_fight/<fight|noFight>/<clip>.mp4, classInd.txt, groups.csv (file, class, group, split)

A group is one camera scene. The source names no groups: scenes were told apart by eye and merged
when in doubt, and no scene is on both sides of the `official` split, which is ours too. Many scenes
occur in both classes, so that motion decides, not the place.
"""

from pathlib import Path

from repro.data.decode import read as read
from repro.data.index import Index, Item
from repro.data.lists import Source, build, divide, numbered, rows

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
    folder = SOURCE.folder(root, "surv_fight")
    labels = numbered(folder / "classInd.txt", SOURCE)

    def row(line: str) -> tuple[str, Item] | None:
        match line.split(","):
            case [file, name, group, "train" | "test" as side] if name in labels and file.startswith(f"{name}/"):
                return side, Item(file.rpartition(".")[0], labels[name], group)
        return None

    listed = rows(
        folder / "groups.csv",
        SOURCE,
        row,
        "<class>/<clip>.mp4,<class>,<group>,<split> with split = train or test",
        header=1,
    )
    train, test = ([item for at, item in listed if at == side] for side in ("train", "test"))
    sides = divide(split, lambda: train + test, lambda _: (train, test))
    return build(folder, [*labels], sides, SOURCE, ("groups and split are ours, by eye",))
