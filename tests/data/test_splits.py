"""Splits of our own."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from repro.data.index import LEAKS, DataError, Index, Item, check_leaks
from repro.data.splits import GROUP_CV, arrange, group_70, group_folds, nested, random_70


def rows(groups: int = 12, classes: int = 3) -> list[Item]:
    """Classes with groups of one to four clips."""
    return [
        Item(f"{k}/{g}_{n}", k, f"{k}_{g}")
        for k in range(classes)
        for g in range(groups)
        for n in range(1 + (g * 7 + k) % 4)
    ]


def test_folds_keep_groups_whole_and_cover_everything_once():
    items = rows()
    tested = []
    for split in GROUP_CV:
        train, test = arrange(items, split)
        assert not {i.group for i in train} & {i.group for i in test}
        assert len(train) + len(test) == len(items)
        tested += test
    assert Counter(tested) == Counter(items)


def test_folds_are_balanced_by_class():
    items = rows()
    for split in GROUP_CV:
        share = Counter(i.label for i in arrange(items, split)[1])
        for label, count in Counter(i.label for i in items).items():
            assert abs(share[label] / count - 1 / 3) < 0.1


def test_folds_balance_classes_that_share_groups():
    items = [Item(f"{g}_{n}", n % 2, str(g)) for g in range(9) for n in range(4)]
    assert [Counter(i.label for i in arrange(items, s)[1]) for s in GROUP_CV] == [Counter({0: 6, 1: 6})] * 3


def test_order_of_rows_changes_no_split():
    items = rows()
    backwards = items[::-1]
    assert group_folds(items) == group_folds(backwards)
    assert random_70(items) == random_70(backwards)


def test_random_split_is_stratified_frozen_and_leaks():
    items = rows()
    train, test = arrange(items, "random_70_30")
    for label, count in Counter(i.label for i in items).items():
        assert sum(i.label == label for i in train) == round(0.7 * count)
    assert [i.name for i in test][:4] == ["0/1_2", "0/2_0", "0/3_0", "0/5_1"]  # frozen: records depend on it
    index = Index(("a", "b", "c"), tuple(train), tuple(test))
    assert LEAKS in check_leaks(index, allowed=True).notes
    with pytest.raises(DataError, match="groups stand on both sides"):
        check_leaks(index, allowed=False)


def test_whole_groups_are_held_out_with_30_percent_of_each_class():
    items = rows()
    train, test = arrange(items, "group_70_30")
    assert not {i.group for i in train} & {i.group for i in test} and Counter(train + test) == Counter(items)
    for label, count in Counter(i.label for i in items).items():
        assert abs(sum(i.label == label for i in test) - 0.3 * count) <= 1
    assert sorted({i.group for i in test})[:3] == ["0_1", "0_11", "0_2"]  # frozen: records depend on it
    assert group_70(items[::-1]) == group_70(items)


def test_a_class_of_one_group_trains_and_one_of_two_is_on_both_sides():
    sizes = {0: [7], 1: [9, 1], 2: [1, 1], 3: [5, 5]}
    items = [
        Item(f"{k}/{g}_{n}", k, f"{k}_{g}")
        for k, groups in sizes.items()
        for g, size in enumerate(groups)
        for n in range(size)
    ]
    train, test = arrange(items, "group_70_30")
    assert Counter(i.label for i in train) == {0: 7, 1: 9, 2: 1, 3: 5}
    assert Counter(i.label for i in test) == {1: 1, 2: 1, 3: 5}


def test_a_group_of_several_classes_is_held_out_whole():
    items = [Item(f"{g}_{n}", n % 2, str(g)) for g in range(10) for n in range(4)]
    train, test = arrange(items, "group_70_30")
    assert Counter(i.label for i in test) == {0: 6, 1: 6} and not {i.group for i in train} & {i.group for i in test}


def test_all_is_test_only():
    assert arrange(rows(), "all") == ([], rows())


def test_unknown_split_names_the_known():
    with pytest.raises(ValueError, match="group_cv0"):
        arrange(rows(), "group_cv3")


def test_parts_lie_inside_larger_parts_of_the_same_draw_and_every_class_gives_its_share():
    items = rows(groups=20)
    whole = [row.name for row in items]
    parts = {share: nested(items, share, 1) for share in (0.2, 0.4, 0.6, 0.8, 1.0)}
    names = {share: [row.name for row in part] for share, part in parts.items()}
    assert names[1.0] == whole
    assert all(set(names[a]) < set(names[b]) for a, b in pairwise(sorted(names)))
    assert all(list(filter(set(part).__contains__, whole)) == part for part in names.values())  # rows keep their order
    total = Counter(row.label for row in items)
    assert all(
        Counter(r.label for r in part) == {k: round(share * n) for k, n in total.items()}
        for share, part in parts.items()
    )


def test_another_draw_is_another_part_and_the_order_of_rows_changes_none():
    items = rows(groups=20)
    assert nested(items, 0.4, 0) != nested(items, 0.4, 1)
    assert {r.name for r in nested(items[::-1], 0.4, 1)} == {r.name for r in nested(items, 0.4, 1)}


def test_a_class_keeps_one_row_and_a_share_is_a_share():
    items = rows()
    assert set(Counter(r.label for r in nested(items, 0.001, 0)).values()) == {1}
    for share in (0.0, -0.2, 1.2):
        with pytest.raises(ValueError, match="above 0 and goes up to 1"):
            nested(items, share, 0)
