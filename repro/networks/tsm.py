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

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks import tsn
from repro.networks.tsn import Config, load_backbone
from repro.nn.config import require

__all__ = ["Config", "build", "load_backbone"]

FRACTION = 1 / 8  # of the channels, shifted in each direction


def build(classes: int, in_channels: int, **arguments: Any) -> tsn.TSN | tsn.TwoStreams:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    return tsn.streams(TSM, Config(classes, in_channels, **arguments))


class Shift(nn.Module):
    """Two parts of the channels moved by one frame, back and forward in time; nothing comes in at
    the ends but zeros.

    The backbone knows frames only, B T of them, and not which belong together: whoever runs the
    backbone sets `frames` before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.frames = 1  # T

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B T, D, h, w), the frames of a clip in a row -> the same shape."""
        moved = int(FRACTION * x.shape[1])
        # (B, T, h, w, D): the backbone's maps lie channels last, and stay so
        y = x.permute(0, 2, 3, 1).unflatten(0, (-1, self.frames))
        later, earlier, rest = y.split([moved, moved, y.shape[4] - 2 * moved], dim=4)
        later = F.pad(later[:, 1:], (0, 0, 0, 0, 0, 0, 0, 1))  # a frame sees the next one
        earlier = F.pad(earlier[:, :-1], (0, 0, 0, 0, 0, 0, 1, 0))  # and the one before
        return torch.cat([later, earlier, rest], dim=4).flatten(0, 1).permute(0, 3, 1, 2)  # (B T, D, h, w)


class TSM(tsn.TSN):
    """A TSN whose residual branches all begin with the same shift. Raises ValueError when an eighth
    of the stem is less than a channel.
    """

    def __init__(self, config: Config) -> None:
        require(config.width * FRACTION >= 1, "an eighth of the channels is shifted; widen the network", config.width)
        shift = Shift()  # one serves all branches: it holds no weights
        super().__init__(config, before=lambda: shift)
        self.shift = shift

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) and any T -> logits (B, K) and the inner maps, see `TSN`; a frame
        alone sees zeros where it is shifted.
        """
        self.shift.frames = clip.shape[2]
        return super().forward(clip)
