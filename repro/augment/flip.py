"""Left-right mirror with probability one half."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from repro.spec import Clips

COLOUR = 3  # channels before those of flow


def draw(rng: np.random.Generator, height: int, width: int, clips: Clips) -> bool:
    """Whether a clip is mirrored."""
    return rng.random() >= 0.5


def apply(x: Tensor, drawn: Sequence[bool], clips: Clips) -> Tensor:
    """(B, T, H, W, C) uint8 -> some clips as they are, the others' mirror image; the horizontal
    component of every flow field changes its sign.
    """
    chosen = [i for i, mirrored in enumerate(drawn) if mirrored]
    if not chosen:
        return x
    turned = x[chosen].flip(3)
    if clips.input != "rgb":
        u = turned[..., COLOUR * (clips.input == "both") :: 2]
        u.neg_()  # modulo 256: 128 stays, 128 + v becomes 128 - v
    x = x.clone()
    x[chosen] = turned
    return x
