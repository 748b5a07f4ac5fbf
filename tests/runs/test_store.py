"""The record store: whole records only, no pickle, stale ones found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from repro.runs import locks, store
from repro.runs.key import key
from repro.spec import Data, Run

RUN = Run(task="cost", network="wei2025", seed=3)


def put(run: Run = RUN, name: str = "") -> Path:
    """A record on disk, under the key it has today or another."""
    name = name or key(run, None)
    place = store.begin(run, name)
    (place / "metrics.jsonl").write_text('{"epoch": 1}\n{"epoch": 2}\n')
    np.savez_compressed(place / "predictions.npz", probability=np.eye(2), label=np.arange(2))
    (place / "checkpoint.safetensors").write_bytes(b"passing")
    (place / "log.txt").write_text("said")
    save_file({"0/clip": np.arange(6, dtype=np.float32)}, place / "inside.safetensors")
    store.finish(place, {"top1": 0.5}, {"seconds": 2.0})
    return place


def test_what_was_written_is_found():
    place = put()
    record = store.find(RUN, None)
    assert record == store.Record(key(RUN, None), RUN, place, {}, {})
    assert (record.values, record.about) == ({"top1": 0.5}, {"seconds": 2.0})
    assert record.metrics() == [{"epoch": 1}, {"epoch": 2}] and record.inside()["0/clip"].tolist() == [*range(6)]
    assert record.predictions()["probability"].tolist() == [[1, 0], [0, 1]]
    assert store.all_records() == [record]


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "predictions.npz", "record.json"])
def test_a_missing_file_makes_a_record_missing(name):
    (put() / name).unlink()
    assert store.find(RUN, None) is None
    assert store.all_records() == []


@pytest.mark.parametrize("harm", ["a flipped bit", "cut", "a byte more", "other numbers"])
@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "predictions.npz", "record.json"])
def test_a_file_that_is_not_what_was_written_makes_a_record_missing(name, harm):
    path = put() / name
    assert store.find(RUN, None) is not None  # seen whole once
    content = bytearray(path.read_bytes())
    if harm == "a flipped bit":
        content[len(content) * 2 // 3] ^= 1
    elif harm == "other numbers":
        content = bytes(content).replace(b"0", b"7").replace(b"2", b"5").replace(b"1", b"4")
    path.write_bytes(content[:-1] if harm == "cut" else content + b" " if harm == "a byte more" else content)
    found = store.find(RUN, None)
    assert found is None or (name == "record.json" and harm == "a byte more")  # a space after JSON changes nothing
    assert (store.all_records() == []) == (found is None)


def test_what_passes_is_no_part_of_a_record():
    place = put()
    (place / "log.txt").unlink()
    assert not (place / "checkpoint.safetensors").exists()
    assert store.find(RUN, None) is not None


def test_a_pickle_is_never_loaded():
    place = put()
    np.savez(place / "predictions.npz", label=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    store.finish(place, {}, {})
    with pytest.raises(ValueError, match="allow_pickle"):
        store.find(RUN, None).predictions()


def test_a_line_that_is_being_written_is_not_read():
    place = put()
    (place / "metrics.jsonl").write_text('{"epoch": 1}\n{"epo')
    assert store.read_metrics(place) == [{"epoch": 1}]


def test_states():
    put()
    put(replace(RUN, seed=4), "0123456789abcdef")
    runs = [RUN, replace(RUN, seed=4), replace(RUN, seed=5), replace(RUN, data=Data("arid"))]
    assert store.states(runs, None) == ["done", "stale", "missing", "no data"]


def test_stale_records_are_found_with_the_reason_and_removed():
    good, other = put(), put(replace(RUN, seed=4), "0123456789abcdef")
    damaged, foreign = put(replace(RUN, seed=6)), put(replace(RUN, seed=7))
    away = put(replace(RUN, data=Data("arid")), "fedcba9876543210")
    (damaged / "record.json").write_text("{")
    (foreign / "config.json").write_text('{"run": {"colour": "red"}}')
    found = dict(store.stale(None))
    assert {place: reason.partition(" (")[0] for place, reason in found.items()} == {
        other: "made by other code or from other data",
        damaged: "damaged",
        foreign: "not understood by this version",
    }
    assert all(store.remove(place) for place in found)
    assert {r.folder for r in store.all_records()} == {good, away}


def test_a_folder_in_use_is_not_removed():
    other = put(replace(RUN, seed=4), "0123456789abcdef")
    with locks.locked(locks.path("0123456789abcdef", "claim"), wait=False) as free:
        assert free
        assert store.stale(None) == []
        assert not store.remove(other)
    assert store.remove(other)
    assert not other.exists()


def test_an_unfinished_run_of_today_is_not_stale():
    store.begin(RUN, key(RUN, None))
    assert store.stale(None) == []


def test_a_lock_on_a_removed_file_is_taken_anew(tmp_path):
    first = locks.take(tmp_path / "a.lock", wait=False)
    assert first is not None
    assert locks.take(tmp_path / "a.lock", wait=False) is None
    (tmp_path / "a.lock").unlink()
    with locks.locked(tmp_path / "a.lock", wait=True) as taken:
        assert taken
