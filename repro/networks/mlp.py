"""Multi-layer perceptron on pixels, the plainest network of ackerly2025's Table 1: each frame is
one long vector.

The paper gives no sizes and cites another work for this row (A10). Two hidden layers of 512 units
on 32 x 32 pixels are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


class MLP(nn.Module):
    """Linear, ReLU and dropout for each of the `hidden` layers, then the classifier."""

    def __init__(self, classes: int, in_channels: int, hidden: Sequence[int], dropout: float, resolution: int) -> None:
        super().__init__()
        self.resolution = resolution
        layers, wide = [], in_channels * resolution**2
        for units in hidden:
            layers += [nn.Linear(wide, units), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            wide = units
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Linear(wide, classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One frame (B, C, 1, H, W) -> logits (B, K); inside are the `pixels` it reads, (B, C, 1,
        h, w), and its `latent` vector (B, D).

        A frame of another size is brought to `resolution` by means over windows of whole pixels;
        where it is smaller, pixels repeat.

        Raises ValueError when there is more than one frame.
        """
        if clip.shape[2] != 1:
            raise ValueError(f"mlp takes one frame; got T = {clip.shape[2]}. Cut clips with length=1 and step=1.")
        pixels = F.adaptive_avg_pool2d(clip.squeeze(2), self.resolution)  # (B, C, h, w)
        latent = self.layers(pixels.flatten(1))  # (B, D)
        return self.classifier(latent), {"pixels": pixels.unsqueeze(2), "latent": latent}


def build(
    classes: int, in_channels: int, hidden: Sequence[int] = (512, 512), dropout: float = 0.5, resolution: int = 32
) -> nn.Module:
    """The network for frames of any size. Raises ValueError without classes, without hidden units
    or without pixels.
    """
    if classes < 1 or resolution < 1 or not hidden or min(hidden) < 1:
        raise ValueError(
            f"mlp needs classes, resolution and each of its hidden layers of 1 or more, got {classes}, {resolution} and {tuple(hidden)}."
        )
    return MLP(classes, in_channels, hidden, dropout, resolution)
