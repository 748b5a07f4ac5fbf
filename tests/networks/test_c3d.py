"""c3d: poolings that round up, the published file's names."""

import pytest
import torch
import torch.nn.functional as F

from repro.networks.c3d import BYTES, LAYERS, build, from_sports1m
from repro.nn.public import renamed

PLAIN = {"width": 2, "size": (4, 32, 32)}


@pytest.mark.parametrize("size", [(1, 16, 16), (3, 33, 20), (8, 32, 40), (16, 36, 48)], ids=str)
def test_clips_of_any_size_that_was_asked_for(size: tuple) -> None:
    """fc6 is built for ceil(T/16) x ceil(H/32) x ceil(W/32) places, and the poolings give as
    many.
    """
    network = build(5, 2, width=2, size=size).eval()
    logits, inside = network(torch.randn(2, 2, *size))
    assert logits.shape == (2, 5) and inside["conv1"].shape == (2, 2, *size)


def test_a_lone_last_place_is_pooled_too() -> None:
    """Of 5 places, 3 are left: the fifth alone makes the last. Poolings that round down would not
    see it.
    """
    network = build(5, 3, width=2, size=(1, 5, 5)).eval()
    pooled = network.pools["conv1"](torch.arange(25.0).view(1, 1, 1, 5, 5))
    assert torch.equal(pooled[0, 0, 0], torch.tensor([[6.0, 8.0, 9.0], [16.0, 18.0, 19.0], [21.0, 23.0, 24.0]]))


def test_the_published_names_are_ours_and_the_first_filters_are_turned() -> None:
    network = build(7, 3, **PLAIN).eval()
    theirs = {ours: name for name, ours in LAYERS.items()}
    rules = [(rf"^{ours}\.", f"{name}.") for ours, name in theirs.items()]
    state = {name: torch.randn_like(p) for name, p in renamed(network.state_dict(), rules).items()}
    network.load_state_dict(from_sports1m(state))
    assert torch.equal(network.convs[3].weight, state["conv3b.weight"])
    assert torch.equal(network.full.full7.bias, state["fc7.bias"])
    colour = torch.randn(1, 3, 4, 32, 32)
    as_published = F.conv3d(BYTES * colour.flip(1), state["conv1.weight"], state["conv1.bias"], padding=1)
    assert torch.allclose(network(colour)[1]["conv1"], F.relu(as_published), rtol=1e-4, atol=1e-3)
