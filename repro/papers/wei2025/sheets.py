"""Drawing of wei2025 Figures 5-7, contact sheets, and of Table 2, the definition behind its
confusion matrices.
"""

from __future__ import annotations

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import tidy
from repro.papers import catalogue
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025.figures import definition
from repro.runs.store import Record

CREDIT = {  # of real clips; what may be shown to others, and whose it is
    "ucf101": "UCF101 (Soomro et al. 2012)",
    "hmdb51": "HMDB51 (Kuehne et al. 2011)",
    "arid": "ARID (Xu et al. 2020, arXiv 2006.03876), CC BY 4.0",
}


def figure5(records: list[Record], scale: str) -> ArtifactResult:
    """UCF101 or its stand-in."""
    return _sheet("wei2025.figure5", "UCF101", records, scale)


def figure6(records: list[Record], scale: str) -> ArtifactResult:
    """HMDB51 or its stand-in."""
    return _sheet("wei2025.figure6", "HMDB51", records, scale)


def figure7(records: list[Record], scale: str) -> ArtifactResult:
    """ARID or its stand-in."""
    return _sheet("wei2025.figure7", "ARID", records, scale)


def _sheet(artifact: str, wanted: str, records: list[Record], scale: str) -> ArtifactResult:
    """A contact sheet that says whose clips it shows; the table names them."""
    (record,) = records
    data, values = record.run.data, record.values
    source = _source(wanted, record)
    rows = [
        {
            "artifact": artifact,
            "scale": scale,
            "row": name,
            "column": "clip shown",
            "metric": "name",
            "value": clip,
            "data": f"{data.name} (generated)" if data.generated else CREDIT[data.name],
            "note": source,
        }
        for name, clip in zip(values["classes"], values["names"], strict=True)
    ]
    figure = contact_sheet(record.inside()["frames"], values["classes"], title=source).figure
    return ArtifactResult(
        tidy(rows), figure, [], f"static: {source}; first test clip of a class, nothing is measured", frames=True
    )


def _source(wanted: str, record: Record) -> str:
    """Whose clips these are, in words that stand above the figure."""
    data, values = record.run.data, record.values
    if not data.generated:
        shown = len(values["classes"])
        total = values["n_classes"] if data.options == () else 11  # the small lists are a part of ARID's eleven
        return f"{CREDIT[data.name]}: {shown} of {total} classes"
    night = f", darkened ({data.clips.darkness:g})" if data.clips.darkness else ""
    return f"Generated stand-in for {wanted}: world actions, {dict(data.options)['scene']} scene{night}"


def table2(records: list[Record], scale: str) -> ArtifactResult:
    """What a cell of a confusion matrix counts: the paper's table, and where the kit's matrices
    have it (W16).
    """
    printed = {
        (predicted, actual): catalogue.reported("wei2025")["wei2025.table2", f"Prediction {predicted}", f"GT {actual}"]
        for predicted in OUTCOMES
        for actual in OUTCOMES
    }
    rows = [
        {
            "artifact": "wei2025.table2",
            "scale": scale,
            "row": f"predicted {predicted.lower()}",
            "column": f"actually {actual.lower()}",
            "metric": "count",
            "value": counted(predicted == "Positive", actual == "Positive"),
            "paper": text,
            "note": WHERE,
        }
        for (predicted, actual), text in printed.items()
    ]
    cells = {pair: (text, WORDS[text]) for pair, text in printed.items()}
    figure = definition(cells, rows="predicted", columns="actual").figure
    return ArtifactResult(tidy(rows), figure, [], f"definition: no run, no data. {WHERE}")


OUTCOMES = ("Positive", "Negative")
WORDS = {"TP": "rightly said yes", "FP": "wrongly said yes", "FN": "wrongly said no", "TN": "rightly said no"}
WHERE = (
    "In this table rows are predicted and columns actual, as the paper prints it; its Figure 9 and every confusion matrix of this kit "
    "have rows actual and columns predicted (W16), so FP and FN change places there"
)


def counted(predicted: bool, actual: bool) -> str:
    """The name of one outcome: true or false by whether the prediction is right, positive or
    negative by what was predicted.
    """
    return ("T" if predicted == actual else "F") + ("P" if predicted else "N")
