"""Table 4: baselines and our network, without and with pretrained backbones, on what stands for
Kinetics-600.
"""

from functools import partial

from repro.papers.gong2022.rows import compared_rows, planned_rows
from repro.papers.gong2022.settings import SECOND
from repro.papers.plan import Artifact

ARTIFACT = Artifact(
    title="Kinetics-600: twelve rows",
    kind="measured",
    claim="81.9 % on Kinetics-600, the best, at 46.8 GFLOPs.",
    notebook="gong2022/03_table4.ipynb",
)
plan, draw = partial(planned_rows, "second", SECOND), partial(compared_rows, "gong2022.table4")
