"""wei2025 Table 3: dense only, sparse only, both, both with the module."""

from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import printed
from repro.papers.wei2025.accuracies import accuracies
from repro.papers.wei2025.settings import ABLATION, ablation, training

ARTIFACT = Artifact(
    "Ablation: dense, sparse, both, both with the module", "measured", "wei2025/02_table3.ipynb",
    "Each step helps on both data sets: dense < sparse < both < both with cross dual-attention.",
    inside=True,
)  # fmt: skip
ID = "wei2025.table3"
TUNED = "learning rates were chosen on a part of these clips"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Four rows x data sets x seeds; on real sets of the small scales every fold."""
    return [
        Planned(training(scale, row, data, seed), row, column)
        for column, data, seed in ablation(scale).tested(seeds)
        for row in ABLATION
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""
    notes = [TUNED] * (scale == "mini")
    return accuracies(ID, done, scale, "ablation-order", ABLATION, lambda _: notes, printed.ledger(ID))
