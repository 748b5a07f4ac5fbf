"""Vision Transformer (ViT): Dosovitskiy et al., 2021; the defaults are ViT-B/16 (Table 1 there) for
images of 224 pixels.

Blocks, names and initial values are torchvision's. What is added: one frame of a clip goes in, and
the inner maps come out.

ackerly2025 gives no sizes for this row of its Table 1 and cites another work (A10); small scales
take fewer and narrower blocks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer

COLOUR = 3


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
            hint = "Build vit with the frame's size and cut clips with length=1 and step=1."
            raise ValueError(f"vit was built for clips (C, T, H, W) = {wanted}; got {tuple(clip.shape[1:])}. {hint}")
        grid = self.conv_proj(clip.squeeze(2))  # (B, D, h, w)
        tokens = torch.cat(
            [self.class_token.expand(len(clip), -1, -1), grid.flatten(2).transpose(1, 2)], 1
        )  # (B, 1 + h w, D)
        tokens = self.encoder.layers(self.encoder.dropout(tokens + self.encoder.pos_embedding))
        patches = tokens[:, 1:].transpose(1, 2).unflatten(2, (1, *grid.shape[2:]))  # (B, D, 1, h, w)
        latent = self.encoder.ln(tokens[:, 0])  # (B, D)
        return self.heads(latent), {"patches": patches, "latent": latent}


def build(
    classes: int,
    in_channels: int,
    size: int = 224,
    patch: int = 16,
    layers: int = 12,
    heads: int = 12,
    width: int = 768,
    mlp: int = 3072,
    dropout: float = 0.0,
) -> nn.Module:
    """The network for frames of `size` x `size` pixels in patches of `patch` x `patch`; `mlp` is
    the hidden width of each block.

    Raises ValueError on anything but colour, and on sizes that do not divide or are below 1.
    """
    if in_channels != COLOUR:
        raise ValueError(f"vit reads photographs of 3 channels (colour); got in_channels {in_channels}")
    if min(classes, size, patch, layers, heads, width, mlp) < 1:
        raise ValueError("vit needs classes, size, patch, layers, heads, width and mlp of 1 or more")
    if size % patch:
        raise ValueError(f"vit cuts a frame into whole patches; size {size} is no multiple of patch {patch}")
    if width % heads:
        raise ValueError(f"vit shares its width among the heads; width {width} is no multiple of heads {heads}")
    return ViT(size, patch, layers, heads, width, mlp, dropout, num_classes=classes)
