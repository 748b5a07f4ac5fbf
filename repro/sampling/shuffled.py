"""The frames of a clip in another order: what is seen stays, when it is seen is lost. In testing
each view has an order of its own, the same for all videos.
"""

import numpy as np

from repro.sampling import span
from repro.spec import Clips


def train(available: int, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """Indices (T,) of a clip as `span` draws it, in an order drawn anew."""
    return rng.permutation(span.train(available, clips, rng))


def test(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
    """Indices (T,) of a clip as `span` tests it, in the order of this view."""
    return np.random.default_rng(view).permutation(span.test(available, clips, view, views))
