"""Which learning rate each row of a paper's tables gets: a few values, tested on a third of the
training groups.

    python benchmarks/learning_rate.py wei2025 laptop
    python benchmarks/learning_rate.py ackerly2025 mini          with REPRO_DATA set
    python benchmarks/learning_rate.py wei2025 mini SlowFast     these rows only

The same procedure for every network: one seed, the scale's own recipe; where the best value is at
an end, the next one, four times away, is tried too, twice at most; of the values whose accuracy
held out of the training set, averaged over the data sets that the row has, is within one standard
error of the highest, the one that fits the training clips best. The test sets are not read. For
boosted trees the rate is eta, for a training in two stages that of the first; a backbone that
images trained is taken as it is. Which rows, columns and rates are tried stands in
`repro/papers/<paper>/tuning.py`, what was chosen in `learning_rates.csv` beside it: for each row a
line `row,chosen,tried` is printed. Of a rate at an end of those that were tried nobody knows
whether the next would train better: a network at chance with such a rate counts as not trained.
"""

import csv
import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean

from repro.papers import folder
from repro.papers.plan import Planned
from repro.runs.ensure import ensure
from repro.runs.store import Record
from repro.spec import Run

SCALES = ("laptop", "overnight", "mini")
STEP, FURTHER = 4.0, 2  # from one rate to the next, and how many are tried beyond those of `tuning.py`


def held_out(run: Run, lr: float) -> Run:
    """The same run at another rate, tested on a third of its training groups; a first stage on the
    same data is changed alike, and a backbone whose maps are stored has not seen that third either.
    """
    first = run.init_from if run.init_from and run.init_from.data.name == run.data.name else None
    rate = lr * (run.recipe.lr / first.recipe.lr if first else 1.0)
    begin = held_out(first, lr) if first else run.init_from
    features, backbone = run.features, run.features.init_from if run.features else None
    if features and backbone and backbone.data.name == run.data.name:
        features = replace(features, init_from=held_out(backbone, backbone.recipe.lr))
    recipe = replace(run.recipe, lr=rate, on_divergence="record")
    return replace(run, data=replace(run.data, split="tuning"), recipe=recipe, init_from=begin, features=features)


def main(paper: str, scale: str, wanted: Sequence[str] = (), engine: str = "local:2") -> None:
    """Train, then print held-out (and training) accuracy per row, data set and rate, and the rate
    chosen.
    """
    tuning = importlib.import_module(f"{folder.package(paper)}.tuning")
    plan = tuning.plan(scale)
    rows = list(dict.fromkeys(planned.row for planned in plan))
    if unknown := set(wanted) - set(rows):
        sys.exit(f"{paper} has no row {', '.join(sorted(unknown))}. Rows: {', '.join(rows)}")
    for row in wanted or rows:
        search([planned for planned in plan if planned.row == row], list(tuning.rates(scale, row)), engine)


def search(planned: Sequence[Planned], rates: list[float], engine: str) -> None:
    """One row on its data sets: train at each rate, and beyond an end that is best; print what was
    found.
    """
    found: dict[float, list[Record]] = {}
    for _ in range(1 + FURTHER):
        for lr in (lr for lr in rates if lr not in found):
            found[lr] = ensure([held_out(p.run, lr) for p in planned], engine=engine)
        held = {lr: fmean(record.values["top1"] for record in of) for lr, of in found.items()}
        fitted = {lr: fmean(fit(record) for record in of) for lr, of in found.items()}
        best = choose(held, fitted, sum(len(record.predictions()["label"]) for record in found[rates[0]]))
        if min(rates) < best < max(rates):
            break
        rates = sorted([*rates, best / STEP if best == min(rates) else best * STEP])
    rates = sorted(found)
    for lr in rates:
        print(f"lr {lr:g}: " + ", ".join(f"{r.values['top1']:.2f} ({fit(r):.2f})" for r in found[lr]), end="; ")
    print(flush=True)
    csv.writer(sys.stdout).writerow([planned[0].row, f"{best:g}", " ".join(f"{lr:g}" for lr in rates)])
    sys.stdout.flush()


def fit(record: Record) -> float:
    """Training accuracy at the end."""
    lines = record.metrics()[-1:]
    return lines[0].get("accuracy", 0.0) if lines else 0.0


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
