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

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public
from repro.nn.resnet3d import conv_bn

Inside = dict[str, Tensor]
STREAMS = {"rgb": 3, "flow": 2}  # channels of the input, in this order
FULL, STEM_MIDDLE = 64, 45  # channels of the stem as published: its map, and between its two convolutions
Middle = Literal["convolution", "block"]


@dataclass(frozen=True)
class Config:
    """All switches; the defaults are R(2+1)D-34."""

    classes: int
    in_channels: int = STREAMS["rgb"]
    width: int = FULL  # channels of the stem's map; every other number is scaled with it
    blocks: tuple[int, ...] = (3, 4, 6, 3)  # (2, 2, 2, 2): R(2+1)D-18
    middle: Middle = "convolution"  # M by the formula for every convolution, or as torchvision has it: once a block
    stem_stride: int = 2  # in space; 1 for small frames
    dropout: float = 0.0  # not given in the publication; we use none because torchvision's has none
    weights: str = ""  # a file in $REPRO_DATA/weights, and how its sha256 begins
    weights_digest: str = ""

    def __post_init__(self) -> None:
        if self.in_channels not in (*STREAMS.values(), sum(STREAMS.values())):
            wanted = "r2plus1d wants 3 channels (colour), 2 (flow) or 5 (colour and flow, two streams)"
            raise ValueError(f"{wanted}; got in_channels {self.in_channels}. Choose the data's input, and stack 1")
        if not self.blocks or min(self.blocks) < 1 or self.width < 2 or self.stem_stride < 1:
            wanted = "r2plus1d needs stages of one unit or more, two channels or more, a stride of one or more"
            raise ValueError(f"{wanted}; got blocks {self.blocks}, width {self.width}, stem_stride {self.stem_stride}")
        if self.middle not in get_args(Middle):
            raise ValueError(f"middle is one of {', '.join(get_args(Middle))}; got {self.middle!r}")
        if self.weights and self.in_channels not in STREAMS.values():
            raise ValueError(
                f"weights are those of one stream, with 3 or 2 channels; got {self.weights} for two. Leave them out"
            )


def build(classes: int, in_channels: int, **arguments: object) -> R2Plus1D | TwoStreams:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes=classes, in_channels=in_channels, **arguments)  # type: ignore[arg-type]
    network = TwoStreams(config) if in_channels == sum(STREAMS.values()) else R2Plus1D(config, in_channels)
    public.load(network, config.weights, config.weights_digest, from_torchvision, head="classifier")
    return network


def middle_channels(fan_in: int, fan_out: int) -> int:
    """M for 3 x 3 x 3 (section 3.5): 1x3x3 to M channels and 3x1x1 from there have no more weights
    than 3x3x3 has.
    """
    return (27 * fan_in * fan_out) // (9 * fan_in + 3 * fan_out)


class Factored(nn.Module):
    """1xkxk convolution with the stride in space, batch norm, ReLU, 3x1x1 convolution with the
    stride in time, batch norm.
    """

    def __init__(
        self, fan_in: int, middle: int, fan_out: int, size: int = 3, stride: int = 1, time_stride: int = 1
    ) -> None:
        super().__init__()
        self.spatial = conv_bn(fan_in, middle, (1, size, size), stride)
        self.temporal = conv_bn(middle, fan_out, (3, 1, 1), time_stride=time_stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/time_stride, H/stride, W/stride)."""
        y = F.relu(self.spatial(x))  # (B, M, T, H/stride, W/stride)
        return self.temporal(y)  # (B, D, T/time_stride, H/stride, W/stride)


class Block(nn.Module):
    """Residual unit of two factored convolutions; the stride of the first one halves time as well
    as space.
    """

    def __init__(self, fan_in: int, fan_out: int, stride: int, middle: Middle) -> None:
        super().__init__()
        first = middle_channels(fan_in, fan_out)
        second = first if middle == "block" else middle_channels(fan_out, fan_out)
        self.a = Factored(fan_in, first, fan_out, stride=stride, time_stride=stride)
        self.b = Factored(fan_out, second, fan_out)
        self.shortcut = (
            conv_bn(fan_in, fan_out, (1, 1, 1), stride, stride) if fan_in != fan_out or stride != 1 else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/stride, H/stride, W/stride)."""
        y = F.relu(self.a(x))  # (B, D, T/stride, H/stride, W/stride)
        return F.relu(self.b(y) + self.shortcut(x))  # (B, D, T/stride, H/stride, W/stride)


class R2Plus1D(nn.Module):
    """One stream: stem, stages of basic blocks, global average, dropout, classifier."""

    def __init__(self, config: Config, channels: int) -> None:
        super().__init__()
        between = max(1, STEM_MIDDLE * config.width // FULL)
        self.stem = Factored(channels, between, config.width, size=7, stride=config.stem_stride)
        self.stages = nn.ModuleDict()
        fan = config.width
        for i, units in enumerate(config.blocks, start=1):
            fan_out = config.width * 2 ** (i - 1)
            first = Block(fan, fan_out, 1 if i == 1 else 2, config.middle)
            self.stages[f"stage{i}"] = nn.Sequential(
                first, *(Block(fan_out, fan_out, 1, config.middle) for _ in range(units - 1))
            )
            fan = fan_out
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(fan, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, Inside]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `stem` and `stage1` to `stage4`."""
        inside = {"stem": F.relu(self.stem(clip))}  # (B, D, T, H/2, W/2)
        x = inside["stem"]
        for name, part in self.stages.items():
            x = inside[name] = part(x)  # from stage 2 on (B, 2 D, T/2, H/2, W/2) of what came
        return self.classifier(self.dropout(x.mean(dim=(2, 3, 4)))), inside


class TwoStreams(nn.Module):
    """A network for colour, one for flow, and the average of their softmax scores."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.rgb, self.flow = (R2Plus1D(config, channels) for channels in STREAMS.values())

    def forward(self, clip: Tensor) -> tuple[Tensor, Inside]:
        """Clip (B, 5, T, H, W) -> logits (B, K), whose softmax is the average of the streams'
        softmax scores, and the inner maps.

        The maps are those of each stream after its name, as in `rgb.stage2`, and `<stream>.scores`
        (B, K).
        """
        inside, answers = {}, []
        for name, x in zip(STREAMS, clip.split(list(STREAMS.values()), dim=1), strict=True):
            logits, maps = self.get_submodule(name)(x)
            answers.append(logits.log_softmax(dim=1))
            inside |= {f"{name}.{part}": value for part, value in maps.items()}
            inside[f"{name}.scores"] = answers[-1].exp()
        return torch.logaddexp(*answers) - log(2), inside


STEM = {"0": "spatial.0", "1": "spatial.1", "3": "temporal.0", "4": "temporal.1"}
UNIT = {"0.0": "spatial.0", "0.1": "spatial.1", "0.3": "temporal.0", "1": "temporal.1"}


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's r2plus1d_18 as ours; unknown names stay as they are."""
    return {_ours(name): value for name, value in state.items()}


def _ours(name: str) -> str:
    if (m := re.fullmatch(r"stem\.(\d)\.(\w+)", name)) and m[1] in STEM:
        return f"stem.{STEM[m[1]]}.{m[2]}"
    if (m := re.fullmatch(r"layer(\d)\.(\d+)\.conv([12])\.(.+)\.(\w+)", name)) and m[4] in UNIT:
        return f"stages.stage{m[1]}.{m[2]}.{'ab'[int(m[3]) - 1]}.{UNIT[m[4]]}.{m[5]}"
    name = re.sub(r"^layer(\d)\.(\d+)\.downsample\.", r"stages.stage\1.\2.shortcut.", name)
    return re.sub(r"^fc\.", "classifier.", name)
