"""Vision Transformer (ViT): Dosovitskiy et al., 2021; the defaults are ViT-B/16 (Table 1 there) for
images of 224 pixels.

Blocks, names and initial values are torchvision's. What is added: one frame of a clip goes in, and
the inner maps come out.

ackerly2025 gives no sizes for this row of its Table 1 and cites another work (A10); small scales
take fewer and narrower blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer

from repro.nn.config import Base
from repro.nn.modalities import COLOUR, modalities


@dataclass(frozen=True)
class Config(Base):
    """Sizes; the defaults are ViT-B/16."""

    size: int = 224  # pixels, height and width of a frame
    patch: int = 16  # pixels, height and width of a patch
    layers: int = 12
    heads: int = 12
    width: int = 768
    mlp: int = 3072  # hidden width of each block

    def __post_init__(self) -> None:
        modalities("vit", self.in_channels, ["rgb"])
        self.check(size=1, patch=1, layers=1, heads=1, width=1, mlp=1)
        for whole, part in (("size", "patch"), ("width", "heads")):
            if getattr(self, whole) % getattr(self, part):
                numbers = f"{whole} {getattr(self, whole)} is no multiple of {part} {getattr(self, part)}"
                raise ValueError(f"vit cuts frames into whole patches and its width into heads; {numbers}")


def build(classes: int, in_channels: int, **arguments: Any) -> nn.Module:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on anything but
    colour and on sizes that do not divide or are below 1.
    """
    c = Config(classes, in_channels, **arguments)
    return ViT(c.size, c.patch, c.layers, c.heads, c.width, c.mlp, num_classes=c.classes)


class ViT(VisionTransformer):
    """torchvision's Vision Transformer on one frame."""

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One frame (B, 3, 1, H, W) -> logits (B, K); inside are the `patches` (B, D, 1, h, w) and
        the `latent` vector (B, D).

        `patches` are the tokens after the last block and before the last layer norm, which gives
        every token the same length and so would flatten a heat map. `latent` is the class token
        after it.

        Raises ValueError when the frame has another size than the positions were made for.
        """
        wanted = (COLOUR, 1, self.image_size, self.image_size)
        if clip.shape[1:] != wanted:
            hint = "Build vit with the frame's size and cut clips of one frame."
            raise ValueError(f"vit was built for clips (C, T, H, W) = {wanted}; got {tuple(clip.shape[1:])}. {hint}")
        grid = self.conv_proj(clip.squeeze(2))  # (B, D, h, w)
        tokens = [self.class_token.expand(len(clip), -1, -1), grid.flatten(2).transpose(1, 2)]
        x = self.encoder.dropout(torch.cat(tokens, 1) + self.encoder.pos_embedding)  # (B, 1 + h w, D)
        x = self.encoder.layers(x)
        patches = x[:, 1:].transpose(1, 2).unflatten(2, (1, *grid.shape[2:]))  # (B, D, 1, h, w)
        latent = self.encoder.ln(x[:, 0])  # (B, D)
        return self.heads(latent), {"patches": patches, "latent": latent}
