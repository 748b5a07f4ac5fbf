"""wei2025 Figure 7: sample clips of ARID."""

from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.sheets import CARD, samples, sheet

ARTIFACT = Artifact("Sample clips of ARID", **CARD, claim="What the clips look like: eleven actions in the dark.")


def plan(scale: str, seeds: int) -> list[Planned]:
    """ARID, at mini six of its classes; at the small scales the world at night."""
    return samples("ARID", scale)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """ARID or its stand-in."""
    return sheet("wei2025.figure7", "ARID", done, scale)
