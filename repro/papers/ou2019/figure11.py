"""Figure 11: loss and accuracy against epochs, UCF Sports."""

from repro.papers.ou2019 import curves
from repro.papers.plan import ArtifactResult, Done, Planned

ARTIFACT = curves.artifact(title="Loss and accuracy against epochs, UCF Sports", claim="The same on 150 clips.")


def plan(scale: str, seeds: int) -> list[Planned]:
    """Both stages of our network on the second data set of Table 2."""
    return curves.plan(scale, seeds, "figure11")


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The curves; the pace of this set is compared in Figure 10."""
    return curves.draw("figure11", done, scale)
