"""The experiments in the dark: which runs they need, and what is drawn and decided from made-up
records.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from made_up import MadeUp, recognised

from repro.papers import catalogue
from repro.papers.measure import planned
from repro.papers.wei2025 import dark, figures89, light, table5
from repro.papers.wei2025.dark import (
    CLAHE,
    ENHANCED,
    GAMMA,
    IN_DARK,
    IN_ENHANCED,
    LIT,
    MULTISCALE,
    PER_CLIP,
    RAW,
    TRAINED_LIT,
    WITH_NIGHT,
)
from repro.papers.wei2025.runs import OURS, table3_places
from repro.spec import SCALES, Run, from_dict, to_dict

SIX = tuple(name.title() for name in dark.SIX)  # as ARID writes them
ABSENT = ("drink", "pick", "pour", "push", "wave")
ALL = (*dark.SIX, *ABSENT)
Accuracy = Callable[[str, str], float]


@pytest.fixture(autouse=True)
def drawn_without_a_screen() -> Any:
    mpl.use("Agg")
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def rising(how: str, way: str) -> float:
    """Enhancement helps."""
    return {RAW: 0.4, GAMMA: 0.5, CLAHE: 0.5, ENHANCED: 0.8, MULTISCALE: 0.8, LIT: 0.9}[way] + (
        0.05 if how == WITH_NIGHT else 0
    )


def made(places: list[dark.Place], accuracy: Accuracy = rising, classes: tuple[str, ...] = SIX) -> list[MadeUp]:
    return [recognised(run, accuracy(how, way), classes) for _, how, way, run in places]


def words(figure: Any) -> str:
    return " | ".join(t.get_text() for t in figure.findobj(mpl.text.Text) if t.get_text())


# Which runs


@pytest.mark.parametrize("scale", SCALES)
def test_every_block_can_be_run_and_has_a_before_and_an_after(scale: str) -> None:
    blocks = dark.blocks(scale, 2)
    assert len({block.name for block in blocks}) == len(blocks)
    for block in blocks:
        assert dark.pairs(block)
        for pair in dark.pairs(block):
            assert {way for _, way in pair} <= set(block.tests) and {how for how, _ in pair} <= set(block.trained)
        assert {tuple(run.seed for run in runs) for runs in block.trained.values()} == {(0, 1)}
        for _, _, way, run in block.places():
            assert from_dict(Run, json.loads(json.dumps(to_dict(run)))) == run
            assert run.data == block.tests[way]
            lights = [parent for parent in run.after if parent.task == "enhance"]
            trained = [parent for parent in run.after if parent.task == "train"]
            assert lights == [block.enhancers[way]] if run.data.clips.enhancement == "enhanced" else not lights
            assert (len(trained), run.recipe.epochs > 0) in ((1, False), (0, True))
            for parent in trained:  # what it does not inherit by weights must be the same
                assert (parent.network, parent.arguments, parent.seed) == (run.network, run.arguments, run.seed)
                assert (parent.data.clips.channels, parent.data.clips.frames) == (
                    run.data.clips.channels,
                    run.data.clips.frames,
                )


@pytest.mark.parametrize("scale", SCALES)
def test_the_clips_of_a_block_differ_in_light_alone(scale: str) -> None:
    for block in dark.blocks(scale, 1):
        raw = block.tests[RAW]
        for way, data in block.tests.items():
            clips = data.clips
            assert (clips.enhancement, clips.darkness) == (
                ("none", 0.0) if way == LIT else (dark.LIGHT[way], raw.clips.darkness)
            )
            assert replace(data, clips=replace(clips, enhancement="none", darkness=raw.clips.darkness)) == raw


@pytest.mark.parametrize("scale", SCALES)
def test_enhancers_learn_from_the_same_dark_clips_in_colour(scale: str) -> None:
    for block in dark.blocks(scale, 1):
        assert set(block.enhancers) == {
            way for way, data in block.tests.items() if data.clips.enhancement == "enhanced"
        }
        for way, run in block.enhancers.items():
            raw = block.tests[RAW]
            if (
                block.name == "actions at night, flow"
            ):  # loud scenes: lit by the enhancer of the block before, which saw scenes by day
                raw = dark.blocks(scale, 1)[0].tests[RAW]
            assert replace(run.data, split=raw.split) == replace(
                raw, clips=replace(raw.clips, input="rgb", enhancement="none")
            )
            assert (
                run.data.split == ("official" if raw.split == "all" else raw.split)
                and not run.after
                and run.recipe.epochs > 0
            )
            assert dict(run.arguments) == ({"scales": (1, 2, 4)} if way == MULTISCALE else {})


@pytest.mark.parametrize("scale", SCALES)
def test_every_recogniser_takes_the_clips_of_its_block(scale: str) -> None:
    """On torch's meta device: shapes only."""
    seen = set()
    for block in dark.blocks(scale, 1):
        for _, _, _, run in block.places():
            clips = run.data.clips
            if (spot := (run.network, run.arguments, clips.channels, clips.height)) in seen:
                continue
            seen.add(spot)
            with torch.device("meta"):
                module = importlib.import_module(f"repro.networks.{run.network}")
                network = module.build(classes=11, in_channels=clips.channels, **dict(run.arguments)).eval()
                logits, _ = network(torch.empty(1, clips.channels, clips.frames, clips.height, clips.width))
            assert logits.shape == (1, 11)


def test_lit_recognisers_are_those_of_table3() -> None:
    for scale, seeds in (("laptop", 0), ("smoke", 2)):
        for block, column in zip(dark.blocks(scale, seeds), ("actions, RGB", "actions, flow"), strict=True):
            ours = [run for row, heading, run in table3_places(scale, seeds) if (row, heading) == (OURS, column)]
            assert block.trained[TRAINED_LIT] == ours
            assert [block.tested(run, LIT) for run in ours] == ours  # nothing is run twice
    ours = [run for row, heading, run in table3_places("mini", 0) if (row, heading) == (OURS, "ARID-6, flow")]
    assert {b.name: b for b in dark.blocks("mini", 0)}["ARID-6, flow, group split"].trained[dark.IN_GAMMA] == ours


def test_tested_where_it_was_trained_it_is_the_run_itself() -> None:
    block = dark.blocks("laptop", 1)[0]
    (plain,), (night,), (lit,) = (block.trained[how] for how in (TRAINED_LIT, IN_DARK, IN_ENHANCED))
    assert block.tested(night, RAW) is night and block.tested(lit, ENHANCED) is lit
    again = block.tested(plain, RAW)
    assert (
        again.after == (plain,)
        and again.recipe.epochs == 0
        and again.seed == plain.seed
        and again.data == block.tests[RAW]
    )
    assert block.tested(plain, ENHANCED).after == (plain, block.enhancers[ENHANCED])
    # the same clips by name, but lit by another enhancer than it was trained with
    assert block.tests[MULTISCALE] == block.tests[ENHANCED]
    assert block.tested(lit, MULTISCALE).after == (lit, block.enhancers[MULTISCALE])


def test_the_control_sees_lit_clips_as_often() -> None:
    for scale in ("laptop", "paper"):
        trained = dark.blocks(scale, 1)[0].trained
        (plain,), (control,) = trained[TRAINED_LIT], trained[WITH_NIGHT]
        assert control.recipe.epochs == 2 * plain.recipe.epochs and control.recipe.augment == (
            *plain.recipe.augment,
            "night",
        )
        assert replace(control, recipe=plain.recipe) == plain
        (per_clip,) = trained[PER_CLIP]
        assert per_clip.recipe == replace(plain.recipe, input_norm="per_clip")


def test_the_papers_own_protocol_comes_first() -> None:
    (block,) = dark.blocks("paper", 0)
    (run, *_) = block.trained[TRAINED_LIT]
    assert (run.data.name, block.tests[RAW].name, block.tests[RAW].split) == ("hmdb51", "arid", "official")
    assert run.protocol.answer_classes == "restrict" and len(block.trained[TRAINED_LIT]) == 3
    for scale in SCALES:
        assert [(how, way) for _, how, way, run in dark.main_places(scale, 1)] == [
            (TRAINED_LIT, RAW),
            (TRAINED_LIT, ENHANCED),
        ]


@pytest.mark.parametrize("scale", SCALES)
def test_no_recogniser_saw_the_clips_it_is_tested_on(scale: str) -> None:
    """What is trained on another split of the same set would; `notes` could not say so."""
    for _, _, _, run in dark.grid_places(scale, 1):
        for parent in (p for p in run.after if p.task == "train"):
            assert parent.data.name != run.data.name or (parent.data.split, parent.data.options) == (
                run.data.split,
                run.data.options,
            )


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("places", [dark.grid_places, dark.shown_places, dark.main_places])
def test_no_cell_is_asked_for_twice_and_all_lie_in_the_grid(
    places: Callable[[str, int], list[dark.Place]], scale: str
) -> None:
    found = places(scale, 0)
    assert len(set(found)) == len(found) and set(found) <= set(dark.grid_places(scale, 0))


def test_seeds_are_read_off_the_runs() -> None:
    for seeds in (0, 1, 2):
        assert planned(dark.main_places, "laptop", made(dark.main_places("laptop", seeds))) in (
            (seeds, dark.main_places("laptop", seeds)),
            (0, dark.main_places("laptop", 0)),
        )
    with pytest.raises(ValueError, match="these 2 runs are not those that main_places plans at laptop"):
        planned(dark.main_places, "laptop", made(dark.main_places("laptop", 1))[::-1])


# Table 5


def verdicts(drawn: Any) -> dict[str, dict[str, Any]]:
    return {row["claim_id"].rpartition(".")[2]: row for row in drawn.claims}


def test_table5_has_a_row_per_class_and_says_which_are_absent() -> None:
    drawn = table5.draw(made(dark.shown_places("mini", 0)), "mini")
    names = list(dict.fromkeys(drawn.table["row"]))
    assert sorted(names[:-1]) == sorted(ALL) and names[-1] == table5.AVERAGE
    accuracy = drawn.table[drawn.table["metric"] == "accuracy"].set_index(["column", "row"])
    assert accuracy.index.is_unique
    columns = [c for c in dict.fromkeys(drawn.table["column"]) if c not in table5.PRINTED]
    assert len(columns) == 6 and [c.rpartition(", ")[2] for c in columns] == ["before", "after"] * 3
    for column in columns:
        assert set(accuracy.loc[column].index) == set(names)
        for name in ABSENT:
            cell = accuracy.loc[(column, name)]
            assert np.isnan(cell["value"]) and np.isnan(cell["low"]) and cell["note"] == "absent from this test set"
        for name in dark.SIX:
            cell = accuracy.loc[(column, name)]
            assert (cell["n_items"], cell["n_groups"]) == (10, 10) and cell["low"] <= cell["value"] <= cell["high"]
        shares = accuracy.loc[column].loc[list(dark.SIX)]
        whole = accuracy.loc[(column, table5.AVERAGE)]
        assert shares["value"].mean() == pytest.approx(whole["value"]) == (0.4 if column.endswith("before") else 0.8)
        assert whole["n_items"] == 60 and (table5.SUBSTITUTED in whole["note"]) == column.endswith("after")


def test_table5_prints_the_papers_numbers_apart() -> None:
    table = table5.draw(made(dark.shown_places("mini", 1)), "mini").table
    printed = table[table["column"].isin(table5.PRINTED)].set_index(["row", "column"])
    assert len(printed) == 24 and printed["value"].isna().all()
    assert (
        printed.loc[("drink", "after enhancement"), "paper"] == 84.3
        and printed.loc[(table5.AVERAGE, table5.PRINTED[0]), "paper"] == 60.3
    )
    assert table[~table["column"].isin(table5.PRINTED)]["paper"].isna().all()


def test_table5_holds_the_mean_score_beside_accuracy() -> None:
    """Made-up scores are one or nought, so the mean score of a class is its accuracy."""
    table = table5.draw(made(dark.shown_places("laptop", 1)), "laptop").table
    scores = table[table["metric"] == table5.SCORE].set_index(["column", "row"])["value"]
    accuracy = table[table["metric"] == "accuracy"].set_index(["column", "row"])["value"]
    assert len(scores) == 2 * 7
    np.testing.assert_allclose(scores, accuracy.loc[scores.index])


def test_scores_that_hesitate_are_averaged_as_they_are() -> None:
    @dataclass(frozen=True)
    class Unsure(MadeUp):
        def predictions(self) -> dict[str, np.ndarray]:
            found = MadeUp.predictions(self)
            return found | {"probability": 0.6 * found["probability"] + 0.4 / 6}

    run = dark.main_places("mini", 1)[0][-1]
    sure = recognised(run, 0.5, SIX)
    (cell,) = table5.gather([("b", "h", RAW, run)], [Unsure(run, 0.5, values=sure.values)]).values()
    rows = {row["row"]: row for row in table5.score_rows(cell, "c", "mini")}
    assert set(rows) == {*dark.SIX, table5.AVERAGE}
    assert rows[table5.AVERAGE]["value"] == pytest.approx(0.5 * 0.6 + 0.4 / 6) and rows[table5.AVERAGE]["low"] is None


def test_a_class_of_few_groups_has_no_interval() -> None:
    @dataclass(frozen=True)
    class Few(MadeUp):
        def predictions(self) -> dict[str, np.ndarray]:
            return MadeUp.predictions(self) | {"group": np.array([f"g{i // 12}" for i in range(60)])}

    run = dark.main_places("mini", 1)[0][-1]
    (cell,) = table5.gather([("b", "h", RAW, run)], [Few(run, 0.5, values=recognised(run, 0.5, SIX).values)]).values()
    rows = {row["row"]: row for row in table5.class_rows(cell, "c", "mini")}
    assert (rows["walk"]["low"], rows["walk"]["high"], rows["walk"]["n_groups"]) == (None, None, 5)
    assert "value" in rows["walk"] and rows["wave"].get("value") is None


ARITHMETIC = {"avg-before", "avg-after", "avg-gain", "grim-12-clips", "class-rank-preserved", "hard-classes"}
MEASURED = {"enhance-raises-accuracy", "every-class-improves", "gain-larger-where-worse"}


def decided(accuracy: Accuracy, scale: str = "mini", classes: tuple[str, ...] = SIX) -> dict[str, dict[str, Any]]:
    return verdicts(table5.draw(made(dark.shown_places(scale, 0), accuracy, classes), scale))


def test_table5_decides_its_claims_and_those_of_the_printed_numbers() -> None:
    found = decided(rising)
    assert set(found) == MEASURED | ARITHMETIC
    assert {row["claim_id"] for row in catalogue.claims("paper") if row["decided_by"] == table5.ID} == {
        f"wei2025.claim.{name}" for name in found
    }
    raises = found["enhance-raises-accuracy"]
    assert (raises["verdict"], raises["ours"]) == ("same direction", "0.40 before, 0.80 after")
    assert 0 < raises["low"] < 0.4 < raises["high"]
    assert found["every-class-improves"]["ours"].startswith("6 of 6 classes rise, by +")
    assert all(row["artifact"] == table5.ID and row["reason"] for row in found.values())


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (0.8, 0.4, "opposite"),
        (0.6, 0.6, "undecided"),
        (1 / 6, 0.8, "at floor or ceiling"),
        (0.6, 1.0, "at floor or ceiling"),
    ],
)
def test_words_that_enhancement_can_earn(before: float, after: float, word: str) -> None:
    found = decided(lambda _, way: before if way == RAW else after)
    assert found["enhance-raises-accuracy"]["verdict"] == word
    if word == "at floor or ceiling":
        assert found["every-class-improves"]["verdict"] == word


def test_a_substitute_never_makes_the_claim_stand_or_fall() -> None:
    up = decided(rising, "paper")["enhance-raises-accuracy"]
    down = decided(lambda _, way: 0.8 if way == RAW else 0.4, "paper")["enhance-raises-accuracy"]
    assert (up["verdict"], down["verdict"]) == ("same direction", "opposite")
    assert "Enhancer substituted" in up["reason"] and "Enhancer substituted" in down["reason"]


def test_the_gain_is_told_beside_what_plain_means_give() -> None:
    laptop = decided(rising, "laptop")["enhance-raises-accuracy"]["reason"]
    assert "plain gamma +0.10 [" in laptop and "per-clip input and no enhancement +0.00 [" in laptop
    assert (
        "per-clip input and enhancement +0.40 [" in laptop
        and "trained with darkened clips too, no enhancement +0.05 [" in laptop
    )
    assert (
        "Enhanced over raw elsewhere: actions at night, RGB, trained dark, enhanced, each in the light it is tested in +0.40 ["
        in laptop
    )
    mini = decided(rising)["enhance-raises-accuracy"]["reason"]
    assert "no per-clip row, as flow is divided" in mini and "trained on darkened clips, no enhancement" in mini
    assert mini.count("trained dark, enhanced, each in the light it is tested in +0.40 [") == 2


def test_table5_draws_every_pair_with_what_is_absent() -> None:
    drawn = table5.draw(made(dark.shown_places("mini", 1)), "mini")
    assert "ARID, as printed" in words(drawn.figure) and words(drawn.figure).count("absent here") == 3 * len(ABSENT)
    assert table5.SUBSTITUTED in drawn.protocol and "clip level" in drawn.protocol


# The grid beside it


@pytest.mark.parametrize("scale", SCALES)
def test_light_has_a_grid_per_block(scale: str) -> None:
    drawn = light.draw(made(dark.grid_places(scale, 2)), scale)
    blocks = dark.blocks(scale, 2)
    assert len(drawn.table) == sum(len(block.trained) * len(block.tests) for block in blocks)
    assert drawn.table.set_index(["row", "column"]).index.is_unique and (drawn.table["seeds"] == 2).all()
    assert len(drawn.figure.axes) == len(blocks) and drawn.claims == []
    for block, ax in zip(blocks, drawn.figure.axes, strict=True):
        assert ax.get_title(loc="left") == f"{block.name}: n = 60, 20 groups, 2 seeds, chance 0.17"
        assert [t.get_text() for t in ax.get_yticklabels()] == list(block.trained)
        assert [t.get_text() for t in ax.get_xticklabels()] == list(block.tests)
        assert ax.images[0].get_array()[0, list(block.tests).index(ENHANCED)] == pytest.approx(0.8)
    lit = drawn.table["column"].isin([ENHANCED, MULTISCALE]) | drawn.table["row"].str.endswith(f"trained {IN_ENHANCED}")
    assert (drawn.table["note"].str.contains("Zero-DCE") == lit).all()


# Figures 8 and 9


@dataclass(frozen=True)
class Lights(MadeUp):
    """A made-up enhancer: four test clips with grey frames that become brighter."""

    values: dict[str, Any] = field(
        default_factory=lambda: {"names": [f"clip{i}" for i in (0, 1, 8, 5)], "labels": [0, 1, 2, 5]}
    )

    def inside(self) -> dict[str, np.ndarray]:
        steps = np.stack([np.full((6, 8, 3), 20 * (n + 1), np.uint8) for n in range(9)])
        return {f"{i}/asked/steps": steps + np.uint8(i) for i in range(4)}


def figure8(scale: str, accuracy: Accuracy = rising) -> Any:
    enhancer, *_ = dark.figure8(scale, 0)
    lights = Lights(enhancer, 0.0)
    lights.values["classes"] = list(SIX)
    return figures89.figure8([lights, *made(dark.main_places(scale, 0), accuracy)], scale)


def test_figure8_shows_each_clip_before_and_after_with_what_is_recognised() -> None:
    drawn = figure8("mini", lambda _, way: 0.0 if way == RAW else 1.0)
    parts = drawn.figure.axes[0].child_axes
    assert [part.images[0].get_array().mean() for part in parts] == [20, 180, 21, 181, 22, 182, 23, 183]
    assert [part.get_title() for part in parts[::2]] == [dark.SIX[k] for k in (0, 1, 2, 5)]
    assert parts[0].get_xlabel() == f"{dark.SIX[1]} 1.00 ✗" and parts[1].get_xlabel() == f"{dark.SIX[0]} 1.00 ✓"
    assert len(drawn.table) == 8 and list(drawn.table["column"][:2]) == [figures89.BEFORE, figures89.AFTER]
    assert set(drawn.table["data"]) == {"arid"} and (drawn.table["value"] == 1).all()
    for text in ("ARID (Xu et al. 2020, arXiv 2006.03876), CC BY 4.0", "seed 0", "sees the optical flow"):
        assert text in words(drawn.figure)


def test_figure8_credits_the_world_and_keeps_quiet_about_flow_in_colour() -> None:
    said = words(figure8("laptop").figure)
    assert "Frames: generated world" in said and "optical flow" not in said


def test_figure9a_is_the_matrix_of_all_seeds_before() -> None:
    records = made(dark.main_places("mini", 0))
    drawn = figures89.figure9a(records, "mini")
    assert len(drawn.table) == 36 and drawn.claims == [] and (drawn.table["seeds"] == 3).all()
    cells = drawn.table.set_index(["row", "column"])["value"]
    assert sum(cells[name, f"predicted {name}"] for name in dark.SIX) / 6 == pytest.approx(0.4)
    assert cells.groupby("row").sum().to_numpy() == pytest.approx(np.ones(6))
    assert (drawn.table["n_items"] == 30).all() and (drawn.table["split"] == "all").all()
    assert "walk (30)" in words(drawn.figure) and "before enhancement: accuracy 0.40 [" in words(drawn.figure)
    assert "rows actual and columns predicted (W16)" in drawn.protocol


def test_classes_that_were_not_tested_have_no_row() -> None:
    drawn = figures89.figure9a(made(dark.main_places("mini", 1), classes=ALL), "mini")
    assert set(drawn.table["row"]) == set(dark.SIX) and len(drawn.table) == 6 * 11
    assert "wave (0)" in words(drawn.figure)


@pytest.mark.parametrize("classes", [SIX, ALL], ids=["six", "eleven"])
def test_figure9b_adds_what_changed_and_decides_as_table5_does(classes: tuple[str, ...]) -> None:
    drawn = figures89.figure9b(made(dark.main_places("mini", 0), classes=classes), "mini")
    (claim,) = drawn.claims
    assert claim["claim_id"] == "wei2025.claim.confusion-lower-after" and claim["artifact"] == "wei2025.figure9b"
    assert claim["ours"] == "mean share off the diagonal 0.60 before, 0.20 after"
    assert claim["verdict"] == "same direction" == decided(rising)["enhance-raises-accuracy"]["verdict"]
    cells = drawn.table.set_index(["row", "column"])["value"]
    assert sum(cells[name, f"predicted {name}"] for name in dark.SIX) / 6 == pytest.approx(0.8)
    after, change, *_ = drawn.figure.axes
    assert after.get_title(loc="left").startswith("after enhancement: accuracy 0.80 [")
    assert change.get_title(loc="left") == "after minus before"
    assert np.trace(after.images[0].get_array()[:6, :6]) / 6 == pytest.approx(0.8)
    assert np.trace(change.images[0].get_array()[:6, :6]) / 6 == pytest.approx(0.4)


def test_figure9b_says_what_table5_says() -> None:
    records = made(dark.main_places("paper", 0))
    claim = figures89.figure9b(records, "paper").claims[0]
    assert claim["verdict"] == "same direction" and "Enhancer substituted" in claim["reason"]
    level = made(dark.main_places("paper", 0), lambda *_: 0.6)
    assert figures89.figure9b(level, "paper").claims[0]["verdict"] == "undecided"
