"""What must be said beside a number, by where its network and its clips come from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import MadeUp, record

from repro.papers import folder, plan
from repro.papers.measure import Cell, cells, complete, in_top_k, inputs, notes, one_span, protocol
from repro.papers.plan import Done, Planned, joined, seeded
from repro.spec import Clips, Data, Recipe, Run, options

ARID = Data("arid", clips=Clips(), options=options(lists="small"))
WORLD = Data("actions", clips=Clips(), options=options(scene="day"))
TRAINED = Run("train", "wei2025", data=ARID, recipe=Recipe(epochs=3))
ENHANCER = Run("enhance", "zerodce", data=ARID, recipe=Recipe(epochs=3))
IMAGES = Run("train", "tsn", data=Data("imagenet", clips=Clips(clip_length=1, clip_stride=1)), recipe=Recipe(epochs=2))
NONE, FROM_IMAGES = ["no pretraining"], ["backbone pretrained on imagenet"]


def on(data: Data, init_from: Run | None = None, epochs: int = 0, **parents: Run) -> list[str]:
    run = replace(TRAINED, data=data, recipe=Recipe(epochs=epochs), init_from=init_from, **parents)
    return notes(record(run, 0.5))


def done(run: Run, right: float = 0.5, row: str = "a", column: str = "b") -> Done:
    return Done(run, row, column, record=record(run, right))


@pytest.mark.parametrize("parents", [{}, {"enhancer": ENHANCER}])  # an enhancer is no network to start from
@pytest.mark.parametrize(
    ("before", "words"),
    [
        (None, "no pretraining"),
        (WORLD, "pretrained on actions (generated)"),
        (replace(ARID, split="official2"), "pretrained on arid"),
        (replace(ARID, clips=Clips(darkness=0.7)), "pretrained on arid"),
    ],
)
def test_what_it_was_trained_on_before(before: Data | None, words: str, parents: dict[str, Run]) -> None:
    begun = replace(TRAINED, data=before) if before else None
    assert on(ARID, begun, epochs=3, **parents) == [words]


def test_a_backbone_that_another_network_trained_is_named() -> None:
    assert on(ARID, IMAGES, epochs=3) == FROM_IMAGES
    first, more = replace(TRAINED, init_from=IMAGES), replace(ARID, clips=Clips(segments=(4, 4)))
    assert on(more, first) == FROM_IMAGES  # tested on other segments
    assert on(more, features=Run("features", "wei2025", data=more, init_from=first), epochs=3) == FROM_IMAGES


def test_the_training_behind_a_tested_network_is_found() -> None:
    first = replace(TRAINED, init_from=replace(IMAGES, data=Data("stills")))
    tested = replace(first, recipe=Recipe(), init_from=first)
    again = replace(tested, seed=1, init_from=replace(first, seed=1))
    assert cells([done(tested), done(again)])["a", "b"].networks == (first, replace(first, seed=1))
    assert cells([done(first)])["a", "b"].networks == (first,)  # not the backbone it began with


@pytest.mark.parametrize("own", [True, False])
def test_seeds_are_paired_where_each_has_a_training_world_of_its_own(own: bool) -> None:
    """What one world makes hard for both networks cancels."""
    data = replace(WORLD, options=options(train_seed=0)) if own else WORLD
    runs = {row: replace(TRAINED, data=data, arguments=options(row=row)) for row in "ab"}
    levels = {"a": (0.9, 0.6, 0.3), "b": (0.8, 0.5, 0.2)}
    made = [done(run, level, row) for row in "ab" for run, level in zip(seeded(runs[row], 3), levels[row], strict=True)]
    one, two = cells(made)["a", "b"], cells(made)["b", "b"]
    assert one.worlds == ((0, 1, 2) if own else (None,) * 3)
    assert one.minus(two).value == pytest.approx(0.1)
    assert (one.minus(two).high < 0.2) == own


def test_in_top_k_by_hand() -> None:
    probability = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2]])
    label = np.array([0, 1, 0, 1])
    assert in_top_k(probability, label, 1).tolist() == [True, False, False, False]  # of equal scores the lower label
    assert in_top_k(probability, label, 2).tolist() == [True, True, False, True]
    assert in_top_k(probability, label, 3).all()


def test_a_cell_of_the_best_two_names_its_metric_and_its_chance() -> None:
    made = record(TRAINED, 0.5)
    labels = np.sort(np.bincount(made.predictions()["label"]))
    one = Cell("a", "b", (made,))
    two = replace(one, top_k=2)
    assert two.chance == pytest.approx(labels[-2:].sum() / labels.sum()) and two.interval.value >= one.interval.value
    assert one.tidy("p.t", "mini")["metric"] == "accuracy" and two.tidy("p.t", "mini")["metric"] == "top-2 accuracy"


@pytest.mark.parametrize(("accuracies", "fitted"), [((1.0, 0.95), True), ((1.0, 0.94), False)])
def test_a_cell_is_fitted_when_every_training_was(accuracies: tuple[float, float], fitted: bool) -> None:
    made = [replace(record(replace(TRAINED, seed=s), 0.5), fits=fits) for s, fits in enumerate(accuracies)]
    assert Cell("a", "b", tuple(made)).fitted == fitted


@pytest.mark.parametrize(
    ("scale", "row", "epochs", "interior"),
    [
        ("mini", "end", 3, False), ("mini", "between", 3, True), ("laptop", "between", 3, False),  # not tuned there
        ("mini", "half of end", 3, False), ("mini", "half of between", 3, True),  # not tuned, but with the rate of one
        ("mini", "half of both", 3, False), ("mini", "half of between", 0, False), ("paper", "end", 3, True),
    ],
)  # fmt: skip
def test_a_rate_is_interior_between_others_that_were_tried(
    scale: str, row: str, epochs: int, interior: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "scale,row,lr,tried", "mini,end,0.03,0.003 0.01 0.03", "mini,between,0.01,0.003 0.01 0.03"
    (tmp_path / "learning_rates.csv").write_text("\n".join([*lines, "mini,other,0.3,0.3 1\n"]))
    monkeypatch.setattr(folder, "papers", lambda: {row: tmp_path})  # a name that nobody asked for before
    rates = {"end": (0.03,), "between": (0.01,), "both": (0.01, 0.3)}[row.removeprefix("half of ")]
    stages = [replace(TRAINED, recipe=Recipe(epochs=epochs, lr=lr)) for lr in rates]
    run = replace(stages[0], init_from=stages[-1] if len(stages) > 1 else None)
    assert plan.interior(row, scale, Planned(run, row, "b")) is interior
    unfit = [replace(done(run, row=row), interior=interior)]
    assert cells(unfit)[row, "b"].fitted is interior


def test_a_second_stage_on_the_same_data_is_no_pretraining() -> None:
    """But the weights that its first stage began with are named."""
    stored = Run("features", "wei2025", data=ARID)
    assert on(ARID, TRAINED, epochs=3) == on(ARID, features=stored, epochs=3) == NONE
    assert on(ARID, replace(TRAINED, features=stored), epochs=3, features=stored) == NONE
    first = replace(TRAINED, arguments=options(weights="some.pth", weights_digest="0123"))
    assert notes(record(replace(first, init_from=first), 0.5)) == ["public weights"]


def test_a_diverged_seed_is_named_with_its_number() -> None:
    made = record(replace(TRAINED, seed=3), 0.2)
    made.values["diverged"] = "the loss of step 7 is nan"
    assert notes(made) == ["training diverged with seed 3: the loss of step 7 is nan", *NONE]
    made.values["diverged"] = ""
    assert notes(made) == NONE
    cell = cells([done(TRAINED), done(replace(TRAINED, seed=1))])["a", "b"]
    cell.records[1].values["diverged"] = "lost"
    assert cell.tidy("p.t", "mini")["note"].count("diverged") == 1


@pytest.mark.parametrize("clips", [Clips(darkness=0.7), Clips(enhancement="gamma"), Clips(enhancement="enhanced")])
def test_tested_in_another_light_of_its_own_clips(clips: Clips) -> None:
    assert on(replace(ARID, clips=clips), TRAINED, enhancer=ENHANCER) == NONE


def test_tested_on_other_clips_the_source_is_named() -> None:
    for parents in ({}, {"enhancer": ENHANCER}):
        assert on(WORLD, TRAINED, **parents) == ["trained on arid, on none of these clips"]
    assert on(ARID, replace(TRAINED, data=WORLD)) == ["trained on actions (generated), on none of these clips"]


def test_a_plan_is_joined_with_its_own_records_only() -> None:
    plan = [Planned(replace(TRAINED, seed=seed), "row", "column", seed) for seed in (0, 1)]
    records: list[MadeUp] = [record(planned.run, 0.5) for planned in plan]
    found = [(d.row, d.column, d.value, d.record) for d in joined(plan, records)]
    assert found == [("row", "column", seed, records[seed]) for seed in (0, 1)]
    with pytest.raises(ValueError, match="not those of the 2 planned"):
        joined(plan, records[::-1])


def test_only_whole_records_of_all_seeds_at_paper_scale_are_complete() -> None:
    records = [record(replace(TRAINED, seed=seed), 0.5) for seed in range(3)]
    assert complete(records, "paper", 3) and complete(records, "paper", 3, "wei2025")
    assert not complete(records, "mini", 3) and not complete(records[1:], "paper", 3)
    assert not complete(records, "paper", 3, "slowfast")
    records[0].values["missing"] = 1
    assert not complete(records, "paper", 3)


def test_protocol_and_inputs_in_words() -> None:
    second = replace(TRAINED, init_from=TRAINED, recipe=Recipe(epochs=1))
    flow = replace(TRAINED, data=replace(ARID, clips=Clips(input="flow")))
    found = cells([done(second, row="Ours"), done(flow, row="Flow")]).values()
    assert protocol(found, "mini", "ARID-6") == "mini: ARID-6; clip level, 1 view, 1 seed, last epoch of 3 + 1"
    assert inputs(found) == "colour alone: Ours; flow alone: Flow"


def test_notes_on_the_frame_rates_of_folds_become_one():
    spans = ("18", "30", "1.6", "2.7"), ("10", "30", "1.6", "4.8"), ("25", "29.97", "1.2", "1.9")
    folds = [f"frames are counted at {a} to {b} per second: a clip spans {c} to {d} s" for a, b, c, d in spans]
    whole = "frames are counted at 10 to 30 per second: a clip spans 1.2 to 4.8 s"
    assert one_span([folds[0], "public weights", *folds[1:]]) == ["public weights", whole]
    assert one_span([folds[0], "public weights"]) == [folds[0], "public weights"]
