from __future__ import annotations

import numpy as np
import pytest

from repro.data.light import darken, gain

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
