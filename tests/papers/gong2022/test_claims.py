"""The measured claims of gong2022 on made-up accuracies: they hold on every data set or not at all,
and reach every word.
"""

from typing import Any

import pytest
from gong import record

from repro.papers.gong2022 import claims
from repro.papers.gong2022.settings import BOTH, EIGHT, EIGHT_NP, MFF, NONE, SIXTEEN, SIXTEEN_NP, STC, TSM, TSN
from repro.papers.measure import Cell
from repro.spec import Data, Run

GOOD = {NONE: 0.5, TSN: 0.5, STC: 0.6, TSM: 0.7, MFF: 0.8, BOTH: 0.9}
CHANCE = 1 / 6
FALLS, OPEN, BLOCKED, STANDS, ALIKE = "falls", "undecided", "at floor or ceiling", "stands", "no difference"
SMALL = {"falls": "opposite", "stands": "same direction"}  # what is said at small scales instead
LIKE = "none-like-tsn-below-tsm"
TABLE2 = [*claims.OF_MODULES, *claims.OF_BASELINES]


def cells(levels: dict[str, float], column: str = "a", **more: Any) -> dict[tuple[str, str], Any]:
    run = Run("train", "gong2022", data=Data("arid"))
    return {(row, column): Cell(row, column, (record(run, level, **more),)) for row, level in levels.items()}


def both(decide: Any, *given: Any) -> tuple[str, str]:
    """The words where nothing is decided and where it is."""
    return decide(*given, False).word, decide(*given, True).word


def words(word: str) -> tuple[str, str]:
    return SMALL.get(word, word), word


@pytest.mark.parametrize("claim", TABLE2)
def test_table2_holds_on_every_data_set_or_not_at_all(claim: str) -> None:
    good = cells(GOOD)
    assert both(claims.decide, claim, good | cells(GOOD, "b"), ["a", "b"]) == words(STANDS)
    turned = {row: 1.4 - level for row, level in GOOD.items()} | {TSN: 0.95, TSM: 0.7}
    for other, word in ((turned, FALLS), (dict.fromkeys(GOOD, 0.7), ALIKE)):
        assert both(claims.decide, claim, good | cells(other, "b"), ["a", "b"]) == words(word)
        assert both(claims.decide, claim, good | cells(other, "b"), ["a"]) == words(STANDS)


@pytest.mark.parametrize(
    ("claim", "changed", "word"),
    [
        ("ablation-order", {BOTH: 0.7}, FALLS), ("ablation-order", {STC: 0.9, MFF: 0.75}, FALLS),
        ("ablation-order", {STC: 0.5}, ALIKE), ("ablation-order", {STC: 0.51}, OPEN),
        ("ablation-order", {NONE: CHANCE, STC: CHANCE}, BLOCKED), ("ablation-order", {MFF: 1.0, BOTH: 1.0}, BLOCKED),
        ("both-gain", {STC: 0.8, MFF: 0.6, BOTH: 1.0}, STANDS),  # of each alone no order is claimed
        ("both-gain", {STC: 0.95}, FALLS), ("both-gain", {MFF: 0.4}, FALLS), ("both-gain", {BOTH: 0.8}, ALIKE),
        (LIKE, {TSN: 0.6}, FALLS), (LIKE, {TSN: 0.4}, FALLS), (LIKE, {TSN: 0.51}, OPEN),  # a point away, on either side
        (LIKE, {TSM: 0.4}, FALLS), (LIKE, {TSM: 0.5}, ALIKE), (LIKE, {TSN: CHANCE, NONE: CHANCE}, BLOCKED),
        ("stc-between-tsn-tsm", {STC: 0.4}, FALLS), ("stc-between-tsn-tsm", {STC: 0.8}, FALLS),
        ("mff-above-tsn-tsm", {MFF: 0.6}, FALLS), ("mff-above-tsn-tsm", {TSM: 0.4}, FALLS),
        ("mff-more-important", {MFF: 0.4}, FALLS), ("mff-more-important", {NONE: CHANCE, BOTH: 1.0}, STANDS),
    ],
)  # fmt: skip
def test_table2_reaches_every_word(claim: str, changed: dict[str, float], word: str) -> None:
    assert both(claims.decide, claim, cells(GOOD | changed), ["a"]) == words(word)


@pytest.mark.parametrize(("fits", "word"), [(0.95, STANDS), (0.94, "not trained")])
def test_a_network_at_chance_must_fit_its_training_clips(fits: float, word: str) -> None:
    found = cells(GOOD) | cells({NONE: CHANCE}, fits=fits)
    assert both(claims.decide, "ablation-order", found, ["a"]) == words(word)
    assert both(claims.decide, "mff-above-tsn-tsm", found, ["a"]) == words(STANDS)  # which does not need it


def test_contrasts_name_rows_data_and_metric() -> None:
    reason = claims.decide("ablation-order", cells(GOOD), ["a"], False).reason
    assert all(f"{name} on a, Top1 +0." in reason for name in ("STC - none", "MFF - STC", "both - MFF"))
    near = claims.decide(LIKE, cells(GOOD | {TSN: 0.6}), ["a"], False).reason
    assert "one point + (none - TSN on a, Top1) -0.0" in near and "TSM" not in near


def ours(*levels: float, column: str = "a") -> dict[tuple[str, str], Any]:
    """From nothing at fewer and more segments, then pretrained."""
    return cells(dict(zip((EIGHT_NP, SIXTEEN_NP, EIGHT, SIXTEEN), levels, strict=True)), column)


@pytest.mark.parametrize(
    ("levels", "segments", "images"),
    [
        ((0.5, 0.6, 0.7, 0.8), STANDS, STANDS), ((0.6, 0.5, 0.8, 0.7), FALLS, STANDS),
        ((0.7, 0.8, 0.5, 0.6), STANDS, FALLS), ((0.5, 0.6, 0.8, 0.7), FALLS, STANDS),  # one of two is enough
        ((0.5, 0.6, 0.7, 0.7), ALIKE, STANDS), ((0.5, 0.6, 0.51, 0.8), STANDS, OPEN),
        ((0.5, 0.6, 0.7, 0.71), OPEN, STANDS), ((CHANCE, 0.6, 0.7, 1.0), STANDS, STANDS),
        ((CHANCE, CHANCE, 0.7, 0.8), BLOCKED, STANDS), ((0.5, 1.0, 0.7, 1.0), STANDS, BLOCKED),
    ],
)  # fmt: skip
def test_segments_and_images_reach_every_word(levels: tuple[float, ...], segments: str, images: str) -> None:
    for claim, word in (("more-segments-better", segments), ("pretraining-helps", images)):
        assert both(claims.decide_segments, claim, ours(*levels)) == words(word)
        verdict = claims.decide_segments(claim, ours(0.5, 0.6, 0.7, 0.8) | ours(0.8, 0.7, 0.6, 0.5, column="b"), False)
        assert verdict.word == "opposite" and " on b" in verdict.reason and " on a" not in verdict.reason
    trained = cells(dict(zip(claims.TRAINED_AT, (0.6, 0.7), strict=True)))
    verdict = claims.decide_segments("more-segments-better", ours(0.5, 0.6, 0.7, 0.8) | trained, False)
    assert verdict.word == "opposite" and "trained at 16 - trained at 8 on a, Top1 -0." in verdict.reason
