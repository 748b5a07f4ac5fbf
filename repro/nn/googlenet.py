"""GoogLeNet as a backbone: Szegedy et al., 2015 (Table 1, Figure 3). Three convolutions, nine
inception modules, five halvings of space.

Two forms stand side by side. `bn` is torchvision's, the default, because its published weights
load: batch norm after every convolution, no response norm, a 3x3 kernel where the publication has
5x5 (a known deviation of theirs), and a last pooling of 2. `lrn` is the publication's: biases,
local response norm around the stem's last convolutions, 5x5 kernels, poolings of 3. Its two
auxiliary classifiers are left out of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Norm = Literal["bn", "lrn"]
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
POOLED = ("conv1", "conv3", "inception3b", "inception4e")  # a pooling with stride 2 follows each


def scaled(channels: int, width: int) -> int:
    """A published number of channels for a first convolution of `width`: to the nearest whole
    number, halves up, at least 1.

    Whole for every multiple of 8; the backbone's output is 16 x width for any.
    """
    return max(1, (2 * channels * width + FULL) // (2 * FULL))


class Unit(nn.Module):
    """A convolution that keeps the size (or halves it), batch norm where the form has it, ReLU."""

    def __init__(self, fan: int, out: int, kernel: int, norm: Norm, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(fan, out, kernel, stride, kernel // 2, bias=norm == "lrn")
        self.norm = nn.BatchNorm2d(out, eps=1e-3) if norm == "bn" else nn.Identity()
        # not given in the publication; we use He et al. 2015, because without batch norm a smaller
        # start fades over 22 layers
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        if norm == "lrn":
            nn.init.zeros_(self.conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H/stride, W/stride)."""
        return F.relu(self.norm(self.conv(x)))


class Inception(nn.Module):
    """Four branches side by side: 1x1; 1x1 then 3x3; 1x1 then 5x5 (3x3 in torchvision's form);
    pooling then 1x1.
    """

    def __init__(self, fan: int, counts: list[int], norm: Norm) -> None:
        super().__init__()
        one, to_three, three, to_five, five, pooled = counts
        self.branch1 = Unit(fan, one, 1, norm)
        self.branch2 = nn.Sequential(Unit(fan, to_three, 1, norm), Unit(to_three, three, 3, norm))
        self.branch3 = nn.Sequential(Unit(fan, to_five, 1, norm), Unit(to_five, five, 3 if norm == "bn" else 5, norm))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, padding=1), Unit(fan, pooled, 1, norm))
        self.fan_out = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W)."""
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class Backbone(nn.Module):
    """GoogLeNet up to its last map, at some width.

    norm: the form, see above. halvings: how many of the five halvings of space are kept, for small
    frames: with 4 the first convolution has stride 1, with 3 the last pooling is gone as well, and
    32 x 40 pixels end in 4 x 5 places. One number says it, because the first stride alone leaves 2
    x 3. The pooling that goes is the last and not the next one, because that costs a third of the
    time at the same width.
    """

    def __init__(self, in_channels: int, width: int = FULL, norm: Norm = "bn", halvings: int = HALVINGS) -> None:
        super().__init__()
        if in_channels != 3 and (in_channels < 2 or in_channels % 2):
            wanted = "GoogLeNet wants frames of 3 channels (colour) or an even number (u and v of each flow field)"
            raise ValueError(f"{wanted}; got in_channels {in_channels}. Take data with input 'rgb' or 'flow'.")
        if norm not in get_args(Norm):
            raise ValueError(f"norm is one of {', '.join(get_args(Norm))}; got {norm!r}")
        if width < 1:
            raise ValueError(f"width must be 1 channel or more; got {width}")
        if not HALVINGS - 2 <= halvings <= HALVINGS:
            raise ValueError(f"halvings must be {HALVINGS - 2} to {HALVINGS}; got {halvings}")
        stem = [scaled(channels, width) for channels in (64, 64, 192)]
        layers: dict[str, nn.Module] = {
            "conv1": Unit(in_channels, stem[0], 7, norm, stride=2 if halvings == HALVINGS else 1),
            "conv2": Unit(stem[0], stem[1], 1, norm),
            "conv3": Unit(stem[1], stem[2], 3, norm),
        }
        fan = stem[2]
        for name, counts in INCEPTION.items():
            layers[name] = module = Inception(fan, [scaled(count, width) for count in counts], norm)
            fan = module.fan_out
        self.layers = nn.ModuleDict(layers)
        kept = POOLED if halvings > HALVINGS - 2 else POOLED[:-1]
        windows = {name: 2 if norm == "bn" and name == "inception4e" else 3 for name in kept}
        self.after = nn.ModuleDict({name: self._after(name, windows.get(name, 0), norm) for name in layers})
        self.fan_out = fan
        self.least = 1
        for window in reversed(windows.values()):
            self.least = 2 * self.least - (window == 2)  # rounded up, a window of 3 makes m places of 2 m or more
        self.least = 2 * self.least - 1 if halvings == HALVINGS else self.least

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(N, C, H, W) -> the last map (N, 16 width, h, w), and the map of each stage by name,
        before the poolings.

        Raises ValueError when the frame is too small.
        """
        if min(x.shape[-2:]) < self.least:
            wanted = f"GoogLeNet with these halvings needs frames of {self.least} pixels or more"
            raise ValueError(f"{wanted}; got {x.shape[-2]} x {x.shape[-1]}. Set halvings to 3 or 4.")
        maps = {}
        for name, layer in self.layers.items():
            maps[name] = layer(x)
            x = self.after[name](maps[name])  # (N, D, H/2, W/2) where pooled
        return x, maps

    @staticmethod
    def _after(name: str, window: int, norm: Norm) -> nn.Module:
        """What follows a stage: pooling, rounded up, and in the published form response norm after
        pooling 1 and before pooling 2.
        """
        pool = nn.MaxPool2d(window, 2, ceil_mode=True) if window else nn.Identity()
        local = nn.LocalResponseNorm(
            5, alpha=1e-4, beta=0.75, k=2
        )  # constants of Krizhevsky 2012; not given in the publication
        order = {"conv1": [pool, local], "conv3": [local, pool]} if norm == "lrn" else {}
        return nn.Sequential(*order.get(name, [pool]))


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
    ours = renamed(state)
    kernel = ours["layers.conv1.conv.weight"]  # (D, 3, 7, 7)
    if kernel.shape[1] != 3:
        raise ValueError(
            f"torchvision's googlenet sees 3 channels; the file's first convolution sees {kernel.shape[1]}"
        )
    mean, std = (
        kernel.new_tensor(values).view(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )  # of ImageNet
    offset = (kernel * (2 * mean - 1)).sum(dim=(1, 2, 3))  # (D,)
    mean_name = "layers.conv1.norm.running_mean"
    return ours | {"layers.conv1.conv.weight": kernel * 2 * std, mean_name: ours[mean_name] - offset}
