"""The explore cell of geometry, on records made by hand: known kernels, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
import pytest
from drawn import words
from safetensors.numpy import save_file

from repro.papers.gong2022.geometry import geometry, neighbours
from repro.papers.gong2022.explore_geometry import OWN, explore_geometry, geometry_figure
from repro.runs.store import Record
from repro.spec import Clips, Data, Recipe, Run, options

DRAWN: list[Any] = []  # figures that the cell has shown, the newest last


@pytest.fixture(autouse=True)
def drawn_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    mpl.use("Agg")
    original = mpl.figure.Figure.savefig
    monkeypatch.setattr(
        mpl.figure.Figure, "savefig", lambda fig, *a, **k: (DRAWN.append(fig), original(fig, *a, **k | {"dpi": 40}))[1]
    )
    yield
    DRAWN.clear()
    mpl.pyplot.close("all")


def stored(folder: Path, seed: int = 0, frames: int = 3, kernels: bool = True, **arguments: Any) -> Record:
    """A record whose colour kernel is heaviest at the cell itself and whose flow kernel is even."""
    folder.mkdir()
    side = 2 * arguments.get("graph_radius", 2) + 1
    heavy = np.ones((side,) * 3, np.float16)
    heavy[side // 2, side // 2, side // 2] = 10
    tensors = (
        {"0/rgb.kernel": heavy / heavy.sum(), "0/flow.kernel": np.ones((side,) * 3, np.float16) / side**3}
        if kernels
        else {}
    )
    save_file(tensors | {"0/clip": np.zeros((frames, 2, 2, 3), np.uint8)}, folder / "inside.safetensors")
    data = Data("actions", clips=Clips(input="both", flow_stack=4))
    run = Run(
        network="gong2022", arguments=options(frames=frames, **arguments), data=data, recipe=Recipe(epochs=1), seed=seed
    )
    return Record(f"{seed:016x}", run, folder, {"notes": [], "missing": 0, "undecodable": {}}, {})


def controls(box: ipywidgets.VBox) -> dict[str, Any]:
    found = {child.description: child for child in box.children if getattr(child, "description", "")}
    return found | {"picture": next(child for child in box.children if isinstance(child, ipywidgets.Image))}


def sums(figure: Any) -> np.ndarray:
    """(T, H, W) of the first row of frames."""
    arrays = [part.images[0].get_array() for part in figure.axes[0].child_axes if part.images]
    pictures = [array for array in arrays if array.shape == (7, 7)]
    return np.stack(pictures[: len(pictures) // 3])


def test_the_middle_cell_is_shown_first_and_closed(tmp_path: Path) -> None:
    figure = geometry_figure(stored(tmp_path / "r"))
    np.testing.assert_allclose(sums(figure), geometry((3, 7, 7), (1, 3, 3), 1e-3).sum(0))
    assert "seed 0" in words(figure) and OWN not in words(figure) and mpl.pyplot.get_fignums() == []


@pytest.mark.parametrize(
    ("control", "value", "cell"),
    [("frame", 3, (2, 3, 3)), ("row", 1, (1, 0, 3)), ("column", 7, (1, 3, 6)), ("ε", 0.1, (1, 3, 3))],
)
def test_a_slider_redraws(tmp_path: Path, control: str, value: Any, cell: tuple[int, int, int]) -> None:
    got = controls(explore_geometry([stored(tmp_path / "r")]))
    assert (got["frame"].value, got["row"].value, got["column"].value) == (2, 4, 4)
    before = got["picture"].value
    got[control].value = value
    assert got["picture"].value != before and bytes(got["picture"].value).startswith(b"\x89PNG")
    np.testing.assert_allclose(sums(DRAWN[-1]), geometry((3, 7, 7), cell, value if control == "ε" else 1e-3).sum(0))
    assert (OWN in words(DRAWN[-1])) == (control == "ε")


@pytest.mark.parametrize(("control", "value", "count"), [("radius", 1, 27), ("metric", "manhattan", 23)])
def test_radius_and_metric_move_the_outline_and_leave_the_weights(
    tmp_path: Path, control: str, value: Any, count: int
) -> None:
    record = stored(tmp_path / "r")
    got = controls(explore_geometry([record]))
    before = weights(DRAWN[-1])
    got[control].value = value
    chosen = {"radius": 2, "metric": "chebyshev"} | {control: value}
    assert neighbours((3, 7, 7), (1, 3, 3), **chosen).sum() == count  # type: ignore[arg-type]
    assert f"{chosen['metric']}, radius {chosen['radius']}" in words(DRAWN[-1]) and OWN in words(DRAWN[-1])
    assert weights(DRAWN[-1]) == before and "12" in before  # 10 of 84


def weights(figure: Any) -> list[str]:
    """The numbers in cells, of all frames."""
    parts = [part for part in figure.axes[0].child_axes if part.images and part.images[0].get_array().shape == (7, 7)]
    return [text.get_text() for part in parts[len(parts) // 3 :] for text in part.texts]


def test_controls_follow_another_run(tmp_path: Path) -> None:
    first, second = (
        stored(tmp_path / "a", frames=4),
        stored(tmp_path / "b", 1, 2, graph_radius=1, graph_metric="euclidean", geom_eps=0.05),
    )
    got = controls(explore_geometry([first, second]))
    got["frame"].value = 4
    got["run"].value = got["run"].options[1]
    assert (got["frame"].max, got["frame"].value, got["radius"].value, got["metric"].value, got["ε"].value) == (
        2,
        2,
        1,
        "euclidean",
        0.05,
    )
    assert sums(DRAWN[-1]).shape[0] == 2 and OWN not in words(DRAWN[-1])


def test_runs_without_weights_are_not_offered(tmp_path: Path) -> None:
    bare, off = stored(tmp_path / "a", 1, kernels=False), stored(tmp_path / "b", 2, stc=False)
    dot = stored(tmp_path / "c", 3, stc_content="dot")
    whole = stored(tmp_path / "d")
    assert len(controls(explore_geometry([bare, off, dot, whole, whole]))["run"].options) == 1
    for records in ([], [bare, off, dot]):
        with pytest.raises(ValueError, match="None of these runs stored weights of an STC"):
            explore_geometry(records)
