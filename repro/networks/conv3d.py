"""A plain small 3-D convolutional network: the yardstick that is compared with nothing.

The difficulty of generated worlds is set on it, and it carries what a world taught over to real
clips.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn


class Conv3d(nn.Module):
    """`depth` blocks of 3x3x3 convolution that halves space, batch norm, ReLU; the width doubles
    from the second block on.

    Time is kept whole up to the last block, then everything is averaged.
    """

    def __init__(self, classes: int, in_channels: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        widths = [in_channels, *(width * 2**i for i in range(depth))]
        self.blocks = nn.ModuleList(_block(a, b) for a, b in pairwise(widths))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, C, T, H, W) -> logits (B, K), and each block's map and the pooled features by name."""
        inside = {}
        for i, block in enumerate(self.blocks, 1):
            x = inside[f"block{i}"] = block(x)
        x = inside["features"] = x.mean((2, 3, 4))  # (B, D)
        return self.head(self.dropout(x)), inside


def _block(a: int, b: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(a, b, 3, stride=(1, 2, 2), padding=1, bias=False), nn.BatchNorm3d(b), nn.ReLU(inplace=True)
    )


def build(classes: int, in_channels: int, width: int = 16, depth: int = 3, dropout: float = 0.0) -> nn.Module:
    """The network for clips of any length and size; in_channels is 3 (rgb) or 2 (flow). Raises
    ValueError without classes or blocks.
    """
    if classes < 1 or depth < 1 or width < 1:
        raise ValueError(f"conv3d needs classes, width and depth of 1 or more, got {classes}, {width} and {depth}.")
    return Conv3d(classes, in_channels, width, depth, dropout)
