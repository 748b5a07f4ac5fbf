"""The whole video in n equal parts, T evenly spaced frames of each; gong2022 (8 x 6 or 16 x 6,
G17).

In testing these are n T evenly spaced frames. In training, which the paper leaves open, the grid of
each part is moved at random by less than its spacing; with T = 1 that is one random frame of each
part, as Temporal Segment Networks have it.
"""

import numpy as np

from repro.sampling.uniform import test
from repro.spec import Clips

__all__ = ["test", "train"]


def train(available: int, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """Indices (n T,) of T evenly spaced frames of each of n equal parts of the video, each part's
    grid moved at random within a step.
    """
    segments, frames = clips.segments
    moved = np.repeat(rng.uniform(size=segments), frames)  # (n T,)
    at = (np.arange(segments * frames) + moved) * available / (segments * frames)
    return np.minimum(at.astype(np.int64), available - 1)
