"""s3d: gates, and the same numbers as torchvision."""

from collections.abc import Callable

import pytest
import torch
from full_size import full_size
from torch import nn
from torchvision.models.video import s3d as torchvision_s3d

from repro.networks.s3d import Gate, build

OVER_TIME = (128, 192, 208, 224, 256, 288, 320, 320, 384)
GATED = [64, 192, *OVER_TIME, *(32, 96, 48, 64, 64, 64, 128, 128, 128)]  # channels over time


def test_cost_of_gates() -> None:
    plain = full_size("s3d", 400, (3, 64, 224, 224))
    gated = full_size("s3d", 400, (3, 64, 224, 224), gating=True)
    weights = sum(channels**2 for channels in GATED)
    assert gated["parameters"] - plain["parameters"] == weights + sum(GATED)  # 0.77 M
    assert gated["macs"] - plain["macs"] == weights


@pytest.mark.parametrize("size", [(16, 64, 64), (21, 45, 70)])  # odd, so that every rounding shows
def test_equal_to_torchvision(size: tuple, saved: Callable, randomise: Callable, agree: Callable) -> None:
    peer = randomise(torchvision_s3d())
    ours, clip = build(400, 3, **saved(peer.state_dict())).eval(), torch.randn(2, 3, *size)
    with torch.no_grad():
        theirs, (mine, inside) = peer.features(clip), ours(clip)
        # theirs is 2x7x7, for frames of 224 pixels
        peer.avgpool = nn.AvgPool3d((min(2, theirs.shape[2]), *theirs.shape[3:]), stride=1)
        answer = peer(clip)
    agree(inside["inception5b"], theirs, 1e-5 * theirs.abs().max().item())
    agree(mine, answer, 1e-5 * answer.abs().max().item())


def test_a_gate_by_hand() -> None:
    gate = Gate(2)
    with torch.no_grad():
        gate.linear.weight.copy_(torch.tensor([[1.0, 2.0], [0.0, -1.0]]))
        gate.linear.bias.copy_(torch.tensor([0.5, 0.0]))
    x = torch.tensor([[1.0, 3.0], [0.0, 4.0]]).view(1, 2, 2, 1, 1)  # means 2 and 2
    wanted = x * torch.tensor([6.5, -2.0]).sigmoid().view(1, 2, 1, 1, 1)
    assert torch.allclose(gate(x), wanted)
