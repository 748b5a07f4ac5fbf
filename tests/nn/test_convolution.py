"""The convolution over time and space is torch's, whichever way it is computed."""

from typing import Any

import pytest
import torch
from torch import nn

from repro.nn.convolution import Conv3d

CASES: list[tuple[int, Any, Any, Any, dict[str, Any]]] = [  # channels, kernel, stride, padding, the rest
    (6, 1, 1, 0, {}),
    (6, 1, (1, 2, 2), 0, {"bias": False}),
    (6, 1, 2, 0, {}),
    (6, 1, 1, 1, {}),  # a border of zeros, which a product of points would lack
    (2, (5, 7, 7), (1, 2, 2), (2, 3, 3), {"bias": False}),
    (3, 3, 2, 1, {}),
    (3, (1, 7, 7), (1, 2, 2), (0, 3, 3), {}),
    (6, (3, 1, 1), (2, 1, 1), (1, 0, 0), {}),
    (6, 3, 1, 1, {"groups": 3}),
    (3, 3, 1, "same", {"dilation": 2}),
    (2, 3, 1, "same", {}),  # left to torch
    (3, 3, 1, 1, {"padding_mode": "replicate"}),
]


@pytest.mark.parametrize(("channels", "kernel", "stride", "padding", "rest"), CASES)
def test_is_torchs_forwards_and_backwards(channels: int, kernel: Any, stride: Any, padding: Any, rest: Any) -> None:
    ours, theirs = (kind(channels, 9, kernel, stride, padding, **rest).double() for kind in (Conv3d, nn.Conv3d))
    theirs.load_state_dict(ours.state_dict())
    clips = [torch.randn(2, channels, 7, 9, 8, dtype=torch.double, requires_grad=True)]
    clips.append(clips[0].detach().clone().requires_grad_())
    maps = [conv(clip) for conv, clip in zip((ours, theirs), clips, strict=True)]
    torch.testing.assert_close(*maps)
    upstream = torch.randn_like(maps[0])
    for y in maps:
        y.backward(upstream)
    torch.testing.assert_close(clips[0].grad, clips[1].grad)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
