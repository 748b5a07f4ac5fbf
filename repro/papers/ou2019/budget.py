"""Beside the paper: both backbones frozen and their last maps stored once, against everything
trained; the same clips and epochs.
"""

from dataclasses import replace

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.measure import Cell, cells, protocol
from repro.papers.ou2019.settings import NETWORK, setup
from repro.papers.ou2019.trainings import note, second_stage, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Recipe, Run, options

ARTIFACT = Artifact(
    title="Beside the paper (ours): frozen backbones whose maps are stored once",
    kind="measured",
    claim="Not in the paper. What is left when only fusion, fc6 and LSTMs are trained.",
    notebook="ou2019/01_table1.ipynb",
)
ID = "ou2019.budget"
ALL, FROZEN = "all layers trained", "backbones frozen, their maps stored"
STORED_RATE = {"paper": 10.0}  # the rate on stored maps over that with everything trained: 1e-4 over 1e-5; else equal


def plan(scale: str, seeds: int) -> list[Planned]:
    """On Table 1's first data set. At paper scale only what is frozen: that is whom the budget is
    for.
    """
    settings = setup(scale)
    column, data = settings.first
    whole = [trained(scale, data, seed) for seed in range(seeds or settings.baseline_seeds)]
    rows = {ALL: whole if scale != "paper" else [], FROZEN: [frozen(scale, run) for run in whole]}
    return [Planned(run, row, column) for row, runs in rows.items() for run in runs]


def frozen(scale: str, run: Run) -> Run:
    """The same two stages on stored maps: the backbones stay what a network begins with, ImageNet's
    weights where they are here.
    """
    first = run.init_from
    assert first is not None
    seed = 0 if scale == "paper" else first.seed  # there all seeds share one file of 91 GB
    precision = Recipe(precision=first.recipe.precision)
    stored = Run("features", NETWORK, first.arguments, first.data, precision, first.protocol, seed)
    recipe = replace(first.recipe, augment=(), lr=first.recipe.lr * STORED_RATE.get(scale, 1.0))
    arguments = options(**dict(first.arguments) | {"reads": "maps"})
    return second_stage(scale, replace(first, arguments=arguments, recipe=recipe, features=stored))


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy and training time of both; the claims of the paper are about everything trained, so
    none is decided.
    """
    found = cells(done).values()
    table = tidy(cell.tidy(ID, scale, note=_note(cell, scale)) for cell in found)
    how = protocol(found, scale, ", ".join(dict.fromkeys(cell.column for cell in found)))
    return ArtifactResult(table, ablation(table).figure, [], how)


def _note(cell: Cell, scale: str) -> str:
    seconds, passes = (sum(record.values[name] for record in cell.records) for name in ("train_seconds", "clip_passes"))
    notes = [note(cell, scale), f"{cell.row}: {1000 * seconds / passes:.1f} ms a clip pass"]
    if cell.row == FROZEN:
        public = dict(cell.records[0].run.arguments).get("weights")
        weights = "the public weights" if public else "the random weights they begin with"
        notes.append(f"backbones keep {weights}; no random start, crop or flip")
    return "; ".join(filter(None, notes))
