"""ARTNet, appearance and relation networks: Wang, Li, Li and Van Gool, 2018 (sections 3.2 and 3.3,
Table 1), as ARTNet-ResNet18.

A SMART block sees a clip in two branches. The appearance branch convolves every frame, 1xkxk. The
relation branch convolves over time too, kxkxk, squares the answers and adds up neighbouring
channels by pairs (square pooling: of two filters in quadrature it is an energy that does not depend
on the pattern). Both are concatenated and brought back to the block's channels by a point
convolution. Every residual unit of a 3-D ResNet-18 begins with such a block in the place of its
first convolution; the stem is one too. Made for 16 frames of 112 x 112.

Not given in the publication is the number of relation filters; we use as many as the block has
channels, half as many after the pairs. A batch norm follows each branch and the point convolution.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import Base, require
from repro.nn.modalities import modalities
from repro.nn.resnet import ResNet, basic_stages, conv_bn, cubic_pair

FULL = 64


class Config(Base):
    """All switches; the defaults are ARTNet-ResNet18."""

    width: int = FULL  # channels of the stem
    blocks: tuple[int, ...] = (2, 2, 2, 2)
    smart: bool = True  # without: the 3-D ResNet-18 that it is compared with there
    dropout: float = 0.2

    def __post_init__(self) -> None:
        self.check(width=2, blocks=1)
        modalities("artnet", self.in_channels, ("rgb", "flow"))
        wanted = "channels of the relation branch are pooled by pairs, width must be even"
        require(self.width % 2 == 0, wanted, self.width)


def build(classes: int, in_channels: int, **arguments: Any) -> ResNet:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on an impossible
    size.
    """
    config = Config(classes, in_channels, **arguments)

    def pair(fan_in: int, fan_out: int, stride: int) -> tuple[nn.Module, nn.Module]:
        plain, further = cubic_pair(fan_in, fan_out, stride)
        return (Smart(fan_in, fan_out, 3, stride) if config.smart else plain), further

    stages = basic_stages(config.width, config.blocks, pair)
    plain = conv_bn(in_channels, config.width, (7, 7, 7), 2, 2)
    stem = Smart(in_channels, config.width, 7, 2) if config.smart else plain
    return ResNet(stem, stages, config.width * 2 ** (len(stages) - 1), classes, config.dropout)


class Smart(nn.Module):
    """Appearance and relation of a clip, concatenated and brought to `out` channels. stride: in
    time and space.
    """

    def __init__(self, fan: int, out: int, side: int, stride: int) -> None:
        super().__init__()
        self.appearance = conv_bn(fan, out, (1, side, side), stride, stride)
        self.relation = conv_bn(fan, out, (side, side, side), stride, stride)
        self.reduction = conv_bn(out + out // 2, out, (1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/stride, H/stride, W/stride), before the ReLU."""
        energy = square_pooled(self.relation(x))  # (B, D/2, T', H', W')
        return self.reduction(torch.cat([F.relu(self.appearance(x)), energy], dim=1))


def square_pooled(x: Tensor) -> Tensor:
    """Half the sum of the squares of two channels each: (B, D, T, H, W) -> (B, D/2, T, H, W)."""
    return x.square().unflatten(1, (-1, 2)).mean(dim=2)
