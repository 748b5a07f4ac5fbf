"""The papers' own sizes are executed, if not finished: full-size networks, two steps each, on
miniature official trees of videos.
"""

import re
from pathlib import Path

import pytest
from official import arid, dry, hmdb51, imagenet, kinetics, ucf101


def test_dry_steps_on_a_miniature_official_tree(tmp_path: Path, home: Path) -> None:
    """One training and one test clip per data set, the published lists' formats, 101 and 51
    classes.

    Table 3 and Figure 8, which adds the enhancer. Not Table 4: a step of its Res3D at this size
    takes 2 TFLOPs; tests/papers/test_all_papers.py takes the baselines' full size forwards and back
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


@pytest.mark.long
def test_dry_steps_of_all_that_ou2019_compares(tmp_path: Path, home: Path) -> None:
    """Table 1's eight networks at full size; up to 320 million weights each."""
    ucf101(tmp_path / "ucf101")
    lines = dry("ou2019.table1", tmp_path, home, 1)
    names = "lrcn composite_lstm soft_attention c3d two_stream beyond_short_snippets two_stream_fusion ou2019"
    assert [line.split()[1] for line in lines] == names.split() and "188.77 M parameters" in lines[-1]


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
