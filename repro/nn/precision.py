"""Pieces of a network that keep their own precision under autocast."""

from typing import Any

import torch
from torch import Tensor


def plain(x: Tensor) -> Any:
    """Without autocast, on the device of `x`, whichever that is."""
    return torch.autocast(x.device.type if torch.amp.is_autocast_available(x.device.type) else "cpu", enabled=False)
