"""The experiments in the dark: which runs they need, and what is drawn and decided from made-up
records.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from drawn import words
from made_up import MadeUp, recognised

from repro.papers import stand_ins
from repro.papers.plan import Planned, joined
from repro.papers.wei2025 import dark, figure8, figure9a, figure9b, light, table3, table5
from repro.papers.wei2025.dark import CLAHE, ENHANCED, GAMMA, LIT, MULTISCALE, PER_CLIP, RAW, TRAINED_LIT, WITH_NIGHT
from repro.papers.wei2025.printed import SIDES
from repro.papers.wei2025.settings import OURS
from repro.spec import SCALES
from results import carries_its_protocol, printed_stand_apart

SIX = tuple(name.title() for name in stand_ins.SIX)  # as ARID writes them
ABSENT = ("drink", "pick", "pour", "push", "wave")
ALL = (*stand_ins.SIX, *ABSENT)
LEVELS = {RAW: 0.4, GAMMA: 0.5, CLAHE: 0.5, ENHANCED: 0.8, MULTISCALE: 0.8, LIT: 0.9}
Accuracy = Callable[[str, str], float]


def rising(row: str, column: str) -> float:
    """Enhancement helps."""
    return LEVELS[column] + (0.05 if row.endswith(f"trained {WITH_NIGHT}") else 0)


def draw(artifact: Any, scale: str, accuracy: Accuracy = rising, seeds: int = 0, classes: Any = SIX) -> Any:
    plan = artifact.plan(scale, seeds)
    return artifact.draw(joined(plan, [recognised(p.run, accuracy(p.row, p.column), classes) for p in plan]), scale)


def everything(scale: str, seeds: int = 1) -> list[tuple[dark.Block, Planned]]:
    return [(block, planned) for block in dark.blocks(scale, seeds) for planned in block.planned(block.grid)]


# Which runs


@pytest.mark.parametrize("scale", SCALES)
def test_every_block_can_be_run_and_has_a_before_and_an_after(scale: str) -> None:
    blocks = dark.blocks(scale, 2)
    assert len({block.name for block in blocks}) == len(blocks)
    for block in blocks:
        assert block.pairs and {way for pair in block.pairs for way in pair} <= set(block.grid)
        assert {tuple(run.seed for run in runs) for runs in block.trained.values()} == {(0, 1)}
    for block, planned in everything(scale):
        run, before = planned.run, planned.run.init_from
        assert planned.row.startswith(f"{block.name}, trained ") and run.data == block.tests[planned.column]
        lit = run.data.clips.enhancement == "enhanced"
        assert run.enhancer == (block.enhancers[planned.column] if lit else None)
        assert (before is None) == (run.recipe.epochs > 0)
        if before:  # what it does not inherit by weights must be the same
            assert (before.network, before.arguments, before.seed) == (run.network, run.arguments, run.seed)
            sizes = [(r.data.clips.channels, r.data.clips.frames) for r in (before, run)]
            assert sizes[0] == sizes[1]
            # nor did it see the clips that it is tested on, of which `notes` could not say so
            same = (before.data.split, before.data.options) == (run.data.split, run.data.options)
            assert before.data.name != run.data.name or same


@pytest.mark.parametrize("scale", SCALES)
def test_the_clips_of_a_block_differ_in_light_alone_and_enhancers_learn_from_them_in_colour(scale: str) -> None:
    first, *_ = blocks = dark.blocks(scale, 1)
    for block in blocks:
        raw = block.tests[RAW]
        for way, data in block.tests.items():
            lights = ("none", 0.0) if way == LIT else (dark.LIGHT[way], raw.clips.darkness)
            assert (data.clips.enhancement, data.clips.darkness) == lights
            assert replace(data, clips=raw.clips) == raw
        enhanced = {way for way, data in block.tests.items() if data.clips.enhancement == "enhanced"}
        assert set(block.enhancers) == enhanced
        # loud scenes are lit by the enhancer of the block before, which saw scenes by day
        seen = first.tests[RAW] if block.name == "actions at night, flow" else raw
        for way, run in block.enhancers.items():
            colour = replace(seen.clips, input="rgb", enhancement="none")
            assert run.data == replace(seen, clips=colour, split=seen.split.replace("all", "official"))
            assert not run.parents and run.recipe.epochs > 0
            assert dict(run.arguments) == ({"scales": (1, 2, 4)} if way == MULTISCALE else {})


@pytest.mark.parametrize(("scale", "seeds"), [("laptop", 0), ("smoke", 2)])
def test_recognisers_of_table3_are_not_trained_again(scale: str, seeds: int) -> None:
    blocks = {block.name: block for block in dark.blocks(scale, seeds)}
    wanted = {f"actions, {kind}": (f"actions at night, {kind}", TRAINED_LIT, LIT) for kind in ("RGB", "flow")}
    plan = [p for p in table3.plan(scale, seeds) if p.row == OURS and p.column in wanted]
    for column in {p.column for p in plan}:
        name, how, way = wanted[column]
        ours = [p.run for p in plan if p.column == column]
        assert blocks[name].trained[how] == ours == [p.run for p in blocks[name].planned([(how, way)])]


def test_tested_where_it_was_trained_it_is_the_run_itself() -> None:
    block = dark.blocks("laptop", 1)[0]
    (plain,), (night,), (lit,) = (block.trained[how] for how in (TRAINED_LIT, dark.IN_DARK, dark.IN_ENHANCED))
    assert block.tested(night, RAW) is night and block.tested(lit, ENHANCED) is lit
    again = block.tested(plain, RAW)
    assert (again.init_from, again.recipe.epochs, again.seed, again.enhancer) == (plain, 0, plain.seed, None)
    assert block.tested(lit, MULTISCALE).enhancer == block.enhancers[MULTISCALE]


@pytest.mark.parametrize("scale", ["laptop", "paper"])
def test_the_control_sees_lit_clips_as_often(scale: str) -> None:
    trained = dark.blocks(scale, 1)[0].trained
    (plain,), (control,), (per_clip,) = (trained[how] for how in (TRAINED_LIT, WITH_NIGHT, PER_CLIP))
    twice = replace(plain.recipe, epochs=2 * plain.recipe.epochs, augment=(*plain.recipe.augment, "darken"))
    assert control == replace(plain, recipe=twice)
    assert per_clip == replace(plain, recipe=replace(plain.recipe, input_norm="per_clip"))


def test_the_papers_own_protocol_comes_first() -> None:
    (block,) = dark.blocks("paper")
    (run, *_), raw = block.trained[TRAINED_LIT], block.tests[RAW]
    assert (run.data.name, raw.name, raw.split) == ("hmdb51", "arid", "official")
    assert run.protocol.answer_classes == "restrict" and len(block.trained[TRAINED_LIT]) == 3
    for scale in SCALES:
        row = dark.blocks(scale)[0].row(TRAINED_LIT)
        assert [(p.row, p.column) for p in figure9a.plan(scale, 1)] == [(row, RAW), (row, ENHANCED)]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("artifact", [light, table5, figure9a])
def test_no_cell_is_asked_for_twice_and_all_lie_in_the_grid(artifact: Any, scale: str) -> None:
    plan = artifact.plan(scale, 0)
    assert len(set(plan)) == len(plan) and set(plan) <= set(light.plan(scale, 0))


# Table 5


def test_table5_has_a_row_per_class_and_says_which_are_absent() -> None:
    table = draw(table5, "mini").table
    names = list(dict.fromkeys(table["row"]))
    assert sorted(names[:-1]) == sorted(ALL) and names[-1] == table5.AVERAGE
    accuracy = table[table["metric"] == "accuracy"].set_index(["column", "row"])
    columns = [c for c in dict.fromkeys(table["column"]) if c not in SIDES]
    assert accuracy.index.is_unique and [c.rpartition(", ")[2] for c in columns] == ["before", "after"] * 3
    for column in columns:
        cells, level = accuracy.loc[column], 0.4 if column.endswith("before") else 0.8
        absent, present, whole = cells.loc[list(ABSENT)], cells.loc[list(stand_ins.SIX)], cells.loc[table5.AVERAGE]
        assert absent[["value", "low"]].isna().all(axis=None) and set(absent["note"]) == {"absent from this test set"}
        assert (present[["n_items", "n_groups"]] == 10).all(axis=None) and present["chance"].isna().all()
        assert present["value"].mean() == pytest.approx(whole["value"]) == level and whole["n_items"] == 60
        assert (dark.SUBSTITUTED in whole["note"]) == column.endswith("after")


def test_table5_prints_the_papers_numbers_apart() -> None:
    result = draw(table5, "mini", seeds=1)
    printed_stand_apart(result, 24)
    said = words(result.figure)
    assert "ARID, as printed" in said and said.count("absent here") == 3 * len(ABSENT)
    assert dark.SUBSTITUTED in result.protocol and "clip level" in result.protocol


@dataclass(frozen=True)
class Unsure(MadeUp):
    """Hesitates, and has five groups of clips."""

    def predictions(self) -> dict[str, np.ndarray]:
        found = MadeUp.predictions(self)
        group = np.array([f"g{i // 12}" for i in range(60)])
        return found | {"probability": 0.6 * found["probability"] + 0.4 / 6, "group": group}


def test_scores_are_averaged_as_they_are_and_few_groups_have_no_interval() -> None:
    planned = figure9a.plan("mini", 1)[0]
    unsure = Unsure(planned.run, 0.5, values=recognised(planned.run, 0.5, SIX).values)
    (cell,) = table5.cells(joined([planned], [unsure])).values()  # type: ignore[list-item]
    rows, scores = ({row["row"]: row for row in part} for part in table5.class_rows(cell, "c", "mini"))
    assert set(scores) == {*stand_ins.SIX, table5.AVERAGE}
    assert scores[table5.AVERAGE]["value"] == pytest.approx(0.5 * 0.6 + 0.4 / 6)
    assert scores[table5.AVERAGE]["low"] is None
    assert (rows["walk"]["low"], rows["walk"]["high"], rows["walk"]["n_groups"]) == (None, None, 5)


def decided(accuracy: Accuracy = rising, scale: str = "mini") -> dict[str, dict[str, Any]]:
    return {row["claim_id"].rpartition(".")[2]: row for row in draw(table5, scale, accuracy).claims}


def test_table5_decides_its_claims_and_those_of_the_printed_numbers() -> None:
    result = draw(table5, "mini")
    carries_its_protocol(result, table5.ID, "mini")
    rows = decided()
    raises = rows["enhance-raises-accuracy"]
    assert (raises["verdict"], raises["ours"]) == ("same direction", "0.40 before, 0.80 after")
    assert 0 < raises["low"] < 0.4 < raises["high"]
    assert rows["every-class-improves"]["ours"].startswith("6 of 6 classes rise, by +")


@pytest.mark.parametrize("scale", ["mini", "paper"])
def test_a_substitute_never_makes_the_claim_stand_or_fall(scale: str) -> None:
    for accuracy, word in ((rising, "same direction"), (lambda _, way: 1.2 - LEVELS[way], "opposite")):
        row = decided(accuracy, scale)["enhance-raises-accuracy"]
        assert row["verdict"] == word and "Enhancer substituted" in row["reason"]


def test_the_gain_is_reported_beside_what_plain_means_give() -> None:
    laptop = decided(scale="laptop")["enhance-raises-accuracy"]["reason"]
    own = "trained dark, enhanced, each in the light it is tested in +0.40 ["
    for text in (
        "plain gamma +0.10 [", "per-clip input and no enhancement +0.00 [", "per-clip input and enhancement +0.40 [",
        "trained with darkened clips too, no enhancement +0.05 [",
        f"Enhanced over raw elsewhere: actions at night, RGB, {own}",
    ):  # fmt: skip
        assert text in laptop
    assert decided()["enhance-raises-accuracy"]["reason"].count(own) == 2


# The grid beside it


@pytest.mark.parametrize("scale", SCALES)
def test_light_has_a_grid_per_block(scale: str) -> None:
    result, blocks = draw(light, scale, seeds=2), dark.blocks(scale)
    table = result.table
    assert len(table) == sum(len(block.grid) for block in blocks) and (table["seeds"] == 2).all()
    assert table.set_index(["row", "column"]).index.is_unique and result.claims == []
    for block, ax in zip(blocks, result.figure.axes, strict=True):
        assert ax.get_title(loc="left") == f"{block.name}: n = 60, 20 groups, 2 seeds, chance 0.17"
        assert ax.images[0].get_array()[0, list(block.tests).index(ENHANCED)] == pytest.approx(0.8)
    lit = table["column"].isin([ENHANCED, MULTISCALE]) | table["row"].str.endswith(f"trained {dark.IN_ENHANCED}")
    assert (table["note"].str.contains("Zero-DCE") == lit).all()


# Figures 8 and 9


@dataclass(frozen=True)
class Lights(MadeUp):
    """A made-up enhancer: four test clips with grey frames that become brighter."""

    values: dict[str, Any] = field(
        default_factory=lambda: {"names": [f"clip{i}" for i in (0, 1, 8, 5)], "labels": [0, 1, 2, 5], "classes": SIX}
    )

    def inside(self) -> dict[str, np.ndarray]:
        steps = np.stack([np.full((6, 8, 3), 20 * (n + 1), np.uint8) for n in range(9)])
        return {f"{i}/asked/steps": steps + np.uint8(i) for i in range(4)}


def recognitions(scale: str, accuracy: Accuracy) -> Any:
    enhancer, *rest = plan = figure8.plan(scale, 0)
    records = [recognised(p.run, accuracy(p.row, p.column), SIX) for p in rest]
    return figure8.draw(joined(plan, [Lights(enhancer.run, 0.0), *records]), scale)


def test_figure8_shows_each_clip_before_and_after_with_what_is_recognised() -> None:
    result = recognitions("mini", lambda _, way: 0.0 if way == RAW else 1.0)
    parts = result.figure.axes
    assert [part.images[0].get_array().mean() for part in parts] == [20, 21, 22, 23, 180, 181, 182, 183]
    assert [part.get_title() for part in parts[:4]] == [stand_ins.SIX[k] for k in (0, 1, 2, 5)]
    assert (parts[0].get_xlabel(), parts[4].get_xlabel()) == ("run 1.00 ✗", "jump 1.00 ✓")
    assert len(result.table) == 8 and tuple(result.table["column"][:2]) == SIDES
    said = words(result.figure)
    assert all(text in said for text in ("arXiv 2006.03876), CC BY 4.0", "seed 0", "sees the optical flow"))


def diagonal(result: Any) -> float:
    cells = result.table.set_index(["row", "column"])["value"]
    assert cells.groupby("row").sum().to_numpy() == pytest.approx(np.ones(6))
    return sum(cells[name, f"predicted {name}"] for name in stand_ins.SIX) / 6


def test_figure9a_is_the_matrix_of_all_seeds_before() -> None:
    result = draw(figure9a, "mini")
    assert len(result.table) == 36 and result.claims == [] and (result.table["seeds"] == 3).all()
    assert diagonal(result) == pytest.approx(0.4)
    assert "before enhancement: accuracy 0.40 [" in words(result.figure)
    assert "rows actual and columns predicted (W16)" in result.protocol
    eleven = draw(figure9a, "mini", seeds=1, classes=ALL)  # classes that were not tested have no row
    assert set(eleven.table["row"]) == set(stand_ins.SIX) and len(eleven.table) == 6 * 11


@pytest.mark.parametrize("classes", [SIX, ALL], ids=["six", "eleven"])
def test_figure9b_adds_what_changed_and_decides_as_table5_does(classes: tuple[str, ...]) -> None:
    result = draw(figure9b, "mini", classes=classes)
    (claim,) = result.claims
    assert (claim["claim_id"], claim["artifact"]) == ("wei2025.claim.confusion-lower-after", figure9b.ID)
    assert claim["ours"] == "mean share off the diagonal 0.60 before, 0.20 after"
    assert claim["verdict"] == "same direction" == decided()["enhance-raises-accuracy"]["verdict"]
    assert diagonal(result) == pytest.approx(0.8)
    after, change, *_ = result.figure.axes
    assert after.get_title(loc="left").startswith("after enhancement: accuracy 0.80 [")
    assert np.trace(change.images[0].get_array()[:6, :6]) / 6 == pytest.approx(0.4)
    level = draw(figure9b, "mini", lambda *_: 0.6).claims[0]
    assert level["verdict"] == "no difference" and "Enhancer substituted" in level["reason"]
