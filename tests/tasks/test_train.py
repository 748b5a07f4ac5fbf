"""A whole run: what it stores, what it learns, what it takes from others, and what stops it."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file
from tiny_runs import CLIPS, execute, log, predictions, refuse, same, tiny, weights
from toy import Toy, lend

from repro.data.worlds import actions
from repro.spec import Run, options
from repro.train.batches import ClipSet
from repro.train.fit import Diverged

FILES = ["checkpoint.safetensors", "inside.safetensors", "metrics.jsonl", "model.safetensors"]
FILES += ["norm.json", "predictions.npz"]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def changed(run: Run, **recipe: Any) -> Run:
    return replace(run, recipe=replace(run.recipe, **recipe))


def of_toy(run: Run, **arguments: Any) -> Run:
    return replace(run, network="toy", arguments=options(**arguments))


# What is stored and learned


def test_a_run_stores_all_that_is_needed_and_no_pickle(tmp_path: Path) -> None:
    values = execute(tiny(), tmp_path)
    assert files(tmp_path) == FILES
    stored = predictions(tmp_path)
    assert stored["probability"].shape == (6, 2) and np.allclose(stored["probability"].sum(1), 1, atol=1e-5)
    assert values["n"] == values["n_test"] == 6 and values["n_train"] == 12 and values["clip_passes"] == 24
    assert values["top1"] == pytest.approx((stored["probability"].argmax(1) == stored["label"]).mean())
    assert [line["epoch"] for line in log(tmp_path)] == [1, 2]
    with safe_open(tmp_path / "inside.safetensors", "np") as file:  # the probes hold the clip and its attention
        header = json.loads(file.metadata()["probes"])
        assert header["classes"] == ["walk", "wave"] and header["labels"] == [0, 1]
        assert file.get_tensor("0/clip").shape == (8, 24, 24, 3)
        assert file.get_tensor("1/exchange.stage1.W").shape == (2, 6, 6)
        assert file.get_tensor("0/probability").sum() == pytest.approx(1, abs=1e-5)


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        execute(tiny(epochs=1, seed=seed), tmp_path / name)
    first, again, other = (predictions(tmp_path / name) for name in "abc")
    assert same(first, again) and not same(first, other)


def test_walk_and_wave_are_learned_from_flow(tmp_path: Path) -> None:
    flow = replace(CLIPS, input="flow")
    values = execute(tiny(epochs=6, n=60, test=30, clips=flow, lr=0.02, clip=1.0), tmp_path)
    assert values["top1"] >= 0.8  # chance is 0.5


def test_dry_steps_stop_early_and_score_nothing(tmp_path: Path) -> None:
    values = execute(tiny(epochs=50, dry_steps=2), tmp_path)
    assert values["steps"] == 2 and values["batch"] == 4 and "top1" not in values
    assert "predictions.npz" not in files(tmp_path)


def test_bf16_runs_and_records_what_it_used(tmp_path: Path) -> None:
    values = execute(tiny(epochs=1, precision="bf16"), tmp_path)
    assert values["precision"] in ("bf16", "fp32") and np.isfinite(values["mean_true_score"])


@pytest.mark.gpu
def test_a_run_on_cuda_in_bf16(tmp_path: Path) -> None:
    values = execute(tiny(epochs=2, precision="bf16"), tmp_path, device="cuda")
    assert values["precision"] == "bf16" and 0 <= values["top1"] <= 1


# Which clips an epoch shows


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the one training clip of `tiny(n=60)` that cannot be read."""
    name = actions.index(None, "official", train=60, test=6, classes=("walk", "wave")).train[5].name
    refuse(monkeypatch, name)
    return name


@pytest.mark.parametrize(
    ("fraction", "equal_epochs", "items"), [(1.0, False, 0), (1.0, True, 0), (0.5, False, 60), (0.5, True, 0)]
)
def test_each_clip_once_unless_a_part_stands_for_all(tmp_path, monkeypatch, unreadable, fraction, equal_epochs, items):
    """With all of the training set a clip that cannot be read is not made up for by another's
    second turn. A part takes as many steps as the whole, unless as many epochs are asked for.
    """
    asked, epoch = [], ClipSet.epoch

    def listen(clips: ClipSet, seed: int, number: int, batch: int, items: int = 0) -> list:
        asked.append(items)
        return epoch(clips, seed, number, batch, items)

    monkeypatch.setattr(ClipSet, "epoch", listen)
    lend(monkeypatch)
    run = of_toy(tiny(epochs=1, n=60, batch=4, equal_epochs=equal_epochs))
    values = execute(replace(run, data=replace(run.clip_data, train_fraction=fraction)), tmp_path)
    assert set(asked) == {items}
    if fraction == 1:
        assert (values["n_train"], values["clip_passes"]) == (59, 56) and list(values["undecodable"]) == [unreadable]
    else:  # a batch that is not full waits
        assert values["n_train"] in (29, 30) and values["clip_passes"] == (28 if equal_epochs else 60)


# Curves


def test_scoring_after_each_epoch_gives_curves_and_disturbs_nothing(tmp_path: Path, monkeypatch) -> None:
    lend(monkeypatch)
    plain = of_toy(tiny(epochs=3))  # with dropout and batch norm
    execute(plain, tmp_path / "plain")
    values = execute(changed(plain, validate=True, on_divergence="record"), tmp_path / "watched")
    assert same(weights(tmp_path / "plain"), weights(tmp_path / "watched"))
    before, after = log(tmp_path / "plain"), log(tmp_path / "watched")
    curves = {"gradient", "test_loss", "test_accuracy"}
    assert [{name: row[name] for name in row if name not in curves} for row in after] == before
    assert all(row["gradient"] > 0 for row in after) and len({row["test_loss"] for row in after}) == 3
    stored = predictions(tmp_path / "watched")  # the curves end where the record stands
    right = stored["probability"][np.arange(6), stored["label"]]
    assert after[-1]["test_accuracy"] == values["top1"]
    assert after[-1]["test_loss"] == pytest.approx(-np.log(right).mean(), rel=1e-5)


def test_a_score_of_nought_is_a_loss_that_is_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lend(monkeypatch)
    execute(of_toy(tiny(epochs=1, validate=True), tested=1e6), tmp_path)
    (line,) = log(tmp_path)
    assert 0 < line["test_accuracy"] < 1  # sure of each answer, right or wrong
    assert line["test_loss"] == pytest.approx((1 - line["test_accuracy"]) * -np.log(1e-12))


# Stages


def stages(**second: Any) -> tuple[Run, Run]:
    """A training by day and one that goes on from it at night."""
    first = tiny(epochs=2, optimiser="adam", lr=0.005)
    dark = replace(first.clip_data, clips=replace(CLIPS, darkness=0.6))
    return first, replace(changed(first, **second), data=dark, init_from=first)


def test_a_second_stage_starts_where_the_first_ended(tmp_path: Path) -> None:
    first, still = stages(lr=0.0, weight_decay=0.0, epochs=1)
    before = execute(first, tmp_path / "first")
    after = execute(still, tmp_path / "still", init_from=tmp_path / "first")
    old, new = weights(tmp_path / "first"), weights(tmp_path / "still")
    learned = [name for name in old if "running" not in name and "num_batches" not in name]
    assert learned and all(np.array_equal(old[name], new[name]) for name in learned)
    assert before["norm"] == after["norm"]  # although its own clips are darker
    assert json.loads((tmp_path / "still" / "norm.json").read_text())["mean"] == before["norm"]["mean"]


def test_a_second_stage_has_its_own_optimiser_epochs_and_record(tmp_path: Path) -> None:
    first, second = stages(epochs=3, lr=0.001, schedule="constant", validate=True)
    before = execute(first, tmp_path / "first")
    after = execute(second, tmp_path / "second", init_from=tmp_path / "first")
    assert [(line["epoch"], line["lr"]) for line in log(tmp_path / "second")] == [(1, 0.001), (2, 0.001), (3, 0.001)]
    state = load_file(tmp_path / "second" / "checkpoint.safetensors")
    steps = {float(value) for name, value in state.items() if name.endswith("/step")}
    assert steps == {9.0}  # three epochs of three batches; Adam counted none of the first stage's six
    assert not same(weights(tmp_path / "first"), weights(tmp_path / "second"))
    assert before.keys() == after.keys() and (after["epochs"], after["clip_passes"]) == (3, 36)
    assert files(tmp_path / "second") == FILES


def test_evaluation_of_a_parent_trains_nothing_and_reads_classes_by_name(tmp_path: Path) -> None:
    parent = tiny(epochs=1)
    before = execute(parent, tmp_path / "parent")
    child = replace(changed(parent, epochs=0), init_from=parent)
    after = execute(child, tmp_path / "child", init_from=tmp_path / "parent")
    assert after["clip_passes"] == 0 and after["norm"] == before["norm"]
    scores, again = predictions(tmp_path / "parent"), predictions(tmp_path / "child")
    assert same(scores, again)

    def among(*classes: str) -> Run:
        return replace(child, data=replace(parent.clip_data, options=options(train=12, test=6, classes=classes)))

    values = execute(among("wave", "walk"), tmp_path / "turned", init_from=tmp_path / "parent")
    turned = predictions(tmp_path / "turned")
    rows = [list(scores["name"]).index(name) for name in turned["name"]]
    assert values["classes"] == ["wave", "walk"]
    assert np.allclose(turned["probability"], scores["probability"][rows][:, ::-1], atol=1e-5)
    with pytest.raises(ValueError, match="trained on walk, wave; it knows no jump"):
        execute(among("walk", "jump"), tmp_path / "unknown", init_from=tmp_path / "parent")


def test_something_must_be_trained_or_given(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nothing to train on .*; name a trained run in `init_from`"):
        execute(tiny(epochs=0), tmp_path)


# A loss that is no number


def test_a_diverged_run_fails_or_records_that_it_answers_every_class_alike(tmp_path: Path) -> None:
    diverging = tiny(lr=1e30, momentum=0.0)
    message = r"loss became nan in epoch 1, step 2, batch calm.*Lower lr"
    with pytest.raises(Diverged, match=message):
        execute(diverging, tmp_path / "stop")
    values = execute(changed(diverging, on_divergence="record"), tmp_path / "record")
    assert values["diverged"].startswith("loss became nan in epoch 1, step 2, batch calm")
    assert files(tmp_path / "record") == ["metrics.jsonl", "predictions.npz"]
    stored = predictions(tmp_path / "record")
    assert (stored["probability"] == 0.5).all() and stored["label"].tolist().count(0) == 3 and len(stored["name"]) == 6
    assert values["top1"] == values["chance"] == values["mean_true_score"] == 0.5 and values["n"] == 6
    assert values["classes"] == ["walk", "wave"] and values["parameters"] > 0


@pytest.mark.parametrize("validate", [False, True])
def test_weights_lost_in_the_last_step_are_a_divergence_too(tmp_path: Path, monkeypatch, validate: bool) -> None:
    """Every training loss is a number, and the scores afterwards are none."""
    lend(monkeypatch)
    brittle = of_toy(tiny(epochs=1, validate=validate), tested=float("nan"))
    with pytest.raises(Diverged, match="scores are no numbers"):
        execute(brittle, tmp_path / "stop")
    values = execute(changed(brittle, on_divergence="record"), tmp_path / "record")
    assert values["diverged"] and values["top1"] == 0.5 and "model.safetensors" not in files(tmp_path / "record")


# Weights that another training gives


def toy_run(*classes: str, **changes: Any) -> Run:
    run = of_toy(tiny(epochs=1, n=8, test=4))
    return replace(run, data=replace(run.clip_data, options=options(train=8, test=4, classes=classes)), **changes)


@pytest.mark.parametrize("classes", [("run", "jump"), ("walk", "wave")])
def test_other_classes_take_the_backbone_and_the_same_ones_the_whole(tmp_path: Path, monkeypatch, classes: Any) -> None:
    lend(monkeypatch)
    offered: list[set[str]] = []

    def load_backbone(network: Toy, state: dict[str, torch.Tensor]) -> None:
        offered.append(set(state))
        network.convolution.load_state_dict({name: state[f"convolution.{name}"] for name in ("weight", "bias")})

    sys.modules["repro.networks.toy"].load_backbone = load_backbone  # type: ignore[attr-defined]
    first = toy_run("walk", "wave")
    execute(first, tmp_path / "first")
    second = changed(toy_run(*classes, init_from=first), lr=0.0, momentum=0.0)
    values = execute(second, tmp_path / "second", init_from=tmp_path / "first")
    before, after = weights(tmp_path / "first"), weights(tmp_path / "second")
    others = classes == ("run", "jump")
    assert offered == ([set(before)] if others else []) and values["classes"] == list(classes)
    assert np.array_equal(before["convolution.weight"], after["convolution.weight"])  # lr is zero: as given
    assert np.array_equal(before["head.weight"], after["head.weight"]) != others


def test_a_network_without_load_backbone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lend(monkeypatch)
    first = toy_run("walk", "wave")
    execute(first, tmp_path / "first")
    with pytest.raises(AttributeError, match="load_backbone"):
        execute(toy_run("run", "jump", init_from=first), tmp_path / "second", init_from=tmp_path / "first")
