"""Kinetics-400 and Kinetics-600 in the layouts that copies have, in miniature; the lists in the
number of the real ones' classes.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from films import video
from official import kinetics
from planting import KINETICS, text, touch

from repro.data import kinetics400, kinetics600
from repro.data.check import check
from repro.data.index import LEAKS, DataError, Index, load
from repro.spec import Clips, Data

TRAIN = [
    "abseiling,0wR5jVB-WPk,417,427,train",
    "abseiling,_-abcdefghi,0,10,train",
    '"passing American football (in game)",Ab0000000_1,2945,2955,train',
    '"blowing nose, loudly",-0000000003,7,17,train',
]
VAL = [
    "abseiling,3caPS4FHFF8,36,46,val",
    '"passing American football (in game)",aB0000000_1,2945,2955,val',
    '"blowing nose, loudly",9eTXpQq9QTA,126,136,val',
]
FILES = [  # of these rows, in this order; the last one does not exist
    "train/abseiling/0wR5jVB-WPk_000417_000427.mp4", "train/abseiling/_-abcdefghi_000000_000010.mkv",
    "train/passing American football (in game)/Ab0000000_1_002945_002955.mp4",
    "train/blowing_nose,_loudly/-0000000003_000007_000017.MP4", "val/abseiling/3caPS4FHFF8_000036_000046.mp4",
    "val/passing_American_football_(in_game)/aB0000000_1_002945_002955.mp4",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes, four training clips, three for validation of which one is not here."""
    folder = tmp_path / "kinetics400"
    text(folder / "annotations/train.csv", KINETICS, *TRAIN)
    text(folder / "annotations/validate.csv", KINETICS, *VAL)
    touch(folder, *FILES)
    return folder


def of(folder: Path, split: str = "official") -> Index:
    return load(Data("kinetics400", split, empty_classes=True), folder.parent)


def paths(folder: Path) -> list[str]:
    index = of(folder)
    return [str(item.path.relative_to(folder)) for item in (*index.train, *index.test)]


def test_rows_come_from_the_lists_and_find_their_files(folder):
    index = of(folder)
    assert index.classes == ("abseiling", "blowing nose, loudly", "passing American football (in game)")
    assert [(item.name, item.label, item.group) for item in index.train] == [
        ("train/abseiling/0wR5jVB-WPk_000417_000427", 0, "0wR5jVB-WPk"),
        ("train/abseiling/_-abcdefghi_000000_000010", 0, "_-abcdefghi"),
        ("train/passing American football (in game)/Ab0000000_1_002945_002955", 2, "Ab0000000_1"),
        ("train/blowing nose, loudly/-0000000003_000007_000017", 1, "-0000000003"),
    ]
    # aB0000000_1 is another video than Ab0000000_1: case matters.
    assert [(item.label, item.group) for item in index.test] == [(0, "3caPS4FHFF8"), (2, "aB0000000_1")]
    assert paths(folder) == FILES and index.missing == ("val/blowing nose, loudly/9eTXpQq9QTA_000126_000136",)
    counts = "the lists name 4 and 3 clips, as published 246534 and 19906"
    assert index.notes == ("the lists name 3 classes, not 400", counts, "1 of 7 listed clips are not here")


def test_lists_as_other_copies_hold_them(folder):
    plain, lists = of(folder), folder / "annotations"
    text(lists / "train.csv", "\ufeff" + KINETICS + ",is_cc", *(row + ",0" for row in TRAIN), "", end="\r\n")
    (lists / "validate.csv").unlink()
    cells = [row.rsplit(",", 4) for row in (KINETICS, *VAL)]
    text(lists / "val.csv", *(",".join([*rest[::-1], label]) for label, *rest in cells), end="\r\n")
    assert of(folder) == plain
    text(lists / "val.csv", KINETICS, *(row.removesuffix("val") + "validate" for row in VAL))
    assert of(folder) == plain


def test_validate_is_another_name_of_val_and_class_folders_may_be_left_out(folder):
    plain = of(folder)
    (folder / "val").rename(folder / "validate")
    assert paths(folder) == [path.replace("val/", "validate/") for path in FILES]
    for file in list(folder.glob("*/*/*_0*")):
        file.rename(file.parents[1] / file.name)
    flat = of(folder)
    assert [i.name for i in (*flat.train, *flat.test)] == [i.name for i in (*plain.train, *plain.test)]
    assert paths(folder)[4] == "validate/3caPS4FHFF8_000036_000046.mp4"


def test_folders_and_lists_as_other_tools_lay_them(folder):
    plain = of(folder)
    for side in ("train", "val"):
        (folder / side).rename(folder / f"videos_{side}")
    (folder / "annotations/train.csv").rename(folder / "annotations/kinetics_train.csv")
    (folder / "annotations/validate.csv").rename(folder / "validate.csv")
    laid = of(folder)
    assert [i.name for i in (*laid.train, *laid.test)] == [i.name for i in (*plain.train, *plain.test)]
    folder.rename(folder.parent / "k400")
    with pytest.raises(DataError, match=r"Say\n  ln -s k400 \S+/kinetics400\n"):
        of(folder)


def test_what_is_not_listed_does_not_count_and_a_clip_counts_once(folder):
    plain, clip = of(folder), FILES[0].removesuffix(".mp4")
    touch(folder, clip.replace("417", "418") + ".mp4", "train/zumba/00000000000_000001_000011.mp4", "test/a.mp4")
    touch(folder, f"{clip}.webm", f"{clip}.json")
    assert of(folder) == plain
    touch(folder, f"{clip}.avi")
    assert of(folder).train[0].path.suffix == ".avi"


@pytest.mark.parametrize(
    "row",
    [
        *(",0wR5jVB-WPk,417,427,train", "abseiling,,417,427,train", "abseiling,0wR5jVB WPk,417,427,train"),
        *("abseiling,0wR5jVB-WPk,427,417,train", "abseiling,0wR5jVB-WPk,417,427.5,train"),
        *("abseiling,0wR5jVB-WPk,-4,6,train", "abseiling,0wR5jVB-WPk,417,427,val", "abseiling,0wR5jVB-WPk,417,427,"),
        *("abseiling,0wR5jVB-WPk,417,427", "up/down,0wR5jVB-WPk,417,427,train"),
        *("blowing nose, loudly,0wR5jVB-WPk,417,427,train", '"abseiling,0wR5jVB-WPk,417,427,train'),
    ],
)
def test_rows_are_checked(folder, row):
    text(folder / "annotations/train.csv", KINETICS, TRAIN[0], "", row, *TRAIN[1:], end="\r\n")
    problem = r"train\.csv, line 4: the row .* does not read as <class>,<youtube_id>,<start>,<end>,<train>"
    with pytest.raises(DataError, match=problem):
        of(folder)


@pytest.mark.parametrize("rows", [TRAIN, ["label,youtube_id,time_start,time_end", *TRAIN], []])
def test_a_list_without_its_header_is_an_error(folder, rows):
    text(folder / "annotations/validate.csv", *rows)
    problem = "does not read as a header with the columns label,youtube_id" if rows else "is empty"
    with pytest.raises(DataError, match=rf"validate\.csv.*{problem}"):
        of(folder)


def test_absent_lists_and_sides_are_one_clear_error(folder):
    (folder / "val").rename(folder / "elsewhere")
    with pytest.raises(DataError, match=r"Kinetics-400: 3 of 7 .* not here: val/abseiling/3caPS.*one side.*https://"):
        of(folder)
    (folder / "annotations/validate.csv").unlink()
    with pytest.raises(DataError, match=r"the list .*validate\.csv is not here.*or val\.csv.*https://"):
        of(folder)


def test_a_video_in_both_lists_is_noted_and_the_official_split_stays(folder):
    shared = [f"abseiling,0wR5jVB-WPk,{at},{at + 10},val" for at in (500, 600)]
    text(folder / "annotations/validate.csv", KINETICS, *VAL, *shared, "abseiling,_-abcdefghi,36,46,val")
    touch(folder / "val/abseiling", "0wR5jVB-WPk_000500_000510.mp4", "_-abcdefghi_000036_000046.mp4")
    index = of(folder)
    assert "2 of 5 test source videos also stand in the training list" in index.notes and LEAKS not in index.notes
    assert [item.group for item in index.train][:3] == ["train/0wR5jVB-WPk", "train/_-abcdefghi", "Ab0000000_1"]
    assert [item.group for item in index.test][2:] == ["val/0wR5jVB-WPk", "val/_-abcdefghi"]
    everything = of(folder, "all")
    assert not any("training list" in note for note in everything.notes)
    assert Counter(item.group for item in everything.test)["0wR5jVB-WPk"] == 2  # our own splits keep it together


def test_a_clip_in_both_lists_is_two_rows_and_twice_in_one_an_error(folder):
    text(folder / "annotations/validate.csv", KINETICS, *VAL, TRAIN[0].replace("train", "val"))
    touch(folder, FILES[0].replace("train", "val"))
    index = of(folder)
    assert index.test[-1].name == index.train[0].name.replace("train", "val") and len(of(folder, "all").test) == 7
    text(folder / "annotations/train.csv", KINETICS, *TRAIN, TRAIN[1])
    with pytest.raises(DataError, match=r"1 items stand twice in one split, first: train/abseiling/_-abcdefghi_0"):
        of(folder)


def test_the_check_lists_both_and_names_undecodable_clips(folder):
    for number, file in enumerate(FILES[:5]):
        video(folder / file.replace(".MP4", ".mp4"), frames=6, height=24, width=32, seed=number, kind="mp4")
    (folder / FILES[3]).unlink()
    frames = np.stack(list(kinetics400.read(of(folder).train[3], Clips(frame_stride=2))))
    assert frames.shape == (3, 24, 32, 3) and frames.dtype == np.uint8
    row, other = check(folder.parent, ["kinetics400", "kinetics600"], decode=True)
    assert (row.found, row.missing) == (6, 1) and row.usable and "CC BY 4.0" in row.licence and "https://" in row.where
    assert row.first_missing == ("val/blowing nose, loudly/9eTXpQq9QTA_000126_000136",)
    assert list(row.undecodable) == ["val/passing American football (in game)/aB0000000_1_002945_002955"]
    assert not other.usable and "no folder" in other.problem


# Of many rows


def test_kinetics600_has_600_classes_and_other_splits_and_numbers_are_named(tmp_path):
    kinetics(tmp_path / "kinetics600", 600)
    index = load(Data("kinetics600", empty_classes=True), tmp_path)
    assert len(index.classes) == 600 and not any("classes" in note for note in index.notes)
    assert kinetics600.index(tmp_path, "official1") == kinetics600.index(tmp_path, "official")
    with pytest.raises(DataError, match=r"no split 'official2'.*official1, group_cv<i>of<n>"):
        kinetics600.index(tmp_path, "official2")
    (tmp_path / "kinetics400").symlink_to(tmp_path / "kinetics600")
    assert "the lists name 600 classes, not 400" in load(Data("kinetics400", empty_classes=True), tmp_path).notes
