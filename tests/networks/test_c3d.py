"""c3d: published sizes, poolings that round up, the published file's names, and a start from
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from repro.networks.c3d import BYTES, LAYERS, Config, build, from_sports1m
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
    """fc6 is built for ceil(T/16) x ceil(H/32) x ceil(W/32) places, and the poolings give as many."""
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


def test_every_parameter_gets_a_gradient_and_every_frame_counts() -> None:
    network = build(5, 3, **SMALL)
    clip = torch.randn(4, 3, 4, 32, 40, requires_grad=True)
    logits, _ = network(clip)
    logits.square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


@pytest.mark.parametrize("switch", [{"width": 4}, {"norm": "bn"}, {"dropout": 0.0}], ids=str)
def test_every_switch_does_something(switch: dict) -> None:
    def output(**arguments: object) -> torch.Tensor:
        torch.manual_seed(0)
        return build(5, 2, **{**PLAIN, **arguments})(torch.linspace(-1, 1, 2 * 4 * 32 * 32).view(1, 2, 4, 32, 32))[0]

    assert not torch.allclose(output(**switch), output(), atol=1e-6)


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


def test_another_number_of_classes_keeps_its_own_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: Callable
) -> None:
    (tmp_path / "weights").mkdir()
    torch.save(state := made_up_file(), file := tmp_path / "weights" / "c3d.pickle")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    network = build(5, 3, **PLAIN, weights="c3d.pickle", weights_digest=digest(file))
    assert torch.equal(network.full6.weight, state["fc6.weight"]) and network.classifier.out_features == 5
    with pytest.raises(ValueError, match=r"convs.0.weight has shape \(2, 3, 3, 3, 3\), wanted \(2, 4, 3, 3, 3\)"):
        build(5, 4, **PLAIN, weights="c3d.pickle", weights_digest=digest(file))


def test_a_narrow_network_starts_from_nothing() -> None:
    torch.manual_seed(0)
    label = torch.arange(24) % 3
    clips = torch.randn(3, 3, 4, 32, 40)[label] * 0.5 + torch.randn(
        24, 3, 4, 32, 40
    )  # each class has a pattern, under noise
    network = build(3, 3, **SMALL)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    for _ in range(30):
        loss = F.cross_entropy(network(clips)[0], label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-3:]) / 3 < 2 / 3 * losses[0]


def test_errors_say_what_was_wanted() -> None:
    for channels in (1, 5, 23):
        with pytest.raises(
            ValueError, match=f"3 channels .colour. or an even number .flow.; got in_channels {channels}"
        ):
            build(5, channels)
    with pytest.raises(ValueError, match=r"built for clips of \(4, 32, 40\) \(T, H, W\); got \(8, 32, 40\)"):
        build(5, 3, **SMALL)(torch.randn(1, 3, 8, 32, 40))
    with pytest.raises(ValueError, match="norm is one of none, bn; got 'lrn'"):
        build(5, 3, norm="lrn")
    with pytest.raises(ValueError, match="1 channel or more; got 0"):
        build(5, 3, width=0)
    with pytest.raises(ValueError, match=r"\(frames, height, width\).*got \(112, 112\)"):
        build(5, 3, size=(112, 112))
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_papers() -> None:
    assert Config(101) == Config(101, 3, 64, (16, 112, 112), "none", 0.5)
    assert [m.p for m in build(5, 3, **PLAIN).modules() if isinstance(m, nn.Dropout)] == [0.5]
