"""Equation (1) of ackerly2025 worked by hand: attention."""

import numpy as np

from repro.papers.ackerly2025.worked import equation, worked
from repro.papers.plan import ArtifactResult, Done, no_runs

ARTIFACT = equation("Scaled dot-product attention")
plan = no_runs
Q = K = np.array([[1.0, 0.0], [0.0, 1.0]])  # two steps, d_k = 2
V = np.array([[1.0, 2.0], [3.0, 4.0]])


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eq. (1): softmax(Q K^T / sqrt(d_k)) V of steps (S, d_k), and the weights (S, S)."""
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    return weights @ v, weights


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Two steps that look mostly at themselves; then one step, which can only look at itself."""
    mixed, weights = attend(Q, K, V)
    alone, one = attend(Q[:1], K[:1], V[:1])
    linear = "V itself: on a still image as one step, eq. (1) is a linear map"
    rows = [
        ("Q = K", Q, "two steps, d_k = 2"),
        ("V", V, ""),
        ("weights = softmax(Q K^T / sqrt(2))", weights, "each row sums to 1"),
        ("weights V", mixed, ""),
        ("one step (S = 1): weights", one, "softmax of one number is 1, whatever Q and K are"),
        ("one step (S = 1): weights V", alone, linear),
    ]
    return worked("ackerly2025.eq1", scale, "attention", rows)
