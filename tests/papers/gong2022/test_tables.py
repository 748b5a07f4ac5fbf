"""gong2022 on made-up records: which runs it needs, what its sums say, what stands beside the
printed numbers, what is drawn.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from drawn import crossing, words
from made_up import MadeUp

from repro.evidence.tables import seed_numbers, to_markdown
from repro.papers import catalogue
from repro.papers.gong2022 import arithmetic, claims, frozen, rows, runs, segments, settings, tables
from repro.papers.gong2022.rows import NOT_BUILT
from repro.papers.gong2022.settings import (
    BACKBONE,
    BASELINES,
    BOTH,
    MFF,
    NETWORK,
    NONE,
    OURS,
    PUBLIC,
    SECOND,
    SEEN,
    SPANS,
    STC,
    SWITCHES,
    TSM,
    TSN,
)
from repro.papers.measure import Cell, cells
from repro.papers.reproduce import ArtifactResult
from repro.spec import SCALES, Data, Recipe, Run

SMALL = tuple(scale for scale in SCALES if scale != "paper")
NL, EIGHT, SIXTEEN = "SlowFast 16x8 R101+NL", "VCM-SDD 8x6 R101", "VCM-SDD 16x6 R101"
PLACES = {
    "table2": runs.table2_places,
    "table3": runs.table3_places,
    "table4": runs.table4_places,
    "segments": runs.segments_places,
    "pool": runs.pool_places,
    "frozen": runs.frozen_places,
}
TESTED = ("table2", "table3", "table4")
Reported = dict[tuple[str, str, str], str]


@pytest.fixture(autouse=True)
def without_weights(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the paper's plan names depends on what lies under $REPRO_DATA."""
    mpl.use("Agg")
    monkeypatch.delenv("REPRO_DATA", raising=False)
    yield
    mpl.pyplot.close("all")


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder that holds all published weights."""
    (tmp_path / "weights").mkdir()
    for name, _ in PUBLIC.values():
        (tmp_path / "weights" / name).touch()
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))


@pytest.fixture
def reported() -> Reported:
    return dict(catalogue.reported("gong2022"))


def seeds(places: Iterable[tuple[str, str, Run]]) -> dict[tuple[str, str], int]:
    """How many seeds every place has: 0, 1, ... without a gap."""
    found: dict[tuple[str, str], list[int]] = {}
    for row, column, run in places:
        found.setdefault((row, column), []).append(run.seed)
    assert all(values == list(range(len(values))) for values in found.values())
    return {place: len(values) for place, values in found.items()}


def training(run: Run) -> Run:
    """Itself, or the training whose weights it tests."""
    return run if run.recipe.epochs else run.after[0]


def printed_rows(table: str) -> list[str]:
    return list(dict.fromkeys(row for where, row, _ in catalogue.reported("gong2022") if where == f"gong2022.{table}"))


# What is trained


@pytest.mark.parametrize("scale", SCALES)
def test_rows_and_columns_of_the_tables(scale: str) -> None:
    plan = settings.plan(scale)
    assert plan.decided and set(plan.decided) <= set(plan.ablation) and plan.seeds >= plan.rest >= 1
    found = seeds(runs.table2_places(scale, 0))
    assert list(found) == [(row, column) for column in plan.ablation for row in (*SWITCHES, TSN, TSM)]
    assert all(n == (plan.seeds if column in plan.decided else plan.rest) for (_, column), n in found.items())
    for name, where, baselines in (
        ("table3", plan.first, tuple(BASELINES)),
        ("table4", plan.second, SECOND),
        ("segments", None, ()),
    ):
        columns = [where[0]] if where else [plan.first[0], plan.second[0]]
        found = seeds(PLACES[name](scale, 0))
        assert list(found) == [(row, column) for column in columns for row in (*baselines, *OURS)]
        assert set(found.values()) == {plan.rest}
    for name, places in PLACES.items():
        assert set(seeds(places(scale, 4)).values()) == {4}
        assert getattr(runs, name)(scale, 0) == [run for *_, run in places(scale, 0)]


def test_the_rows_are_those_that_are_printed() -> None:
    assert set(printed_rows("table2")) == {*SWITCHES, TSN, TSM}
    third, fourth = printed_rows("table3"), printed_rows("table4")
    assert set(third) & set(NOT_BUILT) | set(fourth) & set(NOT_BUILT) == set(NOT_BUILT)
    assert set(third) - set(NOT_BUILT) == {*BASELINES, *OURS} and set(fourth) - set(NOT_BUILT) == {*SECOND, *OURS}
    assert not set(NOT_BUILT) & {*BASELINES, *OURS} and set(SECOND) <= set(BASELINES) and set(SEEN) <= set(BASELINES)
    assert set(SPANS) == set(BASELINES) - {TSN, TSM}


@pytest.mark.parametrize("scale", SCALES)
def test_ours_is_tested_on_other_segments_and_nothing_else_changes(scale: str) -> None:
    plan = settings.plan(scale)
    how = dict.fromkeys(SWITCHES, plan.more) | {row: getattr(plan, many) for row, (many, _) in OURS.items()}
    whole = [place for name in TESTED for place in PLACES[name](scale, 0)]
    for row, _, run in whole:
        if row in BASELINES:
            assert run.recipe.epochs > 0
            continue
        (parent,) = run.after
        assert parent.network == run.network == NETWORK and parent.recipe.epochs == plan.recipe.epochs
        assert run.recipe == Recipe(precision=parent.recipe.precision)
        seen = replace(run.data, clips=replace(run.data.clips, segments=parent.data.clips.segments))
        assert replace(run, recipe=parent.recipe, after=parent.after, data=seen) == parent
        assert parent.data.clips.segments == plan.train and run.data.clips.segments == how[row]
    datas = [*plan.ablation.values(), plan.first[1], plan.second[1]]
    assert {(data.clips.sampling, data.clips.segments) for data in datas} == {("segments", plan.train)}
    assert plan.more[0] > plan.fewer[0] and plan.fewer[1] == plan.more[1] == plan.train[1]
    assert plan.sizes.get(NETWORK, {}).get("frames", 6) == plan.train[1]


@pytest.mark.parametrize("scale", SCALES)
def test_backbones_come_from_images_of_the_same_seed_or_from_nothing(scale: str) -> None:
    plan = settings.plan(scale)
    for row, _, run in (place for name in TESTED for place in PLACES[name](scale, 0)):
        if (
            row.endswith("_NP")
            or (row in BASELINES and row not in (TSN, TSM))
            or (scale == "paper" and row in BASELINES)
        ):
            assert training(run).after == (), row
        else:
            (images,) = training(run).after
            assert images == runs.pretraining(scale, run.seed), row
            assert (images.seed, images.network, images.task, images.after) == (run.seed, BACKBONE, "train", ())
            assert images.recipe == plan.still and images.recipe.epochs > 0 and images.data.clips.frames == 1
            assert images.data == plan.images[1] and images.data.clips.channels == 3
    assert {row: kind for row, (_, kind) in OURS.items()} == {row: not row.endswith("_NP") for row in OURS}
    assert {run.recipe.backbone_rate for run in runs.table2(scale, 0)} == {1.0}


@pytest.mark.parametrize("scale", SCALES)
def test_a_backbone_trained_on_images_fits(scale: str) -> None:
    begun = {
        training(run) for name in ("table2", "table4") for *_, run in PLACES[name](scale, 1) if training(run).after
    }
    assert {run.network for run in begun} == ({NETWORK} if scale == "paper" else {NETWORK, "tsn", "tsm"})
    for run in begun:
        module, images = importlib.import_module(f"repro.networks.{run.network}"), run.after[0]
        with torch.device("meta"):
            backbone = importlib.import_module(f"repro.networks.{BACKBONE}").build(
                classes=10, in_channels=3, **dict(images.arguments)
            )
            module.load_backbone(
                module.build(classes=7, in_channels=run.data.clips.channels, **dict(run.arguments)),
                backbone.state_dict(),
            )


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", TESTED)
def test_all_rows_of_a_table_pass_as_many_clips_under_one_recipe(scale: str, name: str) -> None:
    plan, places = settings.plan(scale), PLACES[name](scale, 0)
    for column in dict.fromkeys(column for _, column, _ in places):
        found = [training(run) for _, where, run in places if where == column]
        assert {replace(run.data, clips=plan.first[1].clips) for run in found} == {
            replace((plan.ablation | dict([plan.first, plan.second]))[column], clips=plan.first[1].clips)
        }
        assert {replace(run.recipe, lr=0.0) for run in found} == {replace(plan.recipe, lr=0.0)}
        assert {run.protocol for run in found} == {plan.protocol}


@pytest.mark.parametrize("scale", SCALES)
def test_what_each_row_sees_of_the_same_videos(scale: str) -> None:
    plan = settings.plan(scale)
    whole = plan.ablation | dict([plan.first, plan.second])
    for row, column, run in (place for name in TESTED for place in PLACES[name](scale, 1)):
        clips, like = run.data.clips, whole[column].clips
        assert (clips.frame_stride, clips.enhancement, clips.fit, clips.flow, clips.resize_ratio) == (
            like.frame_stride,
            like.enhancement,
            like.fit,
            like.flow,
            like.resize_ratio,
        )
        if row not in BASELINES:
            assert replace(clips, segments=plan.train) == like and clips.channels == 3 + 2 * like.flow_stack
            continue
        assert clips.channels == {"rgb": 3, "flow": 2, "both": 5}[SEEN.get(row, "rgb")], row
        if row in (TSN, TSM):
            assert (clips.input, clips.sampling, clips.segments[1]) == ("rgb", "segments", 1)
            assert clips.segments[0] == (16 if (scale, row) == ("paper", TSM) else 8)
            assert (clips.clip_length, clips.clip_stride, clips.height, clips.width) == (
                like.clip_length,
                like.clip_stride,
                like.height,
                like.width,
            )
            continue
        assert (clips.sampling, clips.segments) == ("span", (1, 1))
        shape = (clips.clip_length, clips.clip_stride, clips.height, clips.width)
        if scale == "paper":
            length, step, side = SPANS[row]
            assert shape == (length, step, side, side)
        else:
            assert shape == (like.clip_length, like.clip_stride, like.height, like.width)


@pytest.mark.parametrize("scale", SCALES)
def test_the_four_rows_of_table2_differ_in_two_switches(scale: str) -> None:
    assert SWITCHES == {NONE: {"stc": False, "mff": False}, STC: {"mff": False}, MFF: {"stc": False}, BOTH: {}}
    by_row = {
        row: run for row, column, run in runs.table2_places(scale, 1) if column == settings.plan(scale).decided[0]
    }
    for row, switches in SWITCHES.items():
        run = by_row[row]
        assert dict(run.arguments) == dict(by_row[BOTH].arguments) | switches
        assert replace(training(run), arguments=()) == replace(training(by_row[BOTH]), arguments=())


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_the_same_run_is_trained_once(scale: str) -> None:
    plan = settings.plan(scale)
    first, data = plan.first
    third, fourth = runs.table3_places(scale, 0), runs.table4_places(scale, 0)
    assert runs.segments_places(scale, 0) == [place for place in third + fourth if place[0] in OURS]
    assert runs.figure4(scale, 0) == [training(run) for row, _, run in third if row == SIXTEEN]
    eight, sixteen = ([training(run) for row, _, run in third if row == name] for name in (EIGHT, SIXTEEN))
    assert eight == sixteen  # one training, tested twice
    if first in plan.ablation and plan.ablation[first] == data:
        both = [run for row, column, run in runs.table2_places(scale, 0) if (row, column) == (BOTH, first)]
        assert set(both) & {run for row, _, run in third if row == SIXTEEN}
    assert runs.pool_places(scale, 0) == [place for place in runs.table2_places(scale, 0) if place[0] in (NONE, STC)]
    assert {row for row, *_ in runs.pool_places(scale, 0)} == {NONE, STC}


@pytest.mark.parametrize("scale", SCALES)
def test_frozen_backbones_are_those_of_the_network_without_both(scale: str) -> None:
    plan, places = settings.plan(scale), runs.frozen_places(scale, 0)
    assert seeds(places) == {(row, column): plan.seeds for column in plan.decided for row in SWITCHES}
    for row, column, run in places:
        (stored,) = run.after
        (base,) = stored.after
        whole = runs.trained(scale, plan.ablation[column], run.seed, row)
        assert base == runs.trained(scale, plan.ablation[column], run.seed, NONE)
        assert (stored.task, stored.arguments, stored.seed, stored.recipe.epochs) == (
            "features",
            base.arguments,
            run.seed,
            0,
        )
        assert stored.data == run.data == replace(base.data, clips=replace(base.data.clips, segments=plan.more))
        assert dict(run.arguments) == dict(whole.arguments) | {"reads": "maps"}
        assert run.recipe == replace(whole.recipe, augment=(), epochs=plan.heads)
        assert (run.task, run.network, run.seed) == ("train", NETWORK, base.seed)


@pytest.mark.parametrize("scale", SCALES)
def test_rates_that_were_chosen_are_among_those_tried(scale: str) -> None:
    plan, chosen = settings.plan(scale), settings.CHOSEN_LR.get(scale, {})
    assert set(chosen) <= {*BASELINES, BOTH} and set(chosen.values()) <= set(settings.LEARNING_RATES)
    for name in TESTED:
        for row, _, run in PLACES[name](scale, 1):
            assert training(run).recipe.lr == chosen.get(row if row in BASELINES else BOTH, plan.recipe.lr)


def test_all_our_rows_take_the_rate_of_the_whole_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CHOSEN_LR, "laptop", {BOTH: 0.07, "I3D": 0.03})
    rates = {row: training(run).recipe.lr for name in TESTED for row, _, run in PLACES[name]("laptop", 1)}
    own = settings.plan("laptop").recipe.lr
    assert rates == {
        row: 0.07 if row not in BASELINES else 0.03 if row == "I3D" else own for row in (*SWITCHES, *BASELINES, *OURS)
    }
    assert {run.recipe.lr for run in runs.frozen("laptop", 1)} == {0.07}


def test_worlds_of_results_are_not_those_that_settings_were_chosen_on() -> None:
    worlds = [run.data for scale in ("laptop", "mini") for name in PLACES for *_, run in PLACES[name](scale, 1)]
    assert {dict(data.options)["seed"] for data in worlds if data.generated} == {settings.UNSEEN} != {0}


def test_paper_scale_is_what_the_paper_states(reported: Reported) -> None:
    plan = settings.plan("paper")
    stated = {column: reported["gong2022.table1", "Kinetics-400", column] for column in ("lr", "epochs", "optimizer")}
    assert (plan.recipe.epochs, plan.recipe.optimiser) == (int(stated["epochs"]), stated["optimizer"].lower())
    assert float(stated["lr"]) in settings.LEARNING_RATES
    assert (plan.fewer, plan.more) == ((8, 6), (16, 6)) and {plan.first[0], plan.second[0]} == {
        "Kinetics-400",
        "Kinetics-600",
    }
    assert [data.name for _, data in (plan.first, plan.second)] == ["kinetics400", "kinetics600"] and plan.seeds >= 3
    for run in (training(run) for row, _, run in runs.table3_places("paper", 0) if row in OURS):
        clips = run.data.clips
        assert run.arguments == () and (clips.height, clips.width, clips.stored, clips.fit) == (
            224,
            224,
            (256, 256),
            "squeeze",
        )
        assert (clips.channels, *settings.SHAPE[1:]) == settings.SHAPE
    assert {run.after[0].data.name for run in runs.figure4("paper", 0)} == {"imagenet"}
    assert dict(runs.pretraining("paper", 0).arguments)["blocks"] == (3, 4, 23, 3)


def test_published_weights_take_the_place_of_images_where_their_file_is(public: None, tmp_path: Path) -> None:
    assert settings.plan("paper").images is None
    for row, _, run in (place for name in TESTED for place in PLACES[name]("paper", 1)):
        begun, given = (
            training(run),
            {name: value for name, value in training(run).arguments if name.startswith("weights")},
        )
        assert begun.after == ()
        if row.endswith("_NP") or (row in BASELINES and row not in (TSN, TSM)):
            assert given == {} and begun.recipe.backbone_rate == 1.0
        else:
            name, digest = PUBLIC[begun.network]
            assert given == {"weights": name, "weights_digest": digest} and dict(begun.arguments)["freeze_norm"] is True
            assert begun.recipe.backbone_rate == settings.BACKBONE_RATE < 1
    assert not any(dict(run.arguments).get("weights") for scale in SMALL for *_, run in runs.table2_places(scale, 1))
    for *_, run in runs.frozen_places("paper", 1):
        assert "weights" not in dict(run.arguments) and run.recipe.backbone_rate == 1.0
        assert dict(run.after[0].arguments)["weights"] == PUBLIC[NETWORK][0]
    (tmp_path / "weights" / PUBLIC[NETWORK][0]).unlink()  # the others' file says nothing of ours
    by_row = {row: training(run) for row, _, run in runs.table3_places("paper", 1)}
    assert [by_row[SIXTEEN].after[0].data.name, "weights" in dict(by_row[TSN].arguments)] == ["imagenet", True]


def clips_of(runs_: Iterable[Run]) -> dict[tuple[Any, ...], Run]:
    """One run of each network, arguments and shape of input."""
    found = {}
    for run in runs_:
        clips = run.data.clips
        found[run.network, run.arguments, clips.channels, clips.frames, clips.height, clips.width] = run
    return found


def networks(scale: str) -> dict[tuple[Any, ...], Run]:
    """Of all artifacts, what tests alone and what is trained first included."""
    planned = [run for places in PLACES.values() for *_, run in places(scale, 1)]
    return clips_of(
        [*planned, *(parent for run in planned for parent in (*run.after, *(p for a in run.after for p in a.after)))]
    )


@pytest.mark.parametrize("scale", ["mini", "paper"])
def test_every_network_takes_the_clips_of_its_scale(scale: str) -> None:
    """On torch's meta device, shapes only: at the tested numbers of segments too, and back at mini."""
    found = networks(scale)
    assert {run.network for run in found.values()} == {NETWORK, BACKBONE, *BASELINES.values()}
    for (network, arguments, channels, *size), run in found.items():
        module, back = importlib.import_module(f"repro.networks.{network}"), bool(run.recipe.epochs) and scale == "mini"
        with torch.device("meta"), torch.set_grad_enabled(back):
            clip = torch.empty(2, channels, *size)
            if dict(arguments).get("reads") == "maps":
                clip = module.build(classes=7, in_channels=channels, **dict(run.after[0].arguments)).maps(clip)
            built = module.build(classes=7, in_channels=clip.shape[1], **dict(arguments))
            logits, _ = built.train(bool(run.recipe.epochs))(clip)
            assert logits.shape == (2, 7), run.label
            if back:
                torch.nn.functional.cross_entropy(logits, torch.zeros(2, dtype=torch.long)).backward()
                assert [name for name, p in built.named_parameters() if p.requires_grad and p.grad is None] == [], (
                    run.label
                )


def test_every_small_network_computes() -> None:
    torch.manual_seed(0)
    for (network, arguments, channels, *size), run in networks("smoke").items():
        module = importlib.import_module(f"repro.networks.{network}")
        clip = torch.rand(2, channels, *size)
        with torch.no_grad():
            if dict(arguments).get("reads") == "maps":
                clip = module.build(classes=7, in_channels=channels, **dict(run.after[0].arguments)).eval().maps(clip)
            logits, _ = module.build(classes=7, in_channels=clip.shape[1], **dict(arguments)).eval()(clip)
        assert logits.shape == (2, 7) and torch.isfinite(logits).all(), run.label


# Made-up records


@dataclass(frozen=True)
class Recognised(MadeUp):
    """Stands for a record on clips of `of` classes; what is right at one level is right at each
    higher, and so among the best five.
    """

    of: int = 6
    five: float = 0.0  # right among the best five; never less than `right`

    def predictions(self) -> dict[str, np.ndarray]:
        n = 240
        label, place = np.arange(n) % self.of, np.random.default_rng(0).permutation(n)
        scores = -((np.arange(self.of) - label[:, None]) % self.of).astype(
            float
        )  # (N, K): the true class first, then those after it
        scores[np.arange(n), label] = np.where(
            place < round(self.right * n), 0.0, np.where(place < round(self.five * n), -1.5, -self.of)
        )
        probability = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        named = {"name": np.array([f"clip{i}" for i in range(n)]), "group": np.array([f"g{i // 3}" for i in range(n)])}
        return {"probability": probability, "label": label} | named


def classes_of(data: Data) -> int:
    """As many as the data set has; of Kinetics enough for a Top5."""
    if data.name == "actions":
        return len(dict(data.options).get("classes", range(11)))
    return {"factors": 4, "surv_fight": 2, "arid": 6, "kinetics400": 20, "kinetics600": 24}[data.name]


def record(run: Run, right: float, five: float = 0.0) -> Recognised:
    values = {
        "chance": 0.1,
        "n_test": 240,
        "n_train": 480,
        "groups_test": 80,
        "notes": [],
        "missing": 0,
        "undecodable": {},
    }
    return Recognised(
        run,
        right,
        values=values | {"diverged": "", "seconds": 1.0},
        of=classes_of(run.data),
        five=five or (1 + right) / 2,
    )


LEVELS = dict.fromkeys(BASELINES, 0.65) | {NONE: 0.6, STC: 0.68, MFF: 0.84, BOTH: 0.92, TSN: 0.6, TSM: 0.76}
LEVELS |= dict(zip(OURS, (0.65, 0.75, 0.8, 0.9), strict=True))
TURNED = {
    NONE: 0.92,
    STC: 0.84,
    MFF: 0.76,
    BOTH: 0.6,
    TSN: 0.68,
    TSM: 0.8,
}  # every claim of Table 2 the other way round
DRAW: dict[str, Callable[[Any, str], ArtifactResult]] = {
    "table2": tables.table2,
    "table3": tables.table3,
    "table4": tables.table4,
    "segments": segments.draw,
    "frozen": frozen.draw,
}
IDS = (*DRAW, "prose")


def draw(name: str, scale: str, times: int = 0, levels: Mapping[str, float] = LEVELS, **changed: Any) -> ArtifactResult:
    """An artifact on made-up records; `changed` values are those of its first record."""
    if name == "prose":
        return arithmetic.draw([], scale)
    made = [record(run, levels[row]) for row, _, run in PLACES[name](scale, times)]
    made[0].values.update(changed)
    return DRAW[name](made, scale)


@cache
def usual(name: str, scale: str) -> ArtifactResult:
    """ArtifactResult once for all that only look; at paper scale without published weights."""
    return draw(name, scale)


def verdicts(drawn: ArtifactResult) -> dict[str, str]:
    return {claim["claim_id"].rpartition(".")[2]: claim["verdict"] for claim in drawn.claims}


def decided_by() -> dict[str, list[str]]:
    """Artifact -> the ends of the claims that name it."""
    found: dict[str, list[str]] = {}
    for row in catalogue.claims("paper"):
        if row["paper"] == "gong2022":
            found.setdefault(row["decided_by"].rpartition(".")[2], []).append(row["claim_id"].rpartition(".")[2])
    return found


# What is drawn


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("scale", ["laptop", "mini", "paper"])
def test_every_number_carries_its_protocol_and_no_text_holds_a_nan(name: str, scale: str) -> None:
    drawn = usual(name, scale)
    assert sorted(verdicts(drawn)) == sorted(decided_by().get(name, []))
    assert {claim["artifact"] for claim in drawn.claims} <= {f"gong2022.{name}"}
    assert set(drawn.table["artifact"]) == {f"gong2022.{name}"} and set(drawn.table["scale"]) == {scale}
    measured = drawn.table[drawn.table["low"].notna()]
    assert len(measured) or name == "prose"
    for column in ("n_items", "seeds", "data", "input", "split", "level", "views", "note"):
        assert measured[column].notna().all() and (measured[column] != "").all(), column
    assert (measured["low"] <= measured["value"]).all() and (measured["value"] <= measured["high"]).all()
    for _, row in drawn.table[drawn.table["seed_values"].notna()].iterrows():
        values = seed_numbers(row["seed_values"])
        assert len(values) == row["seeds"] and np.mean(values) == pytest.approx(row["value"], abs=1e-5)
    assert name == "prose" or drawn.protocol.startswith(f"{scale}: ")
    texts = [
        to_markdown(drawn.table),
        drawn.protocol,
        *(str(value) for claim in drawn.claims for value in claim.values()),
    ]
    texts.append(words(drawn.figure))
    assert [text for text in texts if re.search(r"\bnan\b", text, re.IGNORECASE)] == []
    decided = {claim["verdict"] for claim in drawn.claims if claim["kind"] == "measured"}
    assert (scale, name) == ("paper", "segments") or not decided & {
        "stands",
        "falls",
    }  # baselines without public weights decide nothing


def test_every_claim_is_given_by_the_drawing_that_it_names() -> None:
    """Those of what is drawn elsewhere stand in the module that draws it."""
    assert sum(map(len, decided_by().values())) == 30
    modules = {
        a.id.rpartition(".")[2]: a.draw.partition(":")[0] for a in catalogue.all_artifacts() if a.paper == "gong2022"
    }
    for artifact, claimed in decided_by().items():
        if artifact in IDS:
            continue  # compared where they are drawn
        tree = ast.parse(Path(importlib.import_module(modules[artifact]).__file__).read_text())  # type: ignore[arg-type]
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        assert set(claimed) <= texts, artifact


@pytest.mark.parametrize("name", TESTED)
def test_printed_rows_stand_apart_from_measured_ones_of_other_data(name: str, reported: Reported) -> None:
    table = usual(name, "laptop").table
    paper, ours = table[table["paper"].notna()], table[table["value"].notna()]
    assert paper["value"].isna().all() and ours["paper"].isna().all() and not set(paper["column"]) & set(ours["column"])
    printed = {
        (row, metric): value
        for (where, row, metric), value in reported.items()
        if where == f"gong2022.{name}" and value
    }
    wanted = {
        place: value if place[1] == "GFLOPs" else float(value) for place, value in printed.items()
    }  # costs in the paper's digits
    assert {(row["row"], row["metric"]): row["paper"] for _, row in paper.iterrows()} == wanted and len(paper) == len(
        wanted
    )
    units = {(row["column"], row["unit"]) for _, row in paper.iterrows()}
    kinetics = f"{tables.KINETICS[f'gong2022.{name}']}, as printed"
    assert units == {(kinetics, "%")} | ({("as printed", "GFLOPs")} if name != "table2" else set())
    assert ours["note"].str.startswith(rows.STAND_IN).all()
    assert (table.groupby("column")["unit"].nunique() == 1).all()


@pytest.mark.parametrize("name", ["table3", "table4"])
def test_rows_that_are_not_built_say_why(name: str) -> None:
    unbuilt = set(printed_rows(name)) & set(NOT_BUILT)
    for scale in ("laptop", "paper"):
        table = usual(name, scale).table
        found = table[table["row"].isin(NOT_BUILT)]
        assert set(found["row"]) == unbuilt and found["value"].isna().all()
        assert all(row["note"].startswith(NOT_BUILT[row["row"]]) for _, row in found.iterrows())
        noted = {
            row["row"]: row["note"]
            for _, row in table[table["paper"].notna() & (table["metric"] == "GFLOPs")].iterrows()
        }
        for row, doubt in rows.DOUBTFUL.items():
            assert (doubt in noted.get(row, "")) == (name == "table3"), row


@pytest.mark.parametrize("name", TESTED)
def test_on_the_papers_own_data_measured_rows_stand_beside_the_print(name: str, reported: Reported) -> None:
    drawn = usual(name, "paper")
    table, kinetics = drawn.table, tables.KINETICS[f"gong2022.{name}"]
    assert set(table["column"]) == {kinetics} | ({"as printed"} if name != "table2" else set())
    assert not table.duplicated(["row", "column", "metric"]).any()
    here = table[table["column"] == kinetics].set_index(["row", "metric"])
    for (where, row, metric), value in reported.items():
        if where == f"gong2022.{name}" and metric != "GFLOPs":
            if not value:
                assert (row, metric) not in here.index  # no number is printed, and none measured
                continue
            assert (
                here.loc[(row, metric), "paper"] == pytest.approx(float(value) / 100)
                and here.loc[(row, metric), "unit"] == "fraction"
            )
            assert (row in NOT_BUILT) == np.isnan(here.loc[(row, metric), "value"])
    assert rows.STAND_IN not in to_markdown(table) + drawn.protocol + words(drawn.figure)


@pytest.mark.parametrize("name", [*TESTED, "segments", "frozen"])
def test_the_best_five_are_counted_among_ten_classes_or_more(name: str) -> None:
    for scale in ("laptop", "mini", "paper"):
        many = {column for row, column, run in PLACES[name](scale, 0) if classes_of(run.data) >= rows.MANY}
        table = usual(name, scale).table
        measured = table[table["seed_values"].notna()]
        found: dict[tuple[str, str], set[str]] = {}
        for _, row in measured.iterrows():
            found.setdefault((row["row"], row["column"]), set()).add(row["metric"])
        for (_, column), metrics in found.items():
            assert metrics == ({"Top1", "Top5"} if column in many else {"Top1"}), column
        both = measured.pivot_table(index=["row", "column"], columns="metric", values="value")
        assert "Top5" not in both or (both["Top5"].dropna() > both.loc[both["Top5"].notna(), "Top1"]).all()


def test_notes_say_segments_frames_and_where_the_backbone_came_from() -> None:
    plan = settings.plan("laptop")
    notes = {
        name: usual(name, "laptop").table.query("metric == 'Top1' and value == value").set_index("row")["note"]
        for name in TESTED
    }
    more, fewer, train = ("{} x {}".format(*size) for size in (plan.more, plan.fewer, plan.train))
    said = f"{rows.STAND_IN}; 16x6: {more} segments x frames, trained at {train}; backbone pretrained on stills (generated)"
    assert notes["table3"][SIXTEEN] == said
    assert notes["table3"][f"{SIXTEEN}_NP"].endswith("; no pretraining")
    assert notes["table3"][EIGHT].startswith(f"{rows.STAND_IN}; 8x6: {fewer} segments x frames")
    assert notes["table2"][BOTH].iloc[0].startswith(f"{rows.STAND_IN}; ours: {more} segments x frames")
    assert (
        "TSN and TSM: 8 x 1 segments x frames; " in notes["table4"][TSN]
        and "backbone pretrained on stills" not in notes["table4"][TSN]
    )
    assert notes["table4"][TSN].endswith("pretrained on stills (generated)")  # the same network
    assert notes["table4"][TSM].endswith("backbone pretrained on stills (generated)")
    clips = plan.first[1].clips
    assert (
        f"in a row: {clips.clip_length // clips.clip_stride} of {clips.clip_length} stored frames; no pretraining"
        in notes["table4"]["I3D"]
    )
    assert all(frozen.SAID in note for note in usual("frozen", "laptop").table["note"])


def test_of_published_weights_the_notes_say_so(public: None) -> None:
    notes = draw("table3", "paper", 1).table.query("metric == 'Top1' and value == value").set_index("row")["note"]
    assert {row for row, note in notes.items() if note.endswith("; public weights")} == {EIGHT, SIXTEEN, TSN, TSM}
    assert all(note.endswith("; no pretraining") for row, note in notes.items() if row.endswith("_NP") or row == "I3D")


@pytest.mark.parametrize("scale", ["laptop", "paper"])
def test_the_protocol_names_data_seeds_epochs_and_inputs(scale: str) -> None:
    plan = settings.plan(scale)
    for name, columns in (("table2", list(plan.ablation)), ("table3", [plan.first[0]]), ("table4", [plan.second[0]])):
        said = usual(name, scale).protocol
        judged = f"; verdicts on {' and '.join(plan.decided)}, those on TSN and TSM on {' and '.join(plan.seen)}"
        more = judged if len(columns) > 1 else ""
        assert said.startswith(f"{scale}: {', '.join(columns)}, whole groups{more}; ")
        assert "; video level for segments, clip level for frames in a row, 1 view, " in said
        assert f"last epoch of {plan.recipe.epochs}. colour" in said
        both = next(part for part in re.split(r"; |\. ", said) if part.startswith("colour and flow: "))
        assert f"{TSN}, {TSM}" in said and both.endswith(BOTH if name == "table2" else SIXTEEN)
        if scale == "laptop":
            assert re.search(rf"backbone pretrained on stills \(generated\): [^;]*{TSM}", said)
            assert name == "table2" or "no pretraining: I3D" in said
    few, many = sorted((plan.rest, plan.seeds))
    expected = f"{few} to {many} seeds" if few != many and len(plan.ablation) > 1 else f"{many} seeds"
    assert expected in usual("table2", scale).protocol and f"{plan.rest} seed" in usual("table3", scale).protocol
    assert f"last epoch of {plan.heads}; {frozen.SAID}" in usual("frozen", scale).protocol
    assert "flow alone: R(2+1)D Flow" in usual("table3", scale).protocol


@pytest.mark.parametrize("scale", ["laptop", "paper"])
@pytest.mark.parametrize("name", IDS)
def test_figures_show_every_row_and_nothing_lies_on_anything(name: str, scale: str) -> None:
    figure = usual(name, scale).figure
    figure.draw_without_rendering()
    text = words(figure)
    if name in TESTED:
        assert all(row in text for row in printed_rows(name)) and "Top5" not in text
    if name == "frozen":
        assert all(row in text for row in SWITCHES)
    beside = [
        pair for pair in crossing(figure) if not (pair[0].startswith("scale ") and pair[1].startswith("printed in "))
    ]
    assert (
        beside == []
    )  # a long caption's box is as wide as its longest line, which lies below the neighbour's only one


@pytest.mark.parametrize("scale", ["laptop", "mini", "paper"])
def test_segments_are_contrasted_more_minus_fewer(scale: str) -> None:
    plan, drawn = settings.plan(scale), usual("segments", scale)
    text = words(drawn.figure)
    more, fewer = ("{} x {}".format(*side) for side in (plan.more, plan.fewer))
    assert f"Beside the marks: {more} minus {fewer}" in text
    assert "Pretrained minus not pretrained: +0." in text and f"at more segments on {plan.second[0]}" in text
    differences = drawn.table[drawn.table["column"].str.endswith(", difference")]
    assert len(differences) == 2 * 4 and (differences["value"] > 0).all() and set(differences["metric"]) == {"Top1"}
    named = {re.sub(r" \(.*", "", row) for row in differences["row"]}
    assert named == {"segments, more - fewer", "pretrained - from nothing"} and len(set(differences["row"])) == 4
    levels = drawn.table[drawn.table["seed_values"].notna() & (drawn.table["metric"] != "Top5")].set_index(
        ["row", "column"]
    )["value"]
    for column in (plan.first[0], plan.second[0]):
        assert [levels[row, column] for row in OURS] == pytest.approx([LEVELS[row] for row in OURS], abs=0.01)
        shown = differences[differences["column"] == f"{column}, difference"].set_index("row")["value"]
        assert shown["segments, more - fewer (more segments, pretrained)"] == pytest.approx(0.15, abs=0.01)
        assert shown["pretrained - from nothing (fewer segments, pretrained)"] == pytest.approx(0.1, abs=0.01)
    word = "stands" if scale == "paper" else "same direction"
    assert verdicts(drawn) == {"more-segments-better": word, "pretraining-helps": word}


def test_tables_rank_what_was_measured() -> None:
    plan = settings.plan("laptop")
    (said,) = {claim["ours"] for claim in usual("table2", "laptop").claims}
    first = f"{plan.decided[0]}: both 0.92, MFF 0.84, TSM 0.76, STC 0.68, "
    assert said.startswith(first) and said.count("; ") == len(plan.ablation) - 1
    assert rows.short(BOTH) == "both" and rows.short(NONE) == "none" and rows.short("I3D") == "I3D"


def test_the_best_five_decide_too() -> None:
    """As in the printed table: STC is above TSN by Top1 and below it by Top5."""
    data = settings.plan("paper").first[1]
    run = runs.trained("paper", data, 0)
    levels = {TSN: (0.6, 0.9), STC: (0.7, 0.8), TSM: (0.8, 0.95)}
    found = {(row, "a"): Cell(row, "a", (record(run, *level),)) for row, level in levels.items()}  # type: ignore[arg-type]
    verdict = claims.stc_between_tsn_tsm(found, ["a"], True)
    assert verdict.word == "falls" and "STC - TSN on a, Top5 -0.10 [" in verdict.reason and "Top1" not in verdict.reason
    found[STC, "a"] = Cell(STC, "a", (record(run, 0.7, 0.92),))  # type: ignore[arg-type]
    assert claims.stc_between_tsn_tsm(found, ["a"], True).word == "stands"


def test_verdicts_are_reached_on_what_is_decided_alone() -> None:
    """The modules' on one data set, those on TSN and TSM on the other."""
    plan = settings.plan("laptop")
    assert not set(plan.decided) & set(plan.seen) and set(plan.decided) | set(plan.seen) == set(plan.ablation)
    for modules, baselines in ((LEVELS, TURNED), (TURNED, LEVELS)):
        made = [
            record(run, (modules if column in plan.decided else baselines)[row])
            for row, column, run in runs.table2_places("laptop", 0)
        ]
        reached = verdicts(tables.table2(made, "laptop"))  # type: ignore[arg-type]
        words_of = {id(LEVELS): "same direction", id(TURNED): "opposite"}
        assert {reached[name] for name in claims.OF_MODULES} == {words_of[id(modules)]}
        assert {reached[name] for name in claims.OF_BASELINES} == {words_of[id(baselines)]}


def test_a_claim_stands_or_falls_only_on_everything(public: None, monkeypatch: pytest.MonkeyPatch) -> None:
    words_of = lambda *given, **more: set(verdicts(draw("table2", "paper", *given, **more)).values())  # noqa: E731
    assert words_of() == {"stands"} and words_of(levels=TURNED) == {"falls"}
    assert words_of(missing=1) == words_of(undecodable={"a": "why"}) == {"same direction"}
    assert words_of(settings.plan("paper").seeds - 1) == {"same direction"}
    assert set(verdicts(draw("segments", "paper")).values()) == {"stands"}
    monkeypatch.delenv("REPRO_DATA")  # TSN and TSM then begin from nothing, ours from ImageNet's images
    assert words_of() == {"same direction"}
    assert set(verdicts(draw("segments", "paper")).values()) == {"stands"}


def test_a_note_tells_segments_of_one_training_from_those_of_the_test() -> None:
    run = runs.trained("laptop", settings.plan("laptop").first[1], 0)
    as_trained = Cell("ours", "a", (record(run, 0.5),))  # type: ignore[arg-type]
    n, frames = settings.plan("laptop").train
    assert rows.note(as_trained, "paper") == f"ours: {n} x {frames} segments x frames"
    other = Cell("ours", "a", (record(runs.tested(run, (7, frames)), 0.5),))  # type: ignore[arg-type]
    assert (
        rows.note(other, "laptop")
        == f"{rows.STAND_IN}; ours: 7 x {frames} segments x frames, trained at {n} x {frames}"
    )


def test_inputs_are_told_once_per_row() -> None:
    found = cells([(row, column, record(run, 0.5)) for row, column, run in runs.table3_places("laptop", 2)])  # type: ignore[misc]
    said = dict(part.split(": ") for part in rows.inputs(found.values()).split("; "))
    assert set(said) == {"colour alone", "flow alone", "colour and flow"}
    listed = [row for part in said.values() for row in part.split(", ")]
    assert sorted(listed) == sorted([*BASELINES, *OURS]) and said["flow alone"] == "R(2+1)D Flow"
    assert set(said["colour and flow"].split(", ")) == {"Two-stream I3D", "S3D-G", "R(2+1)D", *OURS}


# Sums of printed numbers

AUDIT = {  # claim -> holds, what a reader must see
    "stc-gain": (True, "Top1: 73.9 - 71.7 = 2.2, stated 2.2; Top5: 91.4 - 90.9 = 0.5, stated 0.5"),
    "mff-over-stc": (True, "Top1: 78.5 - 73.9 = 4.6, stated 4.6; Top5: 93.6 - 91.4 = 2.2, stated 2.2"),
    "k400-segments-np": (True, "Top1: 79.3 - 77.4 = 1.9, stated 1.9; Top5: 93.9 - 93.1 = 0.8, stated 0.8"),
    "k400-segments-pt": (True, "Top1: 80.1 - 78.5 = 1.6, stated 1.6; Top5: 94.4 - 93.5 = 0.9, stated 0.9"),
    "k400-vs-tsn": (False, "Top1: 80.1 - 71.3 = 8.8, stated 8.8; Top5: 94.4 - 91.5 = 2.9, stated 3.9"),
    "k400-vs-tsm": (True, "Top1: 80.1 - 75.1 = 5.0, stated 5.0; Top5: 94.4 - 91.8 = 2.6, stated 2.6"),
    "k400-vs-slowfast": (True, "Top1: 80.1 - 79.8 = 0.3, stated 0.3; Top5: 94.4 - 93.9 = 0.5, stated 0.5"),
    "k600-segments-np": (False, "Top1: 81.3 - 79.6 = 1.7, stated 1.7; Top5: 94.9 - 94.3 = 0.6, stated 0.7"),
    "k600-segments-pt": (False, "Top1: 81.9 - 80.4 = 1.5, stated 1.5; Top5: 95.3 - 94.7 = 0.6, stated 0.4"),
    "k600-vs-tsn": (False, "Top1: 81.9 - 71.7 = 10.2, stated 10.2; Top5: 95.3 - 90.6 = 4.7, stated 4.5"),
    "k600-vs-tsm": (False, "Top1: 81.9 - 75.6 = 6.3, stated 5.3; Top5: 95.3 - 92.1 = 3.2, stated 3.0"),
    "k600-vs-slowfast": (True, "Top1: 81.9 - 81.8 = 0.1, stated 0.1; Top5: 95.3 - 95.1 = 0.2, stated 0.2"),
    "k600-value": (False, "Top5 95.1 in the prose, 95.3 in the table"),
    "k400-best": (True, f"Top1: 80.1, next {NL} 79.8; Top5: 94.4, next {NL} 93.9"),
    "k600-best": (False, f"Top1: 81.9, next {NL} 81.8; Top5: 95.3, next LGD-3D R101 95.6"),
    "k600-size": (True, "392 + 30 = 422 thousand, stated 420, which is rounded to tens"),
}


def test_printed_sums_have_the_answers_of_the_audit(reported: Reported) -> None:
    drawn = usual("prose", "laptop")
    told = {claim["claim_id"].rpartition(".")[2]: claim for claim in drawn.claims}
    assert set(told) == set(AUDIT) == set(decided_by()["prose"]) and {claim["kind"] for claim in drawn.claims} == {
        "arithmetic"
    }
    for name, (holds, said) in AUDIT.items():
        assert (told[name]["verdict"], told[name]["reason"].startswith(said)) == (
            "stands" if holds else "falls",
            True,
        ), told[name]
    older = "with 95.1 the Top5 differences come to 16 minus 8 segments, pretrained: +0.4, ours minus TSN: +4.5, "
    assert f"{older}ours minus TSM: +3.0, ours minus SlowFast+NL: +0.0" in told["k600-value"]["reason"]
    assert all(verdicts(usual("prose", scale)) == verdicts(drawn) for scale in ("mini", "paper"))


def stated(row: str, column: str, value: str) -> Reported:
    return {("gong2022.prose", row, column): value}


@pytest.mark.parametrize("name", arithmetic.STATED)
@pytest.mark.parametrize("metric", arithmetic.METRICS)
def test_a_difference_must_be_as_stated_by_both_metrics(name: str, metric: str, reported: Reported) -> None:
    id, larger, smaller, words_ = arithmetic.STATED[name]
    kinetics = arithmetic.TABLES[id]
    assert {(id, larger, metric), (id, smaller, metric), ("gong2022.prose", words_, f"{kinetics} {metric}")} <= set(
        reported
    )
    for side in arithmetic.METRICS:
        reported |= stated(words_, f"{kinetics} {side}", str(arithmetic.summed(name, side, reported)))
    assert arithmetic.difference(name, reported).word == "stands"
    off = arithmetic.summed(name, metric, reported) + arithmetic.Decimal("0.1")
    assert arithmetic.difference(name, reported | stated(words_, f"{kinetics} {metric}", str(off))).word == "falls"
    padded = f"{arithmetic.summed(name, metric, reported)}0"
    assert arithmetic.difference(name, reported | stated(words_, f"{kinetics} {metric}", padded)).word == "stands"


def test_the_value_and_the_best_can_go_either_way(reported: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    assert arithmetic.k600_value(reported | stated(SIXTEEN, arithmetic.VALUE, "95.3")).word == "stands"
    lower = reported | {("gong2022.table4", "LGD-3D R101", "Top5"): "95.2"}
    assert arithmetic.best("gong2022.table4", lower).word == "stands"
    for metric in arithmetic.METRICS:
        own = arithmetic.Decimal(reported["gong2022.table3", SIXTEEN, metric])
        for value, word in ((own, "stands"), (own + arithmetic.Decimal("0.1"), "falls")):  # as good as the best is best
            beside = {("gong2022.table3", "ECO", metric): str(value)}
            assert arithmetic.best("gong2022.table3", reported | beside).word == word
    for training_, word in ((390, "stands"), (394, "stands"), (396, "falls"), (384, "falls")):
        monkeypatch.setitem(arithmetic.COUNTED, "training", training_)
        assert arithmetic.k600_size().word == word


def test_every_sum_stands_in_the_table_and_in_the_figure(reported: Reported) -> None:
    drawn = usual("prose", "paper")
    table, text = drawn.table, words(drawn.figure)
    differences = table[table["metric"] == "difference"].set_index(["row", "column"])
    assert len(differences) == 24 and len(table) == 24 + 2
    for name, (id, _, _, words_) in arithmetic.STATED.items():
        for metric in arithmetic.METRICS:
            row = differences.loc[(f"{words_}, {arithmetic.TABLES[id]}", metric)]
            assert row["value"] == float(arithmetic.summed(name, metric, reported))
            assert row["paper"] == float(arithmetic.stated(name, metric, reported))
    assert (
        "stated 3.9, sum 2.9" in text and "stated 5.3, sum 6.3" in text and text.count("stated ") == 1 + 6
    )  # the key, and what does not add up
    assert {(row["value"], row["paper"]) for _, row in table[table["metric"] != "difference"].iterrows()} == {
        (95.3, 95.1),
        (422.0, 420.0),
    }


def test_printed_rows_stand_in_the_order_of_the_claim(reported: Reported) -> None:
    """Each module adds and both add most, in print as in the levels made up here."""
    for metric in arithmetic.METRICS:
        order = [float(reported["gong2022.table2", row, metric]) for row in SWITCHES]
        assert all(a < b for a, b in pairwise(order))
