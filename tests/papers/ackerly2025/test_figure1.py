"""Figure 1 of ackerly2025: what is drawn is what was built, and nothing hides anything."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import pytest
from matplotlib import pyplot as plt
from matplotlib.transforms import Bbox
from tiny_runs import execute

from repro.papers.ackerly2025.structure import Built, figure1, network
from repro.spec import Run, options

FULL = {"input": (3, 1, 224, 224), "classes": 1000}
OTHER = {
    "input": (2, 1, 48, 96),
    "classes": 7,
    "size": (48, 96),
    "width": 8,
    "stages": 3,
    "layers": 1,
    "heads": 2,
    "ratio": 3,
    "dropout": 0.3,
}


def record(arguments: dict[str, Any]) -> Any:
    matplotlib.use("Agg")
    run = Run("cost", "ackerly2025", options(**arguments))
    return SimpleNamespace(run=run, values=execute(run, Path()))


@pytest.fixture(scope="module")
def built() -> Any:
    """The record of the network at full size."""
    return record(FULL)


def words(records: list[Any]) -> set[str]:
    drawn = figure1(records, "laptop")
    said = {text.get_text() for text in drawn.figure.axes[0].texts}
    plt.close(drawn.figure)
    return said


def test_the_network_drawn_is_the_network_built(built: Any) -> None:
    assert words([built]) >= {
        "3 × 1 × 224²",
        "64 × 1 × 112²   1.13 GMACs",
        "256 × 1 × 14²   0.28 GMACs",
        "64 → 16",
        "128 + 256 + 256, linear 640 → 256",
        "the 14×14 places of stage 4",
        "+ learned positions, 196 × 256",
        "4 heads of 196 × 196 weights, dₖ = 64",
        "MLP 256 → 512 → 256   0.12 GMACs",
        "linear 512 → 2, softmax",
        "dropout 0.1, linear 256 → 1000",
        "eq. (2)",
        "of all weights, eq. (3)",
    }


def test_another_network_is_drawn_otherwise() -> None:
    said = words([record(OTHER)])
    assert said >= {
        "2 × 1 × 48 × 96",
        "8 × 1 × 24 × 48   0.00 GMACs",
        "8 → 2",
        "averages of stage 1 to 3",
        "8 + 16 + 32, linear 56 → 32",
        "the 6×12 places of stage 3",
        "+ learned positions, 72 × 32",
        "2 heads of 72 × 72 weights, dₖ = 16",
        "MLP 32 → 96 → 32   0.00 GMACs",
        "dropout 0.3, linear 32 → 7",
    }
    assert "attention 2, eq. (1)" not in said and "stage 4" not in said


def test_every_number_is_read_from_the_record(built: Any) -> None:
    values = deepcopy(built.values)
    values["shapes"]["stage3"] = [333, 1, 28, 28]
    next(row for row in values["modules"] if row["module"] == "spatial.stage2")["macs"] = 7_770_000_000
    outputs = {row["module"]: row for row in values["outputs"]}
    outputs["spatial.stage1.branches.2"] |= {"kernel_size": [9, 9], "shape": [21, 112, 112]}
    outputs["temporal"]["parameters"] += 256  # one position more
    said = words([SimpleNamespace(run=built.run, values=values)])
    assert said >= {
        "333 × 1 × 28²   0.59 GMACs",
        "128 + 333 + 256, linear 640 → 256",
        "128 × 1 × 56²   7.77 GMACs",
        "9×9",
        "64 → 21",
        "69 channels, batch norm, ReLU",
        "+ learned positions, 197 × 256",
    }


@pytest.mark.parametrize(
    "changes", [{}, {"width": 256, "stem_stride": 1, "layers": 3}, OTHER], ids=["paper", "wider", "small"]
)
def test_nothing_overlaps_and_nothing_is_cut(changes: dict[str, Any]) -> None:
    found = record(FULL | changes)
    boxes, _ = network(Built(found.values), (FULL | changes)["input"])
    drawn = figure1([found], "laptop")  # `diagram` refuses boxes that overlap
    drawn.figure.canvas.draw()
    ax = drawn.figure.axes[0]
    shown = [(text.get_text(), text.get_window_extent()) for text in ax.texts]
    inside = {line for box in boxes.values() for line in (box.name, *box.lines)}
    for i, (one, a) in enumerate(shown):
        assert not [other for other, b in shown[:i] if touching(a, b)], one
        assert drawn.figure.bbox.x0 <= a.x0 and a.x1 <= drawn.figure.bbox.x1
        if one not in inside:
            assert not [name for name, box in boxes.items() if touching(a, ax.transData.transform_bbox(box.extent))], (
                one
            )
    plt.close(drawn.figure)


def touching(a: Bbox, b: Bbox) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


def test_the_input_is_added_only_where_shapes_agree(built: Any) -> None:
    assert "plus" in network(Built(built.values), FULL["input"])[0]
    values = deepcopy(built.values)
    values["shapes"]["stem"] = [32, 1, 112, 112]
    boxes, arrows = network(Built(values), FULL["input"])
    assert "plus" not in boxes and ("join", "gives") in [(arrow.start, arrow.end) for arrow in arrows]
    assert "only where\nshapes agree" not in words([SimpleNamespace(run=built.run, values=values)])


def test_the_table_has_every_stage_and_every_network(built: Any) -> None:
    baseline = SimpleNamespace(run=Run("cost", "mlp", options(**FULL)), values={"macs": 2_000_000, "parameters": 5})
    drawn = figure1([built, baseline], "laptop")
    table = drawn.table
    sizes = table[table["column"] == "size"].set_index("row")["value"]
    assert dict(sizes)["stage 2"] == "128x1x56x56" and list(sizes.index)[:5] == [
        "stem",
        *(f"stage {i}" for i in range(1, 5)),
    ]
    whole = table[table["row"].str.endswith("in all")].set_index(["row", "column"])["value"]
    assert whole["Ours, in all", "parameters"] == built.values["parameters"] and whole["MLP, in all", "MACs"] == 0.002
    assert table["paper"].isna().all() and drawn.claims == []
    assert (
        "3 × 1 × 224 × 224 and 1,000 classes" in drawn.protocol
        and table["note"].str.contains("nothing is trained").all()
    )
    plt.close(drawn.figure)
