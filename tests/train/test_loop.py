"""The schedule, the optimisers and the checkpoint, by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from repro.spec import Recipe
from repro.train import checkpoint
from repro.train.loop import learning_rate, make_optimiser, train_step


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


def test_step_by_hand() -> None:
    torch.manual_seed(0)
    network, x, label = Straight(), torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    loss = nn.functional.cross_entropy(network(x)[0], label)
    gradient = torch.autograd.grad(loss, network.linear.weight)[0]
    recipe = Recipe(lr=9.0, momentum=0.0, weight_decay=0.5)
    said, _, _ = train_step(network, make_optimiser(network, recipe), x, label, recipe, lr=0.1)
    assert said == pytest.approx(loss.item())
    expected = before["linear.weight"] - 0.1 * (gradient + 0.5 * before["linear.weight"])
    assert torch.allclose(network.linear.weight, expected, atol=1e-6)


def test_gradients_are_cut_at_the_norm_asked_for() -> None:
    network, x, label = Straight(), 1e3 * torch.randn(4, 8, 1, 1, 1), torch.tensor([0, 1, 2, 0])
    recipe = Recipe(momentum=0.0, weight_decay=0.0, clip=1.0)
    before = torch.cat([p.detach().flatten().clone() for p in network.parameters()])
    train_step(network, make_optimiser(network, recipe), x, label, recipe, lr=1.0)
    after = torch.cat([p.detach().flatten() for p in network.parameters()])
    assert (after - before).norm().item() == pytest.approx(1.0, rel=1e-3)


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
