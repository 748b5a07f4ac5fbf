"""Folders of photographs as a data set."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy.io import savemat

from repro.data import imagenet
from repro.data.cache import entry, prepare
from repro.data.index import DataError, Index, Item, load
from repro.spec import Clips, Data

CLIPS = Clips(height=14, width=14, clip_length=1, clip_stride=1, fit="squeeze")  # stored 16 x 16
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
                    Image.fromarray(picture(seed=len(list(tmp_path.rglob("*.JPEG"))))).save(
                        folder / f"{name}_{number}.JPEG", quality=95
                    )
        return tmp_path / "data"

    return make


def test_a_folder_is_a_class_and_an_image_its_own_group(photos: Photos) -> None:
    root = photos(train={"n2": 2, "n1": 3}, val={"n1": 1, "n2": 2})
    index = load(Data("imagenet", clips=CLIPS), root)
    assert index.classes == ("n1", "n2")
    assert [item.name for item in index.train] == [f"train/n1/n1_{i}.JPEG" for i in range(3)] + [
        f"train/n2/n2_{i}.JPEG" for i in range(2)
    ]
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


def test_hidden_files_do_not_count(photos: Photos) -> None:
    root = photos(train={"a": 1}, val={"a": 1})
    (root / "imagenet/train/a/._a_0.JPEG").write_bytes(b"what an archive of another system leaves behind")
    assert [item.name for item in imagenet.index(root).train] == ["train/a/a_0.JPEG"]


def test_unknown_splits_and_absent_data_are_named(photos: Photos, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Known: official, all"):
        imagenet.index(photos(train={"a": 1}, val={"a": 1}), "random")
    with pytest.raises(DataError, match="imagenet"):
        imagenet.index(tmp_path)


# Validation images in one folder

N1, N2 = "n00000001", "n00000002"
GROUND_TRUTH = "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt"


def image(number: int) -> str:
    return f"ILSVRC2012_val_{number:08d}"


@pytest.fixture
def flat(photos: Photos) -> Path:
    """imagenet/ of two classes, whose validation images 1 to 4 lie in one folder and have no list
    yet; 2 and 3 are of the first class.
    """
    folder = photos(train={N1: 2, N2: 1}) / "imagenet"
    (folder / "val").mkdir()
    for number in (1, 2, 3, 4):
        Image.fromarray(picture(2, 2, number)).save(folder / "val" / f"{image(number)}.JPEG")
    return folder


def caffe(folder: Path) -> None:
    (folder / "synsets.txt").write_text(f"n00000000\n{N1}\n{N2}\n")
    (folder / "val.txt").write_text(
        "".join(f"{image(n)}.JPEG {label}\n" for n, label in enumerate((2, 1, 1, 2, 1, 0), 1))
    )


def kaggle(folder: Path) -> None:
    rows = [
        (3, f"{N1} 1 2 3 4 {N1} 5 6 7 8 "),
        (1, f"{N2} 1 2 3 4 "),
        (2, N1),
        (4, N2),
        (5, N1),
        (6, "n00000000 1 1 1 1"),
    ]
    text = "".join(f"{image(n)},{boxes}\n" for n, boxes in rows)
    (folder / "LOC_val_solution.csv").write_text("ImageId,PredictionString\n" + text)


def devkit(folder: Path, numbers: tuple[int, ...] = (7, 5, 5, 7, 5)) -> None:
    """The devkit numbers classes in an order of its own; here all other images are of a class that
    is not here.
    """
    synsets = np.array([(9, "n00000000"), (5, N1), (7, N2)], dtype=[("ILSVRC2012_ID", "i4"), ("WNID", "U9")])
    (folder / GROUND_TRUTH).parent.mkdir(parents=True)
    (folder / GROUND_TRUTH).write_text("".join(f"{n}\n" for n in (*numbers, *[9] * (50_000 - len(numbers)))))
    savemat((folder / GROUND_TRUTH).with_name("meta.mat"), {"synsets": synsets[:, None]})


def into_folders(folder: Path) -> None:
    for wnid, number in ((N2, 1), (N1, 2), (N1, 3), (N2, 4)):
        (folder / "val" / wnid).mkdir(exist_ok=True)
        (folder / "val" / f"{image(number)}.JPEG").rename(folder / "val" / wnid / f"{image(number)}.JPEG")


def in_words(index: Index) -> list[tuple[str, int, str]]:
    return [(item.name, item.label, item.group) for item in (*index.train, *index.test)]


@pytest.mark.parametrize("write", [caffe, kaggle, devkit])
def test_each_list_says_what_folders_say(flat: Path, write: Callable[[Path], None]) -> None:
    write(flat)
    listed = load(Data("imagenet"), flat.parent)
    assert [(item.name, item.label) for item in listed.test] == [
        (f"val/{N1}/{image(2)}.JPEG", 0),
        (f"val/{N1}/{image(3)}.JPEG", 0),
        (f"val/{N2}/{image(1)}.JPEG", 1),
        (f"val/{N2}/{image(4)}.JPEG", 1),
    ]
    assert all(item.path.is_file() for item in listed.test)
    assert listed.missing == (f"val/{N1}/{image(5)}.JPEG",)  # the sixth is of a class that train/ does not hold
    assert listed.notes == ("2 of the 1000 classes", "1 of 5 listed validation images are not here")
    into_folders(flat)
    assert in_words(load(Data("imagenet"), flat.parent)) == in_words(listed)


def test_images_in_one_folder_need_a_list(flat: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"need a list of their classes.*val\.txt with synsets\.txt, LOC_val_solution\.csv or ILSVRC2012",
    ):
        imagenet.index(flat.parent)
    caffe(flat)
    (flat / "synsets.txt").unlink()
    with pytest.raises(DataError, match=r"the list .*synsets\.txt is not here"):
        imagenet.index(flat.parent)


def test_folders_half_filled_are_an_error(flat: Path) -> None:
    caffe(flat)
    (flat / "val" / N1).mkdir()
    (flat / "val" / f"{image(2)}.JPEG").rename(flat / "val" / N1 / f"{image(2)}.JPEG")
    with pytest.raises(DataError, match="3 images beside them"):
        imagenet.index(flat.parent)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "val.txt",
            "ILSVRC2012_val_00000001.JPEG 3\n",
            r"val\.txt, line 1: .*00000001\.JPEG 3' does not read as .*0 to 2",
        ),
        ("val.txt", "ILSVRC2012_val_00000001.JPEG\n", "0 to 2"),
        ("val.txt", 2 * "ILSVRC2012_val_00000001.JPEG 1\n", "names 1 images twice"),
        ("val.txt", "ILSVRC2012_val_00000001.JPEG 0\n", r"different classes \(n00000000"),
        ("val.txt", "ILSVRC2012_val_00000001.JPEG 1\n", rf"different classes \({N2}\)"),
        ("val.txt", "ILSVRC2012_val_00000007.JPEG 1\n", "not one of the 4 images"),
        ("LOC_val_solution.csv", f"{image(1)},{N1} 1 2 3 4\n", "the header ImageId"),
        ("LOC_val_solution.csv", "", "the header ImageId"),
        ("LOC_val_solution.csv", f"ImageId,PredictionString\n{image(1)},7 1 2 3 4\n", "line 2.*<class> <box>"),
        (GROUND_TRUTH, "5\n7\n", "holds 2 numbers, not 50000"),
        (
            GROUND_TRUTH,
            "5\n" * 49_999 + "8\n",
            "line 50000: the row '8' does not read as the number of a class in .*meta.mat",
        ),
    ],
)
def test_lists_not_as_published_are_named(flat: Path, name: str, content: str, said: str) -> None:
    {"val.txt": caffe, "LOC_val_solution.csv": kaggle, GROUND_TRUTH: devkit}[name](flat)
    (flat / name).write_text(content)
    with pytest.raises(DataError, match=said):
        imagenet.index(flat.parent)


@pytest.mark.parametrize("content", [b"", b"no table", "without", "absent"])
def test_a_devkit_without_its_table_is_named(flat: Path, content: bytes | str) -> None:
    devkit(flat)
    path = (flat / GROUND_TRUTH).with_name("meta.mat")
    path.unlink()
    if content == "without":
        savemat(path, {"other": 1})
    elif content != "absent":
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"meta\.mat does not read as the devkit's table"):
        imagenet.index(flat.parent)


# Files of every kind


def read(path: Path) -> np.ndarray:
    return imagenet.read(Item("x", 0, "x", path), CLIPS)


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


@pytest.mark.parametrize("orientation", range(10))
def test_every_way_to_hold_a_camera(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture()).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as stored:
        upright = np.array(ImageOps.exif_transpose(stored))
    assert np.array_equal(read(tmp_path / "a.png")[0], upright)
    assert np.array_equal(upright, picture()) == (orientation in (0, 1, 9))


def with_exif(kind: str, before: bytes, after: bytes) -> bytes:
    """A picture in whose EXIF some bytes are replaced by as many others."""
    exif = Image.Exif()
    exif[0x010F] = "a maker with a long name"
    content = io.BytesIO()
    Image.fromarray(picture()).save(content, kind, exif=exif, **({} if kind == "JPEG" else {"lossless": True}))
    assert content.getvalue().count(before) == 1
    return content.getvalue().replace(before, after)


MAKER = b"\x01\x0f\0\x02\0\0\0"  # tag and type, and the length of the text up to its last byte


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("JPEG", MAKER, MAKER[:-1] + b"\xff"), ("JPEG", b"MM\0*", b"MMMM"), ("WEBP", b"MM\0*", b"MMMM")],
    ids=["text beyond the end", "no header", "no header, other kind"],
)
def test_damaged_exif_is_ignored(tmp_path: Path, kind: str, before: bytes, after: bytes) -> None:
    (tmp_path / "a.JPEG").write_bytes(with_exif(kind, before, after))
    assert abs(read(tmp_path / "a.JPEG")[0].astype(int) - picture()).mean() < 10


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    stored = Image.fromarray(picture()).convert("CMYK")
    stored.save(tmp_path / "a.JPEG", quality=100)
    with Image.open(tmp_path / "a.JPEG") as written:
        assert written.mode == "CMYK"
    assert abs(read(tmp_path / "a.JPEG")[0].astype(int) - picture()).mean() < 3


def test_a_palette_with_alpha_for_each_colour_becomes_rgb(tmp_path: Path) -> None:
    Image.fromarray(picture()).quantize(4).save(tmp_path / "a.png", transparency=bytes([0, 80, 160, 255]))
    assert np.array_equal(read(tmp_path / "a.png")[0], picture())


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_dropped_whatever_the_suffix_says(tmp_path: Path, mode: str) -> None:
    colours = Image.fromarray(picture()).convert(mode)
    colours.putalpha(Image.fromarray(np.arange(800).reshape(20, 40).astype(np.uint8)))
    colours.save(tmp_path / "png.JPEG", format="PNG")
    expected = picture() if mode == "RGBA" else np.array(Image.fromarray(picture()).convert("L").convert("RGB"))
    assert np.array_equal(read(tmp_path / "png.JPEG")[0], expected)


def test_sixteen_bits_lose_the_lower_eight(tmp_path: Path) -> None:
    values = np.arange(0, 65536, 82, dtype=np.uint16)[:800].reshape(20, 40)
    Image.fromarray(values).save(tmp_path / "a.png")
    frames = read(tmp_path / "a.png")
    assert frames.shape == (1, 20, 40, 3) and all(np.array_equal(frames[0, ..., c], values // 256) for c in range(3))


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(picture()[..., 0] > 99).save(tmp_path / "a.png")
    assert np.array_equal(read(tmp_path / "a.png")[0, ..., 1], 255 * (picture()[..., 0] > 99))


@pytest.mark.parametrize(
    ("height", "width", "shape"), [(1, 1, (1, 1)), (5, 1000, (5, 20)), (1000, 5, (20, 5)), (10, 40, (10, 40))]
)
def test_of_a_strip_the_middle_is_kept(tmp_path: Path, height: int, width: int, shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    frames = read(tmp_path / "a.png")
    top, left = (height - shape[0]) // 2, (width - shape[1]) // 2
    assert frames.flags.c_contiguous and np.array_equal(frames[0], pixels[top : top + shape[0], left : left + shape[1]])


@pytest.mark.parametrize(
    ("height", "width", "stored"), [(1, 1, (55, 55)), (20, 4000, (55, 220)), (4000, 20, (220, 55)), (30, 40, (55, 73))]
)
def test_every_shape_is_stored_in_little_room(
    photos: Photos, tmp_path: Path, height: int, width: int, stored: tuple[int, int]
) -> None:
    root = photos(train={"a": 1}, val={"a": 1})
    data = Data("imagenet", clips=Clips(clip_length=1, frame_stride=1, clip_stride=1, height=48, width=48))
    (item,) = load(data, root).test
    Image.fromarray(np.full((height, width, 3), 99, np.uint8)).save(item.path)
    assert prepare(data, [item], root, tmp_path / "cache").built == 1
    frames = entry(data, item, root, tmp_path / "cache")
    assert frames.shape == (1, *stored, 3) and abs(np.array(frames).astype(int) - 99).max() <= 2


@pytest.mark.parametrize("height", [30, 60], ids=["warning", "error"])
def test_too_many_pixels_are_named_before_they_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, height: int
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    Image.fromarray(picture(height, 40)).save(tmp_path / "a.JPEG")
    with pytest.raises(
        DataError, match=rf"a\.JPEG cannot be decoded as an image: Image size \({40 * height} pixels\) exceeds limit"
    ):
        read(tmp_path / "a.JPEG")


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"%!PS-Adobe-3.0 EPSF-3.0\n", "TIFF"])
def test_what_is_no_photograph_is_named(tmp_path: Path, content: bytes | str) -> None:
    if content == "TIFF":
        Image.fromarray(picture()).save(tmp_path / "a.JPEG", content)
    else:
        (tmp_path / "a.JPEG").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.JPEG cannot be decoded as an image"):
        read(tmp_path / "a.JPEG")
    with pytest.raises(DataError, match=r"b\.JPEG cannot be decoded as an image: .*No such file"):
        read(tmp_path / "b.JPEG")


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


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_truncated_photograph_is_named_not_filled_up(tmp_path: Path, kind: str) -> None:
    whole, part = tmp_path / "whole.JPEG", tmp_path / "part.JPEG"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(whole, kind)
    content = whole.read_bytes()
    for share in (0.01, 0.1, 0.5, 0.95):
        part.write_bytes(content[: int(share * len(content))])
        with pytest.raises(DataError, match=r"part\.JPEG cannot be decoded"):
            read(part)
