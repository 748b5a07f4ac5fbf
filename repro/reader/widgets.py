"""Explore cells that all papers share. No network runs here; what is shown was stored with the
record.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from repro.evidence.controls import chosen, control, redrawn, refill
from repro.evidence.style import styled
from repro.papers.confused import behind, cell_words, player, shown_cell, worst
from repro.papers.records import named
from repro.runs.store import Record

NOTHING = "nothing"


def explore_confusion(records: Sequence[Record]) -> Any:
    """Choose a run, and perhaps another to stand beside it, see the confusion matrices: rows
    actual, columns predicted, normalised by row, counts in the cells. Choose a cell, see which
    clips are in it; a button plays them.
    """
    runs = named([record for record in records if "confusion" in record.values])
    if not runs:
        raise ValueError("None of these runs was scored. Run the artifact without --dry-steps.")
    first = next(iter(runs.values())).values
    start = worst(first["confusion"])
    run = control("SelectionSlider", "run", options=list(runs), width="60em")
    beside = control("Dropdown", "beside", options=[NOTHING, *runs], width="60em")
    cell = [
        control("Dropdown", what, options=_classes(first), value=at)
        for what, at in zip(("actual", "predicted"), start, strict=True)
    ]

    def draw() -> tuple[Any, str]:
        shown = [name for name in (run.value, beside.value) if name != NOTHING]
        for choice in cell:
            refill(choice, _classes(runs[run.value].values))
        at = [choice.value for choice in cell]
        words = [f"<p>{cell_words([runs[name]], *at)}</p>" for name in shown]
        return _matrices([runs[name].values for name in shown], at), "".join(words)

    def asked() -> tuple[Record, list[str]]:
        record = runs[run.value]
        return record, [*behind([record], *(choice.value for choice in cell))]

    keys = [record.key for record in runs.values()]
    return redrawn([run, beside, *cell], draw, player(asked), keys)


def _classes(values: dict[str, Any]) -> list[tuple[str, int]]:
    return [(str(name), at) for at, name in enumerate(values["classes"])]


@styled
def _matrices(several: Sequence[dict[str, Any]], cell: Sequence[int]) -> Any:
    """Confusion matrices side by side, the same cell outlined in each."""
    from matplotlib import pyplot as plt

    from repro.evidence.plots import confusion

    sides = [min(7.2, 2.1 + 0.5 * len(values["classes"])) for values in several]
    size = (sum(sides), max(sides) - 0.6)
    figure, axes = plt.subplots(1, len(sides), figsize=size, squeeze=False, layout="constrained")
    for ax, values in zip(axes[0], several, strict=True):
        title = f"accuracy {values['top1']:.2f}, n = {values['n']}, chance {values['chance']:.2f}"
        confusion(np.asarray(values["confusion"]), values["classes"], ax, title=title)
        shown_cell(ax, cell[0], cell[1])
    return figure


def explore_costs(records: Sequence[Record]) -> Any:
    """Choose a configuration, see its modules' MACs and parameters, in the network's order."""
    counted = [record for record in records if record.run.task == "cost"]
    several = len({record.run.network for record in counted}) > 1
    runs = {
        f"{record.run.network}: {_arguments(record)}" if several else _arguments(record): record for record in counted
    }

    def draw(configuration: str) -> Any:
        from repro.evidence.plots import module_costs

        return module_costs(runs[configuration].values["modules"]).figure

    return chosen("network", list(runs), draw, [record.key for record in counted])


def _arguments(record: Record) -> str:
    switched = [f"{name} = {value}" for name, value in record.run.arguments if name not in ("input", "classes")]
    return ", ".join(switched) or "as printed"
