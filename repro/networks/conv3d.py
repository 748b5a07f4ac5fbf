"""A plain small 3-D convolutional network, a baseline that no paper's table holds.

The difficulty of generated worlds is set on it, and it is what is trained on a generated world and
then fine-tuned on real clips.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from torch import Tensor, nn

from repro.nn.config import Base


class Config(Base):
    """Sizes, for clips of any length and size in 3 channels (colour) or 2 (flow)."""

    width: int = 16  # channels of the first block
    depth: int = 3  # blocks

    def __post_init__(self) -> None:
        self.check(width=1, depth=1)


def build(classes: int, in_channels: int, **arguments: Any) -> Conv3d:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on an impossible
    one.
    """
    return Conv3d(Config(classes, in_channels, **arguments))


class Conv3d(nn.Module):
    """`depth` blocks of 3x3x3 convolution that halves space, batch norm, ReLU; the width doubles
    from the second block on.

    Time is kept whole up to the last block, then everything is averaged.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = [config.in_channels, *(config.width * 2**i for i in range(config.depth))]
        self.blocks = nn.ModuleList(_block(a, b) for a, b in pairwise(widths))
        self.head = nn.Linear(widths[-1], config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, C, T, H, W) -> logits (B, K), and each block's map and the pooled features by
        name.
        """
        x, inside = clip, {}
        for i, block in enumerate(self.blocks, 1):
            x = inside[f"block{i}"] = block(x)  # (B, D, T, H/2, W/2)
        x = inside["features"] = x.mean((2, 3, 4))  # (B, D)
        return self.head(x), inside


def _block(a: int, b: int) -> nn.Sequential:
    conv = nn.Conv3d(a, b, 3, stride=(1, 2, 2), padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm3d(b), nn.ReLU(inplace=True))
