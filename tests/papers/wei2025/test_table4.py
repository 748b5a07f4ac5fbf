"""wei2025 Table 4 on made-up records: which runs it needs, what it decides, what it says beside the
printed numbers.
"""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest
import torch
from made_up import record

from repro.papers import catalogue
from repro.papers.measure import cells
from repro.papers.wei2025 import claims, runs, table4
from repro.spec import SCALES

RISING = dict(zip(runs.COMPARISON, (0.3, 0.45, 0.6, 0.75, 0.95), strict=True))


def verdict(accuracies: dict[str, float], scale: str = "mini") -> str:
    found = cells([(row, column, record(run, accuracies[row])) for row, column, run in runs.table4_places(scale, 3)])
    return claims.order_sota(found, list(runs.ablation(scale).columns), decisive=scale == "paper").word


def test_order_as_claimed() -> None:
    assert verdict(RISING) == "same direction"
    assert verdict(RISING, "paper") == "stands"


def test_order_reversed() -> None:
    falling = dict(zip(RISING, reversed(RISING.values()), strict=True))
    assert verdict(falling) == "opposite"
    assert verdict(falling, "paper") == "falls"


def test_rows_too_close_decide_nothing_and_a_row_at_chance_ranks_nothing() -> None:
    assert verdict(dict.fromkeys(RISING, 0.6)) == "undecided"
    assert verdict(RISING | {"Res3D": 1 / 6}) == "at floor or ceiling"


@pytest.mark.parametrize("scale", SCALES)
def test_ours_are_the_runs_of_table3_and_baselines_differ_in_network_and_rate_alone(scale: str) -> None:
    places = runs.table4_places(scale, 0)
    ours = [run for row, _, run in places if row == "Ours"]
    columns = runs.ablation(scale).columns  # without the folds
    assert ours == [run for row, column, run in runs.table3_places(scale, 0) if row == runs.OURS and column in columns]
    assert {row for row, _, _ in places} == set(runs.COMPARISON)
    for row, column, run in places:
        like = next(
            o
            for r, c, o in places
            if (r, c) == ("Ours", column) and (o.seed, o.data.split) == (run.seed, run.data.split)
        )
        clips = replace(run.data.clips, input=like.data.clips.input)
        same = replace(run, network=like.network, arguments=like.arguments, data=replace(run.data, clips=clips))
        assert replace(same, recipe=replace(run.recipe, lr=like.recipe.lr)) == like
        assert (run.data.clips.input == "both") == (row == "Two-stream")
        assert run.recipe.lr in runs.LEARNING_RATES or scale == "paper"


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("row", runs.COMPARISON)
def test_every_network_takes_the_clips_of_its_scale(row: str, scale: str) -> None:
    """Forwards and back at the scale's own size on torch's meta device: shapes only, so the paper's
    full size costs nothing.
    """
    _, _, run = next(place for place in runs.table4_places(scale, 1) if place[0] == row)
    clips = run.data.clips
    module = importlib.import_module(f"repro.networks.{run.network}")
    with torch.device("meta"):
        network = module.build(classes=101, in_channels=clips.channels, **dict(run.arguments))
        logits, _ = network(torch.empty(2, clips.channels, clips.frames, clips.height, clips.width))
        torch.nn.functional.cross_entropy(logits, torch.zeros(2, dtype=torch.long)).backward()
    assert logits.shape == (2, 101)
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


def test_paper_scale_has_published_sizes() -> None:
    arguments = {row: dict(run.arguments) for row, _, run in runs.table4_places("paper", 1)}
    assert arguments == {row: {} for row in runs.COMPARISON if row != "Ours"} | {
        "Ours": {"interaction": "cda", "pathways": "both"}
    }


def test_drawing_shows_printed_numbers_apart_and_says_where_they_come_from() -> None:
    drawn = table4.draw([record(run, RISING[row]) for row, _, run in runs.table4_places("mini", 0)], "mini")
    printed = drawn.table[drawn.table["value"].isna()].set_index(["row", "column"])
    assert len(printed) == 10 and printed.loc[("LRCN", "UCF101"), "paper"] == 88.6
    assert "not LRCN's" in printed.loc[("LRCN", "UCF101"), "note"] and printed.loc[("Ours", "UCF101"), "note"] == ""
    ours = drawn.table[drawn.table["value"].notna()].set_index(["row", "column"])
    assert len(ours) == 10 and ours["paper"].isna().all() and ours["note"].str.contains("stand-in").all()
    assert (ours["note"].str.contains(table4.BOTH_INPUTS) == (ours.index.get_level_values(0) == "Two-stream")).all()
    assert set(ours.loc["Two-stream", "input"]) == {"both"} and set(ours.loc["SlowFast", "input"]) == {"flow"}
    assert {c["claim_id"].rpartition(".")[2]: c["verdict"] for c in drawn.claims} == {
        "order-sota": "same direction",
        "abstract-gain": "stands",
        "prose-gain": "falls",
        "slowfast-equals-dual": "stands",
    }


def test_at_paper_scale_printed_stand_beside_ours_with_their_origin() -> None:
    drawn = table4.draw([record(run, RISING[row]) for row, _, run in runs.table4_places("paper", 0)], "paper")
    table = drawn.table.set_index(["row", "column"])
    assert len(table) == 10 and table.loc[("SlowFast", "HMDB51"), "paper"] == pytest.approx(0.77)
    assert table.loc[("Res3D", "UCF101"), "note"].startswith(table4.PRINTED["Res3D"])


def test_every_note_quotes_what_is_printed() -> None:
    reported = catalogue.reported("wei2025")
    for row, note in table4.PRINTED.items():
        assert reported["wei2025.table4", row, "UCF101"] in note
