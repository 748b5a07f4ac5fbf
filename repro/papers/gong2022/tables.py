"""gong2022 Tables 2, 3 and 4: the two modules switched, and the network beside those it is compared
with, all under one recipe.
"""

from __future__ import annotations

from repro.evidence.plots import ablation
from repro.evidence.tables import tidy
from repro.evidence.verdicts import not_tested
from repro.papers.gong2022 import claims, runs
from repro.papers.gong2022.rows import (
    DOUBTFUL,
    Found,
    beginnings,
    complete,
    inputs,
    measured,
    printed,
    protocol,
    ranked,
)
from repro.papers.gong2022.settings import plan
from repro.papers.measure import cells, planned
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

UNEQUAL = "TSN and TSM see colour alone, our rows colour and flow, and on no data set of this scale does colour alone know the answer"
KINETICS = {"gong2022.table2": "Kinetics-400", "gong2022.table3": "Kinetics-400", "gong2022.table4": "Kinetics-600"}


def table2(records: list[Record], scale: str) -> ArtifactResult:
    """STC x MFF, TSN and TSM. The modules are judged where colour and flow both carry signal, TSN
    and TSM, which see colour alone, where that can know the answer.
    """
    id, settings = "gong2022.table2", plan(scale)
    found = _found(runs.table2_places, records, scale)
    decisive = complete(records, scale)
    order = ranked(found, list(settings.ablation))
    rows = [
        claims.row(name, decide(found, settings.decided, decisive), id, order)
        for name, decide in claims.OF_MODULES.items()
    ]
    for name, decide in claims.OF_BASELINES.items():
        verdict = decide(found, settings.seen, decisive) if settings.seen else not_tested(UNEQUAL)
        rows.append(claims.row(name, verdict, id, order))
    where = f"verdicts on {' and '.join(settings.decided)}, those on TSN and TSM on {' and '.join(settings.seen) or 'none of these'}"
    return _drawn(id, found, scale, rows, where if len(settings.ablation) > 1 else "")


def table3(records: list[Record], scale: str) -> ArtifactResult:
    """What stands for Kinetics-400: twelve baselines that are rebuilt, and our network without and
    with pretrained backbones.
    """
    return _drawn("gong2022.table3", _found(runs.table3_places, records, scale), scale, [])


def table4(records: list[Record], scale: str) -> ArtifactResult:
    """The same on what stands for Kinetics-600, with five baselines."""
    return _drawn("gong2022.table4", _found(runs.table4_places, records, scale), scale, [])


def _found(places: object, records: list[Record], scale: str) -> Found:
    _, planned_places = planned(places, scale, records)  # type: ignore[arg-type]
    return cells([(row, column, record) for (row, column, _), record in zip(planned_places, records, strict=True)])


def _drawn(id: str, found: Found, scale: str, rows: list[dict], more: str = "") -> ArtifactResult:
    """Printed and measured rows in one table; the figure shows Top1."""
    columns = list(dict.fromkeys(column for _, column in found))
    notes = DOUBTFUL if id == "gong2022.table3" else {}
    table = tidy([*printed(id, scale, KINETICS[id], columns, notes), *measured(id, scale, found)])
    how = protocol(found.values(), scale, f"{', '.join(columns)}, whole groups{f'; {more}' if more else ''}")
    figure = ablation(table[table["metric"] == "Top1"]).figure
    return ArtifactResult(table, figure, rows, f"{how}. {inputs(found.values())}. {beginnings(found.values(), scale)}")
