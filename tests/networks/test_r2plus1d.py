"""r2plus1d: published sizes, behaviour at small sizes, two streams, published weights, and the same
numbers as torchvision.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from repro.networks.r2plus1d import build, middle_channels
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 1, 1, 1)}
TINY = {"width": 8, "blocks": (1, 1), "stem_stride": 1}
EIGHTEEN = {"blocks": (2, 2, 2, 2), "middle": "block"}


def cost(channels: int, shape: tuple[int, int, int], **arguments: object) -> dict:
    with torch.device("meta"):
        return count(build(400, channels, **arguments).eval(), torch.empty(1, channels, *shape))


@pytest.mark.parametrize(("middle", "gmacs"), [("convolution", 152.36), ("block", 150.40)])
def test_cost_of_34_layers(middle: str, gmacs: float) -> None:
    found = cost(3, (32, 112, 112), middle=middle)  # printed: 152, which is M computed for every convolution
    assert round(found["macs"] / 1e9, 2) == gmacs
    sizes = [found["shapes"][name] for name in ("stem", "stage1", "stage2", "stage3", "stage4")]
    assert sizes == [[64, 32, 56, 56], [64, 32, 56, 56], [128, 16, 28, 28], [256, 8, 14, 14], [512, 4, 7, 7]]


def test_cost_of_18_layers() -> None:
    found = cost(3, (16, 112, 112), **EIGHTEEN)
    assert found["parameters"] == 31_505_325  # what torchvision states for r2plus1d_18, and 40.52 GMACs
    assert round(found["macs"] / 1e9, 2) == 40.52


def test_two_streams_cost_two_networks() -> None:
    colour, flow, both = (cost(channels, (32, 112, 112)) for channels in (3, 2, 5))
    assert (
        both["macs"] == colour["macs"] + flow["macs"]
        and both["parameters"] == colour["parameters"] + flow["parameters"]
    )
    assert (
        round(both["macs"] / 1e9, 1) == 304.5
    )  # printed elsewhere: 304 (SlowFast, Table 2); printed by gong2022 beside it: 152


@pytest.mark.parametrize(
    ("fan_in", "fan_out", "channels"), [(64, 64, 144), (64, 128, 230), (128, 128, 288), (512, 512, 1152)]
)
def test_as_many_weights_as_the_convolution_replaced(fan_in: int, fan_out: int, channels: int) -> None:
    assert middle_channels(fan_in, fan_out) == channels
    weights = [m * (9 * fan_in + 3 * fan_out) for m in (channels, channels + 1)]
    assert weights[0] <= 27 * fan_in * fan_out < weights[1]


def test_middle_channels_differ_where_a_block_widens() -> None:
    own, shared = (build(5, 3, width=8, blocks=(1, 1), middle=middle) for middle in ("convolution", "block"))
    assert [n.stages.stage2[0].b.spatial[0].out_channels for n in (own, shared)] == [
        middle_channels(16, 16),
        middle_channels(8, 16),
    ]
    assert (
        own.stages.stage1[0].b.spatial[0].out_channels
        == shared.stages.stage1[0].b.spatial[0].out_channels
        == middle_channels(8, 8)
    )


def test_softmax_of_the_logits_is_the_average_of_the_scores() -> None:
    network = build(5, 5, **SMALL).eval()
    clip = torch.randn(3, 5, 8, 32, 40)
    logits, inside = network(clip)
    assert torch.allclose(logits.softmax(1), (inside["rgb.scores"] + inside["flow.scores"]) / 2, atol=1e-6)
    assert torch.allclose(inside["rgb.scores"], network.rgb(clip[:, :3])[0].softmax(1))
    assert torch.allclose(inside["flow.scores"], network.flow(clip[:, 3:])[0].softmax(1))
    assert torch.equal(inside["flow.stage4"], network.flow(clip[:, 3:])[1]["stage4"])


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, randomise, digest) -> tuple[nn.Module, dict[str, str]]:
    """torchvision's network with statistics of its own, and the arguments that name its file."""
    from torchvision.models.video import r2plus1d_18

    peer = r2plus1d_18().eval()
    randomise(peer)
    (tmp_path / "weights").mkdir()
    file = tmp_path / "weights" / "r2plus1d_18.pth"
    torch.save(peer.state_dict(), file)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    return peer, {"weights": file.name, "weights_digest": digest(file)}


def test_equal_to_torchvision(published: tuple[nn.Module, dict[str, str]]) -> None:
    peer, named = published
    ours = build(400, 3, **EIGHTEEN, **named).eval()
    clip = torch.randn(1, 3, 8, 48, 56)
    with torch.no_grad():
        theirs, mine = peer(clip), ours(clip)[0]
    assert theirs.abs().max() > 0.1
    assert torch.allclose(mine, theirs, atol=1e-4, rtol=0)
    other = build(7, 3, **EIGHTEEN, **named)  # another number of classes keeps its own classifier
    assert torch.equal(other.stem.temporal[0].weight, peer.stem[3].weight) and other.classifier.weight.shape == (7, 512)
