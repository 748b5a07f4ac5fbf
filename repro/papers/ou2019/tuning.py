"""Which learning rates are tried for which rows, by `benchmarks/learning_rate.py`: every row of
Table 1.
"""

from collections.abc import Sequence

from repro.papers.ou2019 import table1
from repro.papers.ou2019.settings import LEARNING_RATES, setup
from repro.papers.plan import Planned


def plan(scale: str) -> list[Planned]:
    """The first seed of every row on every data set that Table 1 is judged on; of the folds of a
    cross-validation one, since rates are chosen on the official training clips. Two-stream LSTM
    takes the rate of ours.
    """
    found: dict[tuple[str, str], Planned] = {}
    for planned in table1.plan(scale, 1):
        if planned.column in setup(scale).judged:
            found.setdefault((planned.row, planned.column), planned)
    return list(found.values())


def rates(scale: str, row: str) -> Sequence[float]:
    """The rates tried, the same for every row and scale: of the first stage."""
    return LEARNING_RATES
