"""wei2025 Table 3: dense only, sparse only, both, both with the module."""

from dataclasses import replace

from repro.papers.claims import Cells, ledger_row
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import printed
from repro.papers.wei2025.accuracies import accuracies, decisive
from repro.papers.wei2025.claims import both_directions_needed
from repro.papers.wei2025.settings import ABLATION, D2S, DIRECTIONS, FOLDS, OURS, S2D, ablation, training

ARTIFACT = Artifact(
    "Ablation: dense, sparse, both, both with the module", "measured", "wei2025/02_table3.ipynb",
    "Each step helps on both data sets: dense < sparse < both < both with cross dual-attention.",
    inside=True,
)  # fmt: skip
ID = "wei2025.table3"
TUNED = "learning rates were chosen on part of these clips"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Four rows x data sets x seeds, the module's halves on the first data set of the smallest
    scales and of mini, and there the folds over all of ARID-6.
    """
    settings = ablation(scale)
    first, *_ = settings.columns
    tested = [(c, data, seed) for c, data in settings.columns.items() for seed in range(seeds or settings.seeds)]
    tested += [
        (c, replace(data, split=f"group_cv{n}of{FOLDS}"), 0) for c, data in settings.folds.items() for n in range(FOLDS)
    ]
    runs = []
    for column, data, seed in tested:
        halves = scale not in ("overnight", "paper") and column == first and settings.has_baselines(seed, seeds)
        rows = [*ABLATION, *DIRECTIONS] if halves else [*ABLATION]
        runs += [Planned(training(scale, row, data, seed), row, column) for row in rows]
    return runs


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""
    at, found = ablation(scale), cells(done)
    notes = {column: [TUNED] for column in at.folds}
    needed = both_directions_needed(found, list(at.columns), decisive(done, scale))
    more = [*printed.ledger(ID), ledger_row(ID, "both-directions-needed", needed, _halves(found))]
    return accuracies(ID, done, scale, "ablation-order", ABLATION, lambda cell: notes.get(cell.column, []), more)


def _halves(found: Cells) -> str:
    """Accuracy of the module and of its two directions, per data set, as far as they were run."""
    rows = (OURS, D2S, S2D)
    columns = [column for row, column in found if row == OURS and (D2S, column) in found]
    return "; ".join(f"{c}: " + ", ".join(f"{r} {found[r, c].interval.value:.2f}" for r in rows) for c in columns)
