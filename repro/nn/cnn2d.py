"""The image networks of 2012 to 2014 as backbones: five convolutions, three poolings, local
response norm, fully connected layers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

Norm = Literal["lrn", "bn"]
FULL = 96  # channels of the first convolution at published size; every width is scaled by the same factor
GRID = 6  # the map that enters the first fully connected layer is GRID x GRID for published inputs


@dataclass(frozen=True)
class Layer:
    """One convolution with ReLU, and what follows it."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    norm: bool = False  # local response norm
    pool: bool = False


@dataclass(frozen=True)
class Plan:
    """A published backbone."""

    name: str
    layers: tuple[Layer, ...]
    pool: int  # window of every max-pooling; its stride is 2
    pool_first: bool  # pooling before the norm, as in CaffeNet

    def without_norm(self, number: int) -> Plan:
        """The same backbone without the norm after convolution `number` (from 1)."""
        layers = [replace(layer, norm=layer.norm and i != number) for i, layer in enumerate(self.layers, start=1)]
        return replace(self, layers=tuple(layers))


CNN_M = Plan(  # Simonyan and Zisserman 2014, Figure 1; padding as in Chatfield et al. 2014, Table 1, whose CNN-M it is
    "CNN-M",
    (
        Layer(96, 7, stride=2, norm=True, pool=True),
        Layer(256, 5, stride=2, padding=1, norm=True, pool=True),
        Layer(512, 3, padding=1),
        Layer(512, 3, padding=1),
        Layer(512, 3, padding=1, pool=True),
    ),
    pool=2,
    pool_first=False,
)
CAFFENET = Plan(  # the reference network of Caffe: Krizhevsky et al. 2012 with pooling before the norm
    "CaffeNet",
    (
        Layer(96, 11, stride=4, norm=True, pool=True),
        Layer(256, 5, padding=2, groups=2, norm=True, pool=True),
        Layer(384, 3, padding=1),
        Layer(384, 3, padding=1, groups=2),
        Layer(256, 3, padding=1, groups=2, pool=True),
    ),
    pool=3,
    pool_first=True,
)


def scaled(channels: int, width: int) -> int:
    """A published number of channels or units for a first convolution of `width` channels. Raises
    ValueError when it is not whole.
    """
    exact = Fraction(channels * width, FULL)
    if exact.denominator != 1 or exact < 1:
        wanted = f"width must scale {channels} of {FULL} channels to a whole number"
        raise ValueError(f"{wanted}; got width {width}. Take a multiple of 6.")
    return int(exact)


class Backbone(nn.Module):
    """The convolutions of a plan at some width, pooled to `grid` x `grid` positions.

    norm: `lrn` as published, or `bn`, batch norm after every convolution, because without it a
    narrow network that starts from nothing does not start within a short budget. stem_stride: takes
    the place of every stride above 1, for frames much smaller than the published 224 pixels. grid:
    the published 6 follows from 224 pixels; other sizes are averaged to it.
    """

    def __init__(
        self, plan: Plan, in_channels: int, width: int, norm: Norm, stem_stride: int = 0, grid: int = GRID
    ) -> None:
        super().__init__()
        self.plan, self.norm = plan, norm
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        strides = [(stem_stride or layer.stride) if layer.stride > 1 else 1 for layer in plan.layers]
        fan = in_channels
        for layer, stride in zip(plan.layers, strides, strict=True):
            out = scaled(layer.channels, width)
            if fan % layer.groups or out % layer.groups:
                wanted = f"{plan.name} divides its channels into groups of two"
                raise ValueError(f"{wanted}; got width {width}. Take a multiple of 6.")
            shape = (layer.kernel, stride, layer.padding)
            self.convs.append(nn.Conv2d(fan, out, *shape, groups=layer.groups, bias=norm == "lrn"))
            # constants of Krizhevsky 2012
            local = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2) if layer.norm else nn.Identity()
            self.norms.append(nn.BatchNorm2d(out) if norm == "bn" else local)
            fan = out
        self.least = 1
        for layer, stride in zip(reversed(plan.layers), reversed(strides), strict=True):
            needed = 2 * self.least if layer.pool else self.least  # both poolings make m positions of 2 m
            self.least = (needed - 1) * stride + layer.kernel - 2 * layer.padding
        self.grid = nn.AdaptiveAvgPool2d(grid)
        self.fan_out = fan * grid * grid

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, C, H, W) -> (N, D grid grid) and the map of each convolution. Raises ValueError when
        the frame is too small.
        """
        if min(x.shape[-2:]) < self.least:
            wanted = f"{self.plan.name} with these strides needs frames of {self.least} pixels or more"
            raise ValueError(f"{wanted}; got {x.shape[-2]} x {x.shape[-1]}. Set stem_stride to 1 or 2.")
        maps = []
        for layer, conv, norm in zip(self.plan.layers, self.convs, self.norms, strict=True):
            y = conv(x)  # (N, D, H/stride, W/stride)
            y = F.relu(norm(y) if self.norm == "bn" else y)
            maps.append(y)
            local = norm if self.norm == "lrn" else nn.Identity()
            # (N, D, H/2, W/2) where pooled
            x = local(self._pool(y, layer)) if self.plan.pool_first else self._pool(local(y), layer)
        return self.grid(x).flatten(1), maps

    def _pool(self, y: Tensor, layer: Layer) -> Tensor:
        """Poolings of 3 round up, as Caffe does, and those of 2 down: both bring 224 pixels to 6 x
        6.
        """
        return F.max_pool2d(y, self.plan.pool, 2, ceil_mode=self.plan.pool % 2 == 1) if layer.pool else y
