"""Miniature trees in the layout that each data set is published in, and dry steps on them."""

from pathlib import Path

import numpy as np
from commands import repro
from films import video
from PIL import Image
from planting import text

from repro.data.hmdb51 import CLASSES

HMDB_TAGS = "h_nm_np1_fr_med"


def dry(artifact: str, tmp_path: Path, home: Path, steps: int) -> list[str]:
    """The lines that a dry run at paper scale prints of the networks that it built."""
    words = ["run", artifact, "--scale", "paper", "--dry-steps", str(steps), "--device", "cpu", "--engine", "local:2"]
    done = repro(*words, REPRO_HOME=str(home), REPRO_DATA=str(tmp_path))
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if f" {steps} steps of " in line]


def imagenet(folder: Path) -> None:
    """The published layout: a folder per class; two of them."""
    for side in ("train", "val"):
        for number, name in enumerate(("n01440764", "n02102040")):
            place = folder / side / name / f"{name}_{side}.JPEG"
            place.parent.mkdir(parents=True)
            Image.fromarray(np.full((260, 300, 3), 90 + 80 * number, np.uint8)).save(place)


def kinetics(folder: Path, classes: int) -> None:
    """The published layout: a CSV list per side that names every class; one clip a side is here, as
    of a set that decayed.
    """
    for side, name in (("train", "train"), ("val", "validate")):
        rows = [f"action {i:03d},{side}{i:06d},7,17,{name}" for i in range(classes)]
        text(folder / f"annotations/{name}.csv", "label,youtube_id,time_start,time_end,split", *rows, end="\r\n")
        video(folder / f"{side}/action 007/{side}000007_000007_000017.mp4")


def ucf101(folder: Path) -> None:
    """The published layout: numbered classes, CRLF lists of that length, test rows without labels;
    one clip a side is here.
    """
    classes = [f"Action{i:03d}" for i in range(101)]
    text(folder / "splits/classInd.txt", *(f"{i + 1} {name}" for i, name in enumerate(classes)), end="\r\n")
    for side, first, count in (("train", 100, 9537), ("test", 0, 3783)):
        clips = [f"{name}/v_{name}_g{first + n // 101}_c01.avi" for n in range(count) for name in [classes[n % 101]]]
        rows = [f"{clip} {n % 101 + 1}" if side == "train" else clip for n, clip in enumerate(clips)]
        text(folder / f"splits/{side}list01.txt", *rows, end="\r\n")
        video(folder / "videos" / clips[7])


def hmdb51(folder: Path) -> None:
    """The published layout: a list per class, 1 trains 70 times and 2 tests 30 times; one clip a
    side is here.
    """
    for name in CLASSES:
        rows = [f"film{side}_{name}_{HMDB_TAGS}_{n}.avi {side}" for side in (1, 2) for n in range((0, 70, 30)[side])]
        text(folder / f"splits/{name}_test_split1.txt", *rows, end="\r\n")
    for row in (rows[0], rows[-1]):
        video(folder / "videos" / name / row.split()[0])


def arid(folder: Path) -> None:
    """The published layout: numbered rows with labels, a mapping table."""
    text(folder / "list_cvt/mapping_table.txt", "0\tRun", "1\tWalk", end="\r\n")
    for side, name in (("train", "Run_1_1"), ("test", "Run_2_1")):
        text(folder / f"list_cvt/ARID_split1_{side}.txt", f"1\t0\tRun/{name}.avi", end="\r\n")
        video(folder / "clips/Run" / f"{name}.mp4")
