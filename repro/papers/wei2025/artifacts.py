"""The inventory of wei2025: every table and figure of the paper, what draws it, or why it is not drawn yet."""

from __future__ import annotations

from repro.papers.catalogue import Artifact
from repro.papers.wei2025 import runs

TITLE = "A human action recognition method based on spatiotemporal information interaction (Tian Wei, 2025)"
LATER = "not built yet"

ARTIFACTS = (
    Artifact("wei2025.figure1", "The whole network", "static", note=LATER),
    Artifact("wei2025.figure2", "The cross dual-attention module", "static", note=LATER),
    Artifact("wei2025.figure3", "3-D self-attention along W, H and T", "static", note=LATER),
    Artifact("wei2025.figure4", "3-D efficient channel attention", "static", note=LATER),
    Artifact("wei2025.figure5", "Sample clips of UCF101", "needs data", note=LATER),
    Artifact("wei2025.figure6", "Sample clips of HMDB51", "needs data", note=LATER),
    Artifact("wei2025.figure7", "Sample clips of ARID", "needs data", note=LATER),
    Artifact("wei2025.figure8", "Recognition before and after enhancement", "measured", note=LATER),
    Artifact("wei2025.figure9a", "Confusion matrix on dark clips", "measured", note=LATER),
    Artifact("wei2025.figure9b", "Confusion matrix on enhanced clips", "measured", note=LATER),
    Artifact(
        "wei2025.table1",
        "Layers, output sizes and cost",
        "static",
        claim="The dense pathway, with an eighth of the channels and eight times the frames, takes about a fifth of the compute.",
        runs=runs.table1,
        draw="repro.papers.wei2025.table1:draw",
        notebook="wei2025/01_table1.ipynb",
    ),
    Artifact("wei2025.table2", "Definition of TP, FP, FN, TN", "definition", note=LATER),
    Artifact(
        "wei2025.table3",
        "Ablation: dense, sparse, both, both with the module",
        "measured",
        claim="Each step of the construction helps on both data sets: dense < sparse < both < both with cross dual-attention.",
        runs=runs.table3,
        draw="repro.papers.wei2025.table3:draw",
        notebook="wei2025/02_table3.ipynb",
    ),
    Artifact(
        "wei2025.table4",
        "Comparison with SlowFast, LRCN, Two-stream and Res3D",
        "measured",
        claim="The network is better than SlowFast, SlowFast than LRCN, LRCN than Two-stream, Two-stream than Res3D, on both data sets.",
        runs=runs.table4,
        draw="repro.papers.wei2025.table4:draw",
        notebook="wei2025/03_table4.ipynb",
    ),
    Artifact("wei2025.table5", "Accuracy per class in the dark, before and after enhancement", "measured", note=LATER),
)
