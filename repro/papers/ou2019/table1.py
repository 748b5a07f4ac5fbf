"""Table 1: eleven printed methods, eight of them rebuilt, all under one recipe."""

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.papers.claims import ledger_row, ranked
from repro.papers.folder import reported
from repro.papers.measure import cells, inputs, printed_rows, protocol
from repro.papers.ou2019 import claims, printed
from repro.papers.ou2019.settings import AT_RANDOM, OURS, setup
from repro.papers.ou2019.trainings import complete, note, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ARTIFACT = Artifact(
    title="UCF101: eleven methods",
    kind="measured",
    claim="95.3 % on UCF101, 2.8 above two-stream fusion.",
    notebook="ou2019/01_table1.ipynb",
)
ID = "ou2019.table1"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Networks x data sets x seeds x folds; no group of clips stands on both sides, but for the
    paper's random split, on which ours alone is trained.
    """
    settings = setup(scale)
    return [
        Planned(trained(scale, data, seed, row), row, column)
        for column in settings.columns
        for row in ((OURS,) if column == AT_RANDOM else settings.rows)
        for data, seed in settings.runs_of(column, seeds)
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Every rebuilt row, tested on clips of other groups than it learned from; beside it the
    paper's rows as printed.
    """
    settings, found = setup(scale), cells(done)
    columns = settings.judged
    paper = printed_rows(ID, scale, printed.TABLE1, notes=printed.DOUBTFUL, not_built=printed.NOT_BUILT)
    table = tidy([*paper, *(cell.tidy(ID, scale, note=note(cell, scale)) for cell in found.values())])
    best = claims.best(found, columns, complete(done, scale))
    copied, sources = printed.duplicate_rows(reported("ou2019")), printed.soft_attention_not_ucf101()
    rows = [
        ledger_row(ID, "best-ucf101", best, ranked(found, columns, claims.short)),
        ledger_row(ID, "ucf101-ucf11-duplicate-rows", copied, "printed numbers only"),
        ledger_row(ID, "soft-attention-not-ucf101", sources, "the cited papers' data sets"),
    ]
    how = protocol(found.values(), scale, f"{', '.join(settings.columns)}, by whole groups")
    return ArtifactResult(table, ablation(table).figure, rows, f"{how}. {inputs(found.values())}")
