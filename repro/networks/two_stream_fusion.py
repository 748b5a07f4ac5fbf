"""Convolutional two-stream network fusion: Feichtenhofer, Pinz and Zisserman, 2016 (section 3.4,
Figure 4: the proposed architecture).

Two VGG-16 see T sampled frames: one the colour of each frame, the other the L flow fields around it
as 2 L channels. After relu5_3 the two maps are stacked channel by channel and a 3x3x3 convolution
over space and time fuses them. Two towers go on from there, each with a 3-D max-pooling and fc6,
fc7, fc8 of its own: the spatiotemporal one from the fused map, the temporal one from the flow map,
which is not cut off. The two fc8 outputs are averaged: "the FC8 predictions for both towers", as an
author confirms in issue 9 of the published code, so before any softmax.

From the published code where the paper says less: the pooling is 2x2 in space and spans all T
frames, so any T fits the same layers; it stacks 3-D convolution, ReLU, pooling; dropout is 0.85;
the filter starts as `fusion_start` says.

Training: the original gives each tower its own loss, starts from two networks fine-tuned on the
same clips and sends no gradient below the fusion. Here cross-entropy acts on the averaged answer
and everything is trained together, because one loop with one loss trains every network of the
comparison. At test it averages 20 placings of the T frames and their mirror images; a run's views
stand for them. The ImageNet weights of both VGG-16 are left out: the row begins from nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.vgg import FULL, LEAST, Backbone, Norm

COLOUR = 3  # channels of the input, then two for each of L flow fields
GROUP_ENDS = {"conv1": 1, "conv2": 3, "conv3": 6, "conv4": 9, "conv5": 12}  # the last convolution at each size of map
FULLY_CONNECTED = 64  # 4096 units at the published width of 64 channels; scaled with the width
SHARES = {"gaussian": (0.75, 0.25), "identity": (1.0, 1.0)}  # of flow and colour when training begins
Start = Literal["gaussian", "identity"]


@dataclass(frozen=True)
class Config:
    """All switches; the defaults are the published sizes. The published input is T = 5 frames with
    L = 10, so 23 channels.
    """

    classes: int
    in_channels: int = COLOUR + 2 * 10
    width: int = FULL  # channels of the first convolution of each VGG-16; everything else is scaled with it
    size: tuple[int, int] = (224, 224)  # height and width of a frame, on which fc6 depends
    norm: Norm = "none"
    fusion_start: Start = (
        "gaussian"  # as in the published code; `identity` is the sum of both maps, the example after their eq. (5)
    )
    dropout: float = 0.85

    def __post_init__(self) -> None:
        if self.in_channels <= COLOUR or self.in_channels % 2 == 0:
            wanted = (
                "two_stream_fusion wants 3 + 2 L channels, colour and L flow fields: data with input 'both' and stack L"
            )
            raise ValueError(f"{wanted}; got in_channels {self.in_channels}")
        if self.fusion_start not in get_args(Start):
            raise ValueError(f"fusion_start is one of {', '.join(get_args(Start))}; got {self.fusion_start!r}")
        if len(self.size) != 2 or min(self.size) < 2 * LEAST:
            raise ValueError(
                f"size is (height, width) of a frame, {2 * LEAST} pixels or more for five poolings; got {self.size}"
            )


def build(classes: int, in_channels: int, **arguments: object) -> TwoStreamFusion:
    """The network of a run. Raises TypeError on an unknown argument and ValueError on an impossible
    size.
    """
    return TwoStreamFusion(Config(classes=classes, in_channels=in_channels, **arguments))  # type: ignore[arg-type]


class Fusion(nn.Module):
    """Two maps stacked channel by channel (their eq. 5), then a 3x3x3 convolution and ReLU.

    Stacked channel 2d is flow's channel d and channel 2d + 1 is colour's, counted from zero. At the
    start output channel d sees nothing but channel d of both maps, either at its own place alone or
    spread over the 27 places as a Gaussian of deviation 1.
    """

    def __init__(self, channels: int, start: Start) -> None:
        super().__init__()
        self.conv = nn.Conv3d(2 * channels, channels, 3, padding=1)
        tap = (
            torch.exp(-0.5 * torch.tensor([-1.0, 0.0, 1.0]).square())
            if start == "gaussian"
            else torch.tensor([0.0, 1.0, 0.0])
        )
        cube = torch.einsum("t,h,w->thw", tap, tap, tap)  # (3, 3, 3)
        pair = torch.kron(torch.eye(channels), torch.tensor([SHARES[start]]))  # (D, 2 D)
        with torch.no_grad():
            self.conv.weight.copy_(pair[:, :, None, None, None] * (cube / cube.sum()))
            self.conv.bias.zero_()

    def forward(self, colour: Tensor, flow: Tensor) -> Tensor:
        """Two maps (B, D, T, H, W) -> one (B, D, T, H, W)."""
        return F.relu(self.conv(torch.stack([flow, colour], dim=2).flatten(1, 2)))


class Tower(nn.Module):
    """Max-pooling over 2x2 places and all frames, then fully connected layers of 4096, 4096 and K
    units.
    """

    def __init__(self, channels: int, config: Config) -> None:
        super().__init__()
        places = (config.size[0] // (2 * LEAST)) * (config.size[1] // (2 * LEAST))
        units = FULLY_CONNECTED * config.width
        self.full6, self.full7 = nn.Linear(channels * places, units), nn.Linear(units, units)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(units, config.classes)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, T, H, W) -> logits (B, K)."""
        y = F.max_pool2d(x.amax(dim=2), 2).flatten(1)  # (B, D H/2 W/2): the order of maxima does not matter
        y = self.dropout(F.relu(self.full6(y)))  # (B, 4096)
        y = self.dropout(F.relu(self.full7(y)))  # (B, 4096)
        return self.classifier(y)


class TwoStreamFusion(nn.Module):
    """Two backbones, one fusion, two towers, one answer."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.spatial = Backbone(COLOUR, config.width, config.norm)
        self.temporal = Backbone(config.in_channels - COLOUR, config.width, config.norm)
        self.fusion = Fusion(self.spatial.fan_out, config.fusion_start)
        self.spatiotemporal_tower = Tower(self.spatial.fan_out, config)
        self.temporal_tower = Tower(self.temporal.fan_out, config)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, 3 + 2 L, T, H, W) -> logits (B, K), the average of both towers', and the inner
        maps.

        The maps are `<backbone>.conv1` to `conv5`, the last of each group of convolutions, and
        `fusion`, all (B, D, T, H, W); besides them `<tower>.scores`, each tower's own softmax (B,
        K). Raises ValueError when the frames are not of the size built for.
        """
        if tuple(clip.shape[3:]) != tuple(self.config.size):
            got = f"{self.config.size} (H, W); got {tuple(clip.shape[3:])}"
            raise ValueError(f"this two_stream_fusion was built for frames of {got}. Set size.")
        seen = {"spatial": clip[:, :COLOUR], "temporal": clip[:, COLOUR:]}
        inside, last = {}, {}
        for name, x in seen.items():
            y, maps = self.get_submodule(name)(x.transpose(1, 2).flatten(0, 1))  # (B T, D, H/16, W/16)
            last[name] = _clips(y, clip)
            inside |= {f"{name}.{group}": _clips(maps[i], clip) for group, i in GROUP_ENDS.items()}
        inside["fusion"] = self.fusion(last["spatial"], last["temporal"])  # (B, D, T, H/16, W/16)
        answers = {
            "spatiotemporal": self.spatiotemporal_tower(inside["fusion"]),
            "temporal": self.temporal_tower(last["temporal"]),
        }
        inside |= {f"{name}.scores": answer.softmax(dim=1) for name, answer in answers.items()}
        return (answers["spatiotemporal"] + answers["temporal"]) / 2, inside


def _clips(frames: Tensor, clip: Tensor) -> Tensor:
    """Maps of frames (B T, D, H, W) -> maps of clips (B, D, T, H, W)."""
    return frames.unflatten(0, (-1, clip.shape[2])).transpose(1, 2)
