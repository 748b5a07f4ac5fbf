"""T frames of the whole video as ou2019 has it. Testing (eq. 13 and 14): every floor(N / T)-th; the
tail of up to half the video is never seen. Training: a random start and an interval tau drawn from
2 to 10, a range that contains L = 4, as section 3.6 asks (O15); where less fits, up to what fits.
"""

from collections.abc import Callable

import numpy as np

from repro.sampling.uniform import one_view
from repro.spec import Clips

LEAST, MOST = 2, 10  # of tau


def train(available: int, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """Indices (T,) at an interval of 2 to 10 frames, from a start drawn where they fit; short
    videos loop.
    """
    fits = max((available - 1) // max(clips.frames - 1, 1), 1)
    return placed(available, clips.frames, int(rng.integers(min(LEAST, fits), min(MOST, fits) + 1)), rng)


def test(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
    """Indices (T,) of frames t, 2 t, … T t, counted from 1, with t = floor(N / T). Short videos
    loop. Raises ValueError on several views.
    """
    one_view(clips, views)
    step = max(available // clips.frames, 1)
    return (step * np.arange(1, clips.frames + 1) - 1) % available


def placed(available: int, frames: int, interval: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Indices (T,) at an interval, in the middle or from a random start; a short video loops."""
    spare = max(available - 1 - (frames - 1) * interval, 0)
    start = int(rng.integers(0, spare + 1)) if rng else spare // 2
    return (start + interval * np.arange(frames)) % available


def fixed(interval: int) -> tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]:
    """The functions `train` and `test` of a sampling at one interval: in training from a random
    start, in testing in the middle.
    """

    def drawn(available: int, clips: Clips, rng: np.random.Generator) -> np.ndarray:
        return placed(available, clips.frames, interval, rng)

    def middle(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
        one_view(clips, views)
        return placed(available, clips.frames, interval)

    return drawn, middle
