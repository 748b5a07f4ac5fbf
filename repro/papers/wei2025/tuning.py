"""Which runs choose the learning rates of wei2025, by `benchmarks/learning_rate.py`."""

from collections.abc import Sequence
from dataclasses import replace

from repro.papers.plan import Planned
from repro.papers.wei2025.settings import ABLATION, COMPARISON, HIGHER, LEARNING_RATES, ablation, training


def plan(scale: str) -> list[Planned]:
    """One training of every row of Tables 3 and 4 on each data set that decides, as its own lists
    split it; "Ours" is a row of Table 3.
    """
    rows = [*ABLATION, *(row for row in COMPARISON if row != "Ours")]
    sets = {column: replace(data, split="official") for column, (data, *_) in ablation(scale).columns.items()}
    return [Planned(training(scale, row, data), row, column) for column, data in sets.items() for row in rows]


def rates(scale: str, row: str) -> Sequence[float]:
    """The values that are tried."""
    return HIGHER if scale == "overnight" else LEARNING_RATES
