"""two_stream_fusion: what is stacked with what, how the filter starts, two towers."""

import math

import pytest
import torch

from repro.networks.two_stream_fusion import Config, Fusion, Tower, build

SMALL = {"width": 4, "size": (32, 40), "norm": "bn", "dropout": 0.5}


def seen_by_the_filter(colour: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    """The stacked map that the filter of a `Fusion` sees."""
    fusion = Fusion(colour.shape[1])
    seen = []
    fusion.conv.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    fusion(colour, flow)
    return seen[0]


def test_the_maps_are_stacked_channel_by_channel() -> None:
    """Counted from one, channel 2d is colour's channel d and channel 2d - 1 is flow's."""
    colour, flow = torch.rand(2, 3, 4, 2, 2), torch.rand(2, 3, 4, 2, 2)
    stacked = seen_by_the_filter(colour, flow)
    for d in (1, 2, 3):
        assert torch.equal(stacked[:, 2 * d - 1], colour[:, d - 1])
        assert torch.equal(stacked[:, 2 * d - 2], flow[:, d - 1])


def test_the_gaussian_start_of_the_published_code() -> None:
    """A constant keeps its size where the filter lies wholly inside; one place away counts
    exp(-1/2) as much as the place itself.
    """
    fusion = Fusion(2)
    colour, flow = torch.full((1, 2, 3, 3, 3), 4.0), torch.full((1, 2, 3, 3, 3), 8.0)
    assert fusion(colour, flow)[0, 0, 1, 1, 1].item() == pytest.approx(0.25 * 4 + 0.75 * 8)
    weight = fusion.conv.weight
    assert (weight[1, 2, 0, 1, 1] / weight[1, 2, 1, 1, 1]).item() == pytest.approx(math.exp(-0.5))
    assert (weight[1, 2, 0, 0, 0] / weight[1, 2, 1, 1, 1]).item() == pytest.approx(math.exp(-1.5))
    assert not weight[1, :2].any() and not weight[0, 2:].any()  # no channel sees another one


def test_a_tower_pools_over_all_frames_and_two_by_two_places() -> None:
    tower = Tower(1, Config(3, 5, width=1, size=(64, 64))).eval()
    seen = []
    tower.full6.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    x = torch.zeros(1, 1, 3, 4, 4)
    x[0, 0, 0, 0, 1], x[0, 0, 2, 1, 0], x[0, 0, 1, 3, 3] = 5.0, 7.0, 2.0
    tower(x)
    assert seen[0].tolist() == [[7.0, 0.0, 0.0, 2.0]]


def test_the_answer_is_the_average_of_both_towers() -> None:
    network = build(5, 7, **SMALL).eval()
    said = []
    for tower in (network.spatiotemporal_tower, network.temporal_tower):
        tower.register_forward_hook(lambda _, __, output: said.append(output))
    logits, inside = network(torch.randn(3, 7, 4, 32, 40))
    assert torch.allclose(logits, (said[0] + said[1]) / 2)
    assert torch.allclose(inside["spatiotemporal.scores"], said[0].softmax(1))
    assert torch.allclose(inside["temporal.scores"], said[1].softmax(1))
