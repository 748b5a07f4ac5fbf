"""c3d: published sizes, poolings that round up, the published file's names, and a start from
nothing.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from repro.networks.c3d import BYTES, LAYERS, build, from_sports1m
from repro.tasks.cost import count

SMALL = {"width": 8, "size": (4, 32, 40), "norm": "bn"}
PLAIN = {"width": 2, "size": (4, 32, 32)}


def published() -> dict:
    with torch.device("meta"):
        return count(build(487, 3).eval(), torch.empty(1, 3, 16, 112, 112))


def test_published_sizes() -> None:
    """78.0 M parameters up to fc7 and 2.0 M in the answer for the 487 classes of Sports-1M, 38.5 G
    MACs.
    """
    cost = published()
    answer = (4096 + 1) * 487
    convolutions = [
        27 * a * b + b for a, b in [(3, 64), (64, 128), (128, 256), (256, 256), (256, 512), *[(512, 512)] * 3]
    ]
    assert cost["parameters"] - answer == sum(convolutions) + (8192 + 1) * 4096 + (4096 + 1) * 4096 == 77_995_776
    assert round(cost["macs"] / 1e9, 1) == 38.5


def test_published_maps() -> None:
    shapes = published()["shapes"]
    assert shapes["conv1"] == [64, 16, 112, 112] and shapes["conv2"] == [
        128,
        16,
        56,
        56,
    ]  # the first pooling leaves time alone
    assert (
        shapes["conv3b"] == [256, 8, 28, 28]
        and shapes["conv4b"] == [512, 4, 14, 14]
        and shapes["conv5b"] == [512, 2, 7, 7]
    )


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


def made_up_file() -> dict[str, torch.Tensor]:
    """A file with the published names, for width 2 and clips of 4 x 32 x 32, whose every tensor is
    different.
    """
    ours = build(7, 3, **PLAIN).state_dict()
    theirs = {layer: name for name, layer in LAYERS.items()}
    return {
        f"{theirs[layer]}.{part}": torch.randn_like(ours[f"{layer}.{part}"])
        for layer in theirs
        for part in ("weight", "bias")
    }


def test_the_published_names_are_ours_and_the_first_filters_are_turned() -> None:
    state = made_up_file()
    network = build(7, 3, **PLAIN).eval()
    network.load_state_dict(from_sports1m(state))
    assert torch.equal(network.convs[3].weight, state["conv3b.weight"]) and torch.equal(
        network.full7.bias, state["fc7.bias"]
    )
    colour = torch.randn(1, 3, 4, 32, 32)
    as_published = F.conv3d(BYTES * colour.flip(1), state["conv1.weight"], state["conv1.bias"], padding=1)
    assert torch.allclose(network(colour)[1]["conv1"], F.relu(as_published), rtol=1e-4, atol=1e-3)
    assert list(from_sports1m({"odd": torch.zeros(1)})) == ["odd"]
