"""Folders and lists of photographs as data sets: ImageNet, and Tiny ImageNet at 32 x 32."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from planting import text, touch
from scipy.io import savemat

from repro.data import imagenet, tiny_imagenet_32
from repro.data.cache import entry, prepare
from repro.data.index import DataError, Index, load
from repro.spec import Clips, Data

N0, N1, N2 = "n00000000", "n00000001", "n00000002"
GROUND_TRUTH = "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt"
TINY = Data("tiny_imagenet_32", clips=Clips(height=32, width=32, clip_length=1, clip_stride=1, resize_ratio=1.0))
ANNOTATIONS = "val/val_annotations.txt"
BOX = "\t0\t0\t62\t63"


def plant(root: Path, **sides: dict[str, int]) -> Path:
    """imagenet/ with so many images, all empty, in each folder."""
    for side, folders in sides.items():
        for name, count in folders.items():
            (root / "imagenet" / side / name).mkdir(parents=True)
            touch(root / "imagenet" / side / name, *(f"{name}_{number}.JPEG" for number in range(count)))
    return root


def names(items) -> list[str]:
    return [item.name for item in items]


def test_a_folder_is_a_class_and_an_image_its_own_group(tmp_path):
    root = plant(tmp_path, train={N2: 2, N1: 3}, val={N1: 1, N2: 2})
    index = load(Data("imagenet"), root)
    assert index.classes == (N1, N2) and index.notes == ("2 of the 1000 classes",)
    counts = {N1: 3, N2: 2}
    assert names(index.train) == [f"train/{wnid}/{wnid}_{i}.JPEG" for wnid, n in counts.items() for i in range(n)]
    assert [item.label for item in index.test] == [0, 1, 1]
    assert len({item.group for item in (*index.train, *index.test)}) == 8
    everything = load(Data("imagenet", "all"), root)
    assert not everything.train and everything.test == (*index.train, *index.test)


def test_only_images_count_and_hidden_files_do_not(tmp_path):
    root = plant(tmp_path, train={N1: 1, N2: 1}, val={N1: 1, N2: 1})
    touch(root / "imagenet", "train/notes/read.txt", "train/LICENCE")
    touch(root / "imagenet/val" / N1, "list.csv", "z.png", f"._{N1}_0.JPEG")
    index = load(Data("imagenet"), root)
    here = [f"val/{N1}/{N1}_0.JPEG", f"val/{N1}/z.png", f"val/{N2}/{N2}_0.JPEG"]
    assert index.classes == (N1, N2) and names(index.test) == here


@pytest.mark.parametrize(
    ("sides", "problem"),
    [
        ({"train": {N0: 1, N1: 1}, "val": {N0: 1, N2: 1}}, rf"different classes \({N1}, {N2}\)"),
        ({"train": {N0: 1, N1: 1}, "val": {N0: 1, N1: 0}}, rf"different classes \({N1}\)"),
        ({"train": {N0: 0}, "val": {N0: 0}}, r"different classes \(none\)"),
        ({"train": {N0: 1}}, "val is no folder"),
        ({}, "imagenet is no folder"),
    ],
)
def test_sides_must_agree(tmp_path, sides, problem):
    with pytest.raises(DataError, match=problem):
        imagenet.index(plant(tmp_path, **sides))


# Validation images in one folder


def image(number: int) -> str:
    """Of the seventh image on; of those before it is known that they are of other classes."""
    return f"ILSVRC2012_val_{number + 6:08d}"


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """imagenet/ of two classes, whose validation images 1 to 4 lie in one folder and have no list
    yet; 2 and 3 are of the first class.
    """
    folder = plant(tmp_path, train={N1: 2, N2: 1}) / "imagenet"
    touch(folder / "val", *(f"{image(number)}.JPEG" for number in (1, 2, 3, 4)))
    return folder


def caffe(folder: Path) -> None:
    text(folder / "synsets.txt", N0, N1, N2)
    text(folder / "val.txt", *(f"{image(n)}.JPEG {label}" for n, label in enumerate((2, 1, 1, 2, 1, 0), 1)))


def kaggle(folder: Path) -> None:
    boxes = {3: f"{N1} 1 2 3 4 {N1} 5 6 7 8 ", 1: f"{N2} 1 2 3 4 ", 2: N1, 4: N2, 5: N1, 6: f"{N0} 1 1 1 1"}
    rows = [f"{image(n)},{box}" for n, box in boxes.items()]
    text(folder / "LOC_val_solution.csv", "ImageId,PredictionString", *rows)


def devkit(folder: Path) -> None:
    """The devkit numbers classes in an order of its own; here all other images are of a class that
    is not here, those whose class is known of that.
    """
    known = dict(row.split(",") for row in imagenet.KNOWN.read_text().split()[1:])
    numbers = {N0: 9, N1: 5, N2: 7} | {wnid: 10 + n for n, wnid in enumerate(sorted({*known.values()}))}
    synsets = np.array([(n, wnid) for wnid, n in numbers.items()], dtype=[("ILSVRC2012_ID", "i4"), ("WNID", "U9")])
    of = known | dict(zip(("7", "8", "9", "10", "11"), (N2, N1, N1, N2, N1), strict=True))
    text(folder / GROUND_TRUTH, *(str(numbers[of.get(str(n), N0)]) for n in range(1, 50_001)))
    savemat((folder / GROUND_TRUTH).with_name("meta.mat"), {"synsets": synsets[:, None]})


def in_words(index: Index) -> list[tuple[str, int, str]]:
    return [(item.name, item.label, item.group) for item in (*index.train, *index.test)]


@pytest.mark.parametrize("write", [caffe, kaggle, devkit])
def test_each_list_says_what_folders_say(flat, write):
    write(flat)
    listed = load(Data("imagenet"), flat.parent)
    classes = {2: N1, 3: N1, 1: N2, 4: N2}
    assert names(listed.test) == [f"val/{wnid}/{image(n)}.JPEG" for n, wnid in classes.items()]
    assert [item.label for item in listed.test] == [0, 0, 1, 1] and all(item.path.is_file() for item in listed.test)
    assert listed.missing == (f"val/{N1}/{image(5)}.JPEG",)  # the sixth is of a class that train/ does not hold
    assert listed.notes == ("2 of the 1000 classes", "1 of 5 listed validation images are not here")
    for number, wnid in classes.items():
        (flat / "val" / wnid).mkdir(exist_ok=True)
        (flat / "val" / f"{image(number)}.JPEG").rename(flat / "val" / wnid / f"{image(number)}.JPEG")
    assert in_words(load(Data("imagenet"), flat.parent)) == in_words(listed)


def test_images_in_one_folder_need_a_whole_list_and_no_folders(flat):
    wanted = r"need a list of their classes.*val\.txt with synsets\.txt, LOC_val_.* ILSVRC2012"
    with pytest.raises(DataError, match=wanted):
        imagenet.index(flat.parent)
    caffe(flat)
    (flat / "synsets.txt").unlink()
    with pytest.raises(DataError, match=r"the list .*synsets\.txt is not here"):
        imagenet.index(flat.parent)
    touch(flat / "val", f"{N1}/{image(9)}.JPEG")
    with pytest.raises(DataError, match="4 images beside them"):
        imagenet.index(flat.parent)


@pytest.mark.parametrize(
    ("name", "rows", "problem"),
    [
        ("val.txt", [f"{image(1)}.JPEG 3"], r"val\.txt, line 1: .*00000007\.JPEG 3' does not read as .*0 to 2"),
        ("val.txt", [f"{image(1)}.JPEG"], "0 to 2"),
        ("val.txt", 2 * [f"{image(1)}.JPEG 1"], "names 1 images twice"),
        ("val.txt", [f"{image(1)}.JPEG 0"], r"different classes \(n00000000"),
        ("val.txt", [f"{image(1)}.JPEG 1"], rf"different classes \({N2}\)"),
        ("val.txt", [f"{image(7)}.JPEG 1"], "not one of the 4 images"),
        ("LOC_val_solution.csv", [f"{image(1)},{N1} 1 2 3 4"], "the header ImageId"),
        ("LOC_val_solution.csv", [], "is empty"),
        ("LOC_val_solution.csv", ["ImageId,PredictionString", f"{image(1)},7 1 2 3 4"], "line 2.*<class> <box>"),
        (GROUND_TRUTH, ["5", "7"], "holds 2 numbers, not 50000"),
        (GROUND_TRUTH, [*49_999 * "5", "8"], "line 50000: the row '8' .* the number of a class in .*meta.mat"),
    ],
)
def test_lists_not_as_published_are_named(flat, name, rows, problem):
    {"val.txt": caffe, "LOC_val_solution.csv": kaggle, GROUND_TRUTH: devkit}[name](flat)
    text(flat / name, *rows)
    with pytest.raises(DataError, match=problem):
        imagenet.index(flat.parent)


@pytest.mark.parametrize("write", [Path.unlink, Path.touch, lambda path: savemat(path, {"other": 1})])
def test_a_devkit_without_its_table_is_named(flat, write):
    devkit(flat)
    (flat / GROUND_TRUTH).with_name("meta.mat").write_bytes(b"no table")
    write((flat / GROUND_TRUTH).with_name("meta.mat"))
    with pytest.raises(DataError, match=r"meta\.mat does not read as the devkit's table"):
        imagenet.index(flat.parent)


# Tiny ImageNet


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Two classes, listed backwards, of three training images each, and four validation images of
    which the last is not here; a third class is not listed.
    """
    folder = tmp_path / "data" / TINY.folder
    rows = (("val_2", N1), ("val_0", N2), ("val_1", N1), ("val_3", N2))
    text(folder / ANNOTATIONS, *(f"{file}.JPEG\t{wnid}{BOX}" for file, wnid in rows))
    text(folder / "wnids.txt", N2, N1)
    touch(folder / "val/images", *(f"val_{n}.JPEG" for n in range(3)))
    touch(folder / "train", *(f"{wnid}/images/{wnid}_{n}.JPEG" for wnid in (N0, N1, N2) for n in range(3)))
    text(folder / "train" / N1 / f"{N1}_boxes.txt", f"{N1}_0.JPEG{BOX}")
    return folder


def test_rows_of_tiny_imagenet_come_from_the_lists(tiny, tmp_path):
    index = load(TINY, tiny.parent)
    assert index.classes == (N1, N2)
    assert names(index.train) == [f"train/{wnid}/{wnid}_{n}.JPEG" for wnid in (N1, N2) for n in range(3)]
    assert names(index.test) == [f"val/{N1}/val_1.JPEG", f"val/{N1}/val_2.JPEG", f"val/{N2}/val_0.JPEG"]
    assert [item.label for item in index.test] == [0, 0, 1]
    assert all(item.group == item.name and item.path.is_file() for item in (*index.train, *index.test))
    assert index.missing == (f"val/{N2}/val_3.JPEG",)
    assert index.notes == ("2 of the 200 classes", "1 of 4 listed validation images are not here")
    everything = load(Data("tiny_imagenet_32", "all"), tiny.parent)
    assert everything.test == (*index.train, *index.test) and everything.missing == index.missing
    for item in index.test:
        Image.fromarray(np.full((32, 32, 3), 99, np.uint8)).save(item.path)
    assert prepare(TINY, index.test, tmp_path / "cache").built == 1  # all have the same content
    assert (np.array(entry(TINY, index.test[0], tmp_path / "cache")) == np.full((1, 32, 32, 3), 99)).all()


@pytest.mark.parametrize(
    ("name", "rows", "problem"),
    [
        ("wnids.txt", None, r"the list .*wnids\.txt is not here"),
        ("wnids.txt", [N1, N2, "n00000004"], r"n00000004/images holds no image of a class in wnids\.txt"),
        (ANNOTATIONS, None, r"the list .*val_annotations\.txt is not here"),
        (ANNOTATIONS, [], "is empty"),
        (ANNOTATIONS, [f"val_9.JPEG\t{N1}{BOX}"], rf"1 of 1 listed .* not here: val/{N1}/val_9\.JPEG"),
        (ANNOTATIONS, [f"val_0.JPEG\t{N0}{BOX}"], r"line 1: the row 'val_0\.JPEG.*a class in wnids\.txt"),
        (ANNOTATIONS, [f"val_0.JPEG {N1}"], "does not read as <image>"),
        (ANNOTATIONS, [f"val_0.JPEG\t{N1}{BOX}", f"val_0.JPEG\t{N2}{BOX}"], "names 1 images twice"),
    ],
)
def test_lists_of_tiny_imagenet_not_as_published_are_named(tiny, name, rows, problem):
    if rows is None:
        (tiny / name).unlink()
    else:
        text(tiny / name, *rows)
    with pytest.raises(DataError, match=problem):
        tiny_imagenet_32.index(tiny.parent)


def test_unknown_splits_and_absent_images_are_named(tiny):
    plant(tiny.parent, train={N0: 1}, val={N0: 1})
    for name in ("tiny_imagenet_32", "imagenet"):
        with pytest.raises(DataError, match="Known: official, all"):
            load(Data(name, "random"), tiny.parent)
    (tiny / "val/images").rename(tiny / "images")
    with pytest.raises(DataError, match="4 of 4 listed"):
        tiny_imagenet_32.index(tiny.parent)


def test_twenty_classes_as_they_are(real_data, tmp_path):
    index = load(TINY, real_data)
    assert (len(index.classes), len(index.train), len(index.test), index.missing) == (20, 4000, 1000, ())
    assert set(Counter(item.label for item in index.train).values()) == {200}
    assert set(Counter(item.label for item in index.test).values()) == {50}
    facts = prepare(TINY, index.test[::50], tmp_path)
    assert (facts.built, facts.failed) == (20, {})
    assert entry(TINY, index.test[0], tmp_path).shape == (1, 32, 32, 3)
