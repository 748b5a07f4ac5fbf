"""Folders of photographs as a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repro.data import imagenet
from repro.data.cache import entry, prepare
from repro.data.index import DataError, Item, load
from repro.spec import Clips, Data

CLIPS = Clips(height=14, width=14, length=1, step=1, fit="squeeze")  # stored 16 x 16
Photos = Callable[..., Path]


def picture(height: int = 20, width: int = 40, seed: int = 0) -> np.ndarray:
    """Four flat patches of different colours: what a JPEG keeps."""
    patches = np.random.default_rng(seed).integers(0, 256, (2, 2, 3)).astype(np.uint8)
    return np.repeat(np.repeat(patches, height // 2, 0), width // 2, 1)


@pytest.fixture
def photos(tmp_path: Path) -> Photos:
    """`photos(train={"dog": 2}, val={"dog": 1})`: a root with so many images in each folder."""

    def make(**sides: dict[str, int]) -> Path:
        for side, folders in sides.items():
            for name, count in folders.items():
                folder = tmp_path / "data" / "imagenet" / side / name
                folder.mkdir(parents=True)
                for number in range(count):
                    Image.fromarray(picture(seed=len(list(tmp_path.rglob("*.JPEG"))))).save(folder / f"{name}_{number}.JPEG", quality=95)
        return tmp_path / "data"

    return make


def test_a_folder_is_a_class_and_an_image_its_own_group(photos: Photos) -> None:
    root = photos(train={"n2": 2, "n1": 3}, val={"n1": 1, "n2": 2})
    index = load(Data("imagenet", clips=CLIPS), root)
    assert index.classes == ("n1", "n2")
    assert [item.name for item in index.train] == [f"train/n1/n1_{i}.JPEG" for i in range(3)] + [f"train/n2/n2_{i}.JPEG" for i in range(2)]
    assert [item.label for item in index.test] == [0, 1, 1]
    assert len({item.group for item in (*index.train, *index.test)}) == 8
    assert index.notes == ("2 of the 1000 classes",)


def test_all_is_test(photos: Photos) -> None:
    root = photos(train={"a": 2, "b": 1}, val={"a": 1, "b": 1})
    index = load(Data("imagenet", "all", CLIPS), root)
    assert not index.train and [item.name.split("/")[0] for item in index.test] == ["train"] * 3 + ["val"] * 2


def test_settings_are_chosen_on_a_third_of_the_training_images(photos: Photos) -> None:
    index = load(Data("imagenet", "tuning", CLIPS), photos(train={"a": 6, "b": 6}, val={"a": 1, "b": 1}))
    assert (len(index.train), len(index.test)) == (8, 4)
    assert all(item.name.startswith("train/") for item in index.test)


def test_only_images_count(photos: Photos) -> None:
    root = photos(train={"a": 1, "b": 1}, val={"a": 1, "b": 1})
    (root / "imagenet" / "train" / "notes").mkdir()
    (root / "imagenet" / "train" / "notes" / "read.txt").write_text("no image")
    (root / "imagenet" / "train" / "LICENCE").write_text("no folder")
    (root / "imagenet" / "val" / "a" / "list.csv").write_text("")
    Image.fromarray(picture()).save(root / "imagenet" / "val" / "a" / "z.png")
    index = load(Data("imagenet", clips=CLIPS), root)
    assert index.classes == ("a", "b") and [item.name for item in index.test][:2] == ["val/a/a_0.JPEG", "val/a/z.png"]


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        ({"train": {"a": 1, "b": 1}, "val": {"a": 1, "c": 1}}, r"different classes \(b, c\)"),
        ({"train": {"a": 1, "b": 1}, "val": {"a": 1, "b": 0}}, r"different classes \(b\)"),
        ({"train": {"a": 0}, "val": {"a": 0}}, r"different classes \(none\)"),
        ({"train": {"a": 1}}, "val is no folder"),
    ],
)
def test_sides_must_agree(photos: Photos, sides: dict[str, dict[str, int]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        imagenet.index(photos(**sides))


def test_unknown_splits_and_absent_data_are_named(photos: Photos, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Known: official, all"):
        imagenet.index(photos(train={"a": 1}, val={"a": 1}), "random")
    with pytest.raises(DataError, match="imagenet"):
        imagenet.index(tmp_path)


def read(path: Path) -> np.ndarray:
    return imagenet.read(imagenet.Item("x", 0, "x", path), CLIPS)


def test_colours_come_in_order_red_green_blue(tmp_path: Path) -> None:
    Image.fromarray(picture()).save(tmp_path / "a.png")
    frames = read(tmp_path / "a.png")
    assert frames.shape == (1, 20, 40, 3) and frames.dtype == np.uint8 and frames.flags.c_contiguous
    assert np.array_equal(frames[0], picture())


def test_grey_images_get_three_equal_channels(tmp_path: Path) -> None:
    Image.fromarray(picture()[..., 0]).save(tmp_path / "a.jpg", quality=95)
    frames = read(tmp_path / "a.jpg")
    assert frames.shape == (1, 20, 40, 3)
    assert np.array_equal(frames[..., 0], frames[..., 1]) and np.array_equal(frames[..., 0], frames[..., 2])
    assert abs(frames[0, ..., 0].astype(int) - picture()[..., 0]).mean() < 5


def test_a_turned_camera_is_honoured(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture must be turned clockwise
    Image.fromarray(picture()).save(tmp_path / "a.jpg", quality=100, subsampling=0, exif=exif)
    frames = read(tmp_path / "a.jpg")
    assert frames.shape == (1, 40, 20, 3)
    assert abs(frames[0].astype(int) - np.rot90(picture(), -1)).mean() < 10


def test_an_unreadable_image_is_counted_and_many_are_an_error(photos: Photos, tmp_path: Path) -> None:
    root = photos(train={"a": 20}, val={"a": 5})
    data = Data("imagenet", "all", CLIPS)
    items = load(data, root).test
    items[3].path.write_bytes(b"\xff\xd8 no image")
    facts = prepare(data, items, root, tmp_path / "cache")
    assert facts.total == 25 and facts.built == 24 and list(facts.failed) == [items[3].name]
    assert "cannot be decoded as an image" in facts.failed[items[3].name]
    assert entry(data, items[0], root, tmp_path / "cache").shape == (1, 16, 16, 3)
    items[7].path.write_bytes(b"")
    with pytest.raises(DataError, match="2 of 25 clips cannot be read"):
        prepare(data, items, root, tmp_path / "cache")


def test_a_photograph_has_no_flow(photos: Photos, tmp_path: Path) -> None:
    root = photos(train={"a": 1}, val={"a": 1})
    data = Data("imagenet", clips=Clips(**(vars(CLIPS) | {"input": "flow"})))
    with pytest.raises(DataError, match="Flow needs two frames"):
        prepare(data, load(data, root).test, root, tmp_path / "cache")


def test_a_truncated_photograph_is_named_not_filled_up(tmp_path: Path) -> None:
    whole = tmp_path / "whole.JPEG"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(whole)
    half = tmp_path / "half.JPEG"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(DataError, match=r"half\.JPEG cannot be decoded"):
        imagenet.read(Item("half", 0, "half", half), Clips())
