"""Which learning rates are tried for which rows, by `benchmarks/learning_rate.py`: every row of
Table 1.
"""

from collections.abc import Sequence

from repro.papers.ou2019 import table1
from repro.papers.ou2019.settings import LEARNING_RATES
from repro.papers.plan import Planned


def plan(scale: str) -> list[Planned]:
    """The first seed of every row on every data set of Table 1. Two-stream LSTM takes the rate of
    ours.
    """
    return table1.plan(scale, 1)


def rates(scale: str, row: str) -> Sequence[float]:
    """The rates tried, the same for every row and scale: of the first stage."""
    return LEARNING_RATES
