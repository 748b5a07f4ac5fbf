"""The explore cells of ou2019, on records made by hand: known curves, channels and accuracies, no
network.
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from drawn import words
from made_up import stored
from ou_records import done, trained

from repro.evidence.style import PALETTE
from repro.papers.ou2019 import explore
from repro.papers.ou2019.curves import VALIDATION_IS_TEST
from repro.papers.ou2019.explore import ALL, LAYERS, epochs_figure, layers_figure, seen
from repro.papers.plan import Done
from repro.runs.store import Record
from repro.spec import Clips, Data, Run
from results import controls, redraws

SOURCE = np.arange(4 * 90 * 120 * 3, dtype=np.uint8).reshape(4, 90, 120, 3)  # of the clip "b"


@pytest.fixture(autouse=True)
def _filmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "footage", lambda record, names: {"b": SOURCE} if "b" in names else {})


# Epochs


def epochs() -> list[Done]:
    return done("figure10", "laptop", lambda planned: trained(planned.run))


def curve(ax: Any, colour: str) -> list[float]:
    (line,) = (line for line in ax.lines if line.get_color() == colour and len(line.get_xdata()) > 2)
    return list(line.get_ydata())


def test_both_stages_of_all_seeds_are_one_curve() -> None:
    figure = epochs_figure(epochs(), "actions, 140 clips")
    assert curve(figure.axes[0].child_axes[0], PALETTE[0]) == pytest.approx([2 / n + 0.01 for n in range(1, 8)])
    told = ("actions, 140 clips: n = 60 test clips of 20 groups, 3 seeds", "chance 0.17", "stage 2", VALIDATION_IS_TEST)
    assert all(text in words(figure) for text in told)
    assert mpl.pyplot.get_fignums() == []  # shown by its value alone


def test_data_set_and_seed_redraw_the_curves(shown: list[Any]) -> None:
    made = [planned for planned in epochs() if planned.column != "actions, 35 clips" or planned.run.seed == 0]
    got = controls(explore.explore_epochs(made))
    assert got["data set"].options == ("actions, 70 clips", "actions, 140 clips", "actions, 35 clips")
    assert got["seed"].options == (ALL, "0", "1", "2") and "3 seeds" in words(shown[-1])
    assert redraws(got, "seed", "1") and "1 seed" in words(shown[-1])
    assert curve(shown[-1].axes[0].child_axes[0], PALETTE[0])[0] == pytest.approx(2.01)
    got["data set"].value = "actions, 35 clips"
    assert got["seed"].options == (ALL, "0") and got["seed"].value == ALL  # that one has no seed 1
    assert "actions, 35 clips: n = 60" in words(shown[-1])


# Layers


def convolved(folder: Path, seed: int = 0) -> Record:
    """A record of two clips of 4 frames; the channels of layer n of clip i hold 10 n + i, and 200
    more in the flow stream.
    """
    tensors: dict[str, np.ndarray] = {}
    for i in range(2):
        frames = np.zeros((4, 8, 12, 11), np.uint8) + np.arange(4, dtype=np.uint8)[:, None, None, None] + 128
        tensors |= {f"{i}/clip": frames, f"{i}/probability": np.eye(2, dtype=np.float32)[1]}
        for stream in ("rgb", "flow"):
            tensors[f"{i}/{stream}.zeros"] = np.array([0.25, 0.5, 0.75], np.float16)
            for n in LAYERS:
                channels = np.zeros((6, 4, 6), np.float16)
                channels[:, 0, 0], channels[:, 1, 1] = 10 * n + i + 200 * (stream == "flow"), seed
                tensors[f"{i}/{stream}.conv{n}.channels"] = channels
    run = Run(network="ou2019", data=Data("actions", clips=Clips(input="both", flow_stack=4)), seed=seed)
    return stored(folder, run, {}, tensors, names=["a", "b"], labels=[0, 1], classes=["drink", "pour"])


def maps(figure: Any) -> list[np.ndarray]:
    return [np.asarray(part.images[0].get_array()) for part in figure.axes[0].child_axes[1:]]


def test_the_channels_of_one_layer_stand_beside_their_frame(tmp_path: Path) -> None:
    made = convolved(tmp_path / "r")
    figure = layers_figure(made, clip=1, stream="flow", layer=2)
    assert [part.shape for part in maps(figure)] == [(4, 6)] * 6 and maps(figure)[0].max() == 221
    assert "conv 2: 4 x 6, 96 % zeros (of the channels drawn)" in words(figure)
    assert "pour, answer pour; flow, frame 3 of 4" in words(figure)
    for layer, share in ((1, 25), (6, 50)):  # counted over all channels
        text = words(layers_figure(made, layer=layer))
        assert f"{share} % zeros |" in text and "counted over all channels and frames of the clip" in text


def test_the_frame_stands_there_as_it_was_filmed_where_the_film_is(tmp_path: Path, shown: list[Any]) -> None:
    got = controls(explore.explore_layers([convolved(tmp_path / "r")]))
    assert "as filmed" not in words(shown[-1])
    got["clip"].value, got["stream"].value = 1, "flow"
    source = shown[-1].axes[0].child_axes[-1].images[0]
    np.testing.assert_array_equal(source.get_array(), SOURCE[2])  # the middle of four frames, at its own size
    assert "120 x 90 pixels; right: input: optical flow" in words(shown[-1])


def test_what_a_stream_sees() -> None:
    """L = 4: fields t-2, t-1, t, t+1; that of t is the third, channels 3 + 4 and 3 + 5."""
    frame = np.full((2, 2, 11), 128, np.uint8)
    frame[..., :3] = 7
    frame[0, 0, 7] = 200  # to the right: red
    assert (seen(frame, "rgb") == 7).all()
    colours = seen(frame, "flow")
    assert colours[0, 0, 0] == 255 and colours[0, 0].argmax() == 0 and not colours[1].any()


@pytest.mark.parametrize(("control", "value"), [("run", 1), ("clip", 1), ("stream", "flow"), ("convolution", 6)])
def test_run_clip_stream_and_convolution_redraw(tmp_path: Path, control: str, value: Any) -> None:
    got = controls(explore.explore_layers([convolved(tmp_path / "a"), convolved(tmp_path / "b", seed=1)]))
    assert [text for text, _ in got["clip"].options] == ["a (drink)", "b (pour)"]
    assert got["stream"].options == ("rgb", "flow") and list(got["convolution"].options) == list(range(1, 14))
    assert redraws(got, control, got["run"].options[1] if control == "run" else value)
