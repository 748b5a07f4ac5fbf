"""Splits that we make ourselves: over whole groups, at random so that groups leak, and everything
as test.

All are functions of the rows' names alone: which files happen to be on this disk, and in which
order rows are listed, changes nothing.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro.data.index import Item

CV = re.compile(r"(?P<kind>group|random)_cv(?P<fold>\d)of(?P<folds>[2-9])(?:_(?P<draw>\d+))?")
GROUP = "group_70_30"
RANDOM = "random_70_30"
OURS = ("group_cv<i>of<n>", "random_cv<i>of<n>_<draw>", GROUP, RANDOM, "all")  # in words


def ours(split: str) -> bool:
    """Whether it is one of OURS: a fold's number is smaller than that of the folds, and random ones
    alone have draws.
    """
    cv = CV.fullmatch(split)
    if not cv:
        return split in OURS[2:]
    return int(cv["fold"]) < int(cv["folds"]) and (cv["draw"] is not None) == (cv["kind"] == "random")


def arrange(rows: Sequence[Item], split: str) -> tuple[list[Item], list[Item]]:
    """(train, test) of all rows of a data set, by one of the splits in OURS; rows keep their order.

    `group_cv1of3`: the second of three folds of whole groups is the test set. `random_cv1of3_0`:
    of three folds drawn at random, so that groups leak, number 0 of the draws. `group_70_30`: one
    test set of whole groups. `random_70_30`: leaks groups. `all`: everything is test, for networks
    trained elsewhere. Raises ValueError on another name.
    """
    if not ours(split):
        raise ValueError(f"{split!r} is not one of {', '.join(OURS)}")
    if split == RANDOM:
        chosen = random_70(rows)
        return [r for r in rows if r.name in chosen], [r for r in rows if r.name not in chosen]
    groups, cv = set(), CV.fullmatch(split)
    if cv and cv["kind"] == "random":
        tested = random_fold(rows, int(cv["fold"]), int(cv["folds"]), int(cv["draw"]))
        return [r for r in rows if r.name not in tested], [r for r in rows if r.name in tested]
    if cv:
        folds = group_folds(rows, int(cv["folds"]))
        groups = {group for group, fold in folds.items() if fold != int(cv["fold"])}
    if split == GROUP:
        groups = group_70(rows)
    return [r for r in rows if r.group in groups], [r for r in rows if r.group not in groups]


def random_fold(rows: Sequence[Item], fold: int, folds: int, draw: int) -> set[str]:
    """Names in one of the folds of a draw: of every class, each `folds`-th in the order of a hash.
    Classes begin one after the other at the next fold, so that folds are of like size.
    """
    names = itertools.chain.from_iterable(_by_hash(names, f"fold {draw}") for _, names in sorted(_names(rows).items()))
    return {name for number, name in enumerate(names) if number % folds == fold}


def group_folds(rows: Sequence[Item], folds: int) -> dict[str, int]:
    """Fold of every group: groups stay whole, and each class is spread over the folds as evenly as
    its groups permit.

    Largest group first, each to the fold where it makes the classes least uneven (sum over its
    classes of the share squared).
    """
    sizes, total = _sizes(rows)
    counts = [Counter[int]() for _ in range(folds)]
    found = {}
    for group in sorted(sizes, key=lambda g: (-sizes[g].total(), g)):
        size = sizes[group].items()
        loads = [sum(((fold[k] + n) ** 2 - fold[k] ** 2) / total[k] ** 2 for k, n in size) for fold in counts]
        best = min(range(folds), key=lambda f: (round(loads[f], 12), counts[f].total(), f))
        counts[best].update(sizes[group])
        found[group] = best
    return found


def group_70(rows: Sequence[Item]) -> set[str]:
    """Groups that train, with about 70 % of the clips of each class, so that the training set is as
    large as that of `random_70`.

    Groups are gone through in the order of a hash; one is held out when that brings its classes
    nearer to 30 % held out (sum over its classes of the squared distance). So a class of one group
    trains, and a class of two is on both sides.
    """
    sizes, total = _sizes(rows)
    out, trains = Counter[int](), set()
    for group in _by_hash(sizes, "group 70/30"):
        far = [sum(((out[k] + more * n) / total[k] - 0.3) ** 2 for k, n in sizes[group].items()) for more in (0, 1)]
        if round(far[1], 12) < round(far[0], 12):
            out.update(sizes[group])
        else:
            trains.add(group)
    return trains


def random_70(rows: Sequence[Item]) -> set[str]:
    """Names of the 70 % of each class that train. Drawn by hash, so that no library's generator can
    change the split.
    """
    return _part_of_each_class(rows, 0.7, "70/30")


def nested(rows: Sequence[Item], share: float, draw: int) -> list[Item]:
    """`share` of the rows of every class, at least one; rows keep their order. One permutation per
    `draw`, by hash, so that with the same `draw` a smaller share is part of a larger one.

    Raises ValueError when `share` is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share of the training set lies above 0 and goes up to 1, got {share}.")
    chosen = _part_of_each_class(rows, share, f"part {draw}")
    return [row for row in rows if row.name in chosen]


def _part_of_each_class(rows: Sequence[Item], share: float, salt: str) -> set[str]:
    """Names of the first `share` of each class, at least one, in the order of a salted hash."""
    classes = _names(rows)
    numbers = {label: max(1, round(share * len(names))) for label, names in classes.items()}
    return {name for label, names in classes.items() for name in _by_hash(names, salt)[: numbers[label]]}


def _names(rows: Sequence[Item]) -> dict[int, list[str]]:
    """Of the rows of each class."""
    classes: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        classes[row.label].append(row.name)
    return classes


def _by_hash(names: Iterable[str], salt: str) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha256(f"{salt} {name}".encode()).digest())


def _sizes(rows: Sequence[Item]) -> tuple[dict[str, Counter[int]], Counter[int]]:
    """Clips of each group by class, and clips of each class."""
    sizes: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        sizes[row.group][row.label] += 1
    return sizes, Counter(row.label for row in rows)
