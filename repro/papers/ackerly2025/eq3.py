"""Equation (3) of ackerly2025 worked by hand: the penalty on the weights."""

import numpy as np

from repro.papers.ackerly2025.worked import equation, worked
from repro.papers.plan import ArtifactResult, Done, no_runs

ARTIFACT = equation("The penalty on the weights")
plan = no_runs
W = np.array([[3.0, -4.0], [0.0, 1.0]])
LAMBDA = 1e-4


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Lambda ||W||^2, whose gradient pulls each weight towards zero in proportion to itself:
    nothing becomes sparse (A3).
    """
    squares = float((W**2).sum())
    dense = "a weight of zero stays, a small one hardly moves: no sparsity, as the prose has it"
    rows = [
        ("W", W, ""),
        ("||W||^2", f"{squares:g}", "9 + 16 + 0 + 1"),
        ("lambda ||W||^2", f"{LAMBDA * squares:g}", f"lambda = {LAMBDA:g}; the paper gives none (A3)"),
        ("gradient 2 lambda W", 2 * LAMBDA * W, dense),
    ]
    return worked("ackerly2025.eq3", scale, "penalty", rows)
