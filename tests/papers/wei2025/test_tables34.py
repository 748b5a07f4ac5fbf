"""Tables 3 and 4 of wei2025 on made-up records: which runs they need, what they decide and show."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from made_up import record

from repro.papers import folder
from repro.papers.plan import joined
from repro.papers.wei2025 import colour, settings, table3, table4, tuning
from repro.papers.wei2025.settings import ABLATION, COMPARISON, FEW, ORDER, OURS, ablation
from repro.spec import SCALES
from results import carries_its_protocol, claimed, printed_stand_apart

TABLES = {
    table3: dict(zip(ABLATION, (0.3, 0.55, 0.75, 0.95), strict=True)),
    table4: dict(zip(ORDER, (0.3, 0.45, 0.6, 0.75, 0.95), strict=True)),
}  # table -> rows with accuracies in the claimed order


def draw(table: Any, scale: str, changed: dict[str, float] | None = None, seeds: int = 0) -> Any:
    by_row, plan = TABLES[table] | {"Two-stream": 0.99} | (changed or {}), table.plan(scale, seeds)
    return table.draw(joined(plan, [record(planned.run, by_row[planned.row]) for planned in plan]), scale)


@pytest.mark.parametrize(("table", "claim"), [(table3, "ablation-order"), (table4, "order-sota")])
def test_an_order_reaches_every_word(table: Any, claim: str) -> None:
    rows = TABLES[table]
    falling = dict(zip(rows, reversed(rows.values()), strict=True))
    first = next(iter(rows))
    for scale, words in (("mini", ("same direction", "opposite")), ("paper", ("stands", "falls"))):
        assert (claimed(draw(table, scale))[claim], claimed(draw(table, scale, falling))[claim]) == words
    assert claimed(draw(table, "mini", dict.fromkeys(rows, 0.6)))[claim] == "no difference"
    assert claimed(draw(table, "overnight", {first: [*rows.values()][1] - 0.02}, seeds=2))[claim] == "undecided"
    assert claimed(draw(table, "mini", {first: 1 / 6}))[claim] == "same direction"  # it fits its training clips
    assert claimed(draw(table, "mini", dict.fromkeys(rows, 1 / 6)))[claim] == "at floor or ceiling"


@pytest.mark.parametrize("scale", SCALES)
def test_table3_needs_four_rows_on_two_data_sets_with_the_same_budget(scale: str) -> None:
    plan = table3.plan(scale, 0)
    assert {p.row for p in plan} == {*ABLATION}
    at = ablation(scale)
    assert {p.column for p in plan} == {*at.columns}
    assert len({replace(p.run.recipe, lr=0.0) for p in plan}) == 1
    counts = Counter((p.row, p.column) for p in plan)
    wanted = {column: at.seeds * len(folds) for column, folds in at.columns.items()}
    assert counts == {(row, column): n for column, n in wanted.items() for row in ABLATION}


def test_paper_scale_is_the_papers_own() -> None:
    planned = table3.plan("paper", 0)[0]
    clips, recipe = planned.run.data.clips, planned.run.recipe
    assert (planned.column, clips.frames, clips.height, clips.clip_length) == ("UCF101", 32, 224, 64)
    assert (recipe.lr, recipe.momentum, recipe.weight_decay, recipe.epochs, recipe.batch) == (0.01, 0.9, 6e-4, 150, 8)
    assert dict(planned.run.arguments) == ABLATION["dense only"]
    arguments = {p.row: dict(p.run.arguments) for p in table4.plan("paper", 1)}
    assert arguments == {key: {} for key in COMPARISON} | {"Ours": ABLATION[OURS]}


@pytest.mark.parametrize("scale", SCALES)
def test_ours_are_the_runs_of_table3_and_baselines_differ_in_network_and_rate_alone(scale: str) -> None:
    plan = table4.plan(scale, 0)
    ours = {(p.column, p.run.seed, p.run.data.split): p.run for p in plan if p.row == "Ours"}
    assert list(ours.values()) == [p.run for p in table3.plan(scale, 0) if p.row == OURS]
    assert {p.row for p in plan} == set(COMPARISON)
    published = {(p.column, p.run.seed) for p in plan if p.row == "Two-stream"}
    first, at = next(iter(ablation(scale).columns)), ablation(scale)
    few = {(first, seed) for seed in range(min(FEW, at.seeds))}
    assert published == (few if scale != "paper" else {(column, seed) for column, seed, _ in ours})
    for planned in plan:
        run, like = planned.run, ours[planned.column, planned.run.seed, planned.run.data.split]
        clips = replace(run.data.clips, input=like.data.clips.input)
        same = replace(run, network=like.network, arguments=like.arguments, data=replace(run.data, clips=clips))
        assert replace(same, recipe=replace(run.recipe, lr=like.recipe.lr)) == like
        assert (run.data.clips.input == "both") == (planned.row == "Two-stream")
        assert run.recipe.lr in {*settings.LEARNING_RATES, *settings.HIGHER} or scale == "paper"


def test_rates_are_tuned_for_every_row_and_not_on_folds() -> None:
    rows = {*ABLATION, *COMPARISON} - {"Ours"}
    tuned = {(planned.row, planned.column) for planned in tuning.plan("mini")}
    assert tuned == {(row, column) for row in rows for column in ablation("mini").columns}
    assert set(folder.learning_rates("wei2025", "mini")) <= rows
    assert {planned.run.data.split for planned in tuning.plan("mini")} == {"official"}


@pytest.mark.parametrize(("table", "printed"), [(table3, 8), (table4, 10)])
def test_numbers_carry_their_protocol_and_stand_apart_from_printed_ones(table: Any, printed: int) -> None:
    result = draw(table, "mini")
    carries_its_protocol(result, table.ID, "mini")
    printed_stand_apart(result, printed)
    assert result.table.loc[result.table["value"].notna(), "note"].str.contains("stand-in").all()


def test_table3_decides_its_claims() -> None:
    result = draw(table3, "mini")
    assert claimed(result) == {"ablation-order": "same direction", "cda-gain": "stands"}
    ours = claimed(result, "ours")
    assert ours["ablation-order"].startswith("ARID-6, flow, rising: dense only 0.30, sparse only 0.55, dense+sparse 0")


def test_the_folds_of_a_seed_are_one_test_set() -> None:
    folded = draw(table3, "mini").table.set_index(["row", "column"]).loc[("sparse only", "ARID-6, flow")]
    assert (folded["n_items"], folded["seeds"], folded["split"]) == (180, 5, "3-fold group")
    assert folded["value"] == pytest.approx(0.55, abs=0.01) and table3.TUNED in folded["note"]


def test_colour_stands_beside_with_fixed_and_per_clip_input_and_decides_nothing() -> None:
    plan = colour.plan("overnight", 0)
    counts = Counter(p.run.recipe.input_norm for p in plan)
    assert counts == dict.fromkeys(("fixed", "per_clip"), FEW * len(colour.ROWS))
    assert {p.run.data.clips.input for p in plan} == {"rgb"} and {p.row for p in plan} == set(colour.ROWS)
    result = colour.draw(joined(plan, [record(planned.run, 0.5) for planned in plan]), "overnight")
    assert result.claims == [] and set(result.table["column"]) == set(ablation("overnight").beside)
    carries_its_protocol(result, colour.ID, "overnight")


def test_two_stream_as_published_is_in_no_order() -> None:
    assert settings.ONE_INPUT in ORDER and "Two-stream" not in ORDER
    (order,) = [row for row in draw(table4, "overnight").claims if row["claim_id"].endswith("order-sota")]
    assert all(settings.ONE_INPUT in c.label or "Two-stream" not in c.label for c in order["contrasts"])


def test_table4_says_where_its_numbers_come_from() -> None:
    result = draw(table4, "mini")
    printed = result.table[result.table["value"].isna()].set_index(["row", "column"])["note"]
    assert "not LRCN's" in printed["LRCN", "UCF101"] and printed["Ours", "UCF101"] == ""
    ours = result.table[result.table["value"].notna()].set_index(["row", "column"])
    assert (ours["note"].str.contains(table4.BOTH_INPUTS) == (ours.index.get_level_values(0) == "Two-stream")).all()
    assert set(ours.loc["Two-stream", "input"]) == {"both"} and set(ours.loc["SlowFast", "input"]) == {"flow"}
    words = {"order-sota": "same direction", "abstract-gain": "stands", "prose-gain": "falls"}
    assert claimed(result) == words | {"slowfast-equals-dual": "stands"}


def test_at_paper_scale_printed_stand_beside_ours_with_their_origin() -> None:
    table = draw(table4, "paper").table.set_index(["row", "column"])
    assert len(table) == 12 and table.loc[("SlowFast", "HMDB51"), "paper"] == pytest.approx(0.77)
    assert table.loc[("Res3D", "UCF101"), "note"].startswith(table4.PRINTED["Res3D"])
    assert table.loc[("Two-stream", "UCF101"), "note"].startswith(f"{table4.BOTH_INPUTS}; printed 86.9")
    reported = folder.reported("wei2025")
    assert all(reported[table4.ID, row, "UCF101"] in note for row, note in table4.PRINTED.items())
