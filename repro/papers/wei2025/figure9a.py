"""wei2025 Figure 9a: the confusion matrix on dark clips; and what it shares with Figure 9b."""

import textwrap

import numpy as np

from repro.evidence.plots import confusion, row_shares
from repro.evidence.style import MUTED, stacked
from repro.evidence.tables import plural, static_row, tidy
from repro.papers.claims import ledger_row
from repro.papers.measure import Cell, about, cells, complete, named
from repro.papers.plan import Artifact, ArtifactResult, Done
from repro.papers.wei2025 import claims, dark, printed
from repro.papers.wei2025.settings import ablation

ARTIFACT = Artifact(
    "Confusion matrix on dark clips",
    **dark.CARD,
    claim="Many classes are confused: pick and drink with sit and stand, jump with both, pour with push.",
)
ID = "wei2025.figure9a"
plan = dark.main_plan  # the recognisers before and after


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Rows actual, columns predicted, counts over all seeds."""
    before, _ = cells(done).values()
    result = matrix(ID, printed.BEFORE, before, scale)
    decisive = complete(before.records, scale, ablation("paper").seeds)
    verdict = claims.named_pairs_stand_out(before, before.records[0].values["classes"], decisive)
    ours = "; ".join(map(str, verdict.contrasts)) or "not tested"
    result.claims.append(ledger_row(ID, "named-pairs-stand-out", verdict, ours))
    return result


def matrix(artifact: str, side: str, cell: Cell, scale: str, below: int = 0) -> ArtifactResult:
    """The matrix of one side, with room for so many more `below` it, and one row of the table per
    cell of the matrix: share of the actual class, with the count in the note.
    """
    counts, names = confusions(cell), class_names(cell)
    data, trained = cell.records[0].run.clip_data, cell.networks[0]
    high = 1.7 + 0.5 * len(names)
    fig, (ax, *_) = stacked([high] * (1 + below), width=high + 0.6)
    sizes = f"{plural(len(cell.groups), 'clip')} x {plural(len(cell.predictions), 'seed')}"
    confusion(counts, names, ax, title=f"{side}: accuracy {cell.interval}, {sizes}")
    origin = f"recognisers trained on {named(trained.clip_data)} for {plural(trained.recipe.epochs, 'epoch')}"
    provenance = "; ".join(filter(None, (f"{named(data)}, {data.clips.input}", origin, dark.substituted(cell))))
    fig.supxlabel(textwrap.fill(provenance, int(18 * high)), fontsize=7.5, color=MUTED)
    shares, totals = row_shares(counts), counts.sum(1)
    common = about(artifact, scale, cell.records[0]) | {"unit": "fraction", "seeds": len(cell.predictions)}
    rows = []
    for (i, j), share in ((at, share) for at, share in np.ndenumerate(shares) if totals[at[0]]):
        row = static_row(artifact, scale, names[i], f"predicted {names[j]}", "share of the row", float(share))
        rows.append(row | common | {"n_items": int(totals[i]), "note": f"{counts[i, j]:.0f} of {totals[i]:.0f}"})
    words = f"{scale}: {provenance}; rows actual and columns predicted (W16), all seeds added"
    return ArtifactResult(tidy(rows), fig, [], words)


def confusions(cell: Cell) -> np.ndarray:
    """(K, K) clips over all seeds, actual x predicted."""
    return np.sum([record.values["confusion"] for record in cell.records], axis=0)


def class_names(cell: Cell) -> list[str]:
    """The names of the labels."""
    return [str(name).casefold() for name in cell.records[0].values["classes"]]
