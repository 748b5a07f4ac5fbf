"""A boosted run: what it stores, what it learns, that the seed decides, and that a stop changes
nothing.
"""

from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from tiny_runs import execute, predictions
from tiny_runs import log as lines

from repro.data.index import load
from repro.networks.trees import Trees
from repro.spec import Clips, Data, Protocol, Recipe, Run, options
from repro.tasks import boost
from repro.train import interrupt
from repro.train.batches import ClipSet

CLIPS = Clips(frame_stride=1, clip_length=1, clip_stride=1, height=24, width=24, fit="squeeze")
DATA = Data("actions", clips=CLIPS, options=options(train=24, test=9, classes=("walk", "wave", "sit")))
SIZE = options(depth=2, bins=16, features="hog")


def tiny(rounds: int = 4, seed: int = 0, views: int = 1, data: Data = DATA, **recipe: Any) -> Run:
    """Single frames of three actions."""
    settings = {"epochs": rounds, "lr": 0.3, "augment": ("flip",)} | recipe
    return Run("boost", "trees", SIZE, data, Recipe(**settings), Protocol(views=views), seed)


def scores(folder: Path) -> np.ndarray:
    return predictions(folder)["probability"]


def test_a_run_stores_all_that_is_needed_and_no_pickle(tmp_path: Path) -> None:
    values = execute(tiny(), tmp_path / "run")
    names = {"checkpoint.safetensors", "metrics.jsonl", "model.json", "predictions.npz"}
    assert {p.name for p in (tmp_path / "run").iterdir()} == names
    stored = predictions(tmp_path / "run")
    assert stored["probability"].shape == (9, 3) and np.allclose(stored["probability"].sum(1), 1, atol=1e-5)
    assert stored["label"].shape == stored["name"].shape == stored["group"].shape == (9,)
    assert values["top1"] == pytest.approx((stored["probability"].argmax(1) == stored["label"]).mean())
    assert (values["n"], values["n_test"], values["n_train"], values["clip_passes"]) == (9, 9, 24, 4 * 48)
    assert values["classes"] == ["walk", "wave", "sit"] and values["chance"] == pytest.approx(1 / 3)
    assert values["trees"] == 4 * 3 and values["features"] == 192
    assert values["parameters"] == 2 * values["leaves"] - values["trees"]


def test_the_trees_learn_round_by_round_and_give_the_stored_scores(tmp_path: Path) -> None:
    run = tiny(rounds=12, views=2, data=replace(DATA, clips=replace(CLIPS, frame_stride=2)))
    execute(run, tmp_path / "run")
    test = ClipSet(load(run.data, None).test, run.data, tmp_path / "cache", views=2)
    x, _ = boost.examples(test, Trees(**dict(SIZE)))
    booster = xgboost.Booster(model_file=tmp_path / "run" / "model.json")
    assert booster.num_boosted_rounds() == 12
    rows = lines(tmp_path / "run")
    assert [row["epoch"] for row in rows] == list(range(1, 13)) and {row["lr"] for row in rows} == {0.3}
    assert all(later["loss"] < earlier["loss"] for earlier, later in pairwise(rows))
    assert rows[0]["loss"] < np.log(3) and rows[-1]["accuracy"] > 0.8
    assert np.array_equal(booster.inplace_predict(x).reshape(9, 2, 3).mean(1), scores(tmp_path / "run"))


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        execute(tiny(seed=seed), tmp_path / name)
    assert np.array_equal(scores(tmp_path / "a"), scores(tmp_path / "b"))
    assert not np.array_equal(scores(tmp_path / "a"), scores(tmp_path / "c"))


def test_no_round_repeats_the_draws_of_another(tmp_path: Path) -> None:
    """The trees are loaded anew after each checkpoint; what they draw then must not be what they
    drew at first.
    """
    drawn = []
    for start in (0, boost.CHECKPOINT_EVERY):
        settings = Trees(depth=1).parameters(2, 0.1, 0, 1) | {"subsample": 0.5}
        rng = np.random.default_rng(0)
        data = xgboost.QuantileDMatrix(rng.normal(size=(200, 5)), rng.integers(0, 2, 200))
        booster = xgboost.Booster(settings, [data])
        booster.update(data, start)
        drawn.append(booster.save_raw("json"))
    assert drawn[0] != drawn[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 23 rounds."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    execute(tiny(rounds=23), folder)
    return folder


@pytest.mark.parametrize("stop", [1, 8, 11, 17, 23])
def test_a_stop_after_any_round_goes_on_exactly(whole: Path, tmp_path: Path, monkeypatch, stop: int) -> None:
    run, asked = tiny(rounds=23), count(1)
    with monkeypatch.context() as patch:
        patch.setattr(interrupt, "requested", lambda: next(asked) == stop)
        goes_on = f"stopped after round {stop - 1}; .* goes on from round {(stop - 1) // 10 * 10}"
        with pytest.raises(interrupt.Interrupted, match=goes_on):
            execute(run, tmp_path / "stopped")
    assert len(lines(tmp_path / "stopped")) == stop - 1 and not (tmp_path / "stopped" / "model.json").exists()
    execute(run, tmp_path / "stopped")
    for read in (lambda folder: (folder / "model.json").read_bytes(), lambda folder: scores(folder).tolist(), lines):
        assert read(whole) == read(tmp_path / "stopped")


def test_flip_adds_the_mirror_image_of_every_training_image(tmp_path: Path) -> None:
    with_mirror, without = execute(tiny(), tmp_path / "a"), execute(tiny(augment=()), tmp_path / "b")
    assert with_mirror["clip_passes"] == 2 * without["clip_passes"] and with_mirror["n_train"] == without["n_train"]
    train = ClipSet(load(DATA, None).train, DATA, tmp_path / "cache")
    plain, mirrored = (boost.examples(train, Trees(features="pixels"), mirrored=m) for m in (False, True))
    assert np.array_equal(mirrored[0][::2], plain[0]) and np.array_equal(mirrored[1], plain[1].repeat(2))
    images = plain[0].reshape(-1, 32, 32, 3)
    assert np.array_equal(mirrored[0][1::2].reshape(images.shape), images[:, :, ::-1])


def test_dry_steps_stop_early_and_score_nothing(tmp_path: Path) -> None:
    values = execute(tiny(rounds=50, dry_steps=2), tmp_path / "run")
    assert values["steps"] == 2 and values["batch"] == 48 and values["step_seconds"] > 0 and values["parameters"] > 0
    assert "top1" not in values and not (tmp_path / "run" / "predictions.npz").exists()


def test_errors_say_what_was_wanted(tmp_path: Path) -> None:
    long = replace(DATA, clips=replace(CLIPS, clip_length=4))
    for run, error in [
        (tiny(data=long), r"one colour frame; got input 'rgb' and T = 4. Cut clips with input='rgb', clip_length=1"),
        (tiny(augment=("crop", "flip")), r"trees know flip only; got \('crop', 'flip'\)"),
        (tiny(rounds=0), "one round .* or more; got 0"),
        (replace(tiny(), network="mlp"), "network 'trees'; got network 'mlp'"),
        (replace(tiny(), init_from=tiny()), "start from nothing; got init_from"),
        (tiny(data=replace(DATA, options=options(train=0, test=3, classes=("walk", "sit")))), "nothing to train on"),
    ]:
        with pytest.raises(ValueError, match=error):
            execute(run, tmp_path / "run")
    with pytest.raises(TypeError, match="rounds"):
        execute(replace(tiny(), arguments=options(rounds=3)), tmp_path / "run")
