"""The inventory of ackerly2025: every table, figure and equation of the paper, and what stands
beside it.
"""

from __future__ import annotations

from repro.papers.ackerly2025 import runs
from repro.papers.catalogue import Artifact

TITLE = "Deep image classification via spatiotemporal feature fusion networks (Rowan Ackerly, 2025)"
STRUCTURE = "ackerly2025/04_structure.ipynb"
ABLATION = "ackerly2025/03_ablation.ipynb"

ARTIFACTS = (
    Artifact(
        "ackerly2025.table1",
        "Five models by AUC, accuracy, precision and recall",
        "measured",
        claim="On every metric XGBoost < MLP < ViT < Swin < the proposed network; the largest gains are in AUC and recall.",
        runs=runs.table1,
        draw="repro.papers.ackerly2025.table1:draw",
        notebook="ackerly2025/01_table1.ipynb",
    ),
    Artifact(
        "ackerly2025.figure1",
        "The whole network",
        "static",
        claim="Multi-scale convolutions for space, attention over steps for time, both added by weights.",
        runs=runs.structure,
        draw="repro.papers.ackerly2025.structure:figure1",
        notebook=STRUCTURE,
    ),
    Artifact(
        "ackerly2025.figure2",
        "Recall against the share of the training set",
        "measured",
        claim="Recall falls as training images are taken away, from about 0.92 to 0.86 at 40 % and 0.83 at 20 %, faster below 60 %.",
        runs=runs.figure2,
        draw="repro.papers.ackerly2025.figure2:draw",
        notebook="ackerly2025/02_figure2.ipynb",
    ),
    *(
        Artifact(
            f"ackerly2025.eq{number}",
            title,
            "definition",
            runs=runs.none,
            draw=f"repro.papers.ackerly2025.equations:eq{number}",
            notebook=STRUCTURE,
        )
        for number, title in enumerate(
            ("Scaled dot-product attention", "Cross-entropy", "The penalty on the weights"), start=1
        )
    ),
    Artifact(
        "ackerly2025.ablation",
        "Beside the paper (ours): space, time, steps and penalty, one switch at a time",
        "measured",
        claim="Not in the paper, whose claim rests on it: what attention over steps adds to multi-scale convolutions on one still image.",
        runs=runs.ablation,
        draw="repro.papers.ackerly2025.ablation:draw",
        notebook=ABLATION,
    ),
    Artifact(
        "ackerly2025.factors",
        "Beside the paper (ours): clips whose class is appearance, motion, order or both",
        "measured",
        claim="Not in the paper. What the network can tell of time when there is a time.",
        runs=runs.factors,
        draw="repro.papers.ackerly2025.factors:draw",
        notebook=ABLATION,
    ),
)
