"""Tiny ImageNet at 32 x 32: folders of training images, and annotations of the others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repro.data import tiny_imagenet_32
from repro.data.cache import entry, prepare
from repro.data.index import DataError, load
from repro.spec import Clips, Data

CLIPS = Clips(height=32, width=32, clip_length=1, clip_stride=1, resize_ratio=1.0)
TINY = Data("tiny_imagenet_32", clips=CLIPS)
N1, N2 = "n00000001", "n00000002"
BOX = "\t0\t0\t62\t63"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes, listed backwards, of three training images each, and four validation images of
    which the last is not here.
    """
    folder = tmp_path / "data" / TINY.folder
    for wnid in (N1, N2, "n00000003"):  # the third is not listed
        for number in range(3):
            save(folder / "train" / wnid / "images" / f"{wnid}_{number}.JPEG")
        (folder / "train" / wnid / f"{wnid}_boxes.txt").write_text(f"{wnid}_0.JPEG{BOX}\n")
    for number in range(3):
        save(folder / "val" / "images" / f"val_{number}.JPEG")
    rows = (("val_2", N1), ("val_0", N2), ("val_1", N1), ("val_3", N2))
    (folder / "val" / "val_annotations.txt").write_text("".join(f"{file}.JPEG\t{wnid}{BOX}\n" for file, wnid in rows))
    (folder / "wnids.txt").write_text(f"{N2}\n{N1}\n")
    return folder.parent


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((32, 32, 3), 99, np.uint8)).save(path)


def test_rows_come_from_the_lists(root: Path) -> None:
    index = load(TINY, root)
    assert index.classes == (N1, N2)
    assert [item.name for item in index.train] == [
        f"train/{wnid}/{wnid}_{n}.JPEG" for wnid in (N1, N2) for n in range(3)
    ]
    assert [(item.name, item.label) for item in index.test] == [
        (f"val/{N1}/val_1.JPEG", 0),
        (f"val/{N1}/val_2.JPEG", 0),
        (f"val/{N2}/val_0.JPEG", 1),
    ]
    assert all(item.group == item.name and item.path.is_file() for item in (*index.train, *index.test))
    assert index.missing == (f"val/{N2}/val_3.JPEG",)
    assert index.notes == ("2 of the 200 classes", "1 of 4 listed validation images are not here")


def test_all_is_test(root: Path) -> None:
    index = load(Data("tiny_imagenet_32", "all", CLIPS), root)
    assert not index.train and [item.name.split("/")[0] for item in index.test] == 6 * ["train"] + 3 * ["val"]
    assert len(index.missing) == 1


def test_images_are_stored_as_they_are(root: Path, tmp_path: Path) -> None:
    items = load(TINY, root).test
    assert prepare(TINY, items, root, tmp_path / "cache").built == 1  # all have the same content
    assert np.array_equal(entry(TINY, items[0], root, tmp_path / "cache"), np.full((1, 32, 32, 3), 99, np.uint8))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("wnids.txt", None, r"the list .*wnids\.txt is not here"),
        ("wnids.txt", f"{N1}\n{N2}\nn00000004\n", r"n00000004/images holds no image of a class in wnids\.txt"),
        ("val/val_annotations.txt", None, r"the list .*val_annotations\.txt is not here"),
        ("val/val_annotations.txt", "", "0 of 0 listed"),
        ("val/val_annotations.txt", f"val_9.JPEG\t{N1}{BOX}\n", rf"1 of 1 listed .* not here: val/{N1}/val_9\.JPEG"),
        (
            "val/val_annotations.txt",
            f"val_0.JPEG\tn00000003{BOX}\n",
            r"line 1: the row 'val_0\.JPEG.*a class in wnids\.txt",
        ),
        ("val/val_annotations.txt", f"val_0.JPEG {N1}\n", "does not read as <image>"),
        (
            "val/val_annotations.txt",
            f"val_0.JPEG\t{N1}{BOX}\nval_0.JPEG\t{N2}{BOX}\n",
            r"line 2: .* the only row of val_0\.JPEG",
        ),
    ],
)
def test_lists_not_as_published_are_named(root: Path, name: str, content: str | None, said: str) -> None:
    path = root / TINY.folder / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(DataError, match=said):
        tiny_imagenet_32.index(root)


def test_unknown_splits_and_absent_images_are_named(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Known: official, all"):
        tiny_imagenet_32.index(root, "random")
    with pytest.raises(DataError, match="tiny-imagenet-32 is no folder"):
        tiny_imagenet_32.index(tmp_path)
    (root / TINY.folder / "val" / "images").rename(root / "images")
    with pytest.raises(DataError, match="4 of 4 listed"):
        tiny_imagenet_32.index(root)


def test_twenty_classes_as_they_are(real_data: Path, tmp_path: Path) -> None:
    index = load(TINY, real_data)
    assert (len(index.classes), len(index.train), len(index.test), index.missing) == (20, 4000, 1000, ())
    assert set(Counter(item.label for item in index.train).values()) == {200}
    assert set(Counter(item.label for item in index.test).values()) == {50}
    facts = prepare(TINY, index.test[::50], real_data, tmp_path)
    assert (facts.built, facts.failed) == (20, {}) and entry(TINY, index.test[0], real_data, tmp_path).shape == (
        1,
        32,
        32,
        3,
    )
