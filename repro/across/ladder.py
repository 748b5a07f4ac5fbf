"""How many points a protocol is worth: one trained network, scored by one clip, by the mean of
several, at its best epoch by the test set, and as the best of its seeds. Nothing else changes.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from repro.evidence import marks
from repro.evidence.statistics import seeds_apart
from repro.evidence.style import INK, LINE, PAGE, PALETTE, axes, panels
from repro.evidence.tables import Row, plural, seed_text, tidy
from repro.evidence.verdicts import Contrast, not_tested
from repro.papers.claims import contrasts, judged, ledger_row
from repro.papers.measure import Cell, about, cells, complete
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import arid
from repro.papers.wei2025.settings import NIGHT, ablation, folds, training
from repro.spec import Data, Protocol, Recipe

ARTIFACT = Artifact(
    title="What a protocol is worth: clips a video, the epoch and the seed chosen by the test set",
    kind="measured",
    claim="Not in the papers, which print one number: how far it rises without another network.",
    notebook="across/02_protocol.ipynb",
    scales=("smoke", "overnight", "mini"),
)
ID = "across.ladder"
NETWORK = "dense only"  # the row of wei2025's Table 3
SHORT = replace(NIGHT, frame_stride=2, enhancement="none")  # half of a video of two seconds, so that views differ
FILMS = {"surv_fight, flow": Data("surv_fight", clips=SHORT), "ARID-6, flow": arid(replace(SHORT, enhancement="gamma"))}
# Clips a video; a generated one is no longer than a clip, so that all its clips are the same.
VIEWS = {"smoke": (1, 2), "overnight": (1,), "mini": (1, 3, 10)}
BEST_EPOCH, BEST_SEED = "best epoch by the test set", "best seed of these"
CHOSEN = 0.01  # more than a point
NOTE = "the test set chose: a number of this protocol alone"


@dataclass(frozen=True)
class Rung:
    """A way of scoring: what it gives for each seed, or the one that is kept."""

    name: str
    seeds: np.ndarray  # (S,) accuracies, or (1,)
    cell: Cell | None = None  # of the rungs whose answers to every item are known

    @property
    def value(self) -> float:
        """The number that would be printed."""
        return float(self.seeds.mean())


def plan(scale: str, seeds: int) -> list[Planned]:
    """One network on each data set, tested after each epoch in the most views; and its weights at
    the last epoch in fewer.
    """
    *fewer, most = VIEWS[scale]
    columns = {column: folds(data) for column, data in FILMS.items()}
    if scale != "mini":
        columns = dict([next(iter(ablation(scale).columns.items()))])
    planned = []
    for column, parts in columns.items():
        for seed in range(seeds or ablation(scale).seeds):
            for data in parts:
                first = replace(training(scale, NETWORK, data, seed, validate=True), protocol=Protocol(views=most))
                planned.append(Planned(first, views(most), column, most))
                for n in fewer:
                    tested = replace(first, recipe=Recipe(), protocol=Protocol(views=n), init_from=first)
                    planned.append(Planned(tested, views(n), column, n))
    return planned


def views(n: int) -> str:
    """What a rung of n clips a video is called."""
    return "one clip" if n == 1 else f"mean of {n} clips"


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The rungs of each data set, and the two claims about them."""
    found, rows, ladders = cells(done), list[Row](), dict[str, list[Rung]]()
    for column in dict.fromkeys(planned.column for planned in done):
        ladder = ladders[column] = rungs(found, column, scale)
        rows += [rung.cell.tidy(ID, scale) if rung.cell else chosen(rung, ladder, column, scale) for rung in ladder]
    run = done[0].run
    how = f"wei2025, {NETWORK}, last of {run.recipe.epochs} epochs unless said otherwise"
    protocol = f"{scale}: {', '.join(ladders)}; {how}; {plural(len(next(iter(ladders.values()))[0].seeds), 'seed')}"
    claims = ledger(found, ladders, complete((planned.record for planned in done), scale, 5), scale)
    return ArtifactResult(tidy(rows), steps(ladders, protocol).figure, claims, protocol)


def rungs(found: Mapping[tuple[str, str], Cell], column: str, scale: str) -> list[Rung]:
    """From one clip a video upwards, each rung on top of the one before it."""
    tested = [found[views(n), column] for n in VIEWS[scale]]
    ladder = [Rung(cell.row, cell.correct.mean(1), cell) for cell in tested]
    best = best_epochs(tested[-1])
    return [*ladder, Rung(BEST_EPOCH, best), Rung(BEST_SEED, best.max(keepdims=True))]


def best_epochs(cell: Cell) -> np.ndarray:
    """(S,) accuracy of each seed if every fold keeps the epoch that its own test set likes best."""
    right: dict[int, float] = {}
    for record in cell.records:
        best = max(line["test_accuracy"] for line in record.metrics())
        right[record.run.seed] = right.get(record.run.seed, 0.0) + best * record.values["n_test"]
    return np.array([right[seed] for seed in sorted(right)]) / len(cell.groups)


def chosen(rung: Rung, ladder: Sequence[Rung], column: str, scale: str) -> Row:
    """The row of a rung that the test set has chosen: no interval, it is no estimate."""
    cell = next(each.cell for each in reversed(ladder) if each.cell)
    where = {"row": rung.name, "column": column, "metric": "accuracy", "unit": "fraction", "value": rung.value}
    counts = {"n_items": len(cell.groups), "seeds": len(rung.seeds), "seed_values": seed_text(rung.seeds)}
    return about(ID, scale, cell.records[0]) | where | counts | {"chance": cell.chance, "note": NOTE}


def ledger(
    found: Mapping[tuple[str, str], Cell], ladders: Mapping[str, Sequence[Rung]], decisive: bool, scale: str
) -> list[dict[str, Any]]:
    """That several clips beat one, and that choosing the epoch adds more than a point."""
    one, most = VIEWS[scale][0], VIEWS[scale][-1]
    several = contrasts(found, [(views(most), views(one))], ladders) if most > one and scale != "smoke" else []
    gains, words = [], []
    for column, ladder in ladders.items():
        *_, last, best, _ = ladder
        gain = seeds_apart(best.seeds - last.seeds, np.zeros(len(best.seeds)))
        gains.append(Contrast(f"best - last epoch - {CHOSEN:g} on {column}", gain.plus(-CHOSEN), edge=True))
        words.append(f"{column}: " + ", ".join(f"{rung.name} {rung.value:.3f}" for rung in ladder))
    verdicts = {
        "views-help": judged("across", "views-help", several, decisive)
        if several
        else not_tested("A generated video is no longer than a clip"),
        "epoch-choice-adds": judged("across", "epoch-choice-adds", gains, decisive),
    }
    return [ledger_row(ID, claim, verdict, "; ".join(words)) for claim, verdict in verdicts.items()]


def steps(ladders: Mapping[str, Sequence[Rung]], how: str) -> Axes:
    """A panel for each data set: the rungs from left to right, every seed a dot, and by how many
    points each rises above the one before.
    """
    ax = axes(None, PAGE + 1.2 * (len(ladders) > 1), 3.9)
    for part, (column, ladder) in zip(panels(ax, [1.0] * len(ladders), gap=0.13), ladders.items(), strict=True):
        values = [rung.value for rung in ladder]
        part.step(range(len(ladder)), values, where="mid", color=LINE, linewidth=1.2, zorder=1)
        for x, rung in enumerate(ladder):
            colour = PALETTE[0] if rung.cell else PALETTE[1]
            if rung.cell:
                interval = rung.cell.interval
                marks.interval(part, x, (interval.low, interval.high), colour, upright=True, alpha=0.2)
            marks.dots(part, x, rung.seeds.tolist(), colour, spread=0.12, upright=True)
            marks.mean(part, x, rung.value, 0.3, upright=True)
            rise = f"{100 * (rung.value - values[x - 1]):+.1f}" if x else f"{rung.value:.3f}"
            marks.say(part, rise, (x, max(rung.seeds)), (0, 8), ha="center", va="bottom", fontsize=8.5, color=INK)
        part.set_xticks(range(len(ladder)), [textwrap.fill(rung.name, 8) for rung in ladder], fontsize=7.5)
        part.set_ylabel("accuracy")
        part.margins(y=0.2)
        part.set_xlim(-0.6, len(ladder) - 0.4)
        part.set_title(f"{column}: {100 * (values[-1] - values[0]):+.1f} points", color=INK)
    words = "Numbers: points above the rung before. Blue: every seed, mean, 95 % interval; orange: the test set chose."
    marks.words_below(ax, marks.wrapped([f"{how}.", words], 122), 66)
    return ax
