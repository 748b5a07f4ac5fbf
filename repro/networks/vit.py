"""Vision Transformer (ViT): Dosovitskiy et al., 2021; the defaults are ViT-B/16 (Table 1 there) for
images of 224 pixels.

Blocks, names and initial values are torchvision's. What is added: one frame of a clip goes in, and
the inner maps come out.

ackerly2025 gives no sizes for this row of its Table 1 and cites another work (A10); small scales
take fewer and narrower blocks.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer

from repro.nn.config import Base, require
from repro.nn.modalities import COLOUR, modalities


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
        require(self.size % self.patch == 0, f"size must be a multiple of patch = {self.patch}", self.size)
        require(self.width % self.heads == 0, f"width must be a multiple of heads = {self.heads}", self.width)


def build(classes: int, in_channels: int, **arguments: Any) -> nn.Module:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on anything but
    colour and on sizes that do not divide or are below 1.
    """
    c = Config(classes, in_channels, **arguments)
    return ViT(c.size, c.patch, c.layers, c.heads, c.width, c.mlp, num_classes=c.classes)


class ViT(VisionTransformer):
    """torchvision's Vision Transformer on one frame, returning (logits, inside)."""

    def forward(self, x: Tensor) -> Any:
        """One frame (B, 3, 1, H, W) -> logits (B, K); inside are the `patches` (B, D, 1, h, w) and
        the `latent` vector (B, D).

        `patches` are the tokens after the last block and before the last layer norm, which gives
        every token the same length and so would flatten a heat map. `latent` is the class token
        after it.

        Raises ValueError when the frame has another size than the positions were made for.
        """
        wanted, given = (COLOUR, 1, self.image_size, self.image_size), tuple(x.shape[1:])
        require(given == wanted, f"this vit was built for clips (C, T, H, W) of {wanted}", given)
        grid = self.conv_proj(x.squeeze(2))  # (B, D, h, w)
        tokens = [self.class_token.expand(len(x), -1, -1), grid.flatten(2).transpose(1, 2)]
        y = self.encoder.dropout(torch.cat(tokens, 1) + self.encoder.pos_embedding)  # (B, 1 + h w, D)
        y = self.encoder.layers(y)
        patches = y[:, 1:].transpose(1, 2).unflatten(2, (1, *grid.shape[2:]))  # (B, D, 1, h, w)
        latent = self.encoder.ln(y[:, 0])  # (B, D)
        return self.heads(latent), {"patches": patches, "latent": latent}
