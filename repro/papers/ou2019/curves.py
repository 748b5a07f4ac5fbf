"""Figures 9 to 11: loss and accuracy of our network against epochs, through both stages. What the
three share.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from repro.evidence.tables import Row, plural, seed_text, tidy
from repro.papers.measure import about, notes
from repro.papers.ou2019.epochs import VALIDATION_IS_TEST, epoch_curves, epoch_rows
from repro.papers.ou2019.printed import least_loss
from repro.papers.ou2019.settings import setup
from repro.papers.ou2019.trainings import first_stage, second_stage
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import STAND_IN
from repro.runs.store import Record
from repro.spec import Data

FIGURES = ("figure9", "figure10", "figure11")
METRICS = {"loss": "nats", "accuracy": "fraction"}

artifact = partial(Artifact, kind="measured", notebook="ou2019/04_figure9.ipynb")


def data_sets(scale: str) -> dict[str, tuple[str, Data]]:
    """Heading and data of each figure; of a cross-validation the first fold."""
    return dict(zip(FIGURES, ((heading, data[0]) for heading, data in setup(scale).curves.items()), strict=True))


def plan(figures: Sequence[str], scale: str, seeds: int) -> list[Planned]:
    """Our network, every stage tested after each epoch. Row: the figure, value: the stage."""
    settings, planned = setup(scale), []
    for figure in figures:
        column, data = data_sets(scale)[figure]
        for stage, seed in product(range(1, 2 + bool(settings.later)), range(seeds or settings.few)):
            first = first_stage(scale, data, seed)
            first = replace(first, recipe=replace(first.recipe, validate=True))
            planned.append(Planned(first if stage == 1 else second_stage(scale, first), figure, column, stage))
    return planned


def draw(figure: str, done: list[Done], scale: str) -> ArtifactResult:
    """Curves and table of one figure; its claims are decided by its own module."""
    shown = [planned for planned in done if planned.row == figure]
    values, stand_in = shown[0].record.values, f" ({STAND_IN})" if scale != "paper" else ""
    counts = f"{values['n_train']} training and {values['n_test']} test clips"
    clips = f"{scale}: {shown[0].column}{stand_in}, {counts}"
    protocol = f"{clips}, {plural(len(lines_of(shown)), 'seed')}, clip level, 1 view. {VALIDATION_IS_TEST}"
    return ArtifactResult(tidy(_rows(f"ou2019.{figure}", scale, shown)), picture(shown, clips).figure, [], protocol)


def picture(shown: Sequence[Done], clips: str) -> Axes:
    """Both stages of one network, all seeds that are given. `clips`: what it was trained on, in
    words.
    """
    last = max(shown, key=lambda planned: planned.value).record
    rows = [row for p in shown for row in epoch_rows(p.record.metrics(), seed=p.run.seed, stage=p.value)]
    words, bound = f"{clips}; {'; '.join(notes(last))}. {VALIDATION_IS_TEST}", least_loss(len(last.values["classes"]))
    return epoch_curves(pd.DataFrame(rows), chance=last.values["chance"], bound=bound, words=[words])


def lines_of(done: Iterable[Done]) -> dict[int, list[dict[str, Any]]]:
    """Seed -> the lines of metrics.jsonl of its first stage, then of its second (Planned.value)."""
    lines: dict[int, list[dict[str, Any]]] = {}
    for planned in sorted(done, key=lambda planned: planned.value):
        lines.setdefault(planned.run.seed, []).extend(planned.record.metrics())
    return lines


def _rows(artifact: str, scale: str, shown: list[Done]) -> Iterator[Row]:
    """Loss and accuracy of both sides at the end of each epoch: the mean over seeds, and every
    seed.
    """
    record: Record = shown[0].record
    kept = about(artifact, scale, record) | {"n_groups": record.values["groups_test"], "note": VALIDATION_IS_TEST}
    lines = list(lines_of(shown).values())
    for epoch in range(len(lines[0])):
        for side, prefix, items in (("training", "", "n_train"), ("validation", "test_", "n_test")):
            for metric, unit in METRICS.items():
                numbers = [seed[epoch][prefix + metric] for seed in lines]
                counts = {"n_items": record.values[items], "seeds": len(numbers), "seed_values": seed_text(numbers)}
                where = {"row": f"epoch {epoch + 1}", "column": f"{shown[0].column}, {side}", "metric": metric}
                yield kept | where | counts | {"value": sum(numbers) / len(numbers), "unit": unit}
