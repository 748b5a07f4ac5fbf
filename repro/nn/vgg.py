"""The convolutions of VGG-16 as a backbone, up to conv5_3 with its ReLU: Simonyan and Zisserman
2015, configuration D (Table 1).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import require

Norm = Literal["none", "bn"]
FULL = 64  # channels of the first convolution at published size; every width is scaled by the same factor
UNITS = 64  # units of fc6 and fc7 for each channel of the first convolution: 4096 at published size
# channels of each convolution, in widths; 2x2 max-pooling between two groups
GROUPS = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))
LEAST = 2 ** (len(GROUPS) - 1)  # pixels that become one position of the last map
FULLY_CONNECTED = {"classifier.0": "fc6", "classifier.3": "fc7", "classifier.6": "fc8"}  # torchvision's names


class Backbone(nn.Module):
    """Thirteen 3x3 convolutions with ReLU and four poolings; the fifth pooling is left to whoever
    wants it.

    norm: `none` as published, or `bn`, batch norm after every convolution, because without it a
    narrow network that starts from nothing does not start within a short budget. Weights begin as
    in He et al. 2015 (eq. 10), biases at zero: a map is as large after the last convolution as
    after the first. The publication copies its outer layers from a shallower network trained
    before.
    """

    def __init__(self, in_channels: int, width: int = FULL, norm: Norm = "none") -> None:
        super().__init__()
        channels = [width * factor for group in GROUPS for factor in group]
        fans = zip([in_channels, *channels], channels, strict=False)
        self.convs = nn.ModuleList(nn.Conv2d(fan, out, 3, padding=1, bias=norm == "none") for fan, out in fans)
        self.norms = nn.ModuleList(nn.BatchNorm2d(out) if norm == "bn" else nn.Identity() for out in channels)
        self.pool = nn.MaxPool2d(2)
        self.fan_out = channels[-1]
        he_start(self.convs)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, C, H, W) -> the last map (N, 8 width, H/16, W/16) and the map of each of the 13
        convolutions, after ReLU.

        Raises ValueError when the frame is too small.
        """
        require(min(x.shape[-2:]) >= LEAST, f"VGG-16 needs frames of {LEAST} pixels or more", tuple(x.shape[-2:]))
        # channels last take a third less time on a CPU: measured at width 8, frames of 32 x 40
        x = x.contiguous(memory_format=torch.channels_last)
        maps: list[Tensor] = []
        for i, group in enumerate(GROUPS):
            x = self.pool(x) if i else x  # (N, D, H/2, W/2)
            for _ in group:
                conv, norm = self.convs[len(maps)], self.norms[len(maps)]
                x = F.relu(norm(conv(x)), inplace=True)  # (N, D, H, W); no layer needs what it returned again
                maps.append(x)
        return x, maps


def he_start(convs: Iterable[nn.Module]) -> None:
    """Let weights begin as in He et al. 2015 (eq. 10) and biases at zero."""
    for conv in convs:
        assert isinstance(conv, nn.Conv2d | nn.Conv3d)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        if conv.bias is not None:
            nn.init.zeros_(conv.bias)


def check_size(size: tuple[int, int]) -> None:
    """Raises ValueError unless `size` is the height and width of a frame that the fifth pooling
    leaves a position of.
    """
    require(min(size) >= 2 * LEAST, f"the fifth pooling needs a size of {2 * LEAST} pixels or more", size)


def require_size(clip: Tensor, size: tuple[int, int]) -> None:
    """Raises ValueError unless the frames of a clip (B, C, T, H, W) are of the size (H, W)."""
    given = tuple(clip.shape[3:])
    require(given == tuple(size), f"the network was built for frames (H, W) of size {tuple(size)}", given)


def pooled_positions(size: tuple[int, int]) -> int:
    """How many positions the fifth pooling leaves of a frame of `size` (H, W)."""
    return (size[0] // (2 * LEAST)) * (size[1] // (2 * LEAST))


class FullyConnected(nn.Module):
    """The end of an image network: two hidden layers, each with ReLU and dropout, and the
    classifier.
    """

    def __init__(self, fan: int, wide: int, narrow: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.full6, self.full7 = nn.Linear(fan, wide), nn.Linear(wide, narrow)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(narrow, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) -> logits (B, K)."""
        y = self.dropout(F.relu(self.full6(x)))  # (B, wide)
        y = self.dropout(F.relu(self.full7(y)))  # (B, narrow)
        return self.classifier(y)


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's vgg16 or vgg16_bn as those of a `Backbone`, with `fc6`, `fc7` and
    `fc8`; unknown names stay as they are.

    A bias before batch norm, which torchvision's convolutions have and ours have not, is taken off
    the running mean: the output stays the same.
    """
    layers = sorted({int(m[1]) for name in state if (m := re.fullmatch(r"features\.(\d+)\.weight", name))})
    convs = [layer for layer in layers if state[f"features.{layer}.weight"].ndim == 4]
    ours = {f"features.{layer}": f"convs.{i}" for i, layer in enumerate(convs)} | FULLY_CONNECTED
    ours |= {f"features.{layer + 1}": f"norms.{i}" for i, layer in enumerate(convs) if layer + 1 in layers}
    given: dict[str, Tensor] = {}
    for name, value in state.items():
        layer, _, part = name.rpartition(".")
        given[f"{ours.get(layer, layer)}.{part}".removeprefix(".")] = value
    for i in range(len(convs)):
        if f"norms.{i}.running_mean" in given:
            given[f"norms.{i}.running_mean"] = given[f"norms.{i}.running_mean"] - given.pop(f"convs.{i}.bias")
    return given
