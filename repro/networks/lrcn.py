"""Long-term recurrent convolutional network (LRCN): Donahue et al., 2015 (section 4, LRCN-fc6).

A CaffeNet up to its first fully connected layer sees every frame on its own; an LSTM of 256 units
reads the frames in order; a classifier answers at every step, and the softmax scores are averaged
over the steps.

Training: the original punishes every step's answer. Here cross-entropy acts on the averaged score,
because one loop with one loss trains every network of the comparison. The ImageNet weights it
starts from are left out: no row of ours is pretrained. It reads all T frames of a clip (16 there).
Its second network on flow images, averaged with the first, is left out as well: one input, one
network.
"""

from __future__ import annotations

from math import log
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.cnn2d import CAFFENET, FULL, GRID, Backbone, Norm, scaled
from repro.nn.config import Base
from repro.nn.modalities import modalities

# After the fully connected layer and after the LSTM; not given in the paper, we use CaffeNet's.
# The released model is said to drop 0.9 of the first, which could not be checked.
DROPOUT = 0.5


class Config(Base):
    """All switches; the defaults are the published sizes."""

    width: int = FULL  # channels of the first convolution; the fully connected layer is scaled with it
    hidden: int = 256  # units of the LSTM
    norm: Norm = "lrn"
    stem_stride: int = 0  # instead of the stride 4 of convolution 1, for small frames; 0: as published
    grid: int = GRID  # side of the map before the fully connected layer

    def __post_init__(self) -> None:
        modalities("lrcn", self.in_channels, ("rgb", "flow"), fields=1)
        self.check(hidden=1, grid=1, stem_stride=0)


def build(classes: int, in_channels: int, **arguments: Any) -> LRCN:
    """The network of a run. Raises TypeError on an unknown argument and ValueError on an impossible
    size.
    """
    return LRCN(Config(classes, in_channels, **arguments))


class LRCN(nn.Module):
    """A CNN per frame, an LSTM over frames, an average of answers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        sizes = (config.in_channels, config.width, config.norm, config.stem_stride, config.grid)
        self.backbone = Backbone(CAFFENET, *sizes)
        wide = scaled(4096, config.width)
        self.full6 = nn.Linear(self.backbone.fan_out, wide)
        self.lstm = nn.LSTM(wide, config.hidden, batch_first=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.classifier = nn.Linear(config.hidden, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K), whose softmax is the average of the steps' softmax
        scores, and the inner maps.

        The maps are `conv1` to `conv5`, (B, D, T, H, W), and the `scores` of every step, (B, T, K).
        """
        frames = clip.shape[2]
        y, maps = self.backbone(clip.transpose(1, 2).flatten(0, 1))  # (B T, D)
        y = self.dropout(F.relu(self.full6(y))).unflatten(0, (-1, frames))  # (B, T, 4096)
        y, _ = self.lstm(y)  # (B, T, 256)
        scores = self.classifier(self.dropout(y)).log_softmax(dim=2)  # (B, T, K)
        inside = {f"conv{i}": m.unflatten(0, (-1, frames)).transpose(1, 2) for i, m in enumerate(maps, start=1)}
        return scores.logsumexp(dim=1) - log(frames), inside | {"scores": scores.exp()}
