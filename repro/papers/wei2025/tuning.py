"""Which runs choose the learning rates of wei2025, by `benchmarks/learning_rate.py`."""

from collections.abc import Sequence

from repro.papers.plan import Planned
from repro.papers.wei2025 import table3, table4
from repro.papers.wei2025.settings import ABLATION, COMPARISON, HIGHER, LEARNING_RATES, ablation


def plan(scale: str) -> list[Planned]:
    """The first seed of Tables 3 and 4 without folds and halves; "Ours" is a row of Table 3."""
    runs, columns = table3.plan(scale, 1) + table4.plan(scale, 1), ablation(scale).columns
    return [p for p in runs if p.row in {*ABLATION, *COMPARISON} - {"Ours"} and p.column in columns]


def rates(scale: str, row: str) -> Sequence[float]:
    """The values that are tried."""
    return HIGHER if scale == "overnight" else LEARNING_RATES
