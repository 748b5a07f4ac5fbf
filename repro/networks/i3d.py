"""I3D, two-stream inflated 3-D ConvNets: Carreira and Zisserman, 2017 (sections 2.4 and 2.5, Figure
3).

A GoogLeNet with batch norm whose every kernel gets a third side: 7x7x7, 3x3x3 and 1x1x1
convolutions over 64 frames of 224 pixels. The first two poolings leave time alone, so space is
halved five times and time three times. The average over 2x7x7 places is classified and the answers
along time are averaged.

The input decides on the streams: three channels are colour, two are flow u and v, and five are
both, in this order, seen by a network each; their logits are averaged, as the authors' released
code adds them. Their training: each stream on its own, averaged when they test. Here cross-entropy
acts on the averaged logits, so both are trained together, because one loop with one loss trains
every network of the comparison.

Weights of an image network are inflated: a 2-D kernel is repeated along time and divided by its
length, so that a clip that stands still gives in its middle what the image gives. `from_googlenet`
does this with torchvision's googlenet, which is why the layers stand where that has them: a stem
that pads 3 on either side and poolings without padding, rounded up.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import googlenet, public
from repro.nn.config import Published, require
from repro.nn.googlenet import BLOCKS, FULL, HALVINGS, Backbone, Conv, check_halvings, plain
from repro.nn.modalities import COLOUR, modalities

NAMES = {"rgb": "colour", "flow": "flow"}  # of the streams
# T, H, W of the pooling after a stage
WINDOWS = {"conv1": (1, 3, 3), "conv3": (1, 3, 3), "inception3b": (3, 3, 3), "inception4e": (2, 2, 2)}


class Config(Published):
    """All switches; the defaults are the published sizes. Published weights are torchvision's
    googlenet, inflated.
    """

    width: int = FULL  # channels of the first convolution; everything else is scaled with it
    blocks: tuple[int, int, int] = (
        BLOCKS  # the last so many of the inception modules before, between and after the last two poolings
    )
    halvings: int = HALVINGS  # of space: 4: the last pooling leaves space alone, 3: the first convolution as well
    dropout: float = 0.5  # not given in the publication; we use what our other networks of two streams have

    def __post_init__(self) -> None:
        self.check(width=1, blocks=1)
        check_halvings(self.halvings)
        fits = all(n <= most for n, most in zip(self.blocks, BLOCKS, strict=True))
        require(fits, f"blocks are numbers of inception modules, at most {BLOCKS}", self.blocks)
        modalities("i3d", self.in_channels, fields=1)

    @property
    def streams(self) -> dict[str, int]:
        """`colour`, `flow` or both, with their channels."""
        return {NAMES[name]: channels for name, channels in modalities("i3d", self.in_channels, fields=1).items()}


def build(classes: int, in_channels: int, **arguments: Any) -> I3D:
    """The network of a run, with inflated weights in every stream where `weights` names a file.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    network = I3D(config)
    for name, channels in config.streams.items():
        backbone = network.get_submodule(f"streams.{name}.backbone")
        public.load(backbone, config, partial(from_googlenet, channels=channels))
    return network


def averaged(x: Tensor) -> Tensor:
    """(B, D, T, H, W) -> (B, D), as the published pooling of 2x7x7 followed by the average along
    time: the ends count half.
    """
    y = x.mean(dim=(3, 4))  # (B, D, T)
    return F.avg_pool1d(y, min(2, y.shape[2]), stride=1).mean(dim=2)


class Stream(nn.Module):
    """Backbone, average, dropout, classifier.

    conv, padded: see `googlenet.Backbone`. Small frames lose the last halving before the first, the
    other way round than in our 2-D backbone: the last costs nothing, while a first convolution
    without stride more than doubles the time of the whole.
    """

    def __init__(self, in_channels: int, config: Config, conv: Conv, padded: bool) -> None:
        super().__init__()
        first = 1 if config.halvings == HALVINGS - 2 else 2
        windows = WINDOWS | ({"inception4e": (2, 1, 1)} if config.halvings < HALVINGS else {})
        sizes = (in_channels, config.width, windows, (2, first, first), conv, config.blocks, padded)
        self.backbone = Backbone(*sizes)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(self.backbone.fan_out, config.classes)

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, C, T, H, W) -> logits (B, K) and the maps of the backbone."""
        y, maps = self.backbone(x)  # (B, D, T/8, H/32, W/32)
        return self.classifier(self.dropout(averaged(y))), maps


class I3D(nn.Module):
    """One stream, or two and the average of their logits."""

    def __init__(self, config: Config, conv: Conv = plain, padded: bool = False) -> None:
        super().__init__()
        self.channels = config.streams
        streams = {name: Stream(channels, config, conv, padded) for name, channels in self.channels.items()}
        self.streams = nn.ModuleDict(streams)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `conv1` to `conv3` and `inception3a`
        to `inception5b`, (B, D, T, H, W).

        With two streams the maps are `<stream>.conv1` and so on, and besides them stands
        `<stream>.scores`, each stream's own softmax (B, K). Raises ValueError when the clip is too
        small.
        """
        if len(self.streams) == 1:
            (stream,) = self.streams.values()
            return stream(clip)
        inside, answers = {}, []
        parts = clip.split(list(self.channels.values()), dim=1)
        for (name, stream), x in zip(self.streams.items(), parts, strict=True):
            logits, maps = stream(x)  # (B, K)
            answers.append(logits)
            inside |= {f"{name}.{stage}": y for stage, y in maps.items()} | {f"{name}.scores": logits.softmax(dim=1)}
        return (answers[0] + answers[1]) / 2, inside


def from_googlenet(state: Mapping[str, Tensor], channels: int = COLOUR) -> dict[str, Tensor]:
    """Torchvision's googlenet as the weights of a backbone: renamed, and every kernel (D, C, k, k)
    inflated to (D, C, k, k, k).

    Not given in the publication is how a stream of flow starts from filters for colour; we use
    their mean over the three colours for u and for v, see `public.for_flow`.
    """
    flat = googlenet.from_torchvision(state)
    if channels != COLOUR:
        first = "layers.conv1.conv.weight"
        flat[first] = public.for_flow(flat[first], channels)  # (D, 2, 7, 7)
    return {name: inflate(value) if value.ndim == 4 else value for name, value in flat.items()}


def inflate(kernel: Tensor) -> Tensor:
    """(D, C, k, k) -> (D, C, k, k, k): repeated along time and divided by its length."""
    side = kernel.shape[-1]
    return kernel.unsqueeze(2).repeat(1, 1, side, 1, 1) / side
