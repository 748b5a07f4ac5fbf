"""The inventory of wei2025: every table and figure of the paper, what draws it, or why it is not
drawn yet.
"""

from __future__ import annotations

from repro.papers.catalogue import Artifact
from repro.papers.wei2025 import dark, runs, samples

TITLE = "A human action recognition method based on spatiotemporal information interaction (Tian Wei, 2025)"
STRUCTURE = "wei2025/05_structure.ipynb"
DARK = "wei2025/04_table5.ipynb"

ARTIFACTS = (
    Artifact(
        "wei2025.figure1",
        "The whole network",
        "static",
        claim="Two pathways exchange features in four rounds and end in one vector.",
        runs=runs.structure,
        draw="repro.papers.wei2025.structure:figure1",
        notebook=STRUCTURE,
    ),
    Artifact(
        "wei2025.figure2",
        "The cross dual-attention module",
        "static",
        claim="Dense to sparse by pooling over time and channel attention, sparse to dense by self-attention and upsampling.",
        runs=runs.structure,
        draw="repro.papers.wei2025.structure:figure2",
        notebook=STRUCTURE,
    ),
    Artifact(
        "wei2025.figure3",
        "3-D self-attention along W, H and T",
        "static",
        claim="After two rounds along three axes, each position has seen all others.",
        runs=runs.reach,
        draw="repro.papers.wei2025.structure:figure3",
        notebook=STRUCTURE,
    ),
    Artifact(
        "wei2025.figure4",
        "3-D efficient channel attention",
        "static",
        claim="The kernel over channels grows with their number, by eq. (4).",
        runs=runs.structure,
        draw="repro.papers.wei2025.structure:figure4",
        notebook=STRUCTURE,
    ),
    Artifact(
        "wei2025.figure5",
        "Sample clips of UCF101",
        "needs data",
        claim="What the clips look like: 101 actions from the web.",
        runs=samples.figure5,
        draw="repro.papers.wei2025.sheets:figure5",
        notebook=STRUCTURE,
    ),
    Artifact(
        "wei2025.figure6",
        "Sample clips of HMDB51",
        "needs data",
        claim="What the clips look like: 51 actions, mostly from films.",
        runs=samples.figure6,
        draw="repro.papers.wei2025.sheets:figure6",
        notebook=STRUCTURE,
    ),
    Artifact(
        "wei2025.figure7",
        "Sample clips of ARID",
        "needs data",
        claim="What the clips look like: eleven actions in the dark.",
        runs=samples.figure7,
        draw="repro.papers.wei2025.sheets:figure7",
        notebook=STRUCTURE,
    ),
    Artifact(
        "wei2025.figure8",
        "Recognition before and after enhancement",
        "measured",
        claim="Dark clips that are not recognised, or with a low score, are recognised after enhancement.",
        runs=dark.figure8,
        draw="repro.papers.wei2025.figures89:figure8",
        notebook=DARK,
    ),
    Artifact(
        "wei2025.figure9a",
        "Confusion matrix on dark clips",
        "measured",
        claim="On dark clips many classes are confused, pick, drink, jump, pour and push above all.",
        runs=dark.figure9,
        draw="repro.papers.wei2025.figures89:figure9a",
        notebook=DARK,
    ),
    Artifact(
        "wei2025.figure9b",
        "Confusion matrix on enhanced clips",
        "measured",
        claim="After enhancement there are fewer mistakes.",
        runs=dark.figure9,
        draw="repro.papers.wei2025.figures89:figure9b",
        notebook=DARK,
    ),
    Artifact(
        "wei2025.table1",
        "Layers, output sizes and cost",
        "static",
        claim="The dense pathway, with an eighth of the channels and eight times the frames, takes about a fifth of the compute.",
        runs=runs.table1,
        draw="repro.papers.wei2025.table1:draw",
        notebook="wei2025/01_table1.ipynb",
    ),
    Artifact(
        "wei2025.table2",
        "Definition of TP, FP, FN, TN",
        "definition",
        runs=samples.none,
        draw="repro.papers.wei2025.sheets:table2",
        notebook=STRUCTURE,
    ),
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
    Artifact(
        "wei2025.table5",
        "Accuracy per class in the dark, before and after enhancement",
        "measured",
        claim="Enhancing dark clips before they are recognised raises the accuracy of every class, from 60.3 % to 83.2 % on average.",
        runs=dark.table5,
        draw="repro.papers.wei2025.table5:draw",
        notebook=DARK,
    ),
    Artifact(
        "wei2025.light",
        "Beside Table 5 (ours): light in training x light in testing, fixed and per-clip input, photographs",
        "measured",
        claim="Not in the paper. What enhancement is worth depends on how input is normalised and on what the recogniser was trained on.",
        runs=dark.grid,
        draw="repro.papers.wei2025.light:draw",
        notebook=DARK,
    ),
)
