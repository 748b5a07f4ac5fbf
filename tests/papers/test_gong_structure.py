"""Figures 1 to 5 and Table 1 of gong2022: what is drawn is what was built and trained, printed
sizes agree, nothing hides anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
import torch
from drawn import crossing, width
from drawn import words as text_of
from made_up import MadeUp, Photographs, record
from matplotlib import pyplot as plt
from matplotlib.transforms import Bbox
from tiny_runs import execute

from repro.evidence.geometry import middle, neighbours, weights_at
from repro.nn.consistency import Consistency
from repro.papers.gong2022 import figure4, structure
from repro.papers.gong2022.figure4 import EPS, FRAMES, SIDE, graph
from repro.spec import SCALES, Clips, Data, Recipe, Run, options

FULL = {"input": (13, 6, 224, 224), "classes": 400}
OTHER = {
    "input": (7, 4, 64, 96),
    "classes": 7,
    "frames": 4,
    "width": 8,
    "blocks": (1, 1, 1, 1),
    "heads": 4,
    "halvings": 4,
}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def costed(**arguments: Any) -> list[Any]:
    matplotlib.use("Agg")
    run = Run("cost", "gong2022", options(**arguments))
    return [
        SimpleNamespace(run=run, values=execute(run, Path()))
    ]


@pytest.fixture(scope="module")
def built() -> list[Any]:
    return costed(**FULL)


@pytest.fixture(scope="module")
def other() -> list[Any]:
    return costed(**OTHER)


def words(number: int, given: list[Any]) -> set[str]:
    return {text.get_text() for text in getattr(structure, f"figure{number}")(given, "laptop").figure.axes[0].texts}


# Figures 3 and 5

SAID = {
    3: {"3 channels", "5 fields of 2", "6 frames each", "400 classes"},
    5: {
        "3 × 6 × 224²",
        "10 × 6 × 224²",
        "64 × 112², 256 × 56², 512 × 28²,",
        "1024 × 14², 2048 × 7² of a frame",
        "6 × 7.80 = 46.8 GMACs",
        "6 × 8.07 = 48.4 GMACs",
        "2048 × 6 × 7²",
        "128 weights, 0.08 GMACs",
        "8 heads of 256: each of 294 nodes looks at 294",
        "no weights, 0.71 GMACs",
        "294 × 2048 → 2048 → 400",
        "the paper prints\n46.8 GFLOPs for 8 and for 16\nsegments",
        "one segment: 96.10 GMACs\n8 segments: 769 GMACs\n16 segments: 1,538 GMACs\n86.7 M weights",
    },
}
SAID_OF_OTHER = {
    3: {"3 channels", "2 fields of 2", "4 frames each", "7 classes"},
    5: {"4 × 4 × 64 × 96", "256 × 4 × 4 × 6", "4 heads of 64: each of 96 nodes looks at 96", "96 × 256 → 256 → 7"},
}


@pytest.mark.parametrize("number", [3, 5])
def test_the_network_drawn_is_the_network_built(number: int, built: list[Any], other: list[Any]) -> None:
    assert words(number, built) >= SAID[number]
    assert words(number, other) >= SAID_OF_OTHER[number]


def test_the_printed_cost_is_six_frames_of_one_backbone(built: list[Any]) -> None:
    table = structure.figure5(built, "laptop").table
    costs = table[table["column"] == "cost"].set_index("row")
    assert costs.at["one frame, colour backbone", "value"] == pytest.approx(7.799, abs=5e-4)
    product = costs.loc["one segment, colour backbone (6 x 7.80)"]
    assert product["paper"] == 46.8 and product["value"] == pytest.approx(46.796, abs=5e-4)
    videos = [costs.loc[f"one video of {number} segments"] for number in (8, 16)]
    assert [video["paper"] for video in videos] == [46.8, 46.8] and videos[1]["value"] == 2 * videos[0]["value"]
    parts = ("one segment, both backbones", "one segment, STC of both", "one segment, MFF")
    whole = costs.at["one segment, in all", "value"]
    assert sum(costs.at[part, "value"] for part in parts) == pytest.approx(whole, abs=2e-3)  # both M cost 1.6 million
    assert costs.at["one segment, MFF", "value"] == pytest.approx(
        4 * 294**2 * 2048 / 1e9, rel=1e-4
    )  # Q K^T and its sum of V, both ways


def test_the_parts_add_up(built: list[Any], other: list[Any]) -> None:
    for given in (built, other):
        table = structure.figure3(given, "laptop").table.set_index(["row", "column"])["value"]
        for column in ("weights", "cost of a segment"):
            parts = [value for (row, where), value in table.items() if where == column and row != "in all"]
            assert len(parts) == 7 and sum(parts) == pytest.approx(table["in all", column])


def test_every_number_is_read_from_the_record(built: list[Any]) -> None:
    changed = deepcopy(built)
    outputs = {row["module"]: row for row in changed[0].values["outputs"]}
    outputs["stc.flow"]["parameters"] = 77
    outputs["rgb.stages.stage3"]["shape"] = [1000, 13, 13]
    changed[0].values["shapes"]["rgb.mff"] = [2048, 6, 5, 5]
    assert words(5, changed) >= {"77 weights, 0.08 GMACs", "1000 × 13², 2048 × 7² of a frame", "2048 × 6 × 5²"}


@pytest.mark.parametrize("size", ["paper", "small"])
@pytest.mark.parametrize("number", [3, 5])
def test_nothing_overlaps_and_nothing_is_cut(number: int, size: str, built: list[Any], other: list[Any]) -> None:
    figure = getattr(structure, f"figure{number}")(
        built if size == "paper" else other, "laptop"
    ).figure  # `diagram` refuses boxes that overlap
    figure.canvas.draw()
    ax = figure.axes[0]
    shown = [(text.get_text(), text.get_window_extent()) for text in ax.texts]
    boxes = [patch.get_window_extent() for patch in ax.patches if type(patch).__name__ == "FancyBboxPatch"]
    for i, (one, a) in enumerate(shown):
        assert not [name for name, b in shown[:i] if touching(a, b)], one
        assert figure.bbox.x0 <= a.x0 and a.x1 <= figure.bbox.x1
        around = [box for box in boxes if touching(a, box)]
        assert len(around) <= 1 and all(box.x0 < a.x0 and a.x1 < box.x1 for box in around), one
    assert figure.get_figwidth() < 7.3


def touching(a: Bbox, b: Bbox) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


# Table 1


@pytest.mark.parametrize("scale", SCALES)
def test_printed_settings_stand_beside_ours(scale: str) -> None:
    result = structure.table1([], scale)
    table = result.table.set_index(["row", "column"])
    assert [table.at[("lr", name), "paper"] for name in ("Kinetics-400", "Kinetics-600")] == [0.008, 0.012]
    assert (
        table.at[("batch_size", "Kinetics-400"), "paper"] == 128
        and table.at[("optimizer", "Kinetics-600"), "paper"] == "AdamW"
    )
    ours = result.table[result.table["value"].notna()]
    assert set(ours[ours["row"] == "optimizer"]["value"]) == {"adamw"} and len(set(ours["column"])) == 2
    together = result.table["paper"].notna() & result.table["value"].notna()
    assert together.any() == (scale == "paper")  # numbers of other data have columns of their own
    assert (ours[ours["row"] == "schedule"]["note"] == "not given in the paper").all()
    assert len(table.index) == len(set(table.index)) and result.figure is None


# Figures 1 and 2


def clip() -> Photographs:
    """Four frames of 28 x 28: a square jumps from cell (2, 1) to (4, 3), to (4, 5), and back; the
    corner (6, 6) alone never changes.
    """
    frames = np.random.default_rng(0).integers(90, 110, (1, 4, 28, 28, 3), dtype=np.uint8)
    frames[..., 24:, 24:, :] = 50
    for k, (y, x) in enumerate(((2, 1), (4, 3), (4, 5), (2, 1))):
        frames[0, k, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4] = 255 if k % 2 else 200
    run = Run("sheet", data=Data("actions", clips=Clips(clip_length=4, clip_stride=1)))
    return Photographs(run, 1.0, values={"classes": ["jump"], "names": ["clip 0"]}, tensors={"frames": frames})


def test_figures_1_and_2_show_one_clip() -> None:
    first, second = structure.figure1([clip()], "laptop"), structure.figure2([clip()], "laptop")  # type: ignore[list-item]
    assert first.frames and second.frames and list(first.table["value"]) == ["clip 0"]
    found = second.table.set_index(["column", "row"])["value"]
    assert found["cell that changes least", "frame 3"] == "row 7, column 7"
    moving = [found["cell that changes most", f"frame {k}"] for k in (1, 2, 3, 4)]
    assert moving[0] == "row 5, column 4" and all(cell != "row 7, column 7" for cell in moving)
    assert "generated clip" in first.protocol and crossing(second.figure) == []
    assert {"frame 1", "frame 4", "cell that changes least"} <= set(text_of(second.figure).split(" | "))


# Figure 4


def trained(seed: int = 0, frames: int = 6, modalities: tuple[str, ...] = ("rgb", "flow"), **arguments: Any) -> Any:
    """The record of a training whose kernels are those of fresh STC modules."""
    torch.manual_seed(seed)
    names = {"graph_metric": "metric", "graph_radius": "radius", "geom_eps": "eps", "self_loop": "self_loop"}
    chosen = {names[name]: value for name, value in arguments.items() if name in names}
    with torch.no_grad():
        tensors = {f"0/{name}.kernel": Consistency(**chosen).kernel(frames).half().numpy() for name in modalities}
    data = Data("actions", clips=Clips(input="both", flow_stack=4))
    run = Run(
        network="gong2022", arguments=options(frames=frames, **arguments), data=data, recipe=Recipe(epochs=8), seed=seed
    )
    made: MadeUp = record(run, 0.5)
    return Photographs(run, 0.5, values=made.values, tensors=tensors)


def test_figure4_has_the_printed_values_and_every_seed() -> None:
    result = figure4.draw([trained(seed) for seed in range(3)], "laptop")
    table = result.table.set_index(["row", "column"])
    values = [table.at[(f"{n} cell{'s' * (n != 1)} apart along x or y", "geometry"), "value"] for n in (0, 1, 2, 3, 6)]
    assert values == pytest.approx([6.91, 0.00, -0.69, -1.10, -1.79], abs=5e-3)
    assert [table.at[(f"{n} of 6 frames apart", "geometry"), "value"] for n in (1, 2, 5)] == pytest.approx(
        [1.79, 1.10, 0.18], abs=5e-3
    )
    counts = [
        table.at[(f"neighbours, {metric}", "cells"), "value"] for metric in ("chebyshev", "euclidean", "manhattan")
    ]
    assert counts == pytest.approx([68.7, 23.8, 18.9], abs=0.05)
    for column in ("colour", "flow", "equal weights"):
        for axis in ("x", "y", "t"):
            where = [f"{n} {'frame' if axis == 't' else 'cell'}{'s' * (n != 1)} away along {axis}" for n in range(3)]
            assert sum(table.at[(row, column), "value"] for row in where) == pytest.approx(1, abs=1e-6)
    assert table.at[("entropy (1: all equal)", "equal weights"), "value"] == pytest.approx(1)
    assert table.at[("the cell itself", "equal weights"), "value"] == pytest.approx(1 / 125)
    seeds = table.at[("the cell itself", "colour"), "seed_values"].split(";")
    kernels = [trained(seed).inside()["0/rgb.kernel"].astype(float) for seed in range(3)]
    assert [float(value) for value in seeds] == pytest.approx([k[2, 2, 2] / k.sum() for k in kernels], rel=1e-4)
    assert [claim["verdict"] for claim in result.claims] == ["stands"]
    assert result.claims[0]["claim_id"] == "gong2022.claim.geometry-decreases"
    assert "6.91, 0.00, \N{MINUS SIGN}0.69" in result.claims[0]["ours"] and "3 seeds" in result.protocol


@pytest.mark.parametrize(
    "arguments", [{}, {"graph_metric": "manhattan"}, {"self_loop": False}, {"graph_radius": 1, "geom_eps": 0.1}]
)
def test_weights_drawn_are_those_of_the_module_at_every_cell(arguments: dict[str, Any]) -> None:
    """At borders too: the dense weights of the STC module are the reference."""
    torch.manual_seed(1)
    made = trained(frames=4, **arguments)
    rules = graph(made.run)
    module = Consistency(rules.metric, rules.radius, rules.itself, eps=rules.eps)
    shape = (4, 3, 5)
    with torch.no_grad():
        dense, kernel = module.weights(*shape).numpy(), module.kernel(4).numpy()
    for number, cell in enumerate(np.ndindex(*shape)):
        found = weights_at(kernel, shape, cell)  # type: ignore[arg-type]
        np.testing.assert_allclose(found.ravel(), dense[number], atol=1e-6)
        np.testing.assert_array_equal(found > 0, rules.among(shape, cell))  # type: ignore[arg-type]


def test_the_first_seed_is_drawn_on_its_own_frames() -> None:
    figure = figure4.draw([trained(3, frames=4), trained(4, frames=4)], "laptop").figure
    said = text_of(figure)
    assert (
        "frame 4" in said
        and "frame 5" not in said
        and "seed 3" in said
        and "2 seeds trained, the first is shown" in said
    )
    kernel, shape = trained(3, frames=4).inside()["0/flow.kernel"].astype(float), (4, SIDE, SIDE)
    cell = middle(shape)
    wanted = weights_at(kernel, shape, cell) * neighbours(shape, cell, 2).sum()
    pictures = [
        part.images[0].get_array()
        for part in figure.axes[0].child_axes
        if part.images and part.images[0].get_array().shape == (7, 7)
    ]
    assert len(pictures) == 3 * 4
    shown, span = np.ma.filled(np.ma.stack(pictures[8:]), np.nan), 2.0**4
    inside = ~np.isnan(shown)
    np.testing.assert_allclose(shown[inside].clip(1 / span, span), wanted[inside].clip(1 / span, span), rtol=1e-6)
    assert crossing(figure) == [] and width(figure) < 7.6


def test_one_modality_and_one_seed_are_enough() -> None:
    result = figure4.draw([trained(modalities=("rgb",))], "smoke")
    assert (
        "flow" not in set(result.table["column"]) and result.table["low"].isna().all() and "1 seed" in result.protocol
    )


def test_runs_without_weights_of_geometry_are_left_out() -> None:
    other = trained(1, stc_content="dot"), trained(2, stc=False)
    found = figure4.with_kernels([*other, trained(), trained(), trained(5), trained(6, frames=4)])
    assert [made.run for made in found] == [trained().run, trained(5).run]
    with pytest.raises(ValueError, match="None of these runs has an STC whose weights follow from geometry alone"):
        figure4.with_kernels(other)


def test_a_graph_is_read_from_the_arguments() -> None:
    assert graph(trained().run) == figure4.Graph(FRAMES, 2, "chebyshev", EPS, True)
    made = trained(frames=3, graph_radius=1, graph_metric="euclidean", geom_eps=0.5, self_loop=False)
    assert graph(made.run) == figure4.Graph(3, 1, "euclidean", 0.5, False) and graph(made.run).grid == (3, 7, 7)
