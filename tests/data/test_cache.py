"""The clip cache: built once, verified, rebuilt when damaged, shared."""

from __future__ import annotations

import operator
import os
from pathlib import Path

import numpy as np
import pytest

from repro.data import cache, code
from repro.data.cache import entry, prepare
from repro.data.decode import read_video
from repro.data.flow import fields
from repro.data.index import DataError, Item, load, module
from repro.data.resize import resize
from repro.files import replacing
from repro.spec import Clips, Data, options

RGB = Clips(height=14, width=14, clip_length=4, clip_stride=1, fit="squeeze")  # stored 16 x 16
FLOW = Clips(input="flow", height=14, width=14, clip_length=4, clip_stride=1, fit="squeeze")


def items_of(root: Path, clips: Clips = RGB) -> tuple[Data, list[Item]]:
    data = Data("surv_fight", "all", clips)
    return data, list(load(data, root).test)


def stored_files(folder: Path) -> list[Path]:
    return sorted((folder / "clips").rglob("*"))[1:]


def test_entries_hold_resized_frames_or_flow(fight, tmp_path):
    root = fight(2)
    for clips in (RGB, FLOW):
        data, items = items_of(root, clips)
        facts = prepare(data, items, root, tmp_path)
        assert (facts.total, facts.built, facts.rebuilt, facts.failed) == (2, 2, 0, {})
        for item in items:
            raw = read_video(item.path)
            expected = fields(raw, clips) if clips is FLOW else resize(raw, 16, 16)
            stored = entry(data, item, root, tmp_path)
            assert stored.shape == expected.shape and len(stored) == len(expected)
            assert np.array_equal(stored, expected)
            assert np.array_equal(stored[[4, 0, 4]], expected[[4, 0, 4]])


def test_a_second_start_builds_and_reads_nothing(fight, tmp_path, monkeypatch):
    root = fight(3)
    data, items = items_of(root)
    prepare(data, items, root, tmp_path)
    monkeypatch.setattr(cache, "whole", lambda path: pytest.fail("verified again"))
    facts = prepare(data, items, root, tmp_path)
    assert (facts.built, facts.total) == (0, 3)


@pytest.mark.parametrize(
    "where", [20, 511, 512, 2000, -1], ids=["header", "header end", "first byte", "middle", "digest"]
)
def test_a_flipped_byte_is_found_and_repaired(fight, tmp_path, where):
    root = fight(2)
    data, items = items_of(root)
    prepare(data, items, root, tmp_path)
    path = stored_files(tmp_path)[0]
    sound = path.read_bytes()
    damaged = bytearray(sound)
    damaged[where] ^= 64
    replace(path, bytes(damaged))
    facts = prepare(data, items, root, tmp_path)
    assert (facts.built, facts.rebuilt) == (1, 1)
    assert path.read_bytes() == sound


@pytest.mark.parametrize("length", [0, 5, 600, -1])
def test_a_truncated_entry_is_found_and_repaired(fight, tmp_path, length):
    root = fight(1)
    data, items = items_of(root)
    prepare(data, items, root, tmp_path)
    path = stored_files(tmp_path)[0]
    sound = path.read_bytes()
    replace(path, sound[:length])
    assert prepare(data, items, root, tmp_path).rebuilt == 1
    assert path.read_bytes() == sound


def test_only_what_changes_the_bytes_makes_a_new_entry(fight, tmp_path):
    root = fight(1)

    def built(clips: Clips) -> int:
        data, items = items_of(root, clips)
        return prepare(data, items, root, tmp_path).built

    assert built(RGB) == 1
    for same in ({"length": 2}, {"step": 2}, {"flow": "tvl1"}, {"height": 8, "width": 8, "margin": 2.0}):
        assert built(Clips(**(vars(RGB) | same))) == 0, same
    for other in (
        {"every": 2},
        {"height": 28},
        {"fit": "cover"},
        {"input": "flow"},
        {"input": "both"},
        {"light": "gamma"},
        {"night": 0.5},
        {"input": "flow", "light": "gamma"},
    ):
        assert built(Clips(**(vars(RGB) | other))) == 1, other


def test_another_video_under_the_same_name_is_another_entry(fight, tmp_path, make_video):
    root = fight(1)
    data, items = items_of(root)
    prepare(data, items, root, tmp_path)
    before = np.array(entry(data, items[0], root, tmp_path))
    make_video(items[0].path, frames=6, height=24, width=32, seed=99)
    with pytest.raises(DataError, match=r"fight/c000 is not in the cache; `prepare`"):
        entry(data, items[0], root, tmp_path)
    assert prepare(data, items, root, tmp_path).built == 1
    assert not np.array_equal(before, entry(data, items[0], root, tmp_path))


def test_a_few_unreadable_videos_are_counted(fight, tmp_path):
    root = fight(20)
    data, items = items_of(root)
    items[7].path.write_bytes(b"")
    seen = []
    facts = prepare(data, items, root, tmp_path, progress=lambda done, todo: seen.append((done, todo)))
    assert list(facts.failed) == [items[7].name] and "cannot be decoded" in facts.failed[items[7].name]
    assert facts.built == 19 and seen[-1] == (20, 20)
    items[8].path.unlink()
    with pytest.raises(DataError, match=r"surv_fight: 2 of 20 clips cannot be read, more than 5%"):
        prepare(data, items, root, tmp_path)


def test_all_unreadable_is_an_error_and_none_is_not(fight, tmp_path):
    root = fight(1)
    data, items = items_of(root)
    items[0].path.write_bytes(b"")
    with pytest.raises(DataError, match="1 of 1 clips"):
        prepare(data, items, root, tmp_path)
    assert prepare(data, [], root, tmp_path).total == 0


def test_truncated_and_short_videos_are_counted_and_used(fight, tmp_path, make_video):
    root = fight(2)
    data, items = items_of(root, Clips(height=14, width=14, clip_length=10, clip_stride=1))
    make_video(items[1].path.with_suffix(".avi"), frames=24, height=24, width=32, key=1)
    content = items[1].path.with_suffix(".avi").read_bytes()
    items[1].path.write_bytes(content[: len(content) * 3 // 4])
    for _ in range(2):  # the second time it is read from the entries
        facts = prepare(data, items, root, tmp_path)
        assert list(facts.damaged) == [items[1].name]
        assert facts.short == 1  # six frames, for a clip of ten; the truncated one has more
    assert 10 <= len(entry(data, items[1], root, tmp_path)) < 24


def test_a_full_disk_is_no_bad_video_and_leaves_nothing_half_written(fight, tmp_path, monkeypatch):
    root = fight(1)
    data, items = items_of(root)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        prepare(data, items, root, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".clip", ".tmp")]


def test_two_builders_and_two_readers_at_once(fight, tmp_path, processes):
    root = fight(8)
    data, items = items_of(root)
    both = [processes.submit(prepare, data, items, root, tmp_path) for _ in range(2)]
    assert sum(future.result().built for future in both) >= 8
    assert len(stored_files(tmp_path)) == 8
    entries = [entry(data, item, root, tmp_path) for item in items]
    read = processes.map(operator.getitem, entries * 4, [[0, 3]] * 32)
    for number, frames in enumerate(read):
        assert frames.shape == (2, 16, 16, 3)
        assert np.array_equal(frames, resize(read_video(items[number % 8].path)[[0, 3]], 16, 16))


def test_workers_give_the_same_entries(fight, tmp_path):
    root = fight(4)
    data, items = items_of(root, FLOW)
    prepare(data, items, root, tmp_path / "one")
    facts = prepare(data, items, root, tmp_path / "two", workers=2)
    assert facts.built == 4
    one, two = (stored_files(tmp_path / name) for name in ("one", "two"))
    assert [p.name for p in one] == [p.name for p in two]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, two, strict=True))


def test_entries_hold_no_open_file(fight, tmp_path):
    root = fight(6)
    data, items = items_of(root)
    prepare(data, items, root, tmp_path)
    before = len(os.listdir("/proc/self/fd"))
    entries = [entry(data, item, root, tmp_path) for item in items]
    _ = [e[[0]] for e in entries]
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_garbled_memo_costs_time_only(fight, tmp_path):
    root = fight(2)
    data, items = items_of(root)
    prepare(data, items, root, tmp_path)
    for memo in tmp_path.glob("*.json"):
        memo.write_bytes(b"{half")
    facts = prepare(data, items, root, tmp_path)
    assert (facts.built, facts.total) == (0, 2)


def test_worlds_are_cached_by_name_settings_and_length(tmp_path):
    data = Data(
        "actions", clips=Clips(height=14, width=14, clip_length=4, clip_stride=1), options=options(train=11, test=11)
    )
    items = load(data, None).test[:2]
    assert prepare(data, items, None, tmp_path).built == 2
    made = module("actions").read(items[0], data.clips)
    assert np.array_equal(entry(data, items[0], None, tmp_path), resize(made, 16, 16))
    longer = Data("actions", clips=Clips(height=14, width=14, clip_length=8, clip_stride=1), options=data.options)
    assert prepare(longer, items, None, tmp_path).built == 2
    assert prepare(data, items, None, tmp_path).built == 0


def test_the_code_digest_follows_imports_and_ignores_prose(tmp_path, monkeypatch):
    data = tmp_path / "data"
    data.mkdir()
    sources = {"a": '"""A."""\nfrom repro.data import b\n\nx = b.y\n', "b": "y = 1\n", "c": "z = 1\n"}

    def digest(**changed: str) -> str:
        for name, text in (sources | changed).items():
            (data / f"{name}.py").write_text(text)
        code.code_digest.cache_clear()
        return code.code_digest("repro.data.a")

    monkeypatch.setattr(code, "PACKAGE", tmp_path)
    first = digest()
    assert digest(a='"""Other words."""\nfrom repro.data import b  # why\n\nx = (b.y)\n') == first
    assert digest(c="z = 2\n") == first
    assert digest(b="y = 2\n") != first
    code.code_digest.cache_clear()


def replace(path: Path, content: bytes) -> None:
    """Other content, and for certain another time than the entry had."""
    status = path.stat()
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
