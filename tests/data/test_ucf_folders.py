"""UCF11 and UCF Sports, which have no lists, in their published layouts, in miniature."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from films import video
from PIL import Image
from planting import touch

from repro.data import ucf11, ucfsports
from repro.data.cache import entry, prepare
from repro.data.check import check
from repro.data.index import DataError, load
from repro.data.lists import OWN
from repro.spec import Clips, Data

COUNTS = [14, 18, 20, 6, 12, 13, 12, 20, 13, 22]  # of UCF Sports by class, as on the set's page


def plant_11(root: Path, groups: int = 5, suffix: str = ".mpg") -> Path:
    """Eleven classes of the first `groups` groups of four clips, as distributed: boxes beside the
    groups.
    """
    for name, short in ucf11.SHORT.items():
        stems = [f"v_{short}_{group:02d}" for group in range(1, groups + 1)]
        touch(root / "ucf11" / name, *(f"{stem}/{stem}_{clip:02d}{suffix}" for stem in stems for clip in range(1, 5)))
        touch(root / "ucf11" / name, f"Annotation/v_{short}_01_01.xgtf")
    return root


def plant_sports(root: Path) -> Path:
    """All 150 clips, empty, of five reels a folder; the second half of Diving-Side has frames
    alone.
    """
    for tape, (folder, (_, count)) in enumerate(ucfsports.FOLDERS.items(), 2000):
        for number in range(1, count + 1):
            name = f"{tape}-{number % 5}_70{number}1"
            video = [f"{name}.avi"] if folder != "Diving-Side" or number < 8 else []
            touch(root / "ucfsports" / folder / f"{number:03d}", f"{name}.jpg", f"gt/{name}.tif.txt", *video)
    return root


PLANT = {"ucf11": plant_11, "ucfsports": plant_sports}


def names(path: Path) -> list[str]:
    return [item.path.name for item in ucf11.index(path, "all").test]


@pytest.mark.parametrize("name", PLANT)
def test_official_is_ours_and_says_so(tmp_path, name):
    root = PLANT[name](tmp_path)
    official, ours = load(Data(name), root), load(Data(name, "group_70_30"), root)
    assert (official.train, official.test) == (ours.train, ours.test)
    assert OWN in official.notes and OWN not in ours.notes
    with pytest.raises(DataError, match=r"no split 'official2'.*official1.*group_70_30"):
        load(Data(name, "official2"), root)


@pytest.mark.parametrize("name", PLANT)
def test_two_calls_are_equal_and_the_order_of_the_walk_changes_nothing(tmp_path, monkeypatch, name):
    root, scandir = PLANT[name](tmp_path), os.scandir
    first = load(Data(name), root)
    monkeypatch.setattr(os, "scandir", lambda path: Backwards(scandir(path)))
    assert load(Data(name), root) == first


class Backwards(list):
    """A look into a folder that goes backwards."""

    def __init__(self, entries):
        super().__init__(list(entries)[::-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


# UCF11


def test_classes_groups_and_names_of_ucf11(tmp_path):
    index = load(Data("ucf11"), plant_11(tmp_path, groups=25))
    assert len(index.classes) == 11 and (index.classes[0], index.classes[10]) == ("basketball", "walking")
    items = {item.name: item for item in (*index.train, *index.test)}
    dog = items["walking/v_walk_dog_02_03"]
    assert (dog.label, dog.group, dog.path.name) == (10, "walking/v_walk_dog_02", "v_walk_dog_02_03.mpg")
    # the numbers recur in every class
    assert len(items) == 1100 and len({item.group for item in items.values()}) == 275
    assert Counter(group.partition("/")[0] for group in {i.group for i in index.test}) == dict.fromkeys(ucf11.SHORT, 7)
    assert index.notes == (OWN,) and not index.missing


@pytest.mark.parametrize("suffix", [".mpg", ".avi", ".mp4", ".MPG"])
def test_copies_in_other_formats_and_in_two(tmp_path, suffix):
    root = plant_11(tmp_path, suffix=suffix)
    assert len(names(root)) == 220 and names(root)[0] == f"v_shooting_01_01{suffix}"
    touch(root / "ucf11/basketball/v_shooting_01", *(f"{n}_01_01.avi" for n in ("v_shooting", "._v_shooting")), "a.txt")
    assert len(names(root)) == 220 and names(root)[0] == f"v_shooting_01_01{min('.avi', suffix)}"


def test_absent_groups_are_counted_and_classes_keep_their_labels(tmp_path):
    root = plant_11(tmp_path, groups=24)
    index = ucf11.index(root, "official")
    assert index.missing[:2] == ("basketball/v_shooting_25", "biking/v_biking_25") and len(index.missing) == 11
    assert "11 of 275 groups are not here" in index.notes
    [row] = check(root, ["ucf11"])
    assert (row.found, row.missing, row.usable) == (24 * 44, 11, True)
    (root / "ucf11/biking").rename(root / "ucf11/cycling")
    index = ucf11.index(root, "all")
    assert {item.label for item in index.test} == set(range(11)) - {1} and "biking/v_biking_01" in index.missing


@pytest.mark.parametrize("name", ["v_swing_02_01.mpg", "v_swing_01.mpg", "v_swing_01_x.mpg", "swing.mpg"])
def test_a_strange_name_is_an_error(tmp_path, name):
    touch(plant_11(tmp_path) / "ucf11/swing/v_swing_01", name)
    with pytest.raises(DataError, match=rf"{name} does not read as v_swing_01_<clip>\.mpg"):
        ucf11.index(tmp_path, "official")


@pytest.mark.parametrize(
    ("name", "file"),
    [("ucf11", "diving/v_diving_01/v_diving_01_01.mpg"), ("ucfsports", "Run-Side/001/55238-17_701.avi")],
)
def test_videos_are_read_even_beside_frames(tmp_path, name, file):
    path = video(tmp_path / name / file, frames=9)
    Image.new("RGB", (32, 24)).save(path.with_suffix(".jpg"))
    data = Data(name, "all", Clips(frame_stride=4, height=42, width=42, fit="squeeze"), empty_classes=True)
    [item] = load(data, tmp_path).test
    assert prepare(data, [item], tmp_path / "cache").built == 1
    assert entry(data, item, tmp_path / "cache").shape == (3, 48, 48, 3)


# UCF Sports


def test_thirteen_folders_are_ten_classes(tmp_path):
    index = load(Data("ucfsports", "all"), plant_sports(tmp_path))
    assert len(index.classes) == 10 and len(index.test) == 150 and not index.missing
    assert [Counter(item.label for item in index.test)[k] for k in range(10)] == COUNTS
    kinds = {item.name.partition("/")[0]: index.classes[item.label] for item in index.test}
    golf = {folder for folder, kind in kinds.items() if kind == "Golf-Swing"}
    assert golf == {f"Golf-Swing-{view}" for view in ("Back", "Front", "Side")}
    assert kinds["Swing-Bench"] != kinds["Swing-SideAngle"]


def test_a_group_is_a_class_and_a_reel(tmp_path):
    root = plant_sports(tmp_path)
    files = ["3283-8_700741", "3283-8_701201", "7608-12_70275", "7608-9_70(2)151", "RF1-13903_70070"]
    for number, name in enumerate(files, 1):
        folder = root / f"ucfsports/Golf-Swing-Back/{number:03d}"
        for suffix in ("avi", "jpg"):
            next(folder.glob(f"*.{suffix}")).rename(folder / f"{name}.{suffix}")
    groups = {item.name: item.group for item in load(Data("ucfsports", "all"), root).test}
    reels = [groups[f"Golf-Swing-Back/{number:03d}"] for number in range(1, 6)]
    assert reels == [f"Golf-Swing/{name.partition('_')[0]}" for name in files]
    assert groups["Diving-Side/010"] == groups["Diving-Side/005"]  # with and without a video


def test_without_reels_clips_are_groups_and_a_note_says_so(tmp_path):
    touch(tmp_path / "ucfsports/Walk-Front", *(f"{number:03d}/{number:03d}.avi" for number in (1, 2, 3, 4)))
    index = load(Data("ucfsports", "random_70_30", empty_classes=True), tmp_path)
    assert {item.group for item in index.train} == {item.name for item in index.train}
    alone = "4 of 4 clips show no reel in their name; each is its own group"
    assert index.notes == (alone, "146 of 150 listed clips are not here")


def test_a_reel_that_gives_other_classes_to_train_is_noted(tmp_path):
    root = plant_sports(tmp_path)
    for file in (root / "ucfsports/Walk-Front").glob("*/*.*"):  # all walking is of the diving's reels
        file.rename(file.with_name(file.name.replace(file.name.partition("-")[0], "2000", 1)))
    index = load(Data("ucfsports", "group_70_30"), root)
    train, test = ({item.group.partition("/")[2] for item in side} for side in (index.train, index.test))
    shared, everything = len(train & test), load(Data("ucfsports", "all"), root)
    assert shared and everything.notes == ()
    assert index.notes == (f"{shared} of {len(test)} test reels also give clips of other classes to train",)


def test_absent_and_empty_folders_are_missing_clips(tmp_path):
    root = plant_sports(tmp_path)
    for path in (root / "ucfsports/Lifting/003").rglob("*.*"):
        path.unlink()
    (root / "ucfsports/Run-Side/013").rename(root / "ucfsports/Run-Side/014")
    index = load(Data("ucfsports", "all"), root)
    assert index.missing == ("Lifting/003", "Run-Side/013") and "2 of 150 listed clips are not here" in index.notes


def test_frames_stand_for_a_missing_video(tmp_path):
    folder = tmp_path / "data/ucfsports/Diving-Side/008"
    folder.mkdir(parents=True)
    for n, number in enumerate((8, 9, 10, 11, 100)):  # as numbers: 100 is the last
        Image.new("RGB", (32, 24), (20 * n,) * 3).save(folder / f"2538-5_70{number}.jpg", quality=95)
    clips = Clips(height=8, width=8, resize_ratio=1.0, clip_length=5, clip_stride=1)
    data = Data("ucfsports", "all", clips, empty_classes=True)
    [item] = load(data, tmp_path / "data").test
    frames = ucfsports.read(item, Clips())
    assert item.path.name == "2538-5_708.jpg" and frames.shape == (5, 24, 32, 3)
    assert (np.diff(frames[:, 0, 0, 0].astype(int)) > 10).all()
    assert (ucfsports.read(item, Clips(frame_stride=2)) == frames[::2]).all()
    assert prepare(data, [item], tmp_path / "cache").built == 1
    assert entry(data, item, tmp_path / "cache").shape == (5, 8, 11, 3)
    Image.new("RGB", (24, 24)).save(folder / "2538-5_70101.jpg")
    with pytest.raises(DataError, match="differ in size"):
        ucfsports.read(item, Clips())
    (folder / "2538-5_709.jpg").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"2538-5_709\.jpg cannot be decoded"):
        ucfsports.read(item, Clips())
