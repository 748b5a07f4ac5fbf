"""The explore cells of costs and of geometry, on counts and kernels made by hand: sums that can be
checked, controls that redraw.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from drawn import crossing, words
from made_up import MadeUp, stored
from PIL import Image
from tiny_runs import counted

from repro.papers.built import Built
from repro.papers.gong2022 import attention, costs, explore
from repro.papers.gong2022.costs import BACKBONE, BACKBONES, FRAME, SEGMENT, VIEW, WHOLE, gathered
from repro.papers.gong2022.explore import explore_geometry, explore_units, geometry_figure, parts
from repro.papers.gong2022.graph import geometry, neighbours
from repro.papers.gong2022.settings import NETWORK, SLOWFAST, TSM, TSN
from repro.papers.plan import Done
from repro.runs.store import Record
from repro.spec import Clips, Data, Recipe, Run, options
from results import controls, redraws

G = 1_000_000_000
PER_FRAME = {"rgb": 8 * G, "flow": 10 * G, "stc.rgb": G // 10, "stc.flow": G // 10}
HEADS = {"head.rgb": G // 5, "head.flow": G // 5}
FUSED = 36 * G // 100  # MFF of six frames
VIEWS = {TSN: 30, TSM: 60, SLOWFAST: 200}


# Costs


def every_count() -> list[Any]:
    done = []
    for planned in costs.plan("laptop", 0):
        frames = dict(planned.run.arguments)["input"][1]
        ours = planned.run.network == NETWORK
        inside = {name: macs * frames for name, macs in PER_FRAME.items()} | HEADS if ours else {}
        macs = VIEWS.get(planned.row, 100) * G if planned.column == VIEW else sum(inside.values()) + FUSED
        modules = [{"module": name, "macs": value, "parameters": 0} for name, value in inside.items()]
        made = MadeUp(
            planned.run, 0.0, values={"macs": macs, "parameters": 0, "modules": modules, "shapes": {}, "outputs": []}
        )
        done.append(Done(planned.run, planned.row, planned.column, record=made))
    return done


def test_units_are_hand_sums_of_the_counted_parts() -> None:
    counts = parts(gathered(every_count()))
    assert counts == explore.Parts(8 * G, 10 * G, G / 10, G / 100, G / 5)
    six, four = 6 * (18 + 0.2) + 0.36 + 0.4, 4 * 18.2 + 0.16 + 0.4
    assert list(counts.units(8, 6, explore.TWO).values()) == pytest.approx([18, six, 8 * six])
    assert list(counts.units(3, 4, explore.TWO).values()) == pytest.approx([18, four, 3 * four])
    assert list(counts.units(16, 6, explore.ONE).values()) == pytest.approx([8, 6 * 8.1 + 0.2, 16 * (6 * 8.1 + 0.2)])


def narrow(channels: int, frames: int, segment: int = 6, **switches: bool) -> Any:
    shape = {"input": (channels, frames, 64, 64), "frames": segment, "width": 8, "blocks": (1, 1, 1, 1), "classes": 5}
    return Built(counted(Run("cost", NETWORK, options(**shape, **switches))))


def test_scaled_units_are_what_would_be_every_count() -> None:
    """Counts of a narrow network's one segment of six frames give those of two segments of four
    within a thousandth.
    """
    plain = {"stc": False, "mff": False}
    counts = parts({
        (BACKBONE, FRAME): narrow(3, 1, 1, **plain),
        (BACKBONES, SEGMENT): narrow(13, 6, **plain),
        (WHOLE, SEGMENT): narrow(13, 6),
    })  # fmt: skip
    for streams, channels, mff in ((explore.TWO, 13, True), (explore.ONE, 3, False)):
        wanted = narrow(channels, 8, 4, mff=mff).macs() / G
        assert counts.units(2, 4, streams)["a video, segments: 2"] == pytest.approx(wanted, rel=1e-3)


def test_every_control_of_costs_redraws(shown: list[Any]) -> None:
    got = controls(explore_units(every_count()))
    first = ("18.0", "110.0", "880", "30.0", "60.0", "6,000", "printed 46.8", "14.66 times TSM")
    assert [text for text in first if text not in words(shown[-1])] == []
    changes = {"segments": (16, "1,759"), "frames": (4, "73.4"), "SlowFast's views": (1, "SlowFast, views: 1")}
    for name, (value, text) in (changes | {"streams": (explore.ONE, "without MFF")}).items():
        assert text not in words(shown[-1])
        assert redraws(got, name, value) and text in words(shown[-1]), name
        assert shown[-1].axes[0].get_xlim() == explore.LIMITS


@pytest.mark.parametrize(
    ("segments", "frames", "streams"), [(1, 1, explore.ONE), (8, 6, explore.TWO), (32, 16, explore.TWO)]
)
def test_the_static_twin_of_costs_fits_its_axis(segments: int, frames: int, streams: str) -> None:
    figure = explore.units_figure(every_count(), segments=segments, frames=frames, streams=streams)
    figure.draw_without_rendering()  # a closed one is not drawn by its canvas
    ends = [line.get_xdata()[1] for line in figure.axes[0].lines if line.get_linewidth() == 8]
    assert explore.LIMITS[0] < min(ends) and max(ends) < explore.LIMITS[1] and len(ends) == 6 and crossing(figure) == []


# Geometry


def geometric(folder: Path, seed: int = 0, frames: int = 3) -> Record:
    """A run whose colour kernel is heaviest at the cell itself and whose flow kernel is even."""
    even = np.ones((5, 5, 5), np.float16)
    heavy = even.copy()
    heavy[2, 2, 2] = 10
    tensors = {"0/rgb.kernel": heavy / heavy.sum(), "0/flow.kernel": even / 125}
    tensors |= dict.fromkeys(("0/rgb.relation", "0/flow.relation"), np.zeros((32, 4), np.float16))  # weigh all alike
    looks = np.linspace(0, 2, 4 * frames, dtype=np.float16).reshape(frames, 2, 2)
    tensors |= {"0/rgb.attention": looks, "0/flow.attention": np.ascontiguousarray(looks[::-1])}
    tensors["0/clip"] = np.full((frames, 16, 16, 3), 90, np.uint8)
    data, given = Data("actions", clips=Clips(input="both", flow_stack=4)), options(frames=frames)
    run = Run(network=NETWORK, arguments=given, data=data, recipe=Recipe(epochs=1), seed=seed)
    return stored(folder, run, {"notes": [], "missing": 0, "undecodable": {}}, tensors, names=["a clip"])


def frames_of(figure: Any) -> list[Any]:
    """The parts of a figure that show a frame: of the sums, then of each modality's weights."""
    return [part for part in figure.axes if part.images and part.images[0].get_array().shape == (7, 7)]


def sums(figure: Any) -> np.ndarray:
    """(T, H, W) of the first row of frames."""
    frames = frames_of(figure)
    return np.stack([part.images[0].get_array() for part in frames[: len(frames) // 3]])


def weights(figure: Any) -> list[str]:
    """The numbers in cells, of all frames."""
    frames = frames_of(figure)
    return [text.get_text() for part in frames[len(frames) // 3 :] for text in part.texts]


def test_the_middle_cell_is_shown_first_and_closed(tmp_path: Path) -> None:
    figure = geometry_figure(geometric(tmp_path / "r"))
    np.testing.assert_allclose(sums(figure), geometry((3, 7, 7), (1, 3, 3), 1e-3).sum(0))
    assert "seed 0" in words(figure) and explore.OWN not in words(figure) and mpl.pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("control", "value", "cell"),
    [("frame", 3, (2, 3, 3)), ("row", 1, (1, 0, 3)), ("column", 7, (1, 3, 6)), ("ε", 0.1, (1, 3, 3))],
)
def test_a_slider_redraws(tmp_path: Path, shown: list[Any], control: str, value: Any, cell: tuple) -> None:
    got = controls(explore_geometry([geometric(tmp_path / "r")]))
    assert (got["frame"].value, got["row"].value, got["column"].value) == (2, 4, 4)
    assert redraws(got, control, value)
    np.testing.assert_allclose(sums(shown[-1]), geometry((3, 7, 7), cell, value if control == "ε" else 1e-3).sum(0))
    assert (explore.OWN in words(shown[-1])) == (control == "ε")


@pytest.mark.parametrize(("control", "value", "count"), [("radius", 1, 27), ("metric", "manhattan", 23)])
def test_another_graph_is_weighed_anew(tmp_path, shown: list[Any], control: str, value: Any, count: int) -> None:
    got = controls(explore_geometry([geometric(tmp_path / "r")]))
    assert "12" in weights(shown[-1])  # 10 of 84, as stored
    got[control].value = value
    chosen: dict[str, Any] = {"radius": 2, "metric": "chebyshev"} | {control: value}
    assert neighbours((3, 7, 7), (1, 3, 3), **chosen).sum() == count
    assert f"{chosen['metric']}, radius {chosen['radius']}" in words(shown[-1]) and explore.OWN in words(shown[-1])
    assert set(weights(shown[-1])) == {f"{100 / count:.1f}"}  # of all neighbours alike


def test_attention_lies_over_any_frame_of_any_stored_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filmed = {"a clip": np.zeros((3, 60, 80, 3), np.uint8)}
    monkeypatch.setattr(attention, "footage", lambda record, names: filmed)
    got = controls(attention.explore_attention([geometric(tmp_path / "r")]))
    assert list(got["clip"].options) == [("a clip", 0)] and "0.00 to 2.00 of the equal share" in got["HTML"].value
    assert redraws(got, "frame", 1) and redraws(got, "whose", "flow")
    assert Image.open(BytesIO(got["Image"].value)).width > 3 * 240  # as filmed, the input, attention
    assert attention.explore_attention([]).data  # says that no inner maps are here


def test_another_seed_has_other_weights(tmp_path: Path, shown: list[Any]) -> None:
    got = controls(explore_geometry([geometric(tmp_path / "a"), geometric(tmp_path / "b", 1)]))
    assert "seed 0" in words(shown[-1])
    assert redraws(got, "run", got["run"].options[1]) and "seed 1" in words(shown[-1])
