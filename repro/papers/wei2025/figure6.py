"""wei2025 Figure 6: sample clips of HMDB51."""

from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.sheets import CARD, samples, sheet

ARTIFACT = Artifact("Sample clips of HMDB51", **CARD, claim="What the clips look like: 51 actions, mostly from films.")


def plan(scale: str, seeds: int) -> list[Planned]:
    """HMDB51; at the small scales the world's scenes for motion."""
    return samples("HMDB51", scale)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """HMDB51 or its stand-in."""
    return sheet("wei2025.figure6", "HMDB51", done, scale)
