"""mlp: sizes by hand, what it reads of a frame, what it refuses."""

from __future__ import annotations

import pytest
import torch

from repro.networks.mlp import build
from repro.tasks.cost import count


def test_sizes_by_hand() -> None:
    with torch.device("meta"):
        cost = count(build(10, 3).eval(), torch.empty(1, 3, 1, 224, 224))
    weights = 3072 * 512 + 512 * 512 + 512 * 10
    assert cost["macs"] == weights and cost["parameters"] == weights + 512 + 512 + 10
    assert cost["shapes"] == {"pixels": [3, 1, 32, 32], "latent": [512]}


def test_a_frame_is_averaged_by_areas() -> None:
    network = build(5, 3, hidden=(8,), resolution=4).eval()
    small = torch.randn(2, 3, 1, 4, 4)
    large = small.repeat_interleave(3, 3).repeat_interleave(2, 4)
    logits, inside = network(large + torch.tensor([-1.0, 1.0]).repeat(4))  # what a window's two columns add cancels out
    assert logits.shape == (2, 5) and torch.allclose(inside["pixels"], small, atol=1e-6)
    assert torch.allclose(logits, network(small)[0], atol=1e-5)


def test_a_small_frame_repeats_its_pixels() -> None:
    clip = torch.randn(1, 3, 1, 2, 2)
    pixels = build(5, 3, hidden=(8,), resolution=4)(clip)[1]["pixels"]
    assert torch.equal(pixels, clip.repeat_interleave(2, 3).repeat_interleave(2, 4))


def test_the_classifier_reads_the_latent_vector() -> None:
    network = build(5, 2, hidden=(16, 8), resolution=8).eval()
    logits, inside = network(torch.randn(3, 2, 1, 8, 8))
    assert inside["latent"].shape == (3, 8) and torch.equal(logits, network.classifier(inside["latent"]))


def test_every_parameter_gets_a_gradient() -> None:
    torch.manual_seed(0)
    network = build(5, 3, hidden=(16, 8), resolution=8)
    network(torch.randn(8, 3, 1, 8, 8))[0][:, 0].sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []


def test_dropout_does_something_in_training_only() -> None:
    network, clip = build(5, 3, hidden=(64,), resolution=8), torch.randn(2, 3, 1, 8, 8)
    assert not torch.equal(network(clip)[0], network(clip)[0])
    network.eval()
    assert torch.equal(network(clip)[0], network(clip)[0])


def test_errors_say_what_was_wanted() -> None:
    with pytest.raises(ValueError, match=r"takes one frame; got T = 2. Cut clips with length=1"):
        build(5, 3)(torch.randn(1, 3, 2, 32, 32))
    with pytest.raises(ValueError, match=r"of 1 or more, got 5, 32 and \(\)"):
        build(5, 3, hidden=())
    with pytest.raises(ValueError, match=r"of 1 or more, got 5, 0 and \(512, 512\)"):
        build(5, 3, resolution=0)
