"""Night, and the classical ways back."""

import numpy as np
import pytest

from repro.data.light import GAMMA_FLOOR, LUMA, clahe, darken, exponent, gain, gamma

RAMP = np.tile(np.arange(256, dtype=np.uint8), (64, 1))[None, ..., None]  # (1, 64, 256, 1)


def dark(frames: np.ndarray, level: float) -> np.ndarray:
    return darken(frames, level, np.random.default_rng(0))


def grey(value: int, channels: int = 3) -> np.ndarray:
    return np.full((2, 8, 8, channels), value, np.uint8)


def textured(mean: float) -> np.ndarray:
    """(3, 32, 32, 3) uint8 with this mean and some contrast."""
    return np.clip(np.random.default_rng(1).normal(mean, mean / 4, (3, 32, 32, 3)), 0, 255).astype(np.uint8)


def test_a_deeper_night_is_darker_noisier_and_has_fewer_grey_levels():
    levels = [dark(RAMP, level).astype(float) for level in (0.25, 0.5, 0.75, 1.0)]
    means = [RAMP.mean(), *(x.mean() for x in levels)]
    assert means == sorted(set(means), reverse=True) and 7 < means[-1] < 52  # where the clips of ARID lie
    assert len(np.unique(levels[-1])) < len(np.unique(levels[0]))
    assert (np.diff(dark(RAMP, 0.7).astype(float).mean((0, 1, 3))[::32]) > 0).all()  # brighter pixels stay brighter
    flat = [dark(np.full((1, 100, 100, 1), 128, np.uint8), level).astype(float) for level in (0.2, 0.6, 1.0)]
    ratios = [x.std() / x.mean() for x in flat]
    assert ratios == sorted(set(ratios))


def test_level_zero_changes_nothing_and_the_same_generator_gives_the_same_bits():
    assert dark(RAMP, 0.0) is RAMP and gain(0) == 1 and gain(1) < gain(0.5) < 1
    assert np.array_equal(dark(RAMP, 0.5), dark(RAMP, 0.5))


@pytest.mark.parametrize(("frames", "level"), [(RAMP, -0.1), (RAMP, 1.5), (RAMP.astype(np.float32), 0.5)])
def test_what_darkening_refuses(frames, level):
    with pytest.raises(ValueError):
        dark(frames, level)


def test_gamma_brings_a_dark_clip_to_its_mean_and_leaves_a_bright_one():
    assert gamma(grey(40)).mean() == pytest.approx(255 * LUMA, abs=1)
    assert gamma(textured(20)).mean() > 4 * 20
    assert np.array_equal(gamma(textured(140)), textured(140))


def test_one_gamma_serves_all_frames_and_channels_of_a_clip():
    clip = np.stack([grey(10)[0], grey(60)[0]])
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
    assert not gamma(grey(0)).any()  # what is black stays black


def test_brightness_is_luma_and_not_the_mean_of_channels():
    """Green counts most and blue least, so a blue clip is lit more than a green one of the same
    bytes.
    """
    blue, green = grey(30), grey(30)
    blue[..., 2], green[..., 1] = 150, 150
    assert gamma(blue)[..., 2].mean() > gamma(green)[..., 1].mean() + 10


def test_clahe_brightens_dark_clips_spreads_their_levels_and_keeps_grey_grey():
    clip = textured(25)
    lit = clahe(clip)
    assert lit.shape == clip.shape and lit.dtype == np.uint8
    assert lit.mean() > clip.mean() + 10 and lit.std() > 1.5 * clip.std()
    assert np.array_equal(clahe(clip[1:2])[0], lit[1])  # each frame by itself
    assert np.ptp(clahe(np.repeat(textured(60)[..., :1], 3, axis=-1)).astype(int), axis=-1).max() <= 3  # Lab rounds
