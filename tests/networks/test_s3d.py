"""s3d: published sizes, torchvision's numbers, gates, two streams."""

from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import nn
from torchvision.models.video import s3d as torchvision_s3d

from repro.networks.s3d import Gate, build
from repro.tasks.cost import count

SMALL = {"width": 4, "halvings": 3, "blocks": (1, 1, 1)}
OVER_TIME = (128, 192, 208, 224, 256, 288, 320, 320, 384)
GATED = [64, 192, *OVER_TIME, *(32, 96, 48, 64, 64, 64, 128, 128, 128)]  # channels over time


@cache
def full_size(channels: int, **arguments: object) -> dict:
    with torch.device("meta"):
        return count(build(400, channels, **arguments).eval(), torch.empty(1, channels, 64, 224, 224))


def test_published_sizes() -> None:
    cost = full_size(3)
    assert cost["parameters"] == 8_320_048  # what torchvision states
    # the comparison prints 66.4; torchvision's own network gives 71.9 by this counter too
    assert round(cost["macs"] / 1e9, 1) == 71.9
    shapes = [cost["shapes"][name] for name in ("conv1", "conv3", "inception3b", "inception4e", "inception5b")]
    assert shapes == [[64, 32, 112, 112], [192, 32, 56, 56], [480, 32, 28, 28], [832, 16, 14, 14], [1024, 8, 7, 7]]


def test_cost_of_gates_and_of_flow() -> None:
    plain, gated, both = full_size(3), full_size(3, gating=True), full_size(5, gating=True)
    weights = sum(channels**2 for channels in GATED)
    assert gated["parameters"] - plain["parameters"] == weights + sum(GATED)  # 0.77 M
    assert gated["macs"] - plain["macs"] == weights
    flow = full_size(2, gating=True)
    assert all(both[what] == gated[what] + flow[what] for what in ("macs", "parameters"))


@pytest.mark.parametrize("size", [(16, 64, 64), (21, 45, 70)])  # odd, so that every rounding shows
def test_equal_to_torchvision(
    size: tuple[int, int, int], saved: Callable, randomise: Callable, agree: Callable
) -> None:
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


def test_gates_start_near_a_half_and_follow_every_convolution_over_time() -> None:
    network = build(5, 3, width=8, gating=True)
    gates = [m for m in network.modules() if isinstance(m, Gate)]
    over_time = [m for m in network.modules() if isinstance(m, nn.Conv3d) and m.kernel_size[0] > 1]
    assert len(gates) == len(over_time) == len(GATED)
    assert sorted(g.linear.in_features for g in gates) == sorted(c.out_channels for c in over_time)
    x = torch.rand(2, gates[0].linear.in_features, 2, 3, 3)
    assert torch.allclose(gates[0](x), x / 2, atol=0.05)


def test_no_kernel_is_over_time_and_space() -> None:
    kernels = {m.kernel_size for m in build(5, 3, width=4).modules() if isinstance(m, nn.Conv3d)}
    assert kernels == {(1, 7, 7), (7, 1, 1), (1, 3, 3), (3, 1, 1), (1, 1, 1)}
