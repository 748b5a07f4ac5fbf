"""T frames of the whole video as ou2019 has it (eq. 13 and 14): every floor(N / T)-th; the tail of
up to half the video is never seen.
"""

import numpy as np

from repro.sampling.uniform import one_view, train
from repro.spec import Clips

__all__ = ["test", "train"]


def test(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
    """Indices (T,) of frames t, 2 t, … T t, counted from 1, with t = floor(N / T). Short videos
    loop. Raises ValueError on several views.
    """
    one_view(clips, views)
    step = max(available // clips.frames, 1)
    return (step * np.arange(1, clips.frames + 1) - 1) % available
