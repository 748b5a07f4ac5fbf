"""The mean of |h| over the batch and the vector `latent` that the classifier reads; ackerly2025,
eq. (3) and A3.
"""

from collections.abc import Mapping

from torch import Tensor, nn


def penalty(network: nn.Module, inside: Mapping[str, Tensor]) -> Tensor:
    """One number. Raises KeyError when the network names no `latent`."""
    return inside["latent"].float().abs().mean()
