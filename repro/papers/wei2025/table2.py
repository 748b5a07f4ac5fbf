"""wei2025 Table 2: what a cell of a confusion matrix counts, and where the kit's matrices have it
(W16).
"""

from __future__ import annotations

from repro.evidence.tables import static_row, tidy
from repro.papers import folder
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.figures import definition
from repro.papers.wei2025.settings import PAPER, STRUCTURE

ARTIFACT = Artifact("Definition of TP, FP, FN, TN", "definition", STRUCTURE)
ID = "wei2025.table2"
OUTCOMES = ("Positive", "Negative")
WORDS = {"TP": "rightly said yes", "FP": "wrongly said yes", "FN": "wrongly said no", "TN": "rightly said no"}
WHERE = (
    "In this table rows are predicted and columns actual, as the paper prints it; its Figure 9 and every confusion "
    "matrix of this kit have rows actual and columns predicted (W16), so FP and FN change places there"
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """A definition needs no run."""
    return []


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's table, its outcomes named anew by whether the prediction is right and by what was
    predicted.
    """
    cells, rows = {}, []
    for predicted in OUTCOMES:
        for actual in OUTCOMES:
            text = folder.reported(PAPER)[ID, f"Prediction {predicted}", f"GT {actual}"]
            cells[predicted, actual] = (text, WORDS[text])
            value = ("T" if predicted == actual else "F") + predicted[0]
            names = f"predicted {predicted.lower()}", f"actually {actual.lower()}"
            rows.append(static_row(ID, scale, *names, "count", value, text, note=WHERE))
    figure = definition(cells, rows="predicted", columns="actual").figure
    return ArtifactResult(tidy(rows), figure, [], f"definition: no run, no data. {WHERE}")
