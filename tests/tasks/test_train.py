"""A whole run: what it stores, what it learns, what it inherits, and what stops it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file
from tiny_runs import CLIPS, execute, tiny
from toy import Toy, lend

from repro.data import actions
from repro.data.index import DataError, Item
from repro.spec import Clips, Run, options
from repro.train.batches import ClipSet
from repro.train.fit import Diverged


def test_a_run_stores_all_that_is_needed_and_no_pickle(tmp_path: Path) -> None:
    values = execute(tiny(), tmp_path / "run")
    assert {p.name for p in (tmp_path / "run").iterdir()} == {
        "checkpoint.safetensors",
        "metrics.jsonl",
        "model.safetensors",
        "norm.json",
        "predictions.npz",
        "inside.safetensors",
    }
    stored = np.load(tmp_path / "run" / "predictions.npz", allow_pickle=False)
    assert stored["probability"].shape == (6, 2)
    assert np.allclose(stored["probability"].sum(1), 1, atol=1e-5)
    assert values["n"] == values["n_test"] == 6 and values["n_train"] == 12 and values["clip_passes"] == 24
    assert values["top1"] == pytest.approx((stored["probability"].argmax(1) == stored["label"]).mean())
    assert [json.loads(line)["epoch"] for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()] == [
        1,
        2,
    ]


def test_probes_hold_the_clip_and_its_attention(tmp_path: Path) -> None:
    execute(tiny(epochs=1), tmp_path / "run")
    with safe_open(tmp_path / "run" / "inside.safetensors", "np") as file:
        header = json.loads(file.metadata()["probes"])
        assert header["classes"] == ["walk", "wave"] and header["labels"] == [0, 1]
        assert file.get_tensor("0/clip").shape == (8, 24, 24, 3)
        assert file.get_tensor("1/exchange.stage1.W").shape == (2, 6, 6)
        assert file.get_tensor("0/probability").sum() == pytest.approx(1, abs=1e-5)


def test_the_seed_decides_and_nothing_else(tmp_path: Path) -> None:
    def probability(seed: int, where: str) -> np.ndarray:
        execute(tiny(epochs=1, seed=seed), tmp_path / where)
        return np.load(tmp_path / where / "predictions.npz")["probability"]

    first = probability(0, "a")
    assert np.array_equal(first, probability(0, "b"))
    assert not np.array_equal(first, probability(1, "c"))


def test_walk_and_wave_are_learned_from_flow(tmp_path: Path) -> None:
    flow = replace(CLIPS, input="flow")
    values = execute(tiny(epochs=6, n=60, test=30, clips=flow, lr=0.02, clip=1.0), tmp_path / "run")
    assert values["top1"] >= 0.8  # chance is 0.5


def test_a_part_of_the_training_set_takes_as_many_steps_unless_as_many_epochs_are_asked_for(tmp_path: Path) -> None:
    whole = tiny(epochs=1)
    part = replace(whole, data=replace(whole.data, train_fraction=0.5))
    equal_epochs = replace(part, recipe=replace(part.recipe, equal_epochs=True))
    runs = {"whole": whole, "part": part, "equal_epochs": equal_epochs}
    found = {name: execute(run, tmp_path / name) for name, run in runs.items()}
    assert [found[name]["clip_passes"] for name in runs] == [
        12,
        12,
        4,
    ]  # six clips are one batch of four; the rest wait
    assert [found[name]["n_train"] for name in runs] == [12, 6, 6]


def test_the_penalty_changes_what_is_learned(tmp_path: Path) -> None:
    plain = tiny(epochs=1)
    held = replace(plain, recipe=replace(plain.recipe, penalty="l2_weights", penalty_weight=0.1))
    loss = []
    for name, run in (("plain", plain), ("held", held)):
        execute(run, tmp_path / name)
        loss.append(json.loads((tmp_path / name / "metrics.jsonl").read_text())["loss"])
    assert loss[1] > loss[0] + 1


def test_evaluation_of_a_parent_trains_nothing(tmp_path: Path) -> None:
    parent = tiny(epochs=2)
    before = execute(parent, tmp_path / "parent")
    child = replace(parent, recipe=replace(parent.recipe, epochs=0), after=(parent,))
    after = execute(child, tmp_path / "child", [tmp_path / "parent"])
    assert after["clip_passes"] == 0 and after["norm"] == before["norm"]
    stored = [np.load(tmp_path / name / "predictions.npz")["probability"] for name in ("parent", "child")]
    assert np.array_equal(*stored)


def test_a_loss_that_is_no_number_names_step_and_batch(tmp_path: Path) -> None:
    with pytest.raises(Diverged, match=r"loss became (nan|inf) in epoch 1, step \d, batch calm.*Lower lr"):
        execute(tiny(lr=1e30, momentum=0.0), tmp_path / "run")


def test_dry_steps_stop_early_and_score_nothing(tmp_path: Path) -> None:
    values = execute(tiny(epochs=50, dry_steps=2), tmp_path / "run")
    assert values["steps"] == 2 and values["batch"] == 4 and "top1" not in values
    assert not (tmp_path / "run" / "predictions.npz").exists()


def test_bf16_runs_and_says_what_it_used(tmp_path: Path) -> None:
    values = execute(tiny(epochs=1, precision="bf16"), tmp_path / "run")
    assert values["precision"] in ("bf16", "fp32") and torch.isfinite(torch.tensor(values["mean_true_score"]))


def test_an_unknown_augmentation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown augmentation spin; known: start, flip, crop, resized_crop"):
        execute(tiny(augment=("spin",)), tmp_path / "run")


@pytest.mark.gpu
def test_a_run_on_cuda_in_bf16(tmp_path: Path) -> None:
    from repro.tasks import train

    (tmp_path / "run").mkdir()
    run = tiny(epochs=2, precision="bf16")
    values = train.execute(run, tmp_path / "run", device="cuda", root=None, cache=tmp_path / "cache", parents=[])
    assert values["precision"] == "bf16" and 0 <= values["top1"] <= 1


def test_classes_in_another_order_keep_their_scores(tmp_path: Path) -> None:
    parent = tiny(epochs=1)
    execute(parent, tmp_path / "parent")
    turned = replace(parent.data, options=options(train=12, test=6, classes=("wave", "walk")))
    child = replace(parent, data=turned, recipe=replace(parent.recipe, epochs=0), after=(parent,))
    values = execute(child, tmp_path / "child", [tmp_path / "parent"])
    before, after = (np.load(tmp_path / name / "predictions.npz") for name in ("parent", "child"))
    place = {name: i for i, name in enumerate(before["name"])}
    same = [place[name] for name in after["name"]]
    assert values["classes"] == ["wave", "walk"]
    assert np.allclose(after["probability"], before["probability"][same][:, ::-1], atol=1e-5)


def test_a_network_is_not_asked_for_classes_that_it_does_not_know(tmp_path: Path) -> None:
    parent = tiny(epochs=1)
    execute(parent, tmp_path / "parent")
    others = replace(parent.data, options=options(train=12, test=6, classes=("walk", "jump")))
    child = replace(parent, data=others, recipe=replace(parent.recipe, epochs=0), after=(parent,))
    with pytest.raises(ValueError, match="trained on walk, wave; it knows no jump"):
        execute(child, tmp_path / "child", [tmp_path / "parent"])


# Which clips an epoch shows


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the one training clip of `tiny(n=60)` that cannot be read."""
    lost, read = actions.index(None, "official", train=60, test=6, classes=("walk", "wave")).train[5].name, actions.read

    def refuse(item: Item, clips: Clips) -> np.ndarray:
        if item.name == lost:
            raise DataError(f"{lost} cannot be decoded")
        return read(item, clips)

    monkeypatch.setattr(actions, "read", refuse)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)  # decoding stays in this process
    return lost


@pytest.mark.parametrize(
    ("share", "equal_epochs", "items"), [(1.0, False, 0), (1.0, True, 0), (0.5, False, 60), (0.5, True, 0)]
)
def test_each_clip_once_unless_a_part_stands_for_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unreadable: str, share: float, equal_epochs: bool, items: int
) -> None:
    """With all of the training set a clip that cannot be read is not made up for by another's
    second turn.
    """
    asked, epoch = [], ClipSet.epoch

    def listen(clips: ClipSet, seed: int, number: int, batch: int, items: int = 0) -> list:
        asked.append(items)
        return epoch(clips, seed, number, batch, items)

    monkeypatch.setattr(ClipSet, "epoch", listen)
    lend(monkeypatch)
    run = replace(tiny(epochs=1, n=60, batch=1, equal_epochs=equal_epochs), network="toy", arguments=())
    values = execute(replace(run, data=replace(run.data, train_fraction=share)), tmp_path / "run")
    assert set(asked) == {items}
    if share == 1:
        assert values["n_train"] == values["clip_passes"] == 59 and list(values["undecodable"]) == [unreadable]
    else:
        assert values["clip_passes"] == (values["n_train"] if equal_epochs else 60) and values["n_train"] in (29, 30)


# Curves


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_scoring_after_each_epoch_gives_curves_and_disturbs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend(monkeypatch)
    plain = replace(tiny(epochs=3), network="toy", arguments=())  # with dropout and batch norm
    watched = replace(plain, recipe=replace(plain.recipe, validate=True))
    found = {name: execute(run, tmp_path / name) for name, run in (("plain", plain), ("watched", watched))}
    weights = [load_file(tmp_path / name / "model.safetensors") for name in found]
    assert weights[0].keys() == weights[1].keys() and all(
        np.array_equal(weights[0][name], weights[1][name]) for name in weights[0]
    )
    before, after = (lines(tmp_path / name) for name in found)
    shown = {"epoch", "loss", "accuracy", "lr", "seconds"}
    curves = {"gradient", "test_loss", "test_accuracy"}
    assert [set(line) for line in before] == [shown] * 3 and [set(line) for line in after] == [shown | curves] * 3
    assert [{**line, "seconds": 0} for line in before] == [
        {name: line[name] for name in shown} | {"seconds": 0} for line in after
    ]
    assert len({line["test_loss"] for line in after}) == 3 and all(line["gradient"] > 0 for line in after)


def test_the_curves_end_where_the_record_stands(tmp_path: Path) -> None:
    values = execute(tiny(epochs=2, validate=True), tmp_path / "run")
    stored = np.load(tmp_path / "run" / "predictions.npz")
    last = lines(tmp_path / "run")[-1]
    assert last["test_accuracy"] == values["top1"]
    right = stored["probability"][np.arange(6), stored["label"]]
    assert last["test_loss"] == pytest.approx(-np.log(right).mean(), rel=1e-5)


def test_a_score_of_nought_is_a_loss_that_is_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lend(monkeypatch)
    execute(replace(tiny(epochs=1, validate=True), network="toy", arguments=options(tested=1e6)), tmp_path / "run")
    (line,) = lines(tmp_path / "run")
    assert 0 < line["test_accuracy"] < 1
    assert line["test_loss"] == pytest.approx(
        (1 - line["test_accuracy"]) * -np.log(1e-12)
    )  # sure of each answer, right or wrong


# Stages


def stages(**second: object) -> tuple[Run, Run]:
    """A training by day and one that goes on from it at night."""
    first = tiny(epochs=2, optimiser="adam", lr=0.005)
    dark = replace(first.data, clips=replace(CLIPS, darkness=0.6))
    return first, replace(first, data=dark, recipe=replace(first.recipe, **second), after=(first,))


def test_a_second_stage_starts_where_the_first_ended(tmp_path: Path) -> None:
    first, still = stages(lr=0.0, weight_decay=0.0, epochs=1)
    before = execute(first, tmp_path / "first")
    after = execute(still, tmp_path / "still", [tmp_path / "first"])
    old, new = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "still"))
    learned = [name for name in old if "running" not in name and "num_batches" not in name]
    assert learned and all(np.array_equal(old[name], new[name]) for name in learned)
    assert before["norm"] == after["norm"]  # although its own clips are darker
    assert json.loads((tmp_path / "still" / "norm.json").read_text())["mean"] == before["norm"]["mean"]


def test_a_second_stage_has_its_own_optimiser_epochs_and_record(tmp_path: Path) -> None:
    first, second = stages(epochs=3, lr=0.001, schedule="constant", validate=True)
    before = execute(first, tmp_path / "first")
    after = execute(second, tmp_path / "second", [tmp_path / "first"])
    assert [(line["epoch"], line["lr"]) for line in lines(tmp_path / "second")] == [(1, 0.001), (2, 0.001), (3, 0.001)]
    steps = {
        float(v) for n, v in load_file(tmp_path / "second" / "checkpoint.safetensors").items() if n.endswith("/step")
    }
    assert steps == {9.0}  # three epochs of three batches; Adam counted none of the first stage's six
    old, new = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "second"))
    assert not np.array_equal(old["classifier.weight"], new["classifier.weight"])
    assert before.keys() == after.keys() and (after["epochs"], after["clip_passes"]) == (3, 36)
    assert {p.name for p in (tmp_path / "second").iterdir()} == {p.name for p in (tmp_path / "first").iterdir()}


# A loss that is no number


def test_what_a_run_learns_that_diverges_and_records_it(tmp_path: Path) -> None:
    values = execute(tiny(lr=1e30, momentum=0.0, on_divergence="record"), tmp_path / "run")
    assert (
        values["diverged"].startswith("loss became nan in epoch 1, step 2, batch calm")
        and "Lower lr" in values["diverged"]
    )
    assert {p.name for p in (tmp_path / "run").iterdir()} == {"metrics.jsonl", "predictions.npz"}
    stored = np.load(tmp_path / "run" / "predictions.npz")
    assert (stored["probability"] == 0.5).all() and stored["label"].tolist().count(0) == 3 and len(stored["name"]) == 6
    assert values["top1"] == values["chance"] == values["mean_true_score"] == 0.5 and values["n"] == 6
    assert values["classes"] == ["walk", "wave"] and values["parameters"] > 0


def test_a_run_that_would_record_its_failure_and_does_not_fail(tmp_path: Path) -> None:
    plain, careful = tiny(epochs=1), tiny(epochs=1, on_divergence="record")
    found = [execute(run, tmp_path / name) for name, run in (("plain", plain), ("careful", careful))]
    assert [values["diverged"] for values in found] == ["", ""]
    assert {p.name for p in (tmp_path / "plain").iterdir()} == {p.name for p in (tmp_path / "careful").iterdir()}
    stored = [np.load(tmp_path / name / "predictions.npz")["probability"] for name in ("plain", "careful")]
    assert np.array_equal(*stored)


@pytest.mark.parametrize("validate", [False, True])
def test_weights_lost_in_the_last_step_are_recorded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, validate: bool
) -> None:
    """Every training loss is a number, and the scores afterwards are none."""
    lend(monkeypatch)
    brittle = replace(tiny(epochs=1, validate=validate), network="toy", arguments=options(tested=float("nan")))
    with pytest.raises((Diverged, RuntimeError), match="no number"):
        execute(brittle, tmp_path / "stop")
    values = execute(replace(brittle, recipe=replace(brittle.recipe, on_divergence="record")), tmp_path / "record")
    assert values["diverged"] and values["top1"] == 0.5 and not (tmp_path / "record" / "model.safetensors").exists()


# Weights that another training gives


def lend_adopting(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Toy], list[set[str]]]:
    """The network `toy`, whose module takes the convolution of any other training; what it was
    offered.
    """
    built, offered = lend(monkeypatch), []

    def load_backbone(network: Toy, state: dict[str, torch.Tensor]) -> None:
        offered.append(set(state))
        network.convolution.load_state_dict({"weight": state["convolution.weight"], "bias": state["convolution.bias"]})

    sys.modules["repro.networks.toy"].load_backbone = load_backbone  # type: ignore[attr-defined]
    return built, offered


def toy_run(*classes: str, epochs: int, after: tuple[Run, ...] = ()) -> Run:
    run = tiny(epochs=epochs, n=8, test=4)
    data = replace(run.data, options=options(train=8, test=4, classes=classes))
    return replace(run, network="toy", arguments=(), data=data, after=after)


def test_a_training_on_other_classes_gives_what_the_network_adopts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, offered = lend_adopting(monkeypatch)
    first = toy_run("walk", "wave", epochs=1)
    execute(first, tmp_path / "first")
    second = replace(
        toy_run("run", "jump", epochs=1, after=(first,)), recipe=replace(first.recipe, lr=0.0, momentum=0.0)
    )
    values = execute(second, tmp_path / "second", [tmp_path / "first"])
    before, after = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "second"))
    assert offered == [set(before)] and values["classes"] == ["run", "jump"]
    assert np.array_equal(before["convolution.weight"], after["convolution.weight"])  # lr is zero: as adopted
    assert not np.array_equal(before["head.weight"], after["head.weight"]) and len(built) == 2


def test_a_training_on_the_same_classes_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, offered = lend_adopting(monkeypatch)
    first = toy_run("walk", "wave", epochs=1)
    execute(first, tmp_path / "first")
    second = replace(
        toy_run("walk", "wave", epochs=1, after=(first,)), recipe=replace(first.recipe, lr=0.0, momentum=0.0)
    )
    execute(second, tmp_path / "second", [tmp_path / "first"])
    before, after = (load_file(tmp_path / name / "model.safetensors") for name in ("first", "second"))
    assert not offered and np.array_equal(before["head.weight"], after["head.weight"])


def test_a_network_that_adopts_nothing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lend(monkeypatch)
    first = toy_run("walk", "wave", epochs=1)
    execute(first, tmp_path / "first")
    with pytest.raises(AttributeError, match="load_backbone"):
        execute(toy_run("run", "jump", epochs=1, after=(first,)), tmp_path / "second", [tmp_path / "first"])
