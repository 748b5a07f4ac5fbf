"""Light-enhancement curves estimated by a small network: Zero-DCE (Guo et al., CVPR 2020), the
substitute for MDIFE-Net (W17).

wei2025 enhances its dark clips with a network that it names and does not define; it says that
illumination curves are estimated. Zero-DCE does that: seven 3x3 convolutions look at a frame and
give, for every pixel and channel, one number A in -1..1 for each of eight rounds of x <- x + A x (1
- x), which keeps 0 and 1 in place and bends what lies between. `scales=(1, 2, 4)` estimates the
maps at three sizes and fuses them (the multi-scale reading of W17). It is trained without any lit
picture, see `repro.tasks.enhance`.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import Base
from repro.nn.modalities import modalities

Inside = dict[str, Tensor]
Padding = Literal["replicate", "zeros"]


class Config(Base):
    """All switches; the defaults are the published Zero-DCE, but for its padding: 79,416
    parameters, 5.19 GMACs for 256 x 256 pixels.
    """

    classes: int = 0  # it knows none
    width: int = 32  # channels of the first six layers
    iterations: int = 8  # rounds of the curve
    scales: tuple[int, ...] = (1,)  # the frame is looked at in full size, or also shrunk by these factors
    # zeros, as published, darken a rim
    padding: Padding = "replicate"
    # W18: curves of each frame, or their mean over a clip, against flicker
    scope: Literal["per_frame", "clip_mean"] = "per_frame"

    def __post_init__(self) -> None:
        modalities("zerodce", self.in_channels, ["rgb"])
        self.check(classes=0, width=1, iterations=1, scales=1)


def build(classes: int = 0, in_channels: int = 3, **arguments: Any) -> ZeroDCE:
    """The enhancer; it knows no classes. Raises TypeError on an unknown argument, ValueError on an
    impossible one.
    """
    return ZeroDCE(Config(classes, in_channels, **arguments))


class Curves(nn.Module):
    """Seven 3x3 convolutions with symmetric skips: a frame to its curve maps, before the tanh."""

    def __init__(self, width: int, out: int, padding: Padding) -> None:
        super().__init__()
        fan_in = (3, width, width, width, 2 * width, 2 * width, 2 * width)
        fan_out = (*(width,) * 6, out)
        pairs = zip(fan_in, fan_out, strict=True)
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1, padding_mode=padding) for a, b in pairs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, 3 rounds, H, W)."""
        c1 = F.relu(self.layers[0](x))  # (N, D, H, W), and so all but the last
        c2 = F.relu(self.layers[1](c1))
        c3 = F.relu(self.layers[2](c2))
        c4 = F.relu(self.layers[3](c3))
        c5 = F.relu(self.layers[4](torch.cat([c3, c4], 1)))
        c6 = F.relu(self.layers[5](torch.cat([c2, c5], 1)))
        return self.layers[6](torch.cat([c1, c6], 1))  # (N, 3 rounds, H, W)


class ZeroDCE(nn.Module):
    """Curve maps, and the curve drawn through every pixel `iterations` times."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        maps = 3 * config.iterations
        self.curves = nn.ModuleList(Curves(config.width, maps, config.padding) for _ in config.scales)
        self.fuse = nn.Conv2d(maps * len(config.scales), maps, 1) if len(config.scales) > 1 else nn.Identity()
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.normal_(layer.weight, 0.0, 0.02)
                nn.init.zeros_(layer.get_parameter("bias"))

    def forward(self, x: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """Frames (T, 3, H, W) in 0..1 -> the enhanced frames, and `curves` (T, 3 rounds, H, W).

        With `scope` clip_mean the frames are those of one clip, but not in training, which draws
        them from many clips. With `probe` also `steps` (T, rounds + 1, 3, H, W), from the frame as
        it came to the last round.
        """
        curves = self.maps(x)
        if self.config.scope == "clip_mean" and not self.training:
            curves = curves.mean(0, keepdim=True).expand_as(curves)
        steps = [x]
        for a in curves.chunk(self.config.iterations, 1):  # (T, 3, H, W)
            steps.append(steps[-1] + a * steps[-1] * (1 - steps[-1]))
        return steps[-1], {"curves": curves} | ({"steps": torch.stack(steps, 1)} if probe else {})

    def maps(self, x: Tensor) -> Tensor:
        """(T, 3, H, W) -> (T, 3 rounds, H, W) in -1..1."""
        height, width = x.shape[-2:]
        parts = []
        for scale, curves in zip(self.config.scales, self.curves, strict=True):
            if scale == 1:
                parts.append(curves(x))  # (T, 3 rounds, H, W)
            else:
                small = F.interpolate(x, (max(height // scale, 1), max(width // scale, 1)), mode="area")
                parts.append(F.interpolate(curves(small), (height, width), mode="bilinear", align_corners=False))
        return self.fuse(torch.cat(parts, 1)).tanh()
