"""Every rule of verdicts on made-up intervals."""

from dataclasses import replace

import pytest

from repro.evidence.statistics import Interval
from repro.evidence.verdicts import WORDS, Contrast, Level, detectable, holm, judge, not_tested, static


def of(value: float, error: float, freedom: float = 1e6) -> Interval:
    """95 % interval of a value with this standard error; nearly normal unless said otherwise."""
    low, high = Interval(value, 0, 0, error, freedom).ends(0.025)
    return Interval(value, low, high, error, freedom)


UP, DOWN, OPEN = of(0.1, 0.03), of(-0.1, 0.03), of(0.05, 0.05)
SPARSE, DENSE = Level("sparse", Interval(0.5, 0.4, 0.6), 0.1), Level("dense", Interval(0.6, 0.5, 0.7), 0.1)


def named(*intervals: Interval) -> list[Contrast]:
    return [Contrast(f"step {i}", interval, (SPARSE, DENSE)) for i, interval in enumerate(intervals)]


@pytest.mark.parametrize(
    ("intervals", "decisive", "word"),
    [
        ([UP, UP], True, "stands"),
        ([UP, UP], False, "same direction"),
        ([UP, DOWN], True, "falls"),
        ([OPEN, DOWN], False, "opposite"),
        ([UP, OPEN], True, "undecided"),
        ([UP, OPEN], False, "undecided"),
        ([Interval(0.1, 0.0, 0.2)], True, "undecided"),  # an end at zero is not on the claimed side
        ([Interval(float("nan"), float("nan"), float("nan"))], True, "undecided"),
        ([UP, of(0.005, 0.008)], False, "no difference"),
        ([UP, of(0.005, 0.008), DOWN], False, "opposite"),
        ([of(-0.015, 0.009)], False, "undecided"),  # wholly below the margin, and reaching under its negative
        ([], True, "not tested here"),
    ],
)
def test_a_claim_is_a_conjunction_of_contrasts(intervals: list[Interval], decisive: bool, word: str) -> None:
    verdict = judge(named(*intervals), 0.03, decisive)
    assert verdict.word == word and word in WORDS
    assert verdict.reason.endswith(".")


def test_one_of_many_contrasts_makes_a_claim_fall_only_beyond_luck() -> None:
    """One-sided p 0.0139: enough alone, not among three, where Holm asks for 0.025 / 3."""
    below = of(-0.022, 0.01)
    assert judge(named(below), 0.03, False).word == "opposite"
    assert judge(named(below, UP, UP), 0.03, False).word == "undecided"
    assert judge(named(of(-0.026, 0.01), UP, UP), 0.03, False).word == "opposite"  # p 0.0047


def test_few_seeds_make_the_same_interval_say_less() -> None:
    """t(2) = -3: one-sided p 0.048; a normal of the same ratio would have 0.001."""
    assert judge(named(of(-0.3, 0.1, 2.0)), None, False).word == "undecided"
    assert judge(named(of(-0.3, 0.1)), None, False).word == "opposite"


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03], 0.05) == [True, False, False]  # 0.05 / 3; then 0.03 > 0.05 / 2
    assert holm([0.01, 0.02, 0.03], 0.05) == [True, True, True]
    assert holm([0.01], 0.025, of=3) == [False]
    assert holm([], 0.05) == [] and holm([float("nan"), 0.001], 0.05) == [False, True]


def test_likeness_needs_an_interval_for_the_whole_family_within_the_margins_and_over_zero() -> None:
    near = of(0.002, 0.014)  # 1.96 errors: within 0.03; at 1 - 0.05 / 3, 2.39 errors: not
    assert judge(named(near), 0.03, False).word == "no difference"
    assert judge(named(near, UP, UP), 0.03, False).word == "undecided"
    assert judge(named(near), None, False).word == "undecided"
    reason = judge(named(of(0.0, 0.005), UP), 0.03, False).reason
    assert "step 0" in reason and "step 1" not in reason and "Within 0.03" in reason
    edge = Contrast("0.02 - (a - b)", of(0.0, 0.005), edge=True)  # of a claimed band: a - b is 0.02
    verdict = judge([edge], 0.03, False)
    assert verdict.word == "undecided" and "excluded" not in verdict.reason


def test_the_reason_names_what_decided_and_what_could_have_been_seen() -> None:
    verdict = judge([Contrast("both - sparse", UP), Contrast("both - dense", OPEN)], 0.03, decisive=False)
    assert "both - dense +0.05 [-0.05, +0.15]" in verdict.reason and "both - sparse" not in verdict.reason
    assert "1 of 2" in verdict.reason
    assert "would show 0.14 with 80 % power" in verdict.reason  # (1.96 + 0.842) * 0.05
    assert detectable(Contrast("", of(0, 0.1, 4.0))) == pytest.approx(0.1 * (2.776 + 0.941), abs=1e-3)
    alone = judge([Contrast("a - b", Interval(0.1, -1e9, 1e9))], 0.03, decisive=False)  # of one seed
    assert alone.word == "undecided" and "would show" not in alone.reason
    low = judge([Contrast("a - b", of(-0.02, 0.02))], 0.03, decisive=False)
    assert "a gain above 0.03 is excluded: a - b" in low.reason


AT_CHANCE, PERFECT = Level("rgb", Interval(0.2, 0.1, 0.3), 0.167), Level("both", Interval(0.98, 0.95, 0.995), 0.167)


@pytest.mark.parametrize(
    ("sides", "word", "said"),
    [
        ((AT_CHANCE, replace(AT_CHANCE, name="flow")), "at floor or ceiling", "At chance: rgb 0.20 [0.10, 0.30]"),
        ((PERFECT, replace(PERFECT, name="sum")), "at floor or ceiling", "At the ceiling: both 0.98"),
        ((DENSE, AT_CHANCE), "same direction", ""),  # it fits its training data: an answer
        ((DENSE, replace(AT_CHANCE, trained=False)), "not trained", "whether it could"),
        ((DENSE, PERFECT), "same direction", ""),
        ((DENSE, replace(SPARSE, trained=False)), "same direction", ""),
        ((), "same direction", ""),
        ((Level("seconds", Interval(3.0, 2.0, 4.0)),), "same direction", ""),  # no chance, so neither floor nor ceiling
    ],
)
def test_networks_that_rank_nothing(sides: tuple[Level, ...], word: str, said: str) -> None:
    verdict = judge([Contrast("a - b", UP, sides)], 0.03, decisive=False)
    assert verdict.word == word and said in verdict.reason


def test_a_claim_is_blocked_by_a_contrast_that_it_needs_and_by_no_other_verdict() -> None:
    blocked = Contrast("a - b", UP, (AT_CHANCE, AT_CHANCE))
    assert judge([blocked, *named(UP)], 0.03, False).word == "at floor or ceiling"
    assert judge([blocked, *named(DOWN)], 0.03, False).word == "opposite"
    both = [blocked, Contrast("c - d", UP, (DENSE, replace(AT_CHANCE, trained=False)))]
    assert judge(both, 0.03, False).word == "at floor or ceiling"


@pytest.mark.parametrize(("low", "at_floor"), [(0.1, True), (0.167, True), (0.168, False)])
def test_a_level_whose_interval_reaches_chance_is_at_the_floor(low: float, at_floor: bool) -> None:
    assert Level("rgb", Interval(0.2, low, 0.3), 0.167).at_floor == at_floor


def test_static_and_untested_claims() -> None:
    assert (static(True, "4.23 of 20.37").word, static(False, "38 layers").word) == ("stands", "falls")
    assert static(False, "38 layers").reason == "38 layers."
    assert not_tested("No data").word == "not tested here"


def test_of_many_contrasts_a_reason_names_some_and_counts_the_rest() -> None:
    many = [Contrast(f"contrast {i}", UP) for i in range(20)]
    reason = judge(many, None, decisive=False).reason
    assert reason.count("contrast") == 8 and reason.endswith("and 12 more.")
    assert all("more" not in judge(many[:n], None, decisive=False).reason for n in (7, 8))
