"""wei2025 Figures 8, 9a and 9b: dark clips before and after enhancement, with what is recognised,
and the confusion matrices.
"""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from repro.evidence.comparisons import counted
from repro.evidence.plots import confusion, row_shares
from repro.evidence.style import MUTED, stacked
from repro.evidence.tables import Row, tidy
from repro.papers.measure import Cell, planned
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025 import claims, dark
from repro.papers.wei2025.figures import confusion_change, recognitions
from repro.papers.wei2025.sheets import CREDIT
from repro.papers.wei2025.table5 import PRINTED, SUBSTITUTED, gather
from repro.runs.store import Record

BEFORE, AFTER = PRINTED


def figure8(records: list[Record], scale: str) -> ArtifactResult:
    """Four test clips at their middle frame: dark and enhanced, each with the predicted class and
    its score, of the first seed.
    """
    enhancer, *rest = records
    cells = _main(rest, scale)
    samples, values = enhancer.inside(), enhancer.values
    shown, told, rows = [], [], []
    for i, name in enumerate(values["names"]):
        steps = samples[f"{i}/asked/steps"]  # (rounds + 1, h, w, 3)
        texts = []
        for side, cell in zip((BEFORE, AFTER), cells, strict=True):
            predicted, score, right = _recognised(cell, name)
            texts.append(f"{predicted} {score:.2f} {'✓' if right else '✗'}")
            rows.append(_row(name, side, predicted, score, cell, scale))
        shown.append((steps[0], steps[-1]))
        told.append((texts[0], texts[1]))
    before, after = (np.stack([pair[side] for pair in shown]) for side in (0, 1))
    actual = [str(values["classes"][label]).casefold() for label in values["labels"]]
    ax = recognitions(before, after, told, actual)
    data = enhancer.run.data.name
    flow = (
        " The recogniser sees the optical flow of these clips."
        if cells[0].records[0].run.data.clips.input == "flow"
        else ""
    )
    said = f"Frames: {CREDIT.get(data, 'generated world')}. Predicted class and score of one network (seed 0); ✓ right.{flow}"
    ax.annotate(textwrap.fill(said, 100), (0, -0.04), **_SMALL)
    return ArtifactResult(
        tidy(rows), ax.figure, [], f"{scale}: middle frame of one test clip per class, four classes; {SUBSTITUTED}"
    )


_SMALL: dict[str, Any] = {
    "xycoords": "axes fraction",
    "va": "top",
    "fontsize": 7.5,
    "color": MUTED,
    "annotation_clip": False,
}


def _recognised(cell: Cell, name: str) -> tuple[str, float, bool]:
    """Predicted class, its score, and whether it is right, of the first seed for one test clip."""
    found = cell.predictions[0]
    at = int(np.flatnonzero(found["name"] == name)[0])
    probability = found["probability"][at]
    best = int(probability.argmax())
    return (
        str(cell.records[0].values["classes"][best]).casefold(),
        float(probability[best]),
        best == int(found["label"][at]),
    )


def _row(name: str, side: str, predicted: str, score: float, cell: Cell, scale: str) -> Row:
    data = cell.records[0].run.data
    kept = {
        "artifact": "wei2025.figure8",
        "scale": scale,
        "row": name,
        "column": side,
        "metric": f"score of {predicted}",
    }
    return kept | {
        "unit": "fraction",
        "value": score,
        "data": data.name,
        "input": data.clips.input,
        "split": data.split,
        "seeds": 1,
    }


def figure9a(records: list[Record], scale: str) -> ArtifactResult:
    """The confusion matrix on dark clips: rows actual, columns predicted, counts over all seeds."""
    first, _ = _main(records, scale)
    fig, (ax,) = stacked([_side(first)], width=_side(first) + 0.6)
    confusion(_counts(first), _classes(first), ax, title=_title(BEFORE, first))
    return ArtifactResult(_table("wei2025.figure9a", BEFORE, first, scale), fig, [], _protocol(first, scale))


def figure9b(records: list[Record], scale: str) -> ArtifactResult:
    """The confusion matrix on enhanced clips, and beside it what changed; the claim is Table 5's
    own under row normalisation.
    """
    first, second = _main(records, scale)
    fig, (upper, lower) = stacked([_side(first)] * 2, width=_side(first) + 0.6)
    confusion(_counts(second), _classes(second), upper, title=_title(AFTER, second))
    confusion_change(_counts(first), _counts(second), _classes(first), lower, title="after minus before")
    raises = claims.enhance_raises_accuracy([(first.row, first, second)])
    masses = [
        1 - np.diag(row_shares(_counts(cell)))[np.unique(cell.predictions[0]["label"])].mean()
        for cell in (first, second)
    ]
    ours = f"mean share off the diagonal {masses[0]:.2f} before, {masses[1]:.2f} after"
    verdict = claims.row("confusion-lower-after", claims.confusion_lower_after(raises), "wei2025.figure9b", ours)
    return ArtifactResult(_table("wei2025.figure9b", AFTER, second, scale), fig, [verdict], _protocol(second, scale))


def _main(records: list[Record], scale: str) -> tuple[Cell, Cell]:
    """The cells before and after of the paper's own protocol."""
    _, places = planned(dark.main_places, scale, records)
    first, second = gather(places, records).values()
    return first, second


def _counts(cell: Cell) -> np.ndarray:
    """(K, K) clips over all seeds, actual x predicted."""
    return np.sum([record.values["confusion"] for record in cell.records], axis=0)


def _classes(cell: Cell) -> list[str]:
    return [str(name).casefold() for name in cell.records[0].values["classes"]]


def _side(cell: Cell) -> float:
    return 1.7 + 0.5 * len(_classes(cell))


def _title(side: str, cell: Cell) -> str:
    return f"{side}: accuracy {cell.interval}, {counted(len(cell.groups), 'clip')} x {counted(len(cell.predictions), 'seed')}"


def _table(artifact: str, side: str, cell: Cell, scale: str) -> Any:
    """One row per cell of the matrix: share of the actual class, with the count in the note."""
    counts, classes = _counts(cell), _classes(cell)
    shares = row_shares(counts)
    run = cell.records[0].run
    about = {"data": run.data.name, "input": run.data.clips.input, "split": run.data.split, "level": run.protocol.level}
    rows = [
        {
            "artifact": artifact,
            "scale": scale,
            "row": actual,
            "column": f"predicted {predicted}",
            "metric": "share of the row",
        }
        | {
            "unit": "fraction",
            "value": float(shares[i, j]),
            "n_items": int(counts[i].sum()),
            "seeds": len(cell.predictions),
        }
        | about
        | {"note": f"{counts[i, j]:.0f} of {counts[i].sum():.0f}"}
        for i, actual in enumerate(classes)
        if counts[i].sum()
        for j, predicted in enumerate(classes)
    ]
    return tidy(rows)


def _protocol(cell: Cell, scale: str) -> str:
    run = cell.records[0].run
    return f"{scale}: {run.data.name}, {run.data.clips.input}, rows actual and columns predicted (W16), all seeds added; {SUBSTITUTED}"
