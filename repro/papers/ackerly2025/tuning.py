"""What `benchmarks/learning_rate.py` tries: three rates for every row of Table 1 that is trained
from nothing, on every data set of a scale.
"""

from collections.abc import Sequence

from repro.papers.ackerly2025 import table1
from repro.papers.ackerly2025.settings import ON_FEATURES, REFERENCE, TREES
from repro.papers.plan import Planned

LEARNING_RATES = (0.0005, 0.002, 0.008)
ETAS = (0.05, 0.2, 0.8)  # the same for the trees: how much of each round's correction is taken
AT_LAPTOP = (0.0007, 0.002, 0.006), (0.05, 0.1, 0.3)


def plan(scale: str) -> list[Planned]:
    """Table 1 with its first seed; the rates chosen are those of `learning_rates.csv`."""
    return [planned for planned in table1.plan(scale, 1) if planned.row not in REFERENCE]


def rates(scale: str, row: str) -> Sequence[float]:
    """The rates tried for a row at a scale; for the trees they are values of eta."""
    of_networks, of_trees = AT_LAPTOP if scale == "laptop" else (LEARNING_RATES, ETAS)
    return of_trees if ON_FEATURES.get(row, row) == TREES else of_networks
