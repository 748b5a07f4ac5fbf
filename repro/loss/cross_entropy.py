"""Cross-entropy, and what the network adds itself."""

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor


def loss(logits: Tensor, label: Tensor, inside: Mapping[str, Tensor]) -> Tensor:
    """One number of logits (B, K) and labels (B,); `auxiliary` in the network's insides, (B,), is
    added as its mean.
    """
    value = F.cross_entropy(logits.float(), label)
    return value + inside["auxiliary"].float().mean() if "auxiliary" in inside else value
