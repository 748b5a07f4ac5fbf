"""wei2025 Figure 9b: the confusion matrix on enhanced clips, and what enhancement changed."""

import numpy as np

from repro.evidence.plots import row_shares
from repro.papers.claims import ledger_row
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done
from repro.papers.wei2025 import claims, dark, figures, printed
from repro.papers.wei2025.figure9a import class_names, confusions, matrix

ARTIFACT = Artifact(
    "Confusion matrix on enhanced clips", **dark.CARD, claim="After enhancement there are fewer mistakes."
)
ID = "wei2025.figure9b"
plan = dark.main_plan  # the recognisers before and after


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The confusion matrix on enhanced clips, and below it what changed; the claim is Table 5's own
    under row normalisation.
    """
    before, after = cells(done).values()
    result = matrix(ID, printed.AFTER, after, scale, below=1)
    counts, ax = [confusions(cell) for cell in (before, after)], result.figure.axes[1]
    figures.confusion_change(counts[0], counts[1], class_names(after), ax, title="after minus before")
    tested = np.unique(before.predictions[0]["label"])
    masses = [1 - np.diag(row_shares(matrix))[tested].mean() for matrix in counts]
    verdict = claims.confusion_lower_after(claims.enhance_raises_accuracy(before.row, before, after))
    ours = f"mean share off the diagonal {masses[0]:.2f} before, {masses[1]:.2f} after"
    result.claims.append(ledger_row(ID, "confusion-lower-after", verdict, ours))
    return result
