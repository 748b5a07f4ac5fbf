"""Records that travel: what a slim one keeps, and when it stands for one that is not here."""

import io
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from repro import files
from repro.runs import pack, slim, store
from repro.runs.ensure import _missing
from repro.runs.key import key as key_of
from repro.spec import Run, options

RUN = Run("latency", "wei2025", options(classes=3))  # reads no data, so its key needs none


def made(run: Run = RUN, classes: int = 3, **values: Any) -> store.Record:
    """A whole record in the store, with scores of 40 items, maps and weights."""
    key, rng = key_of(run, None), np.random.default_rng(run.seed)
    folder = store.begin(run, key)
    scores = rng.dirichlet(np.ones(classes), 40).astype(np.float32)
    label, name = np.arange(40) % classes, np.array([f"clip{i}" for i in range(40)])
    beside = {"gate": scores[:, :1], "rgb.scores": scores}
    np.savez_compressed(folder / "predictions.npz", probability=scores, label=label, name=name, group=name, **beside)
    (folder / "metrics.jsonl").write_text(json.dumps({"epoch": 1, "accuracy": 0.5}) + "\n")
    maps = {f"0/{name}": rng.normal(size=(4, 5)).astype(np.float32) for name in ("attention1", "stage1")}
    save_file(maps | {"0/clip": np.arange(6)}, folder / "inside.safetensors", {"probes": "[]"})
    save_file({"w": np.ones(3, np.float32)}, folder / "model.safetensors")
    store.finish(folder, {"top1": 0.5, **values}, {"data": None, "seconds": 1.0, "device": "A processor"})
    return store.load(run, key)


def published(home: Path, *records: store.Record, **kept: Any) -> Path:
    """The records in a file of the kit, and no longer in the store."""
    path = home / "results" / "published" / "overnight" / "records" / "wei2025.table3.zip"
    pack.write(path, records, **kept)
    for record in records:
        shutil.rmtree(record.folder)
    return path


def test_a_published_record_stands_for_one_that_is_not_here(home: Path) -> None:
    own = made()
    scores, curve = own.predictions(), own.metrics()
    published(home, own)
    found = store.load(RUN, own.key)
    assert found.values == own.values and found.metrics() == curve and found.key == own.key
    assert found.about["published"].startswith("committed record, made on A processor on 20")
    slim = found.predictions()
    assert all(np.array_equal(slim[name], scores[name]) for name in ("probability", "label", "name", "group", "gate"))
    assert scores.keys() - slim.keys() == {"rgb.scores"}
    assert store.states([RUN], None) == ["done"]
    with pytest.raises(FileNotFoundError):
        found.inside()


def test_what_records_say_of_the_same_items_is_kept_once(home: Path) -> None:
    whole = [made(replace(RUN, seed=seed)) for seed in range(3)] + [made(replace(RUN, seed=9), classes=4)]
    scores = [record.predictions() for record in whole]
    raw = np.load(whole[0].folder / "predictions.npz")["probability"]
    assert 0 < np.abs(scores[0]["probability"] - raw).max() <= 0.5 / slim.GRID
    path = published(home, *whole)
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(io.BytesIO(file.read(pack.ARRAYS))) as arrays:
        shared = [entry for entry in arrays.namelist() if entry.endswith(".npz") and "/" not in entry]
    assert len(shared) == 2  # of three classes, and of four
    for record, own in zip(whole, scores, strict=True):
        found = store.load(record.run, record.key).predictions()
        assert found.keys() == own.keys() - {"rgb.scores"}
        assert all(np.array_equal(found[name], own[name]) for name in found)
    assert all(slim.ITEMS in content for content in pack.read(path).values())


@pytest.mark.parametrize(("classes", "whole"), [(2, True), (12, True), (30, False)])
def test_scores_are_written_as_whole_steps_and_come_back_as_they_were(home: Path, classes: int, whole: bool) -> None:
    stored = slim.of(made(classes=classes), ())[slim.PREDICTIONS]
    compact = slim.compact(stored)
    assert slim.restored(compact) == stored and (compact != stored) == whole
    if whole:
        with np.load(io.BytesIO(compact)) as found:
            steps = found["steps"]
        assert steps.dtype == np.int16 and (np.abs(steps[:, -1]) <= classes).all()  # what rounding leaves


def test_an_answer_stays_where_two_scores_become_one() -> None:
    scores = np.array([[0.49995, 0.50005], [0.50005, 0.49995], [0.3, 0.7]], np.float32)
    kept = slim.rounded({"probability": scores})["probability"]
    assert kept.argmax(1).tolist() == [1, 0, 1] and np.abs(kept - scores).max() < 1.5 / slim.GRID
    assert np.array_equal(kept * slim.GRID, np.rint(kept * slim.GRID))
    assert np.array_equal(slim.rounded({"probability": kept})["probability"], kept)
    many = np.pad(scores[:2] * np.float32(0.1249), ((0, 0), (0, 28)))  # just below a step of float16's grid
    kept = slim.rounded({"probability": many})["probability"]
    assert kept.argmax(1).tolist() == [1, 0] and np.abs(kept - many).max() < 1e-4
    assert np.array_equal(kept, kept.astype(np.float16)), "a slim record holds float16"


def test_one_of_our_own_comes_first_and_a_batch_may_do_without(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = made()
    published(home, record)
    assert "published" not in made().about
    shutil.rmtree(record.folder)
    monkeypatch.setenv(files.SWITCH, "0")
    assert store.load(RUN, record.key) is None


def test_of_many_classes_the_five_highest_and_the_true_score_are_kept(home: Path) -> None:
    own = made(classes=30)
    whole = own.predictions()
    published(home, own)
    slim = store.load(RUN, own.key).predictions()
    top = np.argsort(-whole["probability"], 1)[:, :5]
    assert ((slim["probability"] > 0).sum(1) <= 6).all()
    assert np.array_equal(np.argsort(-slim["probability"], 1, kind="stable")[:, 0], top[:, 0])
    for rows in (top, whole["label"][:, None]):
        pairs = (np.take_along_axis(found["probability"], rows, 1) for found in (whole, slim))
        np.testing.assert_allclose(*pairs, atol=1e-3)


def test_maps_and_weights_travel_where_they_are_named(home: Path) -> None:
    runs = [replace(RUN, seed=seed) for seed in range(4)]
    whole = [made(run) for run in runs]
    keys, maps = [record.key for record in whole], [record.inside()["0/attention1"] for record in whole]
    published(home, *whole, inside=keys[:1], weights=keys[1:2], half=keys[2:3], numbers=keys[3:])
    found = [store.load(run, key_of(run, None)) for run in runs]
    for at, names in ((0, {"0/attention1", "0/stage1", "0/clip"}), (3, {"0/attention1"})):
        assert set(found[at].inside()) == names and np.array_equal(found[at].inside()["0/attention1"], maps[at])
    with safe_open(found[0].folder / "inside.safetensors", "np") as file:
        assert file.metadata() == {"probes": "[]"}  # what explore cells read
    kinds = [load_file(r.folder / "model.safetensors")["w"].dtype for r in found[1:3]]
    assert kinds == [np.float32, np.float16] and not (found[0].folder / "model.safetensors").exists()
    assert [pack.is_slim(record) for record in found] == [True, False, True, True]  # float16 begins nothing
    pack.write(home / "again.zip", found, inside=keys[:1], weights=keys[1:2], half=keys[2:3], numbers=keys[3:])
    path = home / "results/published/overnight/records/wei2025.table3.zip"
    assert (home / "again.zip").read_bytes() == path.read_bytes()  # a slim record becomes no slimmer


def test_of_large_pictures_means_of_squares_travel(home: Path) -> None:
    record, rng = made(), np.random.default_rng(0)
    large, flow = rng.integers(0, 256, (2, 156, 280, 3), np.uint8), rng.integers(0, 256, (156, 280, 2), np.uint8)
    save_file({"large": large, "small": large[:, :96, :128].copy(), "flow": flow}, record.folder / slim.INSIDE)
    published(home, record, inside=[record.key])
    found = store.load(RUN, record.key).inside()
    assert found["large"].shape == (2, 52, 93, 3)  # 280 in 128 makes squares of 3 x 3
    assert found["large"][1, 5, 7, 2] == round(float(large[1, 15:18, 21:24, 2].mean()))
    assert np.array_equal(found["small"], large[:, :96, :128]) and np.array_equal(found["flow"], flow)


def test_a_run_that_builds_on_a_slim_record_trains_it_again(home: Path) -> None:
    parent = made()
    child = replace(RUN, seed=3, init_from=RUN)
    published(home, parent)
    asked = {key_of(run, None): run for run in (RUN, child)}
    assert set(_missing(asked, None, False)) == set(asked)  # the child's own weights begin with the parent's
    assert set(_missing({parent.key: RUN}, None, False)) == set()


def test_equal_records_give_equal_bytes_and_damage_is_as_if_nothing_were_there(home: Path) -> None:
    record = made()
    path = home / "a.zip"
    pack.write(path, [record])
    once = path.read_bytes()
    pack.write(path, [record, record])
    assert path.read_bytes() == once
    cut = published(home, record)
    cut.write_bytes(cut.read_bytes()[:-40])
    assert store.load(RUN, record.key) is None
    cut.write_bytes(b"no zip")
    assert store.load(RUN, record.key) is None


def test_what_was_changed_in_the_cache_is_unpacked_anew(home: Path) -> None:
    record = made()
    published(home, record)
    folder = store.load(RUN, record.key).folder
    assert folder.is_relative_to(files.cache())
    (folder / "metrics.jsonl").write_text("{}\n")
    assert store.load(RUN, record.key).metrics() == [{"epoch": 1, "accuracy": 0.5}]
