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
    """The confusion matrix on enhanced clips, and below it what changed. Fewer mistakes is Table
    5's own claim under row normalisation; those that the text names are counted by themselves.
    """
    before, after = cells(done).values()
    names, result = class_names(after), matrix(ID, printed.AFTER, after, scale, below=1)
    counts, ax = [confusions(cell) for cell in (before, after)], result.figure.axes[1]
    figures.confusion_change(counts[0], counts[1], names, ax, title="after minus before")
    tested = np.unique(before.predictions[0]["label"])
    masses = [1 - np.diag(row_shares(matrix))[tested].mean() for matrix in counts]
    lower = claims.confusion_lower_after(claims.enhance_raises_accuracy(before.row, before, after))
    ours = f"mean share off the diagonal {masses[0]:.2f} before, {masses[1]:.2f} after"
    fewer = claims.named_confusions(before, after, names)
    fall = "; ".join(map(str, fewer.contrasts)) or "not tested"
    both = {"confusion-lower-after": (lower, ours), "named-confusions": (fewer, fall)}
    result.claims += [ledger_row(ID, claim, *found) for claim, found in both.items()]
    return result
