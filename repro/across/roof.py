"""Twelve networks, boosted trees and transformers among them, under one roof: every data set that
they can read, at one budget; who beats whom, and at what cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import seaborn as sns
from matplotlib.axes import Axes

from repro.across.networks import ENTRANTS, SIDE, STILL, cost, readable, training
from repro.across.table import table
from repro.evidence import marks
from repro.evidence.statistics import Interval
from repro.evidence.style import INK, PAGE, PALETTE, panels, stacked
from repro.evidence.tables import Row, static_row, tidy
from repro.evidence.verdicts import TRAINED, holm
from repro.papers.ackerly2025.settings import image
from repro.papers.claims import level
from repro.papers.measure import Cell, cells, seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import UNSEEN, actions, stills
from repro.papers.wei2025.settings import COLOUR, folds
from repro.spec import Clips, Data

ARTIFACT = Artifact(
    title="Twelve networks under one roof: who beats whom, and at what cost",
    kind="measured",
    claim="Not in the papers, each of which compares its network on its own terms.",
    notebook="across/03_roof.ipynb",
    scales=("smoke", "overnight", "mini"),
)
ID = "across.roof"
MACS = "M MACs of a clip"
CLIPS = Clips(frame_stride=8, clip_length=8, clip_stride=1, height=SIDE, width=SIDE, fit="squeeze")
LEVEL = 0.05  # two-sided, of all pairs of a data set
ONE_FRAME = "of a clip it sees the middle frame"
Pair = tuple[Cell, Cell, Interval, bool]  # the better one, the other, their difference, whether it is clear


@dataclass(frozen=True)
class Budget:
    """The data sets of a scale, as the folds of a cross-validation or one world; epochs, seeds."""

    columns: dict[str, tuple[Data, ...]]
    epochs: int
    seeds: int


def budget(scale: str) -> Budget:
    """What every network is given at a scale."""
    if scale == "mini":
        photographs = Data("tiny_imagenet_32", clips=image(SIDE))
        films = Data("surv_fight", clips=replace(CLIPS, input="flow"))  # its colour tells next to nothing
        return Budget({"Tiny-ImageNet-20": (photographs,), "surv_fight, flow": folds(films)}, 20, 3)
    if scale == "overnight":
        world: dict[str, Any] = {"seed": UNSEEN, "train_seed": 0, "test": 2200}
        photographs, films = stills(image(SIDE), train=1000, **world), actions(CLIPS, train=660, scene=COLOUR, **world)
        return Budget({"stills": (photographs,), "actions, RGB": (films,)}, 20, 5)
    return Budget({"actions, RGB": (actions(CLIPS, train=22, test=22, scene=COLOUR),)}, 1, 1)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Every network on every data set that it reads; and what it costs there."""
    given, planned = budget(scale), []
    for column, parts in given.columns.items():
        for row in (name for name in ENTRANTS if readable(name, parts[0])):
            runs = [
                training(row, scale, data, seed, given.epochs, ("crop", "flip"))
                for seed in range(seeds or given.seeds)
                for data in parts
            ]
            planned += [Planned(run, row, column) for run in runs]
            planned += [Planned(cost(runs[0]), row, f"{column}, {MACS}")] * (runs[0].task == "train")
    return planned


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracies, every pair with its difference, and costs."""
    found = cells(planned for planned in done if planned.run.task != "cost")
    macs = {(p.row, p.column): p.record.values["macs"] / 1e6 for p in done if p.run.task == "cost"}
    rows, compared = list[Row](), dict[str, tuple[list[Cell], list[Pair]]]()
    for column in dict.fromkeys(column for _, column in found):
        ranked = sorted((c for (_, at), c in found.items() if at == column), key=lambda c: -c.interval.value)
        compared[column] = ranked, pairs(ranked)
        rows += [cell.tidy(ID, scale, note=ONE_FRAME * shown_one(cell)) for cell in ranked]
        rows += [difference(pair, scale) for pair in compared[column][1]]
    rows += [static_row(ID, scale, row, column, "counted", value, None, "M") for (row, column), value in macs.items()]
    run = next(iter(found.values())).records[0].run
    how = f"{scale}: {', '.join(compared)}; {SIDE} x {SIDE} pixels, {run.protocol.level} level, 1 view"
    how += f", {seed_words(found.values())}, last of {budget(scale).epochs} epochs"
    sizes = [0.32 * len(ranked) + 1.3 for ranked, _ in compared.values()]
    figure, parts = stacked([*sizes[:-1], sizes[-1] + 0.4], PAGE + 2.2)
    for ax, (column, (ranked, apart)) in zip(parts, compared.items(), strict=True):
        left, middle, right = panels(ax, [0.6, 0.22, 0.18], 0.03)
        matrix(left, column, ranked, apart)
        levels(middle, ranked)
        costs(right, ranked, {row: value for (row, at), value in macs.items() if at == f"{column}, {MACS}"})
    words = f"A number: points by which the row is above the column; coloured: clear by Holm's rule, {LEVEL:g} over all"
    star = f"*: below {TRAINED:g} of its training clips right at the end, or at the last rate tried"
    notes = [
        f"{how}.",
        f"{words} pairs of the data set. Intervals over groups and seeds.",
        f"{star}; at chance it beats nobody.",
    ]
    marks.words_below(parts[-1], marks.wrapped(notes, 140), 76)
    return ArtifactResult(tidy(rows), figure, [], how)


def shown_one(cell: Cell) -> bool:
    """Whether a network saw one frame of a clip."""
    return ENTRANTS[cell.row].frames == STILL and cell.records[0].run.clip_data.clips.sampling == "segments"


def pairs(ranked: Sequence[Cell]) -> list[Pair]:
    """Each pair, the better one first: its paired difference, and whether it is clear by Holm's
    rule over all pairs. A network at chance that did not fit its training data ranks nothing.
    """
    some = [(one, other, one.minus(other)) for one, other in combinations(ranked, 2)]
    p = [2 * min(below := apart.p_of_no_less(), 1 - below) if apart.value else 1.0 for _, _, apart in some]
    ranks = {id(cell): not level(cell).at_floor or cell.fitted for cell in ranked}
    return [
        (one, other, apart, clear and ranks[id(one)] and ranks[id(other)])
        for (one, other, apart), clear in zip(some, holm(p, LEVEL), strict=True)
    ]


def difference(pair: Pair, scale: str) -> Row:
    """The row of a pair."""
    one, other, apart, clear = pair
    row = one.measured(ID, scale, "difference", apart, one.correct.mean(1)[:0], None, "")
    note = "clear by Holm's rule" if clear else ""
    return row | {"row": f"{one.row} - {other.row}", "seeds": len(one.correct), "chance": None, "note": note}


def matrix(ax: Axes, column: str, ranked: Sequence[Cell], apart: Sequence[Pair]) -> None:
    """Rows above columns, the best first: by how many points, coloured where that is clear."""
    at, shade = {cell.row: i for i, cell in enumerate(ranked)}, sns.light_palette(PALETTE[2], as_cmap=True)
    cells = {}
    for one, other, interval, clear in apart:
        points = 100 * interval.value
        cells[at[other.row], at[one.row]] = f"{points:.0f}", shade(points / 60) if clear else "white"
    stars = ["" if cell.fitted else " *" for cell in ranked]
    names = [f"{cell.row}{star}  {cell.interval.value:.2f}" for cell, star in zip(ranked, stars, strict=True)]
    table(ax, names, dict(enumerate(at)), cells)
    ax.tick_params(axis="both", labelsize=8)
    ax.set_xticks(range(len(at)), [*at], rotation=40, ha="right", rotation_mode="anchor")
    ax.set_title(f"{column}: who beats whom")


def levels(ax: Axes, ranked: Sequence[Cell]) -> None:
    """Accuracy of each row: seeds, mean, interval."""
    for y, cell in enumerate(ranked):
        marks.interval(ax, y, (cell.interval.low, cell.interval.high), PALETTE[0])
        marks.dots(ax, y, cell.correct.mean(1), PALETTE[0], spread=0.14, markersize=3)
        marks.mean(ax, y, cell.interval.value, 0.25)
    marks.rows(ax, [""] * len(ranked), labelled=False)
    marks.chance(ax, ranked[0].chance)
    ax.set_title("accuracy")
    marks.caption(ax, "dots: seeds; bars: 95 %\ndashed: chance")


def costs(ax: Axes, ranked: Sequence[Cell], macs: dict[str, float]) -> None:
    """What one clip costs each row."""
    least = min(macs.values()) / 2
    for y, cell in enumerate(ranked):
        cost = macs.get(cell.row)
        if cost is not None:
            ax.plot([least, cost], [y, y], color=PALETTE[6], linewidth=1.2)
            ax.plot(cost, y, "o", color=PALETTE[6], markersize=5)
        text = f"{cost:.3g}" if cost is not None else "no MACs"
        marks.say(ax, text, (cost or least, y), (6, 0), va="center", fontsize=7.5, color=INK)
    ax.set_xscale("log")
    marks.rows(ax, [""] * len(ranked), labelled=False, grid=False)
    ax.set_xlim(least, max(macs.values()) * 5)
    ax.set_title("cost")
    marks.caption(ax, MACS)
