"""r2plus1d: published sizes, behaviour at small sizes, two streams, published weights, and the same
numbers as torchvision.
"""

import pytest
import torch

from repro.networks.r2plus1d import build, middle_channels
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 1, 1, 1)}
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
    assert all(both[what] == colour[what] + flow[what] for what in ("macs", "parameters"))
    # printed elsewhere: 304 (SlowFast, Table 2); printed by gong2022 beside it: 152
    assert round(both["macs"] / 1e9, 1) == 304.5


@pytest.mark.parametrize(
    ("fan_in", "fan_out", "channels"), [(64, 64, 144), (64, 128, 230), (128, 128, 288), (512, 512, 1152)]
)
def test_as_many_weights_as_the_convolution_replaced(fan_in: int, fan_out: int, channels: int) -> None:
    assert middle_channels(fan_in, fan_out) == channels
    weights = [m * (9 * fan_in + 3 * fan_out) for m in (channels, channels + 1)]
    assert weights[0] <= 27 * fan_in * fan_out < weights[1]


def test_middle_channels_differ_where_a_block_widens() -> None:
    own, shared = (build(5, 3, width=8, blocks=(1, 1), middle=middle) for middle in ("convolution", "block"))
    wide = [n.stages.stage2[0].b.spatial[0].out_channels for n in (own, shared)]
    assert wide == [middle_channels(16, 16), middle_channels(8, 16)]
    same = [n.stages.stage1[0].b.spatial[0].out_channels for n in (own, shared)]
    assert same == [middle_channels(8, 8)] * 2


def test_softmax_of_the_logits_is_the_average_of_the_scores() -> None:
    network = build(5, 5, **SMALL).eval()
    clip = torch.randn(3, 5, 8, 32, 40)
    logits, inside = network(clip)
    assert torch.allclose(logits.softmax(1), (inside["rgb.scores"] + inside["flow.scores"]) / 2, atol=1e-6)
    assert torch.allclose(inside["rgb.scores"], network.rgb(clip[:, :3])[0].softmax(1))
    assert torch.allclose(inside["flow.scores"], network.flow(clip[:, 3:])[0].softmax(1))
    assert torch.equal(inside["flow.stage4"], network.flow(clip[:, 3:])[1]["stage4"])


def test_equal_to_torchvision(saved, randomise, agree) -> None:
    from torchvision.models.video import r2plus1d_18

    peer, clip = randomise(r2plus1d_18()), torch.randn(1, 3, 8, 48, 56)
    with torch.no_grad():
        agree(build(400, 3, **EIGHTEEN, **saved(peer.state_dict())).eval()(clip)[0], peer(clip))
