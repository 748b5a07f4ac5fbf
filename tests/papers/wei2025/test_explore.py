"""The explore cells of wei2025, on records made by hand: known pictures, known predictions."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from drawn import words
from made_up import stored

from repro.papers.wei2025 import explore
from repro.papers.wei2025.explore import enhancement_figure, enhancers_behind, explore_confusions, explore_enhancement
from repro.runs import store
from repro.runs.store import Record
from repro.spec import Clips, Data, Run, options
from results import controls, redraws

CLASSES = ["drink", "sit", "walk"]
Sides = tuple[list[Record], list[Record]]


def enhancer(at: Path, night: float = 0.7, names: str = "ab", rounds: int = 8, **arguments: Any) -> Record:
    """An enhancer's record: round n adds 10 to every pixel, so that means are known; gamma is 100,
    CLAHE 50.
    """
    levels, tensors = [0.0, 0.5, 1.0] if night else [0.0], {}
    for i in range(len(names)):
        for level in [f"{level:g}" for level in levels] + ["asked"]:
            start = i + (0 if level == "asked" else round(10 * float(level)))
            means = {"steps": [start + 10 * n for n in range(rounds + 1)], "gamma": 100, "clahe": 50}
            for name, mean in means.items():
                grey = np.asarray(mean, np.uint8)[..., None, None, None]
                tensors[f"{i}/{level}/{name}"] = np.broadcast_to(grey, (*np.shape(mean), 6, 8, 3)).copy()
    data = Data("actions" if night else "arid", clips=Clips(darkness=night))
    values = {"classes": CLASSES, "names": list(names), "labels": list(range(len(names)))}
    run = Run("enhance", "zerodce", options(**arguments), data)
    return stored(at, run, values | {"levels": levels, "night": night}, tensors)


def recogniser(at: Path, predicted: list[int], seed: int = 0, lit_by: Run | None = None) -> Record:
    """A training's record: six clips, two of each class, with these answers at a score of 0.6."""
    label, probability, counts = np.repeat(np.arange(3), 2), np.full((6, 3), 0.2), np.zeros((3, 3), int)
    probability[np.arange(6), predicted] = 0.6
    np.add.at(counts, (label, predicted), 1)
    answers = {"probability": probability, "label": label, "name": [f"clip{i}" for i in range(6)], "group": ["g"] * 6}
    run = Run(network="wei2025", data=Data("actions"), seed=seed, enhancer=lit_by)
    return stored(at, run, {"classes": CLASSES, "confusion": counts.tolist()}, answers=answers)


def means(figure: Any) -> list[int]:
    return [int(part.images[0].get_array().mean()) for part in figure.axes]


# Enhancement


@pytest.mark.parametrize(("control", "value"), [("clip", 1), ("light", "1"), ("rounds", 3)])
def test_every_control_redraws_the_four_lights(tmp_path: Path, control: str, value: Any) -> None:
    got = controls(explore_enhancement([enhancer(tmp_path / "e")]))
    # it starts at the light that was tested, after all rounds
    assert [text for text, _ in got["light"].options] == ["lit", "night 0.5", "night 0.7, as tested", "night 1"]
    assert (got["light"].value, got["rounds"].value, got["rounds"].min, got["rounds"].max) == ("asked", 8, 0, 8)
    assert [text for text, _ in got["clip"].options] == ["a (drink)", "b (sit)"]
    assert redraws(got, control, value)


def test_four_lights_are_the_stored_ones(tmp_path: Path) -> None:
    figure = explore.four_lights(enhancer(tmp_path / "e"), "1/0.5", 3)
    assert means(figure) == [6, 36, 100, 50] and "after 3 rounds mean luma 36" in words(figure)


def test_another_enhancer_brings_its_own_clips_and_levels(tmp_path: Path) -> None:
    other = enhancer(tmp_path / "b", night=0.0, names="xyz", rounds=6, scales=(1, 2, 4))
    got = controls(explore_enhancement([enhancer(tmp_path / "a"), other]))
    _, many = got["enhancer"].options
    assert many == "scales 1, 2, 4, trained on arid (official), seed 0"
    got["light"].value, got["clip"].value = "1", 1
    assert redraws(got, "enhancer", many)
    assert got["light"].options == (("as recorded", "asked"),) and len(got["clip"].options) == 3
    assert got["rounds"].max == got["rounds"].value == 6


def test_the_static_twin_has_a_row_for_each_light_or_each_real_clip(tmp_path: Path) -> None:
    figure = enhancement_figure(enhancer(tmp_path / "e"), clip=1)
    assert [part.get_ylabel() for part in figure.axes[::6]] == ["lit", "night 0.5", "night 0.7, as tested", "night 1"]
    assert means(figure)[6:12] == [6, 26, 46, 86, 100, 50]
    real = enhancement_figure(enhancer(tmp_path / "r", night=0.0, names="xyz"))
    assert [part.get_ylabel() for part in real.axes[::6]] == CLASSES and means(real)[::6] == [0, 1, 2]
    assert mpl.pyplot.get_fignums() == []  # shown by their values alone


def test_enhancers_are_found_behind_the_runs_they_lit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, many, gone = (enhancer(tmp_path / str(n), scales=(1, n)) for n in (1, 2, 8))
    monkeypatch.setattr(store, "find", lambda run, root: {one.run: one, many.run: many}.get(run))
    lights = [None, one.run, many.run, many.run, gone.run]
    tested = [recogniser(tmp_path / f"r{n}", [0] * 6, lit_by=run) for n, run in enumerate(lights)]
    assert enhancers_behind(tested) == [one, many] and enhancers_behind([many, *tested]) == [many, one]


def test_without_records_it_says_what_to_run(tmp_path: Path) -> None:
    record = recogniser(tmp_path / "r", [0] * 6)
    with pytest.raises(ValueError, match=r"Run wei2025\.figure8"):
        explore_enhancement([record])
    with pytest.raises(ValueError, match=r"Run wei2025\.figure9a"):
        explore_confusions([], [record])


# Confusion


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    """Two seeds before and after: sit is taken for walk in the dark."""
    dark = [recogniser(tmp_path / f"d{s}", [0, 0, 2, s + 1, 2, 2], seed=s) for s in (0, 1)]
    return dark, [recogniser(tmp_path / f"l{s}", [0, 1, 1, 1, 2, 2], seed=s) for s in (0, 1)]


def test_it_starts_at_the_most_common_mistake_in_the_dark(sides: Sides) -> None:
    got = controls(explore_confusions(*sides))
    text = got["HTML"].value
    assert (got["actual"].value, got["predicted"].value) == (1, 2)
    assert "<b>dark</b>: 2 clips<br>" in text and "enhanced" not in text
    assert "clip2: in 2 of 2 seeds, score 0.60" in text and "clip3: in 1 of 2 seeds" in text
    assert text.index("clip2") < text.index("clip3")


def test_the_matrix_and_the_cell_follow_the_controls(sides: Sides, shown: list[Any]) -> None:
    def outlined() -> list[tuple[float, float]]:
        """Corners of the thick outlines: the cell that was asked for."""
        return [p.get_xy() for p in shown[-1].findobj(mpl.patches.Rectangle) if p.get_linewidth() == 2.5]

    got = controls(explore_confusions(*sides))
    assert outlined() == [(1.5, 0.5)] and "dark, all seeds added" in words(shown[-1])
    got["predicted"].value = 0
    assert outlined() == [(-0.5, 0.5)] and "0 clips" in got["HTML"].value
    got["matrix"].value = "difference"
    change = shown[-1].axes[0].images[0].get_array()
    np.testing.assert_allclose(change, [[-0.5, 0.5, 0], [0, 0.75, -0.75], [0, 0, 0]])


def test_reach_is_drawn_for_every_choice() -> None:
    keys = [(stage, mode, n, at) for stage in ("stage1", "stage2") for mode in ("parallel", "sequential")
            for n in (1, 2, 3) for at in ("corner", "centre")]  # fmt: skip
    rows = [dict(zip(("stage", "mode", "rounds", "place"), key, strict=True)) | {"at": [0, 1, 1]} for key in keys]
    maps = {"{}.{}.{}.{}".format(*key): np.eye(3, dtype=np.uint8)[None] for key in keys}
    record: Any = SimpleNamespace(key="", values={"reached": rows}, inside=lambda: maps)
    got = controls(explore.explore_reach(record))
    assert redraws(got, "rounds", 3)
