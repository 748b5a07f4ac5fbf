"""The explore cells of epochs and layers, on records made by hand: known curves, known channels, no
network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
import pytest
from drawn import dashed, words
from made_up import MadeUp, record
from safetensors.numpy import save_file

from repro.evidence.style import INK, PALETTE
from repro.papers.ou2019.epochs import VALIDATION_IS_TEST
from repro.papers.ou2019.explore import (
    ALL,
    epochs_figure,
    explore_epochs,
    explore_layers,
    layers_figure,
    seen,
    trainings,
)
from repro.runs.store import Record
from repro.spec import Clips, Data, Recipe, Run, options

DRAWN: list[Any] = []  # figures that a cell has shown, the newest last


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


# Epochs


@dataclass(frozen=True)
class Trained(MadeUp):
    """Stands for the record of a training whose loss is 2 / epoch + 0.1 seed, and 1 more on the
    test clips.
    """

    validated: bool = True

    def metrics(self) -> list[dict[str, Any]]:
        lines = []
        for epoch in range(1, self.run.recipe.epochs + 1):
            loss = 2 / epoch + 0.1 * self.run.seed
            line = {"epoch": epoch, "loss": loss, "accuracy": 0.1 * epoch, "lr": self.run.recipe.lr, "gradient": 1.0}
            lines.append(line | ({"test_loss": loss + 1, "test_accuracy": 0.05 * epoch} if self.validated else {}))
        return lines


def stage(number: int = 1, seed: int = 0, split: str = "official", validated: bool = True, **arguments: Any) -> Trained:
    data = Data("actions", split, Clips(input="both", flow_stack=4), options(scene="calm"))
    run = Run(network="ou2019", arguments=options(**arguments), data=data, recipe=Recipe(epochs=3, lr=0.001), seed=seed)
    if number == 2:
        run = replace(run, recipe=Recipe(epochs=2, lr=0.0001), after=(run,))
    values = record(run, 0.5).values | {"classes": [f"class {k}" for k in range(11)], "n_train": 100}
    return Trained(run, 0.5, key=f"{number}{seed}{split[0]}" + "0" * 13, values=values, validated=validated)


def curve(ax: Any, colour: str) -> tuple[list[float], list[float]]:
    (line,) = (
        line
        for line in ax.lines
        if line.get_color() == colour and len(line.get_xdata()) > 1 and line.get_linestyle() == "-"
    )
    return list(line.get_xdata()), list(line.get_ydata())


def test_both_stages_of_all_seeds_are_one_curve() -> None:
    figure = epochs_figure([stage(2, 1), stage(1, 0), stage(2, 0), stage(1, 1)])
    loss, accuracy, norm = figure.axes[0].child_axes
    at, values = curve(loss, PALETTE[0])
    assert at == [1, 2, 3, 4, 5] and values == pytest.approx([2.05, 1.05, 2 / 3 + 0.05, 2.05, 1.05])
    assert curve(loss, PALETTE[1])[1] == pytest.approx([value + 1 for value in values])
    assert curve(accuracy, PALETTE[1])[1] == pytest.approx([0.05, 0.1, 0.15, 0.05, 0.1]) and norm.get_yscale() == "log"
    text = words(figure)
    for said in (
        "stage 1, lr 0.001",
        "stage 2, lr 0.0001",
        "n = 60 test clips of 20 groups, 2 seeds, clip level",
        "chance 0.17",
        VALIDATION_IS_TEST,
    ):
        assert said in text
    assert mpl.pyplot.get_fignums() == []  # shown by its value alone


@pytest.mark.parametrize(("head", "bounds"), [({}, []), ({"head": "literal"}, [pytest.approx(0.856, abs=5e-4)])])
def test_only_a_literal_head_has_a_bound(head: dict[str, str], bounds: list[Any]) -> None:
    """O9: of 11 classes at least 0.856."""
    loss = epochs_figure([stage(**head)]).axes[0].child_axes[0]
    assert [line.get_ydata()[0] for line in dashed(loss, INK)] == bounds


def test_trainings_are_told_apart_and_unvalidated_ones_left_out() -> None:
    made = [stage(1), stage(2), stage(1, 1), stage(1, split="random_70_30"), stage(1, seed=2, validated=False)]
    found = trainings(made)
    names = [
        "actions (both, calm, official), 100 training clips",
        "actions (both, calm, random_70_30), 100 training clips",
    ]
    assert list(found) == names and found[names[0]] == made[:3] and found[names[1]] == made[3:4]
    twins = trainings([stage(1), replace(stage(1, streams="conv"), key="abcdef0123456789")])
    assert list(twins) == [f"{names[0]} (run 10o000)", f"{names[0]} (run abcdef)"]
    with pytest.raises(ValueError, match="None of these runs was validated"):
        explore_epochs([stage(validated=False)])


def test_a_run_that_two_figures_share_is_drawn_once() -> None:
    got = controls(explore_epochs([stage(1), stage(2), stage(1), stage(2)]))
    assert got["seed"].options == (ALL, "0") and "1 seed," in words(DRAWN[-1])


def test_data_set_and_seed_redraw_the_curves() -> None:
    got = controls(explore_epochs([stage(1), stage(1, 1), stage(1, 0, "random_70_30")]))
    assert got["seed"].options == (ALL, "0", "1") and "2 seeds" in words(DRAWN[-1])
    before = got["picture"].value
    got["seed"].value = "1"
    assert got["picture"].value != before and bytes(got["picture"].value).startswith(b"\x89PNG")
    assert curve(DRAWN[-1].axes[0].child_axes[0], PALETTE[0])[1][0] == pytest.approx(2.1)
    got["data set"].value = got["data set"].options[1]
    assert got["seed"].options == (ALL, "0") and got["seed"].value == ALL  # that one has no seed 1
    assert "random_70_30" in words(DRAWN[-1])


# Layers


def stored(
    folder: Path, kind: str = "both", layers: tuple[int, ...] = (1, 2, 6), clips: int = 2, seed: int = 0, **more: Any
) -> Record:
    """A record of 4 frames; the channels of layer n of clip i hold 10 n + i, and 100 more in the
    flow stream.
    """
    folder.mkdir()
    tensors: dict[str, np.ndarray] = {}
    c = {"rgb": 3, "flow": 8, "both": 11}[kind]
    for i in range(clips):
        frames = np.zeros((4, 8, 12, c), np.uint8)
        frames += np.arange(4, dtype=np.uint8)[:, None, None, None] + 128
        tensors |= {f"{i}/clip": frames, f"{i}/probability": np.eye(2, dtype=np.float32)[1]}
        for stream in ("rgb", "flow") if kind == "both" else (kind,):
            tensors[f"{i}/{stream}.zeros"] = np.array([0.25, 0.5, 0.75], np.float16)
            for n in layers:
                channels = np.zeros((6, 8 // n, 12 // n), np.float16)
                channels[:, 0, 0] = 10 * n + i + 100 * (stream == "flow")
                tensors[f"{i}/{stream}.conv{n}.channels"] = channels
                tensors[f"{i}/{stream}.conv{n}"] = np.ones((4, 8 // n, 12 // n), np.float16)
    header = {"names": ["a", "b"][:clips], "labels": [0, 1][:clips], "classes": ["drink", "pour"], "input": kind}
    save_file(tensors, folder / "inside.safetensors", metadata={"probes": json.dumps(header)})
    stack = 1 if kind == "rgb" else 4
    data = Data("actions", clips=Clips(input=kind, flow_stack=stack))  # type: ignore[arg-type]
    run = Run(network="ou2019", seed=seed, **({"data": data, "recipe": Recipe(epochs=1)} | more))
    return Record(f"{seed:016x}", run, folder, {}, {})


def maps(figure: Any) -> list[np.ndarray]:
    return [np.asarray(part.images[0].get_array()) for part in figure.axes[0].child_axes[1:]]


def test_the_channels_of_one_layer_stand_beside_their_frame(tmp_path: Path) -> None:
    figure = layers_figure(stored(tmp_path / "r"), clip=1, stream="flow", layer=2)
    assert [part.shape for part in maps(figure)] == [(4, 6)] * 6 and maps(figure)[0].max() == 121
    assert "conv 2: 4 x 6, 96 % zeros (of the channels drawn)" in words(figure)
    assert "pour, answer pour; flow, frame 3 of 4" in words(figure)


@pytest.mark.parametrize(("layer", "share"), [(1, 25), (6, 50)])
def test_zeros_that_were_counted_over_all_channels_are_told(tmp_path: Path, layer: int, share: int) -> None:
    figure = layers_figure(stored(tmp_path / "r"), layer=layer)
    assert f"{share} % zeros |" in words(figure) and "counted over all channels and frames of the clip" in words(figure)


def test_what_a_stream_sees() -> None:
    """L = 4: fields t-2, t-1, t, t+1; that of t is the third, channels 3 + 4 and 3 + 5."""
    frame = np.full((2, 2, 11), 128, np.uint8)
    frame[..., :3] = 7
    frame[0, 0, 7] = 200  # to the right: red
    assert (seen(frame, "rgb", "both") == 7).all()
    colours = seen(frame, "flow", "both")
    assert colours[0, 0, 0] == 255 and colours[0, 0].argmax() == 0 and not colours[1].any()
    np.testing.assert_array_equal(seen(frame[..., 3:], "flow", "flow"), colours)
    single = np.full((2, 2, 5), 128, np.uint8)
    single[0, 0, 3] = 200
    np.testing.assert_array_equal(seen(single, "flow", "both"), colours)


@pytest.mark.parametrize(("control", "value"), [("clip", 1), ("stream", "flow"), ("convolution", 6)])
def test_clip_stream_and_convolution_redraw(tmp_path: Path, control: str, value: Any) -> None:
    got = controls(explore_layers([stored(tmp_path / "r")]))
    assert got["stream"].options == ("rgb", "flow") and got["convolution"].options == (1, 2, 6)
    before = got["picture"].value
    got[control].value = value
    assert got["picture"].value != before and bytes(got["picture"].value).startswith(b"\x89PNG")


def test_controls_follow_a_run_that_holds_less(tmp_path: Path) -> None:
    both, colour = stored(tmp_path / "a"), stored(tmp_path / "b", "rgb", layers=(1, 2), clips=1, seed=1)
    got = controls(explore_layers([both, colour]))
    got["clip"].value, got["stream"].value, got["convolution"].value = 1, "flow", 6
    got["run"].value = got["run"].options[1]
    assert (got["clip"].value, got["stream"].value, got["convolution"].value) == (0, "rgb", 1)
    assert maps(DRAWN[-1])[0].max() == 10
    got["convolution"].value = 2
    got["run"].value = got["run"].options[0]
    assert got["convolution"].value == 2 and got["stream"].options == ("rgb", "flow")  # what both hold stays


def test_only_the_last_stage_is_offered_and_only_what_holds_channels(tmp_path: Path) -> None:
    first = stored(tmp_path / "a")
    second = stored(tmp_path / "b", recipe=Recipe(epochs=2), after=(first.run,))
    assert len(controls(explore_layers([first, second]))["run"].options) == 1
    bare = stored(tmp_path / "c", layers=(), seed=3)
    for records in ([bare], [], [replace(first, folder=tmp_path)]):
        with pytest.raises(ValueError, match="None of these runs stored channels"):
            explore_layers(records)
