"""Table 2: STC and MFF switched, with TSN and TSM beside them, all under one recipe."""

from repro.evidence.verdicts import not_tested
from repro.papers.claims import ledger_row, ranked
from repro.papers.gong2022.claims import OF_BASELINES, OF_MODULES, decide
from repro.papers.gong2022.measured import complete, result, short
from repro.papers.gong2022.settings import SWITCHES, TSM, TSN, at
from repro.papers.gong2022.trainings import tested, trained
from repro.papers.measure import cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned

ID = "gong2022.table2"
ARTIFACT = Artifact(
    title="Kinetics-400: STC and MFF, one and both",
    kind="measured",
    claim="Each module helps, MFF more than STC, and both together most: 71.7, 73.9, 78.5, 80.1.",
    notebook="gong2022/01_table2.ipynb",
)
UNEQUAL = (
    "TSN and TSM see colour alone, our rows colour and flow, and on no data set of this scale does colour alone know "
    "the answer"
)


def plan(scale: str, seeds: int) -> list[Planned]:
    """Four switches, tested at the larger number of segments, as printed, TSN and TSM; all with
    pretrained backbones.
    """
    settings, rows = at(scale), []
    for column, data in settings.ablation.items():
        for row in (*SWITCHES, TSN, TSM):
            runs = [trained(scale, data, seed, row) for seed in settings.of_column(column, seeds)]
            rows += [Planned(tested(run, settings.more) if row in SWITCHES else run, row, column) for run in runs]
    return rows


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """STC x MFF, TSN and TSM. The modules are judged where colour and flow both carry signal, TSN
    and TSM, which see colour alone, where that can know the answer.
    """
    settings, measured, decisive = at(scale), cells(done), complete([planned.record for planned in done], scale)
    verdicts = {name: decide(name, measured, settings.decided_on, decisive) for name in OF_MODULES}
    for name in OF_BASELINES:
        on = settings.baselines_on
        verdicts[name] = decide(name, measured, on, decisive) if on else not_tested(UNEQUAL)
    order = ranked(measured, settings.ablation, short)
    claims = [ledger_row(ID, name, verdict, order) for name, verdict in verdicts.items()]
    decided, others = " and ".join(settings.decided_on), " and ".join(settings.baselines_on) or "none of these"
    where = f"verdicts on {decided}, those on TSN and TSM on {others}"
    return result(ID, measured, scale, claims, where if len(settings.ablation) > 1 else "")
