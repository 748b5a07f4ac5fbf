"""wei2025 Table 2: what a cell of a confusion matrix counts, and where the kit's matrices have it
(W16).
"""

from repro.evidence.diagrams import Diagram
from repro.evidence.tables import static_row, tidy
from repro.papers import folder
from repro.papers.plan import Artifact, ArtifactResult, Done, no_runs

ARTIFACT = Artifact("Definition of TP, FP, FN, TN", "definition", "wei2025/05_structure.ipynb")
ID = "wei2025.table2"
OUTCOMES = ("Positive", "Negative")
WORDS = {"TP": "rightly said yes", "FP": "wrongly said yes", "FN": "wrongly said no", "TN": "rightly said no"}
WHERE = "In this table rows are predicted and columns actual, as the paper prints it; its Figure 9 and every confusion "
WHERE += "matrix of this kit have rows actual and columns predicted (W16), so FP and FN change places there"
plan = no_runs


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's table, its outcomes named anew by whether the prediction is right (green) or
    wrong (orange) and by what was predicted.
    """
    d, rows = Diagram(), []
    for i, predicted in enumerate(OUTCOMES, start=1):
        d.node(f"row {i}", "", "predicted", predicted.lower(), at=(0, i), kind="note")
        d.node(f"column {i}", "", f"actually {predicted.lower()}", at=(i, 0), kind="note")
        for j, actual in enumerate(OUTCOMES, start=1):
            text = folder.reported("wei2025")[ID, f"Prediction {predicted}", f"GT {actual}"]
            value, colour = ("T" if i == j else "F") + predicted[0], "2" if i == j else "4"
            d.node(text, text, WORDS[text], at=(j, i), kind="map", colour=colour)
            names = f"predicted {predicted.lower()}", f"actually {actual.lower()}"
            rows.append(static_row(ID, scale, *names, "count", value, text, note=WHERE))
    return ArtifactResult(tidy(rows), d.draw().figure, [], f"definition: no run, no data. {WHERE}")
