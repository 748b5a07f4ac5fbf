"""Figures 2 to 6 and 8 of ou2019: what is drawn is what was built, printed sizes agree, nothing
hides anything.
"""

import pytest
from drawn import crossing, width
from matplotlib import pyplot as plt
from ou_records import MACS, module
from tiny_runs import counted

from repro.evidence.style import PAGE
from repro.papers.ou2019 import figure3, structure
from repro.papers.plan import ArtifactResult, Done
from repro.spec import Run, options

OTHER = {
    "input": (7, 5, 64, 96), "classes": 7, "width": 16, "size": (64, 96), "hidden": 9, "dropout_fc6": 0.3, "norm": "bn"
}  # fmt: skip
NUMBERS = (2, 3, 4, 5, 6, 8)


@pytest.fixture(scope="module")
def built() -> list[Done]:
    """The costs of the network as printed and of the one that fuses at both levels."""
    plan = structure.plan("laptop", 0)
    return [Done(planned.run, planned.row, record=counted(planned.run)) for planned in plan]


@pytest.fixture(scope="module")
def other() -> list[Done]:
    """The same of a small network."""
    runs = [Run("cost", "ou2019", options(**OTHER | switch)) for switch in ({}, {"fusion": "both_levels"})]
    return [Done(run, record=counted(run)) for run in runs]


def drawn(number: int, given: list[Done]) -> ArtifactResult:
    result = module(f"figure{number}").draw(given, "laptop")
    plt.close(result.figure)
    return result


def words(number: int, given: list[Done]) -> set[str]:
    figure = drawn(number, given).figure
    assert figure is not None
    return {text.get_text() for text in figure.axes[0].texts}


TOLD = {
    2: {
        "3 → 64: 1.5 G", "8 → 64: 3.9 G", "512 × 17 × 14²", "conv3-512", "FC-4096 (fc6)", "25,088 → 4,096", "FC-1000"
    },
    3: {
        "1024 × 17 × 14²", "3-D convolution 3×3×3", "14.2 M weights, 47.2 GMACs", "pool5, 25,088 → 4,096",
        "188.8 M weights in the whole network", "291.5 M weights in the whole network",
    },
    4: {"100,352, 4,096", "or 202", "101 → 404", "404 = 4 × 101", "over 101"},
    5: {
        "512 × 14²", "100,352 → 101, eq. (7), (8)", "40.6 M weights, 0.69 GMACs", "4096, dropout 0.5",
    },
    6: {"x₁₇", "h₁", "(b) LN_LSTM*: 100,352 or 4,096 numbers", "of every frame, every state, 101"},
    8: {
        "t + 16τ", "4 fields", "8 × 224²", "15.3 GMACs", "15.5 GMACs", "3×3×3, 1,024 → 512, 47.2 GMACs in all",
    },
}  # fmt: skip
TOLD_OF_OTHER = {
    2: {"3 → 16: 0.0 G", "4 → 16: 0.0 G", "128 × 5 × 4 × 6", "conv3-128", "to 2 × 3", "FC-1024 (fc6)", "768 → 1,024"},
    3: {"256 × 5 × 4 × 6", "256 → 128", "pool5, 768 → 1,024"},
    4: {"3,072, 1,024", "or 18", "9 → 36", "36 = 4 × 9"},
    5: {"128 × 4 × 6", "3,072 → 9, eq. (7), (8)", "9 + 9 = 18", "1024, dropout 0.3", "9 → 7 classes"},
    6: {"x₅", "(a) LN_LSTM: 18 numbers of every frame,", "the last state, 9"},
    8: {"t + 4τ", "2 fields", "4 × 64 × 96", "3×3×3, 256 → 128, 0.1 GMACs in all", "18 → 9", "9 → 7 classes"},
}


@pytest.mark.parametrize("number", NUMBERS)
def test_the_network_drawn_is_the_network_built(number: int, built: list[Done], other: list[Done]) -> None:
    assert words(number, built) >= TOLD[number]
    assert words(number, other) >= TOLD_OF_OTHER[number]


@pytest.mark.parametrize("number", NUMBERS)
def test_every_printed_size_is_the_built_one(number: int, built: list[Done]) -> None:
    result = drawn(number, built)
    printed = result.table.dropna(subset=["paper"])
    agree = printed["paper"].astype(str).str.removesuffix(".0") == printed["value"].astype(str).str.removesuffix(".0")
    assert len(printed) == {2: 2, 3: 0, 4: 3, 5: 8, 6: 8, 8: 9}[number]
    left_out = ["fully connected layers"] if number == 2 else []  # fc7 and fc8
    assert list(printed[~agree]["row"]) == left_out
    assert [claim["verdict"] for claim in result.claims] == (["stands"] if number == 3 else [])
    assert "11 × 17 × 224² (C T H W) and 101 classes" in result.protocol


def test_the_tables_costs_add_up(built: list[Done]) -> None:
    whole = drawn(8, built).table.set_index(["row", "column"])["value"]
    parts = [name for name, column in whole.index if column == "cost" and name != "in all"]
    for column, total in (("cost", MACS / 1e9), ("weights", 188_767_432)):
        assert whole["in all", column] == pytest.approx(total, rel=1e-5)
        assert sum(whole[name, column] for name in parts) == pytest.approx(total, rel=1e-5)
    layers = drawn(2, built).table.groupby("column")["value"].sum()
    assert layers["flow, cost"] == pytest.approx(whole["VGG-16 on flow", "cost"])
    cell = drawn(4, built).table.set_index(["row", "column"])["value"]
    assert cell["LN_LSTM on both", "norms"] == 2 * (4 + 1) * 101  # a gain and an offset for four gates and the cell
    one, both = structure.networks(built)
    assert [figure3.full_weights(network) for network in (one, both)] == [102_764_544, 2 * 102_764_544]


@pytest.mark.parametrize("size", ["built", "other"])
@pytest.mark.parametrize("number", NUMBERS)
def test_nothing_overlaps_and_nothing_is_cut(number: int, size: str, request: pytest.FixtureRequest) -> None:
    figure = drawn(number, request.getfixturevalue(size)).figure  # which refuses boxes that overlap
    assert figure is not None and crossing(figure) == [] and width(figure) <= PAGE + 0.1
    boxes = [patch.get_window_extent() for patch in figure.axes[0].patches if type(patch).__name__ == "FancyBboxPatch"]
    for text in figure.axes[0].texts:
        a = text.get_window_extent()
        around = [b for b in boxes if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1]
        assert len(around) <= 1 and all(b.x0 < a.x0 and a.x1 < b.x1 for b in around), text.get_text()
