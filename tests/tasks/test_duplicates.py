"""Near copies across a split, counted on hand-made hashes, drawn frames and a small generated
world.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tiny_runs import execute

from repro.data.index import Index, load
from repro.spec import Clips, Data, Run, options
from repro.tasks import duplicates
from repro.tasks.duplicates import NONE, Side, compare, distances
from repro.train import prepare

CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=36, width=48, fit="squeeze")


def side(*rows: tuple[str, str, int, list[int]]) -> Side:
    """Rows of (name, group, label, hashes)."""
    name, group, label, hashes = zip(*rows, strict=True)
    return Side(np.array(name), np.array(group), np.array(label), np.array(hashes, np.uint64))


def bits(count: int) -> int:
    """A number with its lowest `count` bits set."""
    return (1 << count) - 1


def executed(folder: Path, data: Data, **arguments: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    values = execute(Run("duplicates", arguments=options(**arguments), data=data), folder)
    with np.load(folder / "duplicates.npz", allow_pickle=False) as stored:
        return values, dict(stored)


def world(split: str = "official", **clips: Any) -> Data:
    return Data("actions", split, replace(CLIPS, **clips), options(train=24, test=12, classes=("walk", "wave")))


# By hand


@pytest.mark.parametrize("rows", [1, 256])  # compared at once
def test_clips_are_as_far_apart_as_their_nearest_hashes(monkeypatch, rows: int):
    monkeypatch.setattr(duplicates, "ROWS", rows)
    a = np.array([[0, bits(64)], [bits(10), bits(20)]], np.uint64)
    b = np.array([[bits(3), bits(40)], [bits(64), bits(64)], [bits(12), bits(13)]], np.uint64)
    assert distances(a, b).tolist() == [[3, 0, 12], [7, 44, 2]]


def test_what_is_counted():
    train = side(("a1", "a", 0, [0]), ("b1", "b", 1, [bits(4)]), ("c1", "c", 0, [bits(64)]))  # a1, b1: four bits apart
    test = side(
        ("a2", "a", 0, [0]),  # a copy, of its own group and class
        ("a3", "a", 0, [bits(3)]),  # nearer to another group and class than to its own: 1 and 3 bits
        ("b2", "b", 0, [bits(12)]),  # 8 bits from its group, 12 from its class
        ("d1", "d", 1, [bits(32)]),  # far from all: 28 bits from b1, 32 from the others
    )
    counted, each = compare(train, test)
    assert each["distance"].tolist() == [0, 1, 8, 28]
    assert each["nearest"].tolist() == ["a1", "b1", "b1", "b1"]
    assert each["nearest_group"].tolist() == ["a", "b", "b", "b"]
    assert each["distance_other_groups"].tolist() == [4, 1, 12, 28]
    assert each["distance_same_class"].tolist() == [0, 3, 12, 28]
    near = {name[4:]: tuple(value.values()) for name, value in counted.items() if name.startswith("near")}
    assert near == {"": (2, 3, 3), "_own_group": (2, 3, 3), "_same_class_other_groups": (0, 0, 0)} | dict.fromkeys(
        ("_other_groups", "_same_class", "_among_train"), (2, 2, 2)
    )
    assert counted["same_group"] == 2 / 4 and counted["same_class"] == 2 / 4
    assert counted["chance_same_group"] == 3 / 12 and counted["chance_same_class"] == 7 / 12
    assert counted["median_distance"] == 4.5 and counted["distinct"] == 6 / 7


def test_equally_near_clips_share_the_item():
    train = side(("a1", "a", 0, [1]), ("b1", "b", 0, [2]), ("c1", "c", 1, [4]), ("d1", "d", 1, [bits(64)]))
    counted, each = compare(train, side(("a2", "a", 0, [0])))
    assert counted["same_group"] == pytest.approx(1 / 3) and counted["same_class"] == pytest.approx(2 / 3)
    assert each["nearest"].tolist() == ["a1"]  # the first by name


def test_nothing_to_compare_with_is_far():
    counted, each = compare(side(("a1", "a", 1, [0])), side(("a2", "a", 0, [0])))
    assert each["distance"].tolist() == [0]
    assert each["distance_other_groups"].tolist() == [NONE] == each["distance_same_class"].tolist()
    assert counted["near_other_groups"]["10"] == counted["near_among_train"]["10"] == 0 and counted["typical"] is None


# Of frames


class Stored:
    """Stands for a `ClipSet`: frames and nothing else."""

    def __init__(self, *clips: np.ndarray) -> None:
        self.stored = clips


def scene(seed: int, frames: int = 9) -> np.ndarray:
    """(T, 41, 55, 3) uint8: smooth patches that drift by a pixel a frame."""
    noise = np.random.default_rng(seed).normal(size=(41, 80, 3))
    smooth = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 5), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.stack([smooth[:, t : t + 55] for t in range(frames)])


def test_copies_are_near_and_other_scenes_are_not():
    one, brighter = scene(1), np.clip(scene(1) * 0.8 + 40, 0, 255).astype(np.uint8)
    later, larger = scene(1, 14)[3:], np.stack([cv2.resize(frame, (110, 82)) for frame in scene(1)])
    found = duplicates.hashes(Stored(one, brighter, later, larger, *(scene(seed) for seed in range(2, 10))), 5)
    assert found.shape == (12, 5) and found.dtype == np.uint64
    apart = distances(found, found)
    assert apart[0, 0] == 0 and apart[0, 1:4].max() <= 8
    assert apart[:4, 4:].min() > 10


# Of a split


def test_a_copied_clip_has_distance_0(tmp_path, monkeypatch):
    def with_copy(data: Data, root: Path | None) -> Index:
        index = load(data, root)
        return replace(index, test=(index.train[0], *index.test))

    monkeypatch.setattr(prepare, "load", with_copy)
    values, stored = executed(tmp_path / "a", world())
    copied = stored["name"] == load(world(), None).train[0].name
    assert stored["distance"][copied].tolist() == [0] and (stored["nearest"][copied] == stored["name"][copied]).all()
    assert values["near_own_group"]["4"] == 1 and values["n_test"] == 13


def test_a_random_split_has_copies_of_its_own_groups_and_a_group_split_none(tmp_path):
    official, _ = executed(tmp_path / "official", world())
    random, stored = executed(tmp_path / "random", world("random_70_30"))
    assert official["near_own_group"] == {"4": 0, "8": 0, "10": 0}
    assert official["same_group"] == 0 == official["chance_same_group"]
    assert official["near"] == official["near_other_groups"]
    assert random["same_group"] > 3 * random["chance_same_group"] > 0
    assert random["near_own_group"]["10"] > 0 and "leaks groups" in random["notes"]
    assert len(stored["name"]) == random["n_test"]
    assert set(stored) >= {"name", "group", "label", "distance", "nearest", "nearest_group"}
    assert random["frames"] == 5 and random["bits"] == 64 and official["n_train"] == 24 and official["n_test"] == 12


def test_two_calls_are_equal_and_the_number_of_frames_counts(tmp_path):
    first, stored = executed(tmp_path / "a", world())
    again, same = executed(tmp_path / "b", world())
    assert first == again and all((stored[name] == same[name]).all() for name in stored)
    fewer, one = executed(tmp_path / "c", world(), frames=1)
    assert fewer["frames"] == 1 and (one["distance"] >= stored["distance"]).all()  # the middle frame is one of the five
    assert fewer["median_distance"] > first["median_distance"]


def test_what_cannot_be_counted_is_refused(tmp_path):
    for data, arguments, error in (
        (world(input="flow"), {}, "input 'rgb'"),
        (world("seen"), {}, "one side only"),
        (world(), {"frames": 0}, "at least one frame"),
    ):
        with pytest.raises(ValueError, match=error):
            executed(tmp_path, data, **arguments)
