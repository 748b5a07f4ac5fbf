"""Logistic regression on stored maps: what it reads, answers, stores and refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import execute, log, predictions, tiny

from repro.data.index import load
from repro.spec import Run, options
from repro.tasks import probe
from repro.train.maps import FILE, NAMES

BASE = tiny(n=24, test=12)
MAPS = replace(BASE, task="features")
PROBE = Run("probe", data=BASE.data, features=MAPS)


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    """Maps (36, 2, 1, 2, 8) of all clips: the first half of the channels tells the class, the other
    one is noise.
    """
    index, rng = load(BASE.data, None), np.random.default_rng(0)
    items = [*index.train, *index.test]
    stored = rng.normal(0, 1, (len(items), 2, 1, 2, 8))
    for row, item in zip(stored, items, strict=True):
        row[..., 0] += 6 * item.label
    (tmp_path / "maps").mkdir()
    np.save(tmp_path / "maps" / FILE, stored.astype(np.float16))
    (tmp_path / "maps" / NAMES).write_text(json.dumps([item.name for item in items]))
    return tmp_path / "maps"


def probed(folder: Path, maps: Path, run: Run = PROBE) -> dict:
    return execute(run, folder, features=maps)


def test_the_part_that_tells_the_class_is_told_from_the_one_that_does_not(tmp_path: Path, maps: Path) -> None:
    tells, noise, both = (
        probed(tmp_path / f"p{number}{of}", maps, replace(PROBE, arguments=options(part=(number, of))))
        for number, of in ((0, 2), (1, 2), (0, 1))
    )
    assert tells["top1"] == both["top1"] == 1.0 > noise["top1"]
    assert (tells["parameters"], both["parameters"]) == (10, 18)
    stored = predictions(tmp_path / "p02")
    assert stored["probability"].shape == (12, 2) and (stored["probability"].argmax(1) == stored["label"]).all()
    assert log(tmp_path / "p02")[0]["accuracy"] == tells["train_accuracy"] == 1.0
    assert {"chance", "n_train", "n_test", "notes", "missing", "undecodable", "confusion"} <= set(tells)


def test_it_has_one_answer_and_no_seed(tmp_path: Path, maps: Path) -> None:
    one, other = (probed(tmp_path / f"s{seed}", maps, replace(PROBE, seed=seed)) for seed in (0, 5))
    assert one == other
    for name in ("probability", "name"):
        assert np.array_equal(*(predictions(tmp_path / folder)[name] for folder in ("s0", "s5")))


def test_what_cannot_be_probed_is_refused(tmp_path: Path, maps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="name the run that stores them in `features`"):
        execute(replace(PROBE, features=None), tmp_path / "a")
    larger = replace(BASE.data, options=options(train=26, test=12, classes=("walk", "wave")))
    other = replace(PROBE, data=larger)
    with pytest.raises(ValueError, match="2 clips have no stored maps"):
        probed(tmp_path / "b", maps, other)
    sides = probe.load_sides
    monkeypatch.setattr(probe, "load_sides", lambda *given: _one_class(sides(*given)))
    with pytest.raises(ValueError, match="2 classes, and training clips of walk alone"):
        probed(tmp_path / "c", maps)


def _one_class(sides):
    return replace(sides, train=[item for item in sides.train if item.label == 0])
