"""The inventory of gong2022: every table, figure and statement of the paper, and what stands beside
it.
"""

from __future__ import annotations

from repro.papers.catalogue import Artifact
from repro.papers.gong2022 import runs

TITLE = "A video classification method based on spatiotemporal detail attention and feature fusion (Gong and Li, 2022)"
HERE = "repro.papers.gong2022"
TABLE2, TABLE3, TABLE4 = "gong2022/01_table2.ipynb", "gong2022/02_table3.ipynb", "gong2022/03_table4.ipynb"
COSTS, FIGURE4, STRUCTURE = "gong2022/04_costs.ipynb", "gong2022/05_figure4.ipynb", "gong2022/06_structure.ipynb"

ARTIFACTS = (
    Artifact(
        "gong2022.table1",
        "Settings of the training",
        "definition",
        claim="AdamW at 0.008 and 0.012, 100 epochs, batches of 128 videos on eight cards.",
        runs=runs.printed,
        draw=f"{HERE}.structure:table1",
        notebook=STRUCTURE,
    ),
    Artifact(
        "gong2022.table2",
        "Kinetics-400: STC and MFF, one and both",
        "measured",
        claim="Each module helps, MFF more than STC, and both together most: 71.7, 73.9, 78.5, 80.1.",
        runs=runs.table2,
        draw=f"{HERE}.tables:table2",
        notebook=TABLE2,
    ),
    Artifact(
        "gong2022.pool",
        "Beside Table 2 (ours): STC alone is one weighted mean over the map",
        "measured",
        claim="Not in the paper. Without MFF, STC adds 128 numbers and nothing else; it reports 2.2 points for them.",
        runs=runs.pool,
        draw=f"{HERE}.pool:draw",
        notebook=TABLE2,
    ),
    Artifact(
        "gong2022.frozen",
        "Beside Table 2 (ours): both modules on frozen backbones",
        "measured",
        claim="Not in the paper. What the modules add where nothing but they and the classifiers learn.",
        runs=runs.frozen,
        draw=f"{HERE}.frozen:draw",
        notebook=TABLE2,
    ),
    Artifact(
        "gong2022.table3",
        "Kinetics-400: nineteen rows",
        "measured",
        claim="80.1 % on Kinetics-400, the best, at 46.8 GFLOPs.",
        runs=runs.table3,
        draw=f"{HERE}.tables:table3",
        notebook=TABLE3,
    ),
    Artifact(
        "gong2022.segments",
        "Beside Tables 3 and 4 (ours): more segments, and backbones pretrained on images",
        "measured",
        claim="16 segments beat 8, and ImageNet's weights help, on both data sets.",
        runs=runs.segments,
        draw=f"{HERE}.segments:draw",
        notebook=TABLE3,
    ),
    Artifact(
        "gong2022.table4",
        "Kinetics-600: twelve rows",
        "measured",
        claim="81.9 % on Kinetics-600, the best, at 46.8 GFLOPs.",
        runs=runs.table4,
        draw=f"{HERE}.tables:table4",
        notebook=TABLE4,
    ),
    Artifact(
        "gong2022.prose",
        "Differences stated in words, summed from the printed cells",
        "static",
        claim="Twelve differences by two metrics, one value and one size.",
        runs=runs.printed,
        draw=f"{HERE}.arithmetic:draw",
        notebook=TABLE4,
    ),
    Artifact(
        "gong2022.costs",
        "GFLOPs of every row in one unit",
        "static",
        claim="46.8 GFLOPs with 8 and with 16 segments, between TSN and TSM and far below SlowFast.",
        runs=runs.costs,
        draw=f"{HERE}.costs:draw",
        notebook=COSTS,
    ),
    Artifact(
        "gong2022.figure4",
        "The geometric relation between cells",
        "measured",
        claim="The farther two cells are apart, the smaller the value that relates them.",
        runs=runs.figure4,
        draw=f"{HERE}.figure4:draw",
        notebook=FIGURE4,
    ),
    Artifact(
        "gong2022.figure1",
        "Frames of one motion",
        "definition",
        claim="What moves from frame to frame belongs together.",
        runs=runs.figure1,
        draw=f"{HERE}.structure:figure1",
        notebook=STRUCTURE,
    ),
    Artifact(
        "gong2022.figure2",
        "The same frames as a grid of cells",
        "definition",
        claim="Cells that are near in time and space are correlated.",
        runs=runs.figure1,
        draw=f"{HERE}.structure:figure2",
        notebook=STRUCTURE,
    ),
    Artifact(
        "gong2022.figure3",
        "The whole network",
        "static",
        claim="Two streams, each smoothed over neighbours; each looks into the other; their answers are averaged.",
        runs=runs.structure,
        draw=f"{HERE}.structure:figure3",
        notebook=STRUCTURE,
    ),
    Artifact(
        "gong2022.figure5",
        "The network with the shapes of its maps",
        "static",
        claim="Shapes of the maps at each place.",
        runs=runs.structure,
        draw=f"{HERE}.structure:figure5",
        notebook=STRUCTURE,
    ),
)
