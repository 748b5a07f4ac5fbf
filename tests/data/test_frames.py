"""What is stored of a clip: colour, flow or both, resized, at night, lit again, in this order."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from repro.data import light
from repro.data.flow import QUANTUM, ZERO, decode_flow, fields, light_up
from repro.data.frames import stored_frames
from repro.data.index import DataError
from repro.data.resize import resize, stored_size
from repro.spec import Clips

# Stored 16 x 24, flow computed at 32 x 48.
CLIPS = Clips(height=14, width=21, clip_length=4, clip_stride=1, fit="squeeze")
SMALL = Clips(input="flow", height=28, width=28)  # stored 32 x 32
WAYS = ("none", "gamma", "clahe", "enhanced")


def textured(height: int, width: int, *channels: int) -> np.ndarray:
    """Blurred noise of 40 to 255, uint8."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, *channels)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1.6), None, 40, 255, cv2.NORM_MINMAX)


WIDE = textured(40, 70, 3)
CLIP = np.stack([WIDE[:, 2 * t : 2 * t + 60] for t in range(5)])  # (5, 40, 60, 3): moves by two pixels a frame


def double(frames: np.ndarray) -> np.ndarray:
    """Stands for an enhancer."""
    return np.minimum(frames.astype(int) * 2 + 1, 255).astype(np.uint8)


def stored(clip: np.ndarray = CLIP, name: str = "a", enhance=double, **settings) -> np.ndarray:
    return stored_frames(clip, replace(CLIPS, **settings), name, enhance)


# Size


@pytest.mark.parametrize(
    ("source", "clips", "expected"),
    [
        ((240, 320), Clips(), (256, 341)),  # short side 256, as in the papers
        ((320, 240), Clips(), (341, 256)),
        ((156, 208), Clips(height=36, width=48), (41, 55)),
        ((156, 208), Clips(height=36, width=48, fit="squeeze"), (41, 55)),
        ((240, 320), Clips(height=56, width=56, fit="squeeze"), (64, 64)),
        ((10, 1000), Clips(height=56, width=56), (64, 6400)),
    ],
)
def test_cover_keeps_the_aspect_and_squeeze_does_not(source, clips, expected):
    assert stored_size(*source, clips) == expected


def test_resizing_averages_and_keeps_type_channels_and_equal_sizes():
    checker = np.indices((8, 8)).sum(0) % 2 * 200
    assert np.all(resize(checker[None].astype(np.uint8), 4, 4) == 100)
    assert resize(CLIP, 40, 60) is CLIP
    assert resize(CLIP, 50, 70).shape == (5, 50, 70, 3) and resize(CLIP, 5, 5).dtype == np.uint8
    assert resize(np.zeros((3, 8, 8, 2), np.float32), 4, 4).shape == (3, 4, 4, 2)


# Night and light


def test_by_day_nothing_is_done_but_resizing_and_flow():
    assert np.array_equal(stored(), resize(CLIP, 16, 24))
    for way in ("none", "gamma"):
        clips = replace(CLIPS, input="flow", enhancement=way)
        assert np.array_equal(stored_frames(CLIP, clips, "a"), fields(CLIP, clips))


@pytest.mark.parametrize(("kind", "frames"), [("rgb", 5), ("both", 4)])
def test_night_falls_and_an_enhancer_works_at_the_sources_size_and_gamma_comes_last(kind, frames):
    """`both` gives all five frames one gamma: the last of them counts though it is not stored."""
    seen = []
    stored(darkness=0.8, enhancement="enhanced", enhance=lambda frames: seen.append(frames) or frames)
    (dark,) = seen
    assert dark.shape == CLIP.shape and dark.mean() < 0.5 * CLIP.mean()
    night, clahe, enhanced = (resize(x, 16, 24) for x in (dark, light.clahe(dark), double(dark)))
    for way, lit in {"none": night, "gamma": light.gamma(night), "clahe": clahe, "enhanced": enhanced}.items():
        assert np.array_equal(stored(input=kind, darkness=0.8, enhancement=way)[..., :3], lit[:frames])


def test_flow_sees_the_night_and_the_enhancer_and_gamma_once():
    seen = []
    settings = {"input": "flow", "darkness": 0.6}
    enhanced = stored(enhance=lambda frames: seen.append(frames) or double(frames), enhancement="enhanced", **settings)
    (dark,) = seen
    assert dark.shape == CLIP.shape and dark.mean() < 0.5 * CLIP.mean()
    assert np.array_equal(enhanced, fields(double(dark), replace(CLIPS, **settings)))
    lit = stored(enhancement="gamma", **settings)
    assert np.array_equal(lit, fields(dark, replace(CLIPS, enhancement="gamma", **settings)))
    assert not np.array_equal(lit, stored(**settings))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("night", [0.0, 0.7])
def test_both_is_the_colour_entry_beside_the_flow_entry(night, way):
    rgb, flow, both = (stored(input=kind, darkness=night, enhancement=way) for kind in ("rgb", "flow", "both"))
    assert np.array_equal(both[..., :3], rgb[:-1]) and np.array_equal(both[..., 3:], flow)


def test_the_nights_noise_depends_on_the_name_alone():
    first = stored(darkness=0.8)
    np.random.default_rng(0).random(7)
    assert np.array_equal(stored(darkness=0.8), first) and not np.array_equal(first, stored(name="b", darkness=0.8))
    assert np.array_equal(stored(CLIP[:3], darkness=0.8), first[:3])  # frame by frame, however many follow


@pytest.mark.parametrize("kind", ["rgb", "flow", "both"])
def test_missing_enhancers_and_frames_are_named(kind):
    with pytest.raises(DataError, match=r'"enhanced" needs an enhancer.*Run\.enhancer'):
        stored(enhance=None, input=kind, enhancement="enhanced")
    if kind == "rgb":
        assert stored(CLIP[:1]).shape == (1, 16, 24, 3)
    else:
        with pytest.raises(DataError, match="two frames or more, got 1"):
            stored(CLIP[:1], input=kind)


# Flow


def moving_patch(u: int, v: int, frames: int = 4, size: int = 64, gain: float = 1.0) -> np.ndarray:
    """(T, size, size, 3) uint8: a textured square on a still, textured ground moves by (u, v)
    pixels a frame.
    """
    images = np.repeat(textured(size, size)[None] // 2, frames, 0)
    for t, image in enumerate(images):
        image[20 + v * t : 40 + v * t, 20 + u * t : 40 + u * t] = textured(21, 21)[:20, 1:]
    return np.repeat(np.rint(images * gain).astype(np.uint8)[..., None], 3, axis=3)


@pytest.mark.parametrize("method", ["dis", "tvl1"])
@pytest.mark.parametrize(("u", "v"), [(2, 0), (-2, 0), (0, 2), (0, -2)])
def test_u_points_right_and_v_down(method, u, v):
    flow = decode_flow(fields(moving_patch(u, v, frames=3), replace(SMALL, flow=method)))
    inside = flow[0, 13:17, 13:17].mean((0, 1))  # the middle of the patch, in clip RMS
    along, across = inside if u else inside[::-1]
    assert np.sign(u + v) * along > 1.5 and abs(across) < 0.4 * abs(along)


def test_median_is_removed_rms_is_one_and_the_mirrored_motion_is_a_byte():
    stored = fields(moving_patch(2, 1), SMALL)
    flow = decode_flow(stored)
    assert stored.shape == (3, 32, 32, 2) and stored.dtype == np.uint8 and stored.min() >= 1
    assert np.abs(np.median(flow, axis=(1, 2))).max() <= 1 / QUANTUM
    assert np.sqrt((flow**2).mean()) == pytest.approx(1, abs=0.05)
    code = np.array([ZERO, ZERO + QUANTUM, ZERO - 2 * QUANTUM], np.uint8)
    assert decode_flow(code).tolist() == [0, 1, -2] and decode_flow(code).dtype == np.float32


def test_a_moving_camera_alone_is_no_motion():
    wide = moving_patch(0, 0, frames=1, size=96)[0]
    pan = np.stack([wide[10:74, 2 * t : 2 * t + 64] for t in range(4)])
    assert np.median(np.abs(decode_flow(fields(pan, SMALL))[:, 8:24, 8:24])) < 0.3
    assert np.all(fields(np.repeat(pan[:1], 4, axis=0), SMALL) == ZERO)


def test_gamma_changes_the_flow_of_dark_clips_only():
    dark, bright = moving_patch(2, 0, gain=0.08), 128 + moving_patch(2, 0) // 2
    gamma = replace(SMALL, enhancement="gamma")
    assert not np.array_equal(fields(dark, gamma), fields(dark, SMALL))
    assert np.array_equal(fields(bright, gamma), fields(bright, SMALL))


def test_gamma_reaches_its_luma_from_night():
    night = np.random.default_rng(0).gamma(2.0, 6.0, (3, 32, 32)).clip(0, 255).astype(np.float32)  # mean 12, as in ARID
    lit, black = light_up(night), np.zeros((2, 8, 8), np.float32)
    assert lit.mean() / 255 == pytest.approx(light.LUMA, abs=0.02) and np.array_equal(light_up(black), black)
    assert np.array_equal(np.argsort(night.ravel(), kind="stable"), np.argsort(lit.ravel(), kind="stable"))


def test_flow_leaves_the_callers_threads_alone():
    before, flow = cv2.getNumThreads(), []
    try:
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            flow.append(fields(moving_patch(2, 1, size=160), replace(SMALL, height=70, width=70)))
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    assert np.array_equal(*flow)
