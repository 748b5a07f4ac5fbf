"""C3D: Tran, Bourdev, Fergus, Torresani and Paluri, 2015 (section 3.3, Figure 3).

Eight 3x3x3 convolutions with five max-poolings between them, two fully connected layers of 4096
units and a classifier see 16 frames of 112 x 112 pixels at once. The first pooling leaves time
alone; the others halve time and space.

Sizes that are no multiple of two are rounded up where they are pooled, as Caffe does, in which the
original was trained: its last map of 7 x 7 places becomes 4 x 4. So a dimension that has come down
to one place stays there, and no pooling is ever left out.

Start: not given in the paper for a network that begins from nothing; we use the convolutions' start
of He et al. 2015. `norm`: `none` as published, or `bn`, batch norm after every convolution, without
which a narrow network does not start within a short budget.

The row of the comparison begins from Sports-1M. A port of that file to PyTorch is read by
`from_sports1m`; without `weights` the network begins from nothing. The authors then classify fc6
with a linear SVM; here the whole network is fine-tuned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public

Norm = Literal["none", "bn"]
NAMES = ("conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b")  # the authors' names
FACTORS = (1, 2, 4, 4, 8, 8, 8, 8)  # channels in multiples of the first convolution's
POOLED = {
    "conv1": (1, 2, 2),
    "conv2": (2, 2, 2),
    "conv3b": (2, 2, 2),
    "conv4b": (2, 2, 2),
    "conv5b": (2, 2, 2),
}  # T, H, W
FULLY_CONNECTED = 64  # 4096 units at the published width of 64 channels; scaled with the width


@dataclass(frozen=True)
class Config:
    """All switches; the defaults are the published sizes."""

    classes: int
    in_channels: int = 3
    width: int = 64  # channels of the first convolution; everything else is scaled with it
    size: tuple[int, int, int] = (16, 112, 112)  # frames, height and width of a clip, on which fc6 depends
    norm: Norm = "none"
    dropout: float = 0.5
    weights: str = ""  # a file in $REPRO_DATA/weights, and how its sha256 begins
    weights_digest: str = ""

    def __post_init__(self) -> None:
        if self.in_channels != 3 and (self.in_channels < 2 or self.in_channels % 2):
            raise ValueError(
                f"c3d wants 3 channels (colour) or an even number (flow); got in_channels {self.in_channels}"
            )
        if self.norm not in get_args(Norm):
            raise ValueError(f"norm is one of {', '.join(get_args(Norm))}; got {self.norm!r}")
        if self.width < 1:
            raise ValueError(f"width must be 1 channel or more; got {self.width}")
        if len(self.size) != 3 or min(self.size) < 1:
            raise ValueError(f"size is (frames, height, width) of a clip, 1 or more each; got {self.size}")


def build(classes: int, in_channels: int, **arguments: object) -> C3D:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes=classes, in_channels=in_channels, **arguments)  # type: ignore[arg-type]
    network = C3D(config)
    public.load(network, config.weights, config.weights_digest, from_sports1m, head="classifier")
    return network


class C3D(nn.Module):
    """Eight convolutions in time and space, three fully connected layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        channels = [config.in_channels, *(config.width * factor for factor in FACTORS)]
        plain = config.norm == "none"
        self.convs = nn.ModuleList(nn.Conv3d(fan, out, 3, padding=1, bias=plain) for fan, out in pairwise(channels))
        self.norms = nn.ModuleList(nn.Identity() if plain else nn.BatchNorm3d(out) for out in channels[1:])
        self.pools = nn.ModuleDict({name: nn.MaxPool3d(window, ceil_mode=True) for name, window in POOLED.items()})
        frames, height, width = config.size
        places = ceil(frames / 16) * ceil(height / 32) * ceil(width / 32)  # 1 x 4 x 4 as published
        units = FULLY_CONNECTED * config.width
        self.full6, self.full7 = nn.Linear(channels[-1] * places, units), nn.Linear(units, units)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(units, config.classes)
        for conv in self.convs:
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            if conv.bias is not None:
                nn.init.zeros_(conv.bias)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `conv1` to `conv5b`, (B, D, T, H, W),
        after ReLU and before pooling.

        Raises ValueError when the clip is not of the size the network was built for.
        """
        if tuple(clip.shape[2:]) != tuple(self.config.size):
            raise ValueError(
                f"this c3d was built for clips of {self.config.size} (T, H, W); got {tuple(clip.shape[2:])}. Set size."
            )
        x, inside = clip, {}
        for name, conv, norm in zip(NAMES, self.convs, self.norms, strict=True):
            x = inside[name] = F.relu(norm(conv(x)))  # (B, D, T, H, W)
            x = self.pools[name](x) if name in self.pools else x  # (B, D, T/2, H/2, W/2)
        y = self.dropout(F.relu(self.full6(x.flatten(1))))  # (B, 4096)
        y = self.dropout(F.relu(self.full7(y)))  # (B, 4096)
        return self.classifier(y), inside


BYTES = 57.0  # usual standard deviation of a colour in bytes
LAYERS = {name: f"convs.{i}" for i, name in enumerate(NAMES)} | {"fc6": "full6", "fc7": "full7", "fc8": "classifier"}


def from_sports1m(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of the PyTorch port of the authors' Sports-1M file (`c3d.pickle`: conv1 to conv5b,
    fc6 to fc8) as ours.

    That network was fed bytes less their mean, blue first. Ours is fed red first and with unit
    deviation, so the first filters are turned round and multiplied by a usual deviation; what is
    left of the difference, fine-tuning has to take up. Unknown names stay. The names were read in
    the port's source; the order of its colours is inferred from Caffe's and was not checked on the
    file. The port pads its last pooling on both sides, which shifts the map by one place; ours
    rounds up, see above.
    """
    given = {}
    for name, value in state.items():
        layer, _, part = name.rpartition(".")
        given[f"{LAYERS.get(layer, layer)}.{part}".removeprefix(".")] = value
    if "convs.0.weight" in given:
        given["convs.0.weight"] = given["convs.0.weight"].flip(1) * BYTES
    return given
