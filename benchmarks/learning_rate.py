"""Which learning rate each row of a paper's tables gets: three values, tested on a third of the training groups.

    python benchmarks/learning_rate.py wei2025 laptop
    python benchmarks/learning_rate.py ackerly2025 mini          with REPRO_DATA set
    python benchmarks/learning_rate.py ou2019 laptop
    python benchmarks/learning_rate.py wei2025 mini SlowFast     these rows only; words of the tables, "dense only"

The same procedure for every network: one seed, the scale's own recipe, the value with the highest accuracy held out of the
training set, averaged over the scale's data sets. The test sets are not read. For boosted trees the rate is eta, for a training in
two stages that of the first. What it prints stands in repro/papers/<paper>/runs.py or settings.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from repro.papers.ackerly2025 import runs as ackerly2025
from repro.papers.ou2019 import runs as ou2019
from repro.papers.ou2019 import settings as ou2019_settings
from repro.papers.wei2025 import runs as wei2025
from repro.runs.ensure import ensure
from repro.spec import Run

Place = tuple[str, str, Run]  # row, column, the first seed's run
SCALES = ("laptop", "mini")


def wei2025_places(scale: str) -> list[Place]:
    """Tables 3 and 4; "Ours" is a row of Table 3."""
    columns = wei2025.ablation(scale).columns
    rows = {*wei2025.ABLATION, *wei2025.COMPARISON} - {"Ours"}
    places = wei2025.table3_places(scale, 1) + wei2025.table4_places(scale, 1)
    return [place for place in places if place[0] in rows and place[1] in columns]


def ackerly2025_places(scale: str) -> list[Place]:
    """Table 1."""
    return ackerly2025.table1_places(scale, 1)


def ackerly2025_rates(scale: str, row: str) -> Sequence[float]:
    """The trees' eta, or the scale's rates."""
    return ackerly2025.ETAS if row == ackerly2025.TREES else ackerly2025.LEARNING_RATES[scale]


def ou2019_places(scale: str) -> list[Place]:
    """Table 1."""
    return ou2019.table1_places(scale, 1)


PAPERS: dict[str, tuple[Callable[[str], list[Place]], Callable[[str, str], Sequence[float]]]] = {
    "wei2025": (wei2025_places, lambda scale, row: wei2025.LEARNING_RATES),
    "ackerly2025": (ackerly2025_places, ackerly2025_rates),
    "ou2019": (ou2019_places, lambda scale, row: ou2019_settings.LEARNING_RATES),
}


def held_out(run: Run, lr: float) -> Run:
    """The same run at another rate, tested on a third of its training groups; what it builds on is changed alike."""
    after = tuple(held_out(parent, lr) for parent in run.after)
    rate = lr * (run.recipe.lr / run.after[0].recipe.lr if after else 1.0)
    return replace(run, data=replace(run.data, split="tuning"), recipe=replace(run.recipe, lr=rate), after=after)


def main(paper: str, scale: str, wanted: Sequence[str] = (), engine: str = "local:2") -> None:
    """Train, then print held-out accuracy per row, data set and rate, and the rate chosen."""
    find, rates = PAPERS[paper]
    places = find(scale)
    rows, columns = (list(dict.fromkeys(place[i] for place in places)) for i in (0, 1))
    if unknown := set(wanted) - set(rows):
        sys.exit(f"{paper} has no row {', '.join(sorted(unknown))}. Rows: {', '.join(rows)}")
    runs = {(row, column, lr): held_out(run, lr) for row, column, run in places if row in (wanted or rows) for lr in rates(scale, row)}
    top1 = dict(zip(runs, (record.values["top1"] for record in ensure(list(runs.values()), engine=engine)), strict=True))
    for row in wanted or rows:
        mean = {lr: sum(top1[row, column, lr] for column in columns) / len(columns) for lr in rates(scale, row)}
        said = "; ".join(f"lr {lr:g}: " + ", ".join(f"{top1[row, column, lr]:.2f}" for column in columns) for lr in rates(scale, row))
        print(f"{row:20} {said}; chosen {max(mean, key=mean.__getitem__):g}")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in PAPERS or sys.argv[2] not in SCALES:
        sys.exit(f"usage: python benchmarks/learning_rate.py {'|'.join(PAPERS)} {'|'.join(SCALES)} [row ...]")
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
