"""wei2025 Table 4: the network beside SlowFast, LRCN, Two-stream and Res3D, under one recipe."""

from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import printed
from repro.papers.wei2025.accuracies import accuracies
from repro.papers.wei2025.settings import COMPARISON, FEW, ORDER, ablation, training
from repro.papers.wei2025.table3 import TUNED

ARTIFACT = Artifact(
    "Comparison with SlowFast, LRCN, Two-stream and Res3D", "measured", "wei2025/03_table4.ipynb",
    "On both data sets the network is better than SlowFast, LRCN, Two-stream and Res3D, in this order.",
)  # fmt: skip
ID = "wei2025.table4"
BOTH_INPUTS = "as published, on colour and flow: in no order with rows of one input"
PRINTED = {  # where the printed rows seem to come from: the comparison they make is not one under one protocol
    "Res3D": "printed 85.8 / 54.9 are the original's own results, pretrained on Sports-1M",
    "Two-stream": "printed 86.9 / 58.0 seem to be the original's own results for averaging, pretrained on ImageNet",
    "LRCN": "printed 88.6 on UCF101 is not LRCN's (82.9 there) but the result of another paper's network",
    "SlowFast": "printed 95.8 / 77.0 also stand in Table 3 for two pathways without the module; "
    "one number serves two networks",
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Every row wherever Table 3 trains the whole network; two-stream as published on the first
    data set alone, with few seeds, but at paper scale like the others.
    """
    at = ablation(scale)
    first, *_ = at.columns
    rows = {True: tuple(COMPARISON), False: ORDER}
    return [
        Planned(training(scale, row, data, seed), row, column)
        for column, data, seed in at.tested(seeds)
        for row in rows[scale == "paper" or (column == first and seed < (seeds or FEW))]
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""
    notes = {"Two-stream": [BOTH_INPUTS]}
    if scale == "paper":  # then the printed number stands beside ours
        notes = {row: [*notes.get(row, []), note] for row, note in PRINTED.items()}
    if scale == "mini":
        notes = {row: [*notes.get(row, []), TUNED] for row in COMPARISON}
    own = printed.ledger(ID)
    return accuracies(ID, done, scale, "order-sota", ORDER, lambda cell: notes.get(cell.row, []), own, PRINTED)
