"""C3D: Tran, Bourdev, Fergus, Torresani and Paluri, 2015 (section 3.3, Figure 3).

Eight 3x3x3 convolutions with five max-poolings between them, two fully connected layers of 4096
units and a classifier see 16 frames of 112 x 112 pixels at once. The first pooling leaves time
alone; the others halve time and space.

Sizes that are no multiple of two are rounded up where they are pooled, as Caffe does, in which the
original was trained: its last map of 7 x 7 positions becomes 4 x 4. So a dimension that has come
down to one position stays there, and no pooling is ever left out.

Start: not given in the paper for a network that begins from nothing; we use the convolutions' start
of He et al. 2015. `norm`: `none` as published, or `bn`, batch norm after every convolution, without
which a narrow network does not start within a short budget.

The row of the comparison begins from Sports-1M. A port of that file to PyTorch is read by
`from_sports1m`; without `weights` the network begins from nothing. The authors then classify fc6
with a linear SVM; here the whole network is fine-tuned.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import ceil
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public
from repro.nn.config import Published, require
from repro.nn.convolution import Conv3d
from repro.nn.modalities import modalities
from repro.nn.vgg import UNITS, FullyConnected, Norm, he_start

NAMES = ("conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b")  # the authors' names
FACTORS = (1, 2, 4, 4, 8, 8, 8, 8)  # channels in multiples of the first convolution's
POOLED = {"conv1": (1, 2, 2)} | dict.fromkeys(("conv2", "conv3b", "conv4b", "conv5b"), (2, 2, 2))  # T, H, W


class Config(Published):
    """All switches; the defaults are the published sizes."""

    width: int = 64  # channels of the first convolution; everything else is scaled with it
    size: tuple[int, int, int] = (16, 112, 112)  # frames, height and width of a clip, on which fc6 depends
    norm: Norm = "none"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        modalities("c3d", self.in_channels, ("rgb", "flow"))
        self.check(width=1, size=1)


def build(classes: int, in_channels: int, **arguments: Any) -> C3D:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    return public.load(C3D(config), config, from_sports1m, head="full.classifier")


class C3D(nn.Module):
    """Eight convolutions in time and space, three fully connected layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        channels = [config.in_channels, *(config.width * factor for factor in FACTORS)]
        plain = config.norm == "none"
        self.convs = nn.ModuleList(Conv3d(fan, out, 3, padding=1, bias=plain) for fan, out in pairwise(channels))
        self.norms = nn.ModuleList(nn.Identity() if plain else nn.BatchNorm3d(out) for out in channels[1:])
        self.pools = nn.ModuleDict({name: nn.MaxPool3d(window, ceil_mode=True) for name, window in POOLED.items()})
        frames, height, width = config.size
        positions = ceil(frames / 16) * ceil(height / 32) * ceil(width / 32)  # 1 x 4 x 4 as published
        units = UNITS * config.width
        self.full = FullyConnected(channels[-1] * positions, units, units, config.classes, config.dropout)
        he_start(self.convs)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `conv1` to `conv5b`, (B, D, T, H, W),
        after ReLU and before pooling.

        Raises ValueError when the clip is not of the size the network was built for.
        """
        wanted, given = tuple(self.config.size), tuple(clip.shape[2:])
        require(given == wanted, f"this c3d was built for clips (T, H, W) of size {wanted}", given)
        x, inside = clip, {}
        for name, conv, norm in zip(NAMES, self.convs, self.norms, strict=True):
            x = inside[name] = F.relu(norm(conv(x)))  # (B, D, T, H, W)
            x = self.pools[name](x) if name in self.pools else x  # (B, D, T/2, H/2, W/2)
        return self.full(x.flatten(1)), inside


BYTES = 57.0  # usual standard deviation of a colour in bytes
FULL = {"fc6": "full.full6", "fc7": "full.full7", "fc8": "full.classifier"}
LAYERS = {name: f"convs.{i}" for i, name in enumerate(NAMES)} | FULL


def from_sports1m(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of the PyTorch port of the authors' Sports-1M file (`c3d.pickle`: conv1 to conv5b,
    fc6 to fc8) as ours.

    That network was fed bytes less their mean, blue first. Ours is fed red first and with unit
    deviation, so the first filters are turned round and multiplied by a usual deviation; what is
    left of the difference, fine-tuning has to take up. Unknown names stay. The names were read in
    the port's source; the order of its colours is inferred from Caffe's and was not checked on the
    file. The port pads its last pooling on both sides, which shifts the map by one position; ours
    rounds up, see above.
    """
    given = public.renamed(state, ((rf"^{theirs}\.", f"{ours}.") for theirs, ours in LAYERS.items()))
    if "convs.0.weight" in given:
        given["convs.0.weight"] = given["convs.0.weight"].flip(1) * BYTES
    return given
