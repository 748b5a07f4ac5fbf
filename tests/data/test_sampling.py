"""Which frames enter."""

from __future__ import annotations

import numpy as np
import pytest

from repro.data.sampling import clip_indices, random_start, view_starts


def test_the_papers_clip_is_every_second_of_64():
    assert clip_indices(100, 64, 2, 10).tolist() == list(range(10, 74, 2))


def test_short_videos_loop():
    assert clip_indices(5, 8, 1, 0).tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    assert clip_indices(3, 8, 2, 0).tolist() == [0, 2, 1, 0]
    assert clip_indices(1, 4, 1, 0).tolist() == [0, 0, 0, 0]


def test_length_that_is_no_multiple_of_the_step():
    assert clip_indices(20, 7, 2, 0).tolist() == [0, 2, 4]


@pytest.mark.parametrize(("available", "length", "step"), [(0, 4, 1), (5, 1, 2), (5, 4, 0)])
def test_impossible_clips_are_refused(available, length, step):
    with pytest.raises(ValueError, match="available"):
        clip_indices(available, length, step, 0)


def test_random_starts_cover_all_places_and_no_more():
    rng = np.random.default_rng(0)
    assert {random_start(10, 8, rng) for _ in range(100)} == {0, 1, 2}
    assert {random_start(5, 8, rng) for _ in range(20)} == {0}


def test_views_are_spread_evenly():
    assert view_starts(100, 64, 1).tolist() == [18]
    assert view_starts(100, 64, 3).tolist() == [0, 18, 36]
    assert view_starts(100, 64, 10).tolist() == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36]
    assert view_starts(30, 64, 3).tolist() == [0, 0, 0]
