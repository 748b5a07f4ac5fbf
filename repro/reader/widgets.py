"""Explore cells that all papers share. No network runs here; what is shown was stored with the
record.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from repro.evidence.controls import chosen
from repro.papers.records import named
from repro.runs.store import Record


def explore_confusion(records: Sequence[Record]) -> Any:
    """Choose a run, see its confusion matrix: rows actual, columns predicted, normalised by row,
    counts in the cells.
    """
    runs = named([record for record in records if "confusion" in record.values])
    if not runs:
        raise ValueError("None of these runs was scored. Run the artifact without --dry-steps.")

    def draw(run: str) -> Any:
        from repro.evidence.plots import confusion

        values = runs[run].values
        title = f"accuracy {values['top1']:.2f}, n = {values['n']}, chance {values['chance']:.2f}"
        return confusion(np.asarray(values["confusion"]), values["classes"], title=title).figure

    return chosen("run", list(runs), draw)


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

    return chosen("network", list(runs), draw)


def _arguments(record: Record) -> str:
    switched = [f"{name} = {value}" for name, value in record.run.arguments if name not in ("input", "classes")]
    return ", ".join(switched) or "as printed"
