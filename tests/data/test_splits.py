"""Splits of our own, those derived from any official one, and the part of a training set."""

import random
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest

from repro.data.index import LEAKS, DataError, Index, Item, check_leaks, load
from repro.data.splits import arrange, group_70, group_folds, nested, ours, random_70
from repro.spec import Data, options


def rows(groups: int = 12, classes: int = 3) -> list[Item]:
    """Classes with groups of one to four clips."""
    sizes = [(k, g, 1 + (g * 7 + k) % 4) for k in range(classes) for g in range(groups)]
    return [Item(f"{k}/{g}_{n}", k, f"{k}_{g}") for k, g, size in sizes for n in range(size)]


def labels(items) -> Counter[int]:
    return Counter(item.label for item in items)


GROUP_CV = [f"group_cv{fold}of3" for fold in range(3)]


def names(items) -> list[str]:
    return [item.name for item in items]


def apart(train, test) -> bool:
    return not {item.group for item in train} & {item.group for item in test}


def test_folds_keep_groups_whole_cover_everything_once_and_are_balanced_by_class():
    items, tested = rows(), []
    for split in GROUP_CV:
        train, test = arrange(items, split)
        assert apart(train, test) and len(train) + len(test) == len(items)
        assert all(abs(labels(test)[label] / count - 1 / 3) < 0.1 for label, count in labels(items).items())
        tested += test
    assert Counter(tested) == Counter(items)


def test_folds_balance_classes_that_share_groups():
    items = [Item(f"{g}_{n}", n % 2, str(g)) for g in range(9) for n in range(4)]
    assert [labels(arrange(items, split)[1]) for split in GROUP_CV] == [Counter({0: 6, 1: 6})] * 3


@pytest.mark.parametrize(
    "chosen", [lambda rows: group_folds(rows, 3), group_70, random_70, lambda rows: set(names(nested(rows, 0.4, 1)))]
)
def test_order_of_rows_changes_no_split(chosen):
    assert chosen(rows()) == chosen(rows()[::-1])


def test_random_split_is_stratified_frozen_and_leaks():
    train, test = arrange(rows(), "random_70_30")
    assert labels(train) == {label: round(0.7 * count) for label, count in labels(rows()).items()}
    assert names(test)[:4] == ["0/1_2", "0/2_0", "0/3_0", "0/5_1"]  # frozen: records depend on it
    index = Index(("a", "b", "c"), tuple(train), tuple(test))
    assert LEAKS in check_leaks(index, allowed=True).notes
    with pytest.raises(DataError, match="groups stand on both sides"):
        check_leaks(index, allowed=False)


def test_whole_groups_are_held_out_with_30_percent_of_each_class():
    train, test = arrange(rows(), "group_70_30")
    assert apart(train, test) and Counter(train + test) == Counter(rows())
    assert all(abs(labels(test)[label] - 0.3 * count) <= 1 for label, count in labels(rows()).items())
    assert sorted({i.group for i in test})[:3] == ["0_1", "0_11", "0_2"]  # frozen: records depend on it


def test_a_class_of_one_group_trains_and_one_of_two_is_on_both_sides():
    sizes = [(0, 0, 7), (1, 0, 9), (1, 1, 1), (2, 0, 1), (2, 1, 1), (3, 0, 5), (3, 1, 5)]
    items = [Item(f"{k}/{g}_{n}", k, f"{k}_{g}") for k, g, size in sizes for n in range(size)]
    assert [labels(side) for side in arrange(items, "group_70_30")] == [{0: 7, 1: 9, 2: 1, 3: 5}, {1: 1, 2: 1, 3: 5}]


def test_a_group_of_several_classes_is_held_out_whole():
    items = [Item(f"{g}_{n}", n % 2, str(g)) for g in range(10) for n in range(4)]
    train, test = arrange(items, "group_70_30")
    assert labels(test) == {0: 6, 1: 6} and apart(train, test)


def test_all_is_test_only_and_an_unknown_split_names_the_known():
    assert arrange(rows(), "all") == ([], rows())
    with pytest.raises(ValueError, match="group_cv<i>of<n>"):
        arrange(rows(), "group_cv3of3")


@pytest.mark.parametrize(
    "name", ["group_cv3of3", "group_cv0of3_0", "random_cv0of3", "group_cv0", "random_cv0of1_0", "group_cv0of3 "]
)
def test_a_fold_needs_its_number_below_that_of_folds_and_random_ones_alone_have_draws(name):
    assert not ours(name) and ours("group_cv4of5") and ours("random_cv2of3_17")


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_random_folds_cover_everything_once_are_even_in_every_class_and_differ_by_draw(folds):
    items = rows()
    drawn = [[arrange(items, f"random_cv{i}of{folds}_{draw}") for i in range(folds)] for draw in range(2)]
    for parts in drawn:
        assert all(Counter(train + test) == Counter(items) for train, test in parts)
        assert Counter(item for _, test in parts for item in test) == Counter(items)
        assert max(len(test) for _, test in parts) - min(len(test) for _, test in parts) <= 1
        for label, count in labels(items).items():
            assert {labels(test)[label] for _, test in parts} <= {count // folds, -(-count // folds)}
    assert drawn[0] != drawn[1] and not apart(*drawn[0][0])


def test_parts_lie_inside_larger_parts_of_the_same_draw_and_every_class_gives_its_share():
    items = rows(groups=20)
    parts = {share: nested(items, share, 1) for share in (0.2, 0.4, 0.6, 0.8, 1.0)}
    assert parts[1.0] == items and nested(items, 0.4, 0) != parts[0.4]
    assert all(set(names(parts[a])) < set(names(parts[b])) for a, b in pairwise(parts))
    for share, part in parts.items():
        assert part == [row for row in items if row in part]  # rows keep their order
        assert labels(part) == {label: round(share * count) for label, count in labels(items).items()}
    assert set(labels(nested(rows(), 0.001, 0)).values()) == {1}


@pytest.mark.parametrize("share", [0.0, -0.2, 1.2])
def test_a_share_is_a_share(share):
    with pytest.raises(ValueError, match="above 0 and goes up to 1"):
        nested(rows(), share, 0)


def world(split: str = "official", **part) -> Index:
    return load(Data("actions", split, options=options(train=22, test=11), **part), None)


def test_the_split_seen_tests_on_the_training_rows_and_trains_on_nothing():
    seen = world("seen")
    assert seen.test == world().train and not seen.train and "tested on the training list itself" in seen.notes


def test_a_share_takes_its_part_of_the_training_rows_alone():
    part = world(train_fraction=0.5, subset_seed=3)
    assert len(part.train) == 11 and part.whole == world().whole == 22 and part.test == world().test


def test_settings_are_chosen_inside_the_share():
    tuned, part = world("tuning"), world("tuning", train_fraction=0.5)
    assert set(names(part.train)) < set(names(tuned.train)) and part.test == tuned.test


@pytest.mark.parametrize("seed", range(4))
def test_each_group_goes_where_it_leaves_the_classes_least_uneven(seed):
    """The rule in exact fractions, over all classes and folds, on groups that share classes."""
    rng = random.Random(seed)
    sizes = {f"g{g:02d}": {k: rng.randint(1, 6) for k in rng.sample(range(4), rng.randint(1, 3))} for g in range(18)}
    items = [Item(f"{g}{k}{n}", k, g) for g, by_class in sizes.items() for k, m in by_class.items() for n in range(m)]
    total, held = labels(items), [Counter(), Counter(), Counter()]

    def uneven(folds: list[Counter[int]]) -> Fraction:
        return sum(Fraction(fold[k], total[k]) ** 2 for fold in folds for k in total)

    for group in sorted(sizes, key=lambda g: (-sum(sizes[g].values()), g)):
        options = [[fold + Counter(sizes[group] if i == f else {}) for i, fold in enumerate(held)] for f in range(3)]
        best = min(range(3), key=lambda f: (uneven(options[f]), held[f].total(), f))
        assert group_folds(items, 3)[group] == best
        held = options[best]


def test_names_of_splits_are_known_by_their_letters():
    items = rows()
    for split in (*GROUP_CV, "group_70_30"):
        assert arrange(items, "".join(list(split))) == arrange(items, split)
