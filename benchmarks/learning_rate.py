"""Which learning rate each row of a paper's tables gets: three values, tested on a third of the
training groups.

    python benchmarks/learning_rate.py wei2025 laptop
    python benchmarks/learning_rate.py ackerly2025 mini          with REPRO_DATA set
    python benchmarks/learning_rate.py ou2019 laptop
    python benchmarks/learning_rate.py gong2022 laptop
    python benchmarks/learning_rate.py wei2025 mini SlowFast     these rows only; words of the tables, "dense only"

The same procedure for every network: one seed, the scale's own recipe, the value with the highest
accuracy held out of the training set, averaged over the data sets that the row has. The test sets
are not read. For boosted trees the rate is eta, for a training in two stages that of the first; a
backbone that images trained is taken as it is. What it prints stands in
repro/papers/<paper>/runs.py or settings.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from repro.papers.ackerly2025 import runs as ackerly2025
from repro.papers.gong2022 import runs as gong2022
from repro.papers.gong2022 import settings as gong2022_settings
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


def gong2022_places(scale: str) -> list[Place]:
    """Every row of Tables 2 to 4 as it is trained; our own is the one with both modules and
    pretrained backbones.
    """
    plan, places = gong2022_settings.plan(scale), []
    everywhere = dict([plan.first, plan.second]) | plan.ablation
    for row in (*gong2022_settings.BASELINES, gong2022_settings.BOTH):
        single = row in gong2022_settings.BASELINES and gong2022_settings.BASELINES[row] not in gong2022.ON_FRAMES
        for column, data in everywhere.items():
            if not single or column == plan.first[0] or (column == plan.second[0] and row in gong2022_settings.SECOND):
                places.append((row, column, gong2022.trained(scale, data, 0, row)))
    return places


PAPERS: dict[str, tuple[Callable[[str], list[Place]], Callable[[str, str], Sequence[float]]]] = {
    "wei2025": (wei2025_places, lambda scale, row: wei2025.LEARNING_RATES),
    "ackerly2025": (ackerly2025_places, ackerly2025_rates),
    "ou2019": (ou2019_places, lambda scale, row: ou2019_settings.LEARNING_RATES),
    "gong2022": (gong2022_places, lambda scale, row: gong2022_settings.LEARNING_RATES),
}


def held_out(run: Run, lr: float) -> Run:
    """The same run at another rate, tested on a third of its training groups; what it builds on of
    the same data is changed alike.
    """
    stages = [parent for parent in run.after if parent.data.name == run.data.name]
    after = tuple(held_out(parent, lr) if parent in stages else parent for parent in run.after)
    rate = lr * (run.recipe.lr / stages[0].recipe.lr if stages else 1.0)
    return replace(run, data=replace(run.data, split="tuning"), recipe=replace(run.recipe, lr=rate), after=after)


def main(paper: str, scale: str, wanted: Sequence[str] = (), engine: str = "local:2") -> None:
    """Train, then print held-out accuracy per row, data set and rate, and the rate chosen."""
    find, rates = PAPERS[paper]
    places = find(scale)
    rows = list(dict.fromkeys(row for row, _, _ in places))
    columns = {row: [column for name, column, _ in places if name == row] for row in rows}
    if unknown := set(wanted) - set(rows):
        sys.exit(f"{paper} has no row {', '.join(sorted(unknown))}. Rows: {', '.join(rows)}")
    runs = {
        (row, column, lr): held_out(run, lr)
        for row, column, run in places
        if row in (wanted or rows)
        for lr in rates(scale, row)
    }
    top1 = dict(
        zip(runs, (record.values["top1"] for record in ensure(list(runs.values()), engine=engine)), strict=True)
    )
    for row in wanted or rows:
        found = {lr: [top1[row, column, lr] for column in columns[row]] for lr in rates(scale, row)}
        mean = {lr: sum(values) / len(values) for lr, values in found.items()}
        said = "; ".join(f"lr {lr:g}: {', '.join(f'{value:.2f}' for value in values)}" for lr, values in found.items())
        print(f"{row:20} {said}; chosen {max(mean, key=mean.__getitem__):g}")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in PAPERS or sys.argv[2] not in SCALES:
        sys.exit(f"usage: python benchmarks/learning_rate.py {'|'.join(PAPERS)} {'|'.join(SCALES)} [row ...]")
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
