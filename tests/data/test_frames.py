"""What is stored of a clip: colour, flow or both, at night, lit again, in this order."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from repro.data import light
from repro.data.flow import fields
from repro.data.frames import stored_frames
from repro.data.index import DataError
from repro.data.resize import resize
from repro.spec import Clips

CLIPS = Clips(
    height=14, width=21, clip_length=4, clip_stride=1, fit="squeeze"
)  # stored 16 x 24, flow computed at 32 x 48
LIGHTS = ("none", "gamma", "clahe", "enhanced")


def clip(frames: int = 5) -> np.ndarray:
    """(T, 40, 60, 3) uint8: a coloured texture that moves by two pixels a frame."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 60 + 2 * frames, 3)).astype(np.uint8)
    wide = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 40, 255, cv2.NORM_MINMAX)
    return np.stack([wide[:, 2 * t : 2 * t + 60] for t in range(frames)])


def double(frames: np.ndarray) -> np.ndarray:
    """Stands for an enhancer."""
    return np.minimum(frames.astype(int) * 2 + 1, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("kind", "shape"), [("rgb", (5, 16, 24, 3)), ("flow", (4, 16, 24, 2)), ("both", (4, 16, 24, 5))]
)
@pytest.mark.parametrize("fit", ["squeeze", "cover"])
def test_shapes(kind: str, shape: tuple[int, ...], fit: str) -> None:
    stored = stored_frames(clip(), replace(CLIPS, input=kind, fit=fit), "a")
    assert stored.shape == shape and stored.dtype == np.uint8


def test_by_day_nothing_is_done_but_resizing_and_flow() -> None:
    assert np.array_equal(stored_frames(clip(), CLIPS, "a"), resize(clip(), 16, 24))
    flow = replace(CLIPS, input="flow")
    for clips in (flow, replace(flow, enhancement="gamma")):
        assert np.array_equal(stored_frames(clip(), clips, "a"), fields(clip(), clips))


@pytest.mark.parametrize("kind", ["rgb", "both"])
def test_light_comes_after_the_night(kind: str) -> None:
    def colour(night: float, way: str) -> np.ndarray:
        clips = replace(CLIPS, input=kind, darkness=night, enhancement=way)
        return stored_frames(clip(), clips, "a", double if way == "enhanced" else None)[..., :3]

    night, frames = colour(0.8, "none"), 5 if kind == "rgb" else 4
    assert len(night) == frames and night.mean() < 0.5 * colour(0, "none").mean()
    # `both` gives all five frames one gamma, so the last of them counts though it is not stored
    whole = stored_frames(clip(), replace(CLIPS, darkness=0.8), "a")
    assert np.array_equal(colour(0.8, "gamma"), light.gamma(whole)[:frames])
    assert np.array_equal(colour(0.8, "clahe"), light.clahe(whole)[:frames])
    assert np.array_equal(colour(0.8, "enhanced"), double(whole)[:frames])


def test_flow_sees_the_night_and_the_enhancer_at_twice_the_size() -> None:
    seen = []

    def note(frames: np.ndarray) -> np.ndarray:
        seen.append(frames)
        return double(frames)

    clips = replace(CLIPS, input="flow", darkness=0.6, enhancement="enhanced")
    stored = stored_frames(clip(), clips, "a", note)
    (dark,) = seen
    assert dark.shape == (5, 32, 48, 3) and dark.mean() < 0.5 * clip().mean()
    assert np.array_equal(stored, fields(double(dark), replace(clips, enhancement="none")))


def test_gamma_lights_the_flow_of_a_night_once() -> None:
    clips = replace(CLIPS, input="flow", darkness=0.7)
    seen = []
    stored_frames(clip(), replace(clips, enhancement="enhanced"), "a", lambda frames: seen.append(frames) or frames)
    lit = stored_frames(clip(), replace(clips, enhancement="gamma"), "a")
    assert np.array_equal(lit, fields(seen[0], replace(clips, enhancement="gamma")))
    assert not np.array_equal(lit, stored_frames(clip(), clips, "a"))


@pytest.mark.parametrize("way", LIGHTS)
@pytest.mark.parametrize("night", [0.0, 0.7])
def test_both_is_the_colour_entry_beside_the_flow_entry(night: float, way: str) -> None:
    clips = replace(CLIPS, darkness=night, enhancement=way)
    rgb, flow, both = (
        stored_frames(clip(), replace(clips, input=kind), "a", double) for kind in ("rgb", "flow", "both")
    )
    assert np.array_equal(both[..., :3], rgb[:-1]) and np.array_equal(both[..., 3:], flow)


def test_the_nights_noise_depends_on_the_name_alone() -> None:
    clips = replace(CLIPS, darkness=0.8)
    first, other = stored_frames(clip(), clips, "a"), stored_frames(clip(), clips, "b")
    np.random.default_rng(0).random(7)
    assert np.array_equal(stored_frames(clip(), clips, "a"), first)
    assert not np.array_equal(first, other)
    assert np.array_equal(stored_frames(clip()[:3], clips, "a"), first[:3])  # frame by frame, however many follow


def test_light_without_an_enhancer_says_how_to_name_one() -> None:
    for kind in ("rgb", "flow", "both"):
        with pytest.raises(DataError, match=r'"enhanced" needs an enhancer.*`after`'):
            stored_frames(clip(), replace(CLIPS, input=kind, enhancement="enhanced"), "a")


def test_flow_and_both_need_two_frames() -> None:
    for kind in ("flow", "both"):
        with pytest.raises(DataError, match="two frames or more, got 1"):
            stored_frames(clip(1), replace(CLIPS, input=kind), "a")
    assert stored_frames(clip(1), CLIPS, "a").shape == (1, 16, 24, 3)
