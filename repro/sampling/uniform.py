"""T evenly spread frames of the whole video in testing, a random start and interval in training; a
reading of ou2019 (O15).

N counts stored frames: where flow is stored, the last frame of a video has no field and is left
out, so N is one less.
"""

import numpy as np

from repro.spec import Clips


def train(available: int, clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """Indices (T,) at an interval drawn from 1 … floor(N / T), from a start drawn where they fit;
    short videos loop (O15).
    """
    frames = clips.frames
    interval = int(rng.integers(1, max(available // frames, 1) + 1))
    spare = max(available - 1 - (frames - 1) * interval, 0)
    return (int(rng.integers(0, spare + 1)) + interval * np.arange(frames)) % available


def test(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
    """Indices (T,) of evenly spread frames. Raises ValueError on several views."""
    one_view(clips, views)
    return evenly(available, clips.frames)


def evenly(available: int, frames: int) -> np.ndarray:
    """Indices (T,) of the frames in the middle of T equal parts of the video; a short one repeats
    frames.
    """
    return ((np.arange(frames) + 0.5) * available / frames).astype(np.int64)


def one_view(clips: Clips, views: int) -> None:
    """Raises ValueError when a sampling that takes the whole video is asked for several views."""
    if views != 1:
        whole = f"sampling {clips.sampling!r} takes frames of the whole video, so there is 1 view"
        raise ValueError(f"{whole}; got {views}. Use sampling 'span'.")
