"""Which learning rate each row of a paper's tables gets: a few values, tested on a third of the
training groups.

    python benchmarks/learning_rate.py wei2025 laptop
    python benchmarks/learning_rate.py ackerly2025 mini          with REPRO_DATA set
    python benchmarks/learning_rate.py wei2025 mini SlowFast     these rows only

The same procedure for every network: one seed, the scale's own recipe; of the values whose accuracy
held out of the training set, averaged over the data sets that the row has, is within one standard
error of the highest, the one that fits the training clips best. The test sets are not read. For
boosted trees the rate is eta, for a training in two stages that of the first; a backbone that
images trained is taken as it is. Which rows, columns and rates are tried stands in
`repro/papers/<paper>/tuning.py`, what was chosen in `learning_rates.csv` beside it: a line for each
row is printed. Of a rate at an end of those that were tried nobody knows whether the next would
train better: a network at chance with such a rate counts as not trained.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean

from repro.papers import folder
from repro.runs.ensure import ensure
from repro.spec import Run

SCALES = ("laptop", "overnight", "mini")


def held_out(run: Run, lr: float) -> Run:
    """The same run at another rate, tested on a third of its training groups; a first stage on the
    same data is changed alike.
    """
    first = run.init_from if run.init_from and run.init_from.data.name == run.data.name else None
    rate = lr * (run.recipe.lr / first.recipe.lr if first else 1.0)
    begin = held_out(first, lr) if first else run.init_from
    return replace(run, data=replace(run.data, split="tuning"), recipe=replace(run.recipe, lr=rate), init_from=begin)


def main(paper: str, scale: str, wanted: Sequence[str] = (), engine: str = "local:2") -> None:
    """Train, then print held-out (and training) accuracy per row, data set and rate, and the rate
    chosen.
    """
    tuning = importlib.import_module(f"{folder.package(paper)}.tuning")
    plan = tuning.plan(scale)
    rows = list(dict.fromkeys(planned.row for planned in plan))
    if unknown := set(wanted) - set(rows):
        sys.exit(f"{paper} has no row {', '.join(sorted(unknown))}. Rows: {', '.join(rows)}")
    chosen = [planned for planned in plan if planned.row in (wanted or rows)]
    runs = {(p.row, p.column, lr): held_out(p.run, lr) for p in chosen for lr in tuning.rates(scale, p.row)}
    records = dict(zip(runs, ensure(list(runs.values()), engine=engine), strict=True))
    top1 = {where: record.values["top1"] for where, record in records.items()}
    fit = {where: record.metrics()[-1].get("accuracy", 0.0) for where, record in records.items()}
    items = {where: len(record.predictions()["label"]) for where, record in records.items()}
    for row in wanted or rows:
        columns, tried = [planned.column for planned in chosen if planned.row == row], tuning.rates(scale, row)
        held, fitted = ({lr: fmean(of[row, c, lr] for c in columns) for lr in tried} for of in (top1, fit))
        words = "; ".join(
            f"lr {lr:g}: {', '.join(f'{top1[row, c, lr]:.2f} ({fit[row, c, lr]:.2f})' for c in columns)}"
            for lr in tried
        )
        best = choose(held, fitted, sum(items[row, c, tried[0]] for c in columns))
        print(f"{words}\n{scale},{row},{best:g},{' '.join(f'{lr:g}' for lr in tried)}")


def choose(held: Mapping[float, float], fitted: Mapping[float, float], items: int) -> float:
    """The rate that fits best among those whose accuracy, held out on so many items, is within one
    standard error of the highest.
    """
    best = max(held.values())
    close = [lr for lr, value in held.items() if value >= best - sqrt(best * (1 - best) / items)]
    return max(close, key=lambda lr: fitted[lr])


if __name__ == "__main__":
    papers = [name for name, path in folder.papers().items() if (path / "tuning.py").is_file()]
    if len(sys.argv) < 3 or sys.argv[1] not in papers or sys.argv[2] not in SCALES:
        sys.exit(f"usage: python benchmarks/learning_rate.py {'|'.join(papers)} {'|'.join(SCALES)} [row ...]")
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
