"""Splits that are derived from any official one, and the part of a training set."""

from __future__ import annotations

from repro.data.index import load
from repro.spec import Data, options

WORLD = Data("actions", options=options(train=22, test=11))


def names(items: object) -> list[str]:
    return [item.name for item in items]


def test_the_split_seen_tests_on_the_training_rows_and_trains_on_nothing() -> None:
    official, seen = (load(Data(WORLD.name, split, options=WORLD.options), None) for split in ("official", "seen"))
    assert (
        names(seen.test) == names(official.train)
        and seen.train == ()
        and "tested on the training list itself" in seen.notes
    )


def test_a_share_takes_its_part_of_the_training_rows_alone() -> None:
    whole = load(WORLD, None)
    part = load(Data(WORLD.name, options=WORLD.options, train_fraction=0.5, subset_seed=3), None)
    assert len(part.train) == 11 and part.whole == whole.whole == len(whole.train) == 22 and part.test == whole.test


def test_settings_are_chosen_inside_the_share() -> None:
    tuned, part = (
        load(Data(WORLD.name, "tuning", options=WORLD.options, train_fraction=share), None) for share in (1.0, 0.5)
    )
    assert set(names(part.train)) < set(names(tuned.train)) and part.test == tuned.test
