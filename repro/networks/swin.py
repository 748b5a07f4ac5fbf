"""Swin Transformer: Liu et al., 2021; the defaults are Swin-T (section 3.3 there).

Blocks, names and initial values are torchvision's. What is added: one frame of a clip goes in, and
the inner maps come out.

ackerly2025 gives no sizes for this row of its Table 1 and cites another work (A10); small scales
take smaller patches and windows.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torchvision.models import SwinTransformer

COLOUR = 3


class Swin(SwinTransformer):
    """torchvision's Swin Transformer on one frame."""

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One frame (B, 3, 1, H, W) -> logits (B, K); inside are the `patches` (B, D, 1, h, w) and
        the `latent` vector (B, D).

        `patches` are the map after the last block and before the last layer norm, which gives every
        place the same length and so would flatten a heat map. `latent` is the mean of the map after
        it.

        Raises ValueError when there is more than one frame.
        """
        if clip.shape[2] != 1:
            raise ValueError(f"swin takes one frame; got T = {clip.shape[2]}. Cut clips with length=1 and step=1.")
        patches = self.features(clip.squeeze(2))  # (B, h, w, D)
        latent = self.norm(patches).mean((1, 2))  # (B, D)
        return self.head(latent), {"patches": patches.permute(0, 3, 1, 2).unsqueeze(2), "latent": latent}


def build(
    classes: int,
    in_channels: int,
    patch: int = 4,
    window: int = 7,
    depths: Sequence[int] = (2, 2, 6, 2),
    heads: Sequence[int] = (3, 6, 12, 24),
    width: int = 96,
    stochastic_depth: float = 0.2,
) -> nn.Module:
    """The network for frames of any size of at least one patch; each stage halves the map and
    doubles the `width` of the first.

    `depths` and `heads` name blocks and attention heads of each stage; `stochastic_depth` is how
    often the last block is left out in training, and grows linearly from 0 at the first.

    Raises ValueError on anything but colour, and on sizes that do not fit each other or are below
    1.
    """
    if in_channels != COLOUR:
        raise ValueError(f"swin reads photographs of 3 channels (colour); got in_channels {in_channels}")
    if not depths or min(classes, patch, window, width, *depths, *heads) < 1 or sum(depths) < 2:
        raise ValueError(
            "swin needs classes, patch, window, width and each of depths and heads of 1 or more, and two blocks in all"
        )
    if len(depths) != len(heads):
        raise ValueError(f"swin wants depths and heads for the same stages; got {tuple(depths)} and {tuple(heads)}")
    if odd := [width * 2**stage for stage, n in enumerate(heads) if width * 2**stage % n]:
        raise ValueError(
            f"swin shares a stage's width among its heads; {odd[0]} is no multiple there. Heads are {tuple(heads)}"
        )
    return Swin(
        [patch] * 2,
        width,
        list(depths),
        list(heads),
        [window] * 2,
        stochastic_depth_prob=stochastic_depth,
        num_classes=classes,
    )
