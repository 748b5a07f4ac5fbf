"""Equation (2) of ackerly2025 worked by hand: cross-entropy."""

import numpy as np

from repro.papers.ackerly2025.worked import equation, worked
from repro.papers.plan import ArtifactResult, Done, no_runs

ARTIFACT = equation("Cross-entropy")
plan = no_runs
P, TRUE = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]]), np.array([0, 1])


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Minus the mean logarithm of the true class's probability, no label smoothing (A4)."""
    each = -np.log(P[np.arange(len(P)), TRUE])
    rows = [(f"image {i + 1}, true class {k + 1}", f"-ln {P[i, k]:g} = {each[i]:.4f}", "") for i, k in enumerate(TRUE)]
    classes = "eq. (2) prints C for the number of classes; the kit writes K (A4)"
    return worked("ackerly2025.eq2", scale, "cross-entropy", [*rows, ("mean", f"{each.mean():.4f}", classes)])
