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

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from repro.networks import i3d
from repro.networks.i3d import I3D, Size, Unit
from repro.nn import public
from repro.nn.googlenet import INCEPTION


@dataclass(frozen=True)
class Config(i3d.Config):
    """All switches, I3D's among them; the defaults are S3D at its published sizes."""

    dropout: float = 0.2  # not given in the publication; we use that of the authors' released code
    weights: str = ""  # torchvision's s3d, a file in $REPRO_DATA/weights, and how its sha256 begins; one stream of colour, no gates
    gating: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.weights and (self.gating or self.in_channels != i3d.CHANNELS["colour"]):
            wanted = "the published weights are for colour alone, 3 channels, without gates"
            raise ValueError(f"{wanted}; got in_channels {self.in_channels}, gating {self.gating}. Leave weights out.")


def build(classes: int, in_channels: int, **arguments: object) -> S3D:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes=classes, in_channels=in_channels, **arguments)  # type: ignore[arg-type]
    network = S3D(config)
    stream = next(iter(network.streams.values()))  # colour, where there are weights
    public.load(stream, config.weights, config.weights_digest, from_torchvision, head="classifier")
    return network


class Gate(nn.Module):
    """Self-gating (section 4.3): every channel times the sigmoid of a linear map of the channels'
    averages.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(channels, channels)
        nn.init.trunc_normal_(
            self.linear.weight, std=0.01
        )  # not given in the publication; as in the released code, so all start at 1/2
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, T, H, W) -> the same."""
        gate = self.linear(x.mean(dim=(2, 3, 4))).sigmoid()  # (B, D)
        return x * gate[:, :, None, None, None]


def separated(fan: int, out: int, side: int, stride: Size = (1, 1, 1), gating: bool = False) -> nn.Sequential:
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


PLACES = (0, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15)  # in torchvision's row of layers; the others pool
STAGES = dict(zip(map(str, PLACES), ("conv1", "conv2", "conv3", *INCEPTION), strict=True))


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's s3d as those of one stream; its last convolution of 1x1x1 becomes
    a linear layer.
    """
    ours = {_ours(name): value for name, value in state.items()}
    last = ours.get("classifier.weight")
    return ours if last is None else ours | {"classifier.weight": last.flatten(1)}  # (K, D)


def _ours(name: str) -> str:
    if (m := re.fullmatch(r"features\.(\d+)\.(?:branch(\d)\.)?((?:\d\.)*)([01])\.(\w+)", name)) and m[1] in STAGES:
        branch = f"branch{int(m[2]) + 1}." if m[2] else ""
        return f"backbone.layers.{STAGES[m[1]]}.{branch}{m[3]}{'norm' if m[4] == '1' else 'conv'}.{m[5]}"
    return name.replace("classifier.1.", "classifier.")
