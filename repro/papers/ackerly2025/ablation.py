"""Beside ackerly2025: what its claim rests on. Space off, time off, one step, other steps, no
penalty; and accuracy on training images.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from repro.evidence.plots import ablation as dots
from repro.evidence.tables import Row, tidy
from repro.papers.ackerly2025 import claims
from repro.papers.ackerly2025.scores import scores_of
from repro.papers.ackerly2025.settings import ABLATION, ONE_SEED, OURS, STAND_IN, at, learner
from repro.papers.claims import ledger_row
from repro.papers.measure import Cell, cells, seed_words
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import arid
from repro.spec import Clips, Recipe, Run, options

ARTIFACT = Artifact(
    title="Beside the paper (ours): space, time, steps and penalty, one switch at a time",
    kind="measured",
    claim="Not in the paper, whose claim rests on it: what attention over steps adds to multi-scale convolutions "
    "on one still image.",
    notebook=ABLATION,
    inside=True,
)
ID = "ackerly2025.ablation"
WHOLE, FREE, ONE_STEP = "space and time", "space and time, no penalty", "one step (S = 1)"
DEAR = "steps: five views"  # five crops of every image, almost four times the cost: one seed, and none at mini
SWITCHES: dict[str, dict[str, Any]] = {  # one switch each; the first row is Table 1's own network
    WHOLE: {},
    "space only": {"branches": "spatial"},
    "time only": {"branches": "temporal"},
    ONE_STEP: {"temporal_axis": "frames"},
    "steps: scales": {"temporal_axis": "scales"},
    DEAR: {"temporal_axis": "views"},
    FREE: {},
}
BRANCHES = (WHOLE, "space only", "time only")  # what is run on clips of people too
SEEN = ", its own training images"  # ends the heading of what was tested there, to measure overfitting
PEOPLE = "ARID-6, flow"  # people in the dark: eight of sixteen flow fields of gamma-lit frames, every fourth raw frame
NIGHT = Clips(
    input="flow", frame_stride=4, clip_length=16, clip_stride=2, height=36, width=48, fit="squeeze", enhancement="gamma"
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Our network with one switch changed at a time, on the first data set and, at mini, on short
    clips.
    """
    settings, planned = at(scale), []
    thorough = (*BRANCHES, FREE) if scale == "mini" else (WHOLE,)
    for row in SWITCHES:
        if row == DEAR and scale == "mini":
            continue
        for seed in range(seeds or 1) if row == DEAR else settings.seeds_of(row in thorough, seeds):
            run = variant(learner(scale, OURS, settings.first, seed), row)
            planned.append(Planned(run, row, settings.first))
            if row in (WHOLE, FREE):
                planned.append(Planned(on_its_training_images(run), row, settings.first + SEEN))
    if scale != "mini":
        return planned
    run = learner(scale, OURS, settings.first, 0)
    recipe = replace(run.recipe, epochs=20, batch=16, warmup=2, augment=("start", "crop", "flip"))
    run = replace(run, arguments=options(size=(36, 48), frames=8, width=16), data=arid(NIGHT), recipe=recipe)
    return planned + [
        Planned(variant(replace(run, seed=seed), row), row, PEOPLE)
        for row in BRANCHES
        for seed in settings.seeds_of(False, seeds)
    ]


def variant(run: Run, row: str) -> Run:
    """A run of our network with the switch of one row."""
    if row == FREE:
        return replace(run, recipe=replace(run.recipe, penalty="", penalty_weight=0.0))
    return replace(run, arguments=options(**dict(run.arguments) | SWITCHES[row]))


def on_its_training_images(run: Run) -> Run:
    """The trained network of a run, tested on what it was trained on."""
    return replace(run, data=replace(run.clip_data, split="seen"), recipe=Recipe(), init_from=run)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy of every variant on the same images after the same steps, and the two claims that
    rest on it.
    """
    by_cell, first = cells(done), at(scale).first
    table = tidy(_row(cell, scale) for cell in by_cell.values())
    still = scores_of((p for p in done if p.row in (WHOLE, FREE) and p.column.startswith(first)), whole=True)
    tested, trained = ({row: still[row, column] for row in (WHOLE, FREE)} for column in (first, first + SEEN))
    gaps = [(row, trained[row].value("ACC"), tested[row].value("ACC")) for row in tested]
    gaps_in_words = "; ".join(f"{row}: {a:.3f} - {b:.3f} = {a - b:+.3f}" for row, a, b in gaps)
    degenerate = claims.attention_of_one_step(attention(p for p in done if p.row == ONE_STEP))
    one, whole = by_cell[ONE_STEP, first], by_cell[WHOLE, first]
    values = f"with one step {one.interval.value:.3f}, with patches as steps {whole.interval.value:.3f}"
    one_step_in_words = f"accuracy {values}; patches - one step {whole.minus(one)}"
    ledger = [
        ledger_row(ID, "reg-reduces-overfit", claims.penalty_reduces_gap(trained, tested, WHOLE, FREE), gaps_in_words),
        ledger_row(ID, "attention-T1-degenerate", degenerate, one_step_in_words),
    ]
    shown = [column for column in dict.fromkeys(table["column"]) if not column.endswith(SEEN)]
    epochs = {p.column: p.run.recipe.epochs for p in reversed(done)}
    left_out = f"; {DEAR} is not run at this scale: it costs almost four times the others"
    lengths = ", ".join(f"{column} {epochs[column]}" for column in shown)
    protocol = f"{scale}: 1 view, {seed_words(by_cell.values())}; last epoch of: {lengths}"
    protocol += left_out * ((DEAR, first) not in by_cell)
    return ArtifactResult(table, dots(table[table["column"].isin(shown)]).figure, ledger, protocol)


def _row(cell: Cell, scale: str) -> Row:
    alone, still = [ONE_SEED] * (len(cell.predictions) == 1), cell.column != PEOPLE
    notes = [STAND_IN] * (scale != "paper" and still) + alone  # clips of people stand for nothing of the paper's
    return cell.tidy(ID, scale, note="; ".join(notes)) | ({"level": "image"} if still else {})


def attention(done: Iterable[Done]) -> dict[str, np.ndarray]:
    """The attention weights that these runs stored of their probe images: `seed/image/layer` ->
    (heads, S, S).
    """
    return {
        f"{planned.run.seed}/{name}": value
        for planned in done
        for name, value in planned.record.inside().items()
        if name.partition("/")[2].startswith("attention")
    }
