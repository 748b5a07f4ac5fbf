"""What the worked equations of ackerly2025 share: numbers small enough for a pencil, no run, no
data.

The same cases are tests of the network and of the loss; numpy does the sums here, so that the page
shows what each equation means without a network.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from repro.evidence.tables import static_row, tidy
from repro.papers.ackerly2025.settings import STRUCTURE
from repro.papers.plan import Artifact, ArtifactResult

PROTOCOL = "definition: no run, no data"


def equation(title: str) -> Artifact:
    """A worked equation as an artifact."""
    return Artifact(title=title, kind="definition", notebook=STRUCTURE)


def worked(artifact: str, scale: str, metric: str, rows: Iterable[tuple[str, Any, str]]) -> ArtifactResult:
    """A table of (what, its value, note); a matrix (n, m) is written as `[1, 0; 0, 1]`."""
    texts = [(name, _matrix(value) if isinstance(value, np.ndarray) else value, note) for name, value, note in rows]
    table = tidy(static_row(artifact, scale, name, "value", metric, value, note=note) for name, value, note in texts)
    return ArtifactResult(table, None, [], PROTOCOL)


def _matrix(values: np.ndarray) -> str:
    return "[" + "; ".join(", ".join(f"{value:.4g}" for value in row) for row in values) + "]"
