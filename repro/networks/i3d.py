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

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import googlenet, public
from repro.nn.googlenet import FULL, HALVINGS, INCEPTION, scaled

Size = tuple[int, int, int]  # T, H, W
Conv = Callable[
    [int, int, int, Size], nn.Module
]  # (fan, out, side of the kernel, stride) -> what stands for a cubic convolution
CHANNELS = {"colour": 3, "flow": 2}  # of the input, in this order
STREAMS = {3: ("colour",), 2: ("flow",), 5: ("colour", "flow")}  # by in_channels
BLOCKS = (2, 5, 2)  # inception modules between the poolings
WINDOWS = {
    "conv1": (1, 3, 3),
    "conv3": (1, 3, 3),
    "inception3b": (3, 3, 3),
    "inception4e": (2, 2, 2),
}  # of the pooling after a stage


@dataclass(frozen=True)
class Config:
    """All switches; the defaults are the published sizes."""

    classes: int
    in_channels: int = 3
    width: int = FULL  # channels of the first convolution; everything else is scaled with it
    blocks: Size = BLOCKS  # the last so many of the inception modules before, between and after the last two poolings
    halvings: int = (
        HALVINGS  # of space: with 4 the last pooling leaves space alone, with 3 the first convolution as well
    )
    dropout: float = 0.5  # not given in the publication; we use what our other networks of two streams have
    weights: str = ""  # torchvision's googlenet, a file in $REPRO_DATA/weights, and how its sha256 begins
    weights_digest: str = ""

    def __post_init__(self) -> None:
        if self.in_channels not in STREAMS:
            wanted = "wanted colour (3 channels), flow (2) or both (5): data with input 'rgb', 'flow' or 'both'"
            raise ValueError(f"{wanted}; got in_channels {self.in_channels}")
        if self.width < 1:
            raise ValueError(f"width must be 1 channel or more; got {self.width}")
        if len(self.blocks) != 3 or not all(1 <= n <= most for n, most in zip(self.blocks, BLOCKS, strict=True)):
            raise ValueError(
                f"blocks are 1 to {BLOCKS[0]}, 1 to {BLOCKS[1]} and 1 to {BLOCKS[2]} inception modules; got {self.blocks}"
            )
        if not HALVINGS - 2 <= self.halvings <= HALVINGS:
            raise ValueError(f"halvings must be {HALVINGS - 2} to {HALVINGS}; got {self.halvings}")


def build(classes: int, in_channels: int, **arguments: object) -> I3D:
    """The network of a run, with inflated weights in every stream where `weights` names a file.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes=classes, in_channels=in_channels, **arguments)  # type: ignore[arg-type]
    network = I3D(config)
    for name, stream in network.streams.items():
        rename = partial(from_googlenet, colour=name == "colour")
        public.load(stream.backbone, config.weights, config.weights_digest, rename, head="")
    return network


class Unit(nn.Module):
    """A convolution that keeps the size where its stride is 1, batch norm, ReLU."""

    def __init__(self, fan: int, out: int, kernel: Size, stride: Size = (1, 1, 1)) -> None:
        super().__init__()
        self.conv = nn.Conv3d(fan, out, kernel, stride, tuple(k // 2 for k in kernel), bias=False)
        self.norm = nn.BatchNorm3d(out, eps=1e-3)
        nn.init.kaiming_normal_(
            self.conv.weight, nonlinearity="relu"
        )  # not given for a network from nothing; as in our 2-D GoogLeNet

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/stride, H/stride, W/stride)."""
        return F.relu(self.norm(self.conv(x)))


def inflated(fan: int, out: int, side: int, stride: Size = (1, 1, 1)) -> Unit:
    """I3D's convolution: as long in time as it is wide."""
    return Unit(fan, out, (side, side, side), stride)


class Inception(nn.Module):
    """Four branches side by side: 1x1x1; 1x1x1 then 3x3x3, twice; pooling then 1x1x1. The second
    3x3x3 is GoogLeNet's 5x5.
    """

    def __init__(self, fan: int, counts: list[int], conv: Conv) -> None:
        super().__init__()
        one, to_three, three, to_five, five, pooled = counts
        point, still = (1, 1, 1), (1, 1, 1)
        self.branch1 = Unit(fan, one, point)
        self.branch2 = nn.Sequential(Unit(fan, to_three, point), conv(to_three, three, 3, still))
        self.branch3 = nn.Sequential(Unit(fan, to_five, point), conv(to_five, five, 3, still))
        self.branch4 = nn.Sequential(nn.MaxPool3d(3, 1, padding=1), Unit(fan, pooled, point))
        self.fan_out = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T, H, W)."""
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class Backbone(nn.Module):
    """The network up to its last map.

    conv: what stands where I3D has a 7x7x7 or a 3x3x3 convolution. padded: poolings of 3 begin one
    place before the map, and none is rounded up. Small frames lose the last halving before the
    first, the other way round than in our 2-D backbone: the last costs nothing, while a first
    convolution without stride more than doubles the time of the whole.
    """

    def __init__(self, in_channels: int, config: Config, conv: Conv, padded: bool) -> None:
        super().__init__()
        stem = [scaled(channels, config.width) for channels in (64, 64, 192)]
        first = 1 if config.halvings == HALVINGS - 2 else 2
        layers: dict[str, nn.Module] = {
            "conv1": conv(in_channels, stem[0], 7, (2, first, first)),
            "conv2": Unit(stem[0], stem[1], (1, 1, 1)),
            "conv3": conv(stem[1], stem[2], 3, (1, 1, 1)),
        }
        fan = stem[2]
        for name in modules(config.blocks):
            layers[name] = module = Inception(fan, [scaled(count, config.width) for count in INCEPTION[name]], conv)
            fan = module.fan_out
        windows = WINDOWS | ({"inception4e": (2, 1, 1)} if config.halvings < HALVINGS else {})
        self.layers = nn.ModuleDict(layers)
        self.after = nn.ModuleDict(
            {name: pooling(windows[name], padded) if name in windows else nn.Identity() for name in layers}
        )
        self.fan_out = fan
        time, space = ([window[axis] for window in windows.values()] for axis in (0, 1))
        self.least = 2 * needed(time, padded) - 1, first * needed(space, padded) - (first - 1)  # frames, pixels

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, C, T, H, W) -> the last map (B, 16 width, T/8, H/32, W/32), and the map of each stage
        by name, before the poolings.

        Raises ValueError when the clip is too small.
        """
        if x.shape[2] < self.least[0] or min(x.shape[3:]) < self.least[1]:
            wanted = f"with these halvings a clip needs {self.least[0]} frames of {self.least[1]} pixels or more"
            raise ValueError(
                f"{wanted}; got {x.shape[2]} of {x.shape[3]} x {x.shape[4]}. Take longer clips or set halvings to 3 or 4."
            )
        maps = {}
        for name, layer in self.layers.items():
            maps[name] = layer(x)
            x = self.after[name](
                maps[name]
            )  # (B, D, T, H/2, W/2), from inception3b on (B, D, T/2, H/2, W/2), where pooled
        return x, maps


def modules(blocks: Size) -> list[str]:
    """The names of the inception modules that are kept: the last ones of each group, so that the
    channels grow as published.
    """
    names = list(INCEPTION)
    ends = BLOCKS[0], sum(BLOCKS[:2]), sum(BLOCKS)
    return [name for end, count in zip(ends, blocks, strict=True) for name in names[end - count : end]]


def pooling(window: Size, padded: bool) -> nn.MaxPool3d:
    """The pooling of a window, with stride 2 where it is larger than 1."""
    padding = tuple((k - 1) // 2 if padded else 0 for k in window)
    return nn.MaxPool3d(window, tuple(min(k, 2) for k in window), padding, ceil_mode=not padded)


def needed(windows: list[int], padded: bool) -> int:
    """How many places these poolings need to leave one."""
    places = 1
    for window in reversed([w for w in windows if w > 1]):
        places = 2 * places - (
            (window == 2) != padded
        )  # rounded up, 3 makes m places of 2 m and 2 of 2 m - 1; padded the reverse
    return places


def averaged(x: Tensor) -> Tensor:
    """(B, D, T, H, W) -> (B, D), as the published pooling of 2x7x7 followed by the average along
    time: the ends count half.
    """
    y = x.mean(dim=(3, 4))  # (B, D, T)
    return F.avg_pool1d(y, min(2, y.shape[2]), stride=1).mean(dim=2)


class Stream(nn.Module):
    """Backbone, average, dropout, classifier."""

    def __init__(self, in_channels: int, config: Config, conv: Conv, padded: bool) -> None:
        super().__init__()
        self.backbone = Backbone(in_channels, config, conv, padded)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(self.backbone.fan_out, config.classes)

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, C, T, H, W) -> logits (B, K) and the maps of the backbone."""
        y, maps = self.backbone(x)  # (B, D, T/8, H/32, W/32)
        return self.classifier(self.dropout(averaged(y))), maps


class I3D(nn.Module):
    """One stream, or two and the average of their logits."""

    def __init__(self, config: Config, conv: Conv = inflated, padded: bool = False) -> None:
        super().__init__()
        self.config = config
        names = STREAMS[config.in_channels]
        self.streams = nn.ModuleDict({name: Stream(CHANNELS[name], config, conv, padded) for name in names})

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
        for (name, stream), x in zip(self.streams.items(), clip.split(list(CHANNELS.values()), dim=1), strict=True):
            logits, maps = stream(x)  # (B, K)
            answers.append(logits)
            inside |= {f"{name}.{stage}": y for stage, y in maps.items()} | {f"{name}.scores": logits.softmax(dim=1)}
        return (answers[0] + answers[1]) / 2, inside


def from_googlenet(state: Mapping[str, Tensor], colour: bool = True) -> dict[str, Tensor]:
    """Torchvision's googlenet as the weights of a backbone: renamed, and every kernel (D, C, k, k)
    inflated to (D, C, k, k, k).

    Not given in the publication is how a stream of flow starts from filters for colour; we use
    their mean over the three colours for u and for v, as Wang et al. 2016 do for temporal segment
    networks.
    """
    flat = googlenet.from_torchvision(state)
    if not colour:
        first = "layers.conv1.conv.weight"
        flat[first] = flat[first].mean(dim=1, keepdim=True).repeat(1, CHANNELS["flow"], 1, 1)  # (D, 2, 7, 7)
    return {name: inflate(value) if value.ndim == 4 else value for name, value in flat.items()}


def inflate(kernel: Tensor) -> Tensor:
    """(D, C, k, k) -> (D, C, k, k, k): repeated along time and divided by its length."""
    side = kernel.shape[-1]
    return kernel.unsqueeze(2).repeat(1, 1, side, 1, 1) / side
