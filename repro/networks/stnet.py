"""StNet: He, Zhou, Gan, Li, Liu, Li, Wang and Wen, 2019 (Figures 1 to 3), on a ResNet.

Neighbouring frames are stacked to super-images of 3 N channels, which a 2-D ResNet sees one by one.
After its second and third of four stages a temporal modelling block, a convolution of 3x1x1 with
batch norm and ReLU, joins the super-images. The averaged features of the super-images, a sequence,
pass a temporal Xception block: a long way of two convolutions over three steps, each of every
channel by itself followed by one that joins the channels of a step, beside a short way of one step;
their sum is pooled by its maximum over time and classified.

The publication's T super-images are of N = 5 neighbouring frames of T places in the video; here N
frames after each other of a clip are one. gong2022's row stands on an Inception-ResNet-v2, which is
left out: the ResNets of the same publication are built.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import resnet
from repro.nn.config import Base, require
from repro.nn.modalities import modalities


class Config(Base):
    """All switches; the defaults are StNet on a ResNet-50."""

    width: int = resnet.FULL  # channels of the stem
    blocks: tuple[int, ...] = (3, 4, 6, 3)
    halvings: int = 5  # fewer for small frames, see `resnet.Backbone`
    stacked: int = 5  # N, frames of a super-image
    modelling: tuple[int, ...] = (2, 3)  # stages, from 1, that a temporal modelling block follows
    xception: bool = True  # without: the average over the super-images
    dropout: float = 0.0

    def __post_init__(self) -> None:
        self.check(width=1, stacked=1)
        modalities("stnet", self.in_channels, ("rgb", "flow"))
        here = set(self.modelling) <= set(range(1, len(self.blocks) + 1))
        require(here, f"modelling names stages 1 to {len(self.blocks)}", self.modelling)


def build(classes: int, in_channels: int, **arguments: Any) -> StNet:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on an impossible
    size.
    """
    return StNet(Config(classes, in_channels, **arguments))


class Modelling(nn.Module):
    """3x1x1 convolution, batch norm and ReLU over the super-images of a clip; whoever runs the
    backbone says before how many these are.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.images = 1
        self.conv = resnet.conv_bn(channels, channels, (3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B T, D, h, w) -> the same shape."""
        y = x.unflatten(0, (-1, self.images)).transpose(1, 2)  # (B, D, T, h, w)
        return F.relu(self.conv(y)).transpose(1, 2).flatten(0, 1)


class Xception(nn.Module):
    """Long and short way over a sequence, to half the channels."""

    def __init__(self, fan: int) -> None:
        super().__init__()
        out = fan // 2
        self.norm = nn.BatchNorm1d(fan)
        self.long = nn.Sequential(*separable(fan, out), nn.ReLU(), *separable(out, out))
        self.short = nn.Sequential(nn.Conv1d(fan, out, 1, bias=False), nn.BatchNorm1d(out))
        self.fan_out = out

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, T) -> (B, D/2, T)."""
        y = self.norm(x)
        return F.relu(self.long(y) + self.short(y))


def separable(fan: int, out: int) -> list[nn.Module]:
    """Three steps of every channel by itself, then all channels of one step, batch norm."""
    alone = nn.Conv1d(fan, fan, 3, padding=1, groups=fan, bias=False)
    return [alone, nn.Conv1d(fan, out, 1, bias=False), nn.BatchNorm1d(out)]


class StNet(nn.Module):
    """Super-images, a ResNet with temporal blocks, the sequence, the classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.stacked = config.stacked
        channels = config.in_channels * config.stacked
        self.backbone = resnet.Backbone(channels, config.width, config.blocks, config.halvings)
        self.modelling = [Modelling(4 * config.width * 2 ** (stage - 1)) for stage in config.modelling]
        for stage, block in zip(config.modelling, self.modelling, strict=True):
            part = self.backbone.stages[f"stage{stage}"]
            assert isinstance(part, nn.Sequential)
            part.append(block)
        fan = self.backbone.fan_out
        self.sequence = Xception(fan) if config.xception else None
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(self.sequence.fan_out if self.sequence else fan, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T N, H, W) -> logits (B, K) and the maps `stem` and `stage1` to `stage4`,
        (B, D, T, h, w). Raises ValueError when the frames are no multiple of N.
        """
        frames, n = clip.shape[2], self.stacked
        require(frames % n == 0, f"the clip must have a multiple of stacked = {n} frames", frames)
        for block in self.modelling:
            block.images = frames // n
        images = clip.transpose(1, 2).unflatten(1, (-1, n)).flatten(2, 3).flatten(0, 1)  # (B T, N C, H, W)
        x, maps = self.backbone(images)
        y = x.mean(dim=(2, 3)).unflatten(0, (-1, frames // n)).transpose(1, 2)  # (B, D, T)
        pooled = self.sequence(y).amax(dim=2) if self.sequence else y.mean(dim=2)
        inside = {name: m.unflatten(0, (-1, frames // n)).transpose(1, 2) for name, m in maps.items()}
        return self.classifier(self.dropout(pooled)), inside
