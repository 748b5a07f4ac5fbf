"""Parts of residual networks in 3-D (He et al. 2016, carried over to video), shared by every
network that has them.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


def conv_bn(
    fan_in: int, fan_out: int, kernel: tuple[int, int, int], stride: int = 1, time_stride: int = 1
) -> nn.Sequential:
    """Convolution with `same` padding, stride in space and in time, no bias, then batch norm."""
    padding = tuple(k // 2 for k in kernel)
    strides = (time_stride, stride, stride)
    return nn.Sequential(nn.Conv3d(fan_in, fan_out, kernel, strides, padding, bias=False), nn.BatchNorm3d(fan_out))


class Stem(nn.Module):
    """kx7x7 convolution and 1x3x3 max-pooling, both with spatial stride 2."""

    def __init__(self, fan_in: int, fan_out: int, temporal: int) -> None:
        super().__init__()
        self.conv = conv_bn(fan_in, fan_out, (temporal, 7, 7), 2)
        self.pool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T, H, W) -> the convolution's map (B, D, T, H/2, W/2) and the pooled one (B, D, T,
        H/4, W/4).
        """
        y = F.relu(self.conv(x))
        return y, self.pool(y)


class Bottleneck(nn.Module):
    """Residual unit kx1x1 -> 1x3x3 (spatial stride) -> 1x1x1, ReLU after the sum."""

    def __init__(self, fan_in: int, inner: int, temporal: int, stride: int) -> None:
        super().__init__()
        fan_out = 4 * inner
        self.a = conv_bn(fan_in, inner, (temporal, 1, 1))
        self.b = conv_bn(inner, inner, (1, 3, 3), stride)
        self.c = conv_bn(inner, fan_out, (1, 1, 1))
        self.shortcut = (
            conv_bn(fan_in, fan_out, (1, 1, 1), stride) if fan_in != fan_out or stride != 1 else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, 4 inner, T, H/stride, W/stride)."""
        y = F.relu(self.a(x))  # (B, inner, T, H, W)
        y = F.relu(self.b(y))  # (B, inner, T, H/stride, W/stride)
        return F.relu(self.c(y) + self.shortcut(x))  # (B, 4 inner, T, H/stride, W/stride)


class BasicBlock(nn.Module):
    """Residual unit of two 3x3x3 convolutions; the stride of the first one halves time as well as
    space.
    """

    def __init__(self, fan_in: int, fan_out: int, stride: int) -> None:
        super().__init__()
        self.a = conv_bn(fan_in, fan_out, (3, 3, 3), stride, stride)
        self.b = conv_bn(fan_out, fan_out, (3, 3, 3))
        self.shortcut = (
            conv_bn(fan_in, fan_out, (1, 1, 1), stride, stride) if fan_in != fan_out or stride != 1 else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/stride, H/stride, W/stride)."""
        y = F.relu(self.a(x))  # (B, D, T/stride, H/stride, W/stride)
        return F.relu(self.b(y) + self.shortcut(x))  # (B, D, T/stride, H/stride, W/stride)


def stage(fan_in: int, inner: int, units: int, temporal: int, stride: int) -> nn.Sequential:
    """Bottlenecks in a row; the first one takes the spatial stride."""
    rest = [Bottleneck(4 * inner, inner, temporal, 1) for _ in range(units - 1)]
    return nn.Sequential(Bottleneck(fan_in, inner, temporal, stride), *rest)


def basic_stage(fan_in: int, fan_out: int, units: int, stride: int) -> nn.Sequential:
    """Basic blocks in a row; the first one takes the stride."""
    return nn.Sequential(
        BasicBlock(fan_in, fan_out, stride), *(BasicBlock(fan_out, fan_out, 1) for _ in range(units - 1))
    )
