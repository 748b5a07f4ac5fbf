"""r2plus1d and res3d: channels between two convolutions, the same numbers as torchvision."""

from collections.abc import Callable

import pytest
import torch
from torchvision.models import video

from repro.networks import r2plus1d, res3d
from repro.networks.r2plus1d import middle_channels


@pytest.mark.parametrize(
    ("fan_in", "fan_out", "channels"), [(64, 64, 144), (64, 128, 230), (128, 128, 288), (512, 512, 1152)]
)
def test_as_many_weights_as_the_convolution_replaced(fan_in: int, fan_out: int, channels: int) -> None:
    assert middle_channels(fan_in, fan_out) == channels
    weights = [m * (9 * fan_in + 3 * fan_out) for m in (channels, channels + 1)]
    assert weights[0] <= 27 * fan_in * fan_out < weights[1]


@pytest.mark.parametrize(
    ("build", "arguments", "peer"),
    [(r2plus1d.build, {"blocks": (2, 2, 2, 2), "middle": "block"}, video.r2plus1d_18), (res3d.build, {}, video.r3d_18)],
)
def test_equal_to_torchvision(build: Callable, arguments: dict, peer: Callable, saved, randomise, agree) -> None:
    theirs, clip = randomise(peer()), torch.randn(1, 3, 8, 48, 56)
    with torch.no_grad():
        agree(build(400, 3, **arguments, **saved(theirs.state_dict())).eval()(clip)[0], theirs(clip))
