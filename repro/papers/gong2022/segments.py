"""Beside Tables 3 and 4 (ours): more and fewer segments, in testing alone and in training too, and
backbones pretrained on images or begun from nothing.
"""

from repro.evidence.contrasts import beside_levels
from repro.evidence.tables import tidy
from repro.papers.claims import ledger_row
from repro.papers.gong2022.claims import OF_SEGMENTS, TRAINED_AT, decide_segments, in_words
from repro.papers.gong2022.measured import complete, differences, measured_rows, protocol
from repro.papers.gong2022.settings import at
from repro.papers.gong2022.trainings import compared, trained, with_segments
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ID = "gong2022.segments"
ARTIFACT = Artifact(
    title="Beside Tables 3 and 4 (ours): more segments, and backbones pretrained on images",
    kind="measured",
    claim="16 segments beat 8, and ImageNet's weights help, on both data sets.",
    notebook="gong2022/02_table3.ipynb",
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Our four rows on what stands for both data sets; on the first also the pretrained network
    trained at either number of segments, not only tested.
    """
    settings, rows = at(scale), []
    for where in dict.fromkeys((settings.first, settings.second)):
        rows += compared(scale, seeds, where, ())
    column, folds = settings.first
    for row, number in TRAINED_AT.items() if scale != "paper" else ():  # there 96 frames of two streams fit no card
        for seed in range(seeds or settings.seeds):
            cut = [with_segments(data, getattr(settings, number)) for data in folds]
            rows += [Planned(trained(scale, data, seed), row, column) for data in cut]
    return rows


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Accuracy of our rows on both data sets and, below, the paired differences that the two claims
    are about.
    """
    measured, decisive = cells(done), complete([planned.record for planned in done], scale)
    levels = (f"{in_words(row)} on {where} {cell.interval.value:.2f}" for (row, where), cell in measured.items())
    accuracies = "; ".join(levels)
    claims = [ledger_row(ID, name, decide_segments(name, measured, decisive), accuracies) for name in OF_SEGMENTS]
    table = tidy(measured_rows(ID, scale, measured))
    figure = beside_levels(table[table["metric"] == "Top1"], claims)
    pairs = [pair for pairs in OF_SEGMENTS.values() for pair in pairs]
    whole = tidy([*table.to_dict("records"), *differences(ID, scale, measured, pairs, in_words)])
    return ArtifactResult(whole, figure, claims, protocol(measured, scale))
