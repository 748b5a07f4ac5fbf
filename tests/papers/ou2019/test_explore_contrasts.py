"""The explore cells of one quantity at a time and of two splits, on records made by hand: known
accuracies, no network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
import pytest
from drawn import lines, words
from made_up import MadeUp, recognised

from repro.evidence.sensitivity import SPLIT_COLOURS
from repro.evidence.style import INK
from repro.papers.measure import Cell
from repro.papers.ou2019.explore_contrasts import (
    AT_RANDOM,
    BY_GROUPS,
    QUANTITIES,
    USUAL,
    against,
    both_ways,
    class_accuracy,
    explore_sensitivity,
    explore_split,
    split_figure,
)
from repro.reader import explore_contrasts
from repro.spec import Clips, Data, Recipe, Run, options

DRAWN: list[Any] = []  # figures that a cell has shown, the newest last
CLASSES = tuple(f"class {k}" for k in range(6))


@pytest.fixture(autouse=True)
def drawn_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    mpl.use("Agg")
    original = mpl.figure.Figure.savefig
    monkeypatch.setattr(
        mpl.figure.Figure, "savefig", lambda fig, *a, **k: (DRAWN.append(fig), original(fig, *a, **k | {"dpi": 40}))[1]
    )
    yield
    DRAWN.clear()
    from matplotlib import pyplot

    pyplot.close("all")


def controls(box: ipywidgets.VBox) -> dict[str, Any]:
    found = {child.description: child for child in box.children if getattr(child, "description", "")}
    return found | {"picture": next(child for child in box.children if isinstance(child, ipywidgets.Image))}


def run(
    seed: int = 0, lr: float = 0.001, frames: int = 8, kind: str = "both", split: str = "official", **arguments: Any
) -> Run:
    clips = Clips(input=kind, flow_stack=4, clip_length=frames, clip_stride=1)  # type: ignore[arg-type]
    data = Data("actions", split, clips, options(scene="calm"))
    return Run(
        network="ou2019", arguments=options(width=8, **arguments), data=data, recipe=Recipe(epochs=7, lr=lr), seed=seed
    )


def made(right: float, *runs: Run, diverged: str = "") -> list[MadeUp]:
    found = [recognised(one, right, CLASSES) for one in runs]
    for one in found:
        one.values["diverged"] = diverged
    return found


def study() -> list[MadeUp]:
    """Two seeds: the usual run 0.6; lr 0.1 0.2, diverged; 2 frames 0.3; fc alone 0.4."""
    seeds = (0, 1)
    return [
        *made(0.2, *(run(s, lr=0.1) for s in seeds), diverged="loss became nan"),
        *made(0.6, *(run(s) for s in seeds)),
        *made(0.3, *(run(s, frames=2) for s in seeds)),
        *made(0.4, *(run(s, streams="fc") for s in seeds)),
    ]


# One quantity at a time


def test_runs_that_differ_in_one_quantity_alone_are_compared() -> None:
    frame = against(study(), "learning rate")  # type: ignore[arg-type]
    assert frame["value"].tolist() == [0.001, 0.1] and frame["mean"].tolist() == pytest.approx([0.6, 0.2])
    assert frame["paper"].tolist() == [True, False] and frame["diverged"].tolist() == [0, 2]
    assert set(frame["series"]) == {"actions (both, calm, official)"}
    frame = against(study(), "T, frames")  # type: ignore[arg-type]
    assert frame["value"].tolist() == [2, 8] and frame["mean"].tolist() == pytest.approx([0.3, 0.6])
    assert all((low < mean < high) for low, mean, high in zip(frame["low"], frame["mean"], frame["high"], strict=True))


def test_of_names_the_usual_one_comes_last() -> None:
    frame = against(study(), "streams")  # type: ignore[arg-type]
    assert frame["value"].tolist() == ["fc", "both"] and frame["paper"].tolist() == [False, True]


def test_a_quantity_that_was_not_varied_is_not_offered() -> None:
    got = controls(explore_sensitivity(study()))  # type: ignore[arg-type]
    assert got["quantity"].options == ("learning rate", "T, frames", "streams")
    assert set(got["quantity"].options) < set(QUANTITIES)
    for records in ([], study()[2:4]):
        with pytest.raises(ValueError, match="do not differ in one quantity"):
            explore_sensitivity(records)  # type: ignore[arg-type]


def test_quantity_redraws_the_figure() -> None:
    got = controls(explore_sensitivity(study()))  # type: ignore[arg-type]
    text = words(DRAWN[-1])
    assert USUAL in text and "2 diverged" in text and "n = 60 test clips of 20 groups" in text
    before = got["picture"].value
    got["quantity"].value = "streams"
    assert got["picture"].value != before and [part.get_title(loc="left") for part in DRAWN[-1].axes[0].child_axes] == [
        "streams"
    ]


def later(first: Run) -> Run:
    return replace(first, recipe=Recipe(epochs=3, lr=first.recipe.lr / 10), after=(first,))


def test_the_rate_of_one_stage_and_all_else_of_two() -> None:
    """As the artifact plans it: of the rates each as often as the others, so that only the rest
    tells which is usual.
    """
    rates = [one for one in study() if one.run.data.clips.frames == 8 and "streams" not in dict(one.run.arguments)]  # type: ignore[union-attr]
    rest = [*made(0.7, later(run())), *made(0.3, later(run(frames=2)))]
    lr = against([*rates, *rest], "learning rate")  # type: ignore[list-item]
    assert (
        lr["value"].tolist() == [0.001, 0.1]
        and lr["paper"].tolist() == [True, False]
        and lr["mean"].tolist() == pytest.approx([0.6, 0.2])
    )
    frames = against([*rates, *rest], "T, frames")  # type: ignore[list-item]
    assert frames["value"].tolist() == [2, 8] and frames["mean"].tolist() == pytest.approx([0.3, 0.7])
    assert "trained in 1 stage." in lr["said"][0] and "trained in 2 stages." in frames["said"][0]


def test_stages_other_networks_and_other_data_do_not_mix() -> None:
    other = made(0.9, run(ln="none", lr=0.01))  # nothing to compare it with
    assert against([*study(), *other], "learning rate")["value"].tolist() == [0.001, 0.1]  # type: ignore[list-item]
    assert against([*study(), *made(0.9, later(run()))], "learning rate")["mean"].tolist() == pytest.approx([0.6, 0.2])  # type: ignore[list-item]
    flow = made(0.5, run(kind="flow"), run(kind="flow", lr=0.01))
    frame = against([*study(), *flow], "learning rate")  # type: ignore[list-item]
    assert frame["series"].tolist() == ["actions (both, calm, official)"] * 2 + ["actions (flow, calm, official)"] * 2


# Splits


def halves(kinds: tuple[str, ...] = ("rgb", "both")) -> list[MadeUp]:
    """0.8 at random and 0.5 by groups, two seeds; each run the second stage of one that is here
    too.
    """
    found = []
    for kind in kinds:
        for split, right in (("random_70_30", 0.8), ("official", 0.5)):
            for seed in (0, 1):
                first = run(seed, kind=kind, split=split)
                found += made(0.1, first)
                found += made(right, replace(first, recipe=Recipe(epochs=3, lr=0.0001), after=(first,)))
    return found


def test_the_last_stage_of_both_splits_is_found() -> None:
    found = both_ways(halves())  # type: ignore[arg-type]
    assert list(found) == [("actions", "rgb"), ("actions", "both")]
    for cells in found.values():
        assert list(cells) == [AT_RANDOM, BY_GROUPS]
        assert [cell.correct.mean() for cell in cells.values()] == pytest.approx([0.8, 0.5])
    assert both_ways([one for one in halves() if one.run.data.split == "official"]) == {}  # type: ignore[union-attr,misc]


def test_accuracy_of_every_class_and_seed() -> None:
    cell = both_ways(halves())["actions", "rgb"][AT_RANDOM]  # type: ignore[arg-type]
    found = class_accuracy(cell)
    assert found.shape == (2, 6) and found.mean() == pytest.approx(0.8)
    label = cell.predictions[0]["label"]
    np.testing.assert_allclose(found[1, 2], cell.correct[1, label == 2].mean())
    wider = replace(cell.records[0], values=cell.records[0].values | {"classes": [*CLASSES, "never seen"]})
    assert np.isnan(class_accuracy(Cell("", "", (wider,)))[:, 6]).all()


def test_all_clips_have_an_interval_and_classes_their_counts() -> None:
    (part,) = split_figure(both_ways(halves())["actions", "rgb"]).axes[0].child_axes  # type: ignore[arg-type]
    assert [t.get_text() for t in part.get_yticklabels()] == [
        "all test clips",
        *(f"class {k} (10 | 10)" for k in range(6)),
    ]
    bars = [line for colour in SPLIT_COLOURS for line in lines(part, colour=colour) if line.get_alpha()]
    assert len(bars) == 2 and all(
        np.mean(bar.get_ydata()) == pytest.approx(shift) for bar, shift in zip(bars, (-0.17, 0.17), strict=True)
    )
    means = [line.get_xdata()[0] for line in lines(part, colour=INK) if line.get_linewidth() == 1.8]
    assert means[:2] == pytest.approx([0.8, 0.5]) and len(means) == 14
    assert "random 70/30: n = 60, 20 groups" in words(part.figure) and part.get_title(loc="left") == "actions, rgb"
    assert mpl.pyplot.get_fignums() == []  # shown by its value alone


def test_of_many_classes_those_that_differ_most_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore_contrasts, "MOST", 2)
    cells = both_ways(halves())["actions", "both"]  # type: ignore[arg-type]
    apart = [class_accuracy(cell).mean(axis=0) for cell in cells.values()]
    most = sorted(np.argsort(-np.abs(apart[0] - apart[1]), kind="stable")[:2])
    (part,) = split_figure(cells).axes[0].child_axes
    assert [t.get_text().split(" (")[0] for t in part.get_yticklabels()[1:]] == [f"class {k}" for k in most]
    assert "Of 6 classes the 2 that differ most." in words(part.figure)


def test_data_set_and_modality_redraw() -> None:
    elsewhere = [
        replace(one, run=replace(one.run, data=replace(one.run.data, name="arid"))) for one in halves(("flow",))
    ]  # type: ignore[type-var]
    elsewhere = [
        replace(one, run=replace(one.run, after=tuple(replace(p, data=one.run.data) for p in one.run.after)))
        for one in elsewhere
    ]
    got = controls(explore_split([*halves(), *elsewhere]))  # type: ignore[list-item]
    assert got["data set"].options == ("actions", "arid") and got["modality"].options == ("rgb", "both")
    before = got["picture"].value
    got["modality"].value = "both"
    assert got["picture"].value != before and "actions, both" in words(DRAWN[-1])
    got["data set"].value = "arid"
    assert got["modality"].options == ("flow",) and "arid, flow" in words(DRAWN[-1])


def test_one_split_alone_is_no_contrast() -> None:
    with pytest.raises(ValueError, match="split both at random and by groups"):
        explore_split([one for one in halves() if one.run.data.split == "official"])  # type: ignore[union-attr,misc]
