"""What the paper states in prose about its settings, as curves: rate, dropout, L, T; and two
choices it does not test: streams, fusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from repro.evidence.sensitivity import sensitivity_curves
from repro.evidence.tables import number, tidy
from repro.papers.measure import Cell, cells, planned
from repro.papers.ou2019 import claims, runs
from repro.papers.ou2019.rows import complete, note, protocol
from repro.papers.ou2019.settings import CHOICES, FC6, FIELDS, FRAMES, FUSION, LSTM, RATE, STREAMS, plan
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ou2019.sensitivity"
SAID = {  # by the paper, in our words
    RATE: "above 1e-5 the first training does not converge",
    FC6: "any other than 0.5 lowers accuracy",
    LSTM: "above 0.25 lowers accuracy",
    FIELDS: "fewer than 4 lower accuracy",
    FRAMES: "too few lower accuracy; 17 are used",
    STREAMS: "the fc stream acts as attention for the conv stream (not tested there)",
    FUSION: "maps are fused pixel by pixel (not tested there)",
}
Found = Mapping[tuple[str, str, Any], Cell]  # (column, panel, value)


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """One panel per quantity or choice; everything else stays as in Table 1."""
    _, places = planned(runs.sensitivity_places, scale, records)
    placed = [(column, panel, value, record) for (column, panel, value, _), record in zip(places, records, strict=True)]
    gathered = cells([(f"{panel}: {value}", column, record) for column, panel, value, record in placed])
    found = {(column, panel, value): gathered[f"{panel}: {value}", column] for column, panel, value, _ in placed}
    decisive = complete(records, scale)
    rates = {
        value: [record for _, panel, other, record in placed if (panel, other) == (RATE, value)]
        for value in dict(plan(scale).values)[RATE]
    }
    verdicts = {
        "lr-above-1e-5-diverges": (claims.lr_above_1e_5_diverges(rates, decisive), (RATE,)),
        "dropout-optimum": (claims.dropout_optimum(found, decisive), (FC6, LSTM)),
        "L4-needed": (claims.L4_needed(found, decisive), (FIELDS,)),
        "T-matters": (claims.T_matters(found, decisive), (FRAMES,)),
        "fc-stream-helps": (claims.fc_stream_helps(found, decisive), (STREAMS,)),
        "fusion3d-helps": (claims.fusion3d_helps(found, decisive), (FUSION,)),
    }
    rows = [claims.row(name, verdict, ID, in_words(found, panels)) for name, (verdict, panels) in verdicts.items()]
    table = tidy(cell.tidy(ID, scale, note=_note(cell, panel, scale)) for (_, panel, _), cell in found.items())
    columns = list(dict.fromkeys(column for column, _, _ in found))
    studied = next(cell for (_, panel, _), cell in found.items() if panel == FIELDS)
    kind = studied.records[0].run.data.clips.input
    what = f"quantities on {plan(scale).first[0]} ({kind}), streams and fusion on {', '.join(plan(scale).fused)}"
    said = protocol([cell for (_, panel, _), cell in found.items() if panel != RATE], scale, what)
    words = [
        f"{said}; the learning rate: last epoch of the first stage. Whole groups. Intervals over groups of clips and seeds."
    ]
    own = "" if scale == "paper" else ", or what stands for it"
    figure = sensitivity_curves(frame(found, columns), said=SAID, ring=f"the paper's{own}", words=words).figure
    return ArtifactResult(table, figure, rows, said)


def frame(found: Found, columns: list[str]) -> pd.DataFrame:
    """What `sensitivity_curves` draws; values in rising order, choices in their own."""
    rows = []
    for panel in dict.fromkeys(name for _, name, _ in found):
        went_wrong = claims.diverged if panel == RATE else lost
        for column in columns:
            inside = {value: cell for (where, name, value), cell in found.items() if (where, name) == (column, panel)}
            own = list(inside)[-1] if inside else None
            for value in inside if panel in CHOICES else sorted(inside):
                cell = inside[value]
                kept = {
                    "panel": panel,
                    "value": rate(cell) if panel == RATE else value,
                    "series": column,
                    "paper": value == own,
                }
                tidied = cell.tidy(ID, "")
                numbers = {name: tidied[name] for name in ("low", "high", "seed_values", "chance")} | {
                    "mean": tidied["value"]
                }
                rows.append(kept | numbers | {"diverged": sum(map(went_wrong, cell.records))})
    return pd.DataFrame(rows)


def lost(record: Record) -> bool:
    """Whether a training's loss became no number."""
    return bool(record.values.get("diverged"))


def rate(cell: Cell) -> float:
    """The learning rate of a cell's runs."""
    return cell.records[0].run.recipe.lr


def in_words(found: Found, panels: tuple[str, ...]) -> str:
    """Accuracies of some panels by value."""
    said = []
    for panel in panels:
        for column in dict.fromkeys(where for where, name, _ in found if name == panel):
            here = [
                (rate(cell) if panel == RATE else value, cell)
                for (where, name, value), cell in found.items()
                if (where, name) == (column, panel)
            ]
            numbers = ", ".join(
                f"{number(value) if isinstance(value, float) else value}: {cell.interval.value:.2f}"
                for value, cell in here
            )
            said.append(f"{panel} on {column} {numbers}")
    return "; ".join(said)


def _note(cell: Cell, panel: str, scale: str) -> str:
    said = [note(cell, scale)]
    if panel == RATE:
        said.append(f"first stage at {rate(cell):g}, its last epoch")
    return "; ".join(filter(None, said))
