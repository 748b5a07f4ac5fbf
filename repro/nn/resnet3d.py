"""Parts of residual networks in 3-D (He et al. 2016, carried over to video), shared by every
network that has them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

Kernel = tuple[int, int, int]
Modules = dict[str, nn.Module]
Pair = Callable[[int, int, int], tuple[nn.Module, nn.Module]]  # (fan in, fan out, stride) -> two convolutions


def conv_bn(fan_in: int, fan_out: int, kernel: Kernel, stride: int = 1, time_stride: int = 1) -> nn.Sequential:
    """Convolution with `same` padding, stride in space and in time, no bias, then batch norm."""
    t, h, w = kernel
    strides, padding = (time_stride, stride, stride), (t // 2, h // 2, w // 2)
    return nn.Sequential(nn.Conv3d(fan_in, fan_out, kernel, strides, padding, bias=False), nn.BatchNorm3d(fan_out))


def shortcut(fan_in: int, fan_out: int, stride: int, time_stride: int) -> nn.Module:
    """The way around a residual branch: a 1x1x1 convolution where the branch changes the shape."""
    changes = fan_in != fan_out or stride != 1
    return conv_bn(fan_in, fan_out, (1, 1, 1), stride, time_stride) if changes else nn.Identity()


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
        self.a = conv_bn(fan_in, inner, (temporal, 1, 1))
        self.b = conv_bn(inner, inner, (1, 3, 3), stride)
        self.c = conv_bn(inner, 4 * inner, (1, 1, 1))
        self.shortcut = shortcut(fan_in, 4 * inner, stride, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, 4 inner, T, H/stride, W/stride)."""
        y = F.relu(self.a(x))  # (B, inner, T, H, W)
        y = F.relu(self.b(y))  # (B, inner, T, H/stride, W/stride)
        return F.relu(self.c(y) + self.shortcut(x))  # (B, 4 inner, T, H/stride, W/stride)


def cubic_pair(fan_in: int, fan_out: int, stride: int) -> tuple[nn.Module, nn.Module]:
    """Two 3x3x3 convolutions with batch norm; the stride of the first one halves time as well as
    space.
    """
    return conv_bn(fan_in, fan_out, (3, 3, 3), stride, stride), conv_bn(fan_out, fan_out, (3, 3, 3))


class BasicBlock(nn.Module):
    """Residual unit of the two convolutions that `pair` makes, 3x3x3 unless given."""

    def __init__(self, fan_in: int, fan_out: int, stride: int, pair: Pair = cubic_pair) -> None:
        super().__init__()
        self.a, self.b = pair(fan_in, fan_out, stride)
        self.shortcut = shortcut(fan_in, fan_out, stride, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/stride, H/stride, W/stride)."""
        y = F.relu(self.a(x))  # (B, D, T/stride, H/stride, W/stride)
        return F.relu(self.b(y) + self.shortcut(x))  # (B, D, T/stride, H/stride, W/stride)


def stage(fan_in: int, inner: int, units: int, temporal: int, stride: int) -> nn.Sequential:
    """Bottlenecks in a row; the first one takes the spatial stride."""
    further = [Bottleneck(4 * inner, inner, temporal, 1) for _ in range(units - 1)]
    return nn.Sequential(Bottleneck(fan_in, inner, temporal, stride), *further)


def basic_stages(width: int, blocks: tuple[int, ...], pair: Pair = cubic_pair) -> dict[str, nn.Module]:
    """`stage1`, ...: basic blocks in a row. From the second stage on the first block halves time
    and space and doubles the channels.
    """
    stages: dict[str, nn.Module] = {}
    for i, units in enumerate(blocks):
        fan, stride = width * 2**i, 2 if i else 1
        further = (BasicBlock(fan, fan, 1, pair) for _ in range(units - 1))
        stages[f"stage{i + 1}"] = nn.Sequential(BasicBlock(fan // stride, fan, stride, pair), *further)
    return stages


class ResNet(nn.Module):
    """Stem, stages, global average, dropout, classifier.

    fan: channels of the last stage. pools: what follows the stem or a stage, by its name.
    """

    def __init__(
        self, stem: nn.Module, stages: Modules, fan: int, classes: int, dropout: float, pools: Modules | None = None
    ) -> None:
        super().__init__()
        self.stem, self.stages = stem, nn.ModuleDict(stages)
        pools = pools or {}
        self.pools = nn.ModuleDict({name: pools.get(name, nn.Identity()) for name in ("stem", *stages)})
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(fan, classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `stem`, `stage1`, ..., (B, D, T, H,
        W), each before its pooling.
        """
        inside = {"stem": F.relu(self.stem(clip))}
        x = self.pools["stem"](inside["stem"])
        for name, part in self.stages.items():
            inside[name] = part(x)
            x = self.pools[name](inside[name])
        return self.classifier(self.dropout(x.mean(dim=(2, 3, 4)))), inside
