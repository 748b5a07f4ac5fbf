"""A random first frame. It is chosen before the frames are read, by `repro.sampling`, so nothing is
left to do to them here.
"""

import numpy as np

from repro.spec import Clips


def apply(frames: np.ndarray, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """(T, H, W, C) as it is."""
    return frames
