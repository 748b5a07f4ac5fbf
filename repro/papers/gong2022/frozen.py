"""Beside Table 2 (ours): both modules on frozen backbones whose maps are stored, so that only what
the table compares is trained.
"""

from dataclasses import replace

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.gong2022.measured import measured_rows, protocol
from repro.papers.gong2022.settings import NETWORK, NONE, SWITCHES, at
from repro.papers.gong2022.trainings import trained
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Data, Recipe, Run, options

ID = "gong2022.frozen"
ARTIFACT = Artifact(
    title="Beside Table 2 (ours): both modules on frozen backbones",
    kind="measured",
    claim="Not in the paper. What the modules add where nothing but they and the classifiers learn.",
    notebook="gong2022/01_table2.ipynb",
)
NOTE = "backbones as the row without both modules ended with, frozen; no random crop or flip"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Table 2's four switches on stored maps of backbones that were trained without them."""
    settings = at(scale)
    return [
        Planned(on_maps(scale, settings.ablation[column], seed, row), row, column)
        for column in settings.decided_on
        for row in SWITCHES
        for seed in settings.of_column(column, seeds)
    ]


def on_maps(scale: str, data: Data, seed: int, row: str) -> Run:
    """A training on the stored maps of the network without STC and MFF, at the larger number of
    segments.
    """
    settings, base, own = at(scale), trained(scale, data, seed, NONE), trained(scale, data, seed, row)
    data, precision = replace(data, clips=replace(data.clips, segments=settings.more)), base.recipe.precision
    stored = Run("features", NETWORK, base.arguments, data, Recipe(precision=precision), base.protocol, seed, base)
    arguments = {name: value for name, value in own.arguments if not name.startswith("weights")} | {"reads": "maps"}
    recipe = replace(own.recipe, augment=(), backbone_rate=1.0, epochs=settings.head_epochs)
    return replace(own, arguments=options(**arguments), data=data, recipe=recipe, init_from=None, features=stored)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy of the four switches; the claims of the paper are about everything trained, so none
    is decided.
    """
    measured = cells(done)
    table = tidy(row | {"note": f"{row['note']}; {NOTE}"} for row in measured_rows(ID, scale, measured))
    figure = ablation(table[table["metric"] == "Top1"]).figure
    return ArtifactResult(table, figure, [], f"{protocol(measured, scale)}; {NOTE}")
