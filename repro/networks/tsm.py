"""Temporal shift module (TSM): Lin, Gan and Han, 2019 (Figures 1 to 3, section 3).

A TSN in which frames exchange a part of their maps: at the beginning of every residual branch one
eighth of the channels comes from the next frame and one eighth from the frame before. The way
around a branch stays as it is (the residual shift of section 3.2), so that nothing of a frame is
lost. A shift multiplies nothing: the cost is that of TSN, 65 GMACs for 16 frames in gong2022's
comparison.

Which eighth goes which way makes no difference to a network that is trained; we move the first one
back in time and the second one forward. The one-sided shift for streams that have no next frame
(section 4) is left out: clips are seen whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks import tsn
from repro.networks.tsn import load_backbone

__all__ = ["build", "load_backbone"]


@dataclass(frozen=True)
class Config(tsn.Config):
    """All switches; the defaults are a ResNet-50 at published size with the published shift."""

    share: float = 1 / 8  # of the channels, in each direction; with 0 the network is TSN

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.share <= 1 / 2:
            raise ValueError(f"share is shifted in two directions, so it is 0 to 1/2; got {self.share}")
        if 0 < self.width * self.share < 1:
            raise ValueError(
                f"width x share is less than one channel; got {self.width} x {self.share}. Widen the network or shift more."
            )


def build(classes: int, in_channels: int, **arguments: object) -> TSM:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    network = TSM(Config(classes=classes, in_channels=in_channels, **arguments))  # type: ignore[arg-type]
    tsn.with_weights(network)
    return network


class Shift(nn.Module):
    """Two parts of the channels moved by one frame, back and forward in time; nothing comes in at
    the ends but zeros.

    The backbone knows frames only, B T of them, and not which belong together: `frames` tells, and
    whoever runs the backbone sets it before.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.frames = 1  # T

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B T, D, h, w), the frames of a clip in a row -> the same shape."""
        moved = int(self.share * x.shape[1])
        if not moved:
            return x
        y = x.permute(0, 2, 3, 1).unflatten(
            0, (-1, self.frames)
        )  # (B, T, h, w, D): the backbone's maps lie channels last, and stay so
        later, earlier, rest = y.split([moved, moved, y.shape[4] - 2 * moved], dim=4)
        later = F.pad(later[:, 1:], (0, 0, 0, 0, 0, 0, 0, 1))  # a frame sees the next one
        earlier = F.pad(earlier[:, :-1], (0, 0, 0, 0, 0, 0, 1, 0))  # and the one before
        return torch.cat([later, earlier, rest], dim=4).flatten(0, 1).permute(0, 3, 1, 2)  # (B T, D, h, w)


class TSM(tsn.TSN):
    """A TSN whose residual branches all begin with the same shift."""

    def __init__(self, config: Config) -> None:
        shift = Shift(config.share)  # one serves all branches: it holds no weights
        super().__init__(config, before=lambda: shift)
        self.shift = shift

    def forward(self, clip: Tensor) -> tuple[Tensor, tsn.Inside]:
        """Clip (B, C, T, H, W) and any T -> logits (B, K) and the inner maps, see `TSN`; a frame
        alone sees zeros where it is shifted.
        """
        self.shift.frames = clip.shape[2]
        return super().forward(clip)
