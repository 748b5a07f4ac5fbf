"""The explore cells of ackerly2025, on records made by hand: known answers, known gates, no
network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
import pytest
from made_up import photographs
from safetensors.numpy import save_file

from repro.papers.ackerly2025 import classification
from repro.papers.ackerly2025.classification import AVERAGES, METRICS
from repro.papers.ackerly2025 import runs
from repro.papers.ackerly2025.runs import OURS, ROWS
from repro.papers.ackerly2025.scores import gathered
from repro.reader import explore_images
from repro.reader.explore_images import (
    UNEQUAL,
    WHOLE,
    explore_averages,
    explore_gates,
    explore_parts,
    gate_figure,
    probes,
    received,
)
from repro.runs.store import Record
from repro.spec import Clips, Data, Recipe, Run, options

LEVELS = dict(zip(ROWS, (0.3, 0.4, 0.5, 0.6, 0.8), strict=True))
DRAWN: list[Any] = []  # figures that a cell has shown, the newest last


@pytest.fixture(autouse=True)
def drawn_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    mpl.use("Agg")
    monkeypatch.setattr(classification, "DRAWS", (200, 200))
    original = mpl.figure.Figure.savefig
    monkeypatch.setattr(
        mpl.figure.Figure, "savefig", lambda fig, *a, **k: (DRAWN.append(fig), original(fig, *a, **k | {"dpi": 40}))[1]
    )
    yield
    DRAWN.clear()
    from matplotlib import pyplot

    pyplot.close("all")


def named(box: ipywidgets.VBox) -> dict[str, Any]:
    controls = {child.description: child for child in box.children if getattr(child, "description", "")}
    return controls | {"picture": next(child for child in box.children if isinstance(child, ipywidgets.Image))}


def words(figure: Any) -> str:
    return " | ".join(t.get_text() for t in figure.findobj(mpl.text.Text) if t.get_text())


def means(figure: Any, panel: int) -> list[float]:
    """The mean of every row, from top to bottom."""
    from repro.evidence.style import INK

    lines = [line for line in figure.axes[0].child_axes[panel].lines if line.get_color() == INK]
    return [line.get_xdata()[0] for line in lines]


# Averages


def averages() -> dict[str, Any]:
    return named(
        explore_averages([photographs(run, LEVELS[row]) for row, _, run in runs.table1_places("smoke", 0)], "smoke")
    )  # type: ignore[misc]


@pytest.mark.parametrize(("control", "value"), [("average", "weighted"), ("average", "micro"), ("test set", WHOLE)])
def test_average_and_test_set_redraw_table1(control: str, value: str) -> None:
    got = averages()
    assert got["average"].options == AVERAGES and got["test set"].options == (UNEQUAL, WHOLE)
    before = got["picture"].value
    got[control].value = value
    assert got["picture"].value != before and bytes(got["picture"].value).startswith(b"\x89PNG")
    assert f"{got['average'].value} average, {got['test set'].value}" in words(DRAWN[-1])


def test_when_recall_and_accuracy_are_one_number() -> None:
    got, (_, accuracy, _, recall) = averages(), range(len(METRICS))
    assert means(DRAWN[-1], accuracy) != pytest.approx(
        means(DRAWN[-1], recall), abs=1e-4
    )  # macro, unequal class counts
    for average, test in (("weighted", UNEQUAL), ("micro", UNEQUAL), ("macro", WHOLE), ("weighted", WHOLE)):
        got["average"].value, got["test set"].value = average, test
        assert means(DRAWN[-1], accuracy) == pytest.approx(means(DRAWN[-1], recall)), (average, test)
    assert len(means(DRAWN[-1], accuracy)) == len(ROWS)


# Parts of the training set


@pytest.fixture
def cell() -> dict[str, Any]:
    """`explore_parts` at smoke scale; a part of the training set costs as many hundredths of recall
    as it leaves out tenths.
    """
    made = [photographs(run, LEVELS[row] - 0.1 * (1 - share)) for row, share, run in runs.figure2_places("smoke", 0)]
    return named(explore_parts(made, "smoke"))  # type: ignore[arg-type]


def ring(figure: Any) -> tuple[float, float]:
    (line,) = (line for line in figure.axes[0].lines if line.get_markersize() == 12)
    return line.get_xdata()[0], line.get_ydata()[0]


@pytest.mark.parametrize(("control", "value"), [("metric", "AUC"), ("model", "MLP"), ("fraction", 0.4)])
def test_metric_model_and_fraction_redraw(cell: dict[str, Any], control: str, value: Any) -> None:
    before = cell["picture"].value
    cell[control].value = value
    assert cell["picture"].value != before and bytes(cell["picture"].value).startswith(b"\x89PNG")


def test_fractions_are_those_at_which_the_model_was_trained(cell: dict[str, Any]) -> None:
    assert (cell["model"].value, cell["fraction"].value, cell["metric"].value) == (OURS, 1.0, "Recall")
    assert [text for text, _ in cell["fraction"].options] == ["20 %", "40 %", "60 %", "80 %", "100 %"]
    cell["fraction"].value = 0.4
    cell["model"].value = "MLP"
    assert [text for text, _ in cell["fraction"].options] == ["20 %", "40 %", "100 %"] and cell["fraction"].value == 0.4
    cell["model"].value, cell["fraction"].value = OURS, 0.8
    cell["model"].value = "Swin-Transformer"
    assert cell["fraction"].value == 1.0  # it has no 80 %
    assert ring(DRAWN[-1])[0] == 1.0 and "Swin-Transformer at 100 % of the training images" in words(DRAWN[-1])


def test_the_ring_and_the_bars_are_of_what_was_chosen(cell: dict[str, Any]) -> None:
    cell["fraction"].value = 0.2
    above, below = DRAWN[-1].axes
    heights = [bar.get_height() for bar in below.patches]
    assert ring(DRAWN[-1]) == (0.2, pytest.approx(np.mean(heights)))  # macro recall is the mean over classes
    assert len(heights) == 6 and below.get_xticklabels()[0].get_text().startswith("class 0 (")
    assert above.get_ylabel() == "Recall" and "Ours at 20 % of the training images" in below.get_title(loc="left")
    cell["metric"].value = "AUC"
    assert DRAWN[-1].axes[0].get_ylabel() == "AUC" and ring(DRAWN[-1])[1] > np.mean(heights) + 0.05
    cell["metric"].value, cell["model"].value = "Recall", "MLP"
    assert ring(DRAWN[-1]) == (0.2, pytest.approx(np.mean([bar.get_height() for bar in DRAWN[-1].axes[1].patches])))
    assert ring(DRAWN[-1])[1] < np.mean(heights) - 0.2


def test_recall_of_every_class_and_seed() -> None:
    """Nine images of three classes: seed 0 answers 0 0 1, 1 1 1, 2 2 0 and seed 1 all right."""
    label, answers = np.repeat(np.arange(3), 3), np.array([[0, 0, 1, 1, 1, 1, 2, 2, 0], np.repeat(np.arange(3), 3)])

    class Answers:
        def __init__(self, seed: int) -> None:
            self.run, self.values = Run(data=Data("stills"), seed=seed), {"classes": ["ant", "bee", "cat"]}

        def predictions(self) -> dict[str, np.ndarray]:
            names = np.array([f"i{n}" for n in range(9)])
            return {"probability": np.eye(3)[answers[self.run.seed]], "label": label, "name": names, "group": names}

    scores = gathered([("a", "b", Answers(seed)) for seed in (0, 1)], whole=True)["a", "b"]  # type: ignore[misc]
    np.testing.assert_allclose(explore_images.recall_of_classes(scores), [[2 / 3, 1, 2 / 3], [1, 1, 1]])
    assert explore_images.names_of(scores) == ["ant (3)", "bee (3)", "cat (3)"]


# Gates


GATES = np.array([[0.875, 0.125], [0.25, 0.75]], np.float16)


def trained(
    folder: Path,
    steps: int = 4,
    seed: int = 0,
    gate: bool = True,
    grid: tuple[int, int] = (2, 2),
    items: int = 2,
    **more: Any,
) -> Record:
    """A record whose image i has gate GATES[i], and whose steps all look at step i in layer 2 and
    everywhere in layer 1.
    """
    folder.mkdir()
    tensors: dict[str, np.ndarray] = {}
    channels = 3 if more.get("data", Data("stills")).clips.input == "rgb" else 2
    for i in range(items):
        frames = np.stack([np.full((8, 8, channels), 10 * (i + 1) + n, np.uint8) for n in range(3)])
        tensors |= {f"{i}/clip": frames, f"{i}/probability": np.eye(2, dtype=np.float32)[1], f"{i}/gate": GATES[i]}
        looks = np.zeros((2, steps, steps), np.float16)
        looks[..., i % steps] = 1
        tensors |= {f"{i}/attention1": np.full((2, steps, steps), 1 / steps, np.float16), f"{i}/attention2": looks}
        tensors |= {
            f"{i}/stage{n}": np.zeros((1, *places), np.float16) for n, places in enumerate(((4, 4), grid), start=1)
        }
    header = {"names": ["a", "b"][:items], "labels": [0, 1][:items], "classes": ["church", "horn"]}
    save_file(tensors, folder / "inside.safetensors", metadata={"probes": json.dumps(header)})
    found = {"probability": np.eye(2), "label": np.arange(2), "name": np.array(["a", "b"])}
    np.savez(folder / "predictions.npz", **found, **({"gate": GATES} if gate else {}))
    run = Run(
        network="ackerly2025",
        seed=seed,
        **({"data": Data("stills"), "recipe": Recipe(epochs=1, penalty="l2_weights")} | more),
    )
    return Record(f"{seed:016x}", run, folder, {"norm": {"mean": [0.0] * channels, "std": [1.0] * channels}}, {})


def test_probes_are_the_stored_images_and_gates(tmp_path: Path) -> None:
    first, second = probes(trained(tmp_path / "r"))
    assert (first["name"], first["label"], first["predicted"]) == ("a", "church", "horn")
    np.testing.assert_array_equal(first["gate"], GATES[0])
    np.testing.assert_array_equal(second["gate"], GATES[1])
    assert set(first["picture"].ravel().tolist()) == {11} and set(second["picture"].ravel().tolist()) == {
        21
    }  # the middle of three frames
    assert set(first) == {"name", "label", "predicted", "picture", "grid", "gate", "attention1", "attention2"}
    np.testing.assert_array_equal(second["attention2"][..., 1], 1)


def test_the_figure_shows_the_gate_of_the_image_among_all(tmp_path: Path) -> None:
    record = trained(tmp_path / "r")
    for image in (0, 1):
        _, under, weights, everyone = gate_figure(record, image).axes[0].child_axes
        assert [bar.get_height() for bar in weights.patches] == pytest.approx(GATES[image].tolist())
        assert everyone.lines[0].get_xdata()[0] == pytest.approx(GATES[image][1])
        assert [bar.get_x() for bar in everyone.patches if bar.get_height()] == pytest.approx(
            [0.12, 0.72]
        )  # in bins of 0.04
        assert "dark 0.00, bright 4.00" in under.get_xlabel()  # all four steps look at one
    assert "dark 1.00, bright 1.00" in gate_figure(record, 0, "attention1").axes[0].child_axes[1].get_xlabel()
    assert mpl.pyplot.get_fignums() == []  # shown by its value alone


@pytest.mark.parametrize(("control", "value"), [("network", 1), ("image", 1), ("layer", "attention2")])
def test_network_image_and_layer_redraw(tmp_path: Path, control: str, value: Any) -> None:
    got = named(explore_gates([trained(tmp_path / "a"), trained(tmp_path / "b", steps=9, seed=1, grid=(3, 3))]))
    before = got["picture"].value
    got[control].value = got[control].options[value] if control == "network" else value
    assert got["picture"].value != before and bytes(got["picture"].value).startswith(b"\x89PNG")


def test_networks_go_by_their_switches(tmp_path: Path) -> None:
    whole = trained(tmp_path / "a")
    step = trained(tmp_path / "b", steps=1, arguments=options(temporal_axis="frames", width=16))
    free = trained(tmp_path / "c", recipe=Recipe(epochs=1))
    fifth = trained(tmp_path / "d", data=Data("stills", train_fraction=0.2))
    assert named(explore_gates([whole, step, free, fifth]))["network"].options == (
        "ackerly2025 (l2_weights) on stills (rgb, official), seed 0",
        "ackerly2025 (frames, l2_weights) on stills (rgb, official), seed 0",
        "ackerly2025 on stills (rgb, official), seed 0",
        "ackerly2025 (l2_weights) on stills (rgb, official, 20 % of the training set), seed 0",
    )


def test_images_follow_a_network_that_stored_fewer(tmp_path: Path) -> None:
    many, few = trained(tmp_path / "a"), trained(tmp_path / "b", seed=1, items=1)
    got = named(explore_gates([many, few]))
    got["image"].value = 1
    got["network"].value = got["network"].options[1]
    assert (len(got["image"].options), got["image"].value) == (1, 0)
    got["network"].value = got["network"].options[0]
    assert len(got["image"].options) == 2


def test_only_networks_with_a_gate_that_were_tested_on_a_test_set_are_offered(tmp_path: Path) -> None:
    gated, bare = trained(tmp_path / "a"), trained(tmp_path / "b", gate=False, seed=1)
    seen = trained(tmp_path / "c", seed=2)
    seen = replace(seen, run=runs.on_its_training_images(seen.run))
    assert len(named(explore_gates([bare, seen, gated]))["network"].options) == 1
    for records in ([bare], [seen], []):
        with pytest.raises(ValueError, match="None of these runs has a gate"):
            explore_gates(records)


def test_flow_is_shown_in_colours(tmp_path: Path) -> None:
    night = Data("arid", clips=Clips(input="flow", height=8, width=8))
    record = trained(tmp_path / "r", steps=3, data=night)
    assert probes(record)[0]["picture"].shape == (8, 8, 3)
    under = gate_figure(record).axes[0].child_axes[1]
    assert [bar.get_height() for bar in under.patches] == [3.0, 0.0, 0.0]  # frames are no places


# What attention gives each step


@pytest.mark.parametrize(
    ("steps", "grid", "shape"),
    [
        (9, (3, 3), (3, 3)),
        (12, (3, 4), (3, 4)),
        (4, (4, 4), (1, 4)),  # four frames of a square picture are no 2 x 2 patches
        (3, (3, 3), (1, 3)),  # scales
        (5, (3, 3), (1, 5)),  # views
        (1, (3, 3), (1, 1)),
    ],
)
def test_patches_are_a_grid_and_other_steps_a_row(steps: int, grid: tuple[int, int], shape: tuple[int, int]) -> None:
    assert received(np.full((2, steps, steps), 1 / steps), grid).shape == shape


def test_what_a_step_receives_is_the_sum_over_those_that_look() -> None:
    """Two heads, four steps: in head 1 all look at step 1, in head 2 each looks at itself."""
    heads = np.zeros((2, 4, 4), np.float16)
    heads[0, :, 1] = 1
    heads[1] = np.eye(4)
    np.testing.assert_allclose(received(heads, (2, 2)), [[0.5, 2.5], [0.5, 0.5]])
    np.testing.assert_allclose(received(np.full((2, 9, 9), 1 / 9), (3, 3)), np.ones((3, 3)))


def test_the_grid_is_that_of_the_networks_own_last_map(tmp_path: Path) -> None:
    record = trained(tmp_path / "r", steps=6, grid=(2, 3))
    assert [probe["grid"] for probe in probes(record)] == [(2, 3)] * 2
    under = gate_figure(record).axes[0].child_axes[1]
    assert under.images and under.get_title(loc="left") == "6 steps look here"
    assert not gate_figure(trained(tmp_path / "s", steps=6, grid=(3, 3))).axes[0].child_axes[1].images
