"""Which runs ou2019 needs at each scale: what is trained on what, in which stages, on which maps,
and what is the same run.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ou_records import module

from repro.data.index import load
from repro.papers import folder
from repro.papers.ou2019 import panels, prose, sensitivity, settings, split, structure, table1, table2, transfer, tuning
from repro.papers.ou2019.settings import AT_RANDOM, GROUP, OURS, RANDOM, ROWS, TWO_STREAM_LSTM
from repro.papers.plan import Planned
from repro.spec import SCALES, Clips, Run
from results import seeds_of

TRAINED = ("table1", "table2", "figure7", "figure9", "figure10", "figure11", "sensitivity", "transfer")
scales = pytest.mark.parametrize("scale", SCALES)
end_to_end = pytest.mark.parametrize("scale", [scale for scale in SCALES if scale != "mini"])


def runs(name: str, scale: str, seeds: int = 0) -> list[Run]:
    return [p.run for p in module(name).plan(scale, seeds)] if scale in module(name).ARTIFACT.scales else []


def every_run(scale: str, seeds: int = 0) -> list[Run]:
    return [run for name in TRAINED for run in runs(name, scale, seeds)]


def of(plan: Iterable[Planned], **where: Any) -> list[Run]:
    """The runs planned for a row, column or value."""
    return [p.run for p in plan if all(getattr(p, name) == value for name, value in where.items())]


def one_fold(plan: Iterable[Planned]) -> list[Planned]:
    """Of each cross-validation the first fold."""
    return [p for p in plan if "_cv" not in p.run.data.split or "_cv0" in p.run.data.split]


@scales
def test_table1_is_every_network_on_every_data_set_by_whole_groups(scale: str) -> None:
    setup, plan = settings.setup(scale), table1.plan(scale, 0)
    rows = [(r, c) for c in setup.columns for r in ((OURS,) if c == AT_RANDOM else setup.rows)]
    if scale != "paper":  # whose three splits are no folds by name
        counts = seeds_of(one_fold(plan))
        assert list(counts) == rows
        assert all(n == (setup.few if column in setup.beside else setup.seeds) for (_, column), n in counts.items())
    for planned in plan:
        assert planned.run.network == ROWS[planned.row]
        assert planned.run.data.split.startswith(("official", "group")) != (planned.column == AT_RANDOM)
    folds = {p.run.data.split for p in plan if p.column == next(iter(setup.columns))}
    assert len(folds) == {"mini": 5, "paper": 3}.get(scale, 1)
    assert set(setup.rows) == {*ROWS} - ({"LRCN", "C3D", "Two-stream ConvNet"} if scale == "mini" else set())


@pytest.mark.parametrize("scale", table2.ARTIFACT.scales)
def test_table2_is_what_the_paper_prints_split_at_random(scale: str) -> None:
    setup, plan, reported = settings.setup(scale), table2.plan(scale, 0), folder.reported("ou2019")
    printed = zip(setup.small, ("UCF11 Accuracy", "UCFSport Accuracy"), strict=True)
    whole = [(r, c) for c, heading in printed for r in table2.BUILT if ("ou2019.table2", r, heading) in reported]
    assert list(seeds_of(one_fold(plan))) == whole and len(whole) == 5  # Soft attention has no number on UCFSports
    assert all(p.run.data.split.startswith("random") for p in plan)


@scales
def test_a_second_stage_goes_on_from_its_first_at_a_tenth_of_the_rate(scale: str) -> None:
    seconds = [run for run in every_run(scale) if run.task == "train" and run.init_from]
    assert bool(seconds) == (scale != "mini")
    for run in seconds:
        first = run.init_from
        recipe = replace(first.recipe, lr=run.recipe.lr, epochs=settings.setup(scale).later)
        assert run == replace(first, recipe=recipe, init_from=first)
        assert run.recipe.lr == pytest.approx(first.recipe.lr / 10) and run.recipe.schedule == "constant"


@scales
def test_every_row_of_table1_passes_as_many_clips(scale: str) -> None:
    """Same data, epochs, batch: one recipe in which only the rate differs, and what is tested on
    the way.
    """
    plan = one_fold(table1.plan(scale, 0))
    for column in settings.setup(scale).columns:
        of_column = [run for run in of(plan, column=column) if run.seed == 0]
        whole = {replace(run.data, clips=Clips(), split="") for run in of_column}
        assert len(whole) == 1 and len({replace(run.recipe, lr=0.0, validate=False) for run in of_column}) == 1
    assert all(len({run.recipe.lr for run in of(plan, row=row)}) == 1 for row in settings.setup(scale).rows)


@end_to_end
def test_what_each_row_sees_of_the_same_videos(scale: str) -> None:
    setup = settings.setup(scale)
    for planned in table1.plan(scale, 0) + (table2.plan(scale, 0) if scale in table2.ARTIFACT.scales else []):
        row, run = planned.row, planned.run
        whole, clips = (setup.columns | setup.small)[planned.column][0].clips, run.data.clips
        assert clips.channels == (3 if row in settings.COLOUR_ALONE else 5 if row in settings.SPANNED else 11), row
        assert clips.sampling == ("span" if row in settings.SPANNED else "paper")
        assert clips.frames == (16 if row in settings.SPANNED else whole.frames)
        assert scale == "paper" or clips.clip_length == whole.clip_length  # as much time of the video
        cut = (112, 112) if (row, scale) == ("C3D", "paper") else (whole.height, whole.width)
        assert (clips.height, clips.width) == cut


def test_at_mini_every_head_reads_the_same_stored_maps() -> None:
    for planned in table1.plan("mini", 0) + table2.plan("mini", 0):
        run, given = planned.run, planned.run.features
        half = "rgb_maps" if planned.row in settings.COLOUR_ALONE else "maps"
        assert dict(run.arguments)["reads"] == half and run.recipe.augment == ()
        assert (given.task, given.network, given.seed) == ("features", "efficientnet_lite", 0)
        assert replace(given.data, split="") == replace(run.data, split="") and "cv0of" in given.data.split
        assert dict(given.arguments) == {"project": settings.DEPTH} | settings.LIGHT
    assert len({p.run.features for p in table1.plan("mini", 0) + table2.plan("mini", 0)}) == 3


@pytest.mark.parametrize("scale", table2.ARTIFACT.scales)
def test_two_stream_lstm_is_ours_without_flow_and_fusion(scale: str) -> None:
    plan = table2.plan(scale, 0)
    for run, other in zip(of(plan, row=OURS), of(plan, row=TWO_STREAM_LSTM), strict=True):
        changed = {"fusion": "none"} | ({"reads": "rgb_maps"} if scale == "mini" else {})
        assert dict(other.arguments) == dict(run.arguments) | changed
        assert (other.network, other.recipe) == (run.network, run.recipe)  # so it takes our rate


@scales
def test_curves_are_tested_after_every_epoch_and_on_smaller_sets_each_half_as_large(scale: str) -> None:
    for name in ("figure9", "figure10", "figure11"):
        assert all(run.recipe.validate for run in runs(name, scale))
        stages = {p.value for p in module(name).plan(scale, 0)}
        assert stages == ({1} if scale == "mini" else {1, 2})
    if scale in ("laptop", "overnight"):
        counts = [dict(data[0].options)["train"] for data in settings.setup(scale).curves.values()]
        assert counts == [counts[0], counts[0] / 2, counts[0] / 4]
    if scale == "paper":
        assert set(runs("figure9", scale)) & set(of(table1.plan(scale, 0), row=OURS))


@pytest.mark.parametrize("scale", sensitivity.ARTIFACT.scales)
def test_a_panel_changes_its_own_quantity_and_nothing_else(scale: str) -> None:
    """And its last value, the paper's own, is one and the same run for all panels of a column."""
    plan = [p for p in sensitivity.plan(scale, 0) if p.run.seed == 0]
    for panel in sensitivity.panels_of(scale):
        inside = [p for p in plan if p.row.startswith(f"{panel}: ")]
        values = list(dict.fromkeys(p.value for p in inside))
        assert values == list(panels.values_of(panel, scale)) and len({p.column for p in inside}) == 1
        own = {p.run.data.split: p.run for p in inside if p.value == values[-1]}
        for planned in inside:
            base, run = own[planned.run.data.split], planned.run
            changed = {name for name, one in vars(run).items() if one != vars(base)[name]} - {"init_from"}
            switch = panels.SWITCHES.get(panel, {}).get(planned.value, {})
            assert dict(run.arguments) == dict(base.arguments) | switch
            allowed = {"arguments"} if switch else {"recipe"} if panel in (panels.RATE, panels.STARTS) else {"data"}
            assert changed <= allowed | ({"features"} if "data" in allowed else set()), (panel, planned.value)
            assert bool(changed) == (planned.value != values[-1]) or run == base
    bases = {p.column: set[Run]() for p in plan}
    for panel in (panels.FC6, panels.LSTM, panels.MAP, panels.ANSWER):
        own = panels.values_of(panel, scale)[-1]
        bases[sensitivity.column_of(scale, panel)] |= set(of(plan, row=f"{panel}: {own}"))
    assert max(map(len, bases.values())) == len(sensitivity.data_of(scale, panels.FC6))


def test_at_overnight_heads_read_the_maps_of_the_backbones_of_table1() -> None:
    trained = set(of(table1.plan("overnight", 0), row=OURS))
    heads = [p.run for p in sensitivity.plan("overnight", 0) if p.row.startswith(panels.ON_MAPS)]
    assert heads and {run.features.init_from for run in heads} == trained
    for run in heads:
        assert run.features == replace(run.features.init_from, task="features", recipe=run.features.recipe,
                                       init_from=run.features.init_from)  # fmt: skip
        assert dict(run.arguments)["reads"] == "maps" and run.seed == run.features.seed


def test_what_a_panel_makes_of_the_clips() -> None:
    data, real = settings.world(6, 6), settings.real("ARID-6")
    at = sensitivity.clips_at
    assert (at(data, panels.FRAMES, 2).clip_stride, at(real, panels.FRAMES, 2).clip_length) == (16, 2)
    assert [at(data, panels.TAU, tau).sampling for tau in (8, panels.RANGE)] == ["tau8", "paper"]
    assert at(data, panels.FIELDS, 1).channels == 5
    run = sensitivity.run_of("overnight", panels.STARTS, "fixed", data, 0)
    assert run.recipe.augment == run.init_from.recipe.augment == ("crop", "flip")


@pytest.mark.parametrize("scale", split.ARTIFACT.scales)
def test_both_kinds_of_folds_are_of_the_same_features_and_random_ones_are_drawn_anew(scale: str) -> None:
    plan, sets = split.plan(scale, 0), split.sets(scale)
    assert len(sets) == 3 and {p.row for p in plan} == {"", *split.PARTS}
    for column, (_, n) in sets.items():
        probes = [p for p in plan if p.row and p.column.startswith(f"{column}, ")]
        assert len({p.run.features for p in probes}) == 1 and dict(probes[0].run.features.arguments)["pooled"]
        for kind, draws in ((RANDOM, settings.DRAWS), (GROUP, 1)):
            splits = {p.run.data.split for p in probes if p.value == kind}
            assert len(splits) == draws * n and all(name.startswith(kind.split()[-1][:5]) for name in splits)
            assert len([p for p in plan if not p.row and p.column == f"{column}, {kind}"]) == n
    assert {p.run.task for p in plan} == {"probe", "duplicates"}


def test_folds_of_real_sets_hold_every_clip_once(real_data: Path) -> None:
    for heading in settings.SETS:
        for kind in (RANDOM, GROUP):
            indices = [load(data, real_data) for data in settings.folds(heading, kind)]
            tested = [item.name for index in indices for item in index.test]
            assert len(set(tested)) == len(tested) == len(indices[0].train) + len(indices[0].test)
            shared = [{i.group for i in index.train} & {i.group for i in index.test} for index in indices]
            assert any(shared) == (kind == RANDOM)


@pytest.mark.parametrize("scale", transfer.ARTIFACT.scales)
def test_transfer_changes_the_weights_alone(scale: str) -> None:
    plan = transfer.plan(scale, 0)
    assert {p.row for p in plan} == {*transfer.FROZEN, *transfer.TUNED}
    for larger, smaller in (transfer.FROZEN, transfer.TUNED):
        for one, other in zip(of(plan, row=larger), of(plan, row=smaller), strict=True):
            given, nothing = ((run.features or run).arguments for run in (one, other))
            assert dict(nothing) == {name: v for name, v in given if not name.startswith("weights")} != dict(given)
            assert one.data == other.data and one.seed == other.seed


def test_rates_are_tried_once_for_each_row_and_data_set() -> None:
    for scale in ("laptop", "overnight", "mini"):
        found = [(p.row, p.column) for p in tuning.plan(scale)]
        setup = settings.setup(scale)
        assert sorted(found) == sorted((row, column) for row in setup.rows for column in setup.judged)


def test_paper_scale_is_what_the_paper_states() -> None:
    ours = of(table1.plan("paper", 0) + table2.plan("paper", 0), row=OURS)
    assert {run.data.name for run in ours} == {"ucf101", "ucf11", "ucfsports"}
    for run in ours:
        first, clips = run.init_from.recipe, run.data.clips
        assert (clips.frames, clips.flow_stack, clips.height, clips.width, clips.sampling) == (17, 4, 224, 224, "paper")
        assert (first.epochs, run.recipe.epochs, first.lr, f"{run.recipe.lr:g}") == (140, 46, 1e-5, "1e-06")
        assert (first.optimiser, first.batch, first.weight_decay, first.clip) == ("adam", 8, 5e-4, 1.0)
        assert run.arguments == ()  # everything as printed, and no weights where there are none
    assert (settings.FULL.channels, 17, 224, 224) == structure.SHAPE
    cost, both = structure.plan("paper", 0)
    assert prose.plan("paper", 0)[0].run == cost.run and dict(both.run.arguments)["fusion"] == "both_levels"
    assert {dict(p.run.arguments)["input"] for p in prose.plan("smoke", 0)} == {structure.SHAPE}


def test_published_weights_are_named_where_their_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "weights").mkdir()
    assert all(settings.pretrained(row) == {} for row in settings.PUBLIC)
    for name, _ in settings.PUBLIC.values():
        (tmp_path / "weights" / name).touch()
    for row, (name, digest) in settings.PUBLIC.items():
        given = settings.pretrained(row)
        assert (given["weights"], given["weights_digest"]) == (name, digest)
        assert {run.network for run in of(table1.plan("paper", 0), row=row)} == {ROWS[row]}
        assert all(given.items() <= set(run.arguments) for run in of(table1.plan("paper", 0), row=row))
