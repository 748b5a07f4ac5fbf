"""UCF11 in its published layout, in miniature."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from repro.data import ucf11
from repro.data.check import check
from repro.data.index import DataError, load
from repro.spec import Clips, Data


def plant(root: Path, groups: int = 5, clips: int = 4, suffix: str = ".mpg") -> Path:
    """Eleven classes of the first `groups` groups, as distributed: boxes beside the groups, a
    readme in one of them.
    """
    for name, short in ucf11.SHORT.items():
        for group in range(1, groups + 1):
            folder = root / "ucf11" / name / f"v_{short}_{group:02d}"
            folder.mkdir(parents=True)
            for clip in range(1, clips + 1):
                (folder / f"v_{short}_{group:02d}_{clip:02d}{suffix}").touch()
        boxes = root / "ucf11" / name / "Annotation"
        boxes.mkdir()
        (boxes / f"v_{short}_01_01.xgtf").touch()
    return root


def test_classes_groups_and_names(tmp_path):
    index = load(Data("ucf11"), plant(tmp_path))
    assert len(index.classes) == 11 and index.classes[0] == "basketball" and index.classes[10] == "walking"
    items = {item.name: item for item in (*index.train, *index.test)}
    assert len(items) == 11 * 5 * 4
    dog = items["walking/v_walk_dog_02_03"]
    assert (dog.label, dog.group, dog.path.name) == (10, "walking/v_walk_dog_02", "v_walk_dog_02_03.mpg")
    assert len({item.group for item in items.values()}) == 55  # the numbers recur in every class


def test_official_is_ours_and_says_so(tmp_path):
    root = plant(tmp_path)
    official, named = load(Data("ucf11"), root), load(Data("ucf11", "group_70_30"), root)
    assert (official.train, official.test) == (named.train, named.test)
    assert "no official split exists" in official.notes[0] and not any("official" in note for note in named.notes)


@pytest.mark.parametrize("split", ["official", "group_70_30", "group_cv0", "group_cv2", "tuning"])
def test_whole_groups_stand_on_one_side(tmp_path, split):
    index = load(Data("ucf11", split), plant(tmp_path))
    assert index.train and index.test
    assert not {item.group for item in index.train} & {item.group for item in index.test}
    assert {item.label for item in index.train} == {item.label for item in index.test} == set(range(11))


def test_thirty_percent_of_the_groups_are_held_out(tmp_path):
    index = load(Data("ucf11"), plant(tmp_path, groups=25))
    held = {item.group for item in index.test}
    assert Counter(group.partition("/")[0] for group in held) == dict.fromkeys(ucf11.SHORT, 7)
    assert index.notes == (ucf11.OWN,) and not index.missing


def test_the_random_split_leaks_and_says_so(tmp_path):
    index = load(Data("ucf11", "random_70_30"), plant(tmp_path))
    assert "leaks groups" in index.notes
    assert Counter(item.label for item in index.train) == dict.fromkeys(range(11), 14)


def test_two_calls_are_equal_and_the_order_of_the_walk_changes_nothing(tmp_path, monkeypatch):
    root = plant(tmp_path)
    first = ucf11.index(root, "official")
    assert ucf11.index(root, "official") == first
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: reversed(list(scandir(path))))
    assert ucf11.index(root, "official") == first


@pytest.mark.parametrize("suffix", [".mpg", ".avi", ".mp4", ".MPG"])
def test_copies_in_other_formats(tmp_path, suffix):
    index = ucf11.index(plant(tmp_path, suffix=suffix), "all")
    assert (
        len(index.test) == 220
        and index.test[0].name == "basketball/v_shooting_01_01"
        and index.test[0].path.suffix == suffix
    )


def test_a_clip_in_two_formats_counts_once(tmp_path):
    root = plant(tmp_path)
    (root / "ucf11/swing/v_swing_01/v_swing_01_01.avi").touch()
    (root / "ucf11/swing/v_swing_01/v_swing_01_01.txt").touch()
    (root / "ucf11/swing/v_swing_01/._v_swing_01_02.mpg").touch()
    found = [item.path.name for item in ucf11.index(root, "all").test if item.group == "swing/v_swing_01"]
    assert found == ["v_swing_01_01.avi", "v_swing_01_02.mpg", "v_swing_01_03.mpg", "v_swing_01_04.mpg"]


def test_absent_groups_are_counted_and_named(tmp_path):
    index = ucf11.index(plant(tmp_path, groups=24), "official")
    assert index.missing[:2] == ("basketball/v_shooting_25", "biking/v_biking_25") and len(index.missing) == 11
    assert "11 of 275 groups are not here" in index.notes
    [row] = check(tmp_path, ["ucf11"])
    assert (row.found, row.missing, row.usable) == (24 * 44, 11, True)


def test_an_absent_class_keeps_the_labels_of_the_others(tmp_path):
    root = plant(tmp_path)
    (root / "ucf11/biking").rename(root / "ucf11/cycling")
    index = ucf11.index(root, "all")
    assert {item.label for item in index.test} == set(range(11)) - {1} and "biking/v_biking_01" in index.missing


@pytest.mark.parametrize("name", ["v_swing_02_01.mpg", "v_swing_01.mpg", "v_swing_01_x.mpg", "swing.mpg"])
def test_a_strange_name_is_an_error(tmp_path, name):
    root = plant(tmp_path)
    (root / "ucf11/swing/v_swing_01" / name).touch()
    with pytest.raises(DataError, match=rf"{name} does not read as v_swing_01_<clip>\.mpg"):
        ucf11.index(root, "official")


def test_other_splits_are_refused_with_the_known_names(tmp_path):
    with pytest.raises(DataError, match=r"no split 'official2'.*official1.*group_70_30"):
        ucf11.index(plant(tmp_path), "official2")


def test_mpg_is_read(tmp_path, make_video):
    root = plant(tmp_path)
    make_video(root / "ucf11/diving/v_diving_01/v_diving_01_01.mpg", frames=9, height=48, width=64)
    item = next(item for item in ucf11.index(root, "all").test if item.name == "diving/v_diving_01_01")
    frames = ucf11.read(item, Clips(frame_stride=4))
    assert frames.shape == (3, 48, 64, 3) and frames.dtype == np.uint8
