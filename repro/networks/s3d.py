"""S3D and S3D-G, separable 3-D inception: Xie, Sun, Huang, Tu and Murphy, 2018 (sections 4.2 and
4.3).

I3D with every convolution over space and time taken apart: first 1xkxk over space, then kx1x1 over
time, each with batch norm and ReLU. At the published sizes it is torchvision's `s3d`, whose
published weights are read by `from_torchvision`; its poolings are padded, which I3D's here are not.
`gating`: S3D-G. After every convolution over time, the stem's included, each channel is multiplied
by a gate between 0 and 1 that sees the average of all channels over time and space.

The authors' released code differs: a stem that is not taken apart, no batch norm after a
convolution over time, gates without bias after all four branches of a module and none after the
stem. We keep to the text and to the weights that can be had.

Streams of colour and flow and how they are trained: as in `i3d`. The printed accuracy of S3D-G in
the comparison is that of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn

from repro.networks import i3d
from repro.networks.i3d import I3D
from repro.nn import public
from repro.nn.config import require
from repro.nn.convolution import Size
from repro.nn.googlenet import INCEPTION, Unit
from repro.nn.modalities import COLOUR


class Config(i3d.Config):
    """All switches, I3D's among them; the defaults are S3D at its published sizes. Published
    weights are torchvision's s3d: one stream of colour, no gates.
    """

    dropout: float = 0.2  # not given in the publication; we use that of the authors' released code
    gating: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        known, got = (
            self.in_channels == COLOUR and not self.gating,
            f"{self.in_channels} channels, gating {self.gating}",
        )
        require(known or not self.weights, "the published weights are for colour alone, without gates", got)


def build(classes: int, in_channels: int, **arguments: Any) -> S3D:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    network = S3D(config)
    public.load(next(iter(network.streams.values())), config, from_torchvision)  # colour, where there are weights
    return network


class Gate(nn.Module):
    """Self-gating (section 4.3): every channel times the sigmoid of a linear map of the channels'
    averages.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(channels, channels)
        # not given in the publication; as in the released code, so all start at 1/2
        nn.init.trunc_normal_(self.linear.weight, std=0.01)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, T, H, W) -> the same."""
        gate = self.linear(x.mean(dim=(2, 3, 4))).sigmoid()  # (B, D)
        return x * gate[:, :, None, None, None]


def separated(fan: int, out: int, side: int, stride: Size, gating: bool) -> nn.Sequential:
    """S3D's convolution: over space, over time, and in S3D-G a gate. The first takes the stride in
    space, the second that in time.
    """
    time, *space = stride
    spatial, temporal = Unit(fan, out, (1, side, side), (1, *space)), Unit(out, out, (side, 1, 1), (time, 1, 1))
    return nn.Sequential(spatial, temporal, *([Gate(out)] if gating else []))


class S3D(I3D):
    """I3D's streams with separated convolutions and padded poolings."""

    def __init__(self, config: Config) -> None:
        super().__init__(config, partial(separated, gating=config.gating), padded=True)


POSITIONS = (0, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15)  # in torchvision's row of layers; the others pool
LAYERS = zip(POSITIONS, ("conv1", "conv2", "conv3", *INCEPTION), strict=True)
RULES = [  # torchvision's names -> those of a stream
    *((rf"^features\.{position}\.", f"backbone.layers.{name}.") for position, name in LAYERS),
    *((rf"^(backbone\..+\.)branch{i}\.", rf"\1branch{i + 1}.") for i in reversed(range(4))),
    (r"^(backbone\..+)\.0\.(\w+)$", r"\1.conv.\2"),
    (r"^(backbone\..+)\.1\.(\w+)$", r"\1.norm.\2"),
    (r"^classifier\.1\.", "classifier."),
]


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's s3d as those of one stream; its last convolution of 1x1x1 becomes
    a linear layer.
    """
    ours = public.renamed(state, RULES)
    last = ours.get("classifier.weight")
    return ours if last is None else ours | {"classifier.weight": last.flatten(1)}  # (K, D)
