"""wei2025 Figure 5: sample clips of UCF101."""

from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.sheets import CARD, samples, sheet

ARTIFACT = Artifact("Sample clips of UCF101", **CARD, claim="What the clips look like: 101 actions from the web.")


def plan(scale: str, seeds: int) -> list[Planned]:
    """UCF101; at the small scales the world's scenes for colour."""
    return samples("UCF101", scale)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """UCF101 or its stand-in."""
    return sheet("wei2025.figure5", "UCF101", done, scale)
