"""Twelve networks under one roof, and what eight of them can tell, on made-up records."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
import torch
from made_up import MadeUp, record

from repro.across import mechanisms, networks, roof, tuning
from repro.across.networks import ENTRANTS, FOURS, STILL, VIDEO
from repro.papers.measure import cells
from repro.papers.plan import joined
from repro.source import load_module
from repro.spec import Recipe

LEVELS = {row: 0.3 + 0.05 * i for i, row in enumerate(ENTRANTS)}


def drawn(scale: str) -> Any:
    plan = roof.plan(scale, 0)
    counted = {"macs": 2e6}
    made = [MadeUp(p.run, 0, values=counted) if p.run.task == "cost" else record(p.run, LEVELS[p.row]) for p in plan]
    return roof.draw(joined(plan, [replace(each, items=300) for each in made]), scale)


@pytest.mark.parametrize("scale", roof.ARTIFACT.scales)
def test_all_have_the_same_budget_input_and_items(scale: str) -> None:
    by_column = defaultdict(set)
    for planned in (p for p in roof.plan(scale, 0) if p.run.task == "train"):
        run = planned.run
        shared = (run.recipe.epochs, run.recipe.batch, run.recipe.augment, run.clip_data.options, run.protocol)
        by_column[planned.column, run.clip_data.split, run.seed].add(shared)
        assert run.clip_data.clips.input == ("flow" if "flow" in planned.column else "rgb")
    assert {len(found) for found in by_column.values()} == {1}
    assert {planned.row for planned in roof.plan(scale, 1)} == set(ENTRANTS)


@pytest.mark.parametrize("scale", ["overnight", "mini"])
def test_every_network_reads_what_it_is_shown(scale: str) -> None:
    for planned in (p for p in roof.plan(scale, 1) if p.run.task == "train"):
        clips, entrant = planned.run.clip_data.clips, ENTRANTS[planned.row]
        assert {STILL: clips.frames == 1, FOURS: clips.frames % 4 == 0}.get(entrant.frames, True)
        with torch.device("meta"):
            build, arguments = load_module("networks", planned.run.network).build, dict(planned.run.arguments)
            network = build(7, clips.channels, **arguments)
            logits, _ = network(torch.empty(2, clips.channels, clips.frames, clips.height, clips.width))
        assert logits.shape == (2, 7)


def test_pairs_are_clear_by_holm_over_all_of_them() -> None:
    plan = [p for p in roof.plan("overnight", 0) if p.column == "stills" and p.row in ("TSN", "TSM", "ViT")]
    right = {"TSN": 0.9, "TSM": 0.5, "ViT": 0.5}
    found = cells(joined(plan, [replace(record(p.run, right[p.row]), items=300) for p in plan]))
    ranked = sorted(found.values(), key=lambda cell: -cell.interval.value)
    outcome = {(one.row, other.row): clear for one, other, _, clear in roof.pairs(ranked)}
    assert outcome == {("TSN", "ViT"): True, ("TSN", "TSM"): True, ("ViT", "TSM"): False}


def test_the_table_has_levels_pairs_and_costs() -> None:
    table = drawn("overnight").table
    n = len(ENTRANTS)
    assert (table["metric"] == "accuracy").sum() == 2 * n and (table["metric"] == "counted").sum() == 2 * (n - 1)
    pairs = table[table["metric"] == "difference"]
    assert len(pairs) == n * (n - 1) and (pairs["value"].astype(float) >= 0).all()
    best = pairs[pairs["row"] == "wei2025 - XGBoost"]
    assert (best["note"] == "clear by Holm's rule").all() and best["value"].astype(float).iloc[0] > 0.5
    one_frame = table[(table["metric"] == "accuracy") & (table["column"] == "actions, RGB")].set_index("row")["note"]
    assert roof.ONE_FRAME in one_frame["ViT"] and roof.ONE_FRAME not in one_frame["TSM"]


def test_every_cell_is_predicted_once_and_frozen_frames_tell_no_motion() -> None:
    said, keys = mechanisms.predictions(), set()
    for planned in mechanisms.plan("overnight", 1):
        factor, frames = planned.column.split(", ")
        keys.add((planned.row, factor, frames))
    assert set(said) == keys and len(keys) == len(VIDEO) * 4 * 3
    assert {said[name, "motion", "frozen"] for name in VIDEO} == {"chance"}


def test_rates_are_those_searched_here_and_all_end_at_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "learning_rates", lambda paper, scale: {"TSM": 0.5} if paper == "across" else {})
    runs = {p.row: p.run for p in roof.plan("mini", 1) if p.run.task == "train"}
    assert runs["TSM"].recipe.lr == 0.5 and runs["TSN"].recipe.lr == networks.recipe(ENTRANTS["TSN"], "mini").lr
    assert {(r.recipe.schedule, r.recipe.epochs, r.recipe.batch) for r in runs.values()} == {("cosine", 20, 16)}
    assert tuning.rates("overnight", "TSM") == [runs["TSN"].recipe.lr * by for by in (0.25, 1, 4)]
    assert {p.row for p in tuning.plan("overnight")} == {*ENTRANTS}


def test_weights_are_trained_on_frames_as_they_are_and_only_tested_otherwise() -> None:
    for planned in mechanisms.plan("smoke", 1):
        seen = planned.run.clip_data.clips
        assert seen.corruption == mechanisms.FRAMES[planned.value] and "flip" not in planned.run.recipe.augment
        assert (planned.run.init_from is None) == (planned.value == mechanisms.WHOLE)
        assert planned.run.init_from is None or planned.run.recipe == Recipe()


@pytest.mark.parametrize(
    ("factor", "right", "came"),
    [("motion", 0.9, "right"), ("motion", 0.45, "part"), ("motion", 0.25, "chance"), ("order", 0.5, "right"),
     ("order", 0.16, "chance"), ("appearance", 0.5, "right"), ("appearance", 0.25, "chance")],
)  # fmt: skip
def test_an_outcome_is_named_by_the_bounds_of_its_factor(factor: str, right: float, came: str) -> None:
    plan = [p for p in mechanisms.plan("overnight", 0) if p.row == "TSM" and p.column == f"{factor}, as they are"]
    classes = 6 if factor == "order" else 4
    found = cells(joined(plan, [replace(record(p.run, right), items=600, of=classes) for p in plan]))
    assert [mechanisms.outcome(cell) for cell in found.values()] == [came]


@pytest.mark.parametrize(("right", "fits", "came", "hits"), [
    (0.12, 1.0, "came chance", "5 of 6 decided cells as predicted, 0 not"),
    (0.12, 0.6, "came not trained", "5 of 5 decided cells as predicted, 1 not"),
    (0.20, 1.0, "came undecided", "0 of 0 decided cells as predicted, 6 not"),
    (0.90, 0.6, "so it is", "1 of 6 decided cells as predicted, 0 not"),
])  # fmt: skip
def test_hits_are_counted_among_what_is_decided(right: float, fits: float, came: str, hits: str) -> None:
    plan = [p for p in mechanisms.plan("overnight", 2) if p.row in ("TSN", "TSM") and p.column.startswith("order")]
    made = [replace(record(p.run, right), items=600, fits=fits) for p in plan]
    result = mechanisms.draw(joined(plan, made), "overnight")
    notes = result.table.set_index(["row", "column"])["note"]
    assert notes["TSM", "order, as they are"].startswith(f"predicted right: {came}")
    assert f"{hits} decided" in result.protocol


def test_a_network_at_chance_that_did_not_fit_beats_nobody() -> None:
    plan = [p for p in roof.plan("overnight", 0) if p.row in ("TSN", "TSM") and p.run.task == "train"]
    made = [replace(record(p.run, {"TSN": 0.16, "TSM": 0.9}[p.row]), items=600, fits=0.3) for p in plan]
    found = [cell for (_, at), cell in cells(joined(plan, made)).items() if at == "stills"]
    assert [clear for *_, clear in roof.pairs(found[::-1])] == [False]
    fitted = [replace(one, records=tuple(replace(r, fits=1.0) for r in one.records)) for one in found]
    assert [clear for *_, clear in roof.pairs(fitted[::-1])] == [True]
