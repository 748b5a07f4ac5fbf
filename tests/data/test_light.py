from __future__ import annotations

import numpy as np
import pytest

from repro.data.light import GAMMA_FLOOR, LUMA, clahe, darken, exponent, gain, gamma

RAMP = np.tile(np.arange(256, dtype=np.uint8), (64, 1))[None, ..., None]  # (1, 64, 256, 1)


def rng():
    return np.random.default_rng(0)


def test_level_zero_changes_nothing():
    assert darken(RAMP, 0.0, rng()) is RAMP


def test_deeper_night_is_darker_and_has_fewer_grey_levels():
    levels = [darken(RAMP, level, rng()) for level in (0.25, 0.5, 0.75, 1.0)]
    means = [RAMP.mean(), *(x.mean() for x in levels)]
    assert means == sorted(set(means), reverse=True)
    assert len(np.unique(levels[-1])) < len(np.unique(levels[0]))
    assert 7 < levels[-1].mean() < 52  # where the clips of ARID lie


def test_brighter_pixels_stay_brighter_on_average():
    columns = darken(RAMP, 0.7, rng()).astype(float).mean((0, 1, 3))
    assert (np.diff(columns[::32]) > 0).all()


def test_noise_against_signal_grows_with_the_night():
    grey = np.full((1, 100, 100, 1), 128, np.uint8)
    ratios = [x.std() / x.mean() for x in (darken(grey, level, rng()).astype(float) for level in (0.2, 0.6, 1.0))]
    assert ratios[0] < ratios[1] < ratios[2]


def test_same_generator_same_bits():
    assert np.array_equal(darken(RAMP, 0.5, rng()), darken(RAMP, 0.5, rng()))


def test_gain_is_one_in_the_light():
    assert gain(0) == 1 and gain(1) < gain(0.5) < 1


@pytest.mark.parametrize(("frames", "level"), [(RAMP, -0.1), (RAMP, 1.5), (RAMP.astype(np.float32), 0.5)])
def test_what_it_refuses(frames, level):
    with pytest.raises(ValueError):
        darken(frames, level, rng())


def textured(mean: float) -> np.ndarray:
    """(3, 32, 32, 3) uint8 with this mean and some contrast."""
    shape = (3, 32, 32, 3)
    return np.clip(np.random.default_rng(1).normal(mean, mean / 4, shape), 0, 255).astype(np.uint8)


def test_gamma_brings_a_dark_clip_to_its_mean_and_leaves_a_bright_one():
    dark, bright = np.full((2, 8, 8, 3), 40, np.uint8), textured(140)
    assert gamma(dark).mean() == pytest.approx(255 * LUMA, abs=1)
    assert gamma(textured(20)).mean() > 4 * 20
    assert np.array_equal(gamma(bright), bright)


def test_one_gamma_serves_all_frames_and_channels_of_a_clip():
    clip = np.stack([np.full((8, 8, 3), 10, np.uint8), np.full((8, 8, 3), 60, np.uint8)])
    clip[1, 0, 0] = (10, 60, 10)
    lit = gamma(clip)
    assert len(np.unique(lit[clip == 10])) == 1 and len(np.unique(lit[clip == 60])) == 1
    assert 10 < lit[0, 0, 0, 0] < lit[1, 1, 0, 0]
    assert not np.array_equal(lit[1:], gamma(clip[1:]))  # a clip's mean, not a frame's


def test_exponent_by_hand():
    """A grey g of 255 reaches LUMA at the exponent log(LUMA) / log(g / 255); below a floor nothing
    is brightened further.
    """
    assert exponent(np.full((2, 4), 64.0)) == pytest.approx(np.log(LUMA) / np.log(64 / 255), abs=1e-5)
    assert exponent(np.full((2, 4), 115.0)) == 1.0  # 0.451
    assert exponent(np.zeros((2, 4))) == exponent(np.full((2, 4), 1.0)) == GAMMA_FLOOR
    assert not gamma(np.zeros((1, 4, 4, 3), np.uint8)).any()  # what is black stays black


def test_brightness_is_luma_and_not_the_mean_of_channels():
    """Green counts most and blue least, so a blue clip is lit more than a green one of the same
    bytes.
    """
    blue, green = (np.full((1, 8, 8, 3), 30, np.uint8) for _ in range(2))
    blue[..., 2], green[..., 1] = 150, 150
    assert gamma(blue)[..., 2].mean() > gamma(green)[..., 1].mean() + 10


def test_clahe_brightens_dark_clips_and_spreads_their_levels():
    dark = textured(25)
    lit = clahe(dark)
    assert lit.shape == dark.shape and lit.dtype == np.uint8
    assert lit.mean() > dark.mean() + 10 and lit.std() > 1.5 * dark.std()
    assert np.array_equal(clahe(dark[1:2])[0], lit[1])  # each frame by itself


def test_clahe_keeps_grey_grey():
    grey = np.repeat(textured(60)[..., :1], 3, axis=-1)
    assert np.ptp(clahe(grey).astype(int), axis=-1).max() <= 3  # Lab in 8 bits rounds
