"""What must be said beside a number, by where its network and its clips come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up import MadeUp, record

from repro.papers.measure import Cell, among_best, cells, notes
from repro.spec import Clips, Data, Recipe, Run, options

ARID = Data("arid", clips=Clips(), options=options(lists="small"))
WORLD = Data("actions", clips=Clips(), options=options(scene="day"))
TRAINED = Run("train", "wei2025", data=ARID, recipe=Recipe(epochs=3))
ENHANCER = Run("enhance", "zerodce", data=ARID, recipe=Recipe(epochs=3))


def on(data: Data, *after: Run, epochs: int = 0) -> list[str]:
    return notes(record(replace(TRAINED, data=data, recipe=Recipe(epochs=epochs), after=after), 0.5))


def test_trained_from_nothing() -> None:
    assert on(ARID, epochs=3) == ["no pretraining"]
    assert on(ARID, ENHANCER, epochs=3) == ["no pretraining"]  # an enhancer is no network to start from


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (WORLD, "pretrained on actions (generated)"),
        (replace(ARID, split="official2"), "pretrained on arid"),
        (replace(ARID, clips=Clips(darkness=0.7)), "pretrained on arid"),
    ],
)
def test_trained_further_on_other_clips(before: Data, said: str) -> None:
    assert on(ARID, replace(TRAINED, data=before), epochs=3) == [said]
    assert on(ARID, ENHANCER, replace(TRAINED, data=before), epochs=3) == [said]


def test_a_backbone_that_another_network_trained_is_named() -> None:
    images = Run(
        "train", "tsn", data=Data("imagenet", clips=Clips(clip_length=1, clip_stride=1)), recipe=Recipe(epochs=2)
    )
    assert on(ARID, images, epochs=3) == ["backbone pretrained on imagenet"]
    first = replace(TRAINED, after=(images,))
    more = replace(ARID, clips=Clips(segments=(4, 4)))
    assert on(more, first) == ["backbone pretrained on imagenet"]  # tested on other segments
    assert on(more, Run("features", "wei2025", data=more, after=(first,)), epochs=3) == [
        "backbone pretrained on imagenet"
    ]  # its stored maps


def test_what_was_trained_is_told_from_what_is_tested() -> None:
    images = Run("train", "tsn", data=Data("stills"), recipe=Recipe(epochs=2))
    first = replace(TRAINED, after=(images,))
    tested = replace(first, recipe=Recipe(), after=(first,))
    cell = cells(
        [
            ("a", "b", record(tested, 0.5)),
            ("a", "b", record(replace(tested, seed=1, after=(replace(first, seed=1),)), 0.5)),
        ]
    )
    assert cell["a", "b"].networks == (first, replace(first, seed=1))
    assert cells([("a", "b", record(first, 0.5))])["a", "b"].networks == (first,)  # not the backbone it began with


def test_among_the_best_by_hand() -> None:
    probability, label = (
        np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2]]),
        np.array([0, 1, 0, 1]),
    )
    assert among_best(probability, label, 1).tolist() == [
        True,
        False,
        False,
        False,
    ]  # of equal scores the lower label is the answer
    assert among_best(probability, label, 2).tolist() == [True, True, False, True]
    assert among_best(probability, label, 3).all()


def test_a_cell_of_the_best_five_says_so_and_knows_its_chance() -> None:
    made = record(TRAINED, 0.5)
    stored = made.predictions()
    one = Cell("a", "b", (made,))
    two = replace(one, best=2)
    labels = np.sort(np.bincount(stored["label"]))
    assert two.chance == pytest.approx(labels[-2:].sum() / labels.sum()) and two.interval.value >= one.interval.value
    assert one.tidy("p.t", "mini")["metric"] == "accuracy" and two.tidy("p.t", "mini")["metric"] == "top-2 accuracy"


def test_a_second_stage_on_the_same_data_is_no_pretraining() -> None:
    """But the weights that its first stage began with are told."""
    assert on(ARID, TRAINED, epochs=3) == ["no pretraining"]
    stored = Run("features", "wei2025", data=ARID)
    assert (
        on(ARID, replace(TRAINED, after=(stored,)), stored, epochs=3)
        == on(ARID, stored, epochs=3)
        == ["no pretraining"]
    )
    weights = options(weights="some.pth", weights_digest="0123")
    first = replace(TRAINED, arguments=weights)
    assert notes(record(replace(first, after=(first,)), 0.5)) == ["public weights"]


def test_a_diverged_seed_is_told_with_its_number() -> None:
    made = record(replace(TRAINED, seed=3), 0.2)
    made.values["diverged"] = "the loss of step 7 is nan"
    assert notes(made) == ["training diverged with seed 3: the loss of step 7 is nan", "no pretraining"]
    made.values["diverged"] = ""
    assert notes(made) == ["no pretraining"]
    cell = cells([("a", "b", record(replace(TRAINED, seed=0), 0.5)), ("a", "b", record(TRAINED, 0.5))])["a", "b"]
    cell.records[1].values["diverged"] = "lost"
    assert cell.tidy("p.t", "mini")["note"].count("diverged") == 1


def test_tested_in_another_light_of_its_own_clips() -> None:
    for clips in (Clips(darkness=0.7), Clips(enhancement="gamma"), Clips(enhancement="enhanced")):
        assert on(replace(ARID, clips=clips), TRAINED, ENHANCER) == ["no pretraining"]


@pytest.mark.parametrize("after", [(TRAINED,), (ENHANCER, TRAINED)], ids=["alone", "behind its enhancer"])
def test_tested_on_other_clips_the_source_is_named(after: tuple[Run, ...]) -> None:
    assert on(WORLD, *after) == ["trained on arid, on none of these clips"]


def test_a_generated_source_is_called_so() -> None:
    assert on(ARID, replace(TRAINED, data=WORLD)) == ["trained on actions (generated), on none of these clips"]


def test_what_the_data_lack_comes_first() -> None:
    run = replace(TRAINED, data=WORLD, recipe=Recipe(), after=(TRAINED,))
    values = {"notes": ["leaks groups"], "missing": 2, "undecodable": {"a": "why"}}
    said = notes(MadeUp(run, 0.5, values=values))
    assert said == [
        "leaks groups",
        "2 listed clips absent",
        "1 clips undecodable",
        "trained on arid, on none of these clips",
    ]


def test_a_row_says_its_own_note_first_and_each_of_the_records_once() -> None:
    records = [record(replace(TRAINED, seed=seed), 0.5) for seed in (0, 1)]
    (cell,) = cells([("ours", "ARID-6", r) for r in records]).values()
    assert cell.tidy("p.t", "mini", note="stand-in")["note"] == "stand-in; no pretraining"
    assert cell.tidy("p.t", "mini")["seeds"] == 2
