"""ackerly2025, eq. (2) and (3): the loss by hand, and what its second term pulls at."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from repro.spec import Recipe
from repro.train.fit import classify
from repro.train.penalty import penalty, weights


class Small(nn.Module):
    """A convolution, batch norm, attention and a classifier, with positions."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)
        self.attention, self.head = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, 3)
        self.positions = nn.Parameter(torch.ones(4, 4))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        steps = self.norm(self.conv(x.squeeze(2))).flatten(2).transpose(1, 2) + self.positions
        latent = self.attention(steps, steps, steps)[0].mean(1)
        return self.head(latent), {"latent": latent}


@pytest.fixture
def network() -> Small:
    torch.manual_seed(0)
    return Small()


def test_eq_2_is_the_mean_of_minus_log_the_true_class(network: Small) -> None:
    x, label = torch.randn(5, 3, 1, 2, 2), torch.tensor([0, 1, 2, 1, 0])
    network.eval()
    loss, right = classify(network, x, label, Recipe())
    probability = network(x)[0].softmax(1)
    assert loss.item() == pytest.approx(-probability[range(5), label].log().mean().item(), rel=1e-6)
    assert right == int((probability.argmax(1) == label).sum())


def test_eq_3_weighs_convolutions_and_linear_maps_and_nothing_else(network: Small) -> None:
    names = {id(p): name for name, p in network.named_parameters()}
    assert {names[id(p)] for p in weights(network)} == {
        "conv.weight", "attention.in_proj_weight", "attention.out_proj.weight", "head.weight",
    }  # fmt: skip


def test_the_gradient_of_eq_3_is_twice_lambda_w(network: Small) -> None:
    (0.3 * penalty("l2_weights", network, {})).backward()
    assert all(torch.allclose(p.grad, 0.6 * p) for p in weights(network))
    assert network.conv.bias.grad is None and network.norm.weight.grad is None and network.positions.grad is None


def test_the_loss_is_the_sum_of_both(network: Small) -> None:
    x, label = torch.randn(2, 3, 1, 2, 2), torch.tensor([0, 1])
    network.eval()
    plain, _ = classify(network, x, label, Recipe())
    decayed, _ = classify(network, x, label, Recipe(penalty="l2_weights", penalty_weight=0.01))
    squares = sum(float((w.detach() ** 2).sum()) for w in weights(network))
    assert decayed.item() - plain.item() == pytest.approx(0.01 * squares, rel=1e-4)
    sparse, _ = classify(network, x, label, Recipe(penalty="l1_latent", penalty_weight=2.0))
    assert sparse.item() - plain.item() == pytest.approx(2 * network(x)[1]["latent"].abs().mean().item(), rel=1e-4)


def test_lambda_and_weight_decay_of_sgd_are_the_same_step_when_decay_is_twice_lambda() -> None:
    """A3: torch's weight decay adds wd W to the gradient, the penalty 2 lambda W."""
    w, decayed = torch.full((2, 2), 3.0, requires_grad=True), torch.full((2, 2), 3.0, requires_grad=True)
    holder = nn.Module()
    holder.weight = nn.Parameter(w.detach().clone())
    (0.05 * penalty("l2_weights", holder, {})).backward()
    torch.optim.SGD([holder.weight], lr=0.1).step()
    decayed.grad = torch.zeros(2, 2)
    torch.optim.SGD([decayed], lr=0.1, weight_decay=0.1).step()
    assert torch.allclose(holder.weight, decayed)
