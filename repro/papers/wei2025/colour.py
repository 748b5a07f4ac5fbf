"""Beside Tables 3 and 4: the rows on colour, with constants of the training set and standardised
clip by clip (W27). Few seeds: flow decides.
"""

from repro.evidence.plots import ablation as levels
from repro.evidence.tables import tidy
from repro.papers.measure import cells, protocol
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import STAND_IN
from repro.papers.wei2025.settings import ABLATION, FEW, OURS, ablation, training

ARTIFACT = Artifact(
    "Beside Tables 3 and 4 (ours): the rows on colour, fixed and per-clip input", "measured",
    "wei2025/03_table4.ipynb", "Not in the paper, which does not say how its input was normalised.",
    scales=("overnight",),
)  # fmt: skip
ID = "wei2025.colour"
ROWS = (*(row for row in ABLATION if row != OURS), "SlowFast", OURS)


def plan(scale: str, seeds: int) -> list[Planned]:
    """The pathways alone and together, SlowFast and the whole network."""
    return [
        Planned(training(scale, row, data, seed, **recipe), row, column)
        for column, (data, recipe) in ablation(scale).beside.items()
        for row in ROWS
        for seed in range(seeds or FEW)
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Levels alone: nothing is decided on so few seeds."""
    found = cells(done)
    table = tidy(cell.tidy(ID, scale, note=STAND_IN) for cell in found.values())
    words = protocol(found.values(), scale, "actions, RGB")
    return ArtifactResult(table, levels(table).figure, [], words)
