"""Which runs ou2019 needs at each scale: what is trained on what, in which stages, and what is the
same run.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ou_records import module

from repro.data.index import load
from repro.papers import folder
from repro.papers.ou2019 import budget, prose, sensitivity, settings, split, structure, table1, table2
from repro.papers.ou2019.budget import ALL, FROZEN
from repro.papers.ou2019.sensitivity import CHOICES
from repro.papers.ou2019.settings import GROUP, OURS, RANDOM, RATE, ROWS, TWO_STREAM_LSTM
from repro.papers.ou2019.trainings import first_stage, second_stage, trained
from repro.papers.plan import Planned
from repro.spec import SCALES, Clips, Run
from results import seeds_of

TRAINED = ("table1", "table2", "figure7", "figure9", "figure10", "figure11", "split", "sensitivity", "budget")
scales = pytest.mark.parametrize("scale", SCALES)


def runs(name: str, scale: str, seeds: int = 0) -> list[Run]:
    return [planned.run for planned in module(name).plan(scale, seeds)]


def every_run(scale: str, seeds: int = 0) -> list[Run]:
    return [run for name in TRAINED for run in runs(name, scale, seeds)]


def of(plan: Iterable[Planned], **where: Any) -> list[Run]:
    """The runs planned for a row, column or value."""
    return [p.run for p in plan if all(getattr(p, name) == value for name, value in where.items())]


@scales
def test_table1_is_eight_networks_on_every_data_set_by_whole_groups(scale: str) -> None:
    setup, plan = settings.setup(scale), table1.plan(scale, 0)
    counts = seeds_of(plan)
    assert list(counts) == [(row, column) for column in setup.columns for row in ROWS]
    ours = {(OURS, setup.first[0]): setup.seeds}
    assert all(n == ours.get(where, setup.baseline_seeds) for where, n in counts.items())
    assert all((p.run.network, p.run.data.split) == (ROWS[p.row], "official") for p in plan)


@scales
def test_table2_is_what_the_paper_prints_split_at_random(scale: str) -> None:
    setup, plan, reported = settings.setup(scale), table2.plan(scale, 0), folder.reported("ou2019")
    printed = zip(setup.small, ("UCF11 Accuracy", "UCFSport Accuracy"), strict=True)
    whole = [(r, c) for c, heading in printed for r in table2.BUILT if ("ou2019.table2", r, heading) in reported]
    assert list(seeds_of(plan)) == whole and len(whole) == 5  # Soft attention has no number on UCFSports
    assert len(setup.small) == 2 and {p.run.data.split for p in plan} == {"random_70_30"}


@scales
def test_a_second_stage_goes_on_from_its_first_at_a_tenth_of_the_rate(scale: str) -> None:
    trainings = [run for run in every_run(scale) if run.task == "train"]
    seconds = [run for run in trainings if run.init_from]
    for run in seconds:
        first = run.init_from
        recipe = replace(first.recipe, lr=run.recipe.lr, epochs=settings.setup(scale).later)
        assert run == replace(first, recipe=recipe, init_from=first)
        assert run.recipe.lr == pytest.approx(first.recipe.lr / 10) and run.recipe.schedule == "constant"
    rates = {p.run for p in sensitivity.plan(scale, 0) if p.row.startswith(RATE)}
    alone = {run for run in trainings if not run.init_from}
    assert alone == rates | ({run.init_from for run in seconds} & alone)  # else a first stage is for its curves


@scales
def test_every_row_of_table1_passes_as_many_clips(scale: str) -> None:
    """Same data, epochs, batch: one recipe in which only the rate differs, and what is tested on
    the way.
    """
    plan = table1.plan(scale, 0)
    for column in settings.setup(scale).columns:
        of_column = of(plan, column=column)
        assert len({replace(run.data, clips=Clips()) for run in of_column}) == 1
        assert len({replace(run.recipe, lr=0.0, validate=False) for run in of_column}) == 1
        assert len({replace(run.init_from.recipe, lr=0.0, validate=False) for run in of_column}) == 1
    assert all(len({run.recipe.lr for run in of(plan, row=row)}) == 1 for row in ROWS)
    assert all(p.run.recipe.validate == (p.run.network == "ou2019") for p in plan)


@scales
def test_what_each_row_sees_of_the_same_videos(scale: str) -> None:
    setup = settings.setup(scale)
    for planned in table1.plan(scale, 0) + table2.plan(scale, 0):
        row, whole, clips = planned.row, (setup.columns | setup.small)[planned.column].clips, planned.run.data.clips
        assert clips.channels == (3 if row in settings.COLOUR_ALONE else 5 if row in settings.SPANNED else 11), row
        assert clips.sampling == ("span" if row in settings.SPANNED else "paper")
        for name in ("frame_stride", "enhancement", "fit", "flow"):
            assert getattr(clips, name) == getattr(whole, name)
        spanned = (1, 16 if scale == "paper" else whole.clip_length)
        length = spanned if row in settings.SPANNED else (whole.clip_stride, whole.frames)
        assert (clips.clip_stride, clips.frames) == length
        cut = (112, 112) if (row, scale) == ("C3D", "paper") else (whole.height, whole.width)
        assert (clips.height, clips.width) == cut
    assert set(settings.COLOUR_ALONE) | {"Two-stream ConvNet", "Two-stream fusion", OURS} == {*ROWS, TWO_STREAM_LSTM}


@scales
def test_two_stream_lstm_is_ours_without_flow_and_fusion(scale: str) -> None:
    plan = table2.plan(scale, 0)
    for run, other in zip(of(plan, row=OURS), of(plan, row=TWO_STREAM_LSTM), strict=True):
        clips = replace(run.data.clips, input="rgb", flow_stack=1)
        assert replace(other, arguments=run.arguments, init_from=run.init_from).data == replace(run.data, clips=clips)
        assert dict(other.arguments) == dict(run.arguments) | {"fusion": "none"}
        assert (other.network, other.recipe) == (run.network, run.recipe)  # so it takes our rate


@scales
def test_what_is_the_same_run_is_trained_once(scale: str) -> None:
    setup = settings.setup(scale)
    one, two, both_splits = (module(name).plan(scale, 0) for name in ("table1", "table2", "split"))
    ours = of(one, row=OURS, column=setup.first[0])
    assert runs("figure7", scale) == ours
    assert runs("figure9", scale) == [run.init_from for run in ours] + ours
    whole = of(budget.plan(scale, 0), row=ALL)
    assert whole == ours[: len(whole)] and bool(whole) == (scale != "paper")
    for name, column in zip(("figure10", "figure11"), setup.small, strict=True):
        own = of(two, row=OURS, column=column)
        assert runs(name, scale)[: 2 * len(own)] == [run.init_from for run in own] + own
    grouped = of(both_splits, row="both", value=GROUP)
    assert set(grouped) & set(ours) and set(of(both_splits, row="both", value=RANDOM)) & set(of(two, row=OURS))
    chosen = [p.run for p in sensitivity.plan(scale, 0) if p.value in ("both", "early")]
    assert set(chosen) & set(of(one, row=OURS))


@scales
def test_the_papers_setting_of_each_panel_is_the_run_of_the_base(scale: str) -> None:
    setup, plan = settings.setup(scale), sensitivity.plan(scale, 0)
    column, data = setup.first
    for panel, values in setup.values.items():
        inside = [p for p in plan if p.row.startswith(f"{panel}: ")]
        assert list(dict.fromkeys(p.value for p in inside)) == list(values) and len(set(values)) == len(values)
        for seed, run in enumerate(of(inside, column=column, value=values[-1])):
            base = first_stage(scale, data, seed, modality=setup.studied)
            assert run == (base if panel == RATE else second_stage(scale, base))
            own = {settings.FIELDS: run.data.clips.flow_stack, settings.FRAMES: run.data.clips.frames}
            assert own.get(panel, values[-1]) == values[-1]
    for where, chosen in setup.fused.items():
        for panel, choices in CHOICES.items():
            inside = [p for p in plan if p.row.startswith(f"{panel}: ") and p.column == where]
            assert list(dict.fromkeys(p.value for p in inside)) == list(choices)
            own = of(inside, value=list(choices)[-1])
            assert own == [trained(scale, chosen, seed) for seed in range(len(own))]
            assert own[0].data.clips.input == "both"


@scales
def test_a_panel_changes_its_own_quantity_and_nothing_else(scale: str) -> None:
    setup = settings.setup(scale)
    panels = (settings.FC6, settings.LSTM, settings.STREAMS, settings.FUSION)
    names = dict(zip(panels, ("dropout_fc6", "dropout_lstm", "streams", "fusion"), strict=True))
    for planned in sensitivity.plan(scale, 0):
        panel, value, run = planned.row.partition(": ")[0], planned.value, planned.run
        chosen = setup.fused[planned.column] if panel in CHOICES else setup.first[1]
        base = first_stage(scale, chosen, run.seed, modality="both" if panel in CHOICES else setup.studied)
        first = run if panel == RATE else run.init_from
        clips, like = first.data.clips, base.data.clips
        if first == base:
            continue
        if panel == RATE:
            recipe = replace(base.recipe, lr=base.recipe.lr * value, on_divergence="record")
            assert first == replace(base, recipe=recipe) and not first.init_from
        elif panel in names:
            switch = CHOICES[panel][value] if panel in CHOICES else {names[panel]: value}
            assert first == replace(base, arguments=first.arguments)
            assert dict(first.arguments) == dict(base.arguments) | switch
        elif panel == settings.FIELDS:
            assert first == replace(base, data=replace(base.data, clips=replace(like, flow_stack=value)))
            assert clips.channels == 2 * value + 3 * (setup.studied == "both")
        else:
            assert panel == settings.FRAMES and clips.frames == value
            kept = {"clip_length": clips.clip_length, "clip_stride": clips.clip_stride}
            assert first == replace(base, data=replace(base.data, clips=replace(like, **kept)))
            side = "clip_length" if base.data.generated else "clip_stride"
            assert getattr(clips, side) == getattr(like, side)


def test_of_a_generated_clip_fewer_frames_span_the_same_time() -> None:
    clips = Clips(clip_length=16, clip_stride=2)
    assert sensitivity.of_frames(clips, 2, True) == {"clip_stride": 8}
    assert sensitivity.of_frames(clips, 2, False) == {"clip_length": 4}


@scales
def test_both_splits_are_of_the_same_clips_with_every_modality(scale: str) -> None:
    setup, plan = settings.setup(scale), split.plan(scale, 0)
    cells = [(r, f"{c}, {s}") for c in setup.split for s in (RANDOM, GROUP) for r in ("", "RGB", "flow", "both")]
    counts = seeds_of(plan)
    assert list(counts) == cells
    assert all(n == (setup.baseline_seeds if row else 1) for (row, _), n in counts.items())
    for planned in plan:
        data, run = setup.split[planned.column.removesuffix(f", {planned.value}")], planned.run
        assert replace(run.data, clips=data.clips) == replace(data, split=settings.SPLITS[planned.value])
        assert run.data.clips.channels == {"": 3, "RGB": 3, "flow": 8, "both": 11}[planned.row]
        assert run.task == ("train" if planned.row else "duplicates")


def hold_the_same_clips(scale: str, root: Path | None) -> None:
    """Both splits of every data set, and only one of them by whole groups."""
    for data in settings.setup(scale).split.values():
        whole, mixed = (load(replace(data, split=name), root) for name in ("official", "random_70_30"))
        names = [[item.name for item in (*index.train, *index.test)] for index in (whole, mixed)]
        assert sorted(names[0]) == sorted(names[1]) and len(set(names[0])) == len(names[0])
        assert not {item.group for item in whole.train} & {item.group for item in whole.test}
        assert root or {item.group for item in mixed.train} & {item.group for item in mixed.test}
        assert scale == "smoke" or abs(len(whole.train) - len(mixed.train)) <= (0.1 if root else 0) * len(mixed.train)


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
def test_generated_splits_hold_the_same_clips(scale: str) -> None:
    hold_the_same_clips(scale, None)


def test_real_splits_hold_the_same_clips(real_data: Path) -> None:
    hold_the_same_clips("mini", real_data)


@scales
def test_frozen_backbones_are_read_as_stored_maps(scale: str) -> None:
    setup, plan = settings.setup(scale), budget.plan(scale, 0)
    frozen = of(plan, row=FROZEN)
    whole = [trained(scale, setup.first[1], seed) for seed in range(setup.baseline_seeds)]
    assert of(plan, row=ALL) == (whole if scale != "paper" else [])  # only what is frozen is asked for there
    for run, other in zip(whole, frozen, strict=True):
        first, stored = other.init_from, other.features
        assert first.features == stored and stored.task == "features" and not stored.parents
        for name in ("network", "arguments", "data", "protocol"):
            assert getattr(stored, name) == getattr(run, name)
        assert stored.seed == (0 if scale == "paper" else run.seed)  # there all seeds read one file
        assert dict(other.arguments) == dict(run.arguments) | {"reads": "maps"} and other.data == run.data
        for kept, like in ((other, run), (first, run.init_from)):
            assert kept.recipe.augment == () != like.recipe.augment
            assert replace(kept.recipe, augment=like.recipe.augment, lr=like.recipe.lr) == like.recipe
            assert kept.recipe.lr == pytest.approx((10 if scale == "paper" else 1) * like.recipe.lr)


def test_paper_scale_is_what_the_paper_states() -> None:
    ours = of(table1.plan("paper", 0) + table2.plan("paper", 0), row=OURS)
    assert [run.data.name for run in ours] == ["ucf101"] * 3 + ["ucf11"] * 3 + ["ucfsports"] * 3
    for run in ours:
        first, clips = run.init_from.recipe, run.data.clips
        assert (clips.frames, clips.flow_stack, clips.height, clips.width, clips.sampling) == (17, 4, 224, 224, "paper")
        assert (first.epochs, run.recipe.epochs, first.lr, f"{run.recipe.lr:g}") == (140, 46, 1e-5, "1e-06")
        assert (first.optimiser, first.batch, first.weight_decay, first.clip) == ("adam", 8, 5e-4, 1.0)
        assert run.arguments == ()  # everything as printed, and no weights where there are none
    assert {data.clips for data in settings.setup("paper").split.values()} == {settings.FULL}
    assert (settings.FULL.channels, 17, 224, 224) == structure.SHAPE
    cost, both = structure.plan("paper", 0)
    assert prose.plan("paper", 0)[0].run == cost.run and dict(both.run.arguments)["fusion"] == "both_levels"
    assert {dict(p.run.arguments)["input"] for p in prose.plan("smoke", 0)} == {structure.SHAPE}


def test_published_weights_are_named_where_their_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "weights").mkdir()
    vgg = {"weights": "vgg16-397923af.pth", "weights_digest": "397923af"}
    googlenet = {"weights": "googlenet-1378be20.pth", "weights_digest": "1378be20"}
    names = (OURS, "Soft attention", "Beyond short snippets")
    for here, found in (({}, ({}, {}, {})), (vgg, (vgg, {}, {})), (googlenet, (vgg, googlenet, googlenet))):
        (tmp_path / "weights" / here.get("weights", "nothing")).touch()
        assert {row: settings.pretrained(row) for row in settings.PUBLIC} == dict(zip(names, found, strict=True))
    begins = {"ou2019": vgg, "soft_attention": googlenet, "beyond_short_snippets": googlenet}
    networks = [run for run in every_run("paper") if run.network]
    for run in networks:
        given = {name: value for name, value in run.arguments if name.startswith("weights")}
        assert given == begins.get(run.network, {}), run.label
    assert begins.keys() < {run.network for run in networks}
