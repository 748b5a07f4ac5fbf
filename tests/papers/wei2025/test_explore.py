"""The explore cells of the dark, on records made by hand: known pictures, known predictions."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from repro.papers.wei2025 import explore
from repro.papers.wei2025.explore import enhancement_figure, enhancers_behind, explore_confusions, explore_enhancement
from repro.runs import store
from repro.runs.store import Record
from repro.spec import Clips, Data, Run, options

CLASSES = ["drink", "sit", "walk"]


@pytest.fixture(autouse=True)
def drawn_without_a_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def enhancer(
    folder: Path, night: float = 0.7, names: tuple[str, ...] = ("a", "b"), rounds: int = 8, **arguments: Any
) -> Record:
    """An enhancer's record: round n adds 10 to every pixel, so that means are known; gamma is 100,
    CLAHE 50.
    """
    levels = [0.0, 0.5, 1.0] if night else [0.0]
    tensors = {}
    for i in range(len(names)):
        for level in [f"{level:g}" for level in levels] + ["asked"]:
            start = i + (0 if level == "asked" else round(10 * float(level)))
            tensors[f"{i}/{level}/steps"] = np.stack(
                [np.full((6, 8, 3), start + 10 * n, np.uint8) for n in range(rounds + 1)]
            )
            tensors[f"{i}/{level}/gamma"], tensors[f"{i}/{level}/clahe"] = (
                np.full((6, 8, 3), n, np.uint8) for n in (100, 50)
            )
    folder.mkdir()
    save_file(tensors, folder / "inside.safetensors")
    run = Run(
        "enhance",
        "zerodce",
        options(**arguments),
        Data("arid" if not night else "actions", clips=Clips(darkness=night)),
    )
    values = {
        "classes": CLASSES,
        "names": list(names),
        "labels": list(range(len(names))),
        "levels": levels,
        "night": night,
    }
    return Record("0" * 16, run, folder, values, {})


def recogniser(
    folder: Path, predicted: list[int], seed: int = 0, light: str = "none", flow: bool = False, **more: Any
) -> Record:
    """A training's record: six clips, two of each class, with these answers at a score of 0.6;
    frames of the first are stored.
    """
    label = np.repeat(np.arange(3), 2)
    probability = np.full((6, 3), 0.2)
    probability[np.arange(6), predicted] = 0.6
    folder.mkdir()
    np.savez(
        folder / "predictions.npz",
        probability=probability,
        label=label,
        name=[f"clip{i}" for i in range(6)],
        group=["g"] * 6,
    )
    clip = np.full((4, 6, 8, 2 if flow else 3), 128, np.uint8)
    header = {"names": ["clip0"], "labels": [0], "classes": CLASSES, "input": "rgb"}
    save_file({"0/clip": clip}, folder / "inside.safetensors", metadata={"probes": json.dumps(header)})
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (label, predicted), 1)
    values = {"classes": CLASSES, "confusion": counts.tolist(), "norm": {"mean": [128.0] * 2, "std": [20.0] * 2}}
    data = Data("actions", clips=Clips(input="flow" if flow else "rgb", enhancement=light))
    return Record(f"{seed:016x}", Run(network="wei2025", data=data, seed=seed, **more), folder, values, {})


def named(box: ipywidgets.VBox) -> dict[str, Any]:
    controls = {child.description: child for child in box.children if getattr(child, "description", "")}
    return controls | {
        kind.__name__: child
        for child in box.children
        for kind in (ipywidgets.Image, ipywidgets.HTML)
        if type(child) is kind
    }


def words(figure: Any) -> list[str]:
    return [t.get_text() for t in figure.findobj(mpl.text.Text) if t.get_text()]


def chosen(figure: Any) -> list[tuple[float, float]]:
    """Corners of the thick outlines: the cell that was asked for."""
    return [p.get_xy() for p in figure.findobj(mpl.patches.Rectangle) if p.get_linewidth() == 2.5]


# Enhancement


@pytest.mark.parametrize(("control", "value"), [("clip", 1), ("light", "1"), ("rounds", 3)])
def test_every_control_redraws_the_four_lights(tmp_path: Path, control: str, value: Any) -> None:
    got = named(explore_enhancement([enhancer(tmp_path / "e")]))
    before = got["Image"].value
    got[control].value = value
    assert got["Image"].value != before and bytes(got["Image"].value).startswith(b"\x89PNG")


def test_four_lights_are_the_stored_ones_enlarged_without_smoothing(tmp_path: Path) -> None:
    record = enhancer(tmp_path / "e")
    ax = explore.four_lights(record, 1, "0.5", 3)
    pictures = [part.images[0] for part in ax.child_axes]
    assert [int(p.get_array().mean()) for p in pictures] == [6, 36, 100, 50]
    assert {p.get_interpolation() for p in pictures} == {"none"}
    assert [part.get_title() for part in ax.child_axes] == [
        "as it came\nmean luma 6", "after 3 rounds\nmean luma 36", "gamma\nmean luma 100", "CLAHE\nmean luma 50"
    ]  # fmt: skip
    assert "after 1 round\nmean luma 16" in words(explore.four_lights(record, 1, "0.5", 1).figure)


def test_it_starts_at_the_light_that_was_tested_after_all_rounds(tmp_path: Path) -> None:
    got = named(explore_enhancement([enhancer(tmp_path / "e")]))
    assert [text for text, _ in got["light"].options] == ["lit", "night 0.5", "night 0.7, as tested", "night 1"]
    assert (got["light"].value, got["rounds"].value, got["rounds"].min, got["rounds"].max) == ("asked", 8, 0, 8)
    assert [text for text, _ in got["clip"].options] == ["a (drink)", "b (sit)"]


def test_another_enhancer_brings_its_own_clips_and_levels(tmp_path: Path) -> None:
    records = [
        enhancer(tmp_path / "a"),
        enhancer(tmp_path / "b", night=0.0, names=("x", "y", "z"), rounds=6, scales=(1, 2, 4)),
    ]
    got = named(explore_enhancement(records))
    assert got["enhancer"].options == (
        "one scale, trained on actions (official)",
        "scales 1, 2, 4, trained on arid (official)",
    )
    got["light"].value, got["clip"].value = "1", 1
    before = got["Image"].value
    got["enhancer"].value = got["enhancer"].options[1]
    assert got["light"].options == (("as recorded", "asked"),) and len(got["clip"].options) == 3
    assert got["rounds"].max == got["rounds"].value == 6 and got["Image"].value != before
    got["enhancer"].value = got["enhancer"].options[0]
    assert len(got["light"].options) == 4 and len(got["clip"].options) == 2


def test_the_static_twin_has_a_row_for_each_light(tmp_path: Path) -> None:
    figure = enhancement_figure(enhancer(tmp_path / "e"), clip=1)
    parts = figure.axes[0].child_axes
    assert len(parts) == 4 * 6
    assert [part.get_ylabel() for part in parts[::6]] == ["lit", "night 0.5", "night 0.7, as tested", "night 1"]
    assert [part.get_title() for part in parts[:6]] == [
        "as it came",
        "2 rounds",
        "4 rounds",
        "8 rounds",
        "gamma",
        "CLAHE",
    ]
    assert [int(part.images[0].get_array().mean()) for part in parts[6:12]] == [6, 26, 46, 86, 100, 50]
    assert mpl.pyplot.get_fignums() == []  # shown by its value alone


def test_of_real_dark_clips_the_static_twin_shows_all(tmp_path: Path) -> None:
    parts = enhancement_figure(enhancer(tmp_path / "e", night=0.0, names=("x", "y", "z"))).axes[0].child_axes
    assert [part.get_ylabel() for part in parts[::6]] == CLASSES
    assert [int(part.images[0].get_array().mean()) for part in parts[::6]] == [0, 1, 2]


def test_enhancers_are_found_behind_the_runs_they_lit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, many, gone = (
        enhancer(tmp_path / "a"),
        enhancer(tmp_path / "b", scales=(1, 2)),
        enhancer(tmp_path / "c", scales=(1, 8)),
    )
    monkeypatch.setattr(store, "find", lambda run, root: {one.run: one, many.run: many}.get(run))
    trained = recogniser(tmp_path / "r", [0] * 6)
    shown = [
        recogniser(tmp_path / str(n), [0] * 6, after=(trained.run, e.run))
        for n, e in enumerate((one, many, many, gone))
    ]
    assert enhancers_behind([trained, *shown]) == [one, many]
    assert enhancers_behind([many, *shown]) == [many, one]


def test_without_an_enhancer_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Run wei2025\.figure8"):
        explore_enhancement([recogniser(tmp_path / "r", [0] * 6)])


# Confusion


@pytest.fixture
def sides(tmp_path: Path) -> tuple[list[Record], list[Record]]:
    """Two seeds before and after: sit is taken for walk in the dark."""
    dark = [recogniser(tmp_path / f"d{s}", [0, 0, 2, s + 1, 2, 2], seed=s) for s in (0, 1)]
    lit = [recogniser(tmp_path / f"l{s}", [0, 1, 1, 1, 2, 2], seed=s, light="enhanced") for s in (0, 1)]
    return dark, lit


def test_it_starts_at_the_most_common_mistake_in_the_dark(sides: tuple[list[Record], list[Record]]) -> None:
    got = named(explore_confusions(*sides))
    assert (got["actual"].value, got["predicted"].value) == (1, 2)
    text = got["HTML"].value
    assert "<b>dark</b>: 2 clips; no frame is stored: a run keeps 1 clip" in text and "enhanced" not in text
    assert "clip2: in 2 of 2 seeds, score 0.60" in text and "clip3: in 1 of 2 seeds" in text
    assert text.index("clip2") < text.index("clip3")


def test_a_stored_frame_stands_beside_its_clip(sides: tuple[list[Record], list[Record]]) -> None:
    got = named(explore_confusions(*sides))
    got["actual"].value = got["predicted"].value = 0
    assert "2 clips; a frame of 1 of them is stored" in got["HTML"].value
    before_name = got["HTML"].value.partition("clip0")[0]
    assert before_name.count("<img") == got["HTML"].value.count("<img") == 1
    got["matrix"].value = "difference"
    assert got["HTML"].value.count("<img") == 2 and "<b>enhanced</b>: 1 clip; a frame of 1" in got["HTML"].value


def test_the_matrix_and_the_cell_follow_the_controls(
    sides: tuple[list[Record], list[Record]], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    original = mpl.figure.Figure.savefig
    monkeypatch.setattr(
        mpl.figure.Figure, "savefig", lambda fig, *a, **k: (drawn.append(fig), original(fig, *a, **k))[1]
    )
    got = named(explore_confusions(*sides))
    assert chosen(drawn[-1]) == [(1.5, 0.5)] and "dark, all seeds added" in words(drawn[-1])
    got["predicted"].value = 0
    assert chosen(drawn[-1]) == [(-0.5, 0.5)] and "no clip" in got["HTML"].value
    got["matrix"].value = "difference"
    np.testing.assert_allclose(drawn[-1].axes[0].images[0].get_array(), [[-0.5, 0.5, 0], [0, 0.75, -0.75], [0, 0, 0]])
    assert "enhanced minus dark" in words(drawn[-1])


def test_flow_is_shown_in_colours(tmp_path: Path) -> None:
    record = recogniser(tmp_path / "r", [0, 0, 1, 1, 2, 2], flow=True)
    got = named(explore_confusions([record], [record]))
    got["actual"].value = got["predicted"].value = 0
    source = re.search(r"data:image/png;base64,([^\"]+)", got["HTML"].value)
    assert source
    import base64

    with Image.open(io.BytesIO(base64.b64decode(source[1]))) as image:
        assert image.mode == "RGB" and np.asarray(image).max() == 0  # rest is black


def test_many_clips_are_counted_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "SHOWN", 1)
    record = recogniser(tmp_path / "r", [1, 1, 1, 1, 1, 1])
    text = explore.cell_words([record], 0, 1)
    assert "clip0: in 1 of 1 seed, score 0.60<br>and 1 more" in text and "clip1" not in text


def test_names_are_shown_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = recogniser(tmp_path / "r", [0] * 6)
    monkeypatch.setattr(explore, "clips_of_cell", lambda *_: {"<b>": [0.5]})
    assert "&lt;b&gt;: in 1 of 1 seed" in explore.cell_words([record], 0, 0)


def test_nothing_to_explore_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Run wei2025\.figure9a"):
        explore_confusions([], [recogniser(tmp_path / "r", [0] * 6)])


def test_reach_is_drawn_for_every_choice() -> None:
    rows = [
        {"stage": stage, "mode": mode, "rounds": rounds, "place": place, "at": [0, 1, 1], "fraction": 0.5}
        for stage in ("stage1", "stage2")
        for mode in ("parallel", "sequential")
        for rounds in (1, 2, 3)
        for place in ("corner", "centre")
    ]
    maps = {"{stage}.{mode}.{rounds}.{place}".format(**row): np.eye(3, dtype=np.uint8)[None] for row in rows}
    widget = explore.explore_reach(SimpleNamespace(values={"reached": rows}, inside=lambda: maps))
    *controls, picture = widget.children
    assert [control.value for control in controls] == ["stage2", "parallel", 2, "centre"]
    before = picture.value
    controls[2].value = 3
    assert picture.value != before and bytes(picture.value[:4]) == b"\x89PNG"
