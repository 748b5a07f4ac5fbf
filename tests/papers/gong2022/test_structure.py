"""Figures 1, 2, 3 and 5 and Table 1: what is drawn is what was built, printed sizes agree, nothing
hides anything.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest
from drawn import crossing, width, words
from gong import artifact, record
from tiny_runs import counted

from repro.papers.gong2022 import figure1, figure2, table1
from repro.papers.plan import ArtifactResult, Done
from repro.spec import SCALES, Clips, Data, Run, options

NARROW = {"width": 8, "blocks": (1, 1, 1, 1)}
SIZES = {
    "paper": {"input": (13, 6, 224, 224), "classes": 400},
    "small": {"input": (7, 4, 64, 96), "classes": 7, "frames": 4, "heads": 4, "halvings": 4} | NARROW,
}  # fmt: skip
EXPECTED = {  # number, size -> words of the drawing
    (3, "paper"): ["3 channels", "5 fields of 2", "6 frames each", "400 classes"],
    (3, "small"): ["3 channels", "2 fields of 2", "4 frames each", "7 classes"],
    (5, "paper"): [
        "3 × 6 × 224²", "10 × 6 × 224²", "64 × 112², 256 × 56², 512 × 28²,", "1024 × 14², 2048 × 7² of a frame",
        "6 × 7.80 = 46.8 GMACs", "6 × 8.07 = 48.4 GMACs", "2048 × 6 × 7²", "128 weights, 0.08 GMACs",
        "8 heads of 256: each of 294 nodes looks at 294", "no weights, 0.71 GMACs", "294 × 2048 → 2048 → 400",
        "the paper prints 46.8 GFLOPs for 8 and for 16 segments",
        "one segment: 96.10 GMACs 8 segments: 769 GMACs 16 segments: 1,538 GMACs 86.7 M weights",
    ],
    (5, "small"): ["4 × 4 × 64 × 96", "256 × 4 × 4 × 6", "4 heads of 64: each of 96 nodes looks at 96", "96 × 256 →"],
}  # fmt: skip


@cache
def built(size: str) -> list[Any]:
    """The network of this size, counted on the meta device."""
    run = Run("cost", "gong2022", options(**SIZES[size]))
    return [Done(run, record=counted(run))]


def figure(number: int, done: list[Any]) -> ArtifactResult:
    return artifact(f"figure{number}").draw(done, "laptop")


def texts(result: ArtifactResult) -> str:
    """All words of a drawing, the lines of a box joined."""
    return " ".join(words(result.figure).replace(" | ", " ").split())


@pytest.mark.parametrize(("number", "size"), EXPECTED)
def test_the_network_drawn_is_the_network_built_and_nothing_overlaps(number: int, size: str) -> None:
    result = figure(number, built(size))
    assert artifact(f"figure{number}").plan("smoke", 0)[0].run == built("paper")[0].run
    assert [text for text in EXPECTED[number, size] if text not in texts(result)] == []
    assert crossing(result.figure) == [] and width(result.figure) < 7.4


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("column", ["weights", "cost of a segment"])
def test_the_parts_add_up(size: str, column: str) -> None:
    table = figure(3, built(size)).table.set_index(["row", "column"])["value"]
    parts = [value for (row, where), value in table.items() if where == column and row != "in all"]
    assert len(parts) == 7 and sum(parts) == pytest.approx(table["in all", column])


@pytest.mark.parametrize("scale", SCALES)
def test_printed_settings_stand_beside_ours(scale: str) -> None:
    result = table1.draw([], scale)
    table, ours = result.table.set_index(["row", "column"]), result.table[result.table["value"].notna()]
    assert [table.at[("lr", f"Kinetics-{n}"), "paper"] for n in (400, 600)] == [0.008, 0.012]
    assert set(ours[ours["row"] == "optimizer"]["value"]) == {"adamw"} and len(set(ours["column"])) == 2
    together = result.table["paper"].notna() & result.table["value"].notna()
    assert together.any() == (scale == "paper")  # numbers of other data have columns of their own
    assert (ours[ours["row"] == "schedule"]["note"] == "not given in the paper").all()


def test_figures_1_and_2_show_one_clip() -> None:
    run = Run("contact_sheet", data=Data("actions", clips=Clips(clip_length=4, clip_stride=1)))
    frames = np.random.default_rng(0).integers(0, 256, (1, 4, 28, 28, 3), dtype=np.uint8)
    frames[..., 24:, 24:, :] = 50  # rests
    made = record(run, 1.0, tensors={"frames": frames})
    made.values.update(classes=["jump"], names=["clip 0"])
    first, second = (module.draw([Done(run, record=made)], "laptop") for module in (figure1, figure2))
    assert first.frames and second.frames and list(first.table["value"]) == ["clip 0"]
    cells = second.table.set_index(["column", "row"])["value"]
    assert cells["cell that changes least", "frame 3"] == "row 7, column 7" and "generated clip" in first.protocol
    assert {"frame 1", "frame 4", "cell that changes least"} <= set(words(second.figure).split(" | "))
    assert crossing(second.figure) == []
