"""Multi-layer perceptron, the plainest network of ackerly2025's Table 1: each frame is one long
vector.

The paper gives no sizes, no input, and cites another work for this row (A10). Two hidden layers of
512 units with a dropout of 0.5 are ours, on 32 x 32 pixels or on what boosted trees read of such a
frame as `hog` (`networks.trees`): histograms of oriented gradients and of colours.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import Base, require

HIDDEN = (512, 512)  # units of each hidden layer
DROPOUT = 0.5
SIDE = 32  # pixels of the square that a frame is brought to
CELL, ANGLES, SHADES = 8, 9, 16  # as in `networks.trees`
REACH = 2.5  # deviations from the mean that the shades span, either way: pixels come standardised


class Config(Base):
    """What a frame is read as."""

    features: Literal["pixels", "hog"] = "pixels"


def build(classes: int, in_channels: int, **arguments: Any) -> MLP:
    """The network for frames of any size. Raises TypeError on an unknown argument, ValueError
    without classes and on other features.
    """
    return MLP(Config(classes, in_channels, **arguments))


class MLP(nn.Module):
    """Linear, ReLU and dropout for each of the hidden layers, then the classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        hog = (SIDE // CELL) ** 2 * ANGLES + config.in_channels * SHADES
        layers, wide = [], config.in_channels * SIDE**2 if config.features == "pixels" else hog
        self.read = torch.flatten if config.features == "pixels" else gradients_and_colours
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
        latent = self.layers(self.read(pixels, 1))  # (B, D)
        return self.classifier(latent), {"pixels": pixels.unsqueeze(2), "latent": latent}


def gradients_and_colours(x: Tensor, _: int = 1) -> Tensor:
    """Standardised pixels (B, C, 32, 32) -> (B, 144 + 16 C): `hog` of `networks.trees`, 12 and 16
    times as large so that all numbers are of size one. Of pixels with mean 127.5 and deviation 51.2
    in every channel it is the same; other channels are weighed and their shades cut by their own.
    """
    y = F.pad(x, (1, 1, 1, 1), mode="replicate")
    across, down = y[..., 1:-1, 2:] - y[..., 1:-1, :-2], y[..., 2:, 1:-1] - y[..., :-2, 1:-1]  # (B, C, 32, 32)
    length = (across.square() + down.square() + 1e-12).sqrt()
    strongest = length.argmax(1, keepdim=True)
    across, down, length = (part.gather(1, strongest) for part in (across, down, length))  # (B, 1, 32, 32)
    angle = torch.atan2(down, across) * (ANGLES / torch.pi)
    steps = (angle - torch.arange(ANGLES, device=x.device).view(1, -1, 1, 1)).remainder(ANGLES)  # (B, 9, 32, 32)
    votes = length * (1 - torch.minimum(steps, ANGLES - steps)).clamp(min=0)
    cells = F.avg_pool2d(votes, CELL).permute(0, 2, 3, 1).flatten(1)  # (B, 144)
    shade = ((x + REACH) * (SHADES / 2 / REACH)).floor().clamp(0, SHADES - 1)
    counts = torch.stack([(shade == s).float().mean((2, 3)) for s in range(SHADES)], 2).flatten(1)  # (B, 16 C)
    return torch.cat([12 * F.normalize(cells, dim=1, eps=1e-6), SHADES * counts], 1)
