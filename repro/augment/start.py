"""A random first frame. It is chosen before the frames are read, by `repro.sampling`, so nothing is
left to do to them here.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from repro.spec import Clips


def draw(rng: np.random.Generator, height: int, width: int, clips: Clips) -> None:
    """Nothing is drawn here."""


def apply(x: Tensor, drawn: Sequence[None], clips: Clips) -> Tensor:
    """(B, T, H, W, C) as it is."""
    return x
