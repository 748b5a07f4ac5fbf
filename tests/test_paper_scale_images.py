"""As test_paper_scale.py, for photographs: a file of its own, so that the two run side by side."""

from pathlib import Path

from official import dry, imagenet


def test_dry_steps_on_a_miniature_imagenet(tmp_path: Path, home: Path) -> None:
    """Table 1 of ackerly2025 at 224 pixels: two steps of each network and two rounds of trees on
    four photographs.
    """
    imagenet(tmp_path / "imagenet")
    lines = dry("ackerly2025.table1", tmp_path, home, 2)
    assert [line.split()[1] for line in lines] == ["trees", "trees", "mlp", "mlp", "vit", "swin", "ackerly2025"]
    assert all("2 steps of 2 clips" in line for line in lines[2:])
    assert "85.80 M parameters" in lines[4] and "27.52 M parameters" in lines[5]  # ViT-B/16 and Swin-T with two classes
