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
from repro.papers.gong2022 import settings, trainings, tuning
from repro.papers.gong2022.settings import BASELINES, BOTH, NETWORK, OURS, SIXTEEN, STC, SWITCHES, TSM, TSN
from repro.source import load_module
from repro.spec import SCALES, Recipe
from results import seeds_of

TABLES = ("table2", "table3", "table4")
TABLE1 = ("gong2022.table1", "Kinetics-400")
scales = pytest.mark.parametrize("scale", SCALES)


@scales
def test_rows_columns_and_seeds(scale: str) -> None:
    at = settings.at(scale)
    assert at.decided_on and set(at.decided_on) <= set(at.ablation) and at.seeds >= at.baseline_seeds >= 1
    cells = seeds_of(plan("table2", scale=scale))
    assert list(cells) == [(row, column) for column in at.ablation for row in (*SWITCHES, TSN, TSM)]
    assert all(n == (at.seeds if column in at.decided_on else at.baseline_seeds) for (_, column), n in cells.items())
    columns = [at.first[0], at.second[0]]
    expected = {"table3": (BASELINES, columns[:1]), "table4": (settings.SECOND, columns[1:]), "segments": ((), columns)}
    for name, (baselines, columns) in expected.items():
        cells = seeds_of(plan(name, scale=scale))
        assert list(cells) == [(row, column) for column in columns for row in (*baselines, *OURS)]
        assert set(cells.values()) == {at.baseline_seeds}


@scales
def test_ours_is_tested_on_other_segments_and_nothing_else_changes(scale: str) -> None:
    at = settings.at(scale)
    segments = dict.fromkeys(SWITCHES, at.more) | {row: getattr(at, many) for row, (many, _) in OURS.items()}
    for planned in plan(*TABLES, scale=scale):
        run, parent = planned.run, training(planned.run)
        if planned.row in BASELINES:
            assert parent == run
            continue
        assert parent.network == run.network == NETWORK and parent.recipe.epochs == at.recipe.epochs
        clips = replace(run.data.clips, segments=at.train)
        as_trained = replace(run, recipe=parent.recipe, init_from=parent.init_from, data=replace(run.data, clips=clips))
        assert as_trained == parent and run.data.clips.segments == segments[planned.row]
        assert run.recipe == Recipe(precision=parent.recipe.precision)
    assert at.more[0] > at.fewer[0] and at.fewer[1] == at.more[1] == at.train[1] == at.own.get("frames", 6)


@scales
def test_backbones_come_from_images_of_the_same_seed_or_from_nothing(scale: str) -> None:
    at = settings.at(scale)
    for row, run in ((planned.row, training(planned.run)) for planned in plan(*TABLES, scale=scale)):
        alone = row in BASELINES and (row not in (TSN, TSM) or scale == "paper")
        if row.endswith("_NP") or alone:
            assert run.init_from is None, row
            continue
        images = run.init_from
        assert images == trainings.pretraining(scale, run.seed) and images.recipe == at.image_recipe, row
        assert (images.seed, images.network, images.task, images.parents) == (run.seed, settings.BACKBONE, "train", {})
        assert images.data == at.images[1] and (images.data.clips.frames, images.data.clips.channels) == (1, 3)
        assert run.recipe.backbone_rate == 1.0 and images.recipe.epochs > 0


@scales
def test_a_backbone_trained_on_images_fits(scale: str) -> None:
    started = {run for p in plan("table2", "table4", scale=scale, seeds=1) if (run := training(p.run)).init_from}
    assert {run.network for run in started} == ({NETWORK} if scale == "paper" else {NETWORK, "tsn", "tsm"})
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
    at, clips = settings.at(scale), settings.at(scale).first[1].clips
    for column, data in (at.ablation | dict([at.first, at.second])).items():
        runs = [training(p.run) for p in plan(name, scale=scale) if p.column == column]
        assert {replace(run.data, clips=clips) for run in runs} <= {replace(data, clips=clips)}
        assert {replace(run.recipe, lr=0.0) for run in runs} <= {replace(at.recipe, lr=0.0)}
        assert {run.protocol for run in runs} <= {at.protocol}


@scales
def test_what_each_row_sees_of_the_same_videos(scale: str) -> None:
    at = settings.at(scale)
    data = at.ablation | dict([at.first, at.second])
    for planned in plan(*TABLES, scale=scale, seeds=1):
        row, clips, like = planned.row, planned.run.data.clips, data[planned.column].clips
        if row not in BASELINES:
            assert replace(clips, segments=at.train) == like and clips.channels == 3 + 2 * like.flow_stack
            continue
        baseline = BASELINES[row]
        assert clips.channels == {"rgb": 3, "flow": 2, "both": 5}[baseline.input], row
        seen: dict[str, Any] = {"input": baseline.input, "flow_stack": 1}
        if row in (TSN, TSM):
            seen["segments"] = (baseline.frames if scale == "paper" else 8, 1)
        else:
            seen |= {"sampling": "span", "segments": (1, 1)}
            if scale == "paper":
                seen |= {"clip_length": baseline.frames, "clip_stride": 1, "height": baseline.side}
                seen["width"] = baseline.side
        assert clips == replace(like, **seen), row


@scales
def test_the_four_rows_of_table2_differ_in_two_switches(scale: str) -> None:
    (column, *_), planned = settings.at(scale).decided_on, plan("table2", scale=scale, seeds=1)
    by_row = {one.row: one.run for one in planned if one.column == column}
    for row, switches in SWITCHES.items():
        assert dict(by_row[row].arguments) == dict(by_row[BOTH].arguments) | switches
        assert replace(training(by_row[row]), arguments=()) == replace(training(by_row[BOTH]), arguments=())


@scales
def test_what_is_the_same_run_is_trained_once(scale: str) -> None:
    at, third, fourth = settings.at(scale), plan("table3", scale=scale), plan("table4", scale=scale)
    assert plan("segments", scale=scale) == [planned for planned in third + fourth if planned.row in OURS]
    eight, sixteen = ([training(p.run) for p in third if p.row == row] for row in (settings.EIGHT, SIXTEEN))
    assert eight == sixteen == [planned.run for planned in plan("figure4", scale=scale)]  # one training, tested twice
    if at.ablation.get(at.first[0]) == at.first[1]:
        both = {p.run for p in plan("table2", scale=scale) if (p.row, p.column) == (BOTH, at.first[0])}
        assert both & {p.run for p in third if p.row == SIXTEEN}
    assert plan("pool", scale=scale) == [p for p in plan("table2", scale=scale) if p.row in (settings.NONE, STC)]


@scales
def test_frozen_backbones_are_those_of_the_network_without_both(scale: str) -> None:
    at, planned = settings.at(scale), plan("frozen", scale=scale)
    assert seeds_of(planned) == {(row, column): at.seeds for column in at.decided_on for row in SWITCHES}
    for one in planned:
        run, stored, data = one.run, one.run.features, at.ablation[one.column]
        base, whole = (trainings.trained(scale, data, run.seed, row) for row in (settings.NONE, one.row))
        assert (stored.task, stored.init_from, stored.arguments) == ("features", base, base.arguments)
        assert (stored.seed, stored.recipe.epochs) == (run.seed, 0) and list(run.parents) == ["features"]
        assert stored.data == run.data == replace(base.data, clips=replace(base.data.clips, segments=at.more))
        assert dict(run.arguments) == dict(whole.arguments) | {"reads": "maps"}
        assert run.recipe == replace(whole.recipe, augment=(), epochs=at.head_epochs) and run.network == NETWORK


@pytest.mark.parametrize("scale", ["laptop", "mini"])
def test_what_is_tuned_is_trained_as_in_the_tables(scale: str) -> None:
    at, tuned = settings.at(scale), tuning.plan(scale)
    others = {training(p.run) for p in plan(*TABLES, scale=scale, seeds=1)} - {planned.run for planned in tuned}
    assert {run.network for run in others} == {NETWORK}  # which take the rate of BOTH
    columns = {row: [p.column for p in tuned if p.row == row] for row in ("I3D", "S3D", BOTH)}
    both = [at.first[0], at.second[0]]
    assert columns == {"I3D": both, "S3D": both[:1], BOTH: [*dict.fromkeys(both) | at.ablation]}


def test_paper_scale_is_what_the_paper_states() -> None:
    at, reported = settings.at("paper"), folder.reported("gong2022")
    stated = {name: text for (table, row, name), text in reported.items() if (table, row) == TABLE1}
    lr, epochs, optimiser = (stated[name] for name in ("lr", "epochs", "optimizer"))
    assert (at.recipe.epochs, at.recipe.optimiser) == (int(epochs), optimiser.lower())
    assert float(lr) in settings.LEARNING_RATES and (at.fewer, at.more) == ((8, 6), (16, 6)) and at.seeds >= 3
    for run in (training(p.run) for p in plan("table3", scale="paper") if p.row in OURS):
        clips = run.data.clips
        assert run.arguments == () and (clips.stored, clips.fit) == ((256, 256), "squeeze")
        assert (clips.channels, clips.segments[1], clips.height, clips.width) == settings.SHAPE
    assert dict(trainings.pretraining("paper", 0).arguments)["blocks"] == (3, 4, 23, 3)


def test_published_weights_take_the_place_of_images_where_their_file_is(public: Path) -> None:
    assert settings.at("paper").images is None
    for planned in plan(*TABLES, scale="paper", seeds=1):
        row, run = planned.row, training(planned.run)
        given = {name: value for name, value in run.arguments if name.startswith("weights")}
        assert run.init_from is None
        if row.endswith("_NP") or (row in BASELINES and row not in (TSN, TSM)):
            assert given == {} and run.recipe.backbone_rate == 1.0
        else:
            name, digest = settings.PUBLIC[run.network]
            assert given == {"weights": name, "weights_digest": digest} and dict(run.arguments)["freeze_norm"] is True
            assert run.recipe.backbone_rate == trainings.BACKBONE_RATE < 1
    for run in (planned.run for planned in plan("frozen", scale="paper", seeds=1)):
        assert "weights" not in dict(run.arguments) and run.recipe.backbone_rate == 1.0
        assert dict(run.features.arguments)["weights"] == settings.PUBLIC[NETWORK][0]
    (public / "weights" / settings.PUBLIC[NETWORK][0]).unlink()  # the others' file says nothing of ours
    by_row = {planned.row: training(planned.run) for planned in plan("table3", scale="paper", seeds=1)}
    assert by_row[SIXTEEN].init_from.data.name == "imagenet" and "weights" in dict(by_row[TSN].arguments)
