"""Clips stored as JPEG pictures: what comes back, how it is indexed, and how much it takes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from entries import Entries, flipped, harm, truncated

from repro.data import cache
from repro.data.index import DataError
from repro.data.store import Entry, load_header, store
from repro.spec import Clips, Data, options
from repro.train.batches import ClipSet

CLIPS = Clips(form="jpeg", height=48, width=64, clip_length=6, clip_stride=1, resize_ratio=1.0, fit="squeeze")
KINDS = ["rgb", "flow", "both"]
WITHIN = {"rgb": 6.0, "flow": 2.0}  # mean distance in codes of 256: the colours of this world are noisy


def made(folder: Path, **clips: object) -> Entries:
    data = Data("actions", clips=CLIPS, options=options(train=2, test=0), empty_classes=True)
    entries = Entries(folder, data).other(**clips)
    entries.prepare()
    return entries


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_colour_and_flow_come_back_with_little_loss_of_a_fraction_of_the_bytes(tmp_path, kind):
    jpeg, raw = made(tmp_path / "jpeg", input=kind), made(tmp_path / "raw", input=kind, form="raw")
    again, first = np.array(jpeg[0]), np.array(raw[0])
    assert again.shape == first.shape == jpeg[0].shape and again.dtype == np.uint8
    colour = {"rgb": 3, "flow": 0, "both": 3}[kind]
    for what, part in ("rgb", slice(colour)), ("flow", slice(colour, None)):
        if again[..., part].size:
            assert 0 < distance(again[..., part], first[..., part]) < WITHIN[what]
    assert 3 * jpeg.files()[0].stat().st_size < raw.files()[0].stat().st_size


@pytest.mark.parametrize("at", [0, -1, slice(1, 4), slice(0), [4, 0, 4], np.array([[1, 1], [0, 3]]), np.array([], int)])
def test_it_is_indexed_like_an_array(tmp_path, at):
    entry = made(tmp_path)[1]
    frames = entry.frames()
    assert len(entry) == len(frames) == 7 and np.array_equal(entry[at], np.array(entry)[at])
    assert frames[at].shape == np.empty(entry.shape)[at].shape
    with pytest.raises(IndexError):
        entry[7]


@pytest.mark.parametrize("damage", [flipped(700), flipped(-1), truncated(900), truncated(300)])
def test_a_damaged_entry_is_stored_anew(tmp_path, damage):
    entries = made(tmp_path)
    sound = harm(entries.files()[0], damage)
    assert entries.prepare().rebuilt == 1 and entries.files()[0].read_bytes() == sound


@pytest.mark.parametrize("damage", [truncated(900), truncated(520)])
def test_an_entry_damaged_after_it_was_found_sound_says_which_file_to_delete(tmp_path, damage):
    entry = made(tmp_path)[0]
    entry.path.chmod(0o644)
    harm(entry.path, damage)
    with pytest.raises(DataError, match=rf"{entry.path.name} is damaged\. Delete it"):
        np.array(entry)


def test_no_byte_of_flow_becomes_0_whose_opposite_is_no_byte(tmp_path):
    strong = np.random.default_rng(0).choice(np.array([1, 255], np.uint8), (3, 32, 32, 2))
    store(tmp_path / "a.clip", strong, "jpeg")
    back = np.array(Entry(tmp_path / "a.clip", load_header(tmp_path / "a.clip")))
    assert back.min() >= 1 and back.max() == 255


def test_the_code_of_pictures_names_their_entries_and_no_others(monkeypatch):
    raw, jpeg = replace(CLIPS, form="raw"), CLIPS
    before = [cache._setting.__wrapped__("actions", clips) for clips in (raw, jpeg)]
    known = cache.code_digest
    monkeypatch.setattr(
        cache, "code_digest", lambda names, **more: known(names, **more) + "!" * ("repro.data.jpeg" in names)
    )
    after = [cache._setting.__wrapped__("actions", clips) for clips in (raw, jpeg)]
    assert before[0] == after[0] and before[1] != after[1]


@pytest.mark.parametrize(("kind", "stack"), [("rgb", 1), ("flow", 4), ("both", 1), ("both", 4)])
@pytest.mark.parametrize("held", [True, False])
def test_a_network_sees_the_same_frames_held_in_memory_and_read_from_disk(tmp_path, monkeypatch, kind, stack, held):
    entries = made(tmp_path, input=kind, flow_stack=stack)
    monkeypatch.setattr("repro.train.batches.HELD", 1 << 29 if held else 0)
    x, _ = ClipSet(entries.items, entries.data, tmp_path)[-1, 0, 1]
    stored, window = np.array(entries[1]), np.arange(len(entries[1]))
    at = np.arange(6) % len(stored)
    parts = [stored[at][..., : 3 * (kind != "flow")]]
    if kind != "rgb":
        first = 3 * (kind == "both")
        parts += [stored[np.clip(at - stack // 2 + n, 0, window[-1])][..., first:] for n in range(stack)]
    assert np.array_equal(x.numpy(), np.concatenate(parts, axis=-1))
