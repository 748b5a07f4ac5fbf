"""Which runs the artifacts of ackerly2025 need at each scale."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from repro.data.index import Item
from repro.data.worlds.factors import CEILINGS, read
from repro.papers.ackerly2025 import ablation, factors, figure2, robustness, settings, table1
from repro.papers.ackerly2025.ablation import PENALTIES, RATES, SEEN, SWITCHES, WHOLE
from repro.papers.ackerly2025.settings import FROZEN, MLP, ON_FEATURES, OURS, REFERENCE, ROWS, TREES, TUNED
from repro.papers.stand_ins import of_seed
from repro.spec import SCALES, options
from results import seeds_of

REAL = {"mini": ["Imagenette", "Tiny-ImageNet-20"], "paper": ["ImageNet"]}
COLUMNS = {scale: ["stills"] for scale in SCALES} | REAL
every_scale = pytest.mark.parametrize("scale", SCALES)


@every_scale
def test_table1_trains_all_rows_on_the_same_images_with_as_many_seeds(scale: str) -> None:
    planned, own = table1.plan(scale, 0), settings.at(scale)
    counts, shown = seeds_of(planned), [*table1.TABLE, *REFERENCE * own.reference]
    assert list(own.images) == COLUMNS[scale] and set(counts) == {(r, c) for c in COLUMNS[scale] for r in shown}
    assert all(n == (2 if row in REFERENCE else own.seeds) for (row, _), n in counts.items())
    assert own.seeds >= 5 or scale not in ("overnight", "mini")
    for p in planned:
        assert p.run.data == of_seed(own.images[p.column][0], p.run.seed)
        if p.row not in REFERENCE:
            row = ON_FEATURES.get(p.row, p.row)
            assert (p.run.network, p.run.task) == (ROWS[row], "boost" if row == TREES else "train")
            read = dict(p.run.arguments).get("features", "pixels")
            assert (read == "hog") == (p.row in ON_FEATURES)


def test_the_reference_is_pretrained_and_its_frozen_maps_are_stored_once() -> None:
    runs = {(p.row, p.column, p.run.seed): p.run for p in table1.plan("mini", 0) if p.row in REFERENCE}
    for column in COLUMNS["mini"]:
        one, other = (runs[FROZEN, column, seed] for seed in (0, 1))
        assert one.features == other.features and one.features.task == "features" and one.recipe.augment == ()
        assert dict(one.features.arguments) == dict(runs[TUNED, column, 0].arguments) == settings.IMAGENET
        assert one.features.data == runs[TUNED, column, 0].data and one.network == "linear"


@every_scale
def test_figure2_takes_nested_parts_of_what_table1_trains_on(scale: str) -> None:
    planned = figure2.plan(scale, 0)
    whole = {(p.row, p.run.seed): p.run for p in table1.plan(scale, 0) if p.column == COLUMNS[scale][0]}
    rows = (TREES, MLP, OURS)
    named = [replace(p, row=p.row.partition(figure2.AT)[0]) for p in planned]
    assert {(p.row, p.run.seed): p.run for p in named if p.value == 1} == {k: whole[k] for k in whole if k[0] in rows}
    counts = seeds_of(named, by="value")
    parts = {(row, fraction) for row in rows for fraction in figure2.FRACTIONS}
    equal = {(figure2.EQUAL, fraction) for fraction in figure2.FRACTIONS[1:]} if scale != "mini" else set()
    assert set(counts) == parts | equal
    assert all(n == settings.at(scale).count(0, row == figure2.EQUAL) for (row, _), n in counts.items())
    for row, run, fraction in ((p.row, p.run, p.value) for p in named):
        if fraction < 1:  # one permutation per seed, so that smaller parts lie inside
            assert (run.data.train_fraction, run.data.subset_seed) == (fraction, run.seed)
        like = OURS if row == figure2.EQUAL else row
        assert run.recipe.equal_epochs == (row != like)
        same = replace(run, data=replace(run.data, train_fraction=1.0, subset_seed=0))
        assert replace(same, recipe=whole[like, run.seed].recipe) == whole[like, run.seed]
    assert len({p.run for p in planned}) == len(planned)


@every_scale
def test_the_ablation_starts_from_table1s_own_network(scale: str) -> None:
    planned, first = ablation.plan(scale, 0), COLUMNS[scale][0]
    for column in COLUMNS[scale] if scale == "mini" else [first]:
        ours = [p.run for p in table1.plan(scale, 0) if (p.row, p.column) == (OURS, column)]
        own = [p.run for p in planned if (p.row, p.column) == (WHOLE, column)]
        if scale != "overnight":
            assert own == ours
            continue
        for few, run in zip(own, ours, strict=True):  # fewer images, as many steps
            sizes = [dict(of.clip_data.options)["train"] for of in (few, run)]
            assert sizes[0] * few.recipe.epochs == sizes[1] * run.recipe.epochs and 4 * sizes[0] < sizes[1]
            assert few.clip_data == replace(run.clip_data, options=few.clip_data.options)
            assert replace(few, data=run.data, recipe=run.recipe) == run
    rows = {column: [row for row, at in seeds_of(planned) if at == column] for column in (first, first + SEEN)}
    mini = scale == "mini"
    assert rows[first] == (list(ablation.BRANCHES) if mini else [*SWITCHES, *PENALTIES, *RATES])
    assert rows[first + SEEN] == ([] if mini else [WHOLE, *PENALTIES])
    few = set(PENALTIES) - {ablation.FREE}
    assert all(n == settings.at(scale).count(0, row in few) for (row, _), n in seeds_of(planned).items())


@every_scale
def test_variants_differ_in_one_switch_alone(scale: str) -> None:
    planned = [p for p in ablation.plan(scale, 0) if not p.column.endswith(SEEN)] + factors.plan(scale, 0)
    runs = {(p.row, p.column, p.run.seed): p.run for p in planned}
    for (row, column, seed), run in runs.items():
        like = runs["time only" if row == factors.POSITIONLESS else WHOLE, column, seed]
        if row in PENALTIES or row in RATES:
            changed = {"lr"} if row in RATES else {"penalty", "penalty_weight"}
            assert replace(run, recipe=like.recipe) == like != run
            same = {name: getattr(like.recipe, name) for name in changed}
            assert replace(run.recipe, **same) == like.recipe
        else:
            assert replace(run, arguments=like.arguments) == like
            switched = dict(run.arguments).items() - dict(like.arguments).items()
            assert len(switched) == (row != WHOLE) and dict(like.arguments).keys() <= dict(run.arguments).keys()
            assert switched <= (SWITCHES | factors.SWITCHES)[row].items()


@every_scale
def test_overfitting_is_measured_on_the_networks_that_were_trained(scale: str) -> None:
    planned, first = ablation.plan(scale, 0) if scale != "mini" else [], COLUMNS[scale][0]
    trained = [(p.row, p.run) for p in planned if p.column == first and p.row in (WHOLE, *PENALTIES)]
    seen = [(p.row, p.run) for p in planned if p.column == first + SEEN]
    assert [(row, run.init_from) for row, run in seen] == trained
    for run, before in ((run, run.init_from) for _, run in seen):
        assert run.data == replace(before.data, split="seen") and run.recipe.epochs == 0
        assert (run.network, run.arguments, run.seed) == (before.network, before.arguments, before.seed)


@every_scale
def test_all_networks_share_one_recipe_but_the_learning_rate_and_the_papers_penalty(scale: str) -> None:
    planned = [p for p in table1.plan(scale, 0) if p.row not in REFERENCE]
    parts = (replace(p, row=p.row.partition(figure2.AT)[0]) for p in figure2.plan(scale, 0))
    planned += [p for p in parts if p.row != figure2.EQUAL]
    bare = {"penalty": "", "penalty_weight": 0.0, "lr": 0.0}
    boosted = {row: row == TREES or ON_FEATURES.get(row) == TREES for row in table1.TABLE}
    assert len({replace(p.run.recipe, **bare) for p in planned if not boosted[p.row]}) == 1
    for p in planned:
        penalty = (p.run.recipe.penalty, p.run.recipe.penalty_weight)
        assert penalty == (("l2_weights", 1e-4) if p.row == OURS else ("", 0.0))  # A3: eq. (3) is ours alone
        assert p.run.recipe.weight_decay == (0.0 if not boosted[p.row] else p.run.recipe.weight_decay)
    rates = {(p.row, p.run.recipe.lr) for p in planned}
    assert Counter(row for row, _ in rates) == dict.fromkeys(table1.TABLE, 1)
    assert len({p.run.protocol for p in planned}) == 1


@every_scale
def test_corrupted_images_are_shown_to_the_networks_of_table1(scale: str) -> None:
    planned = robustness.plan(scale, 0)
    ours = [p.run for p in table1.plan(scale, 0) if (p.row, p.column) == (OURS, COLUMNS[scale][0])]
    assert [p.run for p in planned if p.row == robustness.CLEAN] == ours
    for p in (p for p in planned if p.row != robustness.CLEAN):
        clips = p.run.data.clips
        assert (clips.corruption, clips.corruption_level) == (p.row, p.value) and p.run.init_from in ours
        assert replace(clips, corruption="", corruption_level=0.0) == p.run.init_from.data.clips
        assert p.run.recipe.epochs == 0 and p.run.seed == p.run.init_from.seed
    assert len(planned) == len(ours) * (1 + len(robustness.EVERY) * len(robustness.LEVELS))


@every_scale
def test_known_factors_are_tested_with_every_variant_and_no_mirror(scale: str) -> None:
    planned = factors.plan(scale, 0)
    counts = seeds_of(planned)
    assert list(counts) == [(row, factor) for factor in factors.ORDER_BLIND for row in factors.SWITCHES]
    assert all(n == settings.at(scale).count(0, row == factors.POSITIONLESS) for (row, _), n in counts.items())
    for p in planned:
        knobs = dict(p.run.data.options)
        assert (knobs["factor"], knobs["train_seed"]) == (p.column, p.run.seed)
        assert p.run.recipe.augment == ()  # a mirrored `left` is `right`
        assert dict(p.run.arguments)["frames"] == p.run.data.clips.frames == 4


@pytest.mark.parametrize("number", range(3))
def test_the_first_frame_of_order_shows_nothing_and_the_next_three_a_thing_each(number: int) -> None:
    frames = read(Item(f"order-s1/ring-star-heart/b{number:04d}", 0, "g"), factors.CLIPS).astype(int)[:4]
    apart = np.abs(frames - frames[factors.EMPTY]).max(axis=3)  # (4, H, W)
    changed = (apart > 60).mean(axis=(1, 2))
    assert all(changed[k] > 0.05 for k in factors.KEY) and changed[factors.EMPTY] == 0


def test_ceilings_of_known_factors_are_the_worlds() -> None:
    assert {factor: known["order_blind"] for factor, known in CEILINGS.items()} == factors.ORDER_BLIND


def test_paper_scale_is_imagenet_at_full_size() -> None:
    for p in table1.plan("paper", 0):
        clips, recipe = p.run.data.clips, p.run.recipe
        assert (p.column, clips.frames, clips.height, clips.width) == ("ImageNet", 1, 224, 224)
        assert p.run.arguments == (options(features="hog") if p.row in ON_FEATURES else ())
        if p.run.task == "train":
            stated = (recipe.epochs, recipe.batch, recipe.optimiser, recipe.lr, recipe.warmup)
            assert stated == (100, 128, "adamw", 1e-3, 5)
