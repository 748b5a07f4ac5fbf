"""Spatio-temporal channel correlation networks (STC): Diba, Fayyaz, Sharma, Arzani, Yousefzadeh,
Gall and Van Gool, 2018 (section 3.1, Figures 1 and 2). Not the module STC of gong2022.

Every unit of a 3-D ResNeXt-101 (Hara, Kataoka and Satoh 2018) is followed by a block that weighs
its channels. One branch averages the map over time and space and asks how channels correlate; the
other averages over space alone and asks so at every time. Each squeezes the channels sixteenfold
between two linear layers and ends in a sigmoid; the mean of both gates multiplies the map, before
the way around the unit is added.

Not given in full in the publication is how the temporal branch treats time; here both of its layers
are shared by all times, so that any number of frames can be read.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import Base, require
from repro.nn.modalities import modalities
from repro.nn.resnet import ResNet, conv_bn, shortcut

SQUEEZE = 16


class Config(Base):
    """All switches; the defaults are STC-ResNeXt-101."""

    width: int = 64  # channels of the stem
    blocks: tuple[int, ...] = (3, 4, 23, 3)
    cardinality: int = 32  # groups of the 3x3x3 convolutions
    spatial: bool = True
    temporal: bool = True
    dropout: float = 0.0

    def __post_init__(self) -> None:
        self.check(width=1, blocks=1, cardinality=1)
        modalities("stc_diba", self.in_channels, ("rgb", "flow"))
        even = 2 * self.width % self.cardinality == 0
        require(even, f"cardinality must divide the {2 * self.width} channels of the first stage", self.cardinality)


def build(classes: int, in_channels: int, **arguments: Any) -> ResNet:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on an impossible
    size.
    """
    config = Config(classes, in_channels, **arguments)
    stages, fan = {}, config.width
    for i, units in enumerate(config.blocks):
        inner, made = 2 * config.width * 2**i, []
        for unit in range(units):
            made.append(Unit(fan, inner, 2 if i and not unit else 1, config))
            fan = 2 * inner
        stages[f"stage{i + 1}"] = nn.Sequential(*made)
    stem = conv_bn(in_channels, config.width, (7, 7, 7), 2)
    return ResNet(stem, stages, fan, classes, config.dropout, {"stem": nn.MaxPool3d(3, 2, 1)})


class Unit(nn.Module):
    """1x1x1, 3x3x3 in groups, 1x1x1, the gates, and the way around."""

    def __init__(self, fan: int, inner: int, stride: int, config: Config) -> None:
        super().__init__()
        out = 2 * inner
        self.a = conv_bn(fan, inner, (1, 1, 1))
        grouped = nn.Conv3d(inner, inner, 3, stride, 1, groups=config.cardinality, bias=False)
        self.b = nn.Sequential(grouped, nn.BatchNorm3d(inner))
        self.c = conv_bn(inner, out, (1, 1, 1))
        kept = {"spatial": config.spatial, "temporal": config.temporal}
        self.gates = nn.ModuleDict({name: gate(out) for name, here in kept.items() if here})
        self.shortcut = shortcut(fan, out, 3, stride, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/stride, H/stride, W/stride)."""
        y = self.c(F.relu(self.b(F.relu(self.a(x)))))
        if self.gates:
            y = y * sum(self.weighed(name, y) for name in self.gates) / len(self.gates)
        return F.relu(y + self.shortcut(x))

    def weighed(self, name: str, y: Tensor) -> Tensor:
        """The gate of a branch: (B, D, T, H, W) -> (B, D, 1, 1, 1), or of time (B, D, T, 1, 1)."""
        pooled = y.mean(dim=(3, 4)) if name == "temporal" else y.mean(dim=(2, 3, 4))[:, :, None]  # (B, D, T or 1)
        return self.gates[name](pooled.transpose(1, 2)).transpose(1, 2)[..., None, None]


def gate(channels: int) -> nn.Sequential:
    """Two linear layers with the channels squeezed between, and a sigmoid."""
    inner = max(channels // SQUEEZE, 1)
    return nn.Sequential(nn.Linear(channels, inner), nn.ReLU(), nn.Linear(inner, channels), nn.Sigmoid())
