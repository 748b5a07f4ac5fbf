"""What the paper states in prose about its settings, as curves: rate, dropout, L, T; and two
choices it does not test: streams, fusion.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd

from repro.evidence.tables import number, tidy
from repro.papers.claims import ledger_row
from repro.papers.measure import Cell, cells, protocol
from repro.papers.ou2019 import claims
from repro.papers.ou2019.claims import Panels
from repro.papers.ou2019.quantities import sensitivity_curves
from repro.papers.ou2019.settings import FC6, FIELDS, FRAMES, FUSION, LSTM, RATE, STREAMS, SWITCHES, setup
from repro.papers.ou2019.trainings import complete, first_stage, note, second_stage, trained
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.runs.store import Record
from repro.spec import Clips, Run, options

ARTIFACT = Artifact(
    title="Learning rate, dropout, L, T; streams and fusion",
    kind="measured",
    claim="Stated without numbers: rates above 1e-5 diverge; dropouts of 0.5 and 0.25 are best; "
    "fewer fields or frames lose.",
    notebook="ou2019/05_sensitivity.ipynb",
)
ID = "ou2019.sensitivity"
INTERVALS = "Whole groups. Intervals over groups of clips and seeds."
CHOICES: dict[str, dict[str, dict[str, Any]]] = {  # panel -> choice -> switch; the last is the paper's own
    STREAMS: {"conv alone": {"streams": "conv"}, "fc alone": {"streams": "fc"}, "both": {}},
    FUSION: {"late": {"fusion": "late"}, "early": {}},
}
STATED = {  # by the paper, in our words
    RATE: "above 1e-5 the first training does not converge",
    FC6: "any other than 0.5 lowers accuracy",
    LSTM: "above 0.25 lowers accuracy",
    FIELDS: "fewer than 4 lower accuracy",
    FRAMES: "too few lower accuracy; 17 are used",
    STREAMS: "the fc stream acts as attention for the conv stream (not tested there)",
    FUSION: "maps are fused pixel by pixel (not tested there)",
}


def plan(scale: str, seeds: int) -> list[Planned]:
    """One quantity or choice changed at a time. The quantities are studied on the first data set,
    streams and fusion on those of `fused`. Rows are `panel: value`.

    The learning rate is that of the first stage, of which the paper speaks, and its runs end there.
    """
    settings, planned = setup(scale), []
    asked, (column, data) = range(seeds or settings.baseline_seeds), settings.first
    for panel, values in settings.values.items():
        for value, seed in product(values, asked):
            first = turned(first_stage(scale, data, seed, modality=settings.studied), panel, value)
            run = first if panel == RATE else second_stage(scale, first)
            planned.append(Planned(run, f"{panel}: {value}", column, value))
    for (column, data), (panel, choices) in product(settings.fused.items(), CHOICES.items()):
        for (name, switch), seed in product(choices.items(), asked):
            planned.append(Planned(trained(scale, data, seed, **switch), f"{panel}: {name}", column, name))
    return planned


def turned(run: Run, panel: str, value: Any) -> Run:
    """A first stage with one quantity at another value; at the paper's own it stays the same run.
    Raises KeyError on an unknown panel.
    """
    data, recipe, arguments = run.clip_data, run.recipe, dict(run.arguments)
    if panel == RATE:
        return run if value == 1 else replace(run, recipe=replace(recipe, lr=recipe.lr * value, on_divergence="record"))
    if panel in (FIELDS, FRAMES):
        changed = {"flow_stack": value} if panel == FIELDS else of_frames(data.clips, value, data.generated)
        return replace(run, data=replace(data, clips=replace(data.clips, **changed)))
    name, usual = SWITCHES[panel]
    return run if value == usual else replace(run, arguments=options(**arguments | {name: value}))


def of_frames(clips: Clips, frames: int, generated: bool) -> dict[str, int]:
    """What makes T of a clip `frames`: a generated one keeps its span, of a real one T frames of
    the whole video are taken anyway.
    """
    return {"clip_stride": clips.clip_length // frames} if generated else {"clip_length": frames * clips.clip_stride}


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """One panel per quantity or choice; everything else stays as in Table 1."""
    found, settings, decisive = by_panel(done), setup(scale), complete(done, scale)
    rates = {value: cell.records for value, cell in found[RATE][settings.first[0]].items()}
    verdicts = {"lr-above-1e-5-diverges": (claims.lr_above_1e_5_diverges(rates, decisive), [RATE])}
    for claim, panels in claims.SETTINGS.items():
        verdicts[claim] = (claims.setting(claim, found, decisive), list(panels))
    ledger = [ledger_row(ID, claim, verdict, in_words(found, panels)) for claim, (verdict, panels) in verdicts.items()]
    table = tidy(cell.tidy(ID, scale, note=_note(cell, scale)) for cell in cells(done).values())
    on = f"quantities on {settings.first[0]} ({settings.studied}), streams and fusion on {', '.join(settings.fused)}"
    how = protocol([cell for cell in cells(done).values() if not cell.row.startswith(RATE)], scale, on)
    words = [f"{how}; the learning rate: last epoch of the first stage. {INTERVALS}"]
    ring = "the paper's" if scale == "paper" else "the paper's, or what stands for it"
    figure = sensitivity_curves(frame(found), stated=STATED, ring=ring, words=words).figure
    return ArtifactResult(table, figure, ledger, how)


def by_panel(done: Iterable[Done]) -> Panels:
    """Cells by panel, column and value, in the order of the plan."""
    done = list(done)
    found: dict[str, dict[str, dict[Any, Cell]]] = {}
    gathered = cells(done)
    for planned in done:
        columns = found.setdefault(planned.row.partition(": ")[0], {})
        columns.setdefault(planned.column, {})[planned.value] = gathered[planned.row, planned.column]
    return found


def frame(found: Panels) -> pd.DataFrame:
    """What `sensitivity_curves` draws; values in rising order, choices in their own."""
    rows = []
    for panel, columns in found.items():
        went_wrong = claims.diverged if panel == RATE else stopped
        for column, values in columns.items():
            *_, own = values
            for value in values if panel in CHOICES else sorted(values):
                cell = values[value]
                row = cell.tidy(ID, "") | {"panel": panel, "series": column, "paper": value == own}
                row |= {"mean": row["value"], "diverged": sum(map(went_wrong, cell.records))}
                rows.append(row | {"value": rate(cell) if panel == RATE else value})
    return pd.DataFrame(rows)


def stopped(record: Record) -> bool:
    """Whether a training's loss became no number."""
    return bool(record.values.get("diverged"))


def rate(cell: Cell) -> float:
    """The learning rate of a cell's runs."""
    return cell.records[0].run.recipe.lr


def in_words(found: Panels, panels: Iterable[str]) -> str:
    """Accuracies of some panels by value."""
    texts = []
    for panel in panels:
        for column, values in found.get(panel, {}).items():
            named = [(rate(cell) if panel == RATE else value, cell) for value, cell in values.items()]
            names = [(number(value) if isinstance(value, float) else value, cell) for value, cell in named]
            accuracies = ", ".join(f"{name}: {cell.interval.value:.2f}" for name, cell in names)
            texts.append(f"{panel} on {column} {accuracies}")
    return "; ".join(texts)


def _note(cell: Cell, scale: str) -> str:
    rates = f"first stage at {rate(cell):g}, its last epoch" if cell.row.startswith(RATE) else ""
    return "; ".join(filter(None, (note(cell, scale), rates)))
