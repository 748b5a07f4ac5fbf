"""wei2025 Figure 9a: the confusion matrix on dark clips; and what it shares with Figure 9b."""

import numpy as np

from repro.evidence.plots import confusion, row_shares
from repro.evidence.style import stacked
from repro.evidence.tables import plural, static_row, tidy
from repro.papers.measure import Cell, cells
from repro.papers.plan import Artifact, ArtifactResult, Done
from repro.papers.wei2025 import dark, printed

ARTIFACT = Artifact(
    "Confusion matrix on dark clips",
    **dark.CARD,
    claim="Many classes are confused, pick, drink, jump, pour and push above all.",
)
plan = dark.main_plan  # the recognisers before and after


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Rows actual, columns predicted, counts over all seeds."""
    before, _ = cells(done).values()
    return matrix("wei2025.figure9a", printed.BEFORE, before, scale)


def matrix(artifact: str, side: str, cell: Cell, scale: str, below: int = 0) -> ArtifactResult:
    """The matrix of one side, with room for so many more `below` it, and one row of the table per
    cell of the matrix: share of the actual class, with the count in the note.
    """
    counts, names, run = confusions(cell), class_names(cell), cell.records[0].run
    data = run.clip_data
    high = 1.7 + 0.5 * len(names)
    fig, (ax, *_) = stacked([high] * (1 + below), width=high + 0.6)
    sizes = f"{plural(len(cell.groups), 'clip')} x {plural(len(cell.predictions), 'seed')}"
    confusion(counts, names, ax, title=f"{side}: accuracy {cell.interval}, {sizes}")
    shares, totals = row_shares(counts), counts.sum(1)
    about = {"data": data.name, "input": data.clips.input, "split": data.split, "level": run.protocol.level}
    about |= {"unit": "fraction", "seeds": len(cell.predictions)}
    rows = []
    for (i, j), share in np.ndenumerate(shares):
        if totals[i]:
            own = {"n_items": int(totals[i]), "note": f"{counts[i, j]:.0f} of {totals[i]:.0f}"}
            where = artifact, scale, names[i], f"predicted {names[j]}"
            rows.append(static_row(*where, "share of the row", float(share)) | own | about)
    how = "rows actual and columns predicted (W16), all seeds added"
    words = f"{scale}: {data.name}, {data.clips.input}, {how}; {dark.SUBSTITUTED}"
    return ArtifactResult(tidy(rows), fig, [], words)


def confusions(cell: Cell) -> np.ndarray:
    """(K, K) clips over all seeds, actual x predicted."""
    return np.sum([record.values["confusion"] for record in cell.records], axis=0)


def class_names(cell: Cell) -> list[str]:
    """The names of the labels."""
    return [str(name).casefold() for name in cell.records[0].values["classes"]]
