"""ackerly2025 equations (1) to (3), worked by hand on numbers small enough to check with a pencil.

The same cases are tests of the network and of the loss (tests/networks/test_ackerly2025.py,
tests/train/test_penalty.py); here numpy does the sums, so that the page shows what is meant by each
equation without a network.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from repro.evidence.tables import Row, static_row, tidy
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

PROTOCOL = "definition: no run, no data"
Q = K = np.array([[1.0, 0.0], [0.0, 1.0]])  # two steps, d_k = 2
V = np.array([[1.0, 2.0], [3.0, 4.0]])
P, TRUE = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]]), np.array([0, 1])
W = np.array([[3.0, -4.0], [0.0, 1.0]])
LAMBDA = 1e-4


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eq. (1): softmax(Q K^T / sqrt(d_k)) V of steps (S, d_k), and the weights (S, S)."""
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    return weights @ v, weights


def eq1(records: list[Record], scale: str) -> ArtifactResult:
    """Two steps that look mostly at themselves; then one step, which can only look at itself."""
    _row = partial(static_row, "ackerly2025.eq1", scale, column="value", metric="attention")
    mixed, weights = attend(Q, K, V)
    alone, one = attend(Q[:1], K[:1], V[:1])
    rows = [
        _row("Q = K", value=_matrix(Q), note="two steps, d_k = 2"),
        _row("V", value=_matrix(V)),
        _row("weights = softmax(Q K^T / sqrt(2))", value=_matrix(weights), note="each row sums to 1"),
        _row("weights V", value=_matrix(mixed)),
        _row("one step (S = 1): weights", value=_matrix(one), note="softmax of one number is 1, whatever Q and K are"),
        _row(
            "one step (S = 1): weights V",
            value=_matrix(alone),
            note="V itself: on a still image as one step, eq. (1) is a linear map",
        ),
    ]
    return _definition(rows)


def eq2(records: list[Record], scale: str) -> ArtifactResult:
    """Cross-entropy: minus the mean logarithm of the true class's probability, no label smoothing
    (A4).
    """
    _row = partial(static_row, "ackerly2025.eq2", scale, column="value", metric="cross-entropy")
    each = -np.log(P[np.arange(len(P)), TRUE])
    rows = [
        _row(f"image {i + 1}, true class {k + 1}", value=f"-ln {P[i, k]:g} = {each[i]:.4f}") for i, k in enumerate(TRUE)
    ]
    rows.append(
        _row(
            "mean", value=f"{each.mean():.4f}", note="eq. (2) prints C for the number of classes; the kit writes K (A4)"
        )
    )
    return _definition(rows)


def eq3(records: list[Record], scale: str) -> ArtifactResult:
    """Lambda ||W||^2, whose gradient pulls each weight towards zero in proportion to itself:
    nothing becomes sparse (A3).
    """
    _row = partial(static_row, "ackerly2025.eq3", scale, column="value", metric="penalty")
    rows = [
        _row("W", value=_matrix(W)),
        _row("||W||^2", value=f"{(W**2).sum():g}", note="9 + 16 + 0 + 1"),
        _row(
            "lambda ||W||^2", value=f"{LAMBDA * (W**2).sum():g}", note=f"lambda = {LAMBDA:g}; the paper gives none (A3)"
        ),
        _row(
            "gradient 2 lambda W",
            value=_matrix(2 * LAMBDA * W),
            note="a weight of zero stays, a small one hardly moves: no sparsity, as the prose has it",
        ),
    ]
    return _definition(rows)


def _definition(rows: list[Row]) -> ArtifactResult:
    return ArtifactResult(tidy(rows), None, [], PROTOCOL)


def _matrix(m: np.ndarray) -> str:
    """`[1, 0; 0, 1]`."""
    return "[" + "; ".join(", ".join(f"{value:.4g}" for value in row) for row in m) + "]"
