"""What is added to the cross-entropy so that a network stays simple; ackerly2025, eq. (3) and A3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn


def penalty(kind: Literal["l2_weights", "l1_latent"], network: nn.Module, inside: Mapping[str, Tensor]) -> Tensor:
    """One number, to be multiplied by lambda.

    `l2_weights`: the sum of squares of all weights of convolutions and linear maps, so no bias, no batch or layer norm, no positions;
    its gradient is 2 W. `l1_latent`: the mean of |h| over the batch and the vector `latent` that the classifier reads.

    Raises KeyError when the network names no `latent`.
    """
    if kind == "l2_weights":
        return torch.stack([weight.square().sum() for weight in weights(network)]).sum()
    return inside["latent"].float().abs().mean()


def weights(network: nn.Module) -> list[Tensor]:
    """The parameters called `weight` (or `in_proj_weight`, as torch calls those of attention) that have two dimensions or more."""
    return [p for name, p in network.named_parameters() if name.endswith("weight") and p.ndim > 1]
