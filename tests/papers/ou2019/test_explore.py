"""The explore cells of ou2019, on records made by hand: known curves, channels and accuracies, no
network.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from drawn import dashed, lines, words
from made_up import recognised
from ou_records import line, trained
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
from repro.papers.ou2019.explore_contrasts import (
    QUANTITIES,
    USUAL,
    against,
    both_ways,
    class_accuracy,
    explore_sensitivity,
    explore_split,
    split_figure,
)  # fmt: skip
from repro.papers.ou2019.settings import FRAMES, GROUP, RANDOM, RATE, STREAMS
from repro.runs.store import Record
from repro.spec import Clips, Data, Recipe, Run, options
from results import controls, redraws


def run(
    seed: int = 0, lr: float = 0.001, frames: int = 8, kind: str = "both", split: str = "official", **arguments: Any
) -> Run:
    clips = Clips(input=kind, flow_stack=4, clip_length=frames, clip_stride=1)  # type: ignore[arg-type]
    data = Data("actions", split, clips, options(scene="calm"))
    return Run("train", "ou2019", options(**arguments), data, Recipe(epochs=3, lr=lr), seed=seed)


def later(first: Run) -> Run:
    """The second stage of a training."""
    return replace(first, recipe=Recipe(epochs=2, lr=first.recipe.lr / 10), init_from=first)


# Epochs


def stage(number: int = 1, seed: int = 0, split: str = "official", validated: bool = True, **arguments: Any) -> Any:
    """A training whose loss is 2 / epoch + 0.1 seed, its accuracy 0.1 epoch."""
    first = run(seed, split=split, **arguments)
    one = first if number == 1 else later(first)
    lines = [line(n, 2 / n + 0.1 * seed, 0.1 * n, lr=one.recipe.lr) for n in range(1, one.recipe.epochs + 1)]
    kept = [{name: value for name, value in each.items() if validated or "test" not in name} for each in lines]
    return trained(one, 0.5, key=f"{number}{seed}{split[0]}" + "0" * 13, lines=tuple(kept))


def curve(ax: Any, colour: str) -> tuple[list[float], list[float]]:
    solid = [line for line in ax.lines if line.get_color() == colour and line.get_linestyle() == "-"]
    (line,) = (line for line in solid if len(line.get_xdata()) > 1)
    return list(line.get_xdata()), list(line.get_ydata())


def test_both_stages_of_all_seeds_are_one_curve() -> None:
    figure = epochs_figure([stage(2, 1), stage(1, 0), stage(2, 0), stage(1, 1)])
    loss, accuracy, _ = figure.axes[0].child_axes
    at, values = curve(loss, PALETTE[0])
    assert at == [1, 2, 3, 4, 5] and values == pytest.approx([2.05, 1.05, 2 / 3 + 0.05, 2.05, 1.05])
    assert curve(accuracy, PALETTE[1])[1] == pytest.approx([0, 0.1, 0.2, 0, 0.1], abs=1e-9)
    told = ("stage 2, lr 0.0001", "n = 60 test clips of 20 groups, 2 seeds, clip level", "chance 0.17")
    assert all(text in words(figure) for text in (*told, VALIDATION_IS_TEST))
    assert mpl.pyplot.get_fignums() == []  # shown by its value alone


@pytest.mark.parametrize(("head", "bounds"), [({}, []), ({"head": "literal"}, [pytest.approx(0.517, abs=5e-4)])])
def test_only_a_literal_head_has_a_bound(head: dict[str, str], bounds: list[Any]) -> None:
    """O9: of 6 classes at least 0.517."""
    loss = epochs_figure([stage(**head)]).axes[0].child_axes[0]
    assert [line.get_ydata()[0] for line in dashed(loss, INK)] == bounds


def test_trainings_are_told_apart_and_unvalidated_ones_left_out() -> None:
    made = [stage(1), stage(2), stage(1, 1), stage(1, split="random_70_30"), stage(1, seed=2, validated=False)]
    found = trainings(made)
    names = [f"actions (both, calm, {split}), 140 training clips" for split in ("official", "random_70_30")]
    assert list(found) == names and found[names[0]] == made[:3] and found[names[1]] == made[3:4]
    twins = trainings([stage(1), replace(stage(1, streams="conv"), key="abcdef0123456789")])
    assert list(twins) == [f"{names[0]} (run 10o000)", f"{names[0]} (run abcdef)"]


def test_data_set_and_seed_redraw_the_curves(shown: list[Any]) -> None:
    got = controls(explore_epochs([stage(1), stage(2), stage(1), stage(1, 1), stage(1, 0, "random_70_30")]))
    assert got["seed"].options == (ALL, "0", "1") and "2 seeds" in words(shown[-1])  # a shared run is drawn once
    assert redraws(got, "seed", "1")
    assert curve(shown[-1].axes[0].child_axes[0], PALETTE[0])[1][0] == pytest.approx(2.1)
    got["data set"].value = got["data set"].options[1]
    assert got["seed"].options == (ALL, "0") and got["seed"].value == ALL  # that one has no seed 1
    assert "random_70_30" in words(shown[-1])


# Layers


def stored(
    folder: Path, kind: str = "both", layers: tuple[int, ...] = (1, 2, 6), clips: int = 2, **more: Any
) -> Record:
    """A record of 4 frames; the channels of layer n of clip i hold 10 n + i, and 100 more in the
    flow stream.
    """
    folder.mkdir()
    tensors: dict[str, np.ndarray] = {}
    for i in range(clips):
        frames = np.zeros((4, 8, 12, {"rgb": 3, "flow": 8, "both": 11}[kind]), np.uint8)
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
    data = Data("actions", clips=Clips(input=kind, flow_stack=1 if kind == "rgb" else 4))  # type: ignore[arg-type]
    one = Run(network="ou2019", **{"data": data, "recipe": Recipe(epochs=1), **more})
    return Record(f"{one.seed:016x}", one, folder, {}, {})


def maps(figure: Any) -> list[np.ndarray]:
    return [np.asarray(part.images[0].get_array()) for part in figure.axes[0].child_axes[1:]]


def test_the_channels_of_one_layer_stand_beside_their_frame(tmp_path: Path) -> None:
    made = stored(tmp_path / "r")
    figure = layers_figure(made, clip=1, stream="flow", layer=2)
    assert [part.shape for part in maps(figure)] == [(4, 6)] * 6 and maps(figure)[0].max() == 121
    assert "conv 2: 4 x 6, 96 % zeros (of the channels drawn)" in words(figure)
    assert "pour, answer pour; flow, frame 3 of 4" in words(figure)
    for layer, share in ((1, 25), (6, 50)):  # counted over all channels
        text = words(layers_figure(made, layer=layer))
        assert f"{share} % zeros |" in text and "counted over all channels and frames of the clip" in text


def test_what_a_stream_sees() -> None:
    """L = 4: fields t-2, t-1, t, t+1; that of t is the third, channels 3 + 4 and 3 + 5."""
    frame = np.full((2, 2, 11), 128, np.uint8)
    frame[..., :3] = 7
    frame[0, 0, 7] = 200  # to the right: red
    assert (seen(frame, "rgb", "both") == 7).all()
    colours = seen(frame, "flow", "both")
    assert colours[0, 0, 0] == 255 and colours[0, 0].argmax() == 0 and not colours[1].any()
    np.testing.assert_array_equal(seen(frame[..., 3:], "flow", "flow"), colours)


@pytest.mark.parametrize(("control", "value"), [("clip", 1), ("stream", "flow"), ("convolution", 6)])
def test_clip_stream_and_convolution_redraw(tmp_path: Path, control: str, value: Any) -> None:
    got = controls(explore_layers([stored(tmp_path / "r")]))
    assert got["stream"].options == ("rgb", "flow") and got["convolution"].options == (1, 2, 6)
    assert redraws(got, control, value)


def test_controls_follow_a_run_that_holds_less(tmp_path: Path, shown: list[Any]) -> None:
    both, colour = stored(tmp_path / "a"), stored(tmp_path / "b", "rgb", layers=(1, 2), clips=1, seed=1)
    got = controls(explore_layers([both, colour]))
    got["clip"].value, got["stream"].value, got["convolution"].value = 1, "flow", 6
    got["run"].value = got["run"].options[1]
    assert (got["clip"].value, got["stream"].value, got["convolution"].value) == (0, "rgb", 1)
    assert maps(shown[-1])[0].max() == 10
    got["convolution"].value = 2
    got["run"].value = got["run"].options[0]
    assert got["convolution"].value == 2 and got["stream"].options == ("rgb", "flow")  # what both hold stays


def test_only_the_last_stage_is_offered_and_only_what_holds_channels(tmp_path: Path) -> None:
    first = stored(tmp_path / "a")
    second = stored(tmp_path / "b", recipe=Recipe(epochs=2), init_from=first.run)
    assert len(controls(explore_layers([first, second]))["run"].options) == 1
    bare = stored(tmp_path / "c", layers=(), seed=3)
    for records in ([bare], [], [replace(first, folder=tmp_path)]):
        with pytest.raises(ValueError, match="None of these runs stored channels"):
            explore_layers(records)


# One quantity at a time

CLASSES = tuple(f"class {k}" for k in range(6))


def made(right: float, *runs: Run, diverged: str = "") -> list[Any]:
    found = [recognised(one, right, CLASSES) for one in runs]
    for one in found:
        one.values["diverged"] = diverged
    return found


def study() -> list[Any]:
    """Two seeds: the usual run 0.6; lr 0.1 0.2, diverged; 2 frames 0.3; fc alone 0.4."""
    seeds = (0, 1)
    return [
        *made(0.2, *(run(s, lr=0.1) for s in seeds), diverged="loss became nan"),
        *made(0.6, *(run(s) for s in seeds)),
        *made(0.3, *(run(s, frames=2) for s in seeds)),
        *made(0.4, *(run(s, streams="fc") for s in seeds)),
    ]


def test_runs_that_differ_in_one_quantity_alone_are_compared() -> None:
    frame = against(study(), RATE)
    assert frame["value"].tolist() == [0.001, 0.1] and frame["mean"].tolist() == pytest.approx([0.6, 0.2])
    assert frame["paper"].tolist() == [True, False] and frame["diverged"].tolist() == [0, 2]
    assert set(frame["series"]) == {"actions (both, calm, official)"}
    frame = against(study(), FRAMES)
    assert frame["value"].tolist() == [2, 8] and frame["mean"].tolist() == pytest.approx([0.3, 0.6])
    names = against(study(), STREAMS)  # of names the usual one comes last
    assert names["value"].tolist() == ["fc", "both"] and names["paper"].tolist() == [False, True]


def test_quantity_redraws_the_figure_and_one_that_was_not_varied_is_not_offered(shown: list[Any]) -> None:
    got = controls(explore_sensitivity(study()))
    assert got["quantity"].options == (RATE, FRAMES, STREAMS) and set(got["quantity"].options) < set(QUANTITIES)
    text = words(shown[-1])
    assert USUAL in text and "2 diverged" in text and "n = 60 test clips of 20 groups" in text
    assert redraws(got, "quantity", STREAMS)
    assert [part.get_title(loc="left") for part in shown[-1].axes[0].child_axes] == ["streams"]


def test_the_rate_of_one_stage_and_all_else_of_two() -> None:
    """As the artifact plans it: of the rates each as often as the others, so that only the rest
    tells which is usual.
    """
    rates = [one for one in study() if one.run.data.clips.frames == 8 and not one.run.arguments]
    rest = [*made(0.7, later(run())), *made(0.3, later(run(frames=2)))]
    lr, frames = (against([*rates, *rest], quantity) for quantity in (RATE, FRAMES))
    assert lr["value"].tolist() == [0.001, 0.1] and lr["mean"].tolist() == pytest.approx([0.6, 0.2])
    assert lr["paper"].tolist() == [True, False]
    assert frames["value"].tolist() == [2, 8] and frames["mean"].tolist() == pytest.approx([0.3, 0.7])
    assert "trained in 1 stage." in lr["words"][0] and "trained in 2 stages." in frames["words"][0]


def test_stages_other_networks_and_other_data_do_not_mix() -> None:
    other = made(0.9, run(ln="none", lr=0.01))  # nothing to compare it with
    assert against([*study(), *other], RATE)["value"].tolist() == [0.001, 0.1]
    assert against([*study(), *made(0.9, later(run()))], RATE)["mean"].tolist() == pytest.approx([0.6, 0.2])
    flow = made(0.5, run(kind="flow"), run(kind="flow", lr=0.01))
    series = against([*study(), *flow], RATE)["series"].tolist()
    assert series == [f"actions ({kind}, calm, official)" for kind in ("both", "both", "flow", "flow")]


# Splits


def halves(kinds: tuple[str, ...] = ("rgb", "both")) -> list[Any]:
    """0.8 at random and 0.5 by groups, two seeds; each run the second stage of one that is here
    too.
    """
    found = []
    for kind in kinds:
        for split, right in (("random_70_30", 0.8), ("official", 0.5)):
            for seed in (0, 1):
                first = run(seed, kind=kind, split=split)
                found += [*made(0.1, first), *made(right, later(first))]
    return found


def test_the_last_stage_of_both_splits_is_found() -> None:
    found = both_ways(halves())
    assert list(found) == [("actions", "rgb"), ("actions", "both")]
    for cells in found.values():
        assert list(cells) == [RANDOM, GROUP]
        assert [cell.correct.mean() for cell in cells.values()] == pytest.approx([0.8, 0.5])
    assert both_ways([one for one in halves() if one.run.data.split == "official"]) == {}


def test_accuracy_of_every_class_and_seed() -> None:
    cell = both_ways(halves())["actions", "rgb"][RANDOM]
    found = class_accuracy(cell)
    assert found.shape == (2, 6) and found.mean() == pytest.approx(0.8)
    np.testing.assert_allclose(found[1, 2], cell.correct[1, cell.predictions[0]["label"] == 2].mean())


def test_all_clips_have_an_interval_and_classes_their_counts() -> None:
    (part,) = split_figure(both_ways(halves())["actions", "rgb"]).axes[0].child_axes
    rows = ["all test clips", *(f"class {k} (10 | 10)" for k in range(6))]
    assert [t.get_text() for t in part.get_yticklabels()] == rows
    means = [line.get_xdata()[0] for line in lines(part, colour=INK) if line.get_linewidth() == 1.8]
    assert means[:2] == pytest.approx([0.8, 0.5]) and len(means) == 14
    assert "random 70/30: n = 60, 20 groups" in words(part.figure) and part.get_title(loc="left") == "actions, rgb"


def test_data_set_and_modality_redraw(shown: list[Any]) -> None:
    def moved(one: Run) -> Run:
        before = moved(one.init_from) if one.init_from else None
        return replace(one, data=replace(one.data, name="arid"), init_from=before)

    elsewhere = [replace(one, run=moved(one.run)) for one in halves(("flow",))]
    got = controls(explore_split([*halves(), *elsewhere]))
    assert got["data set"].options == ("actions", "arid") and got["modality"].options == ("rgb", "both")
    assert redraws(got, "modality", "both") and "actions, both" in words(shown[-1])
    got["data set"].value = "arid"
    assert got["modality"].options == ("flow",) and "arid, flow" in words(shown[-1])


@pytest.mark.parametrize(
    ("explore", "records", "message"),
    [
        (explore_epochs, [stage(validated=False)], "None of these runs was validated"),
        (explore_sensitivity, study()[2:4], "do not differ in one quantity"),
        (explore_sensitivity, [], "do not differ in one quantity"),
        (explore_split, [one for one in halves() if one.run.data.split == "official"], "both at random and by groups"),
    ],
)
def test_records_that_show_nothing_are_told_so(explore: Callable[[Any], Any], records: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        explore(records)
