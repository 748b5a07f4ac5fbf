"""s3d: published sizes, torchvision's numbers, gates, two streams."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.video import s3d as torchvision_s3d

from repro.networks.s3d import Config, Gate, build, from_torchvision
from repro.tasks.cost import count

SMALL = {"width": 4, "halvings": 3, "blocks": (1, 1, 1)}
GATED = [
    64,
    192,
    *(128, 192, 208, 224, 256, 288, 320, 320, 384),
    *(32, 96, 48, 64, 64, 64, 128, 128, 128),
]  # channels over time


@cache
def full_size(channels: int, **arguments: object) -> dict:
    with torch.device("meta"):
        return count(build(400, channels, **arguments).eval(), torch.empty(1, channels, 64, 224, 224))


def test_published_sizes() -> None:
    cost = full_size(3)
    assert cost["parameters"] == 8_320_048  # what torchvision states
    assert (
        round(cost["macs"] / 1e9, 1) == 71.9
    )  # the comparison prints 66.4; torchvision's own network gives 71.9 by this counter too
    shapes = [cost["shapes"][name] for name in ("conv1", "conv3", "inception3b", "inception4e", "inception5b")]
    assert shapes == [[64, 32, 112, 112], [192, 32, 56, 56], [480, 32, 28, 28], [832, 16, 14, 14], [1024, 8, 7, 7]]


def test_cost_of_gates_and_of_flow() -> None:
    plain, gated, both = full_size(3), full_size(3, gating=True), full_size(5, gating=True)
    weights = sum(channels**2 for channels in GATED)
    assert gated["parameters"] - plain["parameters"] == weights + sum(GATED)  # 0.77 M
    assert gated["macs"] - plain["macs"] == weights
    flow = full_size(2, gating=True)
    assert (
        both["macs"] == gated["macs"] + flow["macs"] and both["parameters"] == gated["parameters"] + flow["parameters"]
    )


@pytest.mark.parametrize(
    ("frames", "height", "width"), [(16, 64, 64), (21, 45, 70)]
)  # odd, so that every rounding shows
def test_equal_to_torchvision(
    frames: int,
    height: int,
    width: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    randomise: Callable,
    digest: Callable,
) -> None:
    peer = torchvision_s3d()
    randomise(peer)
    (tmp_path / "weights").mkdir()
    torch.save(peer.state_dict(), file := tmp_path / "weights" / "s3d.pth")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    ours = build(400, 3, weights=file.name, weights_digest=digest(file)).eval()
    clip = torch.randn(2, 3, frames, height, width)
    with torch.no_grad():
        theirs, mine = peer.eval().features(clip), ours(clip)
        places = theirs.shape[3:]
        peer.avgpool = nn.AvgPool3d(
            (min(2, theirs.shape[2]), *places), stride=1
        )  # theirs is 2x7x7, for frames of 224 pixels
        answer = peer(clip)
    assert torch.allclose(mine[1]["inception5b"], theirs, atol=1e-5 * theirs.abs().max().item())
    print(
        f"largest difference {float((answer - mine[0]).abs().max()):.1e} of outputs up to {float(answer.abs().max()):.2g}"
    )
    assert answer.abs().max() > 0.1
    assert torch.allclose(mine[0], answer, atol=1e-5 * answer.abs().max().item())


def test_another_number_of_classes_keeps_its_own_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: Callable
) -> None:
    (tmp_path / "weights").mkdir()
    theirs = torchvision_s3d().state_dict()
    torch.save(theirs, file := tmp_path / "weights" / "s3d.pth")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    stream = build(7, 3, weights=file.name, weights_digest=digest(file)).streams["colour"]
    assert torch.equal(stream.backbone.layers["conv2"].conv.weight, theirs["features.2.0.weight"])
    assert stream.classifier.out_features == 7


def test_unknown_published_names_stay_as_they_are() -> None:
    odd = ["features.1.0.weight", "features.5.branch0.7.weight", "head.weight"]
    assert list(from_torchvision(dict.fromkeys(odd, torch.zeros(1)))) == odd


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


@pytest.mark.parametrize(("channels", "frames", "height", "width"), [(3, 16, 32, 32), (2, 12, 36, 48), (5, 14, 33, 47)])
@pytest.mark.parametrize(("halvings", "last"), [(3, 4), (4, 2)])
def test_small_clips_end_with_a_map(
    channels: int, frames: int, height: int, width: int, halvings: int, last: int
) -> None:
    network = build(5, channels, **SMALL | {"halvings": halvings, "gating": True}).eval()
    logits, inside = network(torch.randn(2, channels, frames, height, width))
    assert logits.shape == (2, 5)
    shape = inside["flow.inception5b" if channels == 5 else "inception5b"].shape
    assert shape[:2] == (2, 64) and shape[2] >= 1 and min(shape[3:]) >= last


@pytest.mark.parametrize("halvings", [3, 4, 5])
def test_the_smallest_clip_goes_through_and_a_smaller_one_does_not(halvings: int) -> None:
    network = build(5, 2, **SMALL | {"halvings": halvings}).eval()
    frames, pixels = network.streams["flow"].backbone.least
    assert network(torch.randn(1, 2, frames, pixels, pixels))[1]["inception5b"].shape == (1, 64, 1, 1, 1)
    sizes = [(frames - 1, 64, 64), *([(8, pixels - 1, 64)] if pixels > 1 else [])]
    for size in sizes:
        with pytest.raises(
            ValueError, match=rf"{frames} frames of {pixels} pixels or more; got {size[0]} of {size[1]} x {size[2]}"
        ):
            network(torch.randn(1, 2, *size))
        network.streams["flow"].backbone.least = 0, 0
        with pytest.raises(RuntimeError, match="Output size is too small"):  # the bound is the poolings' own
            network(torch.randn(1, 2, *size))
        network.streams["flow"].backbone.least = frames, pixels


@pytest.mark.parametrize(("channels", "gating"), [(3, False), (5, True)])
def test_every_parameter_gets_a_gradient_and_every_frame_counts(channels: int, gating: bool) -> None:
    torch.manual_seed(0)
    network = build(5, channels, width=4, halvings=3, gating=gating)
    clip = torch.randn(3, channels, 16, 16, 16, requires_grad=True)
    network(clip)[0].square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


@pytest.mark.parametrize("switch", [{"width": 8}, {"halvings": 4}, {"blocks": (2, 1, 1)}, {"gating": True}], ids=str)
def test_every_switch_does_something(switch: dict) -> None:
    def output(**arguments: object) -> torch.Tensor:
        torch.manual_seed(0)
        return build(5, 2, **SMALL | arguments).eval()(torch.linspace(-1, 1, 8 * 2 * 32 * 40).view(1, 2, 8, 32, 40))[0]

    assert not torch.allclose(output(**switch), output(), atol=1e-6)


@pytest.mark.parametrize(("channels", "gating"), [(3, False), (5, True)])
def test_a_narrow_network_learns_motion_from_nothing(channels: int, gating: bool) -> None:
    """Clips and the same clips backwards: no single frame tells them apart."""
    torch.manual_seed(0)
    forwards = torch.randn(1, channels, 24, 16, 16)
    moving = torch.stack([forwards[0, :, i : i + 8] for i in range(12)])  # (12, C, 8, 16, 16)
    clips, label = torch.cat([moving, moving.flip(2)]), torch.arange(24) // 12
    network = build(2, channels, **SMALL, gating=gating, dropout=0.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
    for _ in range(15):
        loss = F.cross_entropy(network(clips)[0], label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.3


def test_errors_say_what_was_wanted() -> None:
    for wrong in ({"in_channels": 5}, {"in_channels": 3, "gating": True}):
        with pytest.raises(
            ValueError, match=rf"for colour alone, 3 channels, without gates; got in_channels {wrong['in_channels']}"
        ):
            build(5, **wrong, weights="s3d.pth", weights_digest="0" * 8)
    with pytest.raises(ValueError, match="stands without a file"):
        build(5, 2, **SMALL, weights_digest="0" * 8)
    with pytest.raises(ValueError, match=r"colour \(3 channels\), flow \(2\) or both \(5\).*got in_channels 7"):
        build(5, 7)
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_papers() -> None:
    assert Config(400) == Config(400, 3, 64, (2, 5, 2), 5, 0.2, "", "", False)
