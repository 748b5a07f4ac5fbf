from __future__ import annotations

import pytest
import torch

from repro.networks.conv3d import build


@pytest.mark.parametrize(("channels", "shape"), [(2, (4, 20, 24)), (3, (1, 17, 17))])
def test_shapes_and_gradients(channels, shape):
    network = build(5, channels, width=4)
    logits, inside = network(torch.randn(2, channels, *shape))
    assert logits.shape == (2, 5) and inside["features"].shape == (2, 16)
    assert inside["block3"].shape == (2, 16, shape[0], -(-shape[1] // 8), -(-shape[2] // 8))
    logits.sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_parameters_by_hand():
    """27 taps a pair of channels, two numbers a batch-normed channel, then the head."""
    expected = 27 * (2 * 4 + 4 * 8) + 2 * (4 + 8) + (8 * 6 + 6)
    assert sum(p.numel() for p in build(6, 2, width=4, depth=2).parameters()) == expected


def test_time_order_matters():
    torch.manual_seed(0)
    network, clip = build(3, 2, width=4).eval(), torch.randn(1, 2, 6, 16, 16)
    assert not torch.allclose(network(clip)[0], network(clip.flip(2))[0], atol=1e-5)


def test_dropout_does_something_in_training_only():
    network, clip = build(3, 2, width=4, dropout=0.5), torch.randn(1, 2, 4, 16, 16)
    network.eval()
    assert torch.equal(network(clip)[0], network(clip)[0])
    network.dropout.train()
    torch.manual_seed(0)
    assert not torch.equal(network(clip)[0], network(clip)[0])


def test_refuses_nothing_to_build():
    with pytest.raises(ValueError, match="1 or more"):
        build(0, 3)
