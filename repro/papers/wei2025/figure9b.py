"""wei2025 Figure 9b: the confusion matrix on enhanced clips, and what enhancement changed."""

from __future__ import annotations

import numpy as np

from repro.evidence.plots import row_shares
from repro.papers.claims import ledger_row
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import claims, dark
from repro.papers.wei2025.figure9a import class_names, confusions, matrix
from repro.papers.wei2025.figures import confusion_change
from repro.papers.wei2025.printed import AFTER
from repro.papers.wei2025.settings import DARK

ARTIFACT = Artifact(
    "Confusion matrix on enhanced clips", "measured", DARK, "After enhancement there are fewer mistakes."
)
ID = "wei2025.figure9b"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The recognisers before and after."""
    return dark.main_plan(scale, seeds)


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The confusion matrix on enhanced clips, and below it what changed; the claim is Table 5's own
    under row normalisation.
    """
    before, after = cells(done).values()
    result = matrix(ID, AFTER, after, scale, below=1)
    lower = result.figure.axes[1]
    confusion_change(confusions(before), confusions(after), class_names(after), lower, title="after minus before")
    masses = [
        1 - np.diag(row_shares(confusions(cell)))[np.unique(cell.predictions[0]["label"])].mean()
        for cell in (before, after)
    ]
    verdict = claims.confusion_lower_after(claims.enhance_raises_accuracy(before.row, before, after))
    ours = f"mean share off the diagonal {masses[0]:.2f} before, {masses[1]:.2f} after"
    result.claims.append(ledger_row(ID, "confusion-lower-after", verdict, ours))
    return result
