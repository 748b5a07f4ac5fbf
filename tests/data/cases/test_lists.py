"""Lists that are cut, absent or shifted are refused; what differs from the published counts is
said.
"""

import errno
import os
import re
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from official import ucf101
from planting import imagenet, known_photographs, text

from repro.data import lists
from repro.data.hmdb51 import CLASSES
from repro.data.index import DataError, Item, load
from repro.spec import Data, options

CLIP = "{}_{}_u_cm_np1_ba_goo_{}"  # source, class, number


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """A root with lists of HMDB51 as long as published, and one clip of each side of each class."""
    root = tmp_path_factory.mktemp("published")
    for name in CLASSES:
        sides = [1] * 70 + [2] * 30 + [0] * 5
        clips = [CLIP.format("CAB"[side], name, number) for number, side in enumerate(sides)]
        for split in (1, 2, 3):
            rows = [f"{clip}.avi {side} " for clip, side in zip(clips, sides, strict=True)]
            text(root / f"hmdb51/splits/{name}_test_split{split}.txt", *rows)
        for clip in (clips[0], clips[70]):
            text(root / f"hmdb51/videos/{name}/{clip}.avi")
    return root


@pytest.fixture
def root(published: Path, tmp_path: Path) -> Path:
    """A copy of it to harm."""
    return shutil.copytree(published, tmp_path / "root")


def harm(path: Path, kind: str) -> None:
    """A list that is gone, cut after twenty rows, or empty."""
    rows = path.read_text().splitlines()
    path.unlink()
    if kind != "absent":
        text(path, *(rows[:20] if kind == "cut" else []))


HARMED = {"absent": "is not here", "cut": "names 20 training clips, as published 70", "empty": "is empty"}


@pytest.mark.parametrize("split", ["official", "all"])
@pytest.mark.parametrize("kind", HARMED)
def test_a_harmed_list_is_named_and_no_label_shifts(root, kind, split):
    path = root / "hmdb51/splits/brush_hair_test_split1.txt"
    harm(path, kind)
    with pytest.raises(DataError, match=f"{re.escape(str(path))}.*{HARMED[kind]}"):
        load(Data("hmdb51", split=split, empty_classes=True), root)


def test_classes_are_the_published_ones_and_a_part_of_them_is_asked_for(root):
    harm(root / "hmdb51/splits/brush_hair_test_split1.txt", "absent")
    part = load(Data("hmdb51", options=options(partial=True), empty_classes=True), root)
    assert part.classes == tuple(CLASSES[1:]) and "50 of the 51 classes" in part.notes


def test_a_class_without_a_clip_on_one_side_is_an_error_that_names_it(root):
    data = Data("hmdb51", split="official")
    assert len(load(data, root).classes) == 51
    (root / "hmdb51/videos/wave" / f"{CLIP.format('B', 'wave', 70)}.avi").unlink()
    with pytest.raises(DataError, match=r"1 of 51 classes have no item on the test side \(wave\)"):
        load(data, root)
    assert len(load(Data("hmdb51", empty_classes=True), root).test) == 50


@pytest.mark.parametrize(("file", "row"), [("trainlist01.txt", "train"), ("testlist01.txt", "test")])
def test_lists_of_ucf101_are_as_long_as_published(tmp_path, file, row):
    ucf101(tmp_path / "ucf101")
    path = tmp_path / "ucf101/splits" / file
    text(path, *path.read_text().splitlines()[:-1])
    with pytest.raises(DataError, match=rf"{file} names \d+ {row}\w* clips, as published \d+: is it cut\?"):
        load(Data("ucf101"), tmp_path)


TEN = list(known_photographs())
ORDERS = {
    "perhaps they are the devkit's own": {wnid: (7 * label + 3) % 10 for label, wnid in enumerate(TEN)},
    "one too high, as if classes were counted from 1": {wnid: label + 1 for label, wnid in enumerate(TEN[:9])},
    "one too low": {wnid: label - 1 for label, wnid in enumerate(TEN) if label},
}


@pytest.mark.parametrize("why", ORDERS)
def test_labels_that_contradict_known_images_are_refused(tmp_path, why):
    imagenet(tmp_path / "imagenet", ORDERS[why])
    text(tmp_path / "imagenet/synsets.txt", *TEN)  # all ten stand in the list of classes
    with pytest.raises(DataError, match=rf"val.txt gives other classes to .* known: .*{why}"):
        load(Data("imagenet", split="all", empty_classes=True), tmp_path)


def test_labels_that_agree_are_read(tmp_path):
    imagenet(tmp_path / "imagenet", {wnid: label for label, wnid in enumerate(TEN)})
    found = load(Data("imagenet"), tmp_path)
    assert found.classes == tuple(TEN) and found.notes == ("10 of the 1000 classes",)


# What is counted against what was published


def images(n: int, side: str) -> list[Item]:
    return [Item(f"{side}{i}", i % 2, f"{side}{i}", Path(f"{side}{i}.JPEG")) for i in range(n)]


@pytest.mark.parametrize(
    ("published", "note"),
    [
        ((2, 4, 3), ()), ((3, 4, 3), ("2 of the 3 classes",)), ((1, 4, 3), ("2 of the 1 classes",)),
        ((2, 5, 3), ("4 training and 3 validation images, as published 5 and 3",)),
        ((2, 3, 3), ("4 training and 3 validation images, as published 3 and 3",)),
        ((2, 4, 7), ("4 training and 3 validation images, as published 4 and 7",)),
    ],
)  # fmt: skip
def test_any_difference_to_the_published_counts_is_a_note(published: Any, note: tuple[str, ...]) -> None:
    source = lists.Source("Photos", "a shop", "free", "a folder")
    asked = (("n1", "n2"), published, images(4, "a"), images(3, "b"), source)
    found = lists.finish_images("official", *asked)
    assert found.notes == note and (len(found.train), len(found.test)) == (4, 3)
    whole = lists.finish_images("all", *asked)
    assert whole.train == () and len(whole.test) == 7


@pytest.mark.parametrize(("here", "expected"), [(3, ""), (2, "names 2 training"), (4, "names 4 training")])
def test_a_list_is_as_long_as_published(here: int, expected: str) -> None:
    sides = (images(here, "a"), images(2, "b"))
    with pytest.raises(DataError, match=expected) if expected else nullcontext():
        lists.complete(sides, (3, 2), [Path("train.csv"), Path("test.csv")])


@pytest.mark.parametrize(("count", "end"), [(9, "c8."), (10, "c9."), (11, "c9, …."), (300, "c9, ….")])
def test_ten_absent_files_are_named_and_the_rest_counted(count: int, end: str) -> None:
    found = lists.absent([f"c{i}" for i in range(count)], 400)
    assert found.startswith(f"{count} of 400 listed clips are not here: c0, c1") and found.endswith(end)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EMFILE])
def test_a_disk_that_fails_is_no_empty_folder(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> None:
        raise OSError(number, "failing")

    monkeypatch.setattr(os, "scandir", broken)
    with pytest.raises(OSError, match="failing"):
        lists.files(tmp_path)
