"""r2plus1d: channels between two convolutions, two streams, the same numbers as torchvision."""

import pytest
import torch
from full_size import full_size

from repro.networks.r2plus1d import build, middle_channels

SMALL = {"width": 8, "blocks": (1, 1, 1, 1)}
EIGHTEEN = {"blocks": (2, 2, 2, 2), "middle": "block"}


def test_two_streams_cost_two_networks() -> None:
    colour, flow, both = (full_size("r2plus1d", 400, (channels, 32, 112, 112)) for channels in (3, 2, 5))
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


def test_equal_to_torchvision(saved, randomise, agree) -> None:
    from torchvision.models.video import r2plus1d_18

    peer, clip = randomise(r2plus1d_18()), torch.randn(1, 3, 8, 48, 56)
    with torch.no_grad():
        agree(build(400, 3, **EIGHTEEN, **saved(peer.state_dict())).eval()(clip)[0], peer(clip))
