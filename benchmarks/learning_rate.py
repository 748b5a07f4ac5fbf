"""Which learning rate each row of wei2025 Tables 3 and 4 gets: three values, tested on a third of the training groups.

    python benchmarks/learning_rate.py laptop
    python benchmarks/learning_rate.py mini             with REPRO_DATA set
    python benchmarks/learning_rate.py mini SlowFast    these rows only; words of the tables, "dense only"

The same procedure for every network: one seed, the scale's own recipe, the value with the highest accuracy held out of the
training set, averaged over the scale's two data sets. The test sets are not read. What it prints stands in
repro/papers/wei2025/runs.py.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from repro.papers.wei2025.runs import ABLATION, COMPARISON, LEARNING_RATES, OURS, ablation, table3_places, table4_places
from repro.runs.ensure import ensure
from repro.spec import Run

ROWS = [*ABLATION, *(row for row in COMPARISON if row != "Ours")]  # "Ours" is a row of Table 3


def tuning(scale: str, rows: Sequence[str]) -> dict[tuple[str, str, float], Run]:
    """(row, column, rate) -> the run of that cell's first seed, trained and tested inside the training set."""
    places = table3_places(scale, 1) + [place for place in table4_places(scale, 1) if place[0] != "Ours"]
    columns = ablation(scale).columns
    return {
        (row, column, lr): replace(run, data=replace(run.data, split="tuning"), recipe=replace(run.recipe, lr=lr))
        for row, column, run in places
        if column in columns and row in rows
        for lr in LEARNING_RATES
    }


def main(scale: str, rows: Sequence[str] = ROWS, engine: str = "local:2") -> None:
    """Train, then print held-out accuracy per row, data set and rate, and the rate chosen."""
    columns, runs = ablation(scale).columns, tuning(scale, rows)
    top1 = dict(zip(runs, (record.values["top1"] for record in ensure(list(runs.values()), engine=engine)), strict=True))
    for row in rows:
        mean = {lr: sum(top1[row, column, lr] for column in columns) / len(columns) for lr in LEARNING_RATES}
        said = "; ".join(f"lr {lr:g}: " + ", ".join(f"{top1[row, column, lr]:.2f}" for column in columns) for lr in LEARNING_RATES)
        print(f"{row:18} {said}; chosen {max(mean, key=mean.__getitem__):g}{' (also of Ours)' if row == OURS else ''}")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("laptop", "mini") or not set(sys.argv[2:]) <= set(ROWS):
        sys.exit(f"usage: python benchmarks/learning_rate.py laptop|mini [row ...]; rows: {', '.join(ROWS)}")
    main(sys.argv[1], sys.argv[2:] or ROWS)
