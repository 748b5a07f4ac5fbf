"""Table 3: baselines and our network, without and with pretrained backbones, on what stands for
Kinetics-400.
"""

from functools import partial

from repro.papers.gong2022.rows import compared_rows, planned_rows
from repro.papers.gong2022.settings import THIRD
from repro.papers.plan import Artifact

ARTIFACT = Artifact(
    title="Kinetics-400: nineteen rows",
    kind="measured",
    claim="80.1 % on Kinetics-400, the best, at 46.8 GFLOPs.",
    notebook="gong2022/02_table3.ipynb",
)
plan, draw = partial(planned_rows, "first", THIRD), partial(compared_rows, "gong2022.table3")
