"""Figure 1 of ackerly2025: what is drawn is what was built, and nothing hides anything."""

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from drawn import crossing
from tiny_runs import counted

from repro.papers.ackerly2025 import figure1
from repro.papers.ackerly2025.settings import OURS
from repro.papers.plan import Done
from repro.spec import Run, options

FULL = {"input": (3, 1, 224, 224), "classes": 1000}
SHAPE = {"width": 8, "stages": 3, "layers": 1, "heads": 2, "ratio": 3, "dropout": 0.3}
OTHER = {"input": (2, 1, 48, 96), "classes": 7, "size": (48, 96)} | SHAPE


def built(arguments: dict[str, Any]) -> Done:
    """The network with its `cost` record, measured in this process."""
    run = Run("cost", "ackerly2025", options(**arguments))
    return Done(run, OURS, record=counted(run))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def full() -> Done:
    """The network at full size."""
    return built(FULL)


def words(done: Done) -> set[str]:
    return {text.get_text() for text in figure1.draw([done], "laptop").figure.axes[0].texts}


def test_the_network_drawn_is_the_network_built(full: Done) -> None:
    assert words(full) >= {
        "3 × 1 × 224²", "64 × 1 × 112²   1.13 GMACs", "128 + 256 + 256, linear 640 → 256",
        "the 14×14 places of stage 4", "4 heads of 196 × 196 weights, dₖ = 64", "dropout 0.1, linear 256 → 1,000",
    }  # fmt: skip


def test_another_network_is_drawn_otherwise() -> None:
    texts = words(built(OTHER))
    assert texts >= {
        "2 × 1 × 48 × 96", "8 + 16 + 32, linear 56 → 32", "the 6×12 places of stage 3",
        "2 heads of 72 × 72 weights, dₖ = 16", "dropout 0.3, linear 32 → 7",
    }  # fmt: skip
    assert "attention 2, eq. (1)" not in texts and "stage 4" not in texts


@pytest.mark.parametrize("changes", [{}, {"width": 256, "stem_stride": 1, "layers": 3}, OTHER])
def test_nothing_overlaps(changes: dict[str, Any]) -> None:
    figure = figure1.draw([built(FULL | changes)], "laptop").figure  # boxes that overlap are refused
    assert crossing(figure) == []


def test_the_input_is_added_only_where_shapes_agree(full: Done) -> None:
    assert "its input is added only where shapes agree" in words(full)
    done = deepcopy(full)
    done.record.values["shapes"]["stem"] = [32, 1, 112, 112]
    diagram = figure1.diagram(figure1.Network(done.record))
    assert "plus" not in diagram.nodes and ("join", "relu") in [(edge.start, edge.end) for edge in diagram.edges]
    assert not any("shapes agree" in text for text in words(done))


def test_the_table_has_every_stage_and_every_network(full: Done) -> None:
    run = Run("cost", "mlp", options(**FULL))
    record: Any = SimpleNamespace(run=run, values={"macs": 2_000_000, "parameters": 5})
    result = figure1.draw([full, Done(run, "MLP", record=record)], "laptop")
    table = result.table
    sizes = table[table["column"] == "size"].set_index("row")["value"]
    assert len(sizes) == 7 and sizes["stage 2"] == "128x1x56x56" and sizes["attention 1"] == "196x256"
    whole = table[table["row"].str.endswith("in all")].set_index(["row", "column"])["value"]
    assert whole["Ours, in all", "parameters"] == full.record.values["parameters"]
    assert whole["MLP, in all", "MACs"] == 0.002
    assert table["paper"].isna().all() and result.claims == []
