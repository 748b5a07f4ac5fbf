"""R(2+1)D, a residual network whose 3-D convolutions are split into space and time: Tran, Wang,
Torresani, Ray, LeCun and Paluri, 2018.

Every convolution of t x d x d is one of 1 x d x d and one of t x 1 x 1 with batch norm and ReLU
between (section 3.5, Figure 2). M, the number of channels between them, is chosen so that both
together have as many weights as the 3-D convolution they replace. Otherwise the network is Res3D
(Table 1 there): a stem that halves space, stages of basic blocks, from the second on each halves
time and space and doubles the channels, the average over everything is classified. The defaults are
R(2+1)D-34, made for 32 frames of 112 x 112.

M and its exceptions. The formula holds for each convolution by itself, and so the authors' code
computes it: 152.4 GMACs, printed as 152. torchvision computes M once for the two convolutions of a
block, so the second one of a block that widens is narrower: 150.4 GMACs. `middle` chooses. The stem
has 45 channels in the authors' code and in torchvision, where the formula would give 83; we use 45.

Two streams: with five channels, colour (3) then flow u and v, there is a complete network for each,
and their softmax scores are averaged. The original trains each by itself and averages when it
tests. Here cross-entropy acts on the averaged score, so both are trained together, because one loop
with one loss trains every network of the comparison. With 3 or 2 channels there is one stream.

At width 64, blocks (2, 2, 2, 2) and `middle="block"` it is torchvision's `r2plus1d_18`, whose
weights `from_torchvision` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import log
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public
from repro.nn.config import Published, require
from repro.nn.modalities import modalities
from repro.nn.resnet import ResNet, basic_stages, conv_bn

FULL, STEM_MIDDLE = 64, 45  # channels of the stem as published: its map, and between its two convolutions
Middle = Literal["convolution", "block"]


class Config(Published):
    """All switches; the defaults are R(2+1)D-34."""

    width: int = FULL  # channels of the stem's map; every other number is scaled with it
    blocks: tuple[int, ...] = (3, 4, 6, 3)  # (2, 2, 2, 2): R(2+1)D-18
    middle: Middle = "convolution"  # M by the formula for every convolution, or as torchvision has it: once a block
    dropout: float = 0.0  # not given in the publication; we use none because torchvision's has none

    def __post_init__(self) -> None:
        self.check(width=2, blocks=1)
        one = len(self.modalities) == 1
        require(one or not self.weights, "weights are those of one stream; leave them out for two", self.weights)

    @property
    def modalities(self) -> dict[str, int]:
        """`rgb`, `flow` or both, with their channels."""
        return modalities("r2plus1d", self.in_channels, fields=1)


def build(classes: int, in_channels: int, **arguments: Any) -> ResNet | TwoStreams:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    network = TwoStreams(config) if len(config.modalities) > 1 else one_stream(config, in_channels)
    return public.load(network, config, from_torchvision)


def middle_channels(fan_in: int, fan_out: int) -> int:
    """M for 3 x 3 x 3 (section 3.5): 1x3x3 to M channels and 3x1x1 from there have no more weights
    than 3x3x3 has.
    """
    return (27 * fan_in * fan_out) // (9 * fan_in + 3 * fan_out)


class Factored(nn.Module):
    """1xkxk convolution with the stride in space, batch norm, ReLU, 3x1x1 convolution with the
    stride in time, batch norm.
    """

    def __init__(self, fan_in: int, middle: int, fan_out: int, size: int, stride: int, time_stride: int) -> None:
        super().__init__()
        self.spatial = conv_bn(fan_in, middle, (1, size, size), stride)
        self.temporal = conv_bn(middle, fan_out, (3, 1, 1), time_stride=time_stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/time_stride, H/stride, W/stride)."""
        y = F.relu(self.spatial(x))  # (B, M, T, H/stride, W/stride)
        return self.temporal(y)  # (B, D, T/time_stride, H/stride, W/stride)


def factored_pair(fan_in: int, fan_out: int, stride: int, middle: Middle) -> tuple[nn.Module, nn.Module]:
    """The two convolutions of a basic block; the stride of the first one halves time as well as
    space.
    """
    first = middle_channels(fan_in, fan_out)
    second = first if middle == "block" else middle_channels(fan_out, fan_out)
    return Factored(fan_in, first, fan_out, 3, stride, stride), Factored(fan_out, second, fan_out, 3, 1, 1)


def one_stream(config: Config, channels: int) -> ResNet:
    """Stem, stages of basic blocks, global average, dropout, classifier."""
    between = max(1, STEM_MIDDLE * config.width // FULL)
    stem = Factored(channels, between, config.width, size=7, stride=2, time_stride=1)
    stages = basic_stages(config.width, config.blocks, partial(factored_pair, middle=config.middle))
    return ResNet(stem, stages, config.width * 2 ** (len(stages) - 1), config.classes, config.dropout)


class TwoStreams(nn.Module):
    """A network for colour, one for flow, and the average of their softmax scores."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.channels = config.modalities
        self.rgb, self.flow = (one_stream(config, channels) for channels in self.channels.values())

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, 5, T, H, W) -> logits (B, K), whose softmax is the average of the streams'
        softmax scores, and the inner maps.

        The maps are those of each stream after its name, as in `rgb.stage2`, and `<stream>.scores`
        (B, K).
        """
        inside, answers = {}, []
        for name, x in zip(self.channels, clip.split(list(self.channels.values()), dim=1), strict=True):
            logits, maps = self.get_submodule(name)(x)
            answers.append(logits.log_softmax(dim=1))
            inside |= {f"{name}.{part}": value for part, value in maps.items()}
            inside[f"{name}.scores"] = answers[-1].exp()
        return torch.logaddexp(*answers) - log(2), inside


LAYERS = {"0.0": "spatial.0", "0.1": "spatial.1", "0.3": "temporal.0", "1": "temporal.1"}
RULES = [  # torchvision's names -> ours
    *((rf"^stem\.{n}\.", f"stem.{layer}.") for n, layer in zip((0, 1, 3, 4), LAYERS.values(), strict=True)),
    *(
        (rf"^layer(\d)\.(\d+\.)conv{n}\.{theirs}\.(?=\w+$)", rf"stages.stage\1.\2{unit}.{ours}.")
        for n, unit in enumerate("ab", 1)
        for theirs, ours in LAYERS.items()
    ),
    (r"^layer(\d)\.(\d+\.)downsample\.", r"stages.stage\1.\2shortcut."),
    (r"^fc\.", "classifier."),
]


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's r2plus1d_18 as ours; unknown names stay as they are."""
    return public.renamed(state, RULES)
