"""Structure figures of ackerly2025, gong2022 and ou2019: what is drawn is what was built, printed
sizes agree, costs add up, nothing hides anything.
"""

from copy import deepcopy
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drawn import crossing, width, words
from made_up import MadeUp
from ou_records import MACS
from tiny_runs import counted

from repro.evidence.style import PAGE
from repro.papers.ackerly2025 import figure1 as ackerly
from repro.papers.gong2022 import figure1, figure2, table1
from repro.papers.ou2019 import figure3, structure
from repro.papers.plan import ArtifactResult, Done
from repro.spec import SCALES, Clips, Data, Run, options

OU = {"input": (7, 5, 64, 96), "classes": 7, "width": 16, "size": (64, 96), "hidden": 9, "dropout_fc6": 0.3}
GONG = {"input": (7, 4, 64, 96), "classes": 7, "frames": 4, "heads": 4, "halvings": 4}
ACKERLY = {"input": (2, 1, 48, 96), "classes": 7, "size": (48, 96), "width": 8, "stages": 3, "layers": 1}
OTHER: dict[str, list[dict[str, Any]]] = {  # another network of each paper than the one that is printed
    "ackerly2025": [ACKERLY | {"heads": 2, "ratio": 3, "dropout": 0.3}],
    "gong2022": [GONG | {"width": 8, "blocks": (1, 1, 1, 1)}],
    "ou2019": [OU | {"norm": "bn"} | switch for switch in ({}, {"fusion": "both_levels"})],
}
TOLD = {  # paper, number of the figure -> words of the printed network, of the other
    ("ackerly2025", 1): ([
        "3 × 1 × 224²", "64 × 1 × 112²   1.13 GMACs", "128 + 256 + 256, linear 640 → 256",
        "the 14×14 places of stage 4", "4 heads of 196 × 196 weights, dₖ = 64", "dropout 0.1, linear 256 → 1,000",
        "its input is added only where shapes agree",
    ], [
        "2 × 1 × 48 × 96", "8 + 16 + 32, linear 56 → 32", "the 6×12 places of stage 3",
        "2 heads of 72 × 72 weights, dₖ = 16", "dropout 0.3, linear 32 → 7",
    ]),
    ("gong2022", 3): (["3 channels", "5 fields of 2", "6 frames each", "400 classes"],
                      ["3 channels", "2 fields of 2", "4 frames each", "7 classes"]),
    ("gong2022", 5): ([
        "3 × 6 × 224²", "10 × 6 × 224²", "64 × 112², 256 × 56², 512 × 28²,", "1024 × 14², 2048 × 7² of a frame",
        "6 × 7.80 = 46.8 GMACs", "6 × 8.07 = 48.4 GMACs", "2048 × 6 × 7²", "128 weights, 0.08 GMACs",
        "8 heads of 256: each of 294 nodes looks at 294", "no weights, 0.71 GMACs", "294 × 2048 → 2048 → 400",
        "the paper prints 46.8 GFLOPs for 8 and for 16 segments",
        "one segment: 96.10 GMACs 8 segments: 769 GMACs 16 segments: 1,538 GMACs 86.7 M weights",
    ], ["4 × 4 × 64 × 96", "256 × 4 × 4 × 6", "4 heads of 64: each of 96 nodes looks at 96", "96 × 256 →"]),
    ("ou2019", 2): (
        ["3 → 64: 1.5 G", "8 → 64: 3.9 G", "512 × 17 × 14²", "conv3-512", "FC-4096 (fc6)", "25,088 → 4,096", "FC-1000"],
        ["3 → 16: 0.0 G", "4 → 16: 0.0 G", "128 × 5 × 4 × 6", "conv3-128", "to 2 × 3", "FC-1024 (fc6)", "768 → 1,024"],
    ),
    ("ou2019", 3): ([
        "1024 × 17 × 14²", "3-D convolution 3×3×3", "14.2 M weights, 47.2 GMACs", "pool5, 25,088 → 4,096",
        "188.8 M weights in the whole network", "291.5 M weights in the whole network",
    ], ["256 × 5 × 4 × 6", "256 → 128", "pool5, 768 → 1,024"]),
    ("ou2019", 4): (["100,352, 4,096", "or 202", "101 → 404", "404 = 4 × 101", "over 101"],
                    ["3,072, 1,024", "or 18", "9 → 36", "36 = 4 × 9"]),
    ("ou2019", 5): (["512 × 14²", "100,352 → 101, eq. (7), (8)", "40.6 M weights, 0.69 GMACs", "4096, dropout 0.5"],
                    ["128 × 4 × 6", "3,072 → 9, eq. (7), (8)", "9 + 9 = 18", "1024, dropout 0.3", "9 → 7 classes"]),
    ("ou2019", 6): (
        ["x₁₇", "h₁", "(b) LN_LSTM*: 100,352 or 4,096 numbers", "of every frame, every state, 101"],
        ["x₅", "(a) LN_LSTM: 18 numbers of every frame,", "the last state, 9"],
    ),
    ("ou2019", 8): ([
        "t + 16τ", "4 fields", "8 × 224²", "15.3 GMACs", "15.5 GMACs", "3×3×3, 1,024 → 512, 47.2 GMACs in all",
    ], ["t + 4τ", "2 fields", "4 × 64 × 96", "3×3×3, 256 → 128, 0.1 GMACs in all", "18 → 9", "9 → 7 classes"]),
}  # fmt: skip
NUMBERS = [number for paper, number in TOLD if paper == "ou2019"]


def module(paper: str, number: int) -> Any:
    return import_module(f"repro.papers.{paper}.figure{number}")


@cache
def built(paper: str, printed: bool = True) -> list[Done]:
    """The networks, counted on the meta device."""
    first = next(number for name, number in TOLD if name == paper)
    planned = [(p.run, p.row) for p in module(paper, first).plan("smoke", 0) if p.run.network == paper]
    other = [(Run("cost", paper, options(**arguments)), "") for arguments in OTHER[paper]]
    return [Done(run, row or "Ours", record=counted(run)) for run, row in (planned if printed else other)]


@cache
def drawn(paper: str, number: int, printed: bool = True) -> ArtifactResult:
    return module(paper, number).draw(built(paper, printed), "laptop")


@pytest.mark.parametrize("printed", [True, False], ids=["printed", "other"])
@pytest.mark.parametrize(("paper", "number"), TOLD)
def test_the_network_drawn_is_the_network_built_and_nothing_overlaps(paper: str, number: int, printed: bool) -> None:
    figure, expected = drawn(paper, number, printed).figure, TOLD[paper, number][not printed]
    figure.draw_without_rendering()  # a closed one is not drawn by its canvas
    said = words(figure).replace(" | ", " ")
    said += " ".join(said.split())
    assert [text for text in expected if text not in said] == []
    assert crossing(figure) == [] and width(figure) <= PAGE + 0.2  # boxes that overlap are refused
    boxes = [patch.get_window_extent() for patch in figure.axes[0].patches if type(patch).__name__ == "FancyBboxPatch"]
    for text in figure.axes[0].texts:
        a = text.get_window_extent()
        around = [b for b in boxes if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1]
        assert len(around) <= 1 and all(b.x0 < a.x0 and a.x1 < b.x1 for b in around), text.get_text()


# ou2019


@pytest.mark.parametrize("number", NUMBERS)
def test_every_printed_size_of_ou2019_is_the_built_one(number: int) -> None:
    result = drawn("ou2019", number)
    printed = result.table.dropna(subset=["paper"])
    agree = printed["paper"].astype(str).str.removesuffix(".0") == printed["value"].astype(str).str.removesuffix(".0")
    assert len(printed) == {2: 2, 3: 0, 4: 3, 5: 8, 6: 8, 8: 9}[number]
    assert list(printed[~agree]["row"]) == ["fully connected layers"] * (number == 2)  # fc7 and fc8 are left out
    assert [claim["verdict"] for claim in result.claims] == ["stands"] * (number == 3)
    assert "11 × 17 × 224² (C T H W) and 101 classes" in result.protocol


def test_costs_of_ou2019_add_up() -> None:
    whole = drawn("ou2019", 8).table.set_index(["row", "column"])["value"]
    parts = [name for name, column in whole.index if column == "cost" and name != "in all"]
    for column, total in (("cost", MACS / 1e9), ("weights", 188_767_432)):
        assert whole["in all", column] == pytest.approx(total, rel=1e-5)
        assert sum(whole[name, column] for name in parts) == pytest.approx(total, rel=1e-5)
    layers = drawn("ou2019", 2).table.groupby("column")["value"].sum()
    assert layers["flow, cost"] == pytest.approx(whole["VGG-16 on flow", "cost"])
    cell = drawn("ou2019", 4).table.set_index(["row", "column"])["value"]
    assert cell["LN_LSTM on both", "norms"] == 2 * (4 + 1) * 101  # a gain and an offset for four gates and the cell
    weights = [figure3.full_weights(network) for network in structure.networks(built("ou2019"))]
    assert weights == [102_764_544, 2 * 102_764_544]


# gong2022


@pytest.mark.parametrize("printed", [True, False])
@pytest.mark.parametrize("column", ["weights", "cost of a segment"])
def test_costs_of_gong2022_add_up(printed: bool, column: str) -> None:
    table = drawn("gong2022", 3, printed).table.set_index(["row", "column"])["value"]
    parts = [value for (row, where), value in table.items() if where == column and row != "in all"]
    assert len(parts) == 7 and sum(parts) == pytest.approx(table["in all", column])


@pytest.mark.parametrize("scale", SCALES)
def test_printed_settings_of_gong2022_stand_beside_ours(scale: str) -> None:
    result = table1.draw([], scale)
    table, ours = result.table.set_index(["row", "column"]), result.table[result.table["value"].notna()]
    assert [table.at[("lr", f"Kinetics-{n}"), "paper"] for n in (400, 600)] == [0.008, 0.012]
    assert set(ours[ours["row"] == "optimizer"]["value"]) == {"adamw"}
    assert len(set(ours["column"])) == (1 if scale == "mini" else 2)
    together = result.table["paper"].notna() & result.table["value"].notna()
    assert together.any() == (scale == "paper")  # numbers of other data have columns of their own
    assert (ours[ours["row"] == "schedule"]["note"] == "not given in the paper").all()


def test_figures_1_and_2_of_gong2022_show_one_clip() -> None:
    run = Run("contact_sheet", data=Data("actions", clips=Clips(clip_length=4, clip_stride=1)))
    frames = np.random.default_rng(0).integers(0, 256, (1, 4, 28, 28, 3), dtype=np.uint8)
    frames[..., 24:, 24:, :] = 50  # rests
    made = MadeUp(run, 1.0, values={"classes": ["jump"], "names": ["clip 0"]}, tensors={"frames": frames})
    first, second = (module.draw([Done(run, record=made)], "laptop") for module in (figure1, figure2))
    assert first.frames and second.frames and list(first.table["value"]) == ["clip 0"]
    cells = second.table.set_index(["column", "row"])["value"]
    assert cells["cell that changes least", "frame 3"] == "row 7, column 7" and "generated clip" in first.protocol
    assert {"frame 1", "frame 4", "cell that changes least"} <= set(words(second.figure).split(" | "))
    assert crossing(second.figure) == []


# ackerly2025


def test_the_input_is_added_only_where_shapes_agree() -> None:
    (done,) = deepcopy(built("ackerly2025"))
    done.record.values["shapes"]["stem"] = [32, 1, 112, 112]
    diagram = ackerly.diagram(ackerly.Network(done.record))
    assert "plus" not in diagram.nodes and ("join", "relu") in [(edge.start, edge.end) for edge in diagram.edges]
    assert "shapes agree" not in words(ackerly.draw([done], "laptop").figure)


def test_the_table_of_ackerly2025_has_every_stage_and_every_network() -> None:
    (whole,), run = built("ackerly2025"), Run("cost", "mlp")
    record: Any = SimpleNamespace(run=run, values={"macs": 2_000_000, "parameters": 5})
    result = ackerly.draw([whole, Done(run, "MLP", record=record)], "laptop")
    table = result.table
    sizes = table[table["column"] == "size"].set_index("row")["value"]
    assert len(sizes) == 7 and sizes["stage 2"] == "128x1x56x56" and sizes["attention 1"] == "196x256"
    value = table.set_index(["row", "column"])["value"]
    assert value["Ours, in all", "parameters"] == whole.record.values["parameters"]
    assert value["MLP, in all", "MACs"] == 0.002 and table["paper"].isna().all() and result.claims == []
