"""The sum of squares of all weights of convolutions and linear maps; ackerly2025, eq. (3) and
A3.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def penalty(network: nn.Module, inside: Mapping[str, Tensor]) -> Tensor:
    """One number; its gradient is 2 W. Biases, batch and layer norm and positions are left out."""
    return torch.stack([weight.square().sum() for weight in weights(network)]).sum()


def weights(network: nn.Module) -> list[Tensor]:
    """The parameters called `weight` (or `in_proj_weight`, as torch calls those of attention) that
    have two dimensions or more.
    """
    return [p for name, p in network.named_parameters() if name.endswith("weight") and p.ndim > 1]
