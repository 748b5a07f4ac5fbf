"""UCF Sports in its published layout, in miniature."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from repro.data import ucfsports
from repro.data.cache import entry, prepare
from repro.data.check import check
from repro.data.index import DataError, load
from repro.spec import Clips, Data

COUNTS = [14, 18, 20, 6, 12, 13, 12, 20, 13, 22]  # by class, as on the set's page


def plant(root: Path, reels: int = 5) -> Path:
    """All 150 clips, empty, of `reels` reels a folder; the second half of Diving-Side has frames
    alone.
    """
    for tape, (folder, (_, count)) in enumerate(ucfsports.FOLDERS.items(), 2000):
        for number in range(1, count + 1):
            place = root / "ucfsports" / folder / f"{number:03d}"
            (place / "gt").mkdir(parents=True)
            name = f"{tape}-{number % reels}_70{number}1"
            (place / f"{name}.jpg").touch()
            (place / "gt" / f"{name}.tif.txt").touch()
            if folder != "Diving-Side" or number < 8:
                (place / f"{name}.avi").touch()
    return root


def photographs(folder: Path, *names: str, size: tuple[int, int] = (32, 24)) -> None:
    """Grey frames, each brighter than the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.new("RGB", size, (20 * number,) * 3).save(folder / name, quality=95)


def test_thirteen_folders_are_ten_classes(tmp_path):
    index = load(Data("ucfsports", "all"), plant(tmp_path))
    assert len(index.classes) == 10 and len(index.test) == 150 and not index.missing
    assert [Counter(item.label for item in index.test)[k] for k in range(10)] == COUNTS
    kinds = {item.name.partition("/")[0]: index.classes[item.label] for item in index.test}
    assert {folder for folder, kind in kinds.items() if kind == "Golf-Swing"} == {
        f"Golf-Swing-{v}" for v in ("Back", "Front", "Side")
    }
    assert kinds["Swing-Bench"] != kinds["Swing-SideAngle"]


def test_a_group_is_a_class_and_a_reel(tmp_path):
    root = plant(tmp_path)
    for number, name in (
        (1, "3283-8_700741"),
        (2, "3283-8_701201"),
        (3, "7608-12_70275"),
        (4, "7608-9_70(2)151"),
        (5, "RF1-13903_70070"),
    ):
        folder = root / f"ucfsports/Golf-Swing-Back/{number:03d}"
        for suffix in ("avi", "jpg"):
            next(folder.glob(f"*.{suffix}")).rename(folder / f"{name}.{suffix}")
    groups = {item.name: item.group for item in load(Data("ucfsports", "all"), root).test}
    found = [groups[f"Golf-Swing-Back/{number:03d}"] for number in range(1, 6)]
    assert found == [f"Golf-Swing/{reel}" for reel in ("3283-8", "3283-8", "7608-12", "7608-9", "RF1-13903")]
    assert groups["Diving-Side/010"] == groups["Diving-Side/005"]  # with and without a video


@pytest.mark.parametrize("split", ["official", "group_70_30", "group_cv1", "tuning"])
def test_whole_reels_stand_on_one_side(tmp_path, split):
    index = load(Data("ucfsports", split), plant(tmp_path))
    assert index.train and index.test and len({item.label for item in index.test}) == 10
    assert not {item.group for item in index.train} & {item.group for item in index.test}


def test_official_is_ours_and_says_so(tmp_path):
    root = plant(tmp_path)
    official, named = load(Data("ucfsports"), root), load(Data("ucfsports", "group_70_30"), root)
    assert (official.train, official.test) == (named.train, named.test)
    assert ucfsports.OWN in official.notes and ucfsports.OWN not in named.notes


def test_the_random_split_leaks_reels_and_says_so(tmp_path):
    index = load(Data("ucfsports", "random_70_30"), plant(tmp_path))
    assert "leaks groups" in index.notes and len(index.train) == 104


def test_without_reels_clips_are_groups_and_a_note_says_so(tmp_path):
    for number in (1, 2, 3, 4):
        folder = tmp_path / f"ucfsports/Walk-Front/{number:03d}"
        folder.mkdir(parents=True)
        (folder / f"{number:03d}.avi").touch()
    index = load(Data("ucfsports", "random_70_30"), tmp_path)
    assert {item.group for item in index.train} == {item.name for item in index.train}
    assert index.notes == (
        "4 of 4 clips show no reel in their name; each is its own group",
        "146 of 150 listed clips are not here",
    )


def test_a_reel_that_gives_other_classes_to_train_is_noted(tmp_path):
    root = plant(tmp_path)
    for folder in (root / "ucfsports/Walk-Front").iterdir():  # all walking is of the diving's reels
        for file in (*folder.glob("*.jpg"), *folder.glob("*.avi")):
            file.rename(file.with_name(file.name.replace(file.name.partition("-")[0], "2000", 1)))
    index = load(Data("ucfsports", "group_70_30"), root)
    reels = [{(item.group.partition("/")[2], item.label) for item in side} for side in (index.train, index.test)]
    shared = {reel for reel, _ in reels[0]} & {reel for reel, _ in reels[1]}
    assert shared and index.notes == (
        f"{len(shared)} of {len({r for r, _ in reels[1]})} test reels also give clips of other classes to train",
    )
    assert ucfsports._shared([], [*index.test]) == []


def test_two_calls_are_equal_and_the_order_of_the_walk_changes_nothing(tmp_path, monkeypatch):
    root = plant(tmp_path)
    first = ucfsports.index(root, "official")
    assert ucfsports.index(root, "official") == first
    scandir = os.scandir
    monkeypatch.setattr(ucfsports.os, "scandir", lambda path: Reversed(scandir(path)))
    assert ucfsports.index(root, "official") == first


class Reversed:
    """A look into a folder that goes backwards."""

    def __init__(self, entries):
        self.entries = list(entries)[::-1]

    def __enter__(self):
        return iter(self.entries)

    def __exit__(self, *_):
        pass

    def __iter__(self):
        return iter(self.entries)


def test_absent_and_empty_folders_are_missing_clips(tmp_path):
    root = plant(tmp_path)
    for path in (root / "ucfsports/Lifting/003").rglob("*.*"):
        path.unlink()
    (root / "ucfsports/Run-Side/013").rename(root / "ucfsports/Run-Side/014")
    index = load(Data("ucfsports", "all"), root)
    assert index.missing == ("Lifting/003", "Run-Side/013") and "2 of 150 listed clips are not here" in index.notes
    [row] = check(root, ["ucfsports"])
    assert (row.found, row.missing) == (148, 2)


def test_frames_stand_for_a_missing_video(tmp_path):
    folder = tmp_path / "ucfsports/Diving-Side/008"
    photographs(folder, *(f"2538-5_70{number}.jpg" for number in (8, 9, 10, 11, 100)))
    [item] = load(Data("ucfsports", "all"), tmp_path).test
    assert item.path.name == "2538-5_708.jpg"
    frames = ucfsports.read(item, Clips())
    assert (
        frames.shape == (5, 24, 32, 3) and (np.diff(frames[:, 0, 0, 0].astype(int)) > 10).all()
    )  # 9, 10, 11, 100: as numbers
    assert (ucfsports.read(item, Clips(frame_stride=2)) == frames[::2]).all()


def test_frames_go_through_the_cache(tmp_path):
    photographs(tmp_path / "data/ucfsports/Lifting/001", *(f"3528-8_70{number}.jpg" for number in range(1, 5)))
    data = Data("ucfsports", "all", Clips(height=8, width=8, resize_ratio=1.0, clip_length=4, clip_stride=1))
    [item] = load(data, tmp_path / "data").test
    assert prepare(data, [item], tmp_path / "data", tmp_path / "cache").built == 1
    assert entry(data, item, tmp_path / "data", tmp_path / "cache").shape == (4, 8, 11, 3)


def test_a_video_is_read_before_its_frames(tmp_path, make_video):
    folder = tmp_path / "ucfsports/Run-Side/001"
    photographs(folder, "55238-17_701.jpg")
    make_video(folder / "55238-17_701.avi", frames=9, height=48, width=64)
    [item] = load(Data("ucfsports", "all"), tmp_path).test
    assert ucfsports.read(item, Clips(frame_stride=4)).shape == (3, 48, 64, 3)


def test_frames_of_two_sizes_are_no_clip(tmp_path):
    folder = tmp_path / "ucfsports/Diving-Side/008"
    photographs(folder, "1-1_701.jpg")
    photographs(folder, "1-1_702.jpg", size=(24, 24))
    [item] = load(Data("ucfsports", "all"), tmp_path).test
    with pytest.raises(DataError, match="differ in size"):
        ucfsports.read(item, Clips())


def test_a_damaged_frame_is_named(tmp_path):
    folder = tmp_path / "ucfsports/Diving-Side/008"
    photographs(folder, "1-1_701.jpg")
    (folder / "1-1_702.jpg").write_bytes(b"no image")
    [item] = load(Data("ucfsports", "all"), tmp_path).test
    with pytest.raises(DataError, match=r"1-1_702\.jpg cannot be decoded"):
        ucfsports.read(item, Clips())


def test_other_splits_are_refused_with_the_known_names(tmp_path):
    with pytest.raises(DataError, match=r"no split 'leave_one_out'.*official1.*group_70_30"):
        ucfsports.index(plant(tmp_path), "leave_one_out")
