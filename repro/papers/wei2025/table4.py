"""wei2025 Table 4: the network beside SlowFast, LRCN, Two-stream and Res3D, under one recipe."""

from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import printed, table3
from repro.papers.wei2025.accuracies import accuracies
from repro.papers.wei2025.settings import COMPARISON, OURS, ablation, training

ARTIFACT = Artifact(
    "Comparison with SlowFast, LRCN, Two-stream and Res3D", "measured", "wei2025/03_table4.ipynb",
    "On both data sets the network is better than SlowFast, LRCN, Two-stream and Res3D, in this order.",
)  # fmt: skip
ID = "wei2025.table4"
BOTH_INPUTS = "Two-stream sees colour and flow"
PRINTED = {  # where the printed rows seem to come from: the comparison they make is not one under one protocol
    "Res3D": "printed 85.8 / 54.9 are the original's own results, pretrained on Sports-1M",
    "Two-stream": "printed 86.9 / 58.0 seem to be the original's own results for averaging, pretrained on ImageNet",
    "LRCN": "printed 88.6 on UCF101 is not LRCN's (82.9 there) but the result of another paper's network",
    "SlowFast": "printed 95.8 / 77.0 also stand in Table 3 for two pathways without the module; "
    "one number serves two networks",
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Each run of the whole network in Table 3 but those of its folds, and its like for every
    baseline.
    """
    at, runs = ablation(scale), []
    for own in table3.plan(scale, seeds):
        if own.row == OURS and own.column in at.columns:
            seed, data = own.run.seed, own.run.clip_data
            rows = COMPARISON if at.has_baselines(seed, seeds) else ["Ours"]
            runs += [Planned(training(scale, row, data, seed), row, own.column) for row in rows]
    return runs


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""
    notes = {"Two-stream": [BOTH_INPUTS]}
    if scale == "paper":  # then the printed number stands beside ours
        notes = {row: [*notes.get(row, []), note] for row, note in PRINTED.items()}
    own = printed.ledger(ID)
    return accuracies(ID, done, scale, "order-sota", COMPARISON, lambda cell: notes.get(cell.row, []), own, PRINTED)
