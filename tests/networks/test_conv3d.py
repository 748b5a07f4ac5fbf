import torch

from repro.networks.conv3d import build


def test_parameters_by_hand():
    """27 taps a pair of channels, two numbers a batch-normed channel, then the head."""
    expected = 27 * (2 * 4 + 4 * 8) + 2 * (4 + 8) + (8 * 6 + 6)
    assert sum(p.numel() for p in build(6, 2, width=4, depth=2).parameters()) == expected


def test_time_order_matters():
    torch.manual_seed(0)
    network, clip = build(3, 2, width=4).eval(), torch.randn(1, 2, 6, 16, 16)
    assert not torch.allclose(network(clip)[0], network(clip.flip(2))[0], atol=1e-5)
