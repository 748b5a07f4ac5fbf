"""Which frames enter."""

from collections import Counter

import numpy as np
import pytest

from repro.sampling.span import clip_indices, view_starts
from repro.sampling.uniform import evenly
from repro.source import load_module
from repro.spec import Clips


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def clips(sampling: str, frames: int = 8, segments: tuple[int, int] = (1, 1)) -> Clips:
    return Clips(clip_length=frames, clip_stride=1, sampling=sampling, segments=segments)


def train(sampling: str, available: int, seed: int = 0, **settings) -> np.ndarray:
    return load_module("sampling", sampling).train(available, clips(sampling, **settings), rng(seed))


def test(sampling: str, available: int, view: int = 0, views: int = 1, **settings) -> list[int]:
    return load_module("sampling", sampling).test(available, clips(sampling, **settings), view, views).tolist()


test.__test__ = False


@pytest.mark.parametrize(
    ("available", "length", "stride", "start", "expected"),
    [
        (100, 64, 2, 10, list(range(10, 74, 2))),  # the clip of wei2025: every second of 64
        (5, 8, 1, 0, [0, 1, 2, 3, 4, 0, 1, 2]),  # short videos loop
        (3, 8, 2, 0, [0, 2, 1, 0]),
        (1, 4, 1, 0, [0, 0, 0, 0]),
        (20, 7, 2, 0, [0, 2, 4]),  # a length that is no multiple of the stride
    ],
)
def test_the_frames_of_a_span_by_hand(available, length, stride, start, expected):
    assert clip_indices(available, length, stride, start).tolist() == expected


@pytest.mark.parametrize(("available", "length", "stride"), [(0, 4, 1), (5, 1, 2), (5, 4, 0)])
def test_impossible_clips_are_refused(available, length, stride):
    with pytest.raises(ValueError, match="available"):
        clip_indices(available, length, stride, 0)


def test_a_span_starts_wherever_it_fits_and_views_are_spread_evenly():
    draws = {tuple(train("span", 10, seed)) for seed in range(100)}
    assert draws == {tuple(range(start, start + 8)) for start in (0, 1, 2)}
    assert {train("span", 5, seed)[0] for seed in range(20)} == {0}
    views = {1: [18], 3: [0, 18, 36], 10: list(range(0, 37, 4))}
    assert all(view_starts(100, 64, n).tolist() == starts for n, starts in views.items())
    assert view_starts(30, 64, 3).tolist() == [0, 0, 0]
    assert [test("span", 20, view, 3)[0] for view in range(3)] == [0, 6, 12]


# The whole video


@pytest.mark.parametrize(
    ("sampling", "available", "settings", "expected"),
    [
        ("paper", 33, {"frames": 17}, list(range(17))),  # equations 13 and 14 of ou2019, t' = 1
        ("paper", 34, {"frames": 17}, list(range(1, 34, 2))),  # t' = 2
        ("paper", 180, {"frames": 17}, list(range(9, 170, 10))),  # t' = 10
        ("paper", 5, {}, [0, 1, 2, 3, 4, 0, 1, 2]), ("paper", 1, {"frames": 3}, [0, 0, 0]),
        ("uniform", 11, {"frames": 3}, [1, 5, 9]),
        ("uniform", 8, {"frames": 4}, [1, 3, 5, 7]),  # the middle of equal parts
        ("uniform", 10, {"frames": 4}, [1, 3, 6, 8]), ("uniform", 17, {"frames": 17}, list(range(17))),
        ("uniform", 3, {"frames": 6}, [0, 0, 1, 1, 2, 2]),
        ("segments", 40, {"segments": (4, 2)}, [2, 7, 12, 17, 22, 27, 32, 37]),  # two of each quarter
    ],
)  # fmt: skip
def test_frames_of_testing_by_hand(sampling, available, settings, expected):
    assert test(sampling, available, **settings) == expected


@pytest.mark.parametrize(("available", "coverage"), [(33, 0.52), (29, 0.59), (22, 0.77), (180, 0.94)])
def test_the_tail_that_the_papers_sampling_never_sees(available, coverage):
    assert (test("paper", available, frames=17)[-1] + 1) / available == pytest.approx(coverage, abs=0.005)  # O15
    assert evenly(180, 17)[-1] == 174


@pytest.mark.parametrize("sampling", ["paper", "uniform", "segments"])
def test_the_whole_video_is_one_view(sampling):
    message = f"sampling '{sampling}' takes frames of the whole video, so there is 1 view; got 3. Use sampling 'span'"
    with pytest.raises(ValueError, match=message):
        test(sampling, 30, views=3)


@pytest.mark.parametrize(
    ("sampling", "available", "intervals"),
    [("uniform", 10, (1, 2, 3)), ("paper", 10, (2, 3, 4)), ("paper", 40, range(2, 11)), ("paper", 4, (1,))],
)
def test_random_start_and_interval_reach_all_that_fits_and_no_more(sampling, available, intervals):
    draws = [train(sampling, available, seed, frames=3) for seed in range(3000)]
    assert all(len(at) == 3 and len(set(np.diff(at))) == 1 for at in draws)
    pairs = {(int(at[1] - at[0]), int(at[0])) for at in draws}
    assert pairs == {(interval, start) for interval in intervals for start in range(available - 2 * interval)}
    drawn, each = Counter(int(at[1] - at[0]) for at in draws), 3000 / len(intervals)
    assert all(abs(n - each) < 5 * each**0.5 for n in drawn.values())  # uniform (O15)
    assert train(sampling, 5).tolist() == [0, 1, 2, 3, 4, 0, 1, 2]


@pytest.mark.parametrize("tau", [1, 2, 4, 8])
def test_one_interval_in_training_from_any_start_and_in_testing_in_the_middle(tau):
    available = 3 * tau + 6
    drawn = {tuple(train(f"tau{tau}", available, seed, frames=4)) for seed in range(200)}
    assert drawn == {tuple(range(start, start + 3 * tau + 1, tau)) for start in range(6)}
    assert test(f"tau{tau}", available, frames=4) == list(range(2, 2 + 3 * tau + 1, tau))
    assert test("tau8", 5, frames=4) == [0, 3, 1, 4]  # short videos loop


@pytest.mark.parametrize("sampling", ["span", "paper", "uniform", "segments"])
def test_training_frames_depend_on_the_seed_alone(sampling):
    drawn = [[train(sampling, 90, seed, segments=(4, 2)).tolist() for seed in (3, 4)] for _ in range(2)]
    assert drawn[0] == drawn[1] and drawn[0][0] != drawn[0][1]


def test_segments_in_training_keep_their_spacing_and_their_part():
    assert clips("segments", segments=(4, 2)).frames == 8
    drawn = np.stack([train("segments", 40, seed, segments=(4, 2)) for seed in range(2000)]).reshape(-1, 4, 2)
    assert (np.diff(drawn, axis=2) == 5).all()  # evenly spaced within a segment: 40 / 8
    assert (drawn // 10 == np.arange(4)[:, None]).all()  # each in its own quarter of the video
    counts = np.stack([np.bincount(drawn[:, n, 0] - 10 * n, minlength=5) for n in range(4)])
    assert counts.shape == (4, 5) and counts.min() > 320  # every start equally often
    assert len({tuple(row) for row in drawn[:, :, 0].tolist()}) > 400  # the segments are drawn independently


@pytest.mark.parametrize(
    ("available", "segments", "expected"), [(12, (3, 1), [range(4), range(4, 8), range(8, 12)]), (5, (4, 3), None)]
)
def test_any_frame_of_a_segment_is_drawn_and_a_short_video_repeats_frames(available, segments, expected):
    drawn = np.stack([train("segments", available, seed, segments=segments) for seed in range(600)])
    assert set(drawn.ravel().tolist()) == set(range(available))
    assert expected is None or [sorted(set(column)) for column in drawn.T.tolist()] == list(map(list, expected))


def test_a_clip_of_one_frame_is_a_clip():
    assert clip_indices(5, 3, 3, 1).tolist() == [1]


@pytest.mark.parametrize("available", [7, 8, 9])
def test_the_one_view_is_the_middle_frame_as_a_whole_number(available):
    assert view_starts(available, 4, 1).dtype.kind == "i" and view_starts(available, 4, 1)[0] == (available - 4) // 2


@pytest.mark.parametrize(("available", "most"), [(24, 3), (25, 3), (31, 3), (32, 4)])
def test_intervals_are_whole_and_up_to_a_part_of_the_video(available, most):
    found = {int(np.diff(train("uniform", available, seed)).max()) for seed in range(200)}
    assert found == set(range(1, most + 1))


@pytest.mark.parametrize("available", [3, 5, 16, 17])
def test_no_segment_reaches_beyond_the_last_frame(available):
    found = [train("segments", available, seed, segments=(4, 2)) for seed in range(300)]
    assert max(map(np.max, found)) == available - 1 and min(map(np.min, found)) >= 0
