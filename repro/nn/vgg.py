"""The convolutions of VGG-16 as a backbone, up to conv5_3 with its ReLU: Simonyan and Zisserman
2015, configuration D (Table 1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Norm = Literal["none", "bn"]
FULL = 64  # channels of the first convolution at published size; every width is scaled by the same factor
GROUPS = (
    (1, 1),
    (2, 2),
    (4, 4, 4),
    (8, 8, 8),
    (8, 8, 8),
)  # channels of each convolution, in widths; 2x2 max-pooling between two groups
LEAST = 2 ** (len(GROUPS) - 1)  # pixels that become one place of the last map
FULLY_CONNECTED = {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}


class Backbone(nn.Module):
    """Thirteen 3x3 convolutions with ReLU and four poolings; the fifth pooling is left to whoever
    wants it.

    norm: `none` as published, or `bn`, batch norm after every convolution, because without it a
    narrow network that starts from nothing does not start within a short budget. Weights begin as
    in He et al. 2015 (eq. 10), biases at zero: a map is as large after the last convolution as
    after the first. The publication copies its outer layers from a shallower network trained
    before.
    """

    def __init__(self, in_channels: int, width: int = FULL, norm: Norm = "none") -> None:
        super().__init__()
        if norm not in get_args(Norm):
            raise ValueError(f"norm is one of {', '.join(get_args(Norm))}; got {norm!r}")
        if width < 1:
            raise ValueError(f"width must be 1 channel or more; got {width}")
        channels = [width * factor for group in GROUPS for factor in group]
        fans = zip([in_channels, *channels], channels, strict=False)
        self.convs = nn.ModuleList(nn.Conv2d(fan, out, 3, padding=1, bias=norm == "none") for fan, out in fans)
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) if norm == "bn" else nn.Identity() for out in channels)
        self.pool = nn.MaxPool2d(2)
        self.fan_out = channels[-1]
        for conv in self.convs:
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            if conv.bias is not None:
                nn.init.zeros_(conv.bias)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, C, H, W) -> the last map (N, 8 width, H/16, W/16) and the map of each of the 13
        convolutions, after ReLU.

        Raises ValueError when the frame is too small.
        """
        if min(x.shape[-2:]) < LEAST:
            raise ValueError(
                f"VGG-16 halves its maps four times: it needs frames of {LEAST} pixels or more; got {x.shape[-2]} x {x.shape[-1]}"
            )
        x = x.contiguous(
            memory_format=torch.channels_last
        )  # a third less time on a CPU: measured at width 8, frames of 32 x 40
        maps: list[Tensor] = []
        for i, group in enumerate(GROUPS):
            x = self.pool(x) if i else x  # (N, D, H/2, W/2)
            for _ in group:
                conv, norm = self.convs[len(maps)], self.norms[len(maps)]
                x = F.relu(norm(conv(x)), inplace=True)  # (N, D, H, W); neither layer needs what it gave again
                maps.append(x)
        return x, maps


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's vgg16 or vgg16_bn as those of a `Backbone`, with `fc6`, `fc7` and
    `fc8`; unknown names stay as they are.

    A bias before batch norm, which torchvision's convolutions have and ours have not, is taken off
    the running mean: the output stays the same.
    """
    layers = sorted({int(m[1]) for name in state if (m := re.fullmatch(r"features\.(\d+)\.weight", name))})
    convs = [layer for layer in layers if state[f"features.{layer}.weight"].ndim == 4]
    ours = {f"features.{layer}": f"convs.{i}" for i, layer in enumerate(convs)}
    ours |= {
        f"features.{layer + 1}": f"norms.{i}" for i, layer in enumerate(convs) if layer + 1 in layers
    } | FULLY_CONNECTED
    given: dict[str, Tensor] = {}
    for name, value in state.items():
        layer, _, part = name.rpartition(".")
        given[f"{ours.get(layer, layer)}.{part}".removeprefix(".")] = value
    for i in range(len(convs)):
        if f"norms.{i}.running_mean" in given:
            given[f"norms.{i}.running_mean"] = given[f"norms.{i}.running_mean"] - given.pop(f"convs.{i}.bias")
    return given
