"""ou2019 on made-up records: which runs it needs, what it decides, what stands beside the printed
numbers, what is drawn.
"""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from drawn import words
from made_up import MadeUp

from repro.data.index import load
from repro.evidence.statistics import Interval
from repro.evidence.tables import layout, seed_numbers, to_markdown
from repro.evidence.verdicts import Verdict
from repro.papers import catalogue
from repro.papers.measure import Cell, cells
from repro.papers.ou2019 import (
    budget,
    claims,
    curves,
    figure7,
    prose,
    rows,
    runs,
    sensitivity,
    settings,
    sheets,
    split,
    tables,
)
from repro.papers.ou2019.settings import (
    ALL,
    CHOICES,
    COLOUR_ALONE,
    FC6,
    FIELDS,
    FRAMES,
    FROZEN,
    FUSION,
    GROUP,
    LSTM,
    OURS,
    RANDOM,
    RATE,
    ROWS,
    SPANNED,
    STREAMS,
    TABLE2,
    TWO_STREAM_LSTM,
)
from repro.papers.reproduce import ArtifactResult
from repro.spec import SCALES, Clips, Data, Run

SMALL = tuple(scale for scale in SCALES if scale != "paper")
MACS = 573_880_000_000  # of a video at full size, as test_ou_structure counts them
CLASSES = ["jump", "run", "sit", "stand", "turn", "walk"]
Reported = dict[tuple[str, str, str], str]


@pytest.fixture(autouse=True)
def without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the paper's plan names depends on what lies under $REPRO_DATA."""
    mpl.use("Agg")
    monkeypatch.delenv("REPRO_DATA", raising=False)


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder that holds all published weights."""
    (tmp_path / "weights").mkdir()
    for name, _ in settings.PUBLIC.values():
        (tmp_path / "weights" / name).touch()
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))


@pytest.fixture
def reported() -> Reported:
    return dict(catalogue.reported("ou2019"))


@dataclass(frozen=True)
class Trained(MadeUp):
    """A made-up record with a line per epoch, stored maps, and shares of zeros of each backbone."""

    lines: tuple[Mapping[str, Any], ...] = ()
    tensors: dict[str, np.ndarray] = field(default_factory=dict)
    zeros: tuple[float, ...] = ()  # of convolutions 1, 6 and 9, the flow backbone's 0.1 higher

    def predictions(self) -> dict[str, np.ndarray]:
        found = super().predictions()
        backbones = {
            f"{backbone}.zeros": np.tile(np.array(self.zeros) + more, (60, 1))
            for backbone, more in (("rgb", 0.0), ("flow", 0.1))
        }
        return found | (backbones if self.zeros else {})

    def metrics(self) -> list[Mapping[str, Any]]:
        return list(self.lines)

    def inside(self) -> dict[str, np.ndarray]:
        return self.tensors


def line(epoch: int, loss: float, accuracy: float = 0.5, gradient: float = 1.0, lr: float = 0.001) -> dict[str, Any]:
    sides = {"loss": loss, "accuracy": accuracy, "test_loss": loss + 0.5, "test_accuracy": accuracy - 0.1}
    return {"epoch": epoch, "lr": lr, "gradient": gradient} | sides


def falling(run: Run) -> tuple[Mapping[str, Any], ...]:
    """Loss and accuracy that grow better from epoch to epoch, and begin the second stage where the
    first ends.
    """
    before = sum(parent.recipe.epochs for parent in run.after)
    epochs = range(before + 1, before + run.recipe.epochs + 1)
    return tuple(line(n - before, 2 / n + 0.01 * run.seed, 0.9 - 0.5 / n, lr=run.recipe.lr) for n in epochs)


def trained(run: Run, right: float = 0.6, **more: Any) -> Trained:
    values = {
        "chance": 1 / 6,
        "n_test": 60,
        "n_train": 140,
        "groups_test": 20,
        "notes": [],
        "missing": 0,
        "undecodable": {},
    }
    more = {"lines": falling(run)} | more
    return Trained(
        run,
        right,
        values=values | {"classes": CLASSES, "train_seconds": 12.3, "clip_passes": 1000, "diverged": ""},
        **more,
    )


def one(row: str, right: float | tuple[float, ...], column: str = "a") -> Cell:
    """A cell of two seeds, or of as many as there are levels."""
    levels = right if isinstance(right, tuple) else (right, right)
    made = [
        trained(Run("train", "ou2019", data=Data("arid"), seed=seed), level, lines=())
        for seed, level in enumerate(levels)
    ]
    return Cell(row, column, tuple(made))  # type: ignore[arg-type]


def seeds(places: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    """How many seeds every place has: 0, 1, ... without a gap."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for *place, run in places:
        found.setdefault(tuple(place), []).append(run.seed)
    assert all(sorted(values) == list(range(len(values))) for values in found.values())
    return {place: len(values) for place, values in found.items()}


# What is trained


@pytest.mark.parametrize("scale", SCALES)
def test_table1_is_eight_networks_on_every_data_set(scale: str) -> None:
    plan, places = settings.plan(scale), runs.table1_places(scale, 0)
    first, _ = plan.first
    found = seeds(places)
    assert list(found) == [(row, column) for column in plan.columns for row in ROWS]
    assert all(n == (plan.seeds if place == (OURS, first) else plan.fewer) for place, n in found.items())
    assert plan.seeds >= plan.fewer and (scale == "smoke" or plan.fewer >= 2)
    assert set(seeds(runs.table1_places(scale, 4)).values()) == {4}
    assert [(run.network, run.task) for *_, run in places] == [(ROWS[row], "train") for row, *_ in places]
    assert runs.table1(scale, 0) == [run for *_, run in places]


@pytest.mark.parametrize("scale", SCALES)
def test_table2_is_split_at_random_and_table1_by_whole_groups(scale: str, reported: Reported) -> None:
    plan, places = settings.plan(scale), runs.table2_places(scale, 0)
    printed = zip(plan.small, ("UCF11 Accuracy", "UCFSport Accuracy"), strict=True)
    whole = [
        (row, column) for column, heading in printed for row in TABLE2 if ("ou2019.table2", row, heading) in reported
    ]
    assert (
        list(seeds(places)) == whole and len(whole) == 2 * len(TABLE2) - 1
    )  # Soft attention has no number on UCFSports
    assert len(plan.small) == 2 and {run.data.split for *_, run in places} == {"random_70_30"}
    assert {run.data.split for run in runs.table1(scale, 0)} == {"official"}
    assert runs.table2(scale, 0) == [run for *_, run in places]


TRAINED = ("table1", "table2", "figure7", "figure9", "figure10", "figure11", "split", "sensitivity", "budget")
EVERY: dict[str, Callable[[str, int], list[Run]]] = {name: getattr(runs, name) for name in TRAINED}


@pytest.mark.parametrize("scale", SCALES)
def test_a_second_stage_goes_on_from_its_first_at_a_tenth_of_the_rate(scale: str) -> None:
    plan = settings.plan(scale)
    whole = [run for planned in EVERY.values() for run in planned(scale, 0) if run.task == "train"]
    for run in whole:
        before = [parent for parent in run.after if parent.task == "train"]
        if not before:
            continue
        (first,) = before
        recipe = replace(first.recipe, lr=run.recipe.lr, epochs=plan.later)
        assert run == replace(first, recipe=recipe, after=(first, *first.after))
        assert run.recipe.lr == pytest.approx(first.recipe.lr / 10) and run.recipe.schedule == "constant"
    alone = [run for run in whole if not any(parent.task == "train" for parent in run.after)]
    begun = {parent for run in whole for parent in run.after if parent.task == "train"}
    rates = {run for _, panel, value, run in runs.sensitivity_places(scale, 0) if panel == RATE}
    assert set(alone) == rates | {
        first for first in begun if first in set(alone)
    }  # but for rates, a first stage is there for its curves


@pytest.mark.parametrize("scale", SCALES)
def test_every_row_of_table1_passes_as_many_clips(scale: str) -> None:
    """Same data, epochs, batch: one recipe in which only the rate differs, and what is looked at on
    the way.
    """
    for column in settings.plan(scale).columns:
        found = [run for _, where, run in runs.table1_places(scale, 0) if where == column]
        assert len({replace(run.data, clips=Clips()) for run in found}) == 1
        assert len({replace(run.recipe, lr=0.0, validate=False) for run in found}) == 1
        assert len({replace(run.after[0].recipe, lr=0.0, validate=False) for run in found}) == 1
    for row in ROWS:
        assert len({run.recipe.lr for name, _, run in runs.table1_places(scale, 0) if name == row}) == 1
    assert all(run.recipe.validate == (run.network == "ou2019") for run in runs.table1(scale, 0))


@pytest.mark.parametrize("scale", SCALES)
def test_what_each_row_sees_of_the_same_videos(scale: str) -> None:
    plan = settings.plan(scale)
    for row, column, run in runs.table1_places(scale, 0) + runs.table2_places(scale, 0):
        whole, clips = (plan.columns | plan.small)[column].clips, run.data.clips
        stack = 1 if row in SPANNED or row in COLOUR_ALONE else 4
        assert clips.channels == (3 if row in COLOUR_ALONE else 3 + 2 * stack), row
        assert clips.sampling == ("span" if row in SPANNED else "paper")
        assert (clips.frame_stride, clips.enhancement, clips.fit, clips.flow) == (
            whole.frame_stride,
            whole.enhancement,
            whole.fit,
            whole.flow,
        )
        if row in SPANNED:
            assert (clips.clip_stride, clips.frames) == (1, whole.clip_length if scale != "paper" else 16)
        else:
            assert (clips.clip_length, clips.clip_stride) == (whole.clip_length, whole.clip_stride)
        cut = (112, 112) if (row, scale) == ("C3D", "paper") else (whole.height, whole.width)
        assert (clips.height, clips.width) == cut
    assert set(COLOUR_ALONE) | {"Two-stream ConvNet", "Two-stream fusion", OURS} == {*ROWS, TWO_STREAM_LSTM}


@pytest.mark.parametrize("scale", SCALES)
def test_two_stream_lstm_is_ours_without_flow_and_fusion(scale: str) -> None:
    ours, plain = (
        [run for row, _, run in runs.table2_places(scale, 0) if row == name] for name in (OURS, TWO_STREAM_LSTM)
    )
    for run, other in zip(ours, plain, strict=True):
        assert (other.network, other.data.clips.input, other.data.clips.flow_stack) == ("ou2019", "rgb", 1)
        assert set(other.arguments) - set(run.arguments) == {("fusion", "none")} and set(run.arguments) <= set(
            other.arguments
        )
        assert replace(other.data, clips=run.data.clips) == run.data


def test_two_stream_lstm_takes_the_rate_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CHOSEN_LR, "laptop", {OURS: 0.07, "Soft attention": 0.03})
    rates = {row: run.after[0].recipe.lr for row, _, run in runs.table2_places("laptop", 0)}
    assert rates == {OURS: 0.07, TWO_STREAM_LSTM: 0.07, "Soft attention": 0.03}


@pytest.mark.parametrize("scale", SCALES)
def test_full_size_is_tested_four_videos_at_a_time(scale: str) -> None:
    networks = [run for name in EVERY for run in EVERY[name](scale, 1) if run.network]
    everything = [*networks, *(parent for run in networks for parent in run.after)]
    assert {run.task for run in everything} == {"train", "features"}
    assert {(run.protocol.batch, run.protocol.views) for run in everything} == {(4 if scale == "paper" else 32, 1)}


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_the_same_run_is_trained_once(scale: str) -> None:
    plan = settings.plan(scale)
    first, data = plan.first
    one, two, splits = (places(scale, 0) for places in (runs.table1_places, runs.table2_places, runs.split_places))
    ours = {column: [run for row, where, run in one if (row, where) == (OURS, column)] for column in plan.columns}
    at_random = {column: [run for row, where, run in two if (row, where) == (OURS, column)] for column in plan.small}
    both = {
        (c, s): [run for *place, run in splits if place == [c, "both", s]] for c in plan.split for s in (RANDOM, GROUP)
    }

    def begins(found: list[Run], whole: list[Run]) -> bool:
        return bool(found) and found == whole[: len(found)]

    assert runs.figure7(scale, 0) == ours[first]
    assert runs.figure9(scale, 0) == [run.after[0] for run in ours[first]] + ours[first]
    whole = [run for row, _, run in runs.budget_places(scale, 0) if row == ALL]
    assert whole == [] if scale == "paper" else begins(whole, ours[first])
    for name, found in zip(("figure10", "figure11"), at_random.values(), strict=True):
        assert getattr(runs, name)(scale, 0)[: 2 * len(found)] == [run.after[0] for run in found] + found
    for column, table in plan.split.items():
        where = next((name for name, other in plan.columns.items() if other == table), None)
        assert where is None or begins(both[column, GROUP], ours[where])
        where = next(
            (name for name, other in plan.small.items() if other == replace(table, split="random_70_30")), None
        )
        assert where is None or both[column, RANDOM] == at_random[where]
    assert any(both[column, GROUP][0] in ours[first] for column in plan.split)
    assert any(both[column, RANDOM][0] in found for column in plan.split for found in at_random.values())
    fused = [run for column, panel, value, run in runs.sensitivity_places(scale, 0) if value in ("both", "early")]
    assert any(run in found for run in fused for found in ours.values())
    if plan.studied == "flow":
        flow = {run for _, modality, name, run in runs.split_places(scale, 0) if (modality, name) == ("flow", GROUP)}
        studied = {run for _, panel, value, run in runs.sensitivity_places(scale, 0) if (panel, value) == (FIELDS, 4)}
        assert studied and studied <= flow
    assert data.clips == ours[first][0].data.clips


@pytest.mark.parametrize("scale", SCALES)
def test_the_papers_setting_of_each_panel_is_the_run_of_the_base(scale: str) -> None:
    plan = settings.plan(scale)
    column, data = plan.first
    places = runs.sensitivity_places(scale, 0)
    for panel, values in plan.values:
        inside = [(value, run) for where, name, value, run in places if (where, name) == (column, panel)]
        assert list(dict.fromkeys(value for value, _ in inside)) == list(values) and len(set(values)) == len(values)
        for seed, run in enumerate(run for value, run in inside if value == values[-1]):
            base = runs.first_stage(scale, data, seed, modality=plan.studied)
            assert run == (base if panel == RATE else runs.second_stage(scale, base))
            assert (
                panel not in (FIELDS, FRAMES)
                or values[-1] == {FIELDS: run.data.clips.flow_stack, FRAMES: run.data.clips.frames}[panel]
            )
    for where, chosen in plan.fused.items():
        for panel, choices in CHOICES.items():
            inside = [(value, run) for column, name, value, run in places if (column, name) == (where, panel)]
            assert list(dict.fromkeys(value for value, _ in inside)) == list(choices)
            own = [run for value, run in inside if value == list(choices)[-1]]
            assert own == [runs.trained(scale, chosen, seed) for seed in range(len(own))]
            assert own[0].data.clips.input == "both"


@pytest.mark.parametrize("scale", SCALES)
def test_a_panel_changes_its_own_quantity_and_nothing_else(scale: str) -> None:
    plan = settings.plan(scale)
    _, data = plan.first
    names = {FC6: "dropout_fc6", LSTM: "dropout_lstm", STREAMS: "streams", FUSION: "fusion"}
    for column, panel, value, run in runs.sensitivity_places(scale, 0):
        chosen = plan.fused[column] if panel in CHOICES else data
        modality = "both" if panel in CHOICES else plan.studied
        base = runs.first_stage(scale, chosen, run.seed, modality=modality)
        first = run if panel == RATE else run.after[0]
        if first == base:
            continue
        clips, like = first.data.clips, base.data.clips
        if panel == RATE:
            assert (
                first == replace(base, recipe=replace(base.recipe, lr=base.recipe.lr * value, on_divergence="record"))
                and not first.after
            )
        elif panel in names:
            assert first == replace(base, arguments=first.arguments)
            changed = set(first.arguments) - set(base.arguments)
            assert changed == ({(names[panel], value)} if panel not in CHOICES else set(CHOICES[panel][value].items()))
            assert set(base.arguments) <= set(first.arguments)
        elif panel == FIELDS:
            assert first == replace(base, data=replace(base.data, clips=replace(like, flow_stack=value)))
            assert clips.channels == 2 * value + 3 * (plan.studied == "both")
        else:
            assert panel == FRAMES and clips.frames == value
            assert first == replace(
                base,
                data=replace(
                    base.data, clips=replace(like, clip_length=clips.clip_length, clip_stride=clips.clip_stride)
                ),
            )
            assert (
                clips.clip_length == like.clip_length if base.data.generated else clips.clip_stride == like.clip_stride
            )


def test_of_a_generated_clip_fewer_frames_span_the_same_time() -> None:
    clips = Clips(clip_length=16, clip_stride=2)
    assert runs.of_frames(clips, 2, True) == {"step": 8} and runs.of_frames(clips, 2, False) == {"length": 4}
    with pytest.raises(KeyError):
        runs.turned(runs.first_stage("smoke", settings.plan("smoke").first[1], 0), "batch size", 3)


@pytest.mark.parametrize("scale", SCALES)
def test_both_splits_are_of_the_same_clips_with_every_modality(scale: str) -> None:
    plan, places = settings.plan(scale), runs.split_places(scale, 0)
    found = seeds(places)
    modalities = ("", "RGB", "flow", "both")
    assert list(found) == [
        (column, modality, name) for column in plan.split for name in (RANDOM, GROUP) for modality in modalities
    ]
    assert all(n == (plan.fewer if modality else 1) for (_, modality, _), n in found.items())
    for column, modality, name, run in places:
        assert run.data.split == {RANDOM: "random_70_30", GROUP: "official"}[name]
        assert (run.data.name, run.data.options) == (plan.split[column].name, plan.split[column].options)
        assert run.data.clips.channels == {"": 3, "RGB": 3, "flow": 8, "both": 11}[modality]
        assert run.task == ("train" if modality else "duplicates") and (modality or run.recipe.epochs == 0)


def test_the_papers_three_sets_are_split_both_ways() -> None:
    split = settings.plan("paper").split
    assert {column: data.name for column, data in split.items()} == {
        "UCF101": "ucf101",
        "UCF11": "ucf11",
        "UCFSports": "ucfsports",
    }
    assert {data.clips for data in split.values()} == {settings.FULL}


@pytest.mark.parametrize("scale", ["smoke", "laptop"])
def test_generated_splits_are_equally_large_and_share_all_clips(scale: str) -> None:
    for data in settings.plan(scale).split.values():
        whole, mixed = (load(replace(data, split=name), None) for name in ("official", "random_70_30"))
        _same_clips(whole, mixed)
        assert scale == "smoke" or len(whole.train) == len(mixed.train) == 140
        assert not {item.group for item in whole.train} & {item.group for item in whole.test}
        assert {item.group for item in mixed.train} & {item.group for item in mixed.test}


def test_real_splits_share_all_clips(real_data: Path) -> None:
    for data in settings.plan("mini").split.values():
        whole, mixed = (load(replace(data, split=name), real_data) for name in ("official", "random_70_30"))
        _same_clips(whole, mixed)
        assert not {item.group for item in whole.train} & {item.group for item in whole.test}
        assert abs(len(whole.train) - len(mixed.train)) <= 0.1 * len(mixed.train)


def _same_clips(one: Any, other: Any) -> None:
    names = [[item.name for item in (*index.train, *index.test)] for index in (one, other)]
    assert sorted(names[0]) == sorted(names[1]) and len(set(names[0])) == len(names[0])


@pytest.mark.parametrize("scale", SCALES)
def test_frozen_backbones_are_read_as_stored_maps(scale: str) -> None:
    plan, places = settings.plan(scale), runs.budget_places(scale, 0)
    whole, frozen = ([run for row, _, run in places if row == name] for name in (ALL, FROZEN))
    if scale == "paper":
        assert whole == []  # only what is frozen is asked for there
        whole = [runs.trained(scale, plan.first[1], seed) for seed in range(plan.fewer)]
    assert len(whole) == len(frozen) == plan.fewer and [run.seed for run in frozen] == list(range(plan.fewer))
    for run, other in zip(whole, frozen, strict=True):
        first, stored = other.after
        assert first.after == (stored,) and stored.task == "features" and not stored.after
        assert (stored.network, stored.arguments, stored.data, stored.protocol) == (
            run.network,
            run.arguments,
            run.data,
            run.protocol,
        )
        assert stored.seed == (0 if scale == "paper" else run.seed)  # there all seeds read one file
        assert set(other.arguments) == {*run.arguments, ("reads", "maps")} and other.data == run.data
        for trained, like in ((other, run), (first, run.after[0])):
            times = 10 if scale == "paper" else 1
            assert trained.recipe.augment == () != like.recipe.augment
            assert replace(trained.recipe, augment=like.recipe.augment, lr=like.recipe.lr) == like.recipe
            assert trained.recipe.lr == pytest.approx(times * like.recipe.lr)


@pytest.mark.parametrize("scale", ["mini", "paper"])
def test_every_network_takes_the_clips_of_its_scale(scale: str) -> None:
    """Forwards and back at full size on torch's meta device: shapes only. Two frames, but where a
    network is made for more.
    """
    found = {}
    for run in (run for name in EVERY for run in EVERY[name](scale, 1) if run.task == "train"):
        clips = run.data.clips
        frames = clips.frames if run.network in ("c3d", "two_stream") else min(2, clips.frames)
        sized = tuple(pair for pair in run.arguments if not pair[0].startswith("dropout"))
        found[run.network, sized, clips.channels, frames, clips.height, clips.width] = run
    assert len(found) > 15
    for (_, _, *size), run in found.items():
        module = importlib.import_module(f"repro.networks.{run.network}")
        with torch.device("meta"):
            clip = torch.empty(2, *size)
            if stored := next((parent for parent in run.after if parent.task == "features"), None):
                clip = module.build(classes=7, in_channels=size[0], **dict(stored.arguments)).maps(clip)
            network = module.build(classes=7, in_channels=clip.shape[1], **dict(run.arguments))
            logits, inside = network(clip)
            loss = torch.nn.functional.cross_entropy(logits, torch.zeros(2, dtype=torch.long))
            (loss + inside.get("auxiliary", torch.zeros(2)).mean()).backward()
        assert logits.shape == (2, 7)
        assert [name for name, p in network.named_parameters() if p.requires_grad and p.grad is None] == [], run.label


def test_at_paper_scale_everything_has_three_seeds() -> None:
    for places in (runs.table1_places, runs.table2_places, runs.sensitivity_places, runs.budget_places):
        assert set(seeds(places("paper", 0)).values()) == {3}
    assert {n for (_, modality, _), n in seeds(runs.split_places("paper", 0)).items() if modality} == {3}
    assert (
        {run.seed for run in runs.figure10("paper", 0)} == {run.seed for run in runs.figure7("paper", 0)} == {0, 1, 2}
    )


def test_laptop_reads_four_frames_for_seven_and_three_epochs() -> None:
    plan = settings.plan("laptop")
    assert dict(plan.values)[FRAMES] == (1, 2, 4)
    alike = [
        run for row, _, run in runs.table1_places("laptop", 0) + runs.table2_places("laptop", 0) if row not in SPANNED
    ]
    alike += [run for _, modality, _, run in runs.split_places("laptop", 0) if modality] + runs.budget("laptop", 0)
    alike += [run for _, panel, _, run in runs.sensitivity_places("laptop", 0) if panel not in (RATE, FRAMES)]
    assert {run.data.clips.frames for run in alike} == {4} and {run.data.name for run in alike} == {
        "actions",
        "factors",
    }
    assert {(run.after[0].recipe.epochs, run.recipe.epochs) for run in alike} == {(7, 3)}
    shorter = {
        value: run.data.clips.frames for _, panel, value, run in runs.sensitivity_places("laptop", 0) if panel == FRAMES
    }
    assert shorter == {1: 1, 2: 2, 4: 4}


def test_at_laptop_the_smaller_set_differs_in_nothing_but_its_size() -> None:
    many, few = settings.plan("laptop").small.values()
    assert replace(few, options=many.options) == many
    assert dict(few.options) == dict(many.options) | {"train": 70, "test": 30} and dict(many.options)["scene"] == "calm"


def test_paper_scale_is_what_the_paper_states() -> None:
    places = [run for row, _, run in runs.table1_places("paper", 0) + runs.table2_places("paper", 0) if row == OURS]
    for run in places:
        (first,) = run.after
        clips = run.data.clips
        assert (clips.frames, clips.flow_stack, clips.height, clips.width, clips.sampling) == (17, 4, 224, 224, "paper")
        assert (first.recipe.epochs, run.recipe.epochs, first.recipe.lr) == (140, 46, 1e-5)
        assert run.recipe.lr == pytest.approx(1e-6) and f"{run.recipe.lr:g}" == "1e-06"
        assert (first.recipe.optimiser, first.recipe.batch, first.recipe.weight_decay, first.recipe.clip) == (
            "adam",
            8,
            5e-4,
            1.0,
        )
        assert run.arguments == ()  # everything as printed, and no weights where there are none
    assert [run.data.name for run in places] == ["ucf101"] * 3 + ["ucf11"] * 3 + ["ucfsports"] * 3
    assert settings.SHAPE == (3 + 2 * 4, 17, 224, 224)
    cost, both = runs.structure("paper", 0)
    assert runs.prose("paper", 0)[0] == cost and dict(both.arguments)["fusion"] == "both_levels"
    assert {dict(run.arguments)["input"] for run in runs.prose("smoke", 0)} == {settings.SHAPE}


def test_published_weights_are_named_where_their_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "weights").mkdir()
    assert [settings.pretrained(row) for row in settings.PUBLIC] == [{}] * 3
    vgg = {"weights": "vgg16-397923af.pth", "weights_digest": "397923af"}
    (tmp_path / "weights" / vgg["weights"]).touch()
    assert {row: settings.pretrained(row) for row in settings.PUBLIC} == {
        OURS: vgg,
        "Soft attention": {},
        "Beyond short snippets": {},
    }
    googlenet = {"weights": "googlenet-1378be20.pth", "weights_digest": "1378be20"}
    (tmp_path / "weights" / googlenet["weights"]).touch()
    assert {row: settings.pretrained(row) for row in settings.PUBLIC} == {
        OURS: vgg, "Soft attention": googlenet, "Beyond short snippets": googlenet
    }  # fmt: skip
    begins = {"ou2019": vgg, "soft_attention": googlenet, "beyond_short_snippets": googlenet}
    networks = [run for name in EVERY for run in EVERY[name]("paper", 0) if run.network]
    for run in networks:
        given = {name: value for name, value in run.arguments if name.startswith("weights")}
        assert given == begins.get(run.network, {}), run.label
    assert begins.keys() < {run.network for run in networks}
    assert not any(dict(run.arguments).get("weights") for scale in SMALL for run in runs.table1(scale, 0))


def test_worlds_of_results_are_not_those_that_settings_were_chosen_on() -> None:
    worlds = [run.data for name in EVERY for run in EVERY[name]("laptop", 0)]
    assert {dict(data.options)["seed"] for data in worlds if data.generated} == {settings.UNSEEN} != {0}
    assert {dict(run.data.options)["seed"] for run in runs.sensitivity("mini", 0) if run.data.generated} == {
        settings.UNSEEN
    }


@pytest.mark.parametrize("scale", ["laptop", "mini"])
def test_rates_that_were_chosen_are_among_those_tried(scale: str) -> None:
    chosen = settings.CHOSEN_LR.get(scale, {})
    assert set(chosen) <= set(ROWS) and set(chosen.values()) <= set(settings.LEARNING_RATES)
    for row, _, run in runs.table1_places(scale, 0):
        assert run.after[0].recipe.lr == chosen.get(row, settings.plan(scale).recipe.lr)


# Printed numbers and what follows from the construction


def test_three_numbers_stand_in_both_tables(reported: Reported) -> None:
    verdict = claims.ucf101_ucf11_duplicate_rows(reported)
    assert verdict.word == "stands"
    said = (
        "Dense trajectories: 84.2 on UCF101, 84.2 on UCF11",
        "Soft attention: 84.9",
        "Snippets: 89.5 on UCF101, 89.5 on UCF11",
    )
    assert all(text in verdict.reason for text in said)
    for name in claims.COPIED:
        other = reported | {("ou2019.table1", name, "Accuracy"): "80.0"}
        assert claims.ucf101_ucf11_duplicate_rows(other).word == "falls"
    padded = reported | {("ou2019.table1", "Snippets", "Accuracy"): "89.50"}
    assert claims.ucf101_ucf11_duplicate_rows(padded).word == "stands"


def test_two_rows_have_no_ucf101_source(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = claims.soft_attention_not_ucf101()
    assert verdict.word == "stands" and "Soft attention: UCF-11, HMDB-51, Hollywood2" in verdict.reason
    monkeypatch.setitem(claims.EVALUATED, "Dense trajectories", ("UCF101", "UCF50"))
    assert claims.soft_attention_not_ucf101().word == "falls"


def altered(reported: Reported, row: str, column: str, value: str) -> Reported:
    assert ("ou2019.prose", row, column) in reported
    return reported | {("ou2019.prose", row, column): value}


def test_minutes_per_epoch_agree(reported: Reported) -> None:
    verdict = claims.epoch_time_consistency(reported)
    assert (verdict.word, verdict.reason) == ("stands", "10.29 and 10.43 minutes per epoch, 1.4 % apart.")
    assert (
        claims.epoch_time_consistency(altered(reported, "second training", "duration", "8.2")).word == "stands"
    )  # 4.0 %
    assert (
        claims.epoch_time_consistency(altered(reported, "second training", "duration", "8.3")).word == "falls"
    )  # 5.3 %
    assert claims.epoch_time_consistency(altered(reported, "second training", "duration", "7.4")).word == "falls"


def test_a_day_is_too_short_for_ucf101(reported: Reported) -> None:
    verdict = claims.train_time_feasible(MACS, reported)
    assert verdict.word == "falls"
    assert "UCF101 52.0, UCF11 6.2, UCFSports 0.6; the card's peak is 11.3" in verdict.reason
    assert "UCF101 with forward passes alone: 17.3" in verdict.reason
    # 2 FLOPs x 3 passes x 573.88e9 x 9324 videos x 140 epochs / 86400 s
    assert (
        claims.needed(MACS, 9324, reported)
        == pytest.approx(6 * 573.88e9 * 9324 * 140 / 86400)
        == pytest.approx(5.202e13, rel=1e-3)
    )
    assert (
        f"{claims.needed(571_000_000_000, 9324, reported) / 1e12:.1f}" == "51.8"
    )  # with the cost that the claim's file names
    assert claims.train_time_feasible(MACS, altered(reported, "first training", "duration", "111")).word == "stands"
    assert claims.train_time_feasible(MACS, altered(reported, "first training", "duration", "110")).word == "falls"
    assert claims.train_time_feasible(MACS, altered(reported, "first training", "epochs", "30")).word == "stands"
    assert list(claims.TRAINING_VIDEOS.values()) == [round(0.7 * n) for n in (13320, 1600, 150)]


def test_a_video_takes_an_eighth_of_the_printed_time_at_the_peak(reported: Reported) -> None:
    verdict = claims.latency_770ms(MACS, reported)
    assert verdict.word == "stands"
    assert "574 GMACs take 102 ms at the peak of the paper's card, so 770 ms use 13 % of it" in verdict.reason
    assert claims.latency_770ms(MACS, altered(reported, "inference", "time per video", "101")).word == "falls"
    assert claims.latency_770ms(MACS, altered(reported, "inference", "time per video", "102")).word == "stands"


def test_one_level_of_fusion_has_half_the_full_weights() -> None:
    verdict = claims.no_extra_fc_params((102_764_544, 205_529_088), 14_156_288)
    assert verdict.word == "stands"
    assert (
        "102.8 M fused at the convolution, 205.5 M at both levels. The 3-D filter itself adds 14.16 M."
        in verdict.reason
    )
    assert claims.no_extra_fc_params((7, 7), 1).word == "falls"


@pytest.mark.parametrize(("classes", "bound"), [(101, 2.676), (11, 0.856), (10, 0.797)])
def test_a_softmax_on_states_cannot_pass_its_bound(classes: int, bound: float) -> None:
    states = torch.full((classes,), -1.0, dtype=torch.float64)
    states[0] = 1
    assert (
        claims.least_loss(classes) == pytest.approx(-float(states.log_softmax(0)[0])) == pytest.approx(bound, abs=5e-4)
    )
    verdict = claims.softmax_on_h_bound()
    assert verdict.word == "stands" and f"K = {classes}: {bound}" in verdict.reason


# Measured claims

Found = dict[tuple[str, str], Cell]
HIGHEST = {"LRCN": 0.4, "C3D": 0.55, OURS: 0.9}


def table(levels: Mapping[str, float], *columns: str) -> Found:
    return {(row, column): one(row, level, column) for column in columns or ("a",) for row, level in levels.items()}


@pytest.mark.parametrize(
    ("changed", "small", "paper"),
    [
        ({}, "same direction", "stands"),
        ({"C3D": 0.95, OURS: 0.5}, "opposite", "falls"),
        ({"C3D": 0.9}, "undecided", "undecided"),
        ({"LRCN": 1 / 6}, "at floor or ceiling", "at floor or ceiling"),
        ({OURS: 1.0}, "at floor or ceiling", "at floor or ceiling"),
    ],
)
def test_best_is_above_every_other_row(changed: dict[str, float], small: str, paper: str) -> None:
    found = table(HIGHEST | changed)
    assert (claims.best_ucf101(found, ["a"], False).word, claims.best_ucf101(found, ["a"], True).word) == (small, paper)
    for best in (claims.best_ucf11, claims.best_ucfsports):
        assert best(found, ["a"], False) == claims.best_ucf101(found, ["a"], False)


@pytest.mark.parametrize("best", [claims.best_ucf11, claims.best_ucfsports])
def test_where_100_per_cent_is_claimed_one_wrong_clip_is_enough(best: Callable[..., Verdict]) -> None:
    for changed in ({}, {"C3D": 0.9}, {"LRCN": 1 / 6}):
        verdict = best(table(HIGHEST | changed), ["a"], True)
        assert (verdict.word, verdict.reason) == ("falls", "100 % is claimed; ours has 90.0 %.")
    nearly = best({("C3D", "a"): one("C3D", 0.5), (OURS, "a"): one(OURS, (1.0, 59 / 60))}, ["a"], True)
    assert (nearly.word, nearly.reason) == ("falls", "100 % is claimed; ours has 99.2 %.")
    perfect = table(HIGHEST | {OURS: 1.0})
    assert best(perfect, ["a"], True).word == "stands" and best(perfect, ["a"], False).word == "at floor or ceiling"
    assert best(perfect | table(HIGHEST, "b"), ["a", "b"], True).word == "falls"


def test_best_must_hold_on_each_data_set_that_is_asked_about() -> None:
    found = table(HIGHEST, "a") | table(HIGHEST | {"C3D": 0.95, OURS: 0.5}, "b")
    assert claims.best_ucf101(found, ["a", "b"], False).word == "opposite"
    verdict = claims.best_ucf101(found, ["a"], False)
    assert (
        verdict.word == "same direction"
        and "ours - LRCN on a" in verdict.reason
        and "ours - C3D on a" in verdict.reason
    )
    assert claims.best_ucf101({(OURS, "a"): one(OURS, 0.9)}, ["a"], True).word == "not tested here"


Level = Mapping[tuple[str, str, Any], float | tuple[float, ...]]


def study(levels: Level) -> dict[tuple[str, str, Any], Cell]:
    return {
        (where, panel, value): one(f"{panel}: {value}", level, where) for (where, panel, value), level in levels.items()
    }


def on(panel: str, *levels: float, where: str = "a") -> Level:
    """The levels of a panel in the order of its values, the paper's own last."""
    values = list(CHOICES[panel]) if panel in CHOICES else settings.VALUES[panel]
    return {(where, panel, value): level for value, level in zip(values, levels, strict=True)}


DROPOUT, LIKE = claims.dropout_optimum, on(LSTM, 0.5, 0.5, 0.8)


@pytest.mark.parametrize(
    ("claim", "levels", "small", "paper"),
    [
        (DROPOUT, on(FC6, 0.5, 0.5, 0.8) | LIKE, "same direction", "stands"),
        (DROPOUT, on(FC6, 0.8, 0.5, 0.5) | LIKE, "opposite", "falls"),  # 0.2 is better than 0.5
        (DROPOUT, on(FC6, 0.5, 0.8, 0.5) | LIKE, "opposite", "falls"),  # 0.8 is
        (DROPOUT, on(FC6, 0.5, 0.5, 0.8) | on(LSTM, 0.5, 0.8, 0.5), "opposite", "falls"),
        (
            DROPOUT,
            on(FC6, 0.5, 0.5, 0.8) | on(LSTM, 0.95, 0.5, 0.8),
            "same direction",
            "stands",
        ),  # nothing is said of none at all
        (DROPOUT, on(FC6, 0.5, 0.5, 0.8) | on(LSTM, 1 / 6, 0.5, 0.8), "same direction", "stands"),
        (DROPOUT, on(FC6, 0.5, 0.8, 0.8) | LIKE, "undecided", "undecided"),
        (DROPOUT, on(FC6, 0.5, 1 / 6, 0.8) | LIKE, "at floor or ceiling", "at floor or ceiling"),
        (DROPOUT, on(FIELDS, 0.5, 0.5, 0.8), "not tested here", "not tested here"),
        (claims.L4_needed, on(FIELDS, 0.4, 0.5, 0.8), "same direction", "stands"),
        (claims.L4_needed, on(FIELDS, 0.8, 0.4, 0.5), "opposite", "falls"),
        (claims.L4_needed, on(FIELDS, 0.4, 0.8, 0.8), "undecided", "undecided"),
        (claims.L4_needed, on(FIELDS, 0.4, 0.5, 1.0), "at floor or ceiling", "at floor or ceiling"),
        (
            claims.L4_needed,
            on(FIELDS, 1 / 6, 0.5, 0.8),
            "same direction",
            "stands",
        ),  # that fewer are at chance is the claim
        (claims.L4_needed, on(FIELDS, 0.5, 0.5, 1 / 6), "at floor or ceiling", "at floor or ceiling"),
        (claims.L4_needed, on(FRAMES, 0.4, 0.5, 0.8), "not tested here", "not tested here"),
        (claims.T_matters, on(FRAMES, 0.4, 0.5, 0.8), "same direction", "stands"),
        (claims.T_matters, on(FRAMES, 0.4, 0.8, 0.5), "opposite", "falls"),
        (claims.T_matters, on(FRAMES, 0.5, 0.5, 0.5), "undecided", "undecided"),
        (claims.T_matters, on(FRAMES, 1 / 6, 1 / 6, 0.8), "same direction", "stands"),
        (claims.T_matters, on(FRAMES, 0.4, 0.5, 1 / 6), "at floor or ceiling", "at floor or ceiling"),
        (claims.T_matters, on(FIELDS, 0.4, 0.5, 0.8), "not tested here", "not tested here"),
        (claims.fc_stream_helps, on(STREAMS, 0.4, 0.5, 0.8), "same direction", "stands"),
        (claims.fc_stream_helps, on(STREAMS, 0.4, 0.8, 0.5), "opposite", "falls"),
        (claims.fc_stream_helps, on(STREAMS, 0.8, 0.4, 0.5), "opposite", "falls"),
        (claims.fc_stream_helps, on(STREAMS, 0.4, 0.8, 0.8), "undecided", "undecided"),
        (claims.fc_stream_helps, on(STREAMS, 0.4, 1 / 6, 0.8), "at floor or ceiling", "at floor or ceiling"),
        (
            claims.fc_stream_helps,
            on(STREAMS, 0.4, 0.5, 0.8) | on(STREAMS, 0.4, 0.8, 0.5, where="b"),
            "opposite",
            "falls",
        ),
        (claims.fusion3d_helps, on(FUSION, 0.5, 0.8), "same direction", "stands"),
        (claims.fusion3d_helps, on(FUSION, 0.8, 0.5), "opposite", "falls"),
        (claims.fusion3d_helps, on(FUSION, 0.8, 0.8), "undecided", "undecided"),
        (claims.fusion3d_helps, on(FUSION, 1 / 6, 0.8), "at floor or ceiling", "at floor or ceiling"),
        (claims.fusion3d_helps, on(FUSION, 0.5, 0.8) | on(FUSION, 0.8, 0.8, where="b"), "undecided", "undecided"),
        (claims.fusion3d_helps, on(STREAMS, 0.4, 0.5, 0.8), "not tested here", "not tested here"),
    ],
)
def test_settings_reach_every_word(claim: Callable[..., Verdict], levels: Level, small: str, paper: str) -> None:
    found = study(levels)
    assert (claim(found, False).word, claim(found, True).word) == (small, paper), claim(found, False).reason


def test_a_contrast_names_its_panel_values_and_data() -> None:
    reason = claims.T_matters(study(on(FRAMES, 0.4, 0.5, 0.8, where="ARID-6")), False).reason
    assert "T, frames 8 - 2 on ARID-6 +0.40 [" in reason and "T, frames 8 - 4 on ARID-6 +0.30 [" in reason


RUN = Run("train", "ou2019", data=Data("arid"))
FINE = trained(RUN, lines=(line(1, 2.0), line(2, 1.0)))
RISEN = trained(RUN, lines=(line(1, 2.0), line(2, 1.0), line(3, 2.1)))
LOST = trained(RUN, lines=(line(1, 2.0), line(2, 1.0)))
LOST.values["diverged"] = "the loss is nan at step 7"
NOTHING = trained(RUN, lines=())  # lost in its first epoch, before any line was written


def test_a_training_diverges_by_its_record_or_by_ending_above_its_start() -> None:
    assert [claims.diverged(made) for made in (FINE, RISEN, LOST, NOTHING)] == [False, True, True, True]  # type: ignore[arg-type]
    for later in ((5.0, 2.0), (1.0, 1.5)):  # what happens between is not asked
        made = trained(RUN, lines=(line(1, 2.0), line(2, later[0]), line(3, later[1])))
        assert not claims.diverged(made)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ten", "hundred", "small", "paper", "said"),
    [
        (
            (RISEN, LOST),
            (LOST, NOTHING),
            "same direction",
            "stands",
            "10 times the rate: 2 of 2 seeds; 100 times the rate: 2 of 2 seeds",
        ),
        (
            (RISEN, FINE),
            (LOST, LOST),
            "not tested here",
            "undecided",
            "10 times the rate: 1 of 2 seeds; 100 times the rate: 2 of 2 seeds",
        ),
        ((FINE, FINE), (LOST, LOST), "not tested here", "undecided", "10 times the rate: 0 of 2 seeds"),
        ((FINE, FINE), (FINE, RISEN), "not tested here", "undecided", "100 times the rate: 1 of 2 seeds"),
        ((FINE, FINE), (FINE, FINE), "not tested here", "falls", "100 times the rate: 0 of 2 seeds"),
    ],
)
def test_every_seed_must_diverge_at_every_higher_rate(
    ten: tuple[Any, ...], hundred: tuple[Any, ...], small: str, paper: str, said: str
) -> None:
    found = {10: ten, 100: hundred, 1: (FINE, RISEN)}  # the usual rate is not asked about
    for decisive, word in ((False, small), (True, paper)):
        verdict = claims.lr_above_1e_5_diverges(found, decisive)
        assert (
            verdict.word == word
            and said in verdict.reason
            and "1 times the rate" not in verdict.reason.replace("10 ", "")
        )
    assert ("means another thing" in claims.lr_above_1e_5_diverges(found, False).reason) == (small == "not tested here")


@pytest.mark.parametrize("found", [{}, {1: (FINE, RISEN)}, {1: (FINE,), 10: (), 100: ()}])
def test_without_a_run_at_a_higher_rate_nothing_is_known_of_it(found: Mapping[float, Any]) -> None:
    assert [claims.lr_above_1e_5_diverges(found, decisive).word for decisive in (False, True)] == [
        "not tested here"
    ] * 2


@pytest.mark.parametrize(
    ("losses", "epoch"),
    [
        ((2.0, 1.0, 0.5, 0.1, 0.0), 4),  # 2 - 0.95 * 2 = 0.1
        ((2.0, 1.0, 0.5, 0.11, 0.0), 4 + 1 / 11),
        ((3.0, 1.0, 1.0, 1.0), 1.95),
        ((2.0, 0.0, 1.0, 1.0), 1.475),  # below its last value already
        ((2.0, 1.9, 1.8), 2.9),  # 2 - 0.19 = 1.81
        ((1.0,), 1),
        ((2.0, 1.0, math.nan), 3),
        ((1.0, 1.1, 1.2, 1.3), 4),  # nothing falls
        ((1.0, 0.2, 1.5), 3),
        ((1.0, 0.2, 1.0), 3),  # ends where it began
    ],
)
def test_pace_by_hand(losses: tuple[float, ...], epoch: float) -> None:
    assert claims.pace(losses) == pytest.approx(epoch)


def learned(*epochs: int, of: int = 10) -> list[list[dict[str, Any]]]:
    """A seed per number: a loss of 2 that is 0 from that epoch on."""
    return [[line(n, 2.0 if n < epoch else 0.0) for n in range(1, of + 1)] for epoch in epochs]


SLOW, CLIPS = learned(8, 8, 9), {"UCF101": 1000, "UCF11": 500, "UCFSports": 100}


@pytest.mark.parametrize(
    ("ten", "eleven", "small", "paper"),
    [
        (learned(3, 3, 4), learned(2, 2, 2), "same direction", "stands"),
        (learned(10, 10, 10), learned(2, 2, 2), "opposite", "falls"),
        (learned(8, 9, 8), learned(2, 2, 2), "undecided", "undecided"),
        (learned(3), learned(2, 2), "undecided", "undecided"),  # of one seed nothing is known
    ],
)
def test_small_sets_must_both_be_learned_in_fewer_epochs(ten: Any, eleven: Any, small: str, paper: str) -> None:
    found = {"UCF101": SLOW, "UCF11": ten, "UCFSports": eleven}
    assert [claims.converges_faster_small(found, CLIPS, decisive).word for decisive in (False, True)] == [small, paper]


@pytest.mark.parametrize(("many", "word"), [(500, "opposite"), (501, "same direction")])
def test_only_sets_of_at_most_half_the_clips_are_asked(many: int, word: str) -> None:
    found = {"UCF101": SLOW, "UCF11": learned(10, 10, 10), "UCFSports": learned(2, 2, 2)}
    assert claims.converges_faster_small(found, CLIPS | {"UCF11": many}, False).word == word
    alike = claims.converges_faster_small(found, dict.fromkeys(found, 140), True)
    assert alike.word == "not tested here" and "UCF101 140, UCF11 140, UCFSports 140 training clips" in alike.reason


def test_paces_are_compared_over_seeds() -> None:
    reason = claims.converges_faster_small(
        {"large": SLOW, "small": learned(3, 3, 4)}, {"large": 2, "small": 1}, False
    ).reason
    # 8.28 - 3.28; both s = 0.577, so 4.3027 * sqrt(2 * 0.3333 / 3) = 2.03
    assert "epochs on large - on small +5.00 [+2.97, +7.03]" in reason


def test_a_loss_that_rises_is_not_learned_in_fewer_epochs() -> None:
    rising = [[line(n, 1.0 + 0.1 * n) for n in range(1, 11)] for _ in range(3)]
    verdict = claims.converges_faster_small({"large": SLOW, "small": rising}, {"large": 2, "small": 1}, False)
    assert verdict.word == "opposite" and "epochs on large - on small -1.72 [" in verdict.reason  # 8.28 - 10


def settling(*last: float, epochs: int = 20, seeds: int = 2, gradient: float = 1.0) -> list[list[dict[str, Any]]]:
    """Seeds whose validation accuracy ends with these values; `gradient` is that of the second
    epoch of the last seed.
    """
    accuracy = [0.1 * (n % 5) for n in range(epochs - len(last))] + list(last)
    made = [[line(n, 1.0, value + 0.1) for n, value in enumerate(accuracy, 1)] for _ in range(seeds)]
    made[-1][1]["gradient"] = gradient
    return made


STILL, SWINGING = (0.50, 0.51, 0.50, 0.51), (0.2, 0.6, 0.2, 0.6)


@pytest.mark.parametrize(
    ("lines", "small", "paper"),
    [
        (settling(*STILL), "same direction", "stands"),
        (settling(*SWINGING), "opposite", "falls"),
        (settling(*STILL, seeds=1) + settling(*SWINGING, seeds=1), "undecided", "undecided"),
        (settling(*STILL, seeds=1), "undecided", "undecided"),
        (settling(*STILL, gradient=0.0), "opposite", "falls"),
        (settling(*STILL, gradient=math.nan), "opposite", "falls"),
        (settling(*STILL, gradient=math.inf), "opposite", "falls"),
        (settling(0.5, 0.5, 0.5, epochs=14), "not tested here", "not tested here"),
        (settling(0.5, 0.5, 0.5, epochs=15), "same direction", "stands"),
        (settling(0.50, 0.53, 0.50, 0.53), "same direction", "stands"),  # a spread of 0.015
        (settling(0.50, 0.55, 0.50, 0.55), "opposite", "falls"),  # of 0.025
        (settling(0.1, *STILL, epochs=24), "same direction", "stands"),  # the fifth from the end is not looked at
        (settling(0.1, *STILL, epochs=25), "opposite", "falls"),
    ],
)
def test_validation_accuracy_settles_or_not(lines: Any, small: str, paper: str) -> None:
    words = [claims.val_accuracy_stabilises(lines, decisive).word for decisive in (False, True)]
    assert words == [small, paper], claims.val_accuracy_stabilises(lines, False).reason


def test_what_is_steady_is_said_with_its_epochs() -> None:
    said = claims.val_accuracy_stabilises(settling(*STILL), False).reason
    assert "0.02 - spread over the last 4 epochs, at a tenth of the rate +0.01 [" in said  # 0.02 - 0.005
    assert (
        "fifth of 14 epochs holds fewer than 3" in claims.val_accuracy_stabilises(settling(0.5, epochs=14), True).reason
    )
    one, other = (settling(*STILL, gradient=gradient) for gradient in (0.0, math.nan))
    assert claims.val_accuracy_stabilises(one, True).reason == "The gradient norm is zero or no number in 1 epoch."
    assert (
        claims.val_accuracy_stabilises(one + other, True).reason
        == "The gradient norm is zero or no number in 2 epochs."
    )


@pytest.mark.parametrize(
    ("rises", "shrinks", "small", "paper"),
    [
        ((0.2, 0.21, 0.19), True, "same direction", "stands"),
        ((-0.2, -0.21, -0.19), True, "opposite", "falls"),
        ((0.2, -0.2, 0.0), True, "undecided", "undecided"),
        ((0.2, 0.21, 0.19), False, "opposite", "falls"),
    ],
)
def test_zeros_rise_and_maps_shrink(rises: Sequence[float], shrinks: bool, small: str, paper: str) -> None:
    steps = {"conv 6 - 1": (0.3, 0.31, 0.29), "conv 9 - 6": rises}
    assert [claims.conv_feature_abstraction(steps, shrinks, decisive).word for decisive in (False, True)] == [
        small,
        paper,
    ]


LEAK, NONE, ODD = Interval(0.2, 0.1, 0.3), Interval(0.02, -0.1, 0.1), Interval(-0.2, -0.3, -0.1)


@pytest.mark.parametrize(
    ("intervals", "right", "small", "paper"),
    [
        ((LEAK, LEAK), 0.8, "same direction", "stands"),
        ((LEAK, ODD), 0.8, "opposite", "falls"),
        ((LEAK, NONE), 0.8, "undecided", "undecided"),
        ((LEAK, LEAK), 1 / 6, "at floor or ceiling", "at floor or ceiling"),
        ((LEAK, LEAK), 1.0, "at floor or ceiling", "at floor or ceiling"),
    ],
)
def test_a_random_split_leaks_where_it_scores_higher_everywhere(
    intervals: Any, right: float, small: str, paper: str
) -> None:
    found, at_random = dict(zip("ab", intervals, strict=True)), [one("both", right, column) for column in "ab"]
    assert [claims.random_split_leaks(found, at_random, decisive).word for decisive in (False, True)] == [small, paper]
    assert right != 0.8 or "random - whole groups on b" in claims.random_split_leaks(found, at_random, True).reason


# What stands beside the printed numbers


def test_every_printed_row_is_rebuilt_or_says_why_not(reported: Reported) -> None:
    built = {"ou2019.table1": set(ROWS), "ou2019.table2": set(TABLE2)}
    for (artifact, row, _), _ in reported.items():
        if artifact in built:
            assert (row in built[artifact]) != (row in rows.NOT_BUILT), (artifact, row)
    printed = {row for artifact, row, _ in reported if artifact in built}
    assert {*ROWS, *TABLE2, *rows.NOT_BUILT} == printed and set(rows.DOUBTFUL) <= printed
    assert all(text.startswith("reported only: ") for text in rows.NOT_BUILT.values())


HEADS = {"UCF11 Accuracy": "UCF11", "UCFSport Accuracy": "UCFSports"}


def test_printed_rows_give_way_where_the_data_are_the_papers() -> None:
    every = rows.printed("ou2019.table2", "laptop", HEADS, (), {})
    assert len(every) == 12 and {row["unit"] for row in every} == {"%"}
    assert next(row for row in every if (row["row"], row["column"]) == (OURS, "UCF11"))["paper"] == 100.0
    some = rows.printed("ou2019.table2", "paper", HEADS, ("UCF11",), {"Snippets": "twice printed"})
    assert [row["row"] for row in some if row["column"] == "UCF11"] == ["Dense trajectories", "Cho et al.", "Snippets"]
    assert len([row for row in some if row["column"] == "UCFSports"]) == 6
    notes = {row["row"]: row["note"] for row in some}
    assert (
        notes["Snippets"] == f"{rows.NOT_BUILT['Snippets']}; twice printed"
        and notes["Cho et al."] == rows.NOT_BUILT["Cho et al."]
    )


def test_what_to_know_of_a_measured_cell() -> None:
    def said(row: str, scale: str = "laptop") -> str:
        table = [place for place in runs.table1_places(scale, 1) + runs.table2_places(scale, 1) if place[0] == row]
        return rows.note(
            next(iter(cells([(row, column, trained(run)) for row, column, run in table[:1]]).values())), scale
        )  # type: ignore[misc]

    assert said(OURS) == said("Two-stream fusion") == said("LRCN") == said(TWO_STREAM_LSTM) == rows.STAND_IN
    assert said(OURS, "paper") == said("LRCN", "paper") == ""
    in_a_row = "{} sees 16 stored frames in a row"
    assert said("C3D") == f"{rows.STAND_IN}; {in_a_row.format('C3D')}"
    assert said("Two-stream ConvNet", "paper") == in_a_row.format("Two-stream ConvNet")


def test_inputs_are_told_once_for_all_rows() -> None:
    def said(places: list[tuple[str, str, Run]]) -> str:
        return rows.inputs(cells([(row, column, trained(run)) for row, column, run in places]).values())  # type: ignore[misc]

    alone = "LRCN, Composite LSTM model, Soft attention, C3D, Beyond short snippets"
    both = f"Two-stream ConvNet, Two-stream fusion, {OURS}"
    assert said(runs.table1_places("mini", 1)) == f"colour alone: {alone}; colour and flow: {both}"
    assert (
        said(runs.table2_places("mini", 1))
        == f"colour alone: Soft attention, {TWO_STREAM_LSTM}; colour and flow: {OURS}"
    )
    assert said([("a", "b", runs.sensitivity("mini", 1)[0])]) == "flow alone: a"


def full(times: int = 0, **changed: Any) -> list[Any]:
    """Figure 9 at paper scale, all of our network; `changed` values are those of its first record."""
    made = [trained(run) for run in runs.figure9("paper", times)]
    made[0].values.update(changed)
    return made


def test_a_claim_stands_or_falls_only_on_everything(public: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows.complete(full(), "paper") and not rows.complete(full(), "mini")
    assert not rows.complete(full(missing=1), "paper") and not rows.complete(full(undecodable={"a": "why"}), "paper")
    assert not rows.complete(full(1), "paper")
    counted = trained(runs.near_duplicates(Data("ucf101")))
    counted.values.clear()
    assert rows.complete([counted, *full()], "paper")  # type: ignore[list-item]  # only what was trained is asked
    others = {row: trained(run) for row, _, run in runs.table1_places("paper", 1)}
    assert rows.complete([others["Soft attention"], others["Beyond short snippets"], *full()], "paper")  # type: ignore[list-item]
    baseline = others["LRCN"]
    assert not rows.complete([baseline, *full()], "paper")  # type: ignore[list-item]  # which does not begin with public weights
    monkeypatch.delenv("REPRO_DATA")
    assert not rows.complete(full(), "paper")


def test_fewer_seeds_than_planned_decide_nothing(public: None) -> None:
    assert rows.complete(full(settings.plan("paper").seeds), "paper")
    assert not rows.complete(full(settings.plan("paper").seeds - 1), "paper")
    for name in ("sensitivity", "figure10", "figure11", "split"):  # what is planned is enough
        made = [trained(run) for run in EVERY[name]("paper", 0)]
        assert rows.complete(made, "paper"), name  # type: ignore[arg-type]


def test_the_protocol_names_level_views_seeds_and_epochs() -> None:
    found = cells([(row, column, trained(run)) for row, column, run in runs.table1_places("laptop", 0)])  # type: ignore[misc]
    said = rows.protocol([found[OURS, "actions"], *found.values()], "laptop", "actions")
    plan = settings.plan("laptop")
    assert (
        said == f"laptop: actions; clip level, 1 view, 2 to 3 seeds, last epoch of {plan.recipe.epochs} + {plan.later}"
    )
    assert "1 view, 2 seeds, " in rows.protocol([found["C3D", "actions"]], "laptop", "actions")
    (first, _), (_, frozen) = runs.figure9("laptop", 1), runs.budget("laptop", 1)
    stored = replace(
        frozen.after[-1], recipe=replace(frozen.after[-1].recipe, epochs=5)
    )  # maps that are stored count for nothing
    alone, both = f"{plan.recipe.epochs}", f"{plan.recipe.epochs} + {plan.later}"
    ends = {
        first: alone,
        replace(frozen.after[0], after=(stored,)): alone,
        replace(frozen, after=(frozen.after[0], stored)): both,
    }
    for run, epochs in ends.items():
        cell = Cell("a", "b", (trained(run),))  # type: ignore[arg-type]
        assert rows.protocol([cell], "laptop", "x").endswith(f"1 seed, last epoch of {epochs}")


# What is drawn

LEVELS = {row: 0.3 + 0.06 * n for n, row in enumerate((*ROWS, TWO_STREAM_LSTM))} | {OURS: 0.9}


def table_records(
    places: Callable[[str, int], list[tuple[str, str, Run]]], scale: str, times: int = 0
) -> list[Trained]:
    return [trained(run, LEVELS[row]) for row, _, run in places(scale, times)]


def counted(near: int) -> dict[str, Any]:
    """What a record of near copies holds."""
    kinds = {kind: {"4": 0, "8": near - n, "10": 40} for n, kind in enumerate(split.KINDS)}
    return kinds | {
        "same_class": 0.7,
        "chance_same_class": 0.2,
        "n_test": 60,
        "missing": 0,
        "undecodable": {},
        "notes": [],
    }


LEVEL = {"RGB": (0.8, 0.3), "flow": (0.8, 0.75), "both": (0.9, 0.5)}  # at random, by whole groups
SPLIT = {
    (modality, name): level
    for modality, levels in LEVEL.items()
    for name, level in zip((RANDOM, GROUP), levels, strict=True)
}


def split_records(scale: str) -> list[Trained]:
    return [
        trained(run, SPLIT[modality, name])
        if modality
        else Trained(run, 0.0, values=counted(30 if name == RANDOM else 5))
        for _, modality, name, run in runs.split_places(scale, 0)
    ]


def sensitivity_records(scale: str) -> list[Trained]:
    made = []
    for _, panel, value, run in runs.sensitivity_places(scale, 0):
        order = list(CHOICES[panel]) if panel in CHOICES else list(dict(settings.plan(scale).values)[panel])
        made.append(trained(run, 0.4 + 0.15 * order.index(value)))
    return made


def shown(number: int, channels: int = 6) -> np.ndarray:
    side = {1: 32, 6: 8, 9: 4}[number]
    return np.random.default_rng(number).random((channels, side, side)).astype(np.float16)


CLIP = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 11)).astype(np.uint8)
TENSORS = {"0/clip": CLIP} | {f"0/rgb.conv{n}.channels": shown(n) for n in (1, 6, 9)}


def figure7_records(scale: str) -> list[Trained]:
    return [trained(run, zeros=(0.3, 0.5 + 0.01 * run.seed, 0.7), tensors=TENSORS) for run in runs.figure7(scale, 0)]


def curve_records(scale: str, name: str) -> list[Trained]:
    return [trained(run) for run in EVERY[name](scale, 0)]


def budget_records(scale: str) -> list[Trained]:
    return [trained(run, 0.8 if row == ALL else 0.5) for row, _, run in runs.budget_places(scale, 0)]


DRAWN: dict[str, Callable[[str], ArtifactResult]] = {
    "table1": lambda scale: tables.table1(table_records(runs.table1_places, scale), scale),  # type: ignore[arg-type]
    "table2": lambda scale: tables.table2(table_records(runs.table2_places, scale), scale),  # type: ignore[arg-type]
    "split": lambda scale: split.draw(split_records(scale), scale),  # type: ignore[arg-type]
    "sensitivity": lambda scale: sensitivity.draw(sensitivity_records(scale), scale),  # type: ignore[arg-type]
    "figure7": lambda scale: figure7.draw(figure7_records(scale), scale),  # type: ignore[arg-type]
    "figure9": lambda scale: curves.figure9(curve_records(scale, "figure9"), scale),  # type: ignore[arg-type]
    "figure10": lambda scale: curves.figure10(curve_records(scale, "figure10"), scale),  # type: ignore[arg-type]
    "figure11": lambda scale: curves.figure11(curve_records(scale, "figure11"), scale),  # type: ignore[arg-type]
    "budget": lambda scale: budget.draw(budget_records(scale), scale),  # type: ignore[arg-type]
}
DECIDES = {
    "table1": ["best-ucf101", "ucf101-ucf11-duplicate-rows", "soft-attention-not-ucf101"],
    "table2": ["best-ucf11", "best-ucfsports"],
    "split": ["random-split-leaks"],
    "sensitivity": [
        "lr-above-1e-5-diverges",
        "dropout-optimum",
        "L4-needed",
        "T-matters",
        "fc-stream-helps",
        "fusion3d-helps",
    ],
    "figure7": ["conv-feature-abstraction"],
    "figure9": ["val-accuracy-stabilises", "softmax-on-h-bound"],
    "figure10": ["converges-faster-small"],
    "figure11": [],
    "budget": [],
}


def verdicts(drawn: ArtifactResult) -> dict[str, str]:
    return {claim["claim_id"].rpartition(".")[2]: claim["verdict"] for claim in drawn.claims}


@pytest.mark.parametrize("name", DRAWN)
def test_every_number_carries_its_protocol_and_no_text_holds_a_nan(name: str) -> None:
    drawn = DRAWN[name]("mini")
    assert list(verdicts(drawn)) == DECIDES[name]
    assert all(claim["artifact"] == f"ou2019.{name}" for claim in drawn.claims)
    assert set(drawn.table["artifact"]) == {f"ou2019.{name}"} and drawn.protocol.startswith("mini: ")
    measured = drawn.table[drawn.table["low"].notna()]
    for column in ("n_items", "seeds", "data", "input", "split", "level", "views"):
        assert measured[column].notna().all() and (measured[column] != "").all(), column
    assert (measured["low"] <= measured["value"]).all() and (measured["value"] <= measured["high"]).all()
    for _, row in drawn.table[drawn.table["seed_values"].notna()].iterrows():
        values = seed_numbers(row["seed_values"])
        assert len(values) == row["seeds"] and np.mean(values) == pytest.approx(row["value"], abs=1e-5)
    texts = [
        to_markdown(drawn.table),
        drawn.protocol,
        *(str(value) for claim in drawn.claims for value in claim.values()),
    ]
    texts.append(words(drawn.figure))
    assert [text for text in texts if re.search(r"\bnan\b", text, re.IGNORECASE)] == []
    assert not any(
        word in ("stands", "falls")
        for claim in drawn.claims
        if claim["kind"] == "measured"
        for word in [claim["verdict"]]
    )
    mpl.pyplot.close("all")


@pytest.mark.parametrize(("name", "printed"), [("table1", 11), ("table2", 12)])
def test_printed_numbers_never_share_a_column_with_measured_ones_of_other_data(name: str, printed: int) -> None:
    drawn = DRAWN[name]("laptop")
    mpl.pyplot.close("all")
    paper, ours = drawn.table[drawn.table["paper"].notna()], drawn.table[drawn.table["value"].notna()]
    assert len(paper) == printed and paper["value"].isna().all() and ours["paper"].isna().all()
    assert not set(paper["column"]) & set(ours["column"])
    seen = layout(drawn.table.to_dict("records"))
    apart = [place for place, (_, side) in enumerate(seen.heads) if side == "paper"]
    assert sum(bool(shown[place]) for _, shown in seen.rows for place in apart) == printed
    assert ours["note"].str.startswith(rows.STAND_IN).all()


def test_on_the_papers_own_data_table2_stands_beside_the_print(public: None) -> None:
    drawn = DRAWN["table2"]("paper")
    mpl.pyplot.close("all")
    table = drawn.table.set_index(["row", "column"])
    assert table.loc[(OURS, "UCF11"), "paper"] == 1.0 and table.loc[
        (TWO_STREAM_LSTM, "UCFSports"), "paper"
    ] == pytest.approx(0.991)
    assert table.index.is_unique and list(table.loc["Soft attention"].index) == ["UCF11"]
    assert {(claim["verdict"], claim["reason"]) for claim in drawn.claims} == {
        ("falls", "100 % is claimed; ours has 90.0 %.")
    }
    one = DRAWN["table1"]("paper")
    mpl.pyplot.close("all")
    assert verdicts(one)["best-ucf101"] == "same direction"  # some baselines begin with nothing
    assert verdicts(DRAWN["figure7"]("paper"))["conv-feature-abstraction"] == "stands"  # where ours stands alone
    mpl.pyplot.close("all")
    measured = one.table[one.table["value"].notna()]
    assert measured["paper"].isna().all()  # official split against a random one: never side by side


def test_a_baseline_without_its_public_weights_decides_nothing(public: None, tmp_path: Path) -> None:
    (tmp_path / "weights" / settings.PUBLIC["Soft attention"][0]).unlink()
    drawn = DRAWN["table2"]("paper")
    mpl.pyplot.close("all")
    assert set(verdicts(drawn).values()) == {"same direction"}  # 0.90 above 0.42 and 0.78
    eleven, sports = (claim["reason"] for claim in drawn.claims)
    assert "Soft attention" in eleven and "Soft attention" not in sports and TWO_STREAM_LSTM in sports


@pytest.mark.parametrize("name", ["table1", "table2"])
@pytest.mark.parametrize("scale", ["laptop", "paper"])
def test_a_column_has_one_unit(public: None, name: str, scale: str) -> None:
    table = DRAWN[name](scale).table
    mpl.pyplot.close("all")
    assert (table.groupby("column")["unit"].nunique() == 1).all() and set(table["unit"]) <= {"%", "fraction"}
    printed = table.loc[table["paper"].notna()]
    assert ((printed["paper"] > 1) == (printed["unit"] == "%")).all()  # the least of them is 82.9 %


def test_rows_that_are_not_rebuilt_are_fractions_beside_measured_ones(public: None) -> None:
    beside, apart = (DRAWN["table2"](scale).table.set_index(["row", "column"]) for scale in ("paper", "laptop"))
    mpl.pyplot.close("all")
    for name, column, value in (("Cho et al.", "UCF11", 88.0), ("SGSH", "UCFSports", 90.9)):
        assert (beside.loc[(name, column), "paper"], beside.loc[(name, column), "unit"]) == (
            pytest.approx(value / 100),
            "fraction",
        )
        assert (apart.loc[(name, column), "paper"], apart.loc[(name, column), "unit"]) == (value, "%")


def test_the_tables_rank_and_cite_what_was_measured() -> None:
    first, second = (DRAWN[name]("laptop") for name in ("table1", "table2"))
    mpl.pyplot.close("all")
    assert verdicts(first) == {"best-ucf101": "same direction"} | dict.fromkeys(DECIDES["table1"][1:], "stands")
    said = first.claims[0]["ours"]
    assert said.startswith("actions: ours 0.90, Two-stream fusion 0.67, ") and said.endswith(", LRCN 0.30")
    assert verdicts(second) == dict.fromkeys(DECIDES["table2"], "same direction")
    assert second.claims[0]["ours"].startswith("actions, random: ours") and second.claims[1]["ours"].startswith(
        "few actions, random: ours"
    )
    assert first.protocol.startswith("laptop: actions, by whole groups; ") and second.protocol.count("groups leak") == 1
    doubt = first.table[first.table["paper"].notna()].set_index("row")["note"]
    assert "95.3 is of a random 70/30 split" in doubt[OURS] and rows.DOUBTFUL["Snippets"] in doubt["Snippets"]
    built = first.table[first.table["value"].notna()]
    assert list(built["row"]) == list(ROWS) and "2 to 3 seeds" in first.protocol


def test_stages_are_told_apart_by_what_they_follow() -> None:
    (first, second), (frozen_second,) = runs.figure9("laptop", 1), runs.budget("laptop", 1)[1:]
    stored = frozen_second.after[0]
    assert [curves.stage(trained(run)) for run in (first, second, stored, frozen_second)] == [1, 2, 1, 2]  # type: ignore[arg-type]


def test_curves_go_through_both_stages_seed_by_seed() -> None:
    records, plan = curve_records("laptop", "figure9"), settings.plan("laptop")
    begins, ends = plan.recipe.epochs + 1, plan.recipe.epochs + plan.later  # the second stage
    lines = curves.lines_of(records[::-1])  # type: ignore[arg-type]
    assert sorted(lines) == [0, 1, 2] and {len(seed) for seed in lines.values()} == {ends}
    assert [found["loss"] for found in lines[1]] == pytest.approx([2 / n + 0.01 for n in range(1, ends + 1)])
    table = DRAWN["figure9"]("laptop").table.set_index(["row", "column", "metric"])
    mpl.pyplot.close("all")
    assert len(table) == ends * 2 * 2
    later = table.loc[(f"epoch {begins}", "actions, validation", "loss")]
    assert later["value"] == pytest.approx(2 / begins + 0.01 + 0.5) and (later["seeds"], later["n_items"]) == (3, 60)
    assert seed_numbers(later["seed_values"]) == pytest.approx(
        [2 / begins + 0.5 + 0.01 * seed for seed in range(3)], abs=1e-5
    )
    accuracy = table.loc[(f"epoch {ends}", "actions, training", "accuracy")]
    assert (accuracy["value"], accuracy["unit"], accuracy["n_items"]) == (
        pytest.approx(0.9 - 0.5 / ends),
        "fraction",
        140,
    )
    assert later["unit"] == "nats" and later["note"] == curves.VALIDATION_IS_TEST


def test_figure9_tells_stages_bound_and_ends() -> None:
    drawn = DRAWN["figure9"]("mini")
    text = words(drawn.figure)
    assert "stage 1" in text and "stage 2" in text and curves.VALIDATION_IS_TEST in text
    assert f"bound {claims.least_loss(6):.2f}" in text and "3 seeds" in drawn.protocol
    steady, bound = drawn.claims
    assert steady["verdict"] == "same direction"  # 12 + 4 epochs: the last three differ by less than 0.005
    last = [f"{0.8 - 0.5 / n:.2f}" for n in (14, 15, 16)]
    assert steady["ours"].endswith("; ".join([", ".join(last)] * 3))
    assert bound["verdict"] == "stands" and "for 6 classes: 0.517" in bound["ours"]
    short = DRAWN["figure9"]("smoke")
    mpl.pyplot.close("all")
    assert verdicts(short)["val-accuracy-stabilises"] == "not tested here"


def test_figure10_compares_the_pace_of_all_three() -> None:
    records = []
    for figure, _, run in runs.figure10_places("laptop", 0):
        quick = trained(
            run, lines=tuple(line(n, 2.0 if n < 2 and not run.after else 0.0) for n in range(1, run.recipe.epochs + 1))
        )
        quick.values["n_train"] = {"figure10": 98, "figure11": 70}.get(figure, 140)
        records.append(trained(run) if figure == "figure9" else quick)
    drawn = curves.figure10(records, "laptop")  # type: ignore[arg-type]
    mpl.pyplot.close("all")
    plan = settings.plan("laptop")
    whole = plan.recipe.epochs + plan.later
    wanted = 0.05 * 2 + 0.95 * 2 / whole
    after = next(n for n in range(1, whole + 1) if 2 / n <= wanted)  # of ten epochs the seventh: 0.286 <= 0.29 < 0.333
    slow = f"{np.interp(wanted, [2 / after, 2 / (after - 1)], [after, after - 1]):.1f}"
    assert 2 < after < whole and "." in slow
    assert drawn.claims[0]["ours"].endswith(
        f"actions: {slow}, {slow}, {slow}; actions, random: 1.9, 1.9; few actions, random: 1.9, 1.9"
    )
    assert drawn.claims[0]["verdict"] == "same direction"
    assert (
        "on few actions, random" in drawn.claims[0]["reason"] and "on actions, random" not in drawn.claims[0]["reason"]
    )
    assert set(drawn.table["column"]) == {"actions, random, training", "actions, random, validation"}


def test_the_split_tells_difference_and_copies() -> None:
    drawn = DRAWN["split"]("laptop")
    table = drawn.table.set_index(["row", "column"])
    for modality in ("RGB", "flow", "both"):
        row = table.loc[(modality, "actions, difference")]
        assert row["value"] == pytest.approx(SPLIT[modality, RANDOM] - SPLIT[modality, GROUP])
        assert (row["seeds"], row["n_items"]) == (2, 120)
        assert table.loc[(modality, f"actions, {RANDOM}"), "value"] == pytest.approx(SPLIT[modality, RANDOM])
        assert row["input"] == {"RGB": "rgb"}.get(modality, modality) and row["split"] == "random_70_30 - official"
        assert row["data"] == table.loc[(modality, f"actions, {RANDOM}"), "data"] == "actions (generated stand-in)"
    for number, (kind, said) in enumerate(split.KINDS.items()):
        near = [table.loc[(f"near copies {said}", f"actions, {name}"), "value"] for name in (RANDOM, GROUP)]
        assert near == [30 - number, 5 - number], kind
    nearest = table.loc[("nearest training clip has the right class", f"actions, {GROUP}")]
    assert (nearest["value"], nearest["metric"]) == (0.7, "share") and "0.20 of all pairs" in nearest["note"]
    (claim,) = drawn.claims
    assert (
        claim["verdict"] == "same direction"
        and "RGB on actions +0.50 [" in claim["ours"]
        and "both on actions +0.40 [" in claim["ours"]
    )
    text = words(drawn.figure)
    assert (
        "near copies in training: 29 of 60" in text and "near copies in training: 4 of 60" in text
    )  # of the same class
    mpl.pyplot.close("all")


def test_differences_between_splits_are_not_paired() -> None:
    """The same answers on both sides: paired, the difference would be zero without doubt."""
    alike = {("a", "both", name): one("both", 0.6) for name in (RANDOM, GROUP)}
    ((place, interval),) = split.differences(alike).items()
    assert place == ("a", "both") and interval.value == 0 and interval.low < -0.1 and interval.high > 0.1


def studied(scale: str = "laptop") -> dict[tuple[str, str, Any], Cell]:
    places = runs.sensitivity_places(scale, 0)
    made = [(column, panel, value, run) for column, panel, value, run in places]
    gathered = cells([(f"{panel}: {value}", column, trained(run)) for column, panel, value, run in made])  # type: ignore[misc]
    return {(column, panel, value): gathered[f"{panel}: {value}", column] for column, panel, value, _ in made}


def test_values_rise_and_choices_keep_their_order() -> None:
    found = studied()
    frame = sensitivity.frame(found, list(dict.fromkeys(column for column, _, _ in found)))
    order = {
        panel: list(dict.fromkeys(frame.loc[frame["panel"] == panel, "value"]))
        for panel in dict.fromkeys(frame["panel"])
    }
    base, plan = settings.CHOSEN_LR["laptop"][OURS], settings.plan("laptop")
    own = plan.first[1].clips.frames
    assert order[RATE] == pytest.approx([base, 10 * base, 100 * base])
    assert {panel: values for panel, values in order.items() if panel != RATE} == {
        FC6: [0.2, 0.5, 0.8],
        LSTM: [0.0, 0.25, 0.5],
        FIELDS: [1, 2, 4],
        FRAMES: sorted(dict(plan.values)[FRAMES]),
        STREAMS: ["conv alone", "fc alone", "both"],
        FUSION: ["late", "early"],
    }
    ringed = {(panel, value) for panel, value in frame.loc[frame["paper"], ["panel", "value"]].itertuples(index=False)}
    assert ringed == {
        (RATE, base),
        (FC6, 0.5),
        (LSTM, 0.25),
        (FIELDS, 4),
        (FRAMES, own),
        (STREAMS, "both"),
        (FUSION, "early"),
    }
    of = frame.groupby("panel")["series"].unique()
    assert list(of[FIELDS]) == ["actions"] and list(of[FUSION]) == ["actions", "factors, joint"]


def test_diverged_seeds_are_counted_in_the_panel() -> None:
    found = studied()
    place = ("actions", RATE, 100)
    made = found[place].records
    found[place] = replace(found[place], records=(replace(made[0], lines=RISEN.lines), made[1]))  # type: ignore[arg-type]
    frame = sensitivity.frame(found, ["actions"])
    lost = frame[frame["diverged"] > 0]
    assert list(lost["panel"]) == [RATE] and list(lost["diverged"]) == [1]
    assert lost["value"].iloc[0] == pytest.approx(100 * settings.CHOSEN_LR["laptop"][OURS])


def test_a_second_stage_that_wavers_has_not_diverged() -> None:
    found = studied()
    place = ("actions", FIELDS, 4)
    wavering = tuple(replace(made, lines=(line(1, 0.400), line(2, 0.401))) for made in found[place].records)  # type: ignore[type-var]
    found[place] = replace(found[place], records=wavering)
    frame = sensitivity.frame(found, ["actions"])
    assert list(frame.loc[frame["panel"] == FIELDS, "diverged"]) == [0, 0, 0]
    stopped = replace(wavering[0], values=wavering[0].values | {"diverged": "the loss is nan at step 7"})  # type: ignore[type-var]
    found[place] = replace(found[place], records=(stopped, *wavering[1:]))
    frame = sensitivity.frame(found, ["actions"])
    assert list(frame.loc[frame["panel"] == FIELDS, "diverged"]) == [0, 0, 1]
    rates = ("actions", RATE, 1)
    found[rates] = replace(
        found[rates], records=tuple(replace(made, lines=wavering[0].lines) for made in found[rates].records)
    )  # type: ignore[type-var,attr-defined]
    frame = sensitivity.frame(found, ["actions"])
    assert list(frame.loc[frame["panel"] == RATE, "diverged"]) == [
        2,
        0,
        0,
    ]  # there a loss that ends above its start is the question


def test_the_sensitivity_names_rates_and_what_the_paper_says() -> None:
    drawn = DRAWN["sensitivity"]("laptop")
    text = words(drawn.figure)
    assert all(said.split(";")[0] in text for said in sensitivity.SAID.values()) and set(sensitivity.SAID) == {
        *settings.VALUES,
        *CHOICES,
    }
    assert "or what stands for it" in text and "quantities on actions (flow)" in drawn.protocol
    rate = drawn.table[drawn.table["row"].str.startswith(RATE)]
    assert list(rate["note"].str.extract(r"first stage at ([\d.]+), its last epoch")[0]) == ["0.1", "0.01", "0.001"]
    said = {claim["claim_id"].rpartition(".")[2]: claim["ours"] for claim in drawn.claims}
    few, more, own = dict(settings.plan("laptop").values)[FRAMES]
    assert said["T-matters"] == f"T, frames on actions {few}: 0.40, {more}: 0.55, {own}: 0.70"
    assert said["lr-above-1e-5-diverges"].startswith("learning rate on actions 0.1: 0.40, 0.01: 0.55, 0.001: 0.70")
    words_of = verdicts(drawn)
    assert words_of.pop("lr-above-1e-5-diverges") == "not tested here" and set(words_of.values()) == {"same direction"}
    mpl.pyplot.close("all")


def test_the_rate_is_judged_by_its_own_panel_alone() -> None:
    records = []
    for made, (_, panel, value, _) in zip(
        sensitivity_records("laptop"), runs.sensitivity_places("laptop", 0), strict=True
    ):
        lost = panel == RATE and value > 1
        records.append(replace(made, lines=RISEN.lines) if lost else made)
    drawn = sensitivity.draw(records, "laptop")  # type: ignore[arg-type]
    assert verdicts(drawn)["lr-above-1e-5-diverges"] == "same direction" and "2 diverged" in words(drawn.figure)
    mpl.pyplot.close("all")


def test_figure7_decides_by_all_seeds_and_shows_the_first() -> None:
    drawn = DRAWN["figure7"]("laptop")
    assert verdicts(drawn) == {"conv-feature-abstraction": "same direction"} and drawn.frames
    assert drawn.claims[0]["ours"].endswith("colour backbone: 0.30, 0.51, 0.70; flow backbone: 0.40, 0.61, 0.80")
    text = words(drawn.figure)
    assert "convolution 6: 8 x 8, 50 % zeros" in text and "jump, generated" in text  # of the first seed alone
    table = drawn.table.set_index(["row", "column"])
    six = table.loc[("convolution 6", "colour backbone")]
    assert (
        six["value"] == pytest.approx(0.51)
        and seed_numbers(six["seed_values"]) == [0.5, 0.51, 0.52]
        and six["low"] < 0.5
    )
    assert table.loc[("convolution 9", "map"), "value"] == "4x4"
    alone = figure7.draw(figure7_records("laptop")[:1], "laptop")  # type: ignore[arg-type]
    assert (
        verdicts(alone) == {"conv-feature-abstraction": "undecided"}
        and alone.table["low"].isna().all()
        and "1 seed;" in alone.protocol
    )
    falling = [replace(made, zeros=(0.3, 0.6, 0.4)) for made in figure7_records("laptop")]
    assert verdicts(figure7.draw(falling, "laptop")) == {"conv-feature-abstraction": "opposite"}  # type: ignore[arg-type]
    mpl.pyplot.close("all")


def test_maps_that_do_not_shrink_are_told() -> None:
    same = TENSORS | {"0/rgb.conv9.channels": shown(6)}
    records = [replace(made, tensors=same) for made in figure7_records("smoke")]
    assert verdicts(figure7.draw(records, "smoke")) == {"conv-feature-abstraction": "opposite"}  # type: ignore[arg-type]
    mpl.pyplot.close("all")


@pytest.mark.parametrize(("scale", "told"), [("laptop", True), ("paper", False)])
def test_zeros_that_batch_norm_makes_are_told_where_there_is_one(scale: str, told: bool) -> None:
    text = words(DRAWN["figure7"](scale).figure)
    mpl.pyplot.close("all")
    assert ("Batch norm before each ReLU makes about half of the numbers zero" in " ".join(text.split())) == told


@pytest.mark.parametrize("name", ["surv_fight", "ucf101", "ucf11", "ucfsports", "arid", "actions"])
def test_frames_are_shown_only_where_their_licence_allows_it(name: str) -> None:
    frame, caption = figure7.shown_frame(trained(Run("train", "ou2019", data=Data(name))), TENSORS)  # type: ignore[arg-type]
    assert frame.shape == (32, 32, 3) and frame.dtype == np.uint8
    if name in ("arid", "actions"):
        np.testing.assert_array_equal(frame, CLIP[4, ..., :3])
        assert (
            caption
            == {"arid": "jump; ARID (Xu et al. 2020, arXiv 2006.03876), CC BY 4.0", "actions": "jump, generated"}[name]
        )
    else:
        assert (frame == 200).all() and caption == f"a frame of {name}, not shown: its licence does not allow it"


def test_prose_shows_printed_least_and_measured_time(reported: Reported) -> None:
    (cost, latency) = (
        SimpleNamespace(run=run, values=values, about={"device": "A processor"})
        for run, values in zip(
            runs.prose("laptop", 0),
            ({"macs": MACS}, {"milliseconds": {"fp32": [21_000.0, 20_000.0]}, "device": "cpu", "threads": 2}),
            strict=True,
        )
    )
    drawn = prose.draw([latency, cost], "laptop")  # type: ignore[list-item]
    table = drawn.table.set_index("row")
    assert table.loc["time per video, fp32", "value"] == 20_000 and table.loc["time per video, fp32", "paper"] == 770
    assert table.loc["time per video at the peak of the paper's card", "value"] == pytest.approx(101.6, abs=0.1)
    assert table["paper"].notna().sum() == 1  # the printed time is of no other row
    needs = [table.loc[f"speed needed for {name}", "value"] for name in claims.TRAINING_VIDEOS]
    assert [f"{value:.1f}" for value in needs] == ["52.0", "6.2", "0.6"]
    assert verdicts(drawn) == {
        "latency-770ms": "stands",
        "train-time-feasible": "falls",
        "epoch-time-consistency": "stands",
    }
    assert "A processor, 2 threads" in drawn.protocol and "fp32 20,000 ms" in drawn.claims[0]["ours"]
    assert all(
        said in words(drawn.figure) for said in ("770 ms", "102 ms", "20,000 ms", "52.0", "peak of the card 11.3")
    )
    cuda = SimpleNamespace(run=latency.run, values=latency.values | {"device": "cuda"}, about={"device": "A card"})
    assert prose.draw([cost, cuda], "laptop").protocol.endswith("device: A card")  # type: ignore[list-item]
    mpl.pyplot.close("all")


def test_budget_says_what_is_left_untrained() -> None:
    drawn = DRAWN["budget"]("laptop")
    notes = drawn.table.set_index("row")["note"]
    assert list(notes.index) == [ALL, FROZEN] and drawn.claims == [] and drawn.table["paper"].isna().all()
    assert f"{ALL}: 12.3 ms a clip pass" in notes[ALL] and "random weights" not in notes[ALL]
    assert "backbones keep the random weights they begin with; no random start, crop or flip" in notes[FROZEN]
    assert "no pretraining" in notes[FROZEN] and "pretrained" not in notes[ALL].replace("no pretraining", "")
    mpl.pyplot.close("all")


def test_budget_names_public_weights(public: None) -> None:
    notes = DRAWN["budget"]("paper").table.set_index("row")["note"]
    assert list(notes.index) == [FROZEN]  # what trains every layer is in Table 1
    assert "backbones keep the public weights" in notes[FROZEN] and notes[FROZEN].endswith("public weights")
    mpl.pyplot.close("all")


def test_figure1_shows_an_action_and_its_reverse() -> None:
    (run,) = runs.figure1("laptop", 0)
    assert dict(run.data.options)["classes"] == ("sit", "stand") and run.data.clips.input == "rgb"
    values = {"classes": ["sit", "stand"], "names": ["day-s0/sit/a000_0", "day-s0/stand/a000_0"]}
    frames = np.zeros((2, 8, 24, 24, 3), np.uint8)
    drawn = sheets.figure1([Trained(run, 0.0, values=values, tensors={"frames": frames})], "laptop")  # type: ignore[list-item]
    assert list(drawn.table["value"]) == values["names"] and drawn.claims == [] and drawn.frames
    assert "stand-in" in drawn.protocol and "played backwards" in drawn.table["note"].iloc[0]
    mpl.pyplot.close("all")


def test_every_claim_is_decided_by_the_artifact_that_its_file_names() -> None:
    told = {
        row["claim_id"].rpartition(".")[2]: row["decided_by"]
        for row in catalogue.claims("paper")
        if row["paper"] == "ou2019"
    }
    decided = {claim: f"ou2019.{name}" for name, ids in DECIDES.items() for claim in ids}
    decided |= dict.fromkeys(("latency-770ms", "train-time-feasible", "epoch-time-consistency"), "ou2019.prose")
    assert told == decided | {"no-extra-fc-params": "ou2019.figure3"}
