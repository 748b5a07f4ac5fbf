"""The inventory of ou2019: every table, figure and statement of the paper, and what stands beside
it.
"""

from __future__ import annotations

from repro.papers.catalogue import Artifact
from repro.papers.ou2019 import runs

TITLE = "Spatiotemporal information deep fusion network with frame attention for video action recognition (Hongshi Ou and Sun, 2019)"
STRUCTURE = "ou2019/07_structure.ipynb"
CURVES = "ou2019/04_figure9.ipynb"
STRUCTURES = {  # figure: title, claim
    2: (
        "VGG-16, layer by layer",
        "Thirteen convolutions and three fully connected layers; both streams are such backbones.",
    ),
    3: ("Two schemes of fusion", "Fusing at the convolution alone does not add fully connected weights."),
    4: ("The LSTM cell with layer normalisation", "What enters the gates is normalised, so that training is steadier."),
    5: (
        "Map and vector, two LSTMs, a third",
        "The fused map and a vector computed from it are read side by side and then together.",
    ),
    6: ("Sequence to one, sequence to sequence", "The first two LSTMs give every state, the third its last."),
    8: (
        "The whole network",
        "T frames sampled at one interval; both streams are fused in space and time before the LSTMs.",
    ),
}

ARTIFACTS = (
    Artifact(
        "ou2019.table1",
        "UCF101: eleven methods",
        "measured",
        claim="95.3 % on UCF101, 2.8 above two-stream fusion.",
        runs=runs.table1,
        draw="repro.papers.ou2019.tables:table1",
        notebook="ou2019/01_table1.ipynb",
    ),
    Artifact(
        "ou2019.table2",
        "UCF11 and UCF Sports: six methods each",
        "measured",
        claim="100 % on UCF11 and on UCF Sports.",
        runs=runs.table2,
        draw="repro.papers.ou2019.tables:table2",
        notebook="ou2019/02_table2.ipynb",
    ),
    Artifact(
        "ou2019.figure1",
        "Two actions that one frame cannot tell apart",
        "definition",
        claim="Golf swing and croquet look alike in single frames; time tells them apart.",
        runs=runs.figure1,
        draw="repro.papers.ou2019.sheets:figure1",
        notebook=STRUCTURE,
    ),
    *(
        Artifact(
            f"ou2019.figure{number}",
            title,
            "static",
            claim=claim,
            runs=runs.structure,
            draw=f"repro.papers.ou2019.structure:figure{number}",
            notebook=STRUCTURE,
        )
        for number, (title, claim) in STRUCTURES.items()
    ),
    Artifact(
        "ou2019.figure7",
        "Maps of convolutions 1, 6 and 9",
        "measured",
        claim="From edges to sparse abstractions: maps shrink and grow sparser with depth.",
        runs=runs.figure7,
        draw="repro.papers.ou2019.figure7:draw",
        notebook="ou2019/03_figure7.ipynb",
    ),
    Artifact(
        "ou2019.figure9",
        "Loss and accuracy against epochs, UCF101",
        "measured",
        claim="Training is steady and validation accuracy settles.",
        runs=runs.figure9,
        draw="repro.papers.ou2019.curves:figure9",
        notebook=CURVES,
    ),
    Artifact(
        "ou2019.figure10",
        "Loss and accuracy against epochs, UCF11",
        "measured",
        claim="The two smaller sets are learned in fewer epochs.",
        runs=runs.figure10,
        draw="repro.papers.ou2019.curves:figure10",
        notebook=CURVES,
    ),
    Artifact(
        "ou2019.figure11",
        "Loss and accuracy against epochs, UCF Sports",
        "measured",
        claim="The same on 150 clips.",
        runs=runs.figure11,
        draw="repro.papers.ou2019.curves:figure11",
        notebook=CURVES,
    ),
    Artifact(
        "ou2019.sensitivity",
        "Learning rate, dropout, L, T; streams and fusion",
        "measured",
        claim="Stated without numbers: rates above 1e-5 diverge; dropouts of 0.5 and 0.25 are best; fewer fields or frames lose.",
        runs=runs.sensitivity,
        draw="repro.papers.ou2019.sensitivity:draw",
        notebook="ou2019/05_sensitivity.ipynb",
    ),
    Artifact(
        "ou2019.prose",
        "Time of a video and of the training",
        "static",
        claim="770 ms a video; 140 epochs in a day, 46 in eight hours.",
        runs=runs.prose,
        draw="repro.papers.ou2019.prose:draw",
        notebook=STRUCTURE,
    ),
    Artifact(
        "ou2019.split",
        "Beside the paper (ours): colour, flow and both, split at random and by whole groups",
        "measured",
        claim="Not in the paper, which splits at random: how much of its accuracy is the split.",
        runs=runs.split,
        draw="repro.papers.ou2019.split:draw",
        notebook="ou2019/06_split.ipynb",
    ),
    Artifact(
        "ou2019.budget",
        "Beside the paper (ours): frozen backbones whose maps are stored once",
        "measured",
        claim="Not in the paper. What is left when only fusion, fc6 and LSTMs are trained.",
        runs=runs.budget,
        draw="repro.papers.ou2019.budget:draw",
        notebook="ou2019/01_table1.ipynb",
    ),
)
