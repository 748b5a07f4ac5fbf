"""The schedule, the optimisers and the checkpoint, by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from toy import InMemory, Toy

from repro.spec import Recipe
from repro.train import checkpoint
from repro.train.batches import normalise
from repro.train.fit import Diverged, Validation, classify, fit, learning_rate, make_optimiser, train_step


class Straight(nn.Module):
    """Logits of flattened clips, in the shape every network answers."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict]:
        return self.linear(x.flatten(1)), {}


def test_warm_up_then_half_a_cosine() -> None:
    recipe = Recipe(epochs=12, lr=0.1, warmup=2)
    assert learning_rate(recipe, 1) == pytest.approx(0.05)
    assert learning_rate(recipe, 2) == pytest.approx(0.1)
    assert learning_rate(recipe, 7) == pytest.approx(0.05)
    assert learning_rate(recipe, 12) == pytest.approx(0.0, abs=1e-9)
    assert learning_rate(recipe, 4.5) == pytest.approx(0.05 * (1 + math.cos(math.pi / 4)))


@pytest.mark.parametrize("done", [0, 0.5, 6, 11.9, 12])
def test_a_constant_rate_stays(done: float) -> None:
    assert learning_rate(Recipe(epochs=12, lr=0.1, schedule="constant"), done) == 0.1


def test_warm_up_then_a_constant_rate() -> None:
    recipe = Recipe(epochs=12, lr=0.1, warmup=2, schedule="constant")
    assert [learning_rate(recipe, done) for done in (0.5, 1, 2, 7, 12)] == pytest.approx([0.025, 0.05, 0.1, 0.1, 0.1])


def test_step_by_hand() -> None:
    torch.manual_seed(0)
    network, x, label = Straight(), torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    loss = nn.functional.cross_entropy(network(x)[0], label)
    gradient = torch.autograd.grad(loss, network.linear.weight)[0]
    recipe = Recipe(lr=9.0, momentum=0.0, weight_decay=0.5)
    said, right, _ = train_step(network, make_optimiser(network, recipe), x, label, recipe, lr=0.1)
    assert said == pytest.approx(loss.item()) and right in range(5)
    expected = before["linear.weight"] - 0.1 * (gradient + 0.5 * before["linear.weight"])
    assert torch.allclose(network.linear.weight, expected, atol=1e-6)


def test_gradients_are_cut_at_the_norm_asked_for() -> None:
    network, x, label = Straight(), 1e3 * torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
    recipe = Recipe(momentum=0.0, weight_decay=0.0, clip=1.0)
    before = torch.cat([p.detach().flatten().clone() for p in network.parameters()])
    train_step(network, make_optimiser(network, recipe), x, label, recipe, lr=1.0)
    after = torch.cat([p.detach().flatten() for p in network.parameters()])
    assert (after - before).norm().item() == pytest.approx(1.0, rel=1e-3)


class Backboneed(Straight):
    """A network of two parts, one of which it calls its backbone."""

    backbones = ("backbone",)

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        y = self.backbone(x.flatten(1))
        return super().forward(y[:, :, None, None, None])


@pytest.mark.parametrize("optimiser", ["sgd", "adam", "adamw"])
def test_a_backbone_moves_at_its_own_rate(optimiser: str) -> None:
    """Plain SGD: a tenth of the rate is a tenth of the way; the others: the first step is about as
    long as the rate.
    """
    moved = {}
    for times in (1.0, 0.1):
        torch.manual_seed(0)
        network, x, label = Backboneed(), torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
        before = {name: p.detach().clone() for name, p in network.named_parameters()}
        recipe = Recipe(optimiser=optimiser, momentum=0.0, weight_decay=0.0, backbone_rate=times)
        train_step(network, make_optimiser(network, recipe), x, label, recipe, lr=0.01)
        moved[times] = {name: (p.detach() - before[name]).norm().item() for name, p in network.named_parameters()}
    for name, way in moved[1.0].items():
        assert moved[0.1][name] == pytest.approx(way * (0.1 if name.startswith("backbone") else 1), rel=1e-3)


def test_a_network_without_backbones_has_no_rate_for_them() -> None:
    with pytest.raises(
        ValueError, match=r"backbone_rate 0\.1 is for networks that name their backbones; Straight names none"
    ):
        make_optimiser(Straight(), Recipe(backbone_rate=0.1))


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_checkpoint_continues_exactly(tmp_path: Path, optimiser: str) -> None:
    recipe = Recipe(optimiser=optimiser, lr=0.1)
    x, label = torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])

    def steps(network: nn.Module, chosen: torch.optim.Optimizer, n: int) -> None:
        for _ in range(n):
            train_step(network, chosen, x + 0.01 * torch.randn_like(x), label, recipe, lr=0.1)

    torch.manual_seed(0)
    network = Straight()
    chosen = make_optimiser(network, recipe)
    steps(network, chosen, 3)
    checkpoint.save(tmp_path / "c", network, chosen, checkpoint.Progress(epoch=3, loss=1.5))
    steps(network, chosen, 2)

    other = Straight()
    again = make_optimiser(other, recipe)
    progress = checkpoint.restore(tmp_path / "c", other, again)
    assert progress == checkpoint.Progress(epoch=3, loss=1.5)
    steps(other, again, 2)
    assert torch.equal(network.linear.weight, other.linear.weight)


# A network's own loss


class Held(Straight):
    """Adds the square of its first weight, times 1, 2, 3, … over the clips of a batch, to the loss."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict]:
        return super().forward(x)[0], {"auxiliary": torch.arange(1.0, len(x) + 1) * self.linear.weight[0, 0] ** 2}


def test_a_networks_own_loss_is_averaged_and_added() -> None:
    torch.manual_seed(0)
    network, x, label = Held(), torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
    nn.init.constant_(network.linear.weight[0, :1], 0.5)
    entropy = nn.functional.cross_entropy(network(x)[0], label)
    loss, _ = classify(network, x, label, Recipe())
    assert (loss - entropy).item() == pytest.approx(2.5 * 0.5**2, rel=1e-4)
    slopes = [torch.autograd.grad(value, network.linear.weight)[0] for value in (loss, entropy)]
    pull = (slopes[0] - slopes[1]).flatten()
    assert pull[0].item() == pytest.approx(2.5 * 2 * 0.5, rel=1e-4)
    assert pull[1:].abs().max() < 1e-6


# Whole trainings on clips in memory

NORM = ([100.0] * 3, [60.0] * 3)


def trained(
    folder: Path, recipe: Recipe, validation: Validation | None = None, **network: Any
) -> tuple[Toy, list[dict[str, float]]]:
    """A toy trained from seed 0, and its lines of metrics."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    made = Toy(3, 3, **network)
    fit(
        made,
        InMemory(),
        recipe,
        NORM,
        seed=0,
        folder=folder,
        device=torch.device("cpu"),
        workers=0,
        validation=validation,
    )
    return made, [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_networks_own_loss_is_logged(tmp_path: Path) -> None:
    still = Recipe(epochs=1, batch=4, lr=0.0)
    losses = [trained(tmp_path / str(own), still, auxiliary=own)[1][0]["loss"] for own in (0.0, 2.0)]
    assert losses[1] - losses[0] == pytest.approx(2.0, abs=1e-5)


def test_the_rate_that_is_logged_is_the_one_used(tmp_path: Path) -> None:
    _, lines = trained(tmp_path / "a", Recipe(epochs=4, batch=12, lr=0.1, warmup=2, schedule="constant"))
    assert [line["lr"] for line in lines] == pytest.approx([0.05, 0.1, 0.1, 0.1])


def test_without_validation_the_log_is_as_it_was(tmp_path: Path) -> None:
    _, lines = trained(tmp_path / "a", Recipe(epochs=2, batch=4))
    assert [set(line) for line in lines] == [{"epoch", "loss", "accuracy", "lr", "seconds"}] * 2


def test_the_largest_gradient_of_each_epoch_before_the_cut_is_logged(tmp_path: Path) -> None:
    """With a rate of nought the weights stay, so that each batch's gradient can be worked out
    beside.
    """
    recipe = Recipe(epochs=3, batch=4, lr=0.0, clip=0.01)
    network, lines = trained(tmp_path / "a", recipe, validation=lambda: {"test_loss": 1.5}, dropout=0.0)
    clips, expected = InMemory(), []
    for epoch in range(3):
        norms = []
        for frames, label in clips.load(clips.epoch(0, epoch, 4), workers=0):
            network.zero_grad()
            nn.functional.cross_entropy(network(normalise(frames, NORM))[0], label).backward()
            norms.append(math.sqrt(sum(float(p.grad.square().sum()) for p in network.parameters())))
        expected.append(norms)
    assert any(norms[-1] < 0.95 * max(norms) for norms in expected) and min(map(max, expected)) > 0.1
    assert [set(line) for line in lines] == [
        {"epoch", "loss", "accuracy", "lr", "seconds", "gradient", "test_loss"}
    ] * 3
    assert [line["gradient"] for line in lines] == pytest.approx([max(norms) for norms in expected], rel=1e-3)


def test_a_step_tells_the_norm_before_the_cut() -> None:
    torch.manual_seed(0)
    network, x, label = Straight(), 1e3 * torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
    slopes = torch.autograd.grad(nn.functional.cross_entropy(network(x)[0], label), list(network.parameters()))
    norm = math.sqrt(sum(float(slope.square().sum()) for slope in slopes))
    for clip in (0.0, 1.0):
        recipe = Recipe(clip=clip, lr=0.0)
        _, _, said = train_step(network, make_optimiser(network, recipe), x, label, recipe, lr=0.0)
        assert said == pytest.approx(norm, rel=1e-5) and norm > 100


def test_a_gradient_that_is_no_number_stays_the_largest_of_its_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    norms = iter([1.0, math.nan, 2.0])
    monkeypatch.setattr("repro.train.fit.train_step", lambda *_: (0.5, 1, next(norms)))
    fit(
        Toy(3, 3),
        InMemory(),
        Recipe(epochs=1, batch=4),
        NORM,
        seed=0,
        folder=tmp_path,
        device=torch.device("cpu"),
        workers=0,
        validation=dict,
    )
    (line,) = map(json.loads, (tmp_path / "metrics.jsonl").read_text().splitlines())
    assert math.isnan(line["gradient"])


def test_weights_that_are_frozen_have_no_gradient_to_measure() -> None:
    network, x, label = Straight(), torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
    network.linear.bias.requires_grad_(False)
    recipe = Recipe(clip=1.0)
    _, _, said = train_step(network, make_optimiser(network, recipe), x, label, recipe, lr=0.1)
    assert 0 < said < math.inf


def test_what_is_measured_after_an_epoch_leaves_training_as_it_is(tmp_path: Path) -> None:
    """A network with dropout and batch norm: measured in testing mode, it goes on in training mode,
    bit for bit.
    """
    recipe, asked = Recipe(epochs=3, batch=4, lr=0.05), []
    made, _ = trained(tmp_path / "plain", recipe)

    def look() -> dict[str, float]:
        asked.append(watched.training)
        watched.eval()
        return {}

    torch.manual_seed(0)
    watched = Toy(3, 3)
    (tmp_path / "watched").mkdir()
    places = {"folder": tmp_path / "watched", "device": torch.device("cpu"), "workers": 0}
    fit(watched, InMemory(), recipe, NORM, seed=0, validation=look, **places)
    assert asked == [True] * 3
    assert all(
        torch.equal(a, b) for a, b in zip(made.state_dict().values(), watched.state_dict().values(), strict=True)
    )


def test_a_loss_that_is_no_number_leaves_the_epochs_before_in_the_log(tmp_path: Path) -> None:
    with pytest.raises(Diverged, match=r"loss became \w+ in epoch [23]"):
        trained(tmp_path / "a", Recipe(epochs=3, batch=12, lr=1e30, momentum=0.0, schedule="constant"))
    lines = (tmp_path / "a" / "metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["epoch"] == 1
