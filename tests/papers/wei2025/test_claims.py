"""Claims of wei2025: printed sums against known answers, measured claims on made-up cells, and the
static ones with their opposites.
"""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from made_up import MadeUp

from repro.evidence.verdicts import Verdict
from repro.papers import folder
from repro.papers.measure import Cell
from repro.papers.wei2025 import claims, printed
from repro.spec import Data, Run

Reported = dict[tuple[str, str, str], str]
TABLE3, TABLE4, TABLE5, PROSE = printed.TABLE3, printed.TABLE4, printed.TABLE5, printed.PROSE
BEFORE, AFTER = printed.SIDES


def decided(changed: Reported | None = None) -> printed.Decided:
    """What the printed numbers decide, some of them changed."""
    reported = folder.reported("wei2025")
    assert set(changed or {}) <= set(reported)
    reported = reported | (changed or {})
    return printed.table3(reported) | printed.table4(reported) | printed.table5(reported)


# Sums of printed numbers

GAINS, RANKS = "+1.8 UCF101, +1.4 HMDB51", "11 of 11 ranks equal"
KNOWN = {  # claim: verdict, part of its reason, ours
    "cda-gain": ("stands", "97.6 - 95.8 = 1.8 on UCF101 and 78.4 - 77.0 = 1.4 on HMDB51.", "printed numbers only"),
    "abstract-gain": ("stands", "The abstract against Table 4: UCF101 97.6 - 95.8 = 1.8, stated 1.8", GAINS),
    "prose-gain": ("falls", "each of the two numbers stands at the other data set", GAINS),
    "slowfast-equals-dual": ("stands", "HMDB51: 77.0 in Table 4, 77.0 in Table 3", "95.8 and 77.0"),
    "avg-before": ("stands", "663.5 / 11 = 60.318, printed 60.3", "60.318"),
    "avg-after": ("stands", "915.3 / 11 = 83.209, printed 83.2", "83.209"),
    "avg-gain": ("stands", "22.891 points; as a relative change it would be 38.0 %", "22.891 points"),
    "grim-12-clips": ("falls", "0 of 22 values are k / 12 to one decimal; with 12 x 12 = 144 clips 3 fit; the smallest "
                      "multiple of 12 that fits all is 912", "912 clips a class"),
    "class-rank-preserved": ("stands", "11 of 11 classes keep their rank", RANKS),
    "hard-classes": ("falls", "the named drink has 61.5 before enhancement (above the mean 60.3) and 84.3 after "
                     "enhancement (above the mean 83.2)", "lowest: sit, pour, stand, push, pick"),
}  # fmt: skip


@pytest.mark.parametrize("claim", KNOWN)
def test_printed_sums_have_their_known_answers(claim: str) -> None:
    (verdict, ours), (word, reason, computed) = decided()[claim], KNOWN[claim]
    assert (verdict.word, ours, reason in verdict.reason) == (word, computed, True), verdict


AS_NAMED = dict.fromkeys(printed.NAMED_HARD, "40.0") | {"sit": "80.0", "stand": "80.0"}
OTHERWISE: dict[str, tuple[Reported, str]] = {
    "cda-gain": ({(TABLE3, "dense+sparse", "UCF101"): "95.7"}, "falls"),
    "abstract-gain": ({(TABLE4, "SlowFast", "UCF101"): "95.7"}, "falls"),
    "prose-gain": (
        {(PROSE, "Ours minus SlowFast", f"section 2.3.4, {c}"): n for c, n in (("UCF101", "1.8"), ("HMDB51", "1.4"))},
        "stands",
    ),
    "slowfast-equals-dual": ({(TABLE4, "SlowFast", "HMDB51"): "77.1"}, "falls"),
    "avg-before": ({(TABLE5, "drink", BEFORE): "62.5"}, "falls"),
    "avg-after": ({(TABLE5, "drink", AFTER): "85.3"}, "falls"),
    "avg-gain": ({(TABLE5, printed.AVERAGE, AFTER): "83.3"}, "falls"),
    "grim-12-clips": (
        {(TABLE5, c, side): n for side, n in ((BEFORE, "41.7"), (AFTER, "91.7"))
         for c in printed.per_class(folder.reported("wei2025"), BEFORE)}, "stands",
    ),
    "class-rank-preserved": ({(TABLE5, "sit", AFTER): "63.7"}, "falls"),
    "hard-classes": ({(TABLE5, c, side): n for c, n in AS_NAMED.items() for side in (BEFORE, AFTER)}, "stands"),
}  # fmt: skip


@pytest.mark.parametrize("claim", OTHERWISE)
def test_printed_sums_recognise_their_opposites(claim: str) -> None:
    changed, word = OTHERWISE[claim]
    assert decided(changed)[claim][0].word == word


@pytest.mark.parametrize(("percent", "of"), [("8.3", 12), ("8.4", 12), ("0.0", 12), ("99.5", 12), ("0.1", 1000)])
def test_shares(percent: str, of: int) -> None:
    fits = any(abs(100 * k / of - float(percent)) <= 0.05 + 1e-9 for k in range(of + 1))
    assert printed.is_a_share(Decimal(percent), of) is fits


# Measured claims on made-up predictions

CLASSES = ("drink", "jump", "pick", "pour", "push", "run")
PER_GROUP = 4  # clips


def cell(levels: tuple[float, ...], groups: int = 8, lonely: str = "", names: str = "clip", fits: float = 1.0) -> Cell:
    """A network with these accuracies per class; every group of a class holds the same share of
    right answers, as far as that goes. The class `lonely` has one group.
    """
    each = groups * PER_GROUP
    label = np.repeat(np.arange(len(levels)), each)
    group = [f"{k}_{0 if CLASSES[k] == lonely else i % each // PER_GROUP}" for i, k in enumerate(label)]
    right = [np.random.default_rng(k).permutation(each) < round(level * each) for k, level in enumerate(levels)]
    answer = np.where(np.concatenate(right), label, (label + 1) % len(CLASSES))
    made: Any = MadeUp(Run("train", "wei2025", data=Data("arid")), 0.0, fits=fits)
    found, name = Cell("a", "ARID", (made,)), np.array([f"{names}{i}" for i in range(len(label))])
    items = {"probability": np.eye(len(CLASSES))[answer], "label": label, "name": name, "group": np.array(group)}
    found.__dict__["predictions"] = [items]
    return found


LOW, HIGH, MIDDLE, CHANCE = ((level,) * 6 for level in (0.45, 0.85, 0.6, 1 / 6))
MIXED = (0.7, 0.5, 0.7, 0.5, 0.6, 0.6)
SPREAD, CLOSE = (0.25, 0.35, 0.45, 0.6, 0.7, 0.8), (0.72, 0.74, 0.76, 0.78, 0.8, 0.84)
SAME, AGAINST, OPEN, ALIKE = "same direction", "opposite", "undecided", "no difference"
UNFIT, FLOOR, NOTHING = "not trained", "at floor or ceiling", "not tested here"
RAISES, EVERY, LARGER = "enhance_raises_accuracy", "every_class_improves", "gain_larger_where_worse"
NAMED = "named_confusions"  # here pour, whose wrong answers are all push


def judged(claim: str, before: Cell, after: Cell) -> Verdict:
    arguments = ("ARID", before, after) if claim == RAISES else (before, after, CLASSES)
    return getattr(claims, claim)(*arguments)


@pytest.mark.parametrize(
    ("claim", "before", "after", "groups", "word"),
    [
        (RAISES, LOW, HIGH, 8, SAME), (RAISES, HIGH, LOW, 8, AGAINST),  # a substitute never decides
        (RAISES, MIDDLE, MIDDLE, 8, ALIKE), (RAISES, MIDDLE, MIXED, 8, OPEN), (RAISES, CHANCE, CHANCE, 8, FLOOR),
        (RAISES, CHANCE, HIGH, 8, SAME),  # one network in two lights need not be trained better
        (EVERY, LOW, HIGH, 8, SAME), (EVERY, MIDDLE, (0.3, *HIGH[1:]), 8, AGAINST),
        (EVERY, MIDDLE, (0.6, *HIGH[1:]), 8, ALIKE), (EVERY, MIDDLE, (0.62, *HIGH[1:]), 8, OPEN),
        (EVERY, LOW, HIGH, 3, NOTHING),  # too few groups for an interval
        (LARGER, SPREAD, CLOSE, 8, SAME), (LARGER, CLOSE, SPREAD, 8, AGAINST),
        (LARGER, SPREAD, tuple(level + 0.1 for level in SPREAD), 8, OPEN),
        (LARGER, (1.0, 0, 0, 0, 0, 0), (0, 1.0, 0, 0, 0, 0), 8, FLOOR),
        (LARGER, SPREAD, CLOSE, 1, NOTHING), (LARGER, SPREAD[:4], CLOSE[:4], 8, NOTHING),
        (NAMED, LOW, HIGH, 8, SAME), (NAMED, HIGH, LOW, 8, AGAINST), (NAMED, MIDDLE, MIDDLE, 8, ALIKE),
        (NAMED, CHANCE, CHANCE, 8, FLOOR), (NAMED, LOW, HIGH, 2, OPEN), (NAMED, LOW[:3], HIGH[:3], 8, NOTHING),
    ],
)  # fmt: skip
def test_claims_of_the_dark_reach_every_word(claim: str, before: Any, after: Any, groups: int, word: str) -> None:
    verdict = judged(claim, *(cell(levels, groups, fits=0.5) for levels in (before, after)))
    assert verdict.word == word, verdict.reason
    assert ("Enhancer substituted" in verdict.reason) == (word != NOTHING)


@pytest.mark.parametrize(
    ("levels", "groups", "decisive", "word"),
    [
        (LOW, 8, False, SAME), (LOW, 8, True, "stands"), ((*LOW[:3], 1.0, *LOW[4:]), 8, False, AGAINST),
        (CHANCE, 8, False, FLOOR), (LOW, 3, False, NOTHING), (LOW[:3], 8, False, NOTHING),
    ],
)  # fmt: skip
def test_named_pairs_stand_out_where_pour_becomes_push(levels: Any, groups: int, decisive: bool, word: str) -> None:
    verdict = claims.named_pairs_stand_out(cell(levels, groups), CLASSES, decisive)
    assert verdict.word == word, verdict.reason
    for contrast in verdict.contrasts[: levels == LOW]:  # 2 named cells, 28 others, of six rows with 0.55 wrong
        assert contrast.interval.value == pytest.approx(0.5625 / 2 - 5 * 0.5625 / 28, abs=0.02)


def test_the_text_names_eight_mistakes() -> None:
    eleven = ("drink", "jump", "pick", "pour", "push", "run", "sit", "stand", "turn", "walk", "wave")
    cells = {(eleven[i], eleven[j]) for i, j in np.argwhere(claims._named(eleven))}
    postures = {(name, other) for name in ("pick", "drink", "jump") for other in ("sit", "stand")}
    assert cells == postures | {("pour", "push"), ("push", "pour")}
    assert not claims._named(["Jump", "Run"]).any() and claims._named(["Jump", "Sit"])[0, 1]


def test_a_class_of_too_few_groups_is_named_and_not_judged() -> None:
    verdict = judged(EVERY, cell(MIDDLE, lonely="run"), cell(HIGH, lonely="run"))
    assert verdict.word == "same direction" and "Not judged, of fewer than 6 groups: run." in verdict.reason


def test_lower_confusion_is_linked_not_decided_twice() -> None:
    enhanced = judged(RAISES, cell(LOW), cell(HIGH))
    linked = claims.confusion_lower_after(enhanced)
    assert linked.word == enhanced.word
    assert "enhance-raises-accuracy" in linked.reason and linked.reason.endswith(enhanced.reason)


def test_gain_against_mean_does_not_regress_to_the_mean() -> None:
    """Where only noise changes, start and gain correlate strongly, mean and gain do not."""
    before, after = np.random.default_rng(0).normal(0.6, 0.1, (2, 300, 6))
    starts = [np.corrcoef(b, a - b)[0, 1] for b, a in zip(before, after, strict=True)]
    assert np.mean(starts) < -0.6
    assert abs(claims.oldham(np.stack([before, after])).mean()) < 0.06


def test_other_items_are_an_error() -> None:
    with pytest.raises(ValueError, match="different items"):
        judged(EVERY, cell(LOW), cell(HIGH, names="other"))


# Static


def test_costs_recognise_their_opposites() -> None:
    def costs(dense: int, module: int = 0) -> dict[str, Any]:
        parts = {"sparse.stem": 100 - dense - module, "dense.stem": dense, "exchange.stage1": module}
        return {"macs": 100, "modules": [{"module": n, "macs": m, "parameters": 1} for n, m in parts.items()]}

    assert [claims.dense_flops_20pct(costs(dense)).word for dense in (14, 20, 26)] == ["falls", "stands", "falls"]
    assert [claims.attention_cheap(costs(0), costs(0, n)).word for n in (9, 10)] == ["stands", "falls"]
    sizes = [("Pooling", "sparse", "4x56x56", ours) for ours in ("4x56x56", "4x28x28")]
    assert claims.table1_output_sizes(sizes[:1]).word == "stands"
    assert claims.table1_output_sizes(sizes) == Verdict("falls", "Pooling, sparse: printed 4x56x56, built 4x28x28.")
    assert [claims.resnet50_name(blocks).word for blocks in ((3, 3, 3, 3), (3, 4, 6, 3))] == ["falls", "stands"]


def test_kernels_follow_eq_4() -> None:
    assert [claims.eca_exact(c) for c in (32, 64, 128, 256)] == [3.0, 3.5, 4.0, 4.5]
    assert claims.eca_kernel({32: 3, 64: 3, 128: 5, 256: 5}).word == claims.eca_kernel({128: 3}).word == "stands"
    assert claims.eca_kernel({64: 5}).word == claims.eca_kernel({128: 4}).word == "falls"
    assert "3/5 (tie)" in claims.eca_kernel({128: 3}).reason


def test_strides_have_lost_their_exponents() -> None:
    reported = folder.reported("wei2025")
    verdict = claims.prose_stride_ocr(reported)
    assert verdict.word == "stands"
    assert "as time x squared side 3 of 3" in verdict.reason and "literally as time x side 1 of 3" in verdict.reason
    changed = {("wei2025.table1", "Conv Layer", "Output sparse"): "4x112x224"}
    assert claims.prose_stride_ocr(reported | changed).word == "falls"
