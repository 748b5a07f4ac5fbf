"""Beside Tables 3 and 4 (ours): the same trained networks tested at more and fewer segments, with
backbones pretrained on images and without.
"""

from collections.abc import Iterator

import pandas as pd

from repro.evidence.split_contrast import split_contrast
from repro.evidence.statistics import Interval
from repro.evidence.tables import Row, tidy
from repro.papers.claims import Cells, ledger_row
from repro.papers.gong2022.claims import OF_SEGMENTS, decide_segments, in_words
from repro.papers.gong2022.measured import complete, measured_rows, protocol, times
from repro.papers.gong2022.settings import OURS, at
from repro.papers.gong2022.trainings import compared
from repro.papers.measure import Cell, about, cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ID = "gong2022.segments"
ARTIFACT = Artifact(
    title="Beside Tables 3 and 4 (ours): more segments, and backbones pretrained on images",
    kind="measured",
    claim="16 segments beat 8, and ImageNet's weights help, on both data sets.",
    notebook="gong2022/02_table3.ipynb",
)
DIFFERENCES = {  # claim -> what its differences are called
    "more-segments-better": "segments, more - fewer",
    "pretraining-helps": "pretrained - from nothing",
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """Our four rows on what stands for both data sets."""
    settings = at(scale)
    return compared(scale, seeds, settings.first, ()) + compared(scale, seeds, settings.second, ())


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy of our four rows on both data sets, and the paired differences that two claims are
    about.
    """
    measured, decisive = cells(done), complete([planned.record for planned in done], scale)
    accuracies = "; ".join(f"{in_words(*where)} {cell.interval.value:.2f}" for where, cell in measured.items())
    claims = [ledger_row(ID, name, decide_segments(name, measured, decisive), accuracies) for name in OF_SEGMENTS]
    how = protocol(measured, scale)
    gains = [
        f"{gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}] at {OURS[high][0]} segments on {column}"
        for column in dict.fromkeys(column for _, column in measured)
        for high, low in OF_SEGMENTS["pretraining-helps"]
        for gain in [measured[high, column].minus(measured[low, column])]
    ]
    words = [
        f"{how}. The same trained networks at either number of segments; differences are paired on clips, groups and "
        "seeds.",
        f"Pretrained minus not pretrained: {', '.join(gains)}.",
    ]
    table = tidy([*measured_rows(ID, scale, measured), *difference_rows(measured, scale)])
    return ArtifactResult(table, split_contrast(*contrast(measured, scale), words=words).figure, claims, how)


def contrast(measured: Cells, scale: str) -> tuple[pd.DataFrame, dict[tuple[str, str], Interval]]:
    """What `split_contrast` draws: accuracies, the two numbers of segments in the place of its two
    splits, the larger first; and (column, pretrained or not) -> the larger minus the smaller.
    """
    settings, differences = at(scale), {}
    images = settings.images[0] if settings.images else "ImageNet"
    origins = {False: "from nothing", True: f"backbones pretrained\non {images}"}
    rows = []
    for (row, column), cell in measured.items():
        segments, pretrained = OURS[row]
        split = {"column": column, "row": origins[pretrained], "split": times(getattr(settings, segments))}
        rows.append(cell.tidy(ID, scale) | split)
    for high, low in OF_SEGMENTS["more-segments-better"]:
        for column in dict.fromkeys(column for _, column in measured):
            differences[column, origins[OURS[high][1]]] = measured[high, column].minus(measured[low, column])
    return pd.DataFrame(sorted(rows, key=lambda row: row["split"] != times(settings.more))), differences


def difference_rows(measured: Cells, scale: str) -> Iterator[Row]:
    """More minus fewer segments, and pretrained minus not, with paired intervals."""
    for claim, what in DIFFERENCES.items():
        lower = dict(OF_SEGMENTS[claim])
        for (row, column), cell in measured.items():
            if row in lower:
                yield difference_row(what, cell, measured[lower[row], column], scale)


def difference_row(what: str, cell: Cell, other: Cell, scale: str) -> Row:
    """One row of the table: a cell minus another, paired on the test clips."""
    gain, where = cell.minus(other), in_words(cell.row, cell.column).rpartition(" on ")[0]
    row: Row = {"row": f"{what} ({where})", "column": f"{cell.column}, difference", "metric": "Top1"}
    row |= {"unit": "fraction", "value": gain.value, "low": gain.low, "high": gain.high, "level": "video"}
    counts = {"n_items": len(cell.groups), "seeds": len(cell.predictions), "note": "paired on the test clips"}
    return about(ID, scale, cell.records[0]) | row | counts
