"""Swin Transformer: Liu et al., 2021; the defaults are Swin-T (section 3.3 there).

Blocks, names and initial values are torchvision's. What is added: one frame of a clip goes in, and
the inner maps come out.

ackerly2025 gives no sizes for this row of its Table 1 and cites another work (A10); small scales
take smaller patches and windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torchvision.models import SwinTransformer

from repro.nn.config import Base
from repro.nn.modalities import modalities


@dataclass(frozen=True)
class Config(Base):
    """Sizes; the defaults are Swin-T. Each stage halves the map and doubles the width of the first."""

    patch: int = 4  # pixels, height and width of a patch
    window: int = 7  # positions, height and width of the windows within which attention looks
    depths: tuple[int, ...] = (2, 2, 6, 2)  # blocks of each stage
    heads: tuple[int, ...] = (3, 6, 12, 24)  # attention heads of each stage
    width: int = 96  # of the first stage
    # how often the last block is left out in training; it grows linearly from 0 at the first
    stochastic_depth: float = 0.2

    def __post_init__(self) -> None:
        modalities("swin", self.in_channels, ["rgb"])
        self.check(patch=1, window=1, depths=1, heads=1, width=1)
        if sum(self.depths) < 2 or len(self.depths) != len(self.heads):
            wanted = "swin wants two blocks in all, and depths and heads for the same stages"
            raise ValueError(f"{wanted}; got depths {tuple(self.depths)} and heads {tuple(self.heads)}")
        if odd := [self.width * 2**i for i, n in enumerate(self.heads) if self.width * 2**i % n]:
            wanted = "swin divides a stage's width among its heads"
            raise ValueError(f"{wanted}; {odd[0]} is no multiple there. Heads are {tuple(self.heads)}")


def build(classes: int, in_channels: int, **arguments: Any) -> nn.Module:
    """The network for frames of any size of at least one patch.

    Raises TypeError on an unknown argument, ValueError on anything but colour, and on sizes that do
    not fit each other or are below 1.
    """
    c = Config(classes, in_channels, **arguments)
    sizes = ([c.patch] * 2, c.width, list(c.depths), list(c.heads), [c.window] * 2)
    return Swin(*sizes, stochastic_depth_prob=c.stochastic_depth, num_classes=classes)


class Swin(SwinTransformer):
    """torchvision's Swin Transformer on one frame."""

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One frame (B, 3, 1, H, W) -> logits (B, K); inside are the `patches` (B, D, 1, h, w) and
        the `latent` vector (B, D).

        `patches` are the map after the last block and before the last layer norm, which gives every
        position the same length and so would flatten a heat map. `latent` is the mean of the map
        after it.

        Raises ValueError when there is more than one frame.
        """
        if clip.shape[2] != 1:
            raise ValueError(f"swin takes one frame; got T = {clip.shape[2]}. Cut clips of one frame.")
        patches = self.features(clip.squeeze(2))  # (B, h, w, D)
        latent = self.norm(patches).mean((1, 2))  # (B, D)
        return self.head(latent), {"patches": patches.permute(0, 3, 1, 2).unsqueeze(2), "latent": latent}
