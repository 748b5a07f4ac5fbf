"""Every rule of verdicts on made-up intervals."""

import pytest

from repro.evidence.statistics import Interval
from repro.evidence.verdicts import WORDS, judge, not_tested, static

UP, DOWN, OPEN = Interval(0.1, 0.02, 0.2), Interval(-0.1, -0.2, -0.02), Interval(0.05, -0.01, 0.1)
LEVELS = [("sparse", Interval(0.5, 0.4, 0.6)), ("dense", Interval(0.6, 0.5, 0.7))]


@pytest.mark.parametrize(
    ("contrasts", "decisive", "word"),
    [
        ([UP, UP], True, "stands"),
        ([UP, UP], False, "same direction"),
        ([UP, DOWN], True, "falls"),
        ([OPEN, DOWN], False, "opposite"),
        ([UP, OPEN], True, "undecided"),
        ([UP, OPEN], False, "undecided"),
        ([Interval(0.1, 0.0, 0.2)], True, "undecided"),  # an end at zero is not on the claimed side
        ([Interval(float("nan"), float("nan"), float("nan"))], True, "undecided"),
        ([], True, "not tested here"),
    ],
)
def test_a_claim_is_a_conjunction_of_contrasts(contrasts: list[Interval], decisive: bool, word: str):
    verdict = judge([(f"step {i}", c) for i, c in enumerate(contrasts)], LEVELS, 0.1, decisive)
    assert verdict.word == word
    assert verdict.word in WORDS
    assert verdict.reason.endswith(".")


def test_the_reason_names_what_decided():
    verdict = judge([("both - sparse", UP), ("both - dense", OPEN)], LEVELS, 0.1, decisive=False)
    assert "both - dense +0.05 [-0.01, +0.10]" in verdict.reason
    assert "both - sparse" not in verdict.reason
    assert "1 of 2" in verdict.reason


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.3), (0.167, 0.3), (0.05, 0.15)])
def test_a_network_at_chance_or_below_ranks_nothing(low: float, high: float):
    verdict = judge([("a - b", UP)], [*LEVELS, ("rgb", Interval(0.2, low, high))], 0.167, decisive=True)
    assert verdict.word == "at floor or ceiling"
    assert "At chance: rgb 0.20" in verdict.reason
    assert "dense" not in verdict.reason


def test_a_network_that_may_be_perfect_ranks_nothing():
    verdict = judge([("a - b", UP)], [*LEVELS, ("both", Interval(0.98, 0.95, 0.995))], 0.1, decisive=False)
    assert verdict.word == "at floor or ceiling"
    assert "ceiling: both" in verdict.reason


def test_each_level_may_have_its_own_chance():
    assert judge([("a - b", UP)], LEVELS, [0.1, 0.5], decisive=False).word == "at floor or ceiling"
    assert judge([("a - b", UP)], LEVELS, [0.1, 0.49], decisive=False).word == "same direction"
    with pytest.raises(ValueError, match="one each, got 3"):
        judge([("a - b", UP)], LEVELS, [0.1, 0.2, 0.3], decisive=False)


def test_without_chance_there_is_neither_floor_nor_ceiling():
    assert judge([("seconds", UP)], [("slow", Interval(3.0, 2.0, 4.0))], None, decisive=True).word == "stands"


def test_static_and_untested_claims():
    assert (static(True, "4.23 of 20.37").word, static(False, "38 layers").word) == ("stands", "falls")
    assert static(False, "38 layers").reason == "38 layers."
    assert not_tested("No data").word == "not tested here"


def test_of_many_contrasts_a_reason_names_some_and_counts_the_rest() -> None:
    many = [(f"contrast {i}", Interval(0.2, 0.1, 0.3)) for i in range(20)]
    reason = judge(many, [], None, decisive=False).reason
    assert reason.count("contrast") == 8 and reason.endswith("and 12 more.")
    assert "more" not in judge(many[:8], [], None, decisive=False).reason
