"""Counted work: MACs, what is kept for the backward pass, and amounts of whole runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_runs import tiny
from torch import nn

from repro.source import load_module
from repro.spec import Clips, Data, Protocol, Recipe, Run
from repro.tasks.cost import count
from repro.train.amount import PUBLISHED, _prepared, amount, sizes
from repro.train.calibrate import PROBES, fitted
from repro.train.workload import Units, scaled, testing_step, training_step, update

testing_step.__test__ = False
MACS = ("conv", "depthwise", "pointwise", "matmul")


def macs(units: Units) -> int:
    return sum(n for name, n in units.items() if name.removeprefix("bf16 ").startswith(MACS))


class Two(nn.Module):
    """A convolution and a linear answer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv3d(3, 20, 3, padding=1), nn.Linear(20, 5)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict]:
        return self.head(self.conv(x).relu().mean((2, 3, 4))), {}


def test_macs_by_hand() -> None:
    forward = 2 * (20 * 3 * 27 * 4 * 6 * 6), 2 * 20 * 5
    tested = testing_step(Two(), torch.zeros(2, 3, 4, 6, 6), "fp32")
    assert (tested["conv3d<16"], tested["matmul"]) == forward and macs(tested) == sum(forward)
    trained, kept = training_step(Two(), torch.zeros(2, 3, 4, 6, 6), Recipe())
    assert trained["conv3d<16"] == 2 * forward[0]  # the input needs no gradient
    assert trained["matmul"] == 3 * forward[1] and trained["calls"] > tested["calls"]
    assert kept >= 4 * 2 * (3 * 4 * 6 * 6 + 20 * 4 * 6 * 6)
    assert macs(scaled(trained, 2.5)) == 2.5 * macs(trained) and scaled(trained, 3)["calls"] == trained["calls"]


def test_every_kind_has_its_name_and_bf16_its_own() -> None:
    convolutions = nn.Conv2d(64, 64, 3), nn.Conv2d(64, 32, 1), nn.Conv2d(32, 32, 3, groups=32), nn.Conv2d(32, 8, 3)
    network = nn.Sequential(*convolutions, nn.ReLU(), nn.Flatten())

    class Wrapped(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict]:
            return network(x[:, :, 0]), {}

    x, kinds = torch.zeros(2, 64, 1, 9, 9), {"conv2d", "pointwise<64", "depthwise", "conv2d<16", "bytes", "calls"}
    assert {*testing_step(Wrapped(), x, "fp32")} == kinds
    assert "bf16 conv2d" in testing_step(Wrapped(), x, "bf16")


@pytest.mark.parametrize(("name", "arguments", "shape"), PROBES)
def test_the_counted_macs_are_those_of_the_cost_table(name: str, arguments: dict, shape: tuple[int, ...]) -> None:
    built = load_module("networks", name).build(classes=10, in_channels=shape[0], **arguments)
    with torch.device("meta"):
        meta = load_module("networks", name).build(classes=10, in_channels=shape[0], **arguments).eval()
        other = count(meta, torch.empty(1, *shape))["macs"]
    tested = testing_step(built, torch.zeros(2, *shape), "fp32")
    assert macs(tested) == pytest.approx(2 * other, rel=1e-6)
    trained, _ = training_step(built, torch.zeros(2, *shape), Recipe())
    assert 2 * macs(tested) < macs(trained) <= 3 * macs(tested)


def test_a_large_batch_is_counted_on_the_meta_device_alike() -> None:
    sums = []
    for device in ("cpu", "meta"):
        x = torch.zeros(2, 3, 4, 6, 6, device=device)
        sums.append(training_step(Two().to(device), x, Recipe()))
    assert macs(sums[0][0]) == macs(sums[1][0]) and sums[0][0]["calls"] == pytest.approx(sums[1][0]["calls"], rel=0.3)


def test_an_amount_grows_with_epochs_views_and_curves() -> None:
    run = tiny(epochs=2, n=12, test=6)
    first, fixed = amount(run, None), update(Two(), Recipe())["calls"]
    more = amount(replace(run, recipe=replace(run.recipe, epochs=4)), None)
    tested = amount(replace(run, recipe=replace(run.recipe, epochs=0)), None)
    views = amount(replace(run, recipe=replace(run.recipe, epochs=0), protocol=Protocol(views=3)), None)
    curves = amount(replace(run, recipe=replace(run.recipe, validate=True)), None)

    def work(found: dict) -> int:
        return macs(Units(found["units"]))

    assert work(more) - work(tested) == 2 * (work(first) - work(tested)) > 0 < fixed
    assert work(views) == 3 * work(tested)
    assert work(curves) - work(first) == pytest.approx(2 * work(tested))
    assert first["clips"] == more["clips"] and first["prepare"]["paint actions"] > 0 and first["memory"] > 6e8


@pytest.mark.parametrize("task", ["cost", "latency", "receptive_field", "contact_sheet", "unheard_of"])
def test_what_trains_nothing_is_a_start(task: str) -> None:
    assert amount(Run(task=task, network="wei2025"), None)["units"] == {"start": 1.0}


def test_the_paper_scale_is_counted_without_its_data() -> None:
    run = Run(network="slowfast", data=Data("ucf101"), recipe=Recipe(epochs=1, batch=8, precision="bf16"))
    assert sizes(run.clip_data, None) == PUBLISHED["ucf101"]
    found = amount(run, None)
    assert found["units"]["bf16 conv3d"] + found["units"]["bf16 pointwise"] > 9_000 * 3 * 2e10
    assert 4e9 < found["memory"] < 60e9 and found["cache"] > 1e11 and found["prepare"]["decode"] > 1e11


@pytest.mark.parametrize(("kind", "least"), [("rgb", 11), ("flow", 16), ("both", 13)])
def test_stored_pictures_take_a_share_of_the_raw_bytes_and_images_are_raw(kind: Any, least: int) -> None:
    def stored(name: str, form: Any) -> float:
        data = Data(name, clips=Clips(input=kind, form=form))
        return _prepared(Run(data=data), sizes(data, None)).cache

    assert least < stored("kinetics400", "raw") / stored("kinetics400", "jpeg") < least + 1.5
    assert stored("imagenet", "raw") == stored("imagenet", "jpeg")


def test_the_fit_finds_what_units_take_and_none_below_zero(tmp_path: Path) -> None:
    rng, true = np.random.default_rng(0), {"a": 2e-3, "b": 0.5e-3, "c": 0.0}
    rows = [Units({name: int(n) for name, n in zip("abc", rng.integers(1, 1000, 3), strict=True)}) for _ in range(30)]
    seconds = [sum(true[n] * k for n, k in row.items()) * rng.uniform(0.95, 1.05) for row in rows]
    found = fitted(rows, [*seconds[:-1], 40 * seconds[-1]])  # one measurement went wrong
    assert found["a"] == pytest.approx(2e-3, rel=0.1) and found["b"] == pytest.approx(0.5e-3, rel=0.1)
    assert 0 <= found["c"] < 1e-4
