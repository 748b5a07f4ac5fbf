"""Splits of our own."""

from __future__ import annotations

from collections import Counter

import pytest

from repro.data.index import LEAKS, DataError, Index, Item, check_leaks
from repro.data.splits import GROUP_CV, arrange, group_folds, random_70


def rows(groups: int = 12, classes: int = 3) -> list[Item]:
    """Classes with groups of one to four clips."""
    return [Item(f"{k}/{g}_{n}", k, f"{k}_{g}") for k in range(classes) for g in range(groups) for n in range(1 + (g * 7 + k) % 4)]


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


def test_all_is_test_only():
    assert arrange(rows(), "all") == ([], rows())


def test_unknown_split_names_the_known():
    with pytest.raises(ValueError, match="group_cv0"):
        arrange(rows(), "group_cv3")
