"""Which rows of Tables 2 to 4 get their own learning rate, and the rates tried: what
`benchmarks/learning_rate.py` trains.
"""

from collections.abc import Sequence
from dataclasses import replace

from repro.papers.gong2022.settings import BASELINES, BOTH, FOURTH, LEARNING_RATES, TSM, TSN, at
from repro.papers.gong2022.trainings import HEADS, frozen, on_maps, trained
from repro.papers.plan import Planned
from repro.spec import Data


def plan(scale: str) -> list[Planned]:
    """Every row as it is trained with the first seed, on the data set of Table 3, TSN, TSM and ours
    on those of Table 2 too; our own is the one with both modules and pretrained backbones, and so
    are the heads on stored maps.
    """
    settings, rows = at(scale), []
    third, fourth = ((column, data) for column, (data, *_) in (settings.first, settings.second))
    tables = {name: folds[0] for name, folds in settings.ablation.items()}
    for row in (*BASELINES, BOTH):
        sets = tables if row in (TSN, TSM, BOTH) else dict([fourth] if row in FOURTH else [third])
        rows += [Planned(trained(scale, official(one), 0, row), row, name) for name, one in sets.items()]
    name, (data, *_) = next(iter(frozen(settings).items()))
    return [*rows, Planned(on_maps(scale, official(data), 0, {}), HEADS, name)]


def official(data: Data) -> Data:
    """The same set as its own lists split it, whose training side the rates are chosen on."""
    return replace(data, split="official")


def rates(scale: str, row: str) -> Sequence[float]:
    """The same for every row at every scale."""
    return LEARNING_RATES
