"""One thing changed at a time: what is run, which claim each row decides, what is drawn."""

from dataclasses import replace
from typing import Any

import pytest
from drawn import words
from made_up import record

from repro.networks.wei2025 import build
from repro.papers import catalogue, explore
from repro.papers.plan import joined
from repro.papers.reproduce import reproduce
from repro.papers.wei2025 import switches, table3
from repro.papers.wei2025.settings import OURS
from repro.runs import NoData
from results import carries_its_protocol, claimed

HELPFUL = {"T-conv": 0.7, "pooling and T-conv": 0.95, "three rounds": 0.95}  # claimed to be better than others


def draw(levels: dict[str, float], scale: str = "overnight") -> Any:
    plan = switches.plan(scale, 0)
    made = {row: HELPFUL.get(row, 0.5) for row in switches.SWITCHES} | {OURS: 0.8} | levels
    done = joined(plan, [record(planned.run, made[planned.row]) for planned in plan])
    return replace(switches.draw(done, scale), done=tuple(done))


def test_each_switch_changes_one_argument_of_the_published_setting_and_can_be_built() -> None:
    plan = switches.plan("overnight", 0)
    assert {p.row for p in plan} == {OURS, *switches.SWITCHES} and {p.column for p in plan} == {"actions, flow"}
    published = {p.run.seed: p.run for p in plan if p.row == OURS}
    assert list(published) == [0, 1, 2, 3, 4]
    assert set(published.values()) <= {p.run for p in table3.plan("overnight", 0)}
    for planned in plan:
        own, given = dict(published[planned.run.seed].arguments), dict(planned.run.arguments)
        changed = {name for name in own | given if own.get(name) != given.get(name)}
        assert changed == set(switches.SWITCHES.get(planned.row, ()))
        assert (planned.run.data, planned.run.recipe) == (published[planned.run.seed].data, published[0].recipe)
        build(11, 2, **given)


def test_each_claim_reaches_its_words_and_the_figure_shows_what_it_was_judged_by() -> None:
    result = draw({})
    carries_its_protocol(result, switches.ID, "overnight")
    assert claimed(result) == dict.fromkeys(switches.CLAIMS, "same direction")
    assert {claim["margin"] for claim in result.claims} == {0.03}
    assert {row for pairs in switches.CLAIMS.values() for pair in pairs for row in pair} == {OURS, *switches.SWITCHES}
    said = words(result.figure)
    assert "as published - one round" in said and "+0.300 [+0.2" in said and OURS not in said
    against = claimed(draw({"T-conv": 0.3, "one round": 0.95, "three rounds": 0.8}))
    assert (against["tconv-keeps-segments"], against["two-rounds-help"]) == ("opposite", "opposite")
    assert (against["third-round-helps"], against["residual-helps"]) == ("no difference", "same direction")
    assert claimed(draw({}, "paper"))["two-rounds-help"] == "stands"


def test_where_it_is_not_run_nothing_is_planned_and_the_reason_is_said() -> None:
    (artifact,) = catalogue.select(switches.ID)
    assert catalogue.plan(artifact, "mini") == [] and catalogue.status(artifact, "mini", None) == "not run"
    assert catalogue.left(artifact, "mini", None) == ""
    with pytest.raises(NoData, match="run at smoke, overnight, paper, not at mini"):
        reproduce(switches.ID, "mini")


def test_any_two_rows_stand_beside_each_other() -> None:
    shown = explore.explore_rows(draw({}))
    clips, one, other, picture, _ = shown.children
    assert list(clips.options) == ["actions, flow"] and (one.value, other.value) == (OURS, "T-conv")
    before = picture.value
    other.value = "no residual"
    assert picture.value != before
    with pytest.raises(ValueError, match="no two rows"):
        explore.explore_rows(replace(draw({}), done=()))
