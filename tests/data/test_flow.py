"""Flow: right sign, right size, right code."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from repro.data.flow import QUANTUM, ZERO, decode_flow, fields, light_up
from repro.data.index import DataError
from repro.data.light import LUMA
from repro.spec import Clips

SMALL = Clips(input="flow", height=28, width=28, resize_ratio=8 / 7)  # stored 32 x 32


def moving_patch(u: int, v: int, frames: int = 4, size: int = 64, gain: float = 1.0) -> np.ndarray:
    """(T, size, size, 3) uint8: a textured square on a still, textured ground moves by (u, v)
    pixels a frame.
    """
    rng = np.random.default_rng(3)
    ground, patch = (cv2.GaussianBlur(rng.integers(0, 256, (n, n)).astype(np.uint8), (0, 0), 1.5) for n in (size, 20))
    ground, patch = (cv2.normalize(x, None, 0, 255, cv2.NORM_MINMAX) for x in (ground // 2, patch))
    images = []
    for t in range(frames):
        image = ground.copy()
        image[20 + v * t : 40 + v * t, 20 + u * t : 40 + u * t] = patch
        images.append(np.rint(image * gain).astype(np.uint8))
    return np.repeat(np.stack(images)[..., None], 3, axis=3)


@pytest.mark.parametrize("method", ["dis", "tvl1"])
@pytest.mark.parametrize(("u", "v"), [(2, 0), (-2, 0), (0, 2), (0, -2)])
def test_signs_right_and_down(method, u, v):
    clips = Clips(input="flow", height=28, width=28, flow=method)
    flow = decode_flow(fields(moving_patch(u, v, frames=3), clips))
    inside = flow[0, 13:17, 13:17].mean((0, 1))  # the middle of the patch, in clip RMS
    along, across = (inside[0], inside[1]) if u else (inside[1], inside[0])
    assert np.sign(u + v) * along > 1.5
    assert abs(across) < 0.4 * abs(along)


def test_shape_type_and_one_field_fewer_than_frames():
    flow = fields(moving_patch(1, 0, frames=5), SMALL)
    assert flow.shape == (4, 32, 32, 2) and flow.dtype == np.uint8
    assert flow.min() >= 1  # so that 256 - byte, the mirrored motion, is a byte too


def test_median_is_removed_and_rms_is_one():
    flow = decode_flow(fields(moving_patch(2, 1), SMALL))
    assert np.abs(np.median(flow, axis=(1, 2))).max() <= 1 / QUANTUM
    assert np.sqrt((flow**2).mean()) == pytest.approx(1, abs=0.05)


def test_a_moving_camera_alone_is_no_motion():
    wide = moving_patch(0, 0, frames=1, size=96)[0]
    pan = np.stack([wide[10:74, 2 * t : 2 * t + 64] for t in range(4)])
    still = np.repeat(wide[None, 10:74, :64], 4, axis=0)
    middle = decode_flow(fields(pan, SMALL))[:, 8:24, 8:24]
    assert np.median(np.abs(middle)) < 0.3
    assert np.all(fields(still, SMALL) == ZERO)


def test_the_code_is_undone():
    assert np.array_equal(
        decode_flow(np.array([ZERO, ZERO + QUANTUM, ZERO - 2 * QUANTUM], np.uint8)), np.float32([0, 1, -2])
    )


def test_two_frames_are_needed():
    with pytest.raises(DataError, match="two frames or more, got 1"):
        fields(moving_patch(1, 0, frames=1), SMALL)


def test_light_changes_dark_clips_only():
    dark, lit = moving_patch(2, 0, gain=0.08), moving_patch(2, 0)
    gamma = Clips(input="flow", height=28, width=28, enhancement="gamma")
    assert not np.array_equal(fields(dark, gamma), fields(dark, SMALL))
    bright = 128 + lit // 2
    assert np.array_equal(fields(bright, gamma), fields(bright, SMALL))


def test_gamma_reaches_its_luma_from_night():
    night = (
        np.random.default_rng(0).gamma(2.0, 6.0, (3, 32, 32)).clip(0, 255).astype(np.float32)
    )  # mean about 12 of 255, as in ARID
    assert light_up(night).mean() / 255 == pytest.approx(LUMA, abs=0.02)
    assert np.array_equal(np.argsort(night.ravel(), kind="stable"), np.argsort(light_up(night).ravel(), kind="stable"))
    black = np.zeros((2, 8, 8), np.float32)
    assert np.array_equal(light_up(black), black)


def test_flow_leaves_the_callers_threads_alone():
    frames, before = moving_patch(2, 1, size=160), cv2.getNumThreads()
    found = []
    try:
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            found.append(fields(frames, Clips(input="flow", height=70, width=70)))
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    assert np.array_equal(*found)
