"""The image networks of 2012 to 2014 as backbones: five convolutions, three poolings, local
response norm, fully connected layers.
"""

from fractions import Fraction
from typing import Literal, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import require

Norm = Literal["lrn", "bn"]
FULL = 96  # channels of the first convolution at published size; every width is scaled by the same factor
GRID = 6  # the map that enters the first fully connected layer is GRID x GRID for published inputs


class Plan(NamedTuple):
    """A published backbone of five convolutions with ReLU, of which 1, 2 and 5 are pooled."""

    name: str
    convs: tuple[tuple[int, int, int, int, int], ...]  # channels, kernel, stride, padding, groups of each
    normed: tuple[int, ...]  # the convolutions, from 1, that local response norm follows
    pool: int  # window of every max-pooling; its stride is 2
    pool_first: bool  # pooling before the norm, as in CaffeNet
    # of the local response norm over 5 channels, beta 0.75; Caffe and torch divide alpha by 5
    alpha: float
    k: float


POOLED = (1, 2, 5)
# Simonyan and Zisserman 2014, Figure 1; padding as in Chatfield et al. 2014, Table 1, whose CNN-M
# it is
M_CONVS = ((96, 7, 2, 0, 1), (256, 5, 2, 1, 1), (512, 3, 1, 1, 1), (512, 3, 1, 1, 1), (512, 3, 1, 1, 1))
CNN_M = Plan("CNN-M", M_CONVS, normed=(1, 2), pool=2, pool_first=False, alpha=5e-4, k=2)
# the reference network of Caffe: Krizhevsky et al. 2012 with pooling before the norm
CAFFE_CONVS = ((96, 11, 4, 0, 1), (256, 5, 1, 2, 2), (384, 3, 1, 1, 1), (384, 3, 1, 1, 2), (256, 3, 1, 1, 2))
CAFFENET = Plan("CaffeNet", CAFFE_CONVS, normed=(1, 2), pool=3, pool_first=True, alpha=1e-4, k=1)


def scaled(channels: int, width: int) -> int:
    """A published number of channels or units for a first convolution of `width` channels. Raises
    ValueError when it is not whole.
    """
    exact = Fraction(channels * width, FULL)
    whole = exact.denominator == 1 and exact >= 1
    require(whole, f"width must scale {channels} of {FULL} channels to a whole number, as multiples of 6 do", width)
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
        self.name, self.least, fan = plan.name, 1, in_channels
        self.convs, self.norms, self.after = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        # poolings of 3 round up, as Caffe does, and those of 2 down: both bring 224 pixels to 6 x 6
        pool = nn.MaxPool2d(plan.pool, 2, ceil_mode=plan.pool % 2 == 1)
        local = nn.LocalResponseNorm(5, alpha=plan.alpha, beta=0.75, k=plan.k)
        steps = [(stem_stride or stride) if stride > 1 else 1 for _, _, stride, _, _ in plan.convs]
        for number, (channels, kernel, _, padding, groups) in enumerate(plan.convs, start=1):
            out = scaled(channels, width)
            divided = fan % groups == out % groups == 0
            require(divided, f"width must let {plan.name} halve its channels, as multiples of 6 do", width)
            shape = (fan, out, kernel, steps[number - 1], padding)
            self.convs.append(nn.Conv2d(*shape, groups=groups, bias=norm == "lrn"))
            self.norms.append(nn.BatchNorm2d(out) if norm == "bn" else nn.Identity())
            after = [pool] * (number in POOLED) + [local] * (norm == "lrn" and number in plan.normed)
            self.after.append(nn.Sequential(*(after if plan.pool_first else reversed(after))))
            fan = out
        for number, step in reversed(list(enumerate(steps, start=1))):
            _, kernel, _, padding, _ = plan.convs[number - 1]
            needed = 2 * self.least if number in POOLED else self.least  # both poolings make m positions of 2 m
            self.least = (needed - 1) * step + kernel - 2 * padding
        self.grid = nn.AdaptiveAvgPool2d(grid)
        self.fan_out = fan * grid * grid

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, C, H, W) -> (N, D grid grid) and the map of each convolution. Raises ValueError when
        the frame is too small.
        """
        wanted = f"{self.name} needs frames of {self.least} pixels or more, with a smaller stem_stride fewer"
        require(min(x.shape[-2:]) >= self.least, wanted, tuple(x.shape[-2:]))
        maps = []
        for conv, norm, after in zip(self.convs, self.norms, self.after, strict=True):
            maps.append(F.relu(norm(conv(x))))  # (N, D, H/stride, W/stride)
            x = after(maps[-1])  # (N, D, H/2, W/2) where pooled
        return self.grid(x).flatten(1), maps
