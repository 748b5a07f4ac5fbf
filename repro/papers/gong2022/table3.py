"""Table 3: baselines and our network, without and with pretrained backbones, on what stands for
Kinetics-400.
"""

from repro.papers.gong2022.rows import compared_rows
from repro.papers.gong2022.settings import THIRD, at
from repro.papers.gong2022.trainings import compared, counted
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="Kinetics-400: nineteen rows",
    kind="measured",
    claim="80.1 % on Kinetics-400, the best, at 46.8 GFLOPs.",
    notebook="gong2022/02_table3.ipynb",
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """All baselines and four rows of ours on what stands for Kinetics-400."""
    rows = compared(scale, seeds, at(scale).first, THIRD)
    return [*rows, *counted(rows)]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Printed and measured rows in one table; no claim is decided by it."""
    return compared_rows("gong2022.table3", done, scale)
