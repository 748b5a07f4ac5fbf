"""two_stream: published sizes, which frames each stream sees, where norms stand."""

import torch
from full_size import full_size
from torch import nn

from repro.networks.two_stream import build

SMALL = {"width": 12, "norm": "bn", "stem_stride": 1, "grid": 2}


def layers(channels: int, classes: int) -> int:
    """Weights and biases of one CNN-M-2048 after its first convolution, then that convolution: by
    hand.
    """
    convolutions = (5 * 5 * 96 + 1) * 256 + (9 * 256 + 1) * 512 + 2 * (9 * 512 + 1) * 512
    full = (6 * 6 * 512 + 1) * 4096 + (4096 + 1) * 2048 + (2048 + 1) * classes
    return (7 * 7 * channels + 1) * 96 + convolutions + full


def test_published_sizes() -> None:
    cost = full_size("two_stream", 101, (5, 32, 224, 224))
    assert cost["parameters"] == layers(3, 101) + layers(20, 101) == 181_335_594
    assert cost["shapes"]["temporal.input"] == [20, 1, 224, 224] and cost["shapes"]["spatial.conv5"] == [512, 1, 13, 13]


def test_the_second_norm_is_the_spatial_streams_alone() -> None:
    network = build(5, 5, width=6, grid=2)
    after = [s.backbone.after for s in (network.spatial, network.temporal)]
    norms = [[any(isinstance(m, nn.LocalResponseNorm) for m in part) for part in parts] for parts in after]
    assert norms == [[True, True, False, False, False], [True, False, False, False, False]]


def test_frames_that_each_stream_sees() -> None:
    network = build(5, 5, **SMALL)
    clip = torch.arange(16.0).view(1, 1, 16, 1, 1) + torch.tensor([0, 100, 200, 300, 400]).view(1, 5, 1, 1, 1)
    assert network.image(clip).flatten().tolist() == [8, 108, 208]
    assert network.fields(clip).flatten().tolist() == [c + t for t in range(3, 13) for c in (300, 400)]
    short = network.fields(clip[:, :, :4]).flatten()[::2] - 300  # T = 4 < L: the ends are repeated
    assert short.tolist() == [0, 0, 0, 0, 1, 2, 3, 3, 3, 3]
