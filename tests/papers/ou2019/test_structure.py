"""Figures 2-6 and 8 of ou2019: what is drawn is what was built, printed sizes agree, nothing hides
anything.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import pytest
from matplotlib import pyplot as plt
from matplotlib.transforms import Bbox

from repro.papers.ou2019 import structure
from repro.spec import Run, options
from repro.tasks import cost

FULL = {"input": (11, 17, 224, 224), "classes": 101}
OTHER = {
    "input": (7, 5, 64, 96),
    "classes": 7,
    "width": 16,
    "size": (64, 96),
    "hidden": 9,
    "dropout_fc6": 0.3,
    "norm": "bn",
}
NUMBERS = (2, 3, 4, 5, 6, 8)


def records(**arguments: Any) -> list[Any]:
    """The costs of the network as printed and of the one that fuses at both levels."""
    found = []
    for switch in ({}, {"fusion": "both_levels"}):
        run = Run("cost", "ou2019", options(**arguments | switch))
        found.append(
            SimpleNamespace(
                run=run, values=cost.execute(run, Path(), device="cpu", root=None, cache=Path(), parents=[])
            )
        )
    return found


@pytest.fixture(scope="module")
def built() -> list[Any]:
    matplotlib.use("Agg")
    return records(**FULL)


@pytest.fixture(scope="module")
def other() -> list[Any]:
    matplotlib.use("Agg")
    return records(**OTHER)


def drawn(number: int, given: list[Any]) -> Any:
    result = getattr(structure, f"figure{number}")(given, "laptop")
    plt.close(result.figure)
    return result


def words(number: int, given: list[Any]) -> set[str]:
    return {text.get_text() for text in drawn(number, given).figure.axes[0].texts}


SAID = {
    2: {
        "3 → 64: 1.5 G",
        "8 → 64: 3.9 G",
        "512 × 17 × 14²",
        "conv3-512",
        "to 7²",
        "FC-4096 (fc6)",
        "25,088 → 4,096",
        "FC-1000",
    },
    3: {
        "1024 × 17 × 14²",
        "3-D convolution 3×3×3",
        "14.2 M weights, 47.2 GMACs",
        "pool5, 25,088 → 4,096",
        "4096 of every frame, averaged",
        "(a) at the convolution, as in the paper\n188.8 M weights in the whole network",
        "(b) at the convolution and at fc6\n291.5 M weights in the whole network",
    },
    4: {"100,352, 4,096", "or 202", "101 → 404", "404 = 4 × 101", "over 101"},
    5: {
        "512 × 14²",
        "100,352 → 101, eq. (7), (8)",
        "40.6 M weights, 0.69 GMACs",
        "101 + 101 = 202",
        "4096, dropout 0.5",
        "101 → 101 classes",
    },
    6: {"x₁₇", "h₁", "(b) LN_LSTM*: 100,352 or 4,096 numbers\nof every frame, every state, 101"},
    8: {
        "t + 16τ",
        "4 fields",
        "8 × 224²",
        "15.3 GMACs",
        "15.5 GMACs",
        "3×3×3, 1,024 → 512, 47.2 GMACs in all",
        "pool5, fc6: 4096",
        "202 → 101",
    },
}
SAID_OF_OTHER = {
    2: {"3 → 16: 0.0 G", "4 → 16: 0.0 G", "128 × 5 × 4 × 6", "conv3-128", "to 2 × 3", "FC-1024 (fc6)", "768 → 1,024"},
    3: {"256 × 5 × 4 × 6", "256 → 128", "pool5, 768 → 1,024"},
    4: {"3,072, 1,024", "or 18", "9 → 36", "36 = 4 × 9"},
    5: {"128 × 4 × 6", "3,072 → 9, eq. (7), (8)", "9 + 9 = 18", "1024, dropout 0.3", "9 → 7 classes"},
    6: {"x₅", "(a) LN_LSTM: 18 numbers of every frame,\nthe last state, 9"},
    8: {"t + 4τ", "2 fields", "4 × 64 × 96", "3×3×3, 256 → 128, 0.1 GMACs in all", "18 → 9", "9 → 7 classes"},
}


@pytest.mark.parametrize("number", NUMBERS)
def test_the_network_drawn_is_the_network_built(number: int, built: list[Any], other: list[Any]) -> None:
    assert words(number, built) >= SAID[number]
    assert words(number, other) >= SAID_OF_OTHER[number]


@pytest.mark.parametrize("number", NUMBERS)
def test_every_printed_size_is_the_built_one(number: int, built: list[Any]) -> None:
    result = drawn(number, built)
    printed = result.table.dropna(subset=["paper"])
    agree = printed["paper"].astype(str).str.removesuffix(".0") == printed["value"].astype(str).str.removesuffix(".0")
    assert len(printed) == {2: 2, 3: 0, 4: 3, 5: 8, 6: 8, 8: 9}[number]
    assert list(printed[~agree]["row"]) == (
        ["fully connected layers"] if number == 2 else []
    )  # fc7 and fc8 are left out
    assert [claim["verdict"] for claim in result.claims] == (["stands"] if number == 3 else [])
    assert "11 × 17 × 224² (C T H W) and 101 classes" in result.protocol


def test_the_tables_costs_add_up(built: list[Any]) -> None:
    whole = drawn(8, built).table.set_index(["row", "column"])["value"]
    parts = [name for name, column in whole.index if column == "cost" and name != "in all"]
    for column, total in (("cost", 573.88), ("weights", 188_767_432)):
        assert (
            sum(whole[name, column] for name in parts)
            == pytest.approx(whole["in all", column])
            == pytest.approx(total, rel=1e-5)
        )
    layers = drawn(2, built).table
    for backbone, part in (("colour", "VGG-16 on colour"), ("flow", "VGG-16 on flow")):
        assert layers[layers["column"] == f"{backbone}, cost"]["value"].sum() == pytest.approx(whole[part, "cost"])
        assert layers[layers["column"] == f"{backbone}, weights"]["value"].sum() == whole[part, "weights"]
    cell = drawn(4, built).table.set_index(["row", "column"])["value"]
    assert cell["LN_LSTM on both", "norms"] == 2 * (4 + 1) * 101  # a gain and an offset for four gates and the cell


def test_every_number_is_read_from_the_record(built: list[Any]) -> None:
    changed = deepcopy(built)
    for record in changed:
        outputs = {row["module"]: row for row in record.values["outputs"]}
        macs = {row["module"]: row for row in record.values["modules"]}
        outputs["fusion.conv"]["kernel_size"] = [5, 1, 1]
        outputs["dropout_lstm"]["share"] = 0.35
        macs["fusion"]["macs"] = 7_700_000_000
        record.values["shapes"]["rgb.conv13"] = [512, 17, 13, 13]
    assert "512 × 17 × 13²" in words(3, changed)
    assert "dropout 0.35" in words(5, changed)
    assert "5×1×1, 5,529 → 512, 7.7 GMACs in all" in words(8, changed)  # what a kernel reads follows from its weights


def test_weights_of_the_two_schemes(built: list[Any]) -> None:
    assert structure.fc_parameters(built) == structure.fc_parameters(built[::-1]) == (102_764_544, 2 * 102_764_544)


@pytest.mark.parametrize("size", ["paper", "small"])
@pytest.mark.parametrize("number", NUMBERS)
def test_nothing_overlaps_and_nothing_is_cut(number: int, size: str, built: list[Any], other: list[Any]) -> None:
    result = getattr(structure, f"figure{number}")(
        built if size == "paper" else other, "laptop"
    )  # `diagram` refuses boxes that overlap
    result.figure.canvas.draw()
    ax = result.figure.axes[0]
    shown = [(text.get_text(), text.get_window_extent()) for text in ax.texts]
    for i, (one, a) in enumerate(shown):
        assert not [name for name, b in shown[:i] if touching(a, b)], one
        assert result.figure.bbox.x0 <= a.x0 and a.x1 <= result.figure.bbox.x1
        boxes = [patch.get_window_extent() for patch in ax.patches if type(patch).__name__ == "FancyBboxPatch"]
        around = [box for box in boxes if touching(a, box)]
        assert len(around) <= 1 and all(box.x0 < a.x0 and a.x1 < box.x1 for box in around), one
    assert result.figure.get_figwidth() < 7.3
    plt.close(result.figure)


def touching(a: Bbox, b: Bbox) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1
