"""The paper's own sizes are executed, if not finished: full-size networks, two steps each, on
miniature official trees.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from commands import repro
from films import video
from PIL import Image
from planting import text

from repro.data.hmdb51 import CLASSES

HMDB_TAGS = "h_nm_np1_fr_med"


def test_dry_steps_on_a_miniature_official_tree(tmp_path: Path, home: Path) -> None:
    """One training and one test clip per data set, the published lists' formats, 101 and 51
    classes.

    Table 3 and Figure 8, which adds the enhancer. Not Table 4: a step of its Res3D at this size
    takes 2 TFLOPs; tests/papers/test_table4.py takes the baselines' full size forwards and back
    without computing.
    """
    ucf101(tmp_path / "ucf101")
    hmdb51(tmp_path / "hmdb51")
    arid(tmp_path / "arid")
    lines = dry("wei2025.table3,wei2025.figure8", tmp_path, home, 2)
    assert len(lines) == 9
    assert sum(line.startswith("arid       zerodce") and "0.08 M parameters" in line for line in lines) == 1
    # 101 classes, both + CDA
    assert sum("29.17 M parameters" in line and line.startswith("ucf101") for line in lines) == 1
    assert sum(line.startswith("hmdb51") for line in lines) == 4
    # at most: of the 13,318 clips that are not here all are taken to be for training
    total = (
        r" 2 steps of 1 clips, .* M parameters; [\d,]+ steps of \d+ x \d+ runs = at most \d.*h; on .+, about \d.* GB"
    )
    assert all(re.search(total, line) for line in lines if line.startswith("ucf101"))
    assert not (home / "results" / "paper").exists()  # a dry run draws nothing


def test_dry_steps_on_a_miniature_imagenet(tmp_path: Path, home: Path) -> None:
    """Table 1 of ackerly2025 at 224 pixels: two steps of each network and two rounds of trees on
    four photographs.
    """
    imagenet(tmp_path / "imagenet")
    lines = dry("ackerly2025.table1", tmp_path, home, 2)
    assert [line.split()[1] for line in lines] == ["trees", "trees", "mlp", "mlp", "vit", "swin", "ackerly2025"]
    assert all("2 steps of 2 clips" in line for line in lines[2:])
    assert "85.80 M parameters" in lines[4] and "27.52 M parameters" in lines[5]  # ViT-B/16 and Swin-T with two classes


def dry(artifact: str, tmp_path: Path, home: Path, steps: int) -> list[str]:
    """The lines that a dry run at paper scale prints of the networks that it built."""
    words = ["run", artifact, "--scale", "paper", "--dry-steps", str(steps), "--device", "cpu", "--engine", "local:2"]
    done = repro(*words, REPRO_HOME=str(home), REPRO_DATA=str(tmp_path))
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if f" {steps} steps of " in line]


@pytest.mark.long
def test_a_dry_step_of_two_streams_at_full_size(tmp_path: Path, home: Path) -> None:
    """ou2019 with 17 frames of 224 pixels and 101 classes: one step of one clip, 3.4 TFLOPs."""
    ucf101(tmp_path / "ucf101")
    (line,) = dry("ou2019.figure9", tmp_path, home, 1)
    assert "ou2019" in line and "188.77 M parameters" in line


@pytest.mark.long
def test_dry_steps_of_all_that_ou2019_compares(tmp_path: Path, home: Path) -> None:
    """Table 1's eight networks at full size; up to 320 million weights each."""
    ucf101(tmp_path / "ucf101")
    lines = dry("ou2019.table1", tmp_path, home, 1)
    names = "lrcn composite_lstm soft_attention c3d two_stream beyond_short_snippets two_stream_fusion ou2019"
    assert [line.split()[1] for line in lines] == names.split()


@pytest.mark.long
def test_a_dry_step_of_two_backbones_at_full_size(tmp_path: Path, home: Path) -> None:
    """gong2022 with 3 x 6 frames of 224 pixels, both modules, colour and flow, from nothing: one
    step of one clip, 1.7 TFLOPs.

    Once with the classes of each Kinetics, and the backbone that is trained on single images
    before.
    """
    imagenet(tmp_path / "imagenet")
    kinetics(tmp_path / "kinetics400", 400)
    kinetics(tmp_path / "kinetics600", 600)
    lines = dry("gong2022.segments", tmp_path, home, 1)
    found = {tuple(line.split()[:2]): line for line in lines}
    # two classifiers of 2048 weights and a bias for each of 200 more classes
    sizes = {("kinetics400", "gong2022"): "86.66", ("imagenet", "tsn"): "42.50", ("kinetics600", "gong2022"): "87.48"}
    assert {names: f"{parameters(line):.2f}" for names, line in found.items()} == sizes
    assert all(f"1 steps of {2 if names[1] == 'tsn' else 1} clips" in line for names, line in found.items())


@pytest.mark.long
def test_dry_steps_of_all_that_gong2022_compares(tmp_path: Path, home: Path) -> None:
    """Table 3's networks at full size; ours from nothing."""
    imagenet(tmp_path / "imagenet")
    kinetics(tmp_path / "kinetics400", 400)
    lines = dry("gong2022.table3", tmp_path, home, 1)
    names = "i3d i3d s3d nonlocal_resnet nonlocal_resnet r2plus1d s3d r2plus1d tsn tsm tsn tsm slowfast slowfast eco"
    assert [line.split()[1] for line in lines] == [*names.split(), "artnet", "stc_diba", "gong2022", "tsn"]


def parameters(line: str) -> float:
    """Millions of them, as a dry run says."""
    return float(line.partition(" s a step, ")[2].split()[0])


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
