"""Two-stream network: Simonyan and Zisserman, 2014 (Figure 1, sections 2 to 5).

A spatial CNN sees one frame in colour, a temporal CNN sees a stack of L = 10 flow fields as 2 L
channels; the softmax scores of the two are averaged. Both are CNN-M-2048, the temporal one without
the second response norm, as printed.

The input is one clip of five channels: red, green, blue, then flow u and v; of three or two there
is one stream alone, so that all rows of a comparison can read the same. The spatial stream takes
the middle frame, the temporal one the L fields around it; a shorter clip repeats its first and last
field. Camera motion is subtracted where the flow is computed, by the median of each field;
the original subtracts the mean.

Training: the original trains each stream on its own and averages when it tests. Here cross-entropy
acts on the averaged score, so both are trained together, because one loop with one loss trains
every network of the comparison. The multi-task learning over two data sets and the ImageNet weights
of the original's spatial stream are left out: no row of ours is pretrained.
"""

from __future__ import annotations

from math import log
from typing import Any

import torch
from torch import Tensor, nn

from repro.nn.cnn2d import CNN_M, FULL, GRID, Backbone, Norm, Plan, scaled
from repro.nn.config import Base
from repro.nn.modalities import COLOUR, FLOW, modalities
from repro.nn.vgg import FullyConnected

FIELDS = 10  # L, flow fields that the temporal stream sees
DROPOUT = 0.5  # Table 1 there has 0.5 and 0.9


class Config(Base):
    """All switches; the defaults are the published sizes."""

    in_channels: int = COLOUR + FLOW
    width: int = FULL  # channels of the first convolution; everything else is scaled with it
    norm: Norm = "lrn"
    stem_stride: int = 0  # instead of the strides of convolutions 1 and 2, for small frames; 0: as published
    grid: int = GRID  # side of the map before the first fully connected layer

    def __post_init__(self) -> None:
        modalities("two_stream", self.in_channels, fields=1)
        self.check(grid=1, stem_stride=0)


def build(classes: int, in_channels: int, **arguments: Any) -> TwoStream:
    """The network of a run. Raises TypeError on an unknown argument and ValueError on an impossible
    size.
    """
    return TwoStream(Config(classes, in_channels, **arguments))


class Stream(nn.Module):
    """One CNN-M-2048: five convolutions, then fully connected layers of 4096, 2048 and K units."""

    def __init__(self, plan: Plan, in_channels: int, config: Config) -> None:
        super().__init__()
        self.backbone = Backbone(plan, in_channels, config.width, config.norm, config.stem_stride, config.grid)
        units = scaled(4096, config.width), scaled(2048, config.width)
        self.full = FullyConnected(self.backbone.fan_out, *units, config.classes, DROPOUT)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(B, C, H, W) -> the logarithm of the softmax scores (B, K) and the map of each
        convolution.
        """
        y, maps = self.backbone(x)  # (B, D)
        return self.full(y).log_softmax(dim=1), maps


class TwoStream(nn.Module):
    """Both streams and the average of their scores; of colour or flow alone one of them."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        reads = modalities("two_stream", config.in_channels, fields=1)
        self.streams = [name for kind, name in (("rgb", "spatial"), ("flow", "temporal")) if kind in reads]
        if "rgb" in reads:
            self.spatial = Stream(CNN_M, COLOUR, config)
        if "flow" in reads:
            self.temporal = Stream(CNN_M._replace(normed=(1,)), FLOW * FIELDS, config)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, 5, T, H, W), or of 3 or 2 channels -> logits (B, K), whose softmax is the
        average of the streams' softmax scores, and the inner maps.

        The maps are `<stream>.input` and `<stream>.conv1` to `conv5`, (B, D, 1, H, W), and
        `<stream>.scores` (B, K).
        """
        inside, scores = {}, []
        for name in self.streams:
            x = self.image(clip) if name == "spatial" else self.fields(clip)
            inside[f"{name}.input"] = x.unsqueeze(2)
            score, maps = self.get_submodule(name)(x)  # (B, K)
            inside |= {f"{name}.conv{i}": y.unsqueeze(2) for i, y in enumerate(maps, start=1)}  # (B, D, 1, H, W)
            inside[f"{name}.scores"] = score.exp()
            scores.append(score - log(len(self.streams)))
        return torch.logsumexp(torch.stack(scores), dim=0), inside

    def image(self, clip: Tensor) -> Tensor:
        """The middle frame in colour: (B, 5, T, H, W) -> (B, 3, H, W)."""
        return clip[:, :COLOUR, clip.shape[2] // 2]

    def fields(self, clip: Tensor) -> Tensor:
        """The L flow fields around the middle, u and v of the first, then of the second: (B, 5 or
        2, T, H, W) -> (B, 2 L, H, W).
        """
        frames = clip.shape[2]
        first = frames // 2 - FIELDS // 2
        at = torch.arange(first, first + FIELDS, device=clip.device).clamp(0, frames - 1)
        return clip[:, -FLOW:, at].transpose(1, 2).flatten(1, 2)
