"""Which rows of Tables 2 to 4 get their own learning rate, and the rates tried: what
`benchmarks/learning_rate.py` trains.
"""

from collections.abc import Sequence

from repro.papers.gong2022.settings import BASELINES, BOTH, LEARNING_RATES, SECOND, at
from repro.papers.gong2022.trainings import ON_FRAMES, trained
from repro.papers.plan import Planned


def plan(scale: str) -> list[Planned]:
    """Every row as it is trained with the first seed; our own is the one with both modules and
    pretrained backbones.
    """
    settings, rows = at(scale), []
    for row in (*BASELINES, BOTH):
        columns = dict([settings.first, settings.second]) | settings.ablation
        if row in BASELINES and BASELINES[row].network not in ON_FRAMES:  # one that is in Tables 3 and 4 alone
            columns = dict([settings.first, settings.second] if row in SECOND else [settings.first])
        rows += [Planned(trained(scale, data, 0, row), row, column) for column, data in columns.items()]
    return rows


def rates(scale: str, row: str) -> Sequence[float]:
    """The same for every row at every scale."""
    return LEARNING_RATES
