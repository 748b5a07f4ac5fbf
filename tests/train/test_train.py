"""A whole run: what it stores, what it learns, what it inherits, and what stops it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from tiny_runs import CLIPS, execute, tiny

from repro.spec import options
from repro.train.loop import Diverged


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
    assert [json.loads(line)["epoch"] for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()] == [1, 2]


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
    part = replace(whole, data=replace(whole.data, share=0.5))
    equal_epochs = replace(part, recipe=replace(part.recipe, equal_epochs=True))
    runs = {"whole": whole, "part": part, "equal_epochs": equal_epochs}
    found = {name: execute(run, tmp_path / name) for name, run in runs.items()}
    assert [found[name]["clip_passes"] for name in runs] == [12, 12, 4]  # six clips are one batch of four; the rest wait
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
    from repro.train import train

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
