"""What `benchmarks/learning_rate.py` tries: three rates for every row of Table 1 on every data set
of a scale.
"""

from collections.abc import Sequence

from repro.papers.ackerly2025 import table1
from repro.papers.ackerly2025.settings import TREES
from repro.papers.plan import Planned

LEARNING_RATES = {"mini": (0.0003, 0.001, 0.003)}  # of photographs
OF_WORLDS = (0.0007, 0.002, 0.006)
ETAS = (0.05, 0.1, 0.3)  # the same for the trees: how much of each round's correction is taken


def plan(scale: str) -> list[Planned]:
    """Table 1 with its first seed; the rates chosen are those of `learning_rates.csv`."""
    return table1.plan(scale, 1)


def rates(scale: str, row: str) -> Sequence[float]:
    """The rates tried for a row at a scale; for the trees they are values of eta."""
    return ETAS if row == TREES else LEARNING_RATES.get(scale, OF_WORLDS)
