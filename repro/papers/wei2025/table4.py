"""wei2025 Table 4: the network beside SlowFast, LRCN, Two-stream and Res3D, under one recipe."""

from __future__ import annotations

from repro.papers.measure import Cell
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import STAND_IN
from repro.papers.wei2025 import printed, table3
from repro.papers.wei2025.accuracies import accuracies
from repro.papers.wei2025.settings import COMPARISON, OURS, ablation, training

ARTIFACT = Artifact(
    title="Comparison with SlowFast, LRCN, Two-stream and Res3D",
    kind="measured",
    claim="On both data sets the network is better than SlowFast, LRCN, Two-stream and Res3D, in this order.",
    notebook="wei2025/03_table4.ipynb",
)
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
    settings = ablation(scale)
    ours = [p for p in table3.plan(scale, seeds) if p.row == OURS and p.column in settings.columns]
    return [
        Planned(training(scale, row, settings.columns[own.column], own.run.seed), row, own.column)
        for own in ours
        for row in COMPARISON
        if row == "Ours" or settings.has_baselines(own.run.seed, seeds)
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's rows on its two data sets beside ours on the data of this scale."""

    def note(cell: Cell) -> str:
        texts = [STAND_IN] * (scale != "paper") + [BOTH_INPUTS] * (cell.row == "Two-stream")
        texts += [PRINTED[cell.row]] * (scale == "paper" and cell.row in PRINTED)  # the printed number is beside ours
        return "; ".join(texts)

    result = accuracies(ID, done, scale, ("order-sota", COMPARISON), note, PRINTED)
    result.claims += printed.ledger(ID)
    return result
