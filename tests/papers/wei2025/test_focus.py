"""Attention on the actor: what is run, and what made-up shares decide."""

from typing import Any

import numpy as np
import pytest
from drawn import words
from made_up import MadeUp

from repro.papers.plan import joined
from repro.papers.wei2025 import focus, table3
from repro.papers.wei2025.settings import OURS
from repro.spec import Recipe
from results import claimed

GROUPS = [f"g{i // 3}" for i in range(60)]


def draw(trained: float, untrained: float = 0.15) -> Any:
    """Shares around these means; uniform is 0.15."""
    plan, rng = focus.plan("overnight", 0), np.random.default_rng(0)
    level = {focus.TRAINED: trained, focus.UNTRAINED: untrained}

    def values(row: str) -> dict[str, Any]:
        shares = {f"{stage}.{axis}": level[row] for stage in ("stage1", "stage2") for axis in "WHT"}
        shares |= {"uniform.stage1": 0.15, "uniform.stage2": 0.15}
        noise = rng.normal(0, 0.01, 60)
        made = {name: (mean + ("uniform" not in name) * noise).tolist() for name, mean in shares.items()}
        return {"names": [f"clip{i}" for i in range(60)], "groups": GROUPS, "shares": made}

    records = [MadeUp(planned.run, 0.0, values=values(planned.row)) for planned in plan]
    return focus.draw(joined(plan, records), "overnight")


def test_the_networks_of_table3_are_asked_trained_and_as_they_began() -> None:
    plan = focus.plan("overnight", 0)
    ours = [p.run for p in table3.plan("overnight", 0) if p.row == OURS and p.column == "actions, flow"]
    assert [p.run.init_from for p in plan if p.row == focus.TRAINED] == ours
    for planned in plan:
        run = planned.run
        assert (run.task, run.recipe, dict(run.data.options)["test"]) == ("attended", Recipe(), focus.CLIPS)
        assert run.arguments == ours[run.seed].arguments and (run.init_from is None) == (planned.row == focus.UNTRAINED)


@pytest.mark.parametrize(
    ("trained", "untrained", "word"),
    [(0.3, 0.15, "same direction"), (0.08, 0.15, "opposite"), (0.3, 0.4, "opposite"), (0.15, 0.15, "no difference")],
)
def test_the_claim_is_decided_against_uniform_and_untrained(trained: float, untrained: float, word: str) -> None:
    result = draw(trained, untrained)
    assert claimed(result) == {"attention-on-actor": word}
    said = words(result.figure)
    assert all(text in said for text in ("stage2.T", focus.MEAN, "trained - uniform", "trained - untrained"))
    table = result.table.set_index(["row", "column"])["value"]
    assert table[focus.MEAN, "trained"] == pytest.approx(trained, abs=0.005)
    assert table["stage1.W", "uniform"] == pytest.approx(0.15)
