"""wei2025 Table 3: dense only, sparse only, both, both with the module."""

from dataclasses import replace

from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import printed
from repro.papers.wei2025.accuracies import accuracies
from repro.papers.wei2025.settings import ABLATION, FOLDS, ablation, training

ARTIFACT = Artifact(
    "Ablation: dense, sparse, both, both with the module", "measured", "wei2025/02_table3.ipynb",
    "Each step helps on both data sets: dense < sparse < both < both with cross dual-attention.",
    inside=True,
)  # fmt: skip
ID = "wei2025.table3"
TUNED = "learning rates were chosen on part of these clips"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Four rows x data sets x seeds, and at mini the folds over all of ARID-6."""
    settings = ablation(scale)
    tested = [(c, data, seed) for c, data in settings.columns.items() for seed in range(seeds or settings.seeds)]
    tested += [
        (c, replace(data, split=f"group_cv{n}of{FOLDS}"), 0) for c, data in settings.folds.items() for n in range(FOLDS)
    ]
    return [Planned(training(scale, row, data, seed), row, column) for column, data, seed in tested for row in ABLATION]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""
    notes = {column: [TUNED] for column in ablation(scale).folds}
    more = printed.ledger(ID)
    return accuracies(ID, done, scale, "ablation-order", ABLATION, lambda cell: notes.get(cell.column, []), more)
