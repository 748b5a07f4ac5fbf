"""Kinetics-400 and Kinetics-600 in the layouts that copies have, in miniature; the lists in the
number of the real ones' classes.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from repro.data import kinetics400, kinetics600
from repro.data.check import check
from repro.data.index import LEAKS, DataError, Index, load
from repro.spec import Clips, Data

HEADER = "label,youtube_id,time_start,time_end,split"
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
PLACES = [  # of these rows, in this order; the last one does not exist
    "train/abseiling/0wR5jVB-WPk_000417_000427.mp4",
    "train/abseiling/_-abcdefghi_000000_000010.mkv",
    "train/passing American football (in game)/Ab0000000_1_002945_002955.mp4",
    "train/blowing_nose,_loudly/-0000000003_000007_000017.MP4",
    "val/abseiling/3caPS4FHFF8_000036_000046.mp4",
    "val/passing_American_football_(in_game)/aB0000000_1_002945_002955.mp4",
]


def text(path: Path, *rows: str, end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(row + end for row in rows).encode())


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Three classes, four training clips, three for validation of which one is not here."""
    folder = tmp_path / "kinetics400"
    text(folder / "annotations/train.csv", HEADER, *TRAIN)
    text(folder / "annotations/validate.csv", HEADER, *VAL)
    touch(folder, *PLACES)
    return tmp_path


def placed(index: Index, root: Path) -> list[str]:
    return [str(item.path.relative_to(root / "kinetics400")) for item in (*index.train, *index.test)]


def test_rows_come_from_the_lists_and_find_their_files(copy: Path) -> None:
    index = load(Data("kinetics400"), copy)
    assert index.classes == ("abseiling", "blowing nose, loudly", "passing American football (in game)")
    assert [(item.name, item.label, item.group) for item in index.train] == [
        ("train/abseiling/0wR5jVB-WPk_000417_000427", 0, "0wR5jVB-WPk"),
        ("train/abseiling/_-abcdefghi_000000_000010", 0, "_-abcdefghi"),
        ("train/passing American football (in game)/Ab0000000_1_002945_002955", 2, "Ab0000000_1"),
        ("train/blowing nose, loudly/-0000000003_000007_000017", 1, "-0000000003"),
    ]
    assert [(item.label, item.group) for item in index.test] == [
        (0, "3caPS4FHFF8"),
        (2, "aB0000000_1"),
    ]  # another video: case matters
    assert placed(index, copy) == PLACES
    assert index.missing == ("val/blowing nose, loudly/9eTXpQq9QTA_000126_000136",)
    assert index.notes == ("the lists name 3 classes, not 400", "1 of 7 listed clips are not here")


def test_lists_as_other_copies_hold_them(copy: Path) -> None:
    plain, folder = load(Data("kinetics400"), copy), copy / "kinetics400/annotations"
    text(folder / "train.csv", "\ufeff" + HEADER + ",is_cc", *(row + ",0" for row in TRAIN), "", end="\r\n")
    (folder / "validate.csv").unlink()
    text(
        folder / "val.csv",
        "split,time_end,time_start,youtube_id,label",
        *(",".join(_reversed(row)) for row in VAL),
        end="\r\n",
    )
    assert load(Data("kinetics400"), copy) == plain
    text(folder / "val.csv", HEADER, *(row.removesuffix("val") + "validate" for row in VAL))
    assert load(Data("kinetics400"), copy) == plain


def _reversed(row: str) -> list[str]:
    label, *rest = row.rsplit(",", 4)
    return [*reversed(rest), label]


def test_validate_is_another_name_of_val_and_class_folders_may_be_left_out(copy: Path) -> None:
    folder, plain = copy / "kinetics400", load(Data("kinetics400"), copy)
    (folder / "val").rename(folder / "validate")
    assert placed(load(Data("kinetics400"), copy), copy) == [place.replace("val/", "validate/") for place in PLACES]
    for file in list(folder.glob("*/*/*_0*")):
        file.rename(file.parents[1] / file.name)
    flat = load(Data("kinetics400"), copy)
    assert [i.name for i in (*flat.train, *flat.test)] == [i.name for i in (*plain.train, *plain.test)]
    assert placed(flat, copy)[4] == "validate/3caPS4FHFF8_000036_000046.mp4"


def test_what_is_not_listed_does_not_count_and_a_clip_counts_once(copy: Path) -> None:
    plain = load(Data("kinetics400"), copy)
    touch(
        copy / "kinetics400",
        "train/abseiling/0wR5jVB-WPk_000418_000428.mp4",
        "train/zumba/00000000000_000001_000011.mp4",
        "test/a.mp4",
    )
    touch(
        copy / "kinetics400",
        "train/abseiling/0wR5jVB-WPk_000417_000427.webm",
        "train/abseiling/0wR5jVB-WPk_000417_000427.json",
    )
    assert load(Data("kinetics400"), copy) == plain
    touch(copy / "kinetics400", "train/abseiling/0wR5jVB-WPk_000417_000427.avi")
    assert load(Data("kinetics400"), copy).train[0].path.suffix == ".avi"


@pytest.mark.parametrize(
    "row",
    [
        ",0wR5jVB-WPk,417,427,train",
        "abseiling,,417,427,train",
        "abseiling,0wR5jVB WPk,417,427,train",
        "abseiling,0wR5jVB-WPk,427,417,train",
        "abseiling,0wR5jVB-WPk,417,427.5,train",
        "abseiling,0wR5jVB-WPk,-4,6,train",
        "abseiling,0wR5jVB-WPk,417,427,val",
        "abseiling,0wR5jVB-WPk,417,427,",
        "abseiling,0wR5jVB-WPk,417,427",
        "up/down,0wR5jVB-WPk,417,427,train",
        "blowing nose, loudly,0wR5jVB-WPk,417,427,train",
        '"abseiling,0wR5jVB-WPk,417,427,train',
    ],
)
def test_rows_are_checked(copy: Path, row: str) -> None:
    text(copy / "kinetics400/annotations/train.csv", HEADER, TRAIN[0], "", row, *TRAIN[1:], end="\r\n")
    with pytest.raises(
        DataError, match=r"train\.csv, line 4: the row .* does not read as <class>,<youtube_id>,<start>,<end>,<train>"
    ):
        load(Data("kinetics400"), copy)


@pytest.mark.parametrize("rows", [TRAIN, ["label,youtube_id,time_start,time_end", *TRAIN], []])
def test_a_list_without_its_header_is_an_error(copy: Path, rows: list[str]) -> None:
    text(copy / "kinetics400/annotations/validate.csv", *rows)
    with pytest.raises(DataError, match=r"validate\.csv.*does not read as a header with the columns label,youtube_id"):
        load(Data("kinetics400"), copy)


def test_absent_lists_and_sides_are_one_clear_error(copy: Path) -> None:
    folder = copy / "kinetics400"
    (folder / "val").rename(folder / "elsewhere")
    with pytest.raises(
        DataError, match=r"Kinetics-400: 3 of 7 listed clips are not here: val/abseiling/3caPS.*one side.*https://"
    ):
        load(Data("kinetics400"), copy)
    (folder / "annotations/validate.csv").unlink()
    with pytest.raises(DataError, match=r"the list .*validate\.csv is not here.*or val\.csv.*https://"):
        load(Data("kinetics400"), copy)
    with pytest.raises(DataError, match=r"Kinetics-600 is not here: .*kinetics600 is no folder"):
        load(Data("kinetics600"), copy)


def test_a_video_in_both_lists_is_noted_and_the_official_split_stays(copy: Path) -> None:
    shared = "abseiling,0wR5jVB-WPk,500,510,val"
    text(
        copy / "kinetics400/annotations/validate.csv",
        HEADER,
        *VAL,
        shared,
        VAL[0].replace("3caPS4FHFF8", "_-abcdefghi"),
        shared[:-11] + "600,610,val",
    )
    touch(
        copy / "kinetics400",
        *(f"val/abseiling/{name}.mp4" for name in ("0wR5jVB-WPk_000500_000510", "_-abcdefghi_000036_000046")),
    )
    index = load(Data("kinetics400"), copy)
    assert "2 of 5 test source videos also stand in the training list" in index.notes and LEAKS not in index.notes
    assert [item.group for item in index.train][:3] == ["train/0wR5jVB-WPk", "train/_-abcdefghi", "Ab0000000_1"]
    assert [item.group for item in index.test][2:] == ["val/0wR5jVB-WPk", "val/_-abcdefghi"]
    everything = load(Data("kinetics400", "all"), copy)
    assert not any("training list" in note for note in everything.notes)
    assert Counter(item.group for item in everything.test)["0wR5jVB-WPk"] == 2  # our own splits keep it together


def test_the_same_clip_in_both_lists_is_two_rows(copy: Path) -> None:
    text(copy / "kinetics400/annotations/validate.csv", HEADER, *VAL, TRAIN[0].replace("train", "val"))
    touch(copy / "kinetics400", PLACES[0].replace("train", "val"))
    index = load(Data("kinetics400"), copy)
    assert (
        index.test[-1].name == index.train[0].name.replace("train", "val")
        and len(load(Data("kinetics400", "all"), copy).test) == 7
    )


def test_a_row_that_stands_twice_is_an_error(copy: Path) -> None:
    text(copy / "kinetics400/annotations/train.csv", HEADER, *TRAIN, TRAIN[1])
    with pytest.raises(
        DataError, match=r"1 items stand twice in one split, first: train/abseiling/_-abcdefghi_000000_000010"
    ):
        load(Data("kinetics400"), copy)


def test_the_check_lists_both(copy: Path) -> None:
    rows = {row.name: row for row in check(copy, ["kinetics400", "kinetics600"])}
    found = rows["kinetics400"]
    assert (found.found, found.missing, found.first_missing) == (
        6,
        1,
        ("val/blowing nose, loudly/9eTXpQq9QTA_000126_000136",),
    )
    assert found.usable and "CC BY 4.0" in found.licence and "https://" in found.where
    assert not rows["kinetics600"].usable and "no folder" in rows["kinetics600"].problem


def test_clips_are_read_and_undecodable_ones_are_counted(copy: Path, make_video) -> None:
    for number, place in enumerate(PLACES[:5]):
        make_video(
            copy / "kinetics400" / place.replace(".MP4", ".mp4"), frames=6, height=24, width=32, seed=number, kind="mp4"
        )
    (copy / "kinetics400" / PLACES[3]).unlink()
    index = load(Data("kinetics400"), copy)
    frames = kinetics400.read(index.train[3], Clips(frame_stride=2))
    assert frames.shape == (3, 24, 32, 3) and frames.dtype == np.uint8
    [row] = check(copy, ["kinetics400"], decode=True)
    assert list(row.undecodable) == ["val/passing American football (in game)/aB0000000_1_002945_002955"]


# Of many rows


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 classes of six training clips (three videos) and two for validation; of every fourth
    class the first of either is not here.
    """
    root = tmp_path_factory.mktemp("many")
    for side, clips in (("train", 6), ("val", 2)):
        rows = []
        for number in range(600):
            for clip in range(clips):
                video = f"{side[0]}{number:04d}_{clip // 2:05d}"
                rows.append(f"class {number:03d},{video},{10 * clip},{10 * clip + 10},{side}")
                if clip or number % 4:
                    touch(
                        root / "kinetics600",
                        f"{side}/class_{number:03d}/{video}_{10 * clip:06d}_{10 * clip + 10:06d}.mp4",
                    )
        text(root / f"kinetics600/annotations/{side}.csv", HEADER, *reversed(rows))
    return root


def test_thousands_of_rows(many: Path) -> None:
    index = load(Data("kinetics600"), many)
    assert len(index.classes) == 600 and all(a < b for a, b in pairwise(index.classes))
    assert (len(index.train), len(index.test), len(index.missing)) == (3450, 1050, 300)
    assert index.notes == ("300 of 4800 listed clips are not here",)
    assert Counter(Counter(item.label for item in index.train).values()) == {6: 450, 5: 150}
    for item in (*index.train, *index.test):
        side, label, clip = item.name.split("/")
        assert index.classes[item.label] == label and clip.startswith(f"{item.group}_")
        assert item.path == many / "kinetics600" / side / label.replace(" ", "_") / f"{clip}.mp4"
    assert index.train[0].name == "train/class 599/t0599_00002_000050_000060"  # the order of the list
    assert kinetics600.index(many, "official1") == kinetics600.index(many, "official")


@pytest.mark.parametrize("split", ["group_70_30", "group_cv1", "tuning"])
def test_own_splits_keep_videos_together(many: Path, split: str) -> None:
    index = load(Data("kinetics600", split), many)
    assert not {item.group for item in index.train} & {item.group for item in index.test}
    assert {item.label for item in index.train} == set(range(600))


def test_the_random_split_leaks_and_says_so(many: Path) -> None:
    index = load(Data("kinetics600", "random_70_30"), many)
    assert LEAKS in index.notes and len(index.train) + len(index.test) == 4500


def test_other_splits_are_refused_with_the_known_names(many: Path) -> None:
    with pytest.raises(DataError, match=r"no split 'official2'.*official1, group_cv0"):
        kinetics600.index(many, "official2")


def test_another_number_of_classes_is_noted(many: Path, tmp_path: Path) -> None:
    (tmp_path / "kinetics400").symlink_to(many / "kinetics600")
    assert "the lists name 600 classes, not 400" in load(Data("kinetics400"), tmp_path).notes
