"""soft_attention: where it looks, the penalty."""

import pytest
import torch
from torch import nn

from repro.networks.soft_attention import SoftAttention, build, doubly_stochastic

SMALL = {"width": 8, "hidden": 16, "layers": 2, "halvings": 3, "grid": (4, 5)}


def decided(**arguments: object) -> SoftAttention:
    """A network whose state decides strongly where to look, so that what depends on it shows."""
    torch.manual_seed(0)
    network = build(5, 3, **SMALL | arguments).eval()
    nn.init.normal_(network.places.weight, std=20)
    return network


def test_penalty_by_hand() -> None:
    looked = torch.tensor([[[0.5, 0.5, 0.0], [0.5, 0.25, 0.25]], [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]])
    sums = [(1.0, 0.75, 0.25), (2.0, 0.0, 0.0)]  # over two steps, of three places
    wanted = [sum((1 - s) ** 2 for s in row) for row in sums]
    assert doubly_stochastic(looked).tolist() == wanted == [0.625, 3.0]
    assert doubly_stochastic(torch.full((1, 3, 3), 1 / 3)).item() == pytest.approx(0)


def test_penalty_keeps_its_proportion_to_an_averaged_loss() -> None:
    clip = torch.randn(2, 3, 4, 32, 40)
    inside = decided()(clip)[1]
    assert torch.allclose(inside["auxiliary"], doubly_stochastic(inside["attention"].flatten(2)) / 4)


def test_only_the_place_that_is_looked_at_counts() -> None:
    network = build(5, 3, **SMALL | {"layers": 1}).eval()
    with torch.no_grad():
        network.first_state.weight.zero_()
        network.first_state.bias.fill_(1.0)
        network.places.weight.zero_()
        network.places.weight[7] = 100.0  # the first step looks at place 7 and nowhere else
        features = torch.randn(1, 1, 20, network.backbone.fan_out)
        states, looked = network.read(features)
        assert looked[0, 0, 7] == 1
        cell = network.first_cell(features.mean((1, 2))).tanh()
        wanted, _ = network.lstm(features[:, :, 7], (torch.ones(1, 1, 16).tanh(), cell[None]))
    assert torch.allclose(states, wanted, atol=1e-6)


def test_the_state_before_decides_where_to_look() -> None:
    network = decided()
    features = torch.randn(1, 4, 20, network.backbone.fan_out)
    changed = features.clone()
    changed[:, 1] = features[:, 1].roll(1, dims=1)  # other contents of step 2, the same mean, so the same start
    (_, before), (_, after) = network.read(features), network.read(changed)
    assert torch.allclose(before[:, :2], after[:, :2], atol=1e-4)
    assert not torch.allclose(before[:, 2], after[:, 2], atol=1e-3)
    changed[:, 3] += 1.0  # another mean of all frames, and so another start
    assert not torch.allclose(before[:, 0], network.read(changed)[1][:, 0], atol=1e-3)
