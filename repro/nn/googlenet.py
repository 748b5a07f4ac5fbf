"""GoogLeNet as a backbone: Szegedy et al., 2015 (Table 1, Figure 3), on frames or, inflated, on
clips. Three convolutions, nine inception modules, five halvings of space.

The form is torchvision's, because its published weights load: batch norm after every convolution,
no response norm, a 3x3 kernel where the publication has 5x5 (a known deviation of theirs), and a
last pooling of 2 where the publication has 3. The two auxiliary classifiers are left out.
"""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import require
from repro.nn.convolution import LAYERS, Size

Conv = Callable[[int, int, int, Size], nn.Module]  # (fan in, fan out, side of the kernel, stride) -> a convolution
FULL = 64  # channels of the first convolution at published size; every width is scaled by the same factor
HALVINGS = 5  # 224 pixels to 7
INCEPTION = {  # Table 1: 1x1 | before 3x3, 3x3 | before 5x5, 5x5 | after pooling
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "inception4a": (192, 96, 208, 16, 48, 64),
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128),
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}
BLOCKS = (2, 5, 2)  # inception modules before, between and after the last two poolings
WINDOWS = {"conv1": (3, 3), "conv3": (3, 3), "inception3b": (3, 3), "inception4e": (2, 2)}  # pooling after a stage


def scaled(channels: int, width: int) -> int:
    """A published number of channels for a first convolution of `width`: to the nearest whole
    number, halves up, at least 1.

    Whole for every multiple of 8; the backbone's output is 16 x width for any.
    """
    return max(1, (2 * channels * width + FULL) // (2 * FULL))


class Unit(nn.Module):
    """A convolution in two or three dimensions that keeps the size where its stride is 1, batch
    norm, ReLU.

    Weights begin as in He et al. 2015; the publications do not say how a network begins that is
    not pretrained.
    """

    def __init__(self, fan: int, out: int, kernel: Size, stride: Size | int = 1) -> None:
        super().__init__()
        conv, norm, _ = LAYERS[len(kernel)]
        self.conv = conv(fan, out, kernel, stride, tuple(k // 2 for k in kernel), bias=False)
        self.norm = norm(out, eps=1e-3)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ..., H, W) -> (B, D, ..., H/stride, W/stride)."""
        return F.relu(self.norm(self.conv(x)))


def plain(fan: int, out: int, side: int, stride: Size) -> Unit:
    """A convolution whose kernel has the same side on every axis."""
    return Unit(fan, out, (side,) * len(stride), stride)


class Inception(nn.Module):
    """Four branches side by side: 1x1; 1x1 then 3x3, twice; pooling then 1x1. The second 3x3 is
    the publication's 5x5. On clips 1x1x1 and 3x3x3.
    """

    def __init__(self, fan: int, counts: list[int], conv: Conv, axes: int) -> None:
        super().__init__()
        one, to_three, three, to_five, five, pooled = counts
        point = (1,) * axes
        self.branch1 = Unit(fan, one, point)
        self.branch2 = nn.Sequential(Unit(fan, to_three, point), conv(to_three, three, 3, point))
        self.branch3 = nn.Sequential(Unit(fan, to_five, point), conv(to_five, five, 3, point))
        self.branch4 = nn.Sequential(LAYERS[axes][2](3, 1, padding=1), Unit(fan, pooled, point))
        self.fan_out = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ..., H, W) -> (B, D, ..., H, W)."""
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class Backbone(nn.Module):
    """The network up to its last map, on frames or on clips.

    windows: of the pooling after a stage. stride: of the first convolution; its length is the
    number of axes. conv: makes the convolutions that are larger than a point. blocks: how many of
    the inception modules before, between and after the last two poolings are kept. padded:
    poolings of 3 begin one position before the map, and none is rounded up.
    """

    def __init__(
        self,
        in_channels: int,
        width: int,
        windows: Mapping[str, Size],
        stride: Size,
        conv: Conv = plain,
        blocks: Size = BLOCKS,
        padded: bool = False,
    ) -> None:
        super().__init__()
        point, stem = (1,) * len(stride), [scaled(channels, width) for channels in (64, 64, 192)]
        layers: dict[str, nn.Module] = {
            "conv1": conv(in_channels, stem[0], 7, stride),
            "conv2": Unit(stem[0], stem[1], point),
            "conv3": conv(stem[1], stem[2], 3, point),
        }
        fan = stem[2]
        for name in modules(blocks):
            counts = [scaled(count, width) for count in INCEPTION[name]]
            layers[name] = module = Inception(fan, counts, conv, len(stride))
            fan = module.fan_out
        self.layers = nn.ModuleDict(layers)
        pools = {name: pooling(window, padded) for name, window in windows.items()}
        self.after = nn.ModuleDict({name: pools.get(name, nn.Identity()) for name in layers})
        self.fan_out = fan
        sides = zip(zip(*windows.values(), strict=True), stride, strict=True)
        self.least = tuple(step * needed(axis, padded) - (step - 1) for axis, step in sides)

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, C, ..., H, W) -> the last map (B, 16 width, ..., h, w), and the map of each stage by
        name, before the poolings.

        Raises ValueError when the input is too small for the poolings.
        """
        fits = all(size >= least for size, least in zip(x.shape[2:], self.least, strict=True))
        wanted = f"GoogLeNet needs inputs of {self.least} or more, with fewer halvings (3 or 4) smaller ones"
        require(fits, wanted, tuple(x.shape[2:]))
        maps = {}
        for name, layer in self.layers.items():
            maps[name] = layer(x)
            x = self.after[name](maps[name])  # (B, D, ..., H/2, W/2) where pooled
        return x, maps


def over_frames(in_channels: int, width: int, halvings: int) -> Backbone:
    """The backbone on single frames (N, C, H, W), as published but for `halvings`.

    halvings: how many of the five halvings of space are kept, for small frames: with 4 the first
    convolution has stride 1, with 3 the last pooling is gone as well, and 32 x 40 pixels end in a
    map of 4 x 5. One number says it, because the first stride alone leaves 2 x 3. The pooling that
    goes is the last and not the next one, because that costs a third of the time at the same width.
    """
    windows = {name: window for name, window in WINDOWS.items() if halvings > HALVINGS - 2 or name != "inception4e"}
    return Backbone(in_channels, width, windows, (2, 2) if halvings == HALVINGS else (1, 1))


def check_halvings(halvings: int) -> None:
    """Raises ValueError unless halvings is 3 to 5."""
    require(HALVINGS - 2 <= halvings <= HALVINGS, f"halvings must be {HALVINGS - 2} to {HALVINGS}", halvings)


def modules(blocks: Size) -> list[str]:
    """The names of the inception modules that are kept: the last ones of each group, so that the
    channels grow as published.
    """
    names = list(INCEPTION)
    ends = BLOCKS[0], sum(BLOCKS[:2]), sum(BLOCKS)
    return [name for end, count in zip(ends, blocks, strict=True) for name in names[end - count : end]]


def pooling(window: Size, padded: bool) -> nn.Module:
    """The pooling of a window, with stride 2 where it is larger than 1."""
    padding = tuple((k - 1) // 2 if padded else 0 for k in window)
    return LAYERS[len(window)][2](window, tuple(min(k, 2) for k in window), padding, ceil_mode=not padded)


def needed(windows: Size, padded: bool) -> int:
    """How many positions of an axis these poolings need to leave one.

    Rounded up, a window of 3 leaves m of 2 m positions and one of 2 leaves m of 2 m - 1; padded it
    is the reverse.
    """
    positions = 1
    for window in reversed([w for w in windows if w > 1]):
        positions = 2 * positions - ((window == 2) != padded)
    return positions


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's googlenet as the backbone's; both auxiliary classifiers and the
    last layer are dropped.
    """
    kept = {name: value for name, value in state.items() if name.partition(".")[0] not in ("aux1", "aux2", "fc")}
    return {f"layers.{name.replace('.bn.', '.norm.')}": value for name, value in kept.items()}


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Torchvision's published weights for a backbone whose frames have zero mean and unit
    deviation, as ours have.

    These weights saw pixels from -1 to 1: torchvision brings its normalised frames back to them.
    Here the first convolution does it: its kernel takes the scale, its running mean the offset. The
    same numbers, but for the border of 3 pixels, where padding with zeros means the mean colour
    here and grey there.
    """
    first, offset = "layers.conv1.conv.weight", "layers.conv1.norm.running_mean"
    ours = renamed(state)
    kernel = ours[first]  # (D, 3, 7, 7)
    require(kernel.shape[1] == 3, "torchvision's googlenet sees 3 channels", kernel.shape[1])
    imagenet = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    mean, std = (kernel.new_tensor(values).view(3, 1, 1) for values in imagenet)
    shift = (kernel * (2 * mean - 1)).sum(dim=(1, 2, 3))  # (D,)
    return ours | {first: kernel * 2 * std, offset: ours[offset] - shift}
