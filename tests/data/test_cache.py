"""The clip cache: built once, verified, rebuilt when damaged, shared."""

import operator
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from entries import Entries, flipped, harm, truncated, world
from films import video

from repro.data import cache
from repro.data.index import DataError
from repro.spec import Clips, Data

RGB = Clips(height=14, width=14, clip_length=4, clip_stride=1, fit="squeeze")  # stored 16 x 16


@pytest.fixture
def store(fight: Callable[[int], Path], tmp_path: Path) -> Callable[[int], Entries]:
    """So many videos in the layout of surv_fight."""
    data = Data("surv_fight", "all", RGB, empty_classes=True)
    return lambda count: Entries(tmp_path / "cache", data, fight(count))


@pytest.fixture(params=["actions", "stills"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Entries:
    """Eight clips, or eight images, of a world."""
    return world(tmp_path / "cache", request.param, 8)


@pytest.mark.parametrize("kind", ["rgb", "flow"])
def test_entries_hold_resized_frames_or_flow_and_no_open_file(store, kind):
    made = store(2).other(input=kind)
    facts = made.prepare()
    assert (facts.total, facts.built, facts.rebuilt, facts.failed) == (2, 2, 0, {})
    before = len(os.listdir("/proc/self/fd"))
    stored = made[0]
    assert not made.wrong() and stored.shape == (6 - (kind == "flow"), 16, 16, 3 if kind == "rgb" else 2)
    assert len(stored) == len(stored.frames()) and np.array_equal(stored[[4, 0, 4]], np.array(stored)[[4, 0, 4]])
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("garbled", [False, True])
def test_a_second_start_builds_nothing_and_verifies_what_no_memo_knows(store, monkeypatch, garbled):
    made, verified, whole = store(3), [], cache.whole
    made.prepare()
    monkeypatch.setattr(cache, "whole", lambda path: verified.append(path) or whole(path))
    for memo in made.folder.glob("*.json") if garbled else ():
        memo.write_bytes(b"{half")
    facts = made.prepare()
    assert (facts.built, facts.total, len(verified)) == (0, 3, 3 * garbled)


HARMS = [*map(flipped, (0, 20, 511, 512, 2000, -1)), *map(truncated, (0, 5, 300, 600, -1)), lambda b: b + b[-16:]]


@pytest.mark.parametrize("damage", HARMS)
def test_a_damaged_entry_is_found_and_repaired(store, damage):
    made = store(2)
    made.prepare()
    path = made.files()[0]
    sound = harm(path, damage)
    facts = made.prepare()
    assert (facts.built, facts.rebuilt) == (1, 1) and path.read_bytes() == sound


SAME = [{"clip_length": 2}, {"clip_stride": 2}, {"flow": "tvl1"}, {"height": 8, "width": 8, "resize_ratio": 2.0}]
OTHER = [
    *({"frame_stride": 2}, {"height": 28}, {"fit": "cover"}, {"input": "flow"}, {"input": "both"}, {"darkness": 0.5}),
    *({"enhancement": "gamma"}, {"input": "flow", "enhancement": "gamma"}, {"form": "jpeg"}),
]


def test_only_what_changes_the_bytes_makes_a_new_entry(store):
    made = store(1)
    assert made.prepare().built == 1
    assert [made.other(**changes).prepare().built for changes in SAME] == [0] * len(SAME)
    assert [made.other(**changes).prepare().built for changes in OTHER] == [1] * len(OTHER)


def test_another_video_under_the_same_name_is_another_entry(store):
    made = store(1)
    made.prepare()
    before = np.array(made[0])
    video(made.items[0].path, frames=6, height=24, width=32, seed=99)
    with pytest.raises(DataError, match=r"fight/c000 is not in the cache; `prepare`"):
        made[0]
    assert made.prepare().built == 1 and not np.array_equal(before, made[0])


def test_a_few_unreadable_videos_are_counted_and_many_are_an_error(store):
    made, steps = store(20), []
    made.items[7].path.write_bytes(b"")
    facts = made.prepare(progress=lambda *at: steps.append(at))
    assert list(facts.failed) == [made.items[7].name] and "cannot be decoded" in facts.failed[made.items[7].name]
    assert facts.built == 19 and steps[-1] == (20, 20)
    made.items[8].path.unlink()
    with pytest.raises(DataError, match=r"surv_fight: 2 of 20 clips cannot be read, more than 5%"):
        made.prepare()
    made.items = made.items[7:8]
    with pytest.raises(DataError, match="1 of 1 clips"):
        made.prepare()
    assert made.prepare(0).total == 0


def test_truncated_and_short_videos_are_counted_and_used(store):
    made = store(2).other(clip_length=10)
    path = made.items[1].path
    content = video(path.with_suffix(".avi"), frames=24, height=24, width=32, key=1).read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    for _ in range(2):  # the second time it is read from the entries
        facts = made.prepare()
        assert list(facts.damaged) == [made.items[1].name]
        assert facts.short == 1  # six frames, for a clip of ten; the truncated one has more
    assert 10 <= len(made[1]) < 24


def test_a_full_disk_is_no_bad_clip_and_leaves_nothing_half_written(either, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match=r"No space left on device: .*\.(clip|images)"):
        patch.setattr(os, "fsync", full)
        either.prepare()
    assert not either.files()
    assert either.prepare().built == 8 and not either.wrong()


def test_two_builders_and_two_readers_at_once(either, processes):
    builders = [processes.submit(either.prepare) for _ in range(2)]
    assert 8 <= sum(builder.result().built for builder in builders) <= 16 and either.prepare().built == 0
    assert len(either.files()) == 8 or either.data.name == "stills"  # which lie in a file of each builder
    assert not either.wrong() and [processes.submit(either.wrong).result() for _ in range(4)] == [[]] * 4
    read = list(processes.map(operator.getitem, [either[n] for n in range(8)] * 4, [0] * 32))
    assert all(np.array_equal(frame, either[n % 8][0]) for n, frame in enumerate(read))


def test_workers_give_the_same_entries(tmp_path):
    made = world(tmp_path, count=4, side=16).other(input="flow")
    assert made.prepare(workers=2).built == 4 and not made.wrong()


def test_worlds_are_cached_by_name_settings_and_length(tmp_path):
    made = world(tmp_path)
    assert [each.prepare().built for each in (made, made.other(clip_length=8), made)] == [2, 2, 0]
    assert not made.wrong()
