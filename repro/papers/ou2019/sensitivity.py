"""What the paper states in prose about its settings, one thing changed at a time, as paired
differences from the paper's own: rate, dropout, L, T, tau, random sampling, streams, fusion, norm.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from repro.evidence.tables import number, tidy
from repro.papers.claims import ledger_row
from repro.papers.measure import Cell, cells, protocol
from repro.papers.ou2019 import claims
from repro.papers.ou2019.claims import Panels
from repro.papers.ou2019.panels import (
    ANSWER,
    FC6,
    FIELDS,
    FRAMES,
    FUSION,
    JOINT,
    LSTM,
    MAP,
    NORM,
    ON_MAPS,
    RATE,
    STARTS,
    STATED,
    STREAMS,
    SWITCHES,
    TAU,
    WEIGHTLESS,
    values_of,
)  # fmt: skip
from repro.papers.ou2019.quantities import sensitivity_curves
from repro.papers.ou2019.settings import setup
from repro.papers.ou2019.trainings import complete, first_stage, note, on_own_maps, second_stage
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.runs.store import Record
from repro.spec import Clips, Data, Run

ARTIFACT = Artifact(
    title="One thing changed at a time: rate, dropout, L, T, tau, streams, fusion, norm",
    kind="measured",
    claim="Stated without numbers: rates above 1e-5 do not converge; dropouts of 0.5 and 0.25 are best; fewer fields "
    "or frames, and too small or too large intervals, lose; layer norm and random sampling are needed.",
    notebook="ou2019/05_sensitivity.ipynb",
    scales=("smoke", "overnight", "mini", "paper"),
)
ID = "ou2019.sensitivity"
INTERVALS = "Whole groups. Intervals over groups of clips and seeds."
END_TO_END = (RATE, FIELDS, FRAMES, TAU, STARTS, STREAMS, FUSION)
UNCLAIMED = (MAP, ANSWER, WEIGHTLESS)  # our readings: no claim compares them
HEADS = (FC6, LSTM, NORM, MAP, ANSWER, WEIGHTLESS)


def plan(scale: str, seeds: int) -> list[Planned]:
    """One quantity or choice changed at a time; rows are `panel: value`, the paper's own last. The
    learning rate is that of the first stage, of which the paper speaks, and its runs end there.
    """
    setting = setup(scale)
    return [
        Planned(run_of(scale, panel, value, data, seed), f"{panel}: {value}", column_of(scale, panel), value)
        for panel in panels(scale)
        for value in values_of(panel, scale)
        for seed in range(seeds or (setting.few if panel in UNCLAIMED else setting.seeds))
        for data in data_of(scale, panel)
    ]


def panels(scale: str) -> Iterator[str]:
    """Those of a scale: on stored maps of public backbones nothing is sampled anew."""
    for panel in (*END_TO_END, *HEADS):
        if not (setup(scale).frozen and panel in (TAU, STARTS)):
            yield panel


def data_of(scale: str, panel: str) -> tuple[Data, ...]:
    """Streams and fusions on the first data set, everything else on the one that is studied."""
    setting = setup(scale)
    heading = setting.studied[0] if panel not in JOINT else ""
    return setting.columns[heading] if heading else setting.first[1]


def column_of(scale: str, panel: str) -> str:
    """The heading of that data set, with what is seen of it."""
    setting, maps = setup(scale), on_maps(scale, panel)
    heading = (panel not in JOINT and setting.studied[0]) or setting.first[0]
    modality = "both" if panel in JOINT or maps else setting.studied[1]
    return f"{heading}, {modality}" + ", maps of trained backbones" * maps


def on_maps(scale: str, panel: str) -> bool:
    """Whether a panel is studied on the maps of backbones that were trained here."""
    return panel in ON_MAPS and not setup(scale).frozen and scale != "paper"


def run_of(scale: str, panel: str, value: Any, data: Data, seed: int) -> Run:
    """The training with one quantity at a value; at the paper's own it is the base."""
    setting = setup(scale)
    modality = "both" if panel in JOINT else setting.studied[1]
    switch = SWITCHES.get(panel, {}).get(value, {})
    if on_maps(scale, panel):
        return on_own_maps(scale, data, seed, **switch)
    first = first_stage(scale, replace(data, clips=clips_at(data, panel, value)), seed, modality=modality, **switch)
    if panel == RATE:
        recipe = replace(first.recipe, lr=first.recipe.lr * value, on_divergence="record")
        return first if value == 1 else replace(first, recipe=recipe)
    if panel == STARTS and value == "fixed":
        augment = tuple(name for name in first.recipe.augment if name != "start")
        first = replace(first, recipe=replace(first.recipe, augment=augment))
    return first if panel == NORM else second_stage(scale, first)  # "convergence" too is the first training's


def clips_at(data: Data, panel: str, value: Any) -> Clips:
    """How clips are cut with one quantity at a value. A generated clip keeps its span, of a real
    one T frames of the whole video are taken anyway.
    """
    clips = data.clips
    if panel == FIELDS:
        return replace(clips, flow_stack=value)
    if panel == FRAMES and data.generated:
        return replace(clips, clip_stride=clips.clip_length // value)
    if panel == FRAMES:
        return replace(clips, clip_length=value * clips.clip_stride)
    return replace(clips, sampling=f"tau{value}") if panel == TAU and isinstance(value, int) else clips


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Levels by panel in the figure; the claims are judged by paired differences from the paper's
    own value.
    """
    found, decisive, every = by_panel(done), complete(done, scale), cells(done).values()
    ledger = []
    for claim, (judged, shown) in claims.of_panels(found, decisive).items():
        ledger.append(ledger_row(ID, claim, judged, in_words(found, shown)))
    table = tidy(cell.tidy(ID, scale, note=_note(cell, scale)) for cell in every)
    how = protocol([cell for cell in every if not cell.row.startswith(RATE)], scale, "; ".join(columns_of(found)))
    words = [f"{how}; the learning rate: last epoch of the first stage. {INTERVALS}"]
    ring = "the paper's" if scale == "paper" else "the paper's, or what stands for it"
    figure = sensitivity_curves(frame(found), stated=STATED, ring=ring, words=words).figure
    return ArtifactResult(table, figure, ledger, how)


def columns_of(found: Panels) -> list[str]:
    """Every column with its panels."""
    named: dict[str, list[str]] = {}
    for panel, columns in found.items():
        for column in columns:
            named.setdefault(column, []).append(panel)
    return [f"{', '.join(some)} on {column}" for column, some in named.items()]


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
    """What `sensitivity_curves` draws; numbers in rising order, choices in their own."""
    rows = []
    for panel, columns in found.items():
        for column, values in columns.items():
            *_, own = values
            numbers = all(isinstance(value, (int, float)) for value in values)
            for value in sorted(values) if numbers else values:
                cell = values[value]
                row = cell.tidy(ID, "") | {"panel": panel, "series": column, "paper": value == own}
                row |= {"mean": row["value"], "diverged": sum(map(stopped, cell.records))}
                rows.append(row | {"value": rate(cell) if panel == RATE else value})
    return pd.DataFrame(rows)


def stopped(record: Record) -> bool:
    """Whether a training's loss became no number."""
    return bool(record.values.get("diverged"))


def rate(cell: Cell) -> float:
    """The learning rate of a cell's runs."""
    return cell.records[0].run.recipe.lr


def in_words(found: Mapping[str, Any], shown: Iterable[str]) -> str:
    """Accuracies of some panels by value; of the rates also the loss where each ends."""
    texts = []
    for panel in shown:
        for column, values in found.get(panel, {}).items():
            named = [(rate(cell) if panel == RATE else value, cell) for value, cell in values.items()]
            ends = [f" (loss {claims.final_loss(cell):.2f})" if panel == RATE else "" for _, cell in named]
            names = [number(value) if isinstance(value, float) else value for value, _ in named]
            levels = [f"{cell.interval.value:.2f}" for _, cell in named]
            parts = [f"{name}: {value}{end}" for name, value, end in zip(names, levels, ends, strict=True)]
            texts.append(f"{panel} on {column} {', '.join(parts)}")
    return "; ".join(texts) or "not run at this scale"


def _note(cell: Cell, scale: str) -> str:
    rates = f"first stage at {rate(cell):g}, its last epoch" if cell.row.startswith(RATE) else ""
    return "; ".join(filter(None, (note(cell, scale), rates)))
