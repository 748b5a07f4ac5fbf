"""The artifacts and claims of wei2025 on made-up records."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from made_up import record
from tiny_runs import execute

from repro.papers import catalogue
from repro.papers.measure import cells
from repro.papers.wei2025 import claims, runs, table1, table3
from repro.papers.wei2025.artifacts import ARTIFACTS
from repro.spec import SCALES, options


def verdict(accuracies: dict[str, float], scale: str = "mini") -> str:
    places = runs.table3_places(scale, 3)
    found = cells([(row, column, record(run, (HALVES | accuracies)[row])) for row, column, run in places])
    return claims.ablation_order(found, list(runs.ablation(scale).columns), decisive=scale == "paper").word


HALVES = dict.fromkeys(runs.DIRECTIONS, 0.8)
RISING = {"dense only": 0.3, "sparse only": 0.55, "dense+sparse": 0.75, "dense+sparse+CDA": 0.95}


def test_order_as_claimed() -> None:
    assert verdict(RISING) == "same direction"
    assert verdict(RISING, "paper") == "stands"


def test_order_reversed() -> None:
    falling = dict(zip(RISING, reversed(RISING.values()), strict=True))
    assert verdict(falling) == "opposite"
    assert verdict(falling, "paper") == "falls"


def test_rows_too_close_decide_nothing() -> None:
    assert verdict(dict.fromkeys(RISING, 0.6)) == "undecided"


def test_a_row_at_chance_ranks_nothing() -> None:
    assert verdict(RISING | {"dense only": 1 / 6}) == "at floor or ceiling"


def test_static_claims_recognise_their_opposites() -> None:
    modules = [
        {"module": "sparse.stem", "macs": 60, "parameters": 1},
        {"module": "dense.stem", "macs": 40, "parameters": 1},
    ]
    assert claims.dense_flops_20pct({"macs": 100, "modules": modules}).word == "falls"
    assert (
        claims.dense_flops_20pct({"macs": 100, "modules": [modules[0] | {"macs": 80}, modules[1] | {"macs": 20}]}).word
        == "stands"
    )
    assert claims.table1_output_sizes([("Pooling, sparse", "4x56x56", "4x28x28")]).word == "falls"
    assert claims.resnet50_name((3, 3, 3, 3)).word == "falls" and claims.resnet50_name((3, 4, 6, 3)).word == "stands"
    module = {"module": "exchange.stage1", "macs": 20, "parameters": 5}
    assert claims.attention_cheap({"macs": 80}, {"macs": 100, "modules": [*modules, module]}).word == "falls"


def test_printed_gain_is_recomputed_from_the_printed_rows() -> None:
    reported = dict(catalogue.reported("wei2025"))
    assert claims.cda_gain(reported).word == "stands"
    reported["wei2025.table3", "dense+sparse", "UCF101"] = "95.7"
    assert claims.cda_gain(reported).word == "falls"


def test_table1_compares_every_printed_size() -> None:
    shape = options(input=(3, 32, 224, 224), classes=101)
    counted = {
        name: execute(run, Path())
        for name, run in zip(runs.CONFIGURATIONS, runs.table1("laptop", 0), strict=True)
    }
    assert set(shape) <= set(runs.table1("laptop", 0)[0].arguments)
    sizes = table1.compare_sizes(counted[runs.PRINTED])
    assert len(sizes) == 14 and all(printed == ours for _, printed, ours in sizes)
    assert round(claims.dense_share(counted[runs.PLAIN]), 3) == 0.208


def test_table3_needs_four_rows_on_two_data_sets_with_the_same_budget() -> None:
    for scale in SCALES:
        places = runs.table3_places(scale, 0)
        rows, columns = {row for row, _, _ in places}, {column for _, column, _ in places}
        assert rows == set(runs.ABLATION) | (set(runs.DIRECTIONS) if scale != "paper" else set())
        assert len(columns) == (3 if scale == "mini" else 2)
        budgets = {
            (run.recipe.epochs, run.recipe.batch, run.recipe.optimiser, run.recipe.augment) for _, _, run in places
        }
        assert len(budgets) == 1
    times = Counter((row, column) for row, column, _ in runs.table3_places("mini", 0))
    assert set(times.values()) == {3}  # seeds, or folds


def test_folds_are_one_test_set_of_one_seed() -> None:
    records = [record(run, (HALVES | RISING)[row]) for row, _, run in runs.table3_places("mini", 0)]
    table = table3.draw(records, "mini").table.set_index(["row", "column"])
    folded = table.loc[("sparse only", "ARID-6, flow, group CV")]
    assert folded["n_items"] == 180 and folded["seeds"] == 1 and folded["split"] == "group_cv0 + group_cv1 + group_cv2"
    assert folded["value"] == pytest.approx(RISING["sparse only"], abs=0.01)


def test_paper_scale_is_the_papers_own(tmp_path: Path) -> None:
    _, column, run = runs.table3_places("paper", 0)[0]
    assert (
        column == "UCF101"
        and run.data.clips.frames == 32
        and (run.data.clips.height, run.data.clips.clip_length) == (224, 64)
    )
    recipe = run.recipe
    assert (recipe.lr, recipe.momentum, recipe.weight_decay, recipe.epochs, recipe.batch) == (0.01, 0.9, 6e-4, 150, 8)
    assert dict(run.arguments) == {"interaction": "none", "pathways": "dense"}


def test_drawing_table3_shows_printed_numbers_apart_from_ours() -> None:
    records = [record(run, (HALVES | RISING)[row]) for row, _, run in runs.table3_places("mini", 0)]
    drawn = table3.draw(records, "mini")
    printed = drawn.table[drawn.table["value"].isna()]
    assert sorted(printed["paper"]) == sorted([78.5, 51.7, 90.3, 72.6, 95.8, 77.0, 97.6, 78.4])
    ours = drawn.table[drawn.table["value"].notna()]
    assert len(ours) == 14 and ours["paper"].isna().all() and ours["note"].str.contains("stand-in").all()
    assert {c["claim_id"]: c["verdict"] for c in drawn.claims} == {
        "wei2025.claim.ablation-order": "same direction",
        "wei2025.claim.cda-gain": "stands",
        "wei2025.claim.both-directions-needed": "same direction",
    }


def test_inventory_is_whole() -> None:
    ids = {artifact.id for artifact in ARTIFACTS}
    listed = {row.split(",")[1] for row in (catalogue.folder("wei2025") / "reported.csv").read_text().splitlines()[1:]}
    tables = {name for name in listed if name.startswith("wei2025.table")}
    assert tables <= ids and {f"wei2025.figure{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, "9a", "9b")} <= ids


@pytest.mark.parametrize("artifact", [a for a in ARTIFACTS if a.draw], ids=lambda a: a.id)
def test_what_is_built_has_a_drawing_function_and_a_notebook(artifact: catalogue.Artifact) -> None:
    import importlib

    module, _, function = artifact.draw.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    assert (Path(__file__).parents[2] / "notebooks" / artifact.notebook).is_file()
