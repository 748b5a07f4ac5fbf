"""Table 4: baselines and our network, without and with pretrained backbones, on what stands for
Kinetics-600.
"""

from repro.papers.gong2022.rows import compared_rows
from repro.papers.gong2022.settings import SECOND, at
from repro.papers.gong2022.trainings import compared, counted
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="Kinetics-600: twelve rows",
    kind="measured",
    claim="81.9 % on Kinetics-600, the best, at 46.8 GFLOPs.",
    notebook="gong2022/03_table4.ipynb",
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Its baselines and four rows of ours on what stands for Kinetics-600."""
    rows = compared(scale, seeds, at(scale).second, SECOND)
    return [*rows, *counted(rows)]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Printed and measured rows in one table; no claim is decided by it."""
    return compared_rows("gong2022.table4", done, scale)
