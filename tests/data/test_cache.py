"""The clip cache: built once, verified, rebuilt when damaged, shared."""

import operator
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from repro.data import cache
from repro.data.cache import Prepared, entry, prepare
from repro.data.decode import read_video
from repro.data.flow import fields
from repro.data.index import DataError, Item, load, module
from repro.data.resize import resize
from repro.data.store import load_header, whole
from repro.data.store import store as write_entry
from repro.files import replacing
from repro.spec import Clips, Data, options

RGB = Clips(height=14, width=14, clip_length=4, clip_stride=1, fit="squeeze")  # stored 16 x 16
FLOW = replace(RGB, input="flow")


class Store:
    """Clips in the layout of surv_fight, and a folder to store them in."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder
        self.items = list(load(Data("surv_fight", "all", empty_classes=True), root).test)

    def prepare(self, clips: Clips = RGB, folder: Path | None = None, **settings) -> Prepared:
        return prepare(Data("surv_fight", "all", clips), self.items, folder or self.folder, **settings)

    def entry(self, item: Item, clips: Clips = RGB) -> cache.Entry:
        return entry(Data("surv_fight", "all", clips), item, self.folder)

    def files(self, folder: Path | None = None) -> list[Path]:
        return sorted(((folder or self.folder) / "clips").glob("*/*"))


@pytest.fixture
def store(fight: Callable[[int], Path], tmp_path: Path) -> Callable[[int], Store]:
    return lambda count: Store(fight(count), tmp_path / "cache")


@pytest.mark.parametrize("clips", [RGB, FLOW], ids=["rgb", "flow"])
def test_entries_hold_resized_frames_or_flow_and_no_open_file(store, clips):
    made = store(2)
    facts = made.prepare(clips)
    assert (facts.total, facts.built, facts.rebuilt, facts.failed) == (2, 2, 0, {})
    before = len(os.listdir("/proc/self/fd"))
    for item in made.items:
        raw = read_video(item.path)
        expected = fields(raw, clips) if clips is FLOW else resize(raw, 16, 16)
        stored = made.entry(item, clips)
        assert stored.shape == expected.shape and len(stored) == len(expected) and np.array_equal(stored, expected)
        assert np.array_equal(stored[[4, 0, 4]], expected[[4, 0, 4]])
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


def flipped(at: int) -> Callable[[bytes], bytes]:
    """Changes one bit of the byte there."""
    return lambda content: content[:at] + bytes([content[at] ^ 64]) + content[at:][1:]


def truncated(length: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:length]


@pytest.mark.parametrize("damage", [*map(flipped, (20, 511, 512, 2000, -1)), *map(truncated, (0, 5, 600, -1))])
def test_a_damaged_entry_is_found_and_repaired(store, damage):
    made = store(2)
    made.prepare()
    path = made.files()[0]
    sound, status = path.read_bytes(), path.stat()
    with replacing(path) as temporary:
        temporary.write_bytes(damage(sound))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))  # for certain another time than the entry had
    facts = made.prepare()
    assert (facts.built, facts.rebuilt) == (1, 1) and path.read_bytes() == sound


SAME = [{"clip_length": 2}, {"clip_stride": 2}, {"flow": "tvl1"}, {"height": 8, "width": 8, "resize_ratio": 2.0}]
OTHER = [
    *({"frame_stride": 2}, {"height": 28}, {"fit": "cover"}, {"input": "flow"}, {"input": "both"}, {"darkness": 0.5}),
    *({"enhancement": "gamma"}, {"input": "flow", "enhancement": "gamma"}),
]


def test_only_what_changes_the_bytes_makes_a_new_entry(store):
    made = store(1)
    assert made.prepare().built == 1
    assert [made.prepare(replace(RGB, **changes)).built for changes in SAME] == [0] * len(SAME)
    assert [made.prepare(replace(RGB, **changes)).built for changes in OTHER] == [1] * len(OTHER)


def test_another_video_under_the_same_name_is_another_entry(store, make_video):
    made = store(1)
    made.prepare()
    before = np.array(made.entry(made.items[0]))
    make_video(made.items[0].path, frames=6, height=24, width=32, seed=99)
    with pytest.raises(DataError, match=r"fight/c000 is not in the cache; `prepare`"):
        made.entry(made.items[0])
    assert made.prepare().built == 1 and not np.array_equal(before, made.entry(made.items[0]))


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
    made.items = []
    assert made.prepare().total == 0


def test_truncated_and_short_videos_are_counted_and_used(store, make_video):
    made, clips = store(2), Clips(height=14, width=14, clip_length=10, clip_stride=1)
    path = made.items[1].path
    content = make_video(path.with_suffix(".avi"), frames=24, height=24, width=32, key=1).read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    for _ in range(2):  # the second time it is read from the entries
        facts = made.prepare(clips)
        assert list(facts.damaged) == [made.items[1].name]
        assert facts.short == 1  # six frames, for a clip of ten; the truncated one has more
    assert 10 <= len(made.entry(made.items[1], clips)) < 24


def test_a_full_disk_is_no_bad_video_and_leaves_nothing_half_written(store, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    made = store(1)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        made.prepare()
    assert not [path for path in made.folder.rglob("*") if path.suffix in (".clip", ".tmp")]


def test_two_builders_and_two_readers_at_once(store, processes):
    made = store(8)
    builders = [processes.submit(made.prepare) for _ in range(2)]
    assert sum(builder.result().built for builder in builders) >= 8 and len(made.files()) == 8
    entries = [made.entry(item) for item in made.items]
    for number, frames in enumerate(processes.map(operator.getitem, entries * 4, [[0, 3]] * 32)):
        assert np.array_equal(frames, resize(read_video(made.items[number % 8].path)[[0, 3]], 16, 16))


def test_workers_give_the_same_entries(store, tmp_path):
    made, folders = store(4), (tmp_path / "one", tmp_path / "two")
    assert [made.prepare(FLOW, folder, workers=n).built for n, folder in enumerate(folders, 1)] == [4, 4]
    one, two = ({path.name: path.read_bytes() for path in made.files(folder)} for folder in folders)
    assert one == two


def test_worlds_are_cached_by_name_settings_and_length(tmp_path):
    data = Data("actions", clips=replace(RGB, fit="cover"), options=options(train=11, test=11))
    longer, items = replace(data, clips=replace(data.clips, clip_length=8)), load(data, None).test[:2]
    assert [prepare(each, items, tmp_path).built for each in (data, longer, data)] == [2, 2, 0]
    frames = module("actions").read(items[0], data.clips)
    assert np.array_equal(entry(data, items[0], tmp_path), resize(frames, 16, 16))


@pytest.mark.parametrize("harm", [lambda b: b + b[-16:], lambda b: b[:300], lambda b: b[:-1], lambda b: b"x" + b[1:]])
def test_an_entry_of_another_length_or_head_is_none(tmp_path, harm):
    path = tmp_path / "a.clip"
    write_entry(path, np.arange(96, dtype=np.uint8).reshape(2, 4, 4, 3))
    header = load_header(path)
    assert whole(path) and (header.shape, header.fps, header.variable) == ((2, 4, 4, 3), 0.0, False)
    path.write_bytes(harm(path.read_bytes()))
    assert not whole(path)
