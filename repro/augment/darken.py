"""Every second clip at a night of random depth: the control of wei2025's Table 5, a recogniser that
has seen the dark.
"""

import numpy as np

from repro.data.light import darken
from repro.spec import Clips


def apply(frames: np.ndarray, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """(T, H, W, 3) uint8 -> the same or darker. Raises ValueError for flow, which is computed
    before.
    """
    if clips.input != "rgb":
        remedy = "train on clips with Clips.darkness instead"
        raise ValueError(f"the augmentation darken changes colour, and the input is {clips.input}; {remedy}.")
    return darken(frames, rng.uniform(0.2, 1.0), rng) if rng.random() < 0.5 else frames
