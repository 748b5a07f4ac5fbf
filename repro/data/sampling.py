"""Which kept frames enter the network.

wei2025, Table 1: a clip is 64 raw frames; the dense path sees every 2nd (32 frames), the sparse path every 16th (4 frames). Here
`Clips.every` is what the cache keeps, `Clips.length` the kept frames a clip spans, `Clips.step` the dense stride, so that
`every=1, length=64, step=2` is the paper's dense path. The sparse path is no other sampling: the network itself takes every
alpha-th of its dense frames. Small scales shrink the numbers, not the rule: `every=2, length=32, step=1` spans the same 64 raw frames.

Where frames begin: at random in training, evenly spread in testing; the paper names neither (W22). Videos shorter than a clip loop (W23).

ou2019 takes T frames of the whole video instead (`Clips.sampling`): in testing every floor(N / T)-th as its section on sampling has it
(`paper`; the tail of up to half the video is never seen) or evenly spread ones (`uniform`); in training, for both, a random start and a
random interval (O15). With each frame go the L flow fields around it (O16). N counts stored frames: where flow is stored, the last frame
of a video has no field and is left out, so N is one less.

gong2022 cuts the whole video into n equal parts and takes T evenly spaced frames of each (`segments`, 8 x 6 or 16 x 6, G17). In testing
these are n T evenly spaced frames. In training, which the paper leaves open, the grid of each part is moved at random by less than its
spacing; with T = 1 that is one random frame of each part, as Temporal Segment Networks have it.
"""

from __future__ import annotations

import numpy as np

from repro.spec import Clips


def clip_indices(available: int, length: int, step: int, start: int) -> np.ndarray:
    """Indices (T,) int64 into `available` kept frames, T = length // step; a video that ends within the clip begins again (W23).

    Raises ValueError when there is no frame, or no whole step.
    """
    if available < 1 or length < step or step < 1:
        raise ValueError(f"a clip needs available >= 1 and length >= step >= 1; got available={available}, length={length}, step={step}")
    return (start + step * np.arange(length // step)) % available


def random_start(available: int, length: int, rng: np.random.Generator) -> int:
    """First frame of a training clip: uniform where the whole clip fits; 0 in a shorter video, which loops."""
    return int(rng.integers(0, max(available - length, 0) + 1))


def view_starts(available: int, length: int, views: int) -> np.ndarray:
    """First frames (V,) int64 of the clips a video is tested on: one in the middle, or evenly spaced from the first frame to the last.

    In a video shorter than a clip all views are the same one.
    """
    spare = max(available - length, 0)
    if views == 1:
        return np.array([spare // 2])
    return np.linspace(0, spare, views).round().astype(np.int64)


def train_indices(available: int, clips: Clips, rng: np.random.Generator | None) -> np.ndarray:
    """Indices (T,) int64 of a training clip into `available` stored frames; without a generator those of testing."""
    if rng is None:
        return test_indices(available, clips, 0, 1)
    if clips.sampling == "span":
        return clip_indices(available, clips.length, clips.step, random_start(available, clips.length, rng))
    if clips.sampling == "segments":
        return in_segments(available, *clips.segments, rng)
    return random_start_tau(available, clips.frames, rng)


def test_indices(available: int, clips: Clips, view: int, views: int) -> np.ndarray:
    """Indices (T,) int64 of one of the clips that a video is tested on.

    Raises ValueError when several views are asked for of a sampling that takes the whole video.
    """
    if clips.sampling == "span":
        return clip_indices(available, clips.length, clips.step, int(view_starts(available, clips.length, views)[view]))
    if views != 1:
        raise ValueError(
            f"sampling {clips.sampling!r} takes frames of the whole video, so there is 1 view; got {views}. Use sampling 'span'."
        )
    return every_nth(available, clips.frames) if clips.sampling == "paper" else evenly(available, clips.frames)


def every_nth(available: int, frames: int) -> np.ndarray:
    """Indices (T,) of frames t, 2 t, … T t, counted from 1, with t = floor(N / T); ou2019, eq. (13) and (14). Short videos loop."""
    step = max(available // frames, 1)
    return (step * np.arange(1, frames + 1) - 1) % available


def evenly(available: int, frames: int) -> np.ndarray:
    """Indices (T,) of the frames in the middle of T equal parts of the video; a short one repeats frames."""
    return ((np.arange(frames) + 0.5) * available / frames).astype(np.int64)


def in_segments(available: int, segments: int, frames: int, rng: np.random.Generator) -> np.ndarray:
    """Indices (n T,) of T evenly spaced frames of each of n equal parts of the video, each part's grid moved at random within a step."""
    moved = np.repeat(rng.uniform(size=segments), frames)  # (n T,)
    at = (np.arange(segments * frames) + moved) * available / (segments * frames)
    return np.minimum(at.astype(np.int64), available - 1)


def random_start_tau(available: int, frames: int, rng: np.random.Generator) -> np.ndarray:
    """Indices (T,) at an interval drawn from 1 … floor(N / T), from a start drawn where they fit; short videos loop (O15)."""
    interval = int(rng.integers(1, max(available // frames, 1) + 1))
    spare = max(available - 1 - (frames - 1) * interval, 0)
    return (int(rng.integers(0, spare + 1)) + interval * np.arange(frames)) % available


def flow_window(at: np.ndarray, stack: int, fields: int) -> np.ndarray:
    """Indices (T, L) of the fields around each frame in `at` (T,): t - L/2 … t + L/2 - 1, ends clamped (O16).

    Field t leads from frame t to frame t + 1, so a window of L = 4 spans the frames t - 2 to t + 2.
    """
    return np.clip(at[:, None] - stack // 2 + np.arange(stack), 0, fields - 1)
