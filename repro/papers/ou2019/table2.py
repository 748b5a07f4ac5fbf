"""Table 2: six printed methods on each of two sets, split at random as in the paper, so that clips
of one video stand on both sides.
"""

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.claims import ledger_row, ranked
from repro.papers.measure import cells, inputs, printed_fraction, printed_rows, protocol
from repro.papers.ou2019 import claims, printed
from repro.papers.ou2019.settings import OURS, TWO_STREAM_LSTM, setup
from repro.papers.ou2019.trainings import complete, note, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="UCF11 and UCF Sports: six methods each",
    kind="measured",
    claim="100 % on UCF11 and on UCF Sports.",
    notebook="ou2019/02_table2.ipynb",
    scales=("smoke", "laptop", "mini", "paper"),
)
ID = "ou2019.table2"
BUILT = ("Soft attention", TWO_STREAM_LSTM, OURS)  # the first has a number for UCF11 alone


def plan(scale: str, seeds: int) -> list[Planned]:
    """Soft attention (first data set alone), Two-stream LSTM and ours."""
    settings = setup(scale)
    return [
        Planned(trained(scale, data, seed, row), row, column)
        for number, column in enumerate(settings.small)
        for row in BUILT[number:]
        for data, seed in settings.runs_of(column, seeds)
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Every rebuilt row, beside the printed number where the data are the paper's; ours above all
    others, and at 100 %.
    """
    found, columns = cells(done), list(setup(scale).small)
    headings = {heading: column for column, heading in printed.TABLE2.items()}
    rows = printed_rows(ID, scale, printed.TABLE2, columns, not_built=printed.NOT_BUILT)
    for (row, column), cell in found.items():
        paper = printed_fraction(ID, row, headings.get(column, ""))
        rows.append(cell.tidy(ID, scale, paper, note(cell, scale)))
    decisive = complete(done, scale)
    ledger = [
        ledger_row(ID, claim, claims.perfect(found, [column], decisive), ranked(found, [column], claims.short))
        for claim, column in zip(("best-ucf11", "best-ucfsports"), columns, strict=True)
    ]
    table, how = tidy(rows), protocol(found.values(), scale, f"{', '.join(columns)}; groups leak")
    return ArtifactResult(table, ablation(table).figure, ledger, f"{how}. {inputs(found.values())}")
