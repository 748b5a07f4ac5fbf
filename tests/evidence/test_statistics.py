"""Intervals against cases worked by hand, and their coverage."""

import numpy as np
import pytest

from repro.evidence.statistics import (
    Interval,
    accuracy_interval,
    contrast_interval,
    of_answers,
    of_hits,
    seeds_apart,
    spread,
    t_interval,
    t_quantile,
    unpaired_interval,
)

GROUPS = np.repeat(np.arange(10), 10)  # ten of ten items
T9 = 2.2622  # 97.5 % quantile of Student's t


def test_groups_make_the_interval_wider_than_items() -> None:
    # each group wholly right or wholly wrong: 10 facts, not 100; on the logit scale
    correct = (GROUPS % 2 == 0)[None]
    by_group, by_item = accuracy_interval(correct, GROUPS), accuracy_interval(correct, np.arange(100))
    # jackknife of ten values of 0 or 1: variance 0.25 / 9, divided by the slope 0.25 of the logit
    half = T9 * np.sqrt(0.25 / 9) / 0.25
    ends = 1 / (1 + np.exp([half, -half]))
    assert (by_group.low, by_group.high) == pytest.approx(tuple(ends), abs=1e-4)
    assert (by_item.low, by_item.high) == pytest.approx((0.40, 0.60), abs=0.005)


def test_a_constant_accuracy_has_no_spread_whatever_the_groups() -> None:
    sizes = [2, 20, 4, 6, 10, 8]
    correct = np.concatenate([np.arange(n) % 2 == 0 for n in sizes])[None]
    interval = accuracy_interval(correct, np.repeat(np.arange(6), sizes))
    assert (interval.low, interval.value, interval.high) == pytest.approx((0.5, 0.5, 0.5))


def test_variances_of_groups_and_seeds_are_added_and_what_stands_in_both_is_taken_off() -> None:
    """By hand: two-way analysis of variance of S = 2 seeds and G = 6 groups of one item."""
    hits = np.array([[1, 1, 0, 1, 0, 1], [1, 0, 0, 1, 0, 0]], float)
    value, error, freedom = spread([(1.0, of_hits(hits, np.ones(6)))])
    groups = hits.mean(0).var(ddof=1) / 6
    seeds = hits.mean(1).var(ddof=1) / 2
    rest = hits - hits.mean(0) - hits.mean(1)[:, None] + hits.mean()
    both = (rest**2).sum() / 5 / 12
    assert value == pytest.approx(0.5) and groups + seeds - both > max(groups, seeds)
    assert error**2 == pytest.approx(groups + seeds - both)
    satterthwaite = error**4 / (groups**2 / 5 + seeds**2 / 1 + both**2 / 5)
    assert freedom == 2 < satterthwaite  # at most twice that of two seeds


def test_many_are_spread_at_once_as_each_alone_with_one_degree_of_freedom_at_least() -> None:
    hits = np.random.default_rng(2).integers(0, 2, (500, 2, 7)).astype(float)
    together = np.stack(spread([(1.0, of_hits(hits, np.ones(7)))]))
    alone = [spread([(1.0, of_hits(each, np.ones(7)))]) for each in hits[:20]]
    assert np.allclose(together[:, :20].T, alone)
    assert together[2].min() == 1.0 and together[2].max() == 2.0  # two seeds: at most twice theirs


def test_seeds_that_agree_on_nothing_bound_nothing() -> None:
    correct = np.array([[True] * 6, [True] * 6, [False] * 6])
    interval = accuracy_interval(correct, np.arange(6))
    assert interval.low < 0.05 and interval.high > 0.99


@pytest.mark.parametrize("right", [True, False])
def test_all_right_or_all_wrong_is_bounded_by_clopper_and_pearson(right: bool) -> None:
    interval = accuracy_interval(np.full((3, 45), right), np.arange(45))
    low, high = (0.921, 1.0) if right else (0.0, 0.079)  # 0.025 ** (1 / 45) = 0.9213
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-4)


def test_few_groups_tell_nothing() -> None:
    correct, groups = np.array([[1, 1, 1, 1, 1, 0]], bool), [0, 1, 2, 3, 4, 4]
    assert ends(accuracy_interval(correct, groups)) == (pytest.approx(5 / 6), 0.0, 1.0)
    assert ends(contrast_interval(correct, ~correct, groups)) == (pytest.approx(4 / 6), -1.0, 1.0)


def ends(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def test_pairing_cancels_what_is_hard_for_both() -> None:
    # Groups of five are wholly right or wrong for a; b loses one item of five wherever a is right.
    a = np.repeat(np.arange(12) % 2 == 0, 5)
    b = a & (np.arange(60) % 5 > 0)
    groups = np.repeat(np.arange(12), 5)
    paired = contrast_interval(a[None], b[None], groups)
    apart = unpaired_interval(a[None], groups, b[None], groups)
    # six of twelve groups lose 0.2 each: t(11) * sqrt(12 / 11 * 0.01 / 12)
    half = 2.2010 * np.sqrt(0.01 / 11)
    assert (paired.value, paired.low, paired.high) == pytest.approx((0.1, 0.1 - half, 0.1 + half), abs=1e-5)
    assert paired.high - paired.low < 0.25 * (apart.high - apart.low)


def test_contrast_is_antisymmetric_and_takes_other_numbers_of_seeds() -> None:
    draw = np.random.default_rng(3)
    a, b, groups = draw.random((5, 40)) < 0.8, draw.random((2, 40)) < 0.5, np.arange(40) // 2
    forth, back = contrast_interval(a, b, groups), contrast_interval(b, a, groups)
    assert forth.value == pytest.approx(a.mean() - b.mean())
    assert ends(back.negated()) == pytest.approx(ends(forth))


@pytest.mark.parametrize("paired", [True, False])
def test_intervals_hold_the_truth_about_as_often_as_they_say(paired: bool) -> None:
    """500 families of five seeds on 30 groups of four; benchmarks/coverage.py tries many."""
    draw, groups = np.random.default_rng(5), np.repeat(np.arange(30), 4)
    inside = 0
    for _ in range(500):
        hard = 0.15 * draw.normal(size=30)[groups]
        own = 0.05 * draw.normal(size=(2, 5, 1))
        a, b = (draw.random((5, 120)) < 0.6 + hard + own[0 if paired else k] for k in (0, 1))
        found = contrast_interval(a, b, groups, paired=paired)
        inside += found.low <= 0 <= found.high
    assert 0.93 <= inside / 500 <= 0.99


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
        accuracy_interval(correct, groups)


def test_no_seed_is_an_error():
    with pytest.raises(ValueError, match="at least one value"):
        t_interval([])


def test_the_same_networks_share_their_seeds() -> None:
    """Seeds differ much, the gain of each is the same: independent seeds would blur it, paired ones
    do not.
    """
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(20), 5)
    before = np.stack([rng.random(100) < level for level in (0.2, 0.5, 0.8)])
    after = before | (np.arange(100) % 10 == 0)
    apart, shared = (contrast_interval(after, before, groups, paired=paired) for paired in (False, True))
    assert shared.value == apart.value and shared.high - shared.low < 0.3 * (apart.high - apart.low)
    with pytest.raises(ValueError, match=r"as many groups and seeds, got \(3,\), \(2,\)"):
        contrast_interval(after, before[:2], groups, paired=True)


def test_equal_answers_of_other_items_are_apart() -> None:
    """Ten of twenty groups right on either side: either level has a variance of 0.25 / 19, their
    difference twice that, with 38 degrees of freedom.
    """
    right, groups = (np.arange(20) % 2 == 0)[None], np.arange(20)
    found = unpaired_interval(right, groups, right, groups)
    half = 2.0244 * np.sqrt(2 * 0.25 / 19)
    assert ends(found) == pytest.approx((0.0, -half, half), abs=1e-4)
    assert ends(contrast_interval(right, right, groups)) == (0.0, 0.0, 0.0)  # which paired tells nothing
    for share in range(1, 20):  # nor do more seeds with the same answers
        same = (np.arange(20) < share)[None]
        assert ends(contrast_interval(same.repeat(3, 0), same.repeat(7, 0), groups)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("few", [0, 1])
def test_few_groups_on_either_side_tell_nothing(few: int) -> None:
    sides = [(np.ones((1, 12), bool), np.arange(12) % (5 if side == few else 6)) for side in (0, 1)]
    assert ends(unpaired_interval(*sides[0], *sides[1])) == (0.0, -1.0, 1.0)
    with pytest.raises(ValueError, match="Wanted booleans"):
        unpaired_interval(np.ones((1, 12)), np.arange(12), *sides[1])


def test_one_network_on_two_sets_of_items_is_paired_on_its_seeds_alone() -> None:
    """Each seed loses a tenth on the other items: the difference does not vary between seeds."""
    groups = np.arange(40)
    one = np.stack([groups % 10 < n for n in (5, 7, 9)])
    other = np.stack([groups % 10 < n - 1 for n in (5, 7, 9)])
    _, alone, _ = spread([(1.0, of_answers(one, groups)), (-1.0, of_answers(other, groups, "b", "b"))])
    _, shared, _ = spread([(1.0, of_answers(one, groups)), (-1.0, of_answers(other, groups, "b"))])
    assert shared < 0.6 * alone


def test_ends_at_another_level_and_p_values() -> None:
    found = t_interval([0.6, 0.7, 0.8])
    assert found.ends(0.025) == pytest.approx((found.low, found.high))
    assert found.plus(-0.9).p_of_no_less() == pytest.approx(0.0371, abs=1e-4)  # t(2) = -0.2 / 0.057735 = -3.4641
    assert found.p_of_no_less() > 0.99
    by_ends = Interval(-0.2, -0.396, -0.004)  # normal, two standard errors below zero
    assert by_ends.p_of_no_less() == pytest.approx(0.0228, abs=1e-4)
    assert Interval(0.0, 0.0, 0.0, 0.0, 5.0).p_of_no_less() == 1.0


def test_seeds_apart_by_hand() -> None:
    # means 3 and 6, variances 1 and 4, so 4.3027 * sqrt(1 / 3 + 4 / 3) = 5.5548
    found = seeds_apart([2, 3, 4], [4, 6, 8])
    assert (found.value, found.low, found.high) == pytest.approx((-3.0, -8.5548, 2.5548), abs=1e-3)
    # of two against three seeds one degree of freedom is left: 12.7062 * sqrt(2 / 2 + 1 / 3) =
    # 14.672
    found = seeds_apart([1, 3], [4, 5, 6])
    assert (found.value, found.low, found.high) == pytest.approx((-3.0, -17.672, 11.672), abs=1e-3)
    assert seeds_apart([4, 5, 6], [1, 3]).low == pytest.approx(-found.high)
    assert ends(seeds_apart([8, 8], [3, 3, 3])) == (5.0, 5.0, 5.0)


@pytest.mark.parametrize(("a", "b"), [([5.0], [1.0, 2.0]), ([5.0, 4.0], [1.5]), ([5.0], [1.5])])
def test_one_seed_on_a_side_bounds_no_difference(a: list[float], b: list[float]) -> None:
    found = seeds_apart(a, b)
    assert found.value == pytest.approx(np.mean(a) - np.mean(b)) and (found.low, found.high) == (-np.inf, np.inf)
    with pytest.raises(ValueError, match=f"got {len(a)} and 0"):
        seeds_apart(a, [])
