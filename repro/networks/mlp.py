"""Multi-layer perceptron on pixels, the plainest network of ackerly2025's Table 1: each frame is
one long vector.

The paper gives no sizes and cites another work for this row (A10). Two hidden layers of 512 units
on 32 x 32 pixels, with a dropout of 0.5, are ours.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import Base, require

HIDDEN = (512, 512)  # units of each hidden layer
DROPOUT = 0.5
SIDE = 32  # pixels of the square that a frame is brought to


def build(classes: int, in_channels: int) -> MLP:
    """The network for frames of any size. Raises ValueError without classes."""
    return MLP(Base(classes, in_channels))


class MLP(nn.Module):
    """Linear, ReLU and dropout for each of the hidden layers, then the classifier."""

    def __init__(self, config: Base) -> None:
        super().__init__()
        layers, wide = [], config.in_channels * SIDE**2
        for units in HIDDEN:
            layers += [nn.Linear(wide, units), nn.ReLU(inplace=True), nn.Dropout(DROPOUT)]
            wide = units
        self.layers = nn.Sequential(*layers)
        self.classifier = nn.Linear(wide, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One frame (B, C, 1, H, W) -> logits (B, K); inside are the `pixels` it reads, (B, C, 1,
        h, w), and its `latent` vector (B, D).

        A frame of another size is brought to 32 x 32 by means over windows of whole pixels; where
        it is smaller, pixels repeat.

        Raises ValueError when there is more than one frame.
        """
        require(clip.shape[2] == 1, "mlp takes clips of one frame, T = 1", clip.shape[2])
        pixels = F.adaptive_avg_pool2d(clip.squeeze(2), SIDE)  # (B, C, h, w)
        latent = self.layers(pixels.flatten(1))  # (B, D)
        return self.classifier(latent), {"pixels": pixels.unsqueeze(2), "latent": latent}
