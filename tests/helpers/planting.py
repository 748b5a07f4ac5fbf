"""Published layouts in miniature: lists with given rows, and files that are there but empty."""

from collections.abc import Mapping
from pathlib import Path

from repro.data.imagenet import KNOWN

KINETICS = "label,youtube_id,time_start,time_end,split"


def text(path: Path, *rows: str, end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(row + end for row in rows).encode())


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def surv_fight(folder: Path) -> list[str]:
    """Three training and two test clips of either class; names of the lists."""
    sides = ("train", "train", "train", "test", "test")
    rows = [f"{name}/c{g}.mp4,{name},g{g},{side}" for name in ("fight", "noFight") for g, side in enumerate(sides)]
    text(folder / "classInd.txt", "0 noFight", "1 fight")
    text(folder / "groups.csv", "file,class,group,split", *rows, end="\r\n")
    touch(folder, *(row.partition(",")[0] for row in rows))
    return ["classInd.txt", "groups.csv"]


def ucf101(folder: Path) -> list[str]:
    """Two classes with a clip a side in the first split, whose sides the second exchanges; names of
    the first's lists.
    """
    train = ["Archery/v_Archery_g08_c01.avi 1", "HandstandPushups/v_HandStandPushups_g08_c01.avi 2"]
    test = ["Archery/v_Archery_g01_c01.avi", "HandstandPushups/v_HandStandPushups_g01_c02.avi"]
    text(folder / "splits/classInd.txt", "1 Archery", "2 HandstandPushups", end="\r\n")
    text(folder / "splits/trainlist01.txt", *train, end="\r\n")
    text(folder / "splits/testlist01.txt", *test, end="\r\n")
    text(folder / "splits/trainlist02.txt", *(f"{row} {number}" for number, row in enumerate(test, 1)), end="\r\n")
    text(folder / "splits/testlist02.txt", *(row.split()[0] for row in train), end="\r\n")
    touch(folder / "videos", *(row.split()[0] for row in train), test[0].replace("avi", "mp4"), test[1])
    return ["splits/classInd.txt", "splits/trainlist01.txt", "splits/testlist01.txt"]


def arid(folder: Path) -> list[str]:
    """Two classes with a clip a side, of which one is absent, and a clip that no list names; names
    of the lists.
    """
    lists = [f"list_cvt/{name}.txt" for name in ("mapping_table", "ARID_split1_train", "ARID_split1_test")]
    text(folder / lists[0], "0\tDrink", "1\tJump")
    text(folder / lists[1], "0\t0\tDrink/Drink_1_1.avi", "1\t1\tJump/Jump_8_3.avi")
    text(folder / lists[2], "0\t0\tDrink/Drink_2_1.avi", "1\t1\tJump/Jump_9_1.avi")
    touch(folder / "clips", "Drink/Drink_1_1.avi", "Jump/Jump_8_3.mp4", "Drink/Drink_2_1.avi", "Drink/Drink_7_7.avi")
    return lists


def kinetics400(folder: Path, suffix: str = ".mp4") -> list[str]:
    """Three clips a side of three classes, whose files end in `suffix`; names of the lists."""
    names = ("riding a bike", "yoga", '"dancing, slowly"')
    for side, split, first in (("train", "train", 0), ("val", "validate", 9)):
        rows = [f"{name},video-{first + n}_{k},{n},{n + 10},{side}" for k, name in enumerate(names) for n in range(3)]
        text(folder / f"annotations/{split}.csv", KINETICS, *rows)
        for k, name in enumerate(names):
            files = (f"video-{first + n}_{k}_{n:06d}_{n + 10:06d}{suffix}" for n in range(3))
            touch(folder / side / name.strip('"'), *files)
    return ["annotations/train.csv", "annotations/validate.csv"]


def known_photographs() -> dict[str, list[int]]:
    """Of ten classes of ImageNet three validation images each, whose class is known."""
    rows = [row.split(",") for row in KNOWN.read_text().split()[7:]]
    return {wnid: [int(n) for n, at in rows if at == wnid][:3] for wnid in sorted({wnid for _, wnid in rows})}


def imagenet(folder: Path, number: Mapping[str, int]) -> list[str]:
    """A training image and the known validation images of some of the ten classes, the latter in
    one folder; val.txt gives each class this number. Names of the lists.
    """
    named = [(f"ILSVRC2012_val_{n:08d}.JPEG", wnid) for wnid in number for n in known_photographs()[wnid]]
    text(folder / "synsets.txt", *number)
    text(folder / "val.txt", *(f"{name} {number[wnid]}" for name, wnid in named))
    touch(folder / "train", *(f"{wnid}/{wnid}_1.JPEG" for wnid in number))
    touch(folder / "val", *(name for name, _ in named))
    return ["synsets.txt", "val.txt"]
