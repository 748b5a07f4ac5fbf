"""What the artifacts of ackerly2025 draw from made-up records, and the equations worked by hand."""

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from drawn import crossing, words
from made_up import MadeUp, record
from photographs import done, photographs

from repro.evidence.tables import missing
from repro.papers.ackerly2025 import ablation, factors, figure2, robustness, table1, worked
from repro.papers.ackerly2025.ablation import ONE_STEP, PENALTIES, RATES, SEEN, SWITCHES, WHOLE
from repro.papers.ackerly2025.factors import POSITIONLESS, SPACE, TIME
from repro.papers.ackerly2025.settings import ON_FEATURES, OURS, REFERENCE, ROWS, STAND_IN, TREES
from repro.papers.measure import cells
from repro.papers.plan import ArtifactResult, Done, Planned
from results import carries_its_protocol, claimed, printed_stand_apart

RISING = dict(zip(ROWS, (0.45, 0.55, 0.65, 0.75, 0.9), strict=True))
RISING |= {row: RISING[own] for row, own in ON_FEATURES.items()} | dict.fromkeys(REFERENCE, 0.95)
BENT = dict(zip(figure2.FRACTIONS, (0.9, 0.82, 0.74, 0.5, 0.35), strict=True))
LEFT = {"": 0.9, "rotate": 0.86, "crop": 0.84, "gamma": 0.88, "noise": 0.6, "patch": 0.4}


def of_ablation(p: Planned) -> Done:
    level = 0.9 - 0.015 * [*SWITCHES, *PENALTIES, *RATES].index(p.row) + 0.1 * p.column.endswith(SEEN)
    tensors = {"0/attention1": np.ones((4, 1, 1)), "0/gate": np.ones(2)} if p.row == ONE_STEP else {}
    own = f"world {p.run.seed}: image "  # each seed has a training world of its own
    made = photographs(p.run, level, named=own if p.run.init_from else "image", tensors=tensors)
    return Done(p.run, p.row, p.column, record=made)


@dataclass(frozen=True)
class Looking(MadeUp):
    """Looks at the frames of `order` with these weights."""

    received: tuple[float, ...] = (0.4, 1.2, 1.2, 1.2)

    def predictions(self) -> dict[str, np.ndarray]:
        return super().predictions() | {"received": np.tile(self.received, (self.items, 1))}


def of_factors(p: Planned, **levels: float) -> Done:
    """`order`, unless a level is given, is known to those that can know it."""
    order = 1 / 6 if p.row in factors.BLIND else 0.5
    motion = 0.8 if p.row == factors.PATCHES else 0.45
    right = ({"appearance": 0.9, "motion": motion, "order": order, "joint": motion} | levels)[p.column]
    made = Looking(p.run, right, values=record(p.run, right).values)
    return Done(p.run, p.row, p.column, record=made)


def is_ours(p: Planned) -> bool:
    return p.row.startswith(OURS + figure2.AT)


def corrupted(p: Planned) -> float:
    return LEFT[p.run.data.clips.corruption] * (1 - 0.02 * p.value)


MADE: dict[ModuleType, Callable[[str], list[Done]]] = {
    table1: lambda scale: done(table1.plan(scale, 0), lambda p: RISING[p.row]),
    figure2: lambda scale: done(figure2.plan(scale, 0), lambda p: BENT[p.value] * (0.5 + 0.5 * is_ours(p))),
    ablation: lambda scale: [of_ablation(p) for p in ablation.plan(scale, 0)],
    factors: lambda scale: [of_factors(p) for p in factors.plan(scale, 0)],
    robustness: lambda scale: done(robustness.plan(scale, 0), corrupted),
}


def drawn(module: ModuleType, scale: str) -> ArtifactResult:
    return module.draw(MADE[module](scale), scale)


@pytest.mark.parametrize("scale", ["mini", "paper"])  # another data set, and one that goes by the same name
@pytest.mark.parametrize(
    ("module", "printed"), [(table1, 20), (figure2, 6), (ablation, 0), (factors, 0), (robustness, 0)]
)
def test_numbers_carry_their_protocol_and_stand_apart_from_printed_ones(module: Any, printed: int, scale: str) -> None:
    result = drawn(module, scale)
    carries_its_protocol(result, module.ID, scale)
    printed_stand_apart(result, printed)
    verdicts = {claim["verdict"] for claim in result.claims if claim["kind"] == "measured"}
    assert not verdicts & {"stands", "falls"}  # A8: the paper's task is not known


# Table 1


def test_table1_has_both_test_sets_and_says_which() -> None:
    result = drawn(table1, "mini")
    table = result.table[result.table["value"].notna()].set_index(["column", "metric", "row"])
    for column in ("Imagenette", "Tiny-ImageNet-20"):
        even, uneven = table.loc[column + table1.EQUAL], table.loc[column]
        for value, near in (("value", 1e-12), ("low", 1e-3), ("high", 1e-3)):  # a block left out is not as even
            accuracy, recall = (even.loc[metric, value].astype(float) for metric in ("ACC", "Recall"))
            np.testing.assert_allclose(accuracy, recall, atol=near)
        assert list(even.loc["ACC", "seed_values"]) == list(even.loc["Recall", "seed_values"])
        assert set(even["n_items"]) == {360} and set(uneven["n_items"]) == {214}
        assert (uneven.loc["ACC", "value"] != uneven.loc["Recall", "value"]).any()
        assert uneven["note"].str.contains(STAND_IN).all()
        assert uneven.loc["Recall", "note"].str.endswith("macro average").all()
        for row, note in table1.NOTES.items():
            assert note in uneven.loc[("ACC", row), "note"]


def test_table1_draws_printed_numbers_levels_and_differences_apart() -> None:
    figure = drawn(table1, "mini").figure
    printed, measured, apart = figure.axes
    assert crossing(figure) == [] and "Ours - XGBoost" in words(figure)
    assert len(apart.child_axes) == len(measured.child_axes) == len(printed.child_axes) == 4
    assert all(line.get_marker() == "D" for part in printed.child_axes for line in part.lines)
    assert not any(line.get_marker() == "D" for part in measured.child_axes for line in part.lines)
    names = [text.get_text() for text in apart.child_axes[0].get_yticklabels()]
    assert names == [f"Ours - {row}" for row in ROWS if row != OURS]  # what the order is of, and nothing else


def test_table1_decides_its_seven_claims() -> None:
    orders = ("ours-best-all-metrics", "full-order", "xgboost-lowest", "transformers-above")
    sums = dict.fromkeys(("largest-gain-auc-recall", "recall-acc-identity"), "falls")
    expected = dict.fromkeys(orders, "same direction") | {"mlp-slight-over-xgboost": "opposite"} | sums
    assert claimed(drawn(table1, "smoke")) == expected


def test_gains_and_differences_are_given_as_measured() -> None:
    """Whatever a verdict on printed numbers says, the ledger shows beside it what was measured."""
    result = drawn(table1, "smoke")
    ours, table = claimed(result, "ours"), result.table[result.table["column"] == "stills"].set_index(["metric", "row"])
    value = table.loc["ACC", "value"]
    assert f"ACC {value[OURS] - value['Swin-Transformer']:+.3f}" in ours["largest-gain-auc-recall"]
    assert f"MLP - XGBoost on stills: ACC {value['MLP'] - value[TREES]:+.3f}" in ours["mlp-slight-over-xgboost"]
    assert ours["recall-acc-identity"].endswith("with unequal counts, at most 0.000 with equal ones")


# Figure 2


def test_figure2_names_the_images_of_every_part_and_decides_three_claims() -> None:
    result = drawn(figure2, "laptop")
    measured = result.table[result.table["value"].notna()]
    columns = [f"stills, {percent} % ({10 * percent} images)" for percent in (100, 80, 60, 40, 20)]
    assert list(dict.fromkeys(measured["column"])) == columns
    ours = measured[(measured["row"] == OURS) & (measured["metric"] == "Recall")].set_index("column")["value"]
    assert figure2.printed_points() == {1.0: 0.92, 0.4: 0.86, 0.2: 0.83}
    same = dict.fromkeys(("recall-monotone-in-data", "recall-faster-below-60"), "same direction")
    assert claimed(result) == same | {"recall-values": "opposite"}
    kept = f"20 % {ours[columns[4]] / ours[columns[0]]:.3f} (printed 0.902)"
    assert claimed(result, "ours")["recall-values"].endswith(kept)
    ratio = measured[(measured["row"] == OURS) & (measured["metric"] == figure2.RATIO)].set_index("column")
    assert ratio.loc[columns[0], "value"] == 1 and ratio.loc[columns[4], "low"] < ratio.loc[columns[4], "value"]
    assert ratio.loc[columns[4], "value"] == pytest.approx(ours[columns[4]] / ours[columns[0]])


# Ablation


def test_the_ablation_judges_contrasts_and_draws_them() -> None:
    result = drawn(ablation, "overnight")
    table = result.table.set_index(["column", "row"])
    assert set(table["level"]) == {"image"} and table["note"].str.startswith(STAND_IN).all()
    found = claimed(result)
    assert list(found) == [*ablation.CLAIMS, "reg-reduces-overfit", "attention-T1-degenerate"]
    assert found["steps-help"] == found["rate-matters"] == "same direction" and found["more-layers-help"] == "opposite"
    assert found["attention-T1-degenerate"] == "stands"
    drawn_words = words(result.figure)
    assert "training images" not in drawn_words and "two numbers" in drawn_words
    gaps = claimed(result, "ours")["reg-reduces-overfit"]
    assert gaps.count("+0.1") == 9 and "l2 of weights 0.0001 (as in Table 1): 1.000 - 0.900 = +0.100" in gaps


def test_on_photographs_the_branches_alone_are_compared_on_both_sets() -> None:
    claim, *others = drawn(ablation, "mini").claims
    assert claim["claim_id"].endswith("fusion-helps") and len(claim["contrasts"]) == 4
    assert {other["verdict"] for other in others} == {"not tested here"}
    sets = {contrast.label.rpartition(" on ")[2] for contrast in claim["contrasts"]}
    assert sets == {"Imagenette", "Tiny-ImageNet-20"}


def test_attention_is_read_from_the_stored_tensors() -> None:
    made = [of_ablation(p) for p in ablation.plan("smoke", 2)]
    assert set(ablation.attention(made)) == {"0/0/attention1", "1/0/attention1"}
    bare = [Done(p.run, p.row, p.column, record=photographs(p.run, 0.5)) for p in made]
    assert claimed(ablation.draw(bare, "smoke"))["attention-T1-degenerate"] == "not tested here"


# Known factors


def test_ceilings_stand_where_the_order_cannot_be_known() -> None:
    result = drawn(factors, "smoke")
    assert factors.LIMIT in words(result.figure)
    limits = factors.ceilings(cells(MADE[factors]("smoke")))
    assert limits.keys() == {(row, factor) for row in factors.BLIND for factor in ("motion", "order", "joint")}


@pytest.mark.parametrize(
    ("row", "factor", "right", "so"),
    [
        (SPACE, "order", 1 / 6, True), (SPACE, "order", 0.9, False),
        (TIME, "order", 0.9, True), (TIME, "order", 1 / 6, False),
        (WHOLE, "order", 0.3, False), (TIME, "joint", 0.2, False),  # above chance is not far above
        (SPACE, "appearance", 0.8, True), (SPACE, "appearance", 1 / 6, False),
        (factors.PATCHES, "motion", 0.9, True), (factors.PATCHES, "motion", 0.5, False),
    ],
)  # fmt: skip
def test_expectation_and_outcome_stand_beside_each_other(row: str, factor: str, right: float, so: bool) -> None:
    cell = cells(of_factors(p, **{factor: right}) for p in factors.plan("smoke", 0))[row, factor]
    assert (factors.miss(cell) <= 0) == so
    assert factors.note(cell).startswith(f"expected {factors.expected(cell)}: {'so it is' if so else 'not so'}")


def test_a_constant_answer_is_at_chance_to_the_last_digit() -> None:
    level = math.nextafter(1 / 6, 1)
    told = SimpleNamespace(row=SPACE, column="order", chance=1 / 6, interval=SimpleNamespace(low=level, high=level))
    assert factors.miss(cast(Any, told)) <= 0


def test_what_did_not_come_true_stands_under_the_figure_and_first_in_the_notebook() -> None:
    made = [of_factors(p, appearance=0.5, motion=0.5, order=0.9, joint=0.7) for p in factors.plan("smoke", 0)]
    missed = f"{SPACE} on order (at chance), {POSITIONLESS} on order (at chance), "
    assert f"the worst first: {missed}" in words(factors.draw(made, "smoke").figure)
    lines = factors.outcomes(made).data.splitlines()[2:]
    assert lines[0].startswith(f"| order | {SPACE} | at chance | 0.90") and len(lines) == 20
    assert [("**not so**" in line) for line in lines] == sorted(("**not so**" in line for line in lines), reverse=True)


@pytest.mark.parametrize(
    ("levels", "word"),
    [
        ({}, "same direction"), ({WHOLE: 0.6}, "opposite"), ({TIME: 0.94}, "undecided"),
        ({WHOLE: 1.0, TIME: 1.0}, "same direction"),  # both perfect
    ],
)  # fmt: skip
def test_fusion_may_lose_no_more_than_the_margin_on_any_factor(levels: dict[str, float], word: str) -> None:
    plan = factors.plan("overnight", 0)
    made = [of_factors(p, **({"appearance": levels[p.row]} if p.row in levels else {})) for p in plan]
    assert claimed(factors.draw(made, "smoke"))["fusion-helps-factors"] == word


@pytest.mark.parametrize(
    ("received", "word"), [((0.4, 1.2, 1.2, 1.2), "same direction"), ((1.6, 0.8, 0.8, 0.8), "opposite")]
)
def test_attention_on_frames_with_a_thing(received: tuple[float, ...], word: str) -> None:
    made = [replace(d, record=replace(d.record, received=received)) for d in MADE[factors]("smoke")]
    result = factors.draw(made, "smoke")
    claim = "attention-highlights-key-frames"
    assert claimed(result)[claim] == word
    assert f"{sum(received[1:]) / 4:.3f}; spread evenly 0.75" in claimed(result, "ours")[claim]


def test_a_network_without_a_mistake_shows_where_it_looks() -> None:
    made = [of_factors(p, order=1.0) for p in factors.plan("smoke", 0)]
    assert claimed(factors.draw(made, "smoke"))["attention-highlights-key-frames"] == "same direction"


# Robustness


def test_what_is_left_under_each_change_decides_four_claims() -> None:
    result = drawn(robustness, "mini")
    kept = {"robust-viewpoint": "same direction", "robust-illumination": "opposite", "robust-occlusion": "opposite"}
    assert claimed(result) == kept | {"environment-matters": "same direction"}
    assert "left at half the strongest: patch 44 %" in claimed(result, "ours")["robust-occlusion"]
    assert robustness.ALONG in words(result.figure) and len(result.table) == 1 + 15


# Equations


def by_row(name: str) -> dict[str, str]:
    module = importlib.import_module(f"repro.papers.ackerly2025.{name}")
    assert module.plan("laptop", 0) == [] and module.ARTIFACT.kind == "definition"
    result = module.draw([], "laptop")
    assert result.figure is None and result.claims == [] and result.protocol == worked.PROTOCOL
    values = dict(zip(result.table["row"], result.table["value"], strict=True))
    assert not any(missing(value) for value in values.values())
    return values


def test_attention_by_hand() -> None:
    rows, one = by_row("eq1"), np.exp(1 / np.sqrt(2))
    share = one / (one + 1)  # 0.6698: Q K^T is the identity, d_k is 2
    assert rows["weights = softmax(Q K^T / sqrt(2))"] == f"[{share:.4f}, {1 - share:.4f}; {1 - share:.4f}, {share:.4f}]"
    assert rows["weights V"] == "[1.66, 2.66; 2.34, 3.34]"  # 1 * 0.6698 + 3 * 0.3302, ...
    assert rows["one step (S = 1): weights"] == "[1]" and rows["one step (S = 1): weights V"] == "[1, 2]"


def test_cross_entropy_and_penalty_by_hand() -> None:
    entropy, penalty = by_row("eq2"), by_row("eq3")
    texts = ("-ln 0.7 = 0.3567", "-ln 0.6 = 0.5108", "0.4338")
    assert tuple(entropy.values()) == texts
    assert penalty["||W||^2"] == "26" and penalty["lambda ||W||^2"] == "0.0026"
    assert penalty["gradient 2 lambda W"] == "[0.0006, -0.0008; 0, 0.0002]"
