"""The experiments in the dark: which runs they need, and what is drawn and decided from made-up
records.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from drawn import dashed, words
from made_up import MadeUp, recognised

from repro.data.index import load
from repro.papers import stand_ins
from repro.papers.plan import Planned, joined
from repro.papers.wei2025 import colour, dark, enhancer, figure8, figure9a, figure9b, light, table3, table5
from repro.papers.wei2025.dark import CLAHE, ENHANCED, GAMMA, LIT, MULTISCALE, PER_CLIP, RAW, TRAINED_LIT, WITH_NIGHT
from repro.papers.wei2025.printed import SIDES
from repro.papers.wei2025.settings import OURS
from repro.spec import SCALES
from results import carries_its_protocol, claimed, printed_stand_apart, seeds_of

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
    blocks = dark.blocks(scale, seeds)
    return [(block, each) for block in blocks for each in block.planned(product(block.trained, block.tests))]


# Which runs


@pytest.mark.parametrize("scale", SCALES)
def test_recogniser_i_is_tested_on_clips_that_enhancer_i_has_lit(scale: str) -> None:
    blocks = dark.blocks(scale, 3)
    assert len({block.name for block in blocks}) == len(blocks)
    for block, planned in everything(scale, 3):
        run, before = planned.run, planned.run.init_from
        assert planned.row.startswith(f"{block.name}, trained ") and run.data.clips == block.tests[planned.column].clips
        assert (run.enhancer is None) == (run.data.clips.enhancement != "enhanced")
        if run.enhancer:
            own = block.enhancers[planned.column]
            assert run.enhancer == replace(own, seed=run.seed, data=stand_ins.of_seed(own.data, run.seed))
        assert (before is None) == (run.recipe.epochs > 0)
        if before:  # what it does not inherit by weights must be the same
            assert (before.network, before.seed) == (run.network, run.seed)
            assert run.arguments == (() if before.task == "published" else before.arguments)
            sizes = [(r.data.clips.channels, r.data.clips.frames) for r in (before, run)]
            assert sizes[0] == sizes[1]
            # nor did it see the clips that it is tested on, of which `notes` could not say so
            same = (before.data.split, before.data.options) == (run.data.split, run.data.options)
            assert before.data.name != run.data.name or same


@pytest.mark.parametrize("scale", SCALES)
def test_the_clips_of_a_block_differ_in_light_alone_and_enhancers_learn_from_them_as_they_came(scale: str) -> None:
    first, *_ = blocks = dark.blocks(scale, 1)
    for block in blocks:
        raw = block.tests[RAW]
        for way, data in block.tests.items():
            lights = ("none", 0.0) if way == LIT else (dark.LIGHT[way], raw.clips.darkness)
            assert (data.clips.enhancement, data.clips.darkness) == lights
            assert replace(data, clips=raw.clips) == raw
        # loud scenes are lit by the enhancers of the block before, which saw scenes by day
        seen = first.tests[RAW] if block.name == "actions at night, flow" else raw
        for way, run in block.enhancers.items():
            clips, knobs = run.data.clips, dict(run.data.options)
            assert (run.data.name, run.data.split) == (seen.name, "official") and not run.parents
            assert (clips.input, clips.enhancement, clips.darkness) == ("rgb", "none", seen.clips.darkness)
            assert dict(run.arguments) == ({"scales": (1, 2, 4)} if way == MULTISCALE else {})
            if seen.generated:  # drawn at this size, and all of it
                assert (clips.height, clips.width) == clips.stored == seen.clips.stored
                assert knobs | {"train": 0, "test": 0} == dict(seen.options) | {"train": 0, "test": 0}
            else:  # frames keep their size: their shorter side is that of the clips here
                short = {"arid": 240 if scale == "paper" else 156, "imagenet": 224}[run.data.name]
                assert clips.fit == "cover" and clips.stored == (short, short) and clips.height <= short


def test_overnight_has_five_pairs_of_recogniser_and_enhancer_on_the_large_test() -> None:
    by_day, flow = dark.blocks("overnight")
    ways = [*product(by_day.trained, by_day.tests)]
    few = {(by_day.row(how), way): 2 if way == MULTISCALE or how == WITH_NIGHT else 5 for how, way in ways}
    assert seeds_of(by_day.planned(ways)) == few
    assert set(seeds_of(flow.planned(product(flow.trained, flow.tests))).values()) == {5}
    for block in (by_day, flow):
        index = load(block.tests[RAW], None)
        assert len(index.test) >= 2000
        assert all(len({item.group for item in index.test if item.label == k}) >= 6 for k in range(11))
    worlds = [dict(run.data.options)["train_seed"] for run in by_day.trained[PER_CLIP]]
    assert worlds == [0, 1, 2, 3, 4]
    assert [dict(by_day.enhancer(ENHANCED, i).data.options)["train_seed"] for i in worlds] == worlds


def test_published_weights_are_tested_as_they_are_and_only_enhancers_vary() -> None:
    _, block = dark.blocks("mini")
    runs = block.planned(product(block.trained, block.tests))
    assert block.name == dark.PHOTOGRAPHS and {each.run.init_from.task for each in runs} == {"published"}
    assert {each.run.task for each in runs} == {"train"} and {each.run.recipe.epochs for each in runs} == {0}
    counts = seeds_of(runs)
    assert {way: n for (_, way), n in counts.items()} == dict.fromkeys((LIT, RAW, GAMMA, CLAHE), 1) | {ENHANCED: 3}


@pytest.mark.parametrize(("scale", "seeds"), [("laptop", 0), ("smoke", 2), ("overnight", 0)])
def test_recognisers_of_tables_3_and_4_are_not_trained_again(scale: str, seeds: int) -> None:
    by_day, flow = dark.blocks(scale, seeds)
    wanted = {"actions, RGB": (by_day, TRAINED_LIT), "actions, flow": (flow, TRAINED_LIT)}
    wanted |= {"actions, RGB, fixed input": (by_day, TRAINED_LIT), "actions, RGB, per clip": (by_day, PER_CLIP)}
    plan = [p for p in (*table3.plan(scale, seeds), *colour.plan(scale, seeds)) if p.row == OURS]
    assert len({p.column for p in plan}) == (3 if scale == "overnight" else 2)
    for column in {p.column for p in plan}:
        block, how = wanted[column]
        ours = [p.run for p in plan if p.column == column]
        assert block.trained[how][: len(ours)] == ours == [p.run for p in block.planned([(how, LIT)])][: len(ours)]


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
    result = draw(table5, "mini")
    table = result.table
    assert sorted(set(table["row"])) == sorted([*ALL, table5.AVERAGE])
    accuracy = table[table["value"].notna() & (table["metric"] == "accuracy")].set_index(["column", "row"])
    columns = list(dict.fromkeys(column for column, _ in accuracy.index))
    ours = "actions to ARID-6, flow, trained lit"
    assert accuracy.index.is_unique and columns == [f"{ours}, {side}" for side in table5.SIDES]
    for column, level in zip(columns, (0.4, 0.8), strict=True):
        cells = accuracy.loc[column]
        assert set(cells.index) == {*stand_ins.SIX, table5.AVERAGE}
        present, whole = cells.loc[list(stand_ins.SIX)], cells.loc[table5.AVERAGE]
        assert (present[["n_items", "n_groups"]] == 10).all(axis=None) and present["chance"].isna().all()
        assert present["value"].mean() == pytest.approx(whole["value"]) == level and whole["n_items"] == 60
        assert (f"{dark.SUBSTITUTED}, 42 epochs, recogniser i with enhancer i" in whole["note"]) == (level == 0.8)
    grid = result.figure.axes[0]
    assert np.ma.filled(grid.images[0].get_array(), np.nan)[-1] == pytest.approx([0.603, 0.832, 0.4, 0.8])
    said = words(result.figure)
    assert "60 clips, 20 groups, 5 seeds; chance 0.17; empty: absent" in said
    assert "enhance-raises-accuracy" in said and "every-class-improves" in said and "substituted" in said


def test_table5_prints_the_papers_numbers_apart_and_shows_fixed_and_per_clip_input() -> None:
    printed_stand_apart(draw(table5, "mini", seeds=1), 24)
    result = draw(table5, "overnight", seeds=6, classes=ALL)
    sets = ("RGB, trained lit", "RGB, trained lit, per-clip input", "flow, trained lit")
    wanted = [f"actions at night, {text}, {side}" for text in sets for side in table5.SIDES]
    assert [column for column in dict.fromkeys(result.table["column"]) if "printed" not in column] == wanted
    assert dark.SUBSTITUTED in result.protocol and "clip level" in result.protocol


def test_at_paper_scale_the_number_of_clips_in_the_text_stands_beside_the_official_list(monkeypatch: Any) -> None:
    monkeypatch.setattr(table5, "STATED", 4)
    table = draw(table5, "paper", seeds=1, classes=ALL).table.dropna(subset=["value"])
    table = table[(table["metric"] == "accuracy") & (table["row"] == "walk")].set_index("column")
    few = [column for column in table.index if column.startswith(table5.FEWER)]
    assert few[:2] == [f"{table5.FEWER}, {side}" for side in table5.SIDES]
    assert set(table.loc[few, "n_items"]) == {4} and (table.drop(few)["n_items"] > 4).all()


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
    for text in (
        "plain gamma +0.10 [", "CLAHE +0.10 [", "per-clip input and no enhancement +0.00 [",
        "per-clip input and enhancement +0.40 [", "trained with darkened clips too, no enhancement +0.05 [",
        "Enhanced over raw elsewhere: actions at night, RGB, trained lit, per-clip input +0.40 [",
    ):  # fmt: skip
        assert text in laptop
    mini = decided()["enhance-raises-accuracy"]["reason"]
    photographs = "photographs (Imagenette), trained on ImageNet (EfficientNet-Lite0) +0.40"
    assert "no per-clip row" in mini and photographs in mini


# The grid beside it


@pytest.mark.parametrize("scale", SCALES)
def test_light_has_a_grid_per_block(scale: str) -> None:
    result, blocks = draw(light, scale, seeds=2), dark.blocks(scale)
    table = result.table
    assert len(table) == sum(len(block.trained) * len(block.tests) for block in blocks)
    assert table.set_index(["row", "column"]).index.is_unique and result.claims == []
    for block, ax in zip(blocks, result.figure.axes, strict=True):
        seeds = "1 to 2 seeds" if block.name == dark.PHOTOGRAPHS else "2 seeds"
        assert ax.get_title(loc="left") == f"{block.name}: n = 60, 20 groups, {seeds}, chance 0.17"
        assert ax.images[0].get_array()[0, list(block.tests).index(ENHANCED)] == pytest.approx(0.8)
    assert (table["note"].str.contains("Zero-DCE") == table["column"].isin([ENHANCED, MULTISCALE])).all()


def test_the_curve_of_the_enhancer_has_raw_and_gamma_as_lines_and_its_loss_beside() -> None:
    plan = enhancer.plan("overnight", 0)
    decisive = [dark.blocks("overnight")[0].enhancer(ENHANCED, i) for i in (0, 1)]
    assert [p.run for p in plan if (p.row, p.column) == ("28 epochs of training", enhancer.LOSS)] == decisive
    assert set(seeds_of(plan).values()) == {2} and len({p.row for p in plan}) == 2 + len(dark.CURVE)
    levels = {row: 0.4 + 0.05 * i for i, row in enumerate(dict.fromkeys(p.row for p in plan))}
    values = recognised(plan[0].run, 0.5, ALL).values
    records = [MadeUp(p.run, levels[p.row], values=values, lines=({"loss": 2.0},)) for p in plan]
    result = enhancer.draw(joined(plan, records), "overnight")
    fixed, per_clip, loss = result.figure.axes[0].child_axes
    titles = [part.get_title(loc="left") for part in (fixed, per_clip, loss)]
    assert titles == [*enhancer.COLUMNS.values(), enhancer.LOSS] and len(dashed(fixed)) == 2
    assert result.table.set_index(["row", "column"]).loc["56 epochs of training", enhancer.LOSS]["value"] == 2.0
    assert result.claims == [] and "recogniser i with enhancer i" in result.protocol


# Figures 8 and 9


@dataclass(frozen=True)
class Lights(MadeUp):
    """A made-up enhancer: ten test clips with grey frames that become brighter."""

    def inside(self) -> dict[str, np.ndarray]:
        steps = np.stack([np.full((64, 80, 3), 20 * (n + 1), np.uint8) for n in range(9)])
        flow = np.full((2, 16, 20, 2), 144, np.uint8)
        return {f"{i}/asked/steps": steps + np.uint8(i) for i in range(10)} | {f"{i}/flow": flow for i in range(10)}


def recognitions(scale: str, accuracy: Accuracy) -> Any:
    first, *rest = plan = figure8.plan(scale, 0)
    records = [recognised(p.run, accuracy(p.row, p.column), SIX) for p in rest]
    for record in records:
        record.values["norm"] = {"mean": [128.0] * 2, "std": [16.0] * 2}
    values = {"names": [f"clip{i}" for i in range(10)], "labels": [i % 6 for i in range(10)], "classes": SIX}
    return figure8.draw(joined(plan, [Lights(first.run, 0.0, values=values), *records]), scale)


def test_figure8_shows_ten_clips_before_and_after_with_what_is_recognised_of_what() -> None:
    result = recognitions("mini", lambda _, way: 0.0 if way == RAW else 1.0)
    parts = result.figure.axes
    means = [part.images[0].get_array().mean() for part in parts]
    assert means == [*range(20, 25), *range(180, 185), *range(25, 30), *range(185, 190)]
    assert [parts[k].get_title() for k in (0, 4, 5, 10)] == ["jump", "turn", "", "walk"]
    assert (parts[0].get_xlabel(), parts[5].get_xlabel()) == ("run 1.00 ✗", "jump 1.00 ✓")
    assert len(result.table) == 20 and tuple(result.table["column"][:2]) == SIDES and result.frames
    (crop,) = parts[0].patches  # 36 x 48 of 41 x 55 stored pixels
    assert (crop.get_height(), crop.get_width()) == pytest.approx((64 * 36 / 41, 80 * 48 / 55))
    assert parts[0].child_axes[0].images[0].get_array().shape == (16, 20, 3)
    said = words(result.figure)
    assert all(text in said for text in ("arXiv 2006.03876), CC BY 4.0", "seed 0", "sees the optical flow"))
    seen = recognitions("overnight", lambda *_: 0.5)
    assert not seen.figure.axes[0].child_axes and "optical flow" not in words(seen.figure)


def diagonal(result: Any) -> float:
    cells = result.table.set_index(["row", "column"])["value"]
    assert cells.groupby("row").sum().to_numpy() == pytest.approx(np.ones(6))
    return sum(cells[name, f"predicted {name}"] for name in stand_ins.SIX) / 6


def test_figure9a_is_the_matrix_of_all_seeds_before() -> None:
    result = draw(figure9a, "mini")
    assert len(result.table) == 36 and (result.table["seeds"] == 5).all()
    assert claimed(result) == {"named-pairs-stand-out": "opposite"}  # jump is taken for run
    assert diagonal(result) == pytest.approx(0.4)
    said = words(result.figure)
    assert "before enhancement: accuracy 0.40 [" in said
    assert "arid, flow; recognisers trained on actions (generated stand-in) for 20 epochs" in said
    assert "rows actual and columns predicted (W16)" in result.protocol
    eleven = draw(figure9a, "mini", seeds=1, classes=ALL)  # classes that were not tested have no row
    assert set(eleven.table["row"]) == set(stand_ins.SIX) and len(eleven.table) == 6 * 11


@pytest.mark.parametrize("classes", [SIX, ALL], ids=["six", "eleven"])
def test_figure9b_adds_what_changed_and_decides_as_table5_does(classes: tuple[str, ...]) -> None:
    result = draw(figure9b, "mini", classes=classes)
    claim, named = result.claims
    assert (named["claim_id"], named["verdict"]) == ("wei2025.claim.named-confusions", "no difference")
    assert "Zero-DCE" in words(result.figure) and "42 epochs" in words(result.figure)
    assert (claim["claim_id"], claim["artifact"]) == ("wei2025.claim.confusion-lower-after", figure9b.ID)
    assert claim["ours"] == "mean share off the diagonal 0.60 before, 0.20 after"
    assert claim["verdict"] == "same direction" == decided()["enhance-raises-accuracy"]["verdict"]
    assert diagonal(result) == pytest.approx(0.8)
    after, change, *_ = result.figure.axes
    assert after.get_title(loc="left").startswith("after enhancement: accuracy 0.80 [")
    assert np.trace(change.images[0].get_array()[:6, :6]) / 6 == pytest.approx(0.4)
    level = draw(figure9b, "mini", lambda *_: 0.6).claims[0]
    assert level["verdict"] == "no difference" and "Enhancer substituted" in level["reason"]
