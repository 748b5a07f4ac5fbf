"""The ladder of protocols on made-up records: what each rung gives, and when choosing counts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_up import record

from repro.across import ladder
from repro.papers.plan import joined

CURVE = (0.5, 0.9, 0.6)  # accuracy on the test set after each epoch


def draw(scale: str, right: dict[int, float], curve: tuple[float, ...] = CURVE) -> Any:
    """The result where a network scores so much in that many views."""
    plan = ladder.plan(scale, 0)
    lines = tuple({"epoch": i, "accuracy": 1.0, "test_accuracy": value} for i, value in enumerate(curve))
    return ladder.draw(joined(plan, [replace(record(p.run, right[p.value]), lines=lines) for p in plan]), scale)


def test_the_weights_are_trained_once_and_tested_in_other_views() -> None:
    plan = ladder.plan("mini", 1)
    for planned in plan:
        trained = planned.value == 10
        assert trained == (planned.run.init_from is None) == planned.run.recipe.validate
        assert planned.run.protocol.views == planned.value
        assert trained or planned.run.init_from in [other.run for other in plan]


def test_each_rung_stands_on_the_one_before() -> None:
    table = draw("mini", {1: 0.5, 3: 0.55, 10: 0.6}).table
    first = table[table["column"] == "ARID-6, flow"].set_index("row")["value"].astype(float)
    names = ["one clip", "mean of 3 clips", "mean of 10 clips", ladder.BEST_EPOCH, ladder.BEST_SEED]
    assert list(first.index) == names
    assert first.to_numpy() == pytest.approx([0.5, 0.55, 0.6, 0.9, 0.9], abs=0.02)


def test_every_fold_keeps_its_own_best_epoch() -> None:
    cell: Any = type("Cell", (), {})()
    plan = [planned for planned in ladder.plan("mini", 1) if planned.column == "ARID-6, flow"]
    runs = [planned.run for planned in plan if planned.value == 10]
    curves = [(0.2, 0.8), (0.6, 0.4), (0.5, 0.5)]
    cell.records = [
        replace(record(run, 0.5), lines=tuple({"test_accuracy": value} for value in curve))
        for run, curve in zip(runs, curves, strict=True)
    ]
    cell.groups = np.zeros(3 * 60)
    assert ladder.best_epochs(cell) == pytest.approx([(0.8 + 0.6 + 0.5) / 3])


def test_the_claims_need_a_rise_and_clips_that_differ() -> None:
    def words(scale: str, *given: Any) -> dict[str, str]:
        return {row["claim_id"].rpartition(".")[2]: row["verdict"] for row in draw(scale, *given).claims}

    assert words("mini", {1: 0.5, 3: 0.7, 10: 0.9}, (0.9, 0.95)) == {
        "views-help": "same direction", "epoch-choice-adds": "same direction",
    }  # fmt: skip
    flat = words("overnight", {1: 0.5}, (0.5, 0.5))
    assert flat == {"views-help": "not tested here", "epoch-choice-adds": "opposite"}


def test_what_the_test_set_chose_has_no_interval() -> None:
    table = draw("overnight", {1: 0.5}).table.set_index("row")
    assert table.loc[[ladder.BEST_EPOCH, ladder.BEST_SEED], ["low", "high"]].isna().all().all()
    assert table.loc[ladder.BEST_EPOCH, "note"] == ladder.NOTE
