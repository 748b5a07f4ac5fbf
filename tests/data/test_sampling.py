"""Which frames enter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from repro.data import sampling
from repro.data.sampling import (
    clip_indices,
    evenly,
    every_nth,
    flow_window,
    in_segments,
    random_start,
    random_start_tau,
    train_indices,
    view_starts,
)
from repro.spec import Clips

SEVENTEEN = 17  # T of ou2019


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


# The whole video: ou2019


def test_equations_13_and_14_by_hand():
    assert (every_nth(33, SEVENTEEN) + 1).tolist() == list(range(1, 18))  # t' = 1
    assert (every_nth(34, SEVENTEEN) + 1).tolist() == list(range(2, 35, 2))  # t' = 2
    assert (every_nth(180, SEVENTEEN) + 1).tolist() == list(range(10, 171, 10))  # t' = 10


@pytest.mark.parametrize(("frames", "coverage"), [(33, 0.52), (29, 0.59), (22, 0.77), (180, 0.94)])
def test_the_tail_that_the_papers_sampling_never_sees(frames, coverage):
    assert (every_nth(frames, SEVENTEEN)[-1] + 1) / frames == pytest.approx(coverage, abs=0.005)  # O15


def test_evenly_takes_the_middle_of_equal_parts():
    assert evenly(8, 4).tolist() == [1, 3, 5, 7]
    assert evenly(10, 4).tolist() == [1, 3, 6, 8]
    assert evenly(SEVENTEEN, SEVENTEEN).tolist() == list(range(17))
    assert evenly(180, SEVENTEEN)[-1] == 174


def test_a_video_with_fewer_frames_than_samples():
    assert every_nth(5, 8).tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    assert evenly(3, 6).tolist() == [0, 0, 1, 1, 2, 2]
    assert random_start_tau(5, 8, np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    assert [f(1, 3).tolist() for f in (every_nth, evenly)] == [[0, 0, 0]] * 2


def test_random_start_and_interval_reach_all_that_fits_and_no_more():
    rng = np.random.default_rng(0)
    drawn = [random_start_tau(10, 3, rng) for _ in range(3000)]
    assert all(len(at) == 3 and len(set(np.diff(at))) == 1 for at in drawn)
    found = {(int(at[1] - at[0]), int(at[0])) for at in drawn}
    assert found == {(interval, start) for interval in (1, 2, 3) for start in range(10 - 2 * interval)}
    intervals = Counter(int(at[1] - at[0]) for at in drawn)
    assert all(900 < n < 1100 for n in intervals.values())  # uniform (O15)
    assert {int(at[0]) for at in drawn} >= {0} and max(int(at[-1]) for at in drawn) == 9


def test_random_start_and_interval_are_the_seeds():
    def draw(seed):
        rng = np.random.default_rng(seed)
        return [random_start_tau(90, 8, rng).tolist() for _ in range(4)]

    assert draw(3) == draw(3) != draw(4)


def test_fields_around_a_frame_by_hand():
    assert flow_window(np.array([5, 9]), 4, 20).tolist() == [[3, 4, 5, 6], [7, 8, 9, 10]]  # t - 2 … t + 1
    assert flow_window(np.array([5]), 2, 20).tolist() == [[4, 5]]
    assert flow_window(np.array([0, 5, 19]), 1, 20).tolist() == [[0], [5], [19]]  # the frame's own


def test_windows_are_clamped_at_both_ends():
    assert flow_window(np.array([0, 1, 18, 19]), 4, 20).tolist() == [
        [0, 0, 0, 1],
        [0, 0, 1, 2],
        [16, 17, 18, 19],
        [17, 18, 19, 19],
    ]
    assert flow_window(np.array([0]), 4, 1).tolist() == [[0] * 4]


@pytest.mark.parametrize(("name", "expected"), [("paper", [2, 5, 8]), ("uniform", [1, 5, 9])])
def test_the_sampling_asked_for_is_the_one_of_testing(name, expected):
    clips = Clips(clip_length=3, clip_stride=1, sampling=name)
    assert sampling.test_indices(11, clips, 0, 1).tolist() == expected
    assert train_indices(11, clips, None).tolist() == expected  # nothing drawn at random
    same, drawn = (np.random.default_rng(5) for _ in range(2))
    assert train_indices(11, clips, drawn).tolist() == random_start_tau(11, 3, same).tolist()


@pytest.mark.parametrize("name", ["paper", "uniform"])
def test_the_whole_video_is_one_view(name):
    with pytest.raises(
        ValueError,
        match=f"sampling '{name}' takes frames of the whole video, so there is 1 view; got 3. Use sampling 'span'",
    ):
        sampling.test_indices(30, Clips(clip_length=8, clip_stride=1, sampling=name), 0, 3)


def test_segments_in_testing_are_evenly_spaced_frames():
    clips = Clips(sampling="segments", segments=(4, 2))
    assert clips.frames == 8
    assert sampling.test_indices(40, clips, 0, 1).tolist() == [2, 7, 12, 17, 22, 27, 32, 37]  # two of each quarter
    assert train_indices(40, clips, None).tolist() == sampling.test_indices(40, clips, 0, 1).tolist()
    with pytest.raises(ValueError, match="there is 1 view; got 2"):
        sampling.test_indices(40, clips, 0, 2)


def test_segments_in_training_keep_their_spacing_and_their_part():
    rng = np.random.default_rng(0)
    drawn = np.stack([in_segments(40, 4, 2, rng) for _ in range(2000)]).reshape(-1, 4, 2)  # (draws, n, T)
    assert (np.diff(drawn, axis=2) == 5).all()  # evenly spaced within a segment: 40 / 8
    assert (drawn // 10 == np.arange(4)[:, None]).all()  # each in its own quarter of the video
    counts = np.stack([np.bincount(drawn[:, n, 0] - 10 * n, minlength=5) for n in range(4)])
    assert counts.shape == (4, 5) and counts.min() > 320  # every start equally often
    assert len({tuple(row) for row in drawn[:, :, 0].tolist()}) > 400  # the segments are drawn independently


def test_one_frame_of_each_segment_is_any_of_it():
    drawn = np.stack([in_segments(12, 3, 1, np.random.default_rng(i)) for i in range(600)])
    assert [sorted(set(column)) for column in drawn.T.tolist()] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_a_short_video_repeats_frames_in_segments():
    drawn = np.concatenate([in_segments(5, 4, 3, np.random.default_rng(i)) for i in range(100)])
    assert set(drawn.tolist()) == set(range(5))


def test_a_span_is_sampled_as_it_always_was():
    clips = Clips(clip_length=8, clip_stride=2)
    assert sampling.test_indices(20, clips, 0, 1).tolist() == train_indices(20, clips, None).tolist() == [6, 8, 10, 12]
    assert [sampling.test_indices(20, clips, view, 3)[0] for view in range(3)] == [0, 6, 12]
    same, drawn = (np.random.default_rng(5) for _ in range(2))
    assert train_indices(20, clips, drawn).tolist() == clip_indices(20, 8, 2, random_start(20, 8, same)).tolist()
