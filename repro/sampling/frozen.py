"""The frame in the middle of a clip in the place of each of its frames: nothing moves any more."""

import numpy as np

from repro.sampling import span
from repro.spec import Clips


def train(available: int, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """Indices (T,), all alike, of the middle of a clip as `span` draws it."""
    return _middle(span.train(available, clips, rng))


def test(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
    """Indices (T,), all alike, of the middle of a clip as `span` tests it."""
    return _middle(span.test(available, clips, view, views))


def _middle(indices: np.ndarray) -> np.ndarray:
    return np.full_like(indices, indices[len(indices) // 2])
