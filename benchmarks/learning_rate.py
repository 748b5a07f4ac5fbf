"""Which learning rate each row of wei2025 Table 3 gets: three values, tested on a third of the training groups.

    python benchmarks/learning_rate.py laptop
    python benchmarks/learning_rate.py mini        with REPRO_DATA set

The same procedure for every network: one seed, the scale's own recipe, the value with the highest accuracy held out of the
training set, averaged over the scale's two data sets. The test sets are not read. What it prints stands in
repro/papers/wei2025/runs.py.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from repro.papers.wei2025.runs import ABLATION, LEARNING_RATES, ablation
from repro.runs.ensure import ensure
from repro.spec import Run, options


def main(scale: str, engine: str = "local:2") -> None:
    """Train, then print held-out accuracy per row, data set and rate, and the rate chosen."""
    plan = ablation(scale)
    runs = {
        (row, column, lr): Run(
            "train",
            "wei2025",
            options(**dict(plan.size), **switch),
            replace(data, split="tuning"),
            replace(plan.recipe, lr=lr),
            plan.protocol,
        )
        for row, switch in ABLATION.items()
        for column, data in plan.columns.items()
        for lr in LEARNING_RATES
    }
    top1 = dict(zip(runs, (record.values["top1"] for record in ensure(list(runs.values()), engine=engine)), strict=True))
    for row in ABLATION:
        mean = {lr: sum(top1[row, column, lr] for column in plan.columns) / len(plan.columns) for lr in LEARNING_RATES}
        said = "; ".join(f"lr {lr:g}: " + ", ".join(f"{top1[row, column, lr]:.2f}" for column in plan.columns) for lr in LEARNING_RATES)
        print(f"{row:18} {said}; chosen {max(mean, key=mean.__getitem__):g}")


if __name__ == "__main__":
    if sys.argv[1:] not in (["laptop"], ["mini"]):
        sys.exit("usage: python benchmarks/learning_rate.py laptop|mini")
    main(sys.argv[1])
