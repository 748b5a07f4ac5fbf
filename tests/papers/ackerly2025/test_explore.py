"""The explore cells of ackerly2025, on records made by hand: known answers, known gates, no
network.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from drawn import words
from made_up import stored
from matplotlib.axes import Axes
from photographs import done

from repro.evidence.style import INK
from repro.papers.ackerly2025 import explore, table1
from repro.papers.ackerly2025.ablation import on_its_training_images
from repro.papers.ackerly2025.classification import AVERAGES, METRICS
from repro.papers.ackerly2025.explore import UNEQUAL, WHOLE, attention_received, explore_gates, gate_figure, probes
from repro.papers.ackerly2025.settings import ON_FEATURES, ROWS
from repro.runs.store import Record
from repro.spec import Clips, Data, Recipe, Run, options
from results import controls, redraws

LEVELS = dict(zip(ROWS, (0.3, 0.4, 0.5, 0.6, 0.8), strict=True))
LEVELS |= {row: LEVELS[own] for row, own in ON_FEATURES.items()}


SOURCE = np.arange(3 * 90 * 120 * 3, dtype=np.uint8).reshape(3, 90, 120, 3)  # of the image "b"


@pytest.fixture(autouse=True)
def _filmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "footage", lambda record, names: {"b": SOURCE} if "b" in names else {})


# Averages


@pytest.fixture
def averages(shown: list[Any]) -> dict[str, Any]:
    return controls(explore.explore_averages(done(table1.plan("smoke", 0), lambda p: LEVELS[p.row])))


def means(figure: Any, metric: str) -> list[float]:
    """The mean of every row, from top to bottom."""
    lines = figure.axes[0].child_axes[METRICS.index(metric)].lines
    return [line.get_xdata()[0] for line in lines if line.get_color() == INK]


@pytest.mark.parametrize(("control", "value"), [("average", "weighted"), ("average", "micro"), ("test set", WHOLE)])
def test_average_and_test_set_redraw_table1(averages: Any, shown: list[Any], control: str, value: str) -> None:
    assert averages["average"].options == AVERAGES
    assert redraws(averages, control, value)
    assert f"{averages['average'].value} average, {averages['test set'].value}" in words(shown[-1])


def test_when_recall_and_accuracy_are_one_number(averages: dict[str, Any], shown: list[Any]) -> None:
    assert means(shown[-1], "ACC") != pytest.approx(means(shown[-1], "Recall"), abs=1e-4)  # macro, unequal class counts
    for average, test in (("weighted", UNEQUAL), ("micro", UNEQUAL), ("macro", WHOLE), ("weighted", WHOLE)):
        averages["average"].value, averages["test set"].value = average, test
        assert means(shown[-1], "ACC") == pytest.approx(means(shown[-1], "Recall")), (average, test)


# Gates

GATES = np.array([[0.875, 0.125], [0.25, 0.75]], np.float16)
RECIPE = Recipe(epochs=1, penalty="l2_weights")


def trained(folder: Path, steps: int = 4, gate: bool = True, grid: tuple[int, int] = (2, 2), **run: Any) -> Record:
    """A record whose image i has gate GATES[i], and whose steps all look at step i in layer 2 and
    everywhere in layer 1. An odd seed stores one image, an even one two.
    """
    run = {"data": Data("stills"), "recipe": RECIPE} | run
    items, channels = 2 - run.get("seed", 0) % 2, 3 if run["data"].clips.input == "rgb" else 2
    tensors: dict[str, np.ndarray] = {}
    for i in range(items):
        looks = np.zeros((2, steps, steps), np.float16)
        looks[..., i % steps] = 1
        kept = {
            "clip": np.stack([np.full((8, 8, channels), 10 * (i + 1) + n, np.uint8) for n in range(3)]),
            "probability": np.eye(2, dtype=np.float32)[1], "gate": GATES[i],
            "attention1": np.full((2, steps, steps), 1 / steps, np.float16), "attention2": looks,
            "stage1": np.zeros((1, 4, 4), np.float16), "stage2": np.zeros((1, *grid), np.float16),
        }  # fmt: skip
        tensors |= {f"{i}/{name}": values for name, values in kept.items()}
    probes = {"names": ["a", "b"][:items], "labels": [0, 1][:items], "classes": ["church", "horn"]}
    answers = {"probability": np.eye(2), "label": np.arange(2), "name": ["a", "b"]} | ({"gate": GATES} if gate else {})
    norm = {"mean": [0.0] * channels, "std": [1.0] * channels}
    return stored(folder, Run(network="ackerly2025", **run), {"norm": norm}, tensors, answers, **probes)


def under(record: Record, **chosen: Any) -> Axes:
    """The panel of the attention received."""
    return gate_figure(record, **chosen).axes[0].child_axes[1]


def test_probes_are_the_stored_images_and_gates(tmp_path: Path) -> None:
    first, second = probes(trained(tmp_path / "r", steps=6, grid=(2, 3)))
    assert (first["name"], first["label"], first["predicted"]) == ("a", "church", "horn")
    np.testing.assert_array_equal([first["gate"], second["gate"]], GATES)
    assert (first["picture"] == 11).all() and (second["picture"] == 21).all()  # the middle of three frames
    assert first["grid"] == second["grid"] == (2, 3) and (second["attention2"][..., 1] == 1).all()


def test_the_figure_shows_the_gate_of_the_image_among_all(tmp_path: Path) -> None:
    record = trained(tmp_path / "r")
    for image in (0, 1):
        _, received, weights, every = gate_figure(record, image).axes[0].child_axes
        assert [bar.get_height() for bar in weights.patches] == pytest.approx(GATES[image].tolist())
        assert every.lines[0].get_xdata()[0] == pytest.approx(GATES[image][1])
        assert "dark 0.00, bright 4.00" in received.get_xlabel()  # all four steps look at one
    assert "dark 1.00, bright 1.00" in under(record, layer="attention1").get_xlabel()
    assert mpl.pyplot.get_fignums() == []  # shown by its value alone


@pytest.mark.parametrize(("control", "value"), [("network", 1), ("image", 1), ("layer", "attention2")])
def test_network_image_and_layer_redraw(tmp_path: Path, control: str, value: Any) -> None:
    records = [trained(tmp_path / "a"), trained(tmp_path / "b", steps=9, seed=2, grid=(3, 3))]
    cell = controls(explore_gates(records))
    assert redraws(cell, control, cell[control].options[value] if control == "network" else value)


def test_the_image_stands_there_as_it_was_filmed_where_the_file_is(tmp_path: Path, shown: list[Any]) -> None:
    cell = controls(explore_gates([trained(tmp_path / "a")]))
    assert "as filmed" not in words(shown[-1])
    cell["image"].value = 1
    source = shown[-1].axes[0].child_axes[-1].images[0]
    np.testing.assert_array_equal(source.get_array(), SOURCE[1])  # the middle of three frames, at its own size
    assert "120 x 90 pixels; right: input: colour" in words(shown[-1])


def test_networks_go_by_their_switches(tmp_path: Path) -> None:
    step = trained(tmp_path / "b", steps=1, arguments=options(temporal_axis="frames", width=16))
    free = trained(tmp_path / "c", recipe=Recipe(epochs=1))
    fifth = trained(tmp_path / "d", data=Data("stills", train_fraction=0.2))
    switches, sets = (" (frames, l2_weights)", "", " (l2_weights)"), ("", "", ", 20 % of the training set")
    names = [f"ackerly2025{a} on stills (rgb, official{b}), seed 0" for a, b in zip(switches, sets, strict=True)]
    assert controls(explore_gates([step, free, fifth]))["network"].options == tuple(names)


def test_images_follow_a_network_that_stored_fewer(tmp_path: Path) -> None:
    cell = controls(explore_gates([trained(tmp_path / "a"), trained(tmp_path / "b", seed=1)]))
    cell["image"].value = 1
    cell["network"].value = cell["network"].options[1]
    assert (len(cell["image"].options), cell["image"].value) == (1, 0)
    cell["network"].value = cell["network"].options[0]
    assert len(cell["image"].options) == 2


def test_only_networks_with_a_gate_that_were_tested_on_a_test_set_are_offered(tmp_path: Path) -> None:
    gated, bare, seen = (trained(tmp_path / name, gate=name != "bare") for name in ("gated", "bare", "seen"))
    seen = replace(seen, run=on_its_training_images(seen.run))
    assert len(controls(explore_gates([bare, seen, gated]))["network"].options) == 1


def test_flow_is_shown_in_colours_and_frames_are_no_patches(tmp_path: Path) -> None:
    record = trained(tmp_path / "r", steps=3, data=Data("arid", clips=Clips(input="flow", height=8, width=8)))
    assert probes(record)[0]["picture"].shape == (8, 8, 3)
    assert [bar.get_height() for bar in under(record).patches] == [3.0, 0.0, 0.0]


# What attention gives each step


STEPS = [(9, 3, (3, 3)), (4, 4, (1, 4)), (3, 3, (1, 3)), (1, 3, (1, 1))]  # four frames are no 2 x 2 patches; 3 scales


@pytest.mark.parametrize(("steps", "side", "shape"), STEPS)
def test_patches_are_a_grid_and_other_steps_a_row(steps: int, side: int, shape: tuple[int, int], tmp_path) -> None:
    grid = (side, side)
    received = attention_received(np.full((2, steps, steps), 1 / steps), grid)
    np.testing.assert_allclose(received, np.ones(shape))
    assert bool(under(trained(tmp_path / "r", steps=steps, grid=grid)).images) == (shape[0] > 1)


def test_what_a_step_receives_is_the_sum_over_those_that_look() -> None:
    """Two heads, four steps: in head 1 all look at step 1, in head 2 each looks at itself."""
    heads = np.zeros((2, 4, 4), np.float16)
    heads[0, :, 1] = 1
    heads[1] = np.eye(4)
    np.testing.assert_allclose(attention_received(heads, (2, 2)), [[0.5, 2.5], [0.5, 0.5]])
