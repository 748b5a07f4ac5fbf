"""The enhancer: its losses by hand, a tiny run on dark clips, and clips lit by it in a recogniser's
run.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tiny_runs import CLIPS, execute, log, predictions, same, tiny, weights

from repro.data import light
from repro.data.cache import entry
from repro.data.index import DataError, load
from repro.spec import Data, Recipe, Run, options
from repro.tasks import enhance
from repro.train import interrupt
from repro.train.enhancer import TrainedEnhancer

NIGHT = replace(CLIPS, darkness=0.7)
DARK = Data("actions", clips=NIGHT, options=options(train=8, test=4, classes=("walk", "wave"), scene="day"))
RECIPE = Recipe(epochs=3, batch=4, optimiser="adam", lr=0.01, augment=("start", "flip"))
ENHANCER = Run("enhance", "zerodce", options(width=8, iterations=4), DARK, RECIPE)
ENHANCED = replace(DARK, clips=replace(NIGHT, enhancement="enhanced"))


def recogniser(data: Data, **changes: Any) -> Run:
    return replace(tiny(epochs=1), data=data, **changes)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with a trained enhancer in `enhancer`, and what its run returned."""
    folder = tmp_path_factory.mktemp("runs")
    return folder, execute(ENHANCER, folder / "enhancer")


# Losses


def plain(value: float, height: int = 32, width: int = 32) -> torch.Tensor:
    return torch.full((2, 3, height, width), value)


def halves(left: float, right: float, side: int) -> torch.Tensor:
    return torch.cat([plain(left, side, side // 2), plain(right, side, side // 2)], 3)


BEFORE, TURNED = halves(0.1, 0.3, 8), halves(0.1, 0.3, 8).transpose(2, 3)
COLOUR = torch.tensor([0.2, 0.4, 0.7])[None, :, None, None].expand(2, 3, 4, 4)
Y, X = torch.meshgrid(torch.arange(5.0), torch.arange(7.0), indexing="ij")


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (enhance.exposure(plain(0.6)), 0), (enhance.exposure(plain(0.1)), 0.5),
        (enhance.exposure(halves(0.2, 1.0, 32)), 0.4),  # two patches, each off by 0.4
        (enhance.exposure(halves(0.2, 1.0, 16)), 0),  # one patch with the right mean
        (enhance.exposure(plain(0.1, 8, 40)), 0.5),  # lower than a patch
        (enhance.contrast(BEFORE, BEFORE), 0), (enhance.contrast(BEFORE, BEFORE + 0.4), 0),  # brighter all over
        (enhance.contrast(BEFORE, BEFORE.flip(3)), 0),  # no side is meant
        (enhance.contrast(BEFORE, 3 * BEFORE), 2 * 0.4**2),  # 0.2 became 0.6, seen from both sides
        (enhance.contrast(TURNED, 3 * TURNED), 2 * 0.4**2),
        (enhance.grey_world(halves(0.1, 0.9, 8)), 0), (enhance.grey_world(COLOUR), 0.2**2 + 0.5**2 + 0.3**2),
        (enhance.roughness(plain(0.3)), 0),
        (enhance.roughness((0.1 * X - 0.2 * Y).expand(2, 6, 5, 7)), (0.1 + 0.2) ** 2),
    ],
)  # fmt: skip
def test_losses_by_hand(loss: torch.Tensor, expected: float) -> None:
    assert loss.item() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_losses_have_the_published_weights() -> None:
    def network(x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        ramp = torch.arange(8.0).expand(2, 6, 8, 8)
        return torch.cat([x[:, :1], x[:, 1:] + 0.3], 1), {"curves": 0.1 * ramp}

    dark = plain(0.1, 8, 8)
    total, right = enhance.zero_reference(network, dark[:, :, None], torch.zeros(2))
    assert total.item() == pytest.approx(10 * (0.6 - 0.3) + 5 * 2 * 0.3**2 + 200 * 0.1**2, rel=1e-4) and right == 0


# A run


def test_dark_test_frames_become_brighter(house: tuple[Path, dict[str, Any]]) -> None:
    folder, values = house
    assert values["n_train"] == 8 and values["classes"] == ["walk", "wave"] and values["labels"] == [0, 1]
    assert values["luma_before"] < 60 and values["luma_after"] > values["luma_before"] + 10
    losses = [line["loss"] for line in log(folder / "enhancer")]
    assert len(losses) == 3 and losses[-1] < losses[0]
    assert values["parameters"] == sum(v.size for v in weights(folder / "enhancer").values())


def test_samples_are_those_that_the_values_name(house: tuple[Path, dict[str, Any]]) -> None:
    folder, values = house
    stored = load_file(folder / "enhancer" / "inside.safetensors")
    levels = [*(f"{level:g}" for level in enhance.LEVELS), "asked"]
    assert values["levels"] == list(enhance.LEVELS) and values["night"] == 0.7
    named = {f"{i}/{level}/{name}" for i in "01" for level in levels for name in ("steps", "gamma", "clahe")}
    assert set(stored) == named | {"0/flow", "1/flow"}
    assert stored["0/0.5/steps"].shape == (5, 27, 27, 3) and stored["0/0.5/steps"].dtype == np.uint8
    means = [stored[f"0/{level:g}/steps"][0].mean() for level in enhance.LEVELS]
    assert means == sorted(means, reverse=True)  # from day to deep night, before any light
    asked = [stored[f"{i}/asked/steps"] for i in (0, 1)]
    assert values["luma_before"] == pytest.approx(np.mean([s[0] for s in asked]))
    assert values["luma_after"] == pytest.approx(np.mean([s[-1] for s in asked]))
    items = [next(item for item in load(DARK, None).test if item.name == name) for name in values["names"]]
    for i, item in enumerate(items):
        clip = entry(DARK, item, folder / "cache")
        assert [item.label for item in items] == values["labels"]
        assert np.array_equal(asked[i][0], clip[len(clip) // 2])  # the very frame that a recogniser sees
        assert np.array_equal(stored[f"{i}/asked/gamma"], light.gamma(asked[i][:1])[0])
        assert np.array_equal(stored[f"{i}/asked/clahe"], light.clahe(asked[i][:1])[0])
        pair = clip[len(clip) // 2 :][:2]
        assert np.array_equal(stored[f"{i}/flow"][0], enhance.motion(pair, NIGHT)) and stored[f"{i}/flow"].std() > 0
        assert stored[f"{i}/flow"].shape == (2, 6, 6, 2)


def test_ten_clips_are_shown_classes_in_turn_and_of_different_groups() -> None:
    items = load(replace(DARK, options=options(train=11, test=66)), None).test
    shown = enhance.choose(items)
    assert len(shown) == 10 and len({item.label for item in shown}) == 10
    few = enhance.choose([item for item in items if item.label in (0, 3)])
    assert [item.label for item in few] == [0, 3, 0, 3] and len({item.group for item in few}) == 4


def test_clips_as_recorded_have_one_level(tmp_path: Path) -> None:
    recorded = replace(DARK, clips=replace(NIGHT, darkness=0.0))
    values = execute(replace(ENHANCER, data=recorded, recipe=replace(RECIPE, epochs=1)), tmp_path / "run")
    stored = load_file(tmp_path / "run" / "inside.safetensors")
    assert values["levels"] == [] and {name.split("/")[1] for name in stored} == {"flow", "asked"}


def test_stopped_after_a_step_it_goes_on_exactly(house, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = iter(range(1, 99))
    with monkeypatch.context() as patch:
        patch.setattr(interrupt, "requested", lambda: next(asked) == 3)
        with pytest.raises(interrupt.Interrupted):
            execute(ENHANCER, tmp_path / "run")
    assert not (tmp_path / "run" / "model.safetensors").exists()
    values = execute(ENHANCER, tmp_path / "run")
    assert same(weights(tmp_path / "run"), weights(house[0] / "enhancer"))
    assert {**values, "train_seconds": 0} == {**house[1], "train_seconds": 0}


def test_dry_steps_stop_early_and_store_nothing(tmp_path: Path) -> None:
    values = execute(replace(ENHANCER, recipe=replace(RECIPE, epochs=50, dry_steps=1)), tmp_path)
    assert (values["steps"], values["batch"]) == (1, 4) and not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (replace(DARK, clips=replace(NIGHT, input="flow")), "colour frames as they are"),
        (replace(DARK, clips=replace(NIGHT, enhancement="gamma")), "colour frames as they are"),
        (replace(DARK, options=options(train=0, test=2, classes=("walk", "wave"))), "no frames to train on"),
    ],
    ids=["flow", "gamma", "nothing"],
)
def test_only_colour_as_recorded_trains_an_enhancer(tmp_path: Path, data: Data, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        execute(replace(ENHANCER, data=data), tmp_path)


# Enhanced clips


def test_frames_are_enhanced_one_by_one_and_the_digest_names_the_weights(house, tmp_path: Path) -> None:
    trained = TrainedEnhancer(ENHANCER, house[0] / "enhancer", torch.device("cpu"))
    clip = np.random.default_rng(0).integers(0, 60, (3, 9, 11, 3), dtype=np.uint8)
    bright, steps = trained(clip), trained.steps(clip)
    assert bright.shape == clip.shape and bright.dtype == np.uint8 and bright.mean() > clip.mean()
    assert np.array_equal(trained(clip[1:2])[0], bright[1])
    assert np.array_equal(steps[:, 0], clip) and np.array_equal(steps[:, -1], bright)
    execute(replace(ENHANCER, seed=1), tmp_path / "1")  # it decides the weights
    assert not same(weights(tmp_path / "1"), weights(house[0] / "enhancer"))
    shared = replace(ENHANCER, arguments=options(**dict(ENHANCER.arguments), scope="clip_mean"))
    others = (ENHANCER, tmp_path / "1"), (shared, house[0] / "enhancer")  # other weights; same weights, other curves
    assert trained.digest not in {TrainedEnhancer(*other, torch.device("cpu")).digest for other in others}
    shutil.copytree(house[0] / "enhancer", tmp_path / "0")
    assert trained.digest == TrainedEnhancer(ENHANCER, tmp_path / "0", torch.device("cpu")).digest


def clips_of(cache: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in cache.glob("clips/*/*.clip")}


def test_a_recogniser_sees_clips_lit_by_its_own_enhancer(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    enhancers = [replace(ENHANCER, seed=seed, recipe=replace(RECIPE, epochs=1)) for seed in (0, 1)]
    for run, folder in zip(enhancers, folders, strict=True):
        execute(run, folder)
    raw = clips_of(tmp_path / "cache")
    entries = []
    for number, (run, folder) in enumerate(zip(enhancers, folders, strict=True)):
        before = clips_of(tmp_path / "cache")
        values = execute(recogniser(ENHANCED, enhancer=run), tmp_path / f"recogniser{number}", enhancer=folder)
        entries.append(clips_of(tmp_path / "cache").keys() - before.keys())
        assert values["n_train"] == 8 and values["n_test"] == 4
        trained = TrainedEnhancer(run, folder, torch.device("cpu"))
        for item in load(DARK, None).test:
            dark = np.array(entry(DARK, item, tmp_path / "cache"))
            assert np.array_equal(entry(ENHANCED, item, tmp_path / "cache", trained), trained(dark))
    assert [len(made) for made in entries] == [12, 12] and not entries[0] & entries[1]
    assert {path: content for path, content in clips_of(tmp_path / "cache").items() if path in raw} == raw
    again = clips_of(tmp_path / "cache")
    execute(recogniser(ENHANCED, enhancer=enhancers[0]), tmp_path / "again", enhancer=folders[0])
    assert clips_of(tmp_path / "cache") == again
    with pytest.raises(DataError, match="not in the cache"):
        entry(ENHANCED, load(DARK, None).test[0], tmp_path / "cache")


def test_a_trained_recogniser_is_tested_before_and_after_enhancement(house, tmp_path: Path) -> None:
    parent = recogniser(DARK)
    before = execute(parent, tmp_path / "parent")
    folders = {"init_from": tmp_path / "parent", "enhancer": house[0] / "enhancer"}
    child = recogniser(ENHANCED, recipe=Recipe(), init_from=parent, enhancer=ENHANCER)
    values = execute(child, tmp_path / "child", **folders)
    assert values["clip_passes"] == values["n_train"] == 0
    assert values["n_test"] == 4 and values["norm"] == before["norm"]
    stored = [predictions(tmp_path / name) for name in ("parent", "child")]
    assert np.array_equal(stored[0]["name"], stored[1]["name"])
    assert not np.array_equal(stored[0]["probability"], stored[1]["probability"])
    assert not (tmp_path / "child" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("data", "enhancer", "error"),
    [(ENHANCED, None, "'enhanced' and the run names no"), (DARK, ENHANCER, "'none' and the run names an")],
    ids=["none", "unasked"],
)
def test_enhancement_and_enhancer_come_together(house, tmp_path: Path, data: Data, enhancer, error: str) -> None:
    parents = {"enhancer": house[0] / "enhancer"} if enhancer else {}
    with pytest.raises(ValueError, match=error):
        execute(recogniser(data, enhancer=enhancer), tmp_path / "run", **parents)
