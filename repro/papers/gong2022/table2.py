"""Table 2: STC and MFF switched, with TSN and TSM beside them, all under one recipe."""

from repro.evidence.contrasts import beside_levels
from repro.papers.claims import ledger_row, ranked
from repro.papers.gong2022.claims import OF_BASELINES, OF_MODULES, decide
from repro.papers.gong2022.measured import complete, result, short
from repro.papers.gong2022.settings import SWITCHES, TSM, TSM_COLOUR, TSN, TSN_COLOUR, at
from repro.papers.gong2022.trainings import tested, trained
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ID = "gong2022.table2"
ARTIFACT = Artifact(
    title="Kinetics-400: STC and MFF, one and both",
    kind="measured",
    claim="Each module helps, MFF more than STC, and both together most: 71.7, 73.9, 78.5, 80.1.",
    notebook="gong2022/01_table2.ipynb",
    scales=("smoke", "laptop", "overnight", "paper"),  # at mini too few clips train six networks: `frozen` stands there
    inside=True,
)
COLOUR = (TSN_COLOUR, TSM_COLOUR)  # beside the two that see what ours see; in no claim


def plan(scale: str, seeds: int) -> list[Planned]:
    """Four switches, tested at the larger number of segments, as printed, TSN and TSM on the same
    colour and flow, and on colour alone; all with pretrained backbones.
    """
    settings, rows = at(scale), []
    for column, (data, *_) in settings.ablation.items():
        for row in (*SWITCHES, TSN, TSM, *COLOUR):
            number = settings.baseline_seeds if row in COLOUR else settings.seeds
            runs = [trained(scale, data, seed, row) for seed in range(seeds or number)]
            rows += [Planned(tested(run, settings.more) if row in SWITCHES else run, row, column) for run in runs]
    return rows


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """STC x MFF, TSN and TSM, judged on every data set, on equal inputs."""
    columns, measured = at(scale).ablation, cells(done)
    decisive = complete([planned.record for planned in done], scale)
    verdicts = {name: decide(name, measured, columns, decisive) for name in OF_MODULES | OF_BASELINES}
    order = ranked(measured, columns, short)
    drawn = result(ID, measured, scale, [ledger_row(ID, name, verdict, order) for name, verdict in verdicts.items()])
    drawn.figure = beside_levels(drawn.table[drawn.table["metric"] == "Top1"], drawn.claims)
    return drawn
