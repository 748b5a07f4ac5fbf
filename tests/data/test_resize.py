"""Stored sizes."""

from __future__ import annotations

import numpy as np
import pytest

from repro.data.resize import resize, stored_size
from repro.spec import Clips


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


def test_area_averages():
    checker = np.indices((8, 8)).sum(0) % 2 * 200
    assert np.all(resize(checker[None].astype(np.uint8), 4, 4) == 100)


def test_resize_keeps_type_channels_and_equal_sizes():
    frames = np.random.default_rng(0).integers(0, 256, (2, 9, 7, 3)).astype(np.uint8)
    assert resize(frames, 9, 7) is frames
    assert resize(frames, 12, 21).shape == (2, 12, 21, 3) and resize(frames, 5, 5).dtype == np.uint8
    assert resize(np.zeros((3, 8, 8, 2), np.float32), 4, 4).shape == (3, 4, 4, 2)
