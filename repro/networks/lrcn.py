"""Long-term recurrent convolutional network (LRCN): Donahue et al., 2015 (section 4, LRCN-fc6).

A CaffeNet up to its first fully connected layer sees every frame on its own; an LSTM of 256 units
reads the frames in order; a classifier answers at every step, and the softmax scores are averaged
over the steps.

Training: the original punishes every step's answer. Here cross-entropy acts on the averaged score,
because one loop with one loss trains every network of the comparison. The ImageNet weights of
CaffeNet that it starts from are published in a form of their own and left out; with
`backbone="vgg"` VGG-16 up to fc6 sees the frames, and `weights` may name torchvision's for it. It
reads all T frames of a clip (16 there).
Its second network on flow images, averaged with the first, is left out as well: one input, one
network.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import log
from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public, vgg
from repro.nn.cnn2d import CAFFENET, FULL, GRID, Backbone, Norm, scaled
from repro.nn.config import Published, require
from repro.nn.modalities import modalities

# After the fully connected layer and after the LSTM; not given in the paper, we use CaffeNet's.
# The released model is said to drop 0.9 of the first, which could not be checked.
DROPOUT = 0.5


class Config(Published):
    """All switches; the defaults are the published sizes. Published weights are torchvision's
    vgg16, of 64 channels.
    """

    width: int = FULL  # channels of the first convolution; the fully connected layer is scaled with it
    hidden: int = 256  # units of the LSTM
    norm: Norm = "lrn"
    stem_stride: int = 0  # instead of the stride 4 of convolution 1, for small frames; 0: as published
    grid: int = GRID  # side of the map before the fully connected layer
    backbone: Literal["caffenet", "vgg"] = "caffenet"  # vgg: without response norm, for frames of `size`
    size: tuple[int, int] = (224, 224)

    def __post_init__(self) -> None:
        modalities("lrcn", self.in_channels, ("rgb", "flow"), fields=1)
        self.check(hidden=1, grid=1, stem_stride=0)
        vgg.check_size(self.size)
        require(not self.weights or self.backbone == "vgg", "weights are those of backbone 'vgg'", self.backbone)


def build(classes: int, in_channels: int, **arguments: Any) -> LRCN:
    """The network of a run, backbone and fc6 with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    network = LRCN(Config(classes, in_channels, **arguments))
    return public.load(network, network.config, partial(published, network))


def published(network: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of a network whose `backbone` is VGG-16 and whose `full6` follows it: both from
    torchvision's vgg16, the rest as it is. fc6 stays too where its size is another, and the first
    convolution on flow begins as the mean over the colours.
    """
    own, theirs = network.state_dict(), vgg.from_torchvision(state)
    named = {f"full6.{name[4:]}" if name.startswith("fc6.") else f"backbone.{name}": x for name, x in theirs.items()}
    for name, value in own.items():
        given = named.get(name)
        if name == "backbone.convs.0.weight" and given is not None and given.shape != value.shape:
            named[name] = public.for_flow(given, value.shape[1])
        elif not name.startswith("backbone.") and (given is None or given.shape != value.shape):
            named[name] = value
    return {name: x for name, x in named.items() if not name.startswith("backbone.fc")}


class Seen(vgg.Backbone):
    """VGG-16 up to its fifth pooling, as a vector."""

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, C, H, W) -> (N, D) and the map of each convolution."""
        y, maps = super().forward(x)
        return F.max_pool2d(y, 2).flatten(1), maps


class LRCN(nn.Module):
    """A CNN per frame, an LSTM over frames, an average of answers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        if config.backbone == "vgg":
            self.backbone = Seen(config.in_channels, config.width, "bn" if config.norm == "bn" else "none")
            wide, fan = vgg.UNITS * config.width, self.backbone.fan_out * vgg.pooled_positions(config.size)
        else:
            sizes = (config.in_channels, config.width, config.norm, config.stem_stride, config.grid)
            self.backbone = Backbone(CAFFENET, *sizes)
            wide, fan = scaled(4096, config.width), self.backbone.fan_out
        self.full6 = nn.Linear(fan, wide)
        self.lstm = nn.LSTM(wide, config.hidden, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(config.hidden, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K), whose softmax is the average of the steps' softmax
        scores, and the inner maps.

        The maps are `conv1` to `conv5`, (B, D, T, H, W), and the `scores` of every step, (B, T, K).
        """
        frames = clip.shape[2]
        if self.config.backbone == "vgg":
            vgg.require_size(clip, self.config.size)
        y, maps = self.backbone(clip.transpose(1, 2).flatten(0, 1))  # (B T, D)
        y = self.dropout(F.relu(self.full6(y))).unflatten(0, (-1, frames))  # (B, T, 4096)
        y, _ = self.lstm(y)  # (B, T, 256)
        scores = self.classifier(self.dropout(y)).log_softmax(dim=2)  # (B, T, K)
        inside = {f"conv{i}": m.unflatten(0, (-1, frames)).transpose(1, 2) for i, m in enumerate(maps, start=1)}
        return scores.logsumexp(dim=1) - log(frames), inside | {"scores": scores.exp()}
