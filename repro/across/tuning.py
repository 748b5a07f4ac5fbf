"""What `benchmarks/learning_rate.py` tries: three rates for every network under one roof, on the
worlds of overnight. Its paper's own rate belongs to other inputs, another size or another start.
"""

from collections.abc import Sequence

from repro.across import roof
from repro.across.networks import ENTRANTS, own_rate
from repro.papers.plan import Planned

APART = 4.0  # from one rate to the next


def plan(scale: str) -> list[Planned]:
    """Every network with its first seed on every data set."""
    return [planned for planned in roof.plan(scale, 1) if planned.run.task != "cost"]


def rates(scale: str, row: str) -> Sequence[float]:
    """Around the rate that its paper found for it at a scale; for the trees, values of eta."""
    middle = own_rate(ENTRANTS[row], scale)
    return [middle / APART, middle, middle * APART]
