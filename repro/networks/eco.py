"""ECO, an efficient convolutional network for online video understanding: Zolfaghari, Singh and
Brox, 2018 (Figure 2, Table 1), in its full form.

One frame of each of N segments enters the first part of a BN-Inception (Ioffe and Szegedy 2015,
Figure 5), up to 96 channels of 28 x 28. From there two ways lead on: a 3-D ResNet-18 without its
first stage sees all frames together, and the rest of the BN-Inception each by itself, whose
features are averaged over the frames. Both features, 512 and 1,024, side by side are classified.

BN-Inception's channels are those of its released weights: 608 in 4c and 4d, where the publication
prints 576. Not given in the publication is how the shortcuts of the 3-D part change shape; we use
3x3x3 convolutions, with which its weights are the 47.5 M that later papers count.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from repro.nn.config import Base, require
from repro.nn.googlenet import FULL, Unit, scaled
from repro.nn.modalities import modalities
from repro.nn.resnet import BasicBlock, conv_bn

# channels: 1x1 | before 3x3, 3x3 | before the double 3x3, its two | after pooling; 0: that branch
# is missing, and then the module halves
MODULES: dict[str, tuple[int, int, int, int, int, int]] = {
    "inception3a": (64, 64, 64, 64, 96, 32), "inception3b": (64, 64, 96, 64, 96, 64),
    "inception3c": (0, 128, 160, 64, 96, 0), "inception4a": (224, 64, 96, 96, 128, 128),
    "inception4b": (192, 96, 128, 96, 128, 128), "inception4c": (160, 128, 160, 128, 160, 128),
    "inception4d": (96, 128, 192, 160, 192, 128), "inception4e": (0, 128, 192, 192, 256, 0),
    "inception5a": (352, 192, 320, 160, 224, 128), "inception5b": (352, 192, 320, 192, 224, 128),
}  # fmt: skip
HEAD = 2  # modules before the two ways part
HANDED = 96  # channels of the double 3x3 of inception3c, which the 3-D part reads


class Config(Base):
    """All switches; the defaults are ECO Full at published size."""

    width: int = FULL  # channels of the first convolution; everything else is scaled with it
    modules: int = len(MODULES)  # BN-Inception's first so many; fewer for small frames
    stages: tuple[int, ...] = (128, 256, 512)  # channels of the 3-D part's stages at published size
    dropout: float = 0.5

    def __post_init__(self) -> None:
        self.check(width=1, stages=1)
        modalities("eco", self.in_channels, ("rgb", "flow"))
        require(HEAD < self.modules <= len(MODULES), f"modules are {HEAD + 1} to {len(MODULES)}", self.modules)


def build(classes: int, in_channels: int, **arguments: Any) -> ECO:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on an impossible
    size.
    """
    return ECO(Config(classes, in_channels, **arguments))


class Inception(nn.Module):
    """Four branches: 1x1; 1x1 then 3x3; 1x1 then twice 3x3; pooling then 1x1. Without 1x1 the
    others have stride 2 and the pooling is handed on as it is.
    """

    def __init__(self, fan: int, counts: list[int]) -> None:
        super().__init__()
        one, to_three, three, to_double, double, pooled = counts
        step = 1 if one else 2
        self.one = Unit(fan, one, (1, 1)) if one else None
        self.three = nn.Sequential(Unit(fan, to_three, (1, 1)), Unit(to_three, three, (3, 3), step))
        first = Unit(to_double, double, (3, 3))
        self.twice = nn.ModuleList([Unit(fan, to_double, (1, 1)), first, Unit(double, double, (3, 3), step)])
        pool = nn.AvgPool2d(3, 1, 1) if one else nn.MaxPool2d(3, 2, 1)
        self.pool = nn.Sequential(pool, *([Unit(fan, pooled, (1, 1))] if one else []))
        self.fan_out = one + three + double + (pooled if one else fan)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W), or (N, D, H/2, W/2)."""
        first = [] if self.one is None else [self.one(x)]
        return torch.cat([*first, self.three(x), self.twice[2](self.first_of_double(x)), self.pool(x)], dim=1)

    def first_of_double(self, x: Tensor) -> Tensor:
        """The first of the double 3x3 convolutions: (N, C, H, W) -> (N, D, H, W)."""
        return self.twice[1](self.twice[0](x))


class ECO(nn.Module):
    """Head on frames, 3-D part on all of them, 2-D part on each, one classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        w = config.width
        stem = [scaled(channels, w) for channels in (64, 64, 192)]
        self.stem = nn.Sequential(
            Unit(config.in_channels, stem[0], (7, 7), 2), nn.MaxPool2d(3, 2, 1),
            Unit(stem[0], stem[1], (1, 1)), Unit(stem[1], stem[2], (3, 3)), nn.MaxPool2d(3, 2, 1),
        )  # fmt: skip
        self.inception, fan = nn.ModuleDict(), stem[2]
        for name, counts in list(MODULES.items())[: config.modules]:
            self.inception[name] = module = Inception(fan, [count and scaled(count, w) for count in counts])
            fan = module.fan_out
        handed, *channels = (scaled(n, w) for n in (HANDED, *config.stages))
        first = conv_bn(handed, channels[0], (3, 3, 3))
        parts = [nn.Sequential(first, nn.ReLU(), BasicBlock(channels[0], channels[0], 1))]
        for a, b in pairwise(channels):
            widening = BasicBlock(a, b, 2)
            widening.shortcut = conv_bn(a, b, (3, 3, 3), 2, 2)
            parts.append(nn.Sequential(widening, BasicBlock(b, b, 1)))
        self.stages = nn.ModuleDict({f"conv{number}": part for number, part in enumerate(parts, 3)})
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(channels[-1] + fan, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) and any T -> logits (B, K) and the maps `inception3a`, ..., `handed`
        and `conv3` to `conv5`, (B, D, T, H, W).
        """
        frames, inside = clip.shape[2], {}
        x = self.stem(clip.transpose(1, 2).flatten(0, 1))  # (B T, D, H/8, W/8)

        def over_time(maps: Tensor) -> Tensor:
            return maps.unflatten(0, (-1, frames)).transpose(1, 2)  # (B, D, T, h, w)

        for number, (name, module) in enumerate(self.inception.items()):
            assert isinstance(module, Inception)
            if number == HEAD:
                inside["handed"] = over_time(module.first_of_double(x))
            x = module(x)
            inside[name] = over_time(x)
        y = inside["handed"]
        for name, stage in self.stages.items():
            y = inside[name] = stage(y)
        features = [y.mean(dim=(2, 3, 4)), over_time(x).mean(dim=(2, 3, 4))]  # (B, D) each
        return self.classifier(self.dropout(torch.cat(features, dim=1))), inside
