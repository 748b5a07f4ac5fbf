"""Which runs the artifacts of ackerly2025 need at each scale."""

from collections import Counter
from dataclasses import replace

import pytest

from repro.data.worlds.factors import CEILINGS
from repro.papers.ackerly2025 import ablation, factors, figure2, settings, table1
from repro.papers.ackerly2025.ablation import BRANCHES, DEAR, FREE, PEOPLE, SEEN, WHOLE
from repro.papers.ackerly2025.settings import OURS, ROWS, TREES
from repro.spec import SCALES, options
from results import seeds_of

REAL = {"mini": ["Imagenette", "Tiny-ImageNet-20"], "paper": ["ImageNet"]}
COLUMNS = {scale: ["stills"] for scale in SCALES} | REAL
every_scale = pytest.mark.parametrize("scale", SCALES)


@every_scale
def test_table1_needs_five_networks_on_every_data_set(scale: str) -> None:
    planned, own = table1.plan(scale, 0), settings.at(scale)
    assert list(own.images) == COLUMNS[scale] and own.first == COLUMNS[scale][0]
    counts = seeds_of(planned)
    assert list(counts) == [(row, column) for column in COLUMNS[scale] for row in ROWS]
    assert all(n == own.seeds if column == own.first else 2 <= n <= own.seeds for (_, column), n in counts.items())
    for p in planned:
        task = "boost" if p.row == TREES else "train"
        assert (p.run.network, p.run.task, p.run.data) == (ROWS[p.row], task, own.images[p.column][0])


@every_scale
def test_figure2_takes_nested_parts_of_what_table1_trains_on(scale: str) -> None:
    planned = figure2.plan(scale, 0)
    whole = {(p.row, p.run.seed): p.run for p in table1.plan(scale, 0) if p.column == COLUMNS[scale][0]}
    assert {(p.row, p.run.seed): p.run for p in planned if p.value == 1} == whole
    for row, run, fraction in ((p.row, p.run, p.value) for p in planned):
        if fraction < 1:  # one permutation per seed, so that smaller parts lie inside
            assert (run.data.train_fraction, run.data.subset_seed) == (fraction, run.seed)
        assert replace(run, data=replace(run.data, train_fraction=1.0, subset_seed=0)) == whole[row, run.seed]
    assert len({p.run for p in planned}) == len(planned)


@every_scale
def test_baselines_are_trained_on_three_parts(scale: str) -> None:
    counts = seeds_of(figure2.plan(scale, 0), by="value")
    ours = {(OURS, fraction) for fraction in (1.0, 0.8, 0.6, 0.4, 0.2)}
    assert set(counts) == ours | {(row, fraction) for row in ROWS for fraction in (1.0, 0.4, 0.2)}
    assert {counts[cell] for cell in ours} == {settings.at(scale).seeds} and min(counts.values()) >= 2 - (
        scale == "laptop"
    )


@every_scale
def test_the_ablation_starts_from_table1s_own_network(scale: str) -> None:
    planned, first, mini = ablation.plan(scale, 0), COLUMNS[scale][0], scale == "mini"
    ours = [p.run for p in table1.plan(scale, 0) if (p.row, p.column) == (OURS, first)]
    assert [p.run for p in planned if (p.row, p.column) == (WHOLE, first)] == ours
    rows = {column: [row for row, at in seeds_of(planned) if at == column] for column in (first, first + SEEN, PEOPLE)}
    assert rows[first] == [row for row in ablation.SWITCHES if row != DEAR or not mini]
    assert rows[first + SEEN] == [WHOLE, FREE] and rows[PEOPLE] == list(BRANCHES) * mini
    assert {p.column for p in planned} == {first, first + SEEN, *[PEOPLE] * mini}


@every_scale
def test_variants_differ_in_one_switch_alone(scale: str) -> None:
    planned = [p for p in ablation.plan(scale, 0) if not p.column.endswith(SEEN)] + factors.plan(scale, 0)
    runs = {(p.row, p.column, p.run.seed): p.run for p in planned}
    for (row, column, seed), run in runs.items():
        like = runs["time only" if row == factors.POSITIONLESS else WHOLE, column, seed]
        if row == FREE:
            assert replace(run, recipe=like.recipe) == like != run
            assert replace(run.recipe, penalty="l2_weights", penalty_weight=1e-4) == like.recipe
        else:
            assert replace(run, arguments=like.arguments) == like
            switched = dict(run.arguments).items() - dict(like.arguments).items()
            assert len(switched) == (row != WHOLE) and dict(like.arguments).keys() <= dict(run.arguments).keys()
            assert switched <= (ablation.SWITCHES | factors.SWITCHES)[row].items()


@every_scale
def test_overfitting_is_measured_on_the_networks_that_were_trained(scale: str) -> None:
    planned, first = ablation.plan(scale, 0), COLUMNS[scale][0]
    trained = [(p.row, p.run) for p in planned if p.column == first and p.row in (WHOLE, FREE)]
    seen = [(p.row, p.run) for p in planned if p.column == first + SEEN]
    assert [(row, run.init_from) for row, run in seen] == trained
    for run, before in ((run, run.init_from) for _, run in seen):
        assert run.data == replace(before.data, split="seen") and run.recipe.epochs == 0
        assert (run.network, run.arguments, run.seed) == (before.network, before.arguments, before.seed)


@every_scale
def test_all_networks_share_one_recipe_but_the_learning_rate(scale: str) -> None:
    planned = [*table1.plan(scale, 0), *figure2.plan(scale, 0)]
    (recipe,) = {replace(p.run.recipe, lr=0.0) for p in planned if p.row != TREES}
    assert (recipe.penalty, recipe.penalty_weight, recipe.weight_decay) == ("l2_weights", 1e-4, 0.0)  # A3: not twice
    rates = {(p.row, p.run.recipe.lr) for p in planned}
    assert Counter(row for row, _ in rates) == dict.fromkeys(ROWS, 1) and len({p.run.protocol for p in planned}) == 1


@every_scale
def test_known_factors_are_tested_with_every_variant_and_no_mirror(scale: str) -> None:
    planned = factors.plan(scale, 0)
    counts = seeds_of(planned)
    assert list(counts) == [(row, factor) for factor in factors.ORDER_BLIND for row in factors.SWITCHES]
    assert min(n for (_, factor), n in counts.items() if factor == "order") >= 2  # what the experiment turns on
    for p in planned:
        assert dict(p.run.data.options)["factor"] == p.column
        assert p.run.recipe.augment == ()  # a mirrored `left` is `right`
        assert dict(p.run.arguments)["frames"] == p.run.data.clips.frames == 4


def test_ceilings_of_known_factors_are_the_worlds() -> None:
    assert {factor: known["order_blind"] for factor, known in CEILINGS.items()} == factors.ORDER_BLIND


def test_paper_scale_is_imagenet_at_full_size() -> None:
    for p in table1.plan("paper", 0):
        clips, recipe = p.run.data.clips, p.run.recipe
        assert (p.column, clips.frames, clips.height, clips.width) == ("ImageNet", 1, 224, 224)
        assert p.run.arguments == (options(features="hog") if p.row == TREES else ())  # pixels would take months
        if p.row != TREES:
            stated = (recipe.epochs, recipe.batch, recipe.optimiser, recipe.lr, recipe.warmup)
            assert stated == (100, 128, "adamw", 1e-3, 5)
