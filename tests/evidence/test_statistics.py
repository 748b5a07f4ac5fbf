"""Intervals against cases worked by hand, and their coverage."""

import numpy as np
import pytest

from repro.evidence.statistics import (
    Interval,
    accuracy_interval,
    contrast_interval,
    seeds_apart,
    t_interval,
    t_quantile,
    unpaired_interval,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_groups_make_the_interval_wider_than_items():
    # 10 groups of 10 clips, each group wholly right or wholly wrong: 10 facts, not 100.
    correct = np.repeat(np.arange(10) % 2 == 0, 10)[None]
    by_group = accuracy_interval(correct, np.repeat(np.arange(10), 10), rng())
    by_item = accuracy_interval(correct, np.arange(100), rng())
    # binomial(10, 0.5) / 10 has its 2.5 % quantile at 0.2; binomial(100, 0.5) / 100 at 0.40
    assert (by_group.low, by_group.high) == pytest.approx((0.2, 0.8))
    assert (by_item.low, by_item.high) == pytest.approx((0.40, 0.60), abs=0.011)


def test_ratio_estimator_keeps_a_constant_accuracy_constant():
    # Groups of 2 and of 20 items, half of each right: whatever is drawn, the ratio is 0.5.
    sizes = [2, 20, 4, 6, 10, 8]
    groups = np.repeat(np.arange(6), sizes)
    correct = np.concatenate([np.arange(n) % 2 == 0 for n in sizes])[None]
    interval = accuracy_interval(correct, groups, rng())
    assert (interval.low, interval.value, interval.high) == pytest.approx((0.5, 0.5, 0.5))


def test_seeds_are_resampled_too():
    # Every item agrees, only the seeds differ: two of three right, so each draw of 3 seeds gives 0,
    # 1/3, 2/3 or 1.
    correct = np.array([[True] * 6, [True] * 6, [False] * 6])
    interval = accuracy_interval(correct, np.arange(6), rng())
    # P(no right seed) = 1/27 = 0.037 > 0.025, so the lower end is 0
    assert (interval.low, interval.high) == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize("right", [True, False])
def test_all_right_or_all_wrong_is_bounded_by_clopper_and_pearson(right: bool):
    interval = accuracy_interval(np.full((3, 45), right), np.arange(45), rng())
    low, high = (0.921, 1.0) if right else (0.0, 0.079)  # 0.025 ** (1 / 45) = 0.9213
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-4)


def test_few_groups_tell_nothing():
    correct = np.array([[1, 1, 1, 1, 1, 0]], bool)
    assert accuracy_interval(correct, [0, 1, 2, 3, 4, 4], rng()) == Interval(pytest.approx(5 / 6), 0.0, 1.0)
    assert contrast_interval(correct, ~correct, [0, 1, 2, 3, 4, 4], rng()) == Interval(pytest.approx(4 / 6), -1.0, 1.0)


def test_pairing_cancels_what_is_hard_for_both():
    # Groups of five are wholly right or wrong for a; b loses one item of five wherever a is right.
    a = np.repeat(np.arange(12) % 2 == 0, 5)
    b = a & (np.arange(60) % 5 > 0)
    groups = np.repeat(np.arange(12), 5)
    paired = contrast_interval(a[None], b[None], groups, rng())
    apart = [accuracy_interval(x[None], groups, rng()) for x in (a, b)]
    assert paired.value == pytest.approx(0.1)  # six of twelve groups lose 0.2 each
    assert paired.high - paired.low < 0.5 * (apart[0].high - apart[0].low)
    assert paired.low > 0


def test_contrast_is_antisymmetric_in_value_and_takes_other_numbers_of_seeds():
    draw = np.random.default_rng(3)
    a, b, groups = draw.random((5, 40)) < 0.8, draw.random((2, 40)) < 0.5, np.arange(40) // 2
    forth, back = contrast_interval(a, b, groups, rng()), contrast_interval(b, a, groups, rng())
    assert forth.value == pytest.approx(a.mean() - b.mean()) == pytest.approx(-back.value)
    assert forth.low == pytest.approx(-back.high, abs=0.03)


def test_coverage_over_groups_and_not_over_items():
    """200 test sets of 30 groups x 4 clips that stand and fall together: nominal 95 % by groups,
    far less by items.
    """
    draw = np.random.default_rng(5)
    groups = np.repeat(np.arange(30), 4)
    inside = np.zeros(2)
    for _ in range(200):
        correct = (draw.random(30) < 0.6)[groups][None]
        for i, labels in enumerate((groups, np.arange(120))):
            found = accuracy_interval(correct, labels, draw, draws=400)
            inside[i] += found.low <= 0.6 <= found.high
    assert inside[0] / 200 >= 0.90
    assert inside[1] / 200 <= 0.80


def test_t_interval_by_hand():
    # mean 0.7, s = 0.1, 4.3027 * 0.1 / sqrt(3) = 0.2484
    interval = t_interval([0.6, 0.7, 0.8])
    assert (interval.low, interval.value, interval.high) == pytest.approx((0.4516, 0.7, 0.9484), abs=1e-4)


def test_one_seed_bounds_nothing():
    interval = t_interval([0.7])
    assert (interval.value, interval.low, interval.high) == (0.7, -np.inf, np.inf)


@pytest.mark.parametrize(("freedom", "quantile"), [(1, 12.706), (4, 2.776), (11, 2.2010), (29, 2.0452), (120, 1.9799)])
def test_t_quantile_against_printed_tables(freedom: int, quantile: float):
    assert t_quantile(freedom) == pytest.approx(quantile, abs=5e-4)


@pytest.mark.parametrize(
    ("correct", "groups", "word"),
    [
        (np.ones(4, bool), [0, 1, 2, 3], "Wanted correct"),
        (np.ones((2, 4), bool), [0, 1, 2], "Wanted correct"),
        (np.ones((2, 0), bool), [], "Wanted correct"),
        (np.ones((2, 4)), [0, 1, 2, 3], "Wanted booleans"),
    ],
)
def test_wrong_shapes_are_named(correct: np.ndarray, groups: list[int], word: str):
    with pytest.raises(ValueError, match=word):
        accuracy_interval(correct, groups, rng())


def test_no_seed_is_an_error():
    with pytest.raises(ValueError, match="at least one value"):
        t_interval([])


def test_the_same_networks_share_their_draw_of_seeds() -> None:
    """Seeds differ much, the gain of each is the same: independent seeds would blur it, shared ones
    do not.
    """
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(20), 5)
    before = np.stack([rng.random(100) < level for level in (0.2, 0.5, 0.8)])
    after = before | (np.arange(100) % 10 == 0)
    apart = contrast_interval(after, before, groups, np.random.default_rng(0))
    shared = contrast_interval(after, before, groups, np.random.default_rng(0), same_networks=True)
    assert shared.value == apart.value and shared.high - shared.low < 0.3 * (apart.high - apart.low)


def test_unpaired_difference_of_other_items_in_other_numbers() -> None:
    a = np.array([[1, 1, 1, 0, 1, 1], [1, 1, 0, 0, 1, 1]], bool)  # 5 and 4 of 6
    b = np.arange(8)[None] < 2  # 2 of 8
    found = unpaired_interval(a, np.arange(6), b, np.arange(8), rng())
    assert found.value == pytest.approx(9 / 12 - 2 / 8) and found.low < found.value < found.high
    back = unpaired_interval(b, np.arange(8), a, np.arange(6), rng())
    assert back.value == -found.value and back.low == pytest.approx(-found.high, abs=0.08)


def test_equal_answers_on_both_sides_are_drawn_apart() -> None:
    """Ten of twenty groups right on either side: each draw has a variance of 1 / 80, their
    difference twice that.
    """
    right, groups = (np.arange(20) % 2 == 0)[None], np.arange(20)
    found = unpaired_interval(right, groups, right, groups, rng())
    half = 1.96 * np.sqrt(2 * 0.25 / 20)  # 0.310
    assert found.value == 0 and (found.low, found.high) == pytest.approx((-half, half), abs=0.03)
    assert contrast_interval(right, right, groups, rng()) == Interval(0.0, 0.0, 0.0)  # which paired tells nothing


def test_unpaired_intervals_draw_groups_and_seeds_of_each_side() -> None:
    steady, groups = np.arange(60)[None] % 2 == 0, np.arange(60) // 2  # one of two right in every group
    torn = np.array([[True] * 60, [False] * 60])  # seeds that agree on nothing
    found = unpaired_interval(torn, groups, steady, groups, rng())
    assert (found.value, found.low, found.high) == pytest.approx(
        (0.0, -0.5, 0.5)
    )  # both seeds alike in half of all draws
    clumped = unpaired_interval(
        steady, groups, np.repeat(np.arange(10) % 2 == 0, 6)[None], np.repeat(np.arange(10), 6), rng()
    )
    assert (clumped.low, clumped.high) == pytest.approx(
        (-0.3, 0.3)
    )  # binomial(10, 0.5) / 10 has its quantiles at 0.2 and 0.8


@pytest.mark.parametrize("few", [0, 1])
def test_few_groups_on_either_side_tell_nothing(few: int) -> None:
    sides = [(np.ones((1, 12), bool), np.arange(12) % (5 if side == few else 6)) for side in (0, 1)]
    assert unpaired_interval(*sides[0], *sides[1], rng()) == Interval(0.0, -1.0, 1.0)
    with pytest.raises(ValueError, match="Wanted booleans"):
        unpaired_interval(np.ones((1, 12)), np.arange(12), *sides[1], rng())


def test_coverage_of_unpaired_differences() -> None:
    draw = np.random.default_rng(6)
    groups, inside = np.repeat(np.arange(30), 3), 0
    for _ in range(200):
        sides = [(draw.random(30) < level)[groups][None] for level in (0.7, 0.5)]
        found = unpaired_interval(sides[0], groups, sides[1], groups, draw, draws=400)
        inside += found.low <= 0.2 <= found.high
    assert 0.90 <= inside / 200 <= 0.99


def test_seeds_apart_by_hand() -> None:
    # means 3 and 6, variances 1 and 4, so 4.3027 * sqrt(1 / 3 + 4 / 3) = 5.5548
    found = seeds_apart([2, 3, 4], [4, 6, 8])
    assert (found.value, found.low, found.high) == pytest.approx((-3.0, -8.5548, 2.5548), abs=1e-3)
    # of two against three seeds one degree of freedom is left: 12.7062 * sqrt(2 / 2 + 1 / 3) =
    # 14.672
    found = seeds_apart([1, 3], [4, 5, 6])
    assert (found.value, found.low, found.high) == pytest.approx((-3.0, -17.672, 11.672), abs=1e-3)
    assert seeds_apart([4, 5, 6], [1, 3]).low == pytest.approx(-found.high)
    assert seeds_apart([8, 8], [3, 3, 3]) == Interval(5.0, 5.0, 5.0)


@pytest.mark.parametrize(("a", "b"), [([5.0], [1.0, 2.0]), ([5.0, 4.0], [1.5]), ([5.0], [1.5])])
def test_one_seed_on_a_side_bounds_no_difference(a: list[float], b: list[float]) -> None:
    found = seeds_apart(a, b)
    assert found.value == pytest.approx(np.mean(a) - np.mean(b)) and (found.low, found.high) == (-np.inf, np.inf)
    with pytest.raises(ValueError, match=f"got {len(a)} and 0"):
        seeds_apart(a, [])
