"""Which runs gong2022 needs: rows and columns, what differs between them and what must not, and
that every network takes its clips.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from gong import plan, training

from repro.papers import folder
from repro.papers.gong2022 import claims, frozen, settings, switches, table2, trainings, tuning
from repro.papers.gong2022.settings import BASELINES, BOTH, NETWORK, OURS, SIXTEEN, SWITCHES, TSM, TSN
from repro.papers.stand_ins import of_seed
from repro.source import load_module
from repro.spec import SCALES, Recipe
from results import seeds_of

TABLES = ("table2", "table3", "table4")
TABLE1 = ("gong2022.table1", "Kinetics-400")
scales = pytest.mark.parametrize("scale", SCALES)


def scored(*names: str, scale: str, seeds: int = 0) -> list[Any]:
    """What is trained or tested, without the costs that stand beside."""
    return [planned for planned in plan(*names, scale=scale, seeds=seeds) if planned.run.task == "train"]


@scales
def test_rows_columns_and_seeds(scale: str) -> None:
    at = settings.at(scale)
    cells = seeds_of(p for p in plan("table2", scale=scale) if p.run.clip_data.split[-4:] in ("cial", "0of5"))
    assert list(cells) == [(row, column) for column in at.ablation for row in (*SWITCHES, TSN, TSM, *table2.COLOUR)]
    assert all(n == (at.baseline_seeds if row in table2.COLOUR else at.seeds) for (row, _), n in cells.items())
    columns = [at.first[0], at.second[0]]
    expected = {"table3": (settings.THIRD, columns[:1]), "table4": (settings.SECOND, columns[1:])}
    for name, (baselines, columns) in expected.items():
        splits = [(p, p.run.clip_data.split) for p in scored(name, scale=scale)]
        cells = seeds_of(p for p, split in splits if "_cv" not in split or "cv0" in split)
        assert list(cells) == [(row, column) for column in columns for row in (*baselines, *OURS)]
        assert all(n == (at.seeds if row in OURS else at.baseline_seeds) for (row, _), n in cells.items())


def test_worlds_have_power_and_real_sets_are_crossed_over_all_groups() -> None:
    overnight, mini = settings.at("overnight"), settings.at("mini")
    for planned in scored(*TABLES, "frozen", scale="overnight"):
        knobs = dict(planned.run.clip_data.options)
        assert (knobs["train_seed"], knobs["seed"]) == (planned.run.seed, 1) and knobs["test"] >= 2000
    assert overnight.seeds >= 5 and mini.seeds >= 5 and mini.head_seeds >= 10
    folds = {(p.column, p.run.clip_data.split) for p in plan("frozen", scale="mini")}
    sets = {"surv_fight": 5, "ARID-6": 3, "tennis7": 4, "surv_fight, fine-tuned": 5}
    assert folds == {(column, f"group_cv{i}of{n}") for column, n in sets.items() for i in range(n)}
    stored = {p.run.features for p in plan("frozen", "switches", scale="mini") if p.column not in mini.fine_tuned}
    assert len(stored) == 3 and {run.clip_data.split for run in stored} == {"official"}  # maps once for all folds


@scales
def test_heads_differ_in_what_their_row_says_and_rows_that_claims_need_are_run(scale: str) -> None:
    for name, pairs in (("frozen", frozen.CLAIMS), ("switches", switches.CLAIMS)):
        planned = plan(name, scale=scale, seeds=1)
        assert {row for some in pairs.values() for pair in some for row in pair} <= {p.row for p in planned}
        beside = settings.at(scale).fine_tuned
        assert all(training(p.run) == p.run and not p.run.features for p in planned if p.column in beside)
        for one in (p for p in planned if p.column not in beside):
            own = switches.OF_MFF.get(one.row) or SWITCHES.get(one.row) or {}
            own = switches.ALONE | switches.OF_STC[one.row] if one.row in switches.OF_STC else own
            run, base = one.run, settings.LITE_OWN if scale == "mini" else settings.at(scale).own
            assert dict(run.arguments) == base | own | {"reads": "maps"}
            assert list(run.parents) == ["features"] and not run.recipe.augment


@scales
def test_ours_is_tested_on_other_segments_and_nothing_else_changes(scale: str) -> None:
    at = settings.at(scale)
    segments = dict.fromkeys(SWITCHES, at.more) | {row: getattr(at, many) for row, (many, _) in OURS.items()}
    for planned in scored(*TABLES, scale=scale):
        run, parent = planned.run, training(planned.run)
        if planned.row in BASELINES:
            assert parent == run
            continue
        assert parent.network == run.network == at.network and parent.recipe.epochs == at.recipe.epochs
        clips = replace(run.data.clips, segments=at.train)
        as_trained = replace(run, recipe=parent.recipe, init_from=parent.init_from, data=replace(run.data, clips=clips))
        assert as_trained == parent and run.data.clips.segments == segments[planned.row]
        assert run.recipe == Recipe(precision=parent.recipe.precision)
    assert at.more[0] > at.fewer[0] and at.fewer[1] == at.more[1] == at.train[1] == at.own.get("frames", 6)
    trained = [p for p in plan("segments", scale=scale) if p.row in claims.TRAINED_AT]
    assert {p.run.data.clips.segments for p in trained} == ({at.more, at.fewer} if scale != "paper" else set())
    assert all(p.run.recipe.epochs for p in trained)


@scales
def test_backbones_come_from_images_of_the_same_seed_or_from_nothing(scale: str) -> None:
    at = settings.at(scale)
    for row, run in ((planned.row, training(planned.run)) for planned in scored(*TABLES, scale=scale)):
        alone = row in BASELINES and (row not in settings.PRETRAINED or scale in ("mini", "paper"))
        if row.endswith("_NP") or alone or scale == "mini":
            given = dict(run.arguments).get("weights")
            assert run.init_from is None and bool(given) == (not row.endswith("_NP") and not alone), row
            continue
        images = run.init_from
        assert images == trainings.pretraining(scale, run.seed) and images.recipe == at.image_recipe, row
        assert (images.seed, images.network, images.task, images.parents) == (run.seed, settings.BACKBONE, "train", {})
        assert images.data == at.images[1] and (images.data.clips.frames, images.data.clips.channels) == (1, 3)
        assert run.recipe.backbone_rate == 1.0 and images.recipe.epochs > 0


@scales
def test_a_backbone_trained_on_images_fits(scale: str) -> None:
    started = {run for p in scored("table2", "table4", scale=scale, seeds=1) if (run := training(p.run)).init_from}
    expected = {"paper": {NETWORK}, "mini": set()}.get(scale, {NETWORK, "tsn", "tsm"})
    assert {run.network for run in started} == expected
    for run in started:
        with torch.device("meta"):
            backbone, network = (
                load_module("networks", one.network).build(7, one.data.clips.channels, **dict(one.arguments))
                for one in (run.init_from, run)
            )
            load_module("networks", run.network).load_backbone(network, backbone.state_dict())


@scales
@pytest.mark.parametrize("name", TABLES)
def test_all_rows_of_a_table_train_on_the_same_videos_under_one_recipe(scale: str, name: str) -> None:
    at, clips = settings.at(scale), settings.WORLD
    for column, folds in (at.ablation | dict([at.first, at.second])).items():
        runs = [training(p.run) for p in scored(name, scale=scale) if p.column == column]
        same = {replace(of_seed(data, run.seed), clips=clips) for data in folds for run in runs}
        assert {replace(run.data, clips=clips) for run in runs} <= same
        recipes = {replace(recipe or at.recipe, lr=0.0) for recipe in (at.recipe, at.baseline_recipe)}
        assert {replace(run.recipe, lr=0.0, backbone_rate=1.0) for run in runs} <= recipes
        assert {run.protocol for run in runs} <= {at.protocol}


@scales
def test_what_each_row_sees_of_the_same_videos(scale: str) -> None:
    at = settings.at(scale)
    data = at.ablation | dict([at.first, at.second])
    for planned in scored(*TABLES, scale=scale, seeds=1):
        row, clips, like = planned.row, planned.run.data.clips, data[planned.column][0].clips
        if row not in BASELINES:
            assert replace(clips, segments=at.train) == like and clips.channels == 3 + 2 * like.flow_stack
            continue
        baseline, like = BASELINES[row], settings.FILM if scale == "mini" else like
        seen: dict[str, Any] = {"input": baseline.input}
        if row in settings.ON_SEGMENTS:
            seen["segments"] = (baseline.frames if scale == "paper" else 8, 1)
        else:
            seen |= {"sampling": "span", "segments": (1, 1), "flow_stack": 1}
            if scale == "paper":
                seen |= {"clip_length": baseline.frames, "clip_stride": 1, "height": baseline.side}
                seen |= {"width": baseline.side, "frame_stride": baseline.stride}
        assert clips == replace(like, **seen), row


@scales
def test_the_four_rows_of_table2_differ_in_two_switches(scale: str) -> None:
    (column, *_), planned = settings.at(scale).ablation, plan("table2", scale=scale, seeds=1)
    by_row = {one.row: one.run for one in planned if one.column == column}
    for row, given in SWITCHES.items():
        assert dict(by_row[row].arguments) == dict(by_row[BOTH].arguments) | given
        assert replace(training(by_row[row]), arguments=()) == replace(training(by_row[BOTH]), arguments=())


@scales
def test_what_is_the_same_run_is_trained_once(scale: str) -> None:
    third = scored("table3", scale=scale)
    ours = {planned.run for planned in third if planned.row in OURS}
    assert ours <= {planned.run for planned in plan("segments", scale=scale)}
    eight, sixteen = ([training(p.run) for p in third if p.row == row] for row in (settings.EIGHT, SIXTEEN))
    shown = [planned.run for planned in plan("figure4", scale=scale)]
    assert eight == sixteen and set(shown) <= set(eight)  # one training, tested twice
    assert plan("attention", scale=scale) == [p for p in plan("table2", scale=scale) if p.row == BOTH]


@scales
def test_frozen_backbones_are_public_or_those_of_the_network_without_both(scale: str) -> None:
    at = settings.at(scale)
    for one in (p for p in plan("frozen", scale=scale) if p.column not in at.fine_tuned):
        run, stored = one.run, one.run.features
        assert stored.task == "features" and stored.recipe.epochs == 0
        if at.network == settings.LITE:
            assert stored.init_from is None and dict(stored.arguments)["weights"] == settings.LITE0["weights"]
            continue
        (data, *_) = at.ablation[one.column]
        base = trainings.trained(scale, data, run.seed, settings.NONE)
        assert (stored.init_from, stored.arguments, stored.seed) == (base, base.arguments, run.seed)
        assert stored.data == run.data == trainings.with_segments(base.data, at.fewer)


@pytest.mark.parametrize("scale", ["laptop", "overnight", "mini"])
def test_what_is_tuned_is_trained_as_in_the_tables(scale: str) -> None:
    at, tuned = settings.at(scale), tuning.plan(scale)
    rows = {row: [p.column for p in tuned if p.row == row] for row in (*BASELINES, BOTH, trainings.HEADS)}
    assert rows["I3D"] == [at.first[0]] and rows[TSN] == rows[BOTH] == list(at.ablation)
    assert {p.run.clip_data.split for p in tuned} == {"official"} and rows[trainings.HEADS]


def test_paper_scale_is_what_the_paper_states() -> None:
    at, reported = settings.at("paper"), folder.reported("gong2022")
    stated = {name: text for (table, row, name), text in reported.items() if (table, row) == TABLE1}
    lr, epochs, optimiser = (stated[name] for name in ("lr", "epochs", "optimizer"))
    assert (at.recipe.epochs, at.recipe.optimiser) == (int(epochs), optimiser.lower())
    assert float(lr) in settings.LEARNING_RATES and (at.fewer, at.more) == ((8, 6), (16, 6)) and at.seeds >= 3
    for run in (training(p.run) for p in scored("table3", scale="paper") if p.row in OURS):
        clips = run.data.clips
        assert run.arguments == () and (clips.stored, clips.fit) == ((256, 256), "squeeze")
        assert (clips.channels, clips.segments[1], clips.height, clips.width) == settings.SHAPE
    assert dict(trainings.pretraining("paper", 0).arguments)["blocks"] == (3, 4, 23, 3)


def test_published_weights_take_the_place_of_images_where_their_file_is(public: Path) -> None:
    assert settings.at("paper").images is None
    for planned in scored(*TABLES, scale="paper", seeds=1):
        row, run = planned.row, training(planned.run)
        given = {name: value for name, value in run.arguments if name.startswith("weights")}
        assert run.init_from is None
        if row.endswith("_NP") or (row in BASELINES and row not in settings.PRETRAINED):
            assert given == {} and run.recipe.backbone_rate == 1.0
        else:
            name, digest = settings.PUBLIC[run.network]
            assert given == {"weights": name, "weights_digest": digest} and dict(run.arguments)["freeze_norm"] is True
            assert run.recipe.backbone_rate == trainings.BACKBONE_RATE < 1
    for run in (planned.run for planned in plan("frozen", scale="paper", seeds=1)):
        assert "weights" not in dict(run.arguments) and run.recipe.backbone_rate == 1.0
        assert dict(run.features.arguments)["weights"] == settings.PUBLIC[NETWORK][0]
    (public / "weights" / settings.PUBLIC[NETWORK][0]).unlink()  # the others' file says nothing of ours
    by_row = {planned.row: training(planned.run) for planned in scored("table3", scale="paper", seeds=1)}
    assert by_row[SIXTEEN].init_from.data.name == "imagenet" and "weights" in dict(by_row[TSN].arguments)


def test_rows_from_nothing_at_mini_follow_their_norms_faster_and_no_others() -> None:
    runs = [
        planned.run for planned in plan(*TABLES, "segments", scale="mini") if planned.run.network == "gong2022_lite"
    ]
    runs = [run.init_from or run for run in runs if run.task == "train"]
    fast = [run for run in runs if dict(run.arguments).get("norm_momentum") == 0.1]
    assert fast and len(fast) < len(runs)
    assert all(("weights" in dict(run.arguments)) != (run in fast) for run in runs)
