"""Networks at their published sizes, counted without computing."""

from functools import cache
from typing import Any

import torch

from repro.source import load_module
from repro.tasks.cost import count


@cache
def full_size(network: str, classes: int, clip: tuple[int, ...], **arguments: Any) -> dict[str, Any]:
    """What `repro.tasks.cost.count` finds for one clip (C, T, H, W)."""
    build = load_module("networks", network).build
    with torch.device("meta"):
        return count(build(classes, clip[0], **arguments).eval(), torch.empty(1, *clip))
