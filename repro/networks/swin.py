"""Swin Transformer: Liu et al., 2021; the defaults are Swin-T (section 3.3 there).

Blocks, names and initial values are torchvision's. What is added: one frame of a clip goes in, and
the inner maps come out.

ackerly2025 gives no sizes for this row of its Table 1 and cites another work (A10); small scales
take smaller patches and windows.
"""

from typing import Any

from torch import Tensor, nn
from torchvision.models import SwinTransformer

from repro.nn.config import Base, require
from repro.nn.modalities import modalities


class Config(Base):
    """Sizes; the defaults are Swin-T. Each stage halves the map and doubles the width of the
    first.
    """

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
        stages = (self.depths, self.heads)
        require(len(self.depths) == len(self.heads), "depths and heads are for the same stages", stages)
        require(sum(self.depths) > 1, "swin wants two blocks in all", self.depths)
        divided = all(self.width * 2**i % n == 0 for i, n in enumerate(self.heads))
        require(divided, f"heads divide the width of each stage, {self.width} and twice as much at each", self.heads)


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

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One frame (B, 3, 1, H, W) -> logits (B, K); inside are the `patches` (B, D, 1, h, w) and
        the `latent` vector (B, D).

        `patches` are the map after the last block and before the last layer norm, which gives every
        position the same length and so would flatten a heat map. `latent` is the mean of the map
        after it.

        Raises ValueError when there is more than one frame.
        """
        require(x.shape[2] == 1, "swin takes xs of one frame, T = 1", x.shape[2])
        patches = self.features(x.squeeze(2))  # (B, h, w, D)
        latent = self.norm(patches).mean((1, 2))  # (B, D)
        return self.head(latent), {"patches": patches.permute(0, 3, 1, 2).unsqueeze(2), "latent": latent}
