"""Explore cells of ou2019: accuracy against one quantity at a time, and class by class under two
splits of the same clips.

No network runs here; what is shown was stored with the records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from repro.evidence.comparisons import counted
from repro.evidence.sensitivity import sensitivity_curves, split_contrast
from repro.evidence.tables import seed_text
from repro.papers.measure import Cell
from repro.papers.ou2019.explore import about, begun_by, closed, data_of, first_stage, stage
from repro.reader.widgets import redrawn
from repro.runs.store import Record
from repro.spec import Data, Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AT_RANDOM, BY_GROUPS = "random 70/30", "whole groups"
USUAL = "what stands for the paper's setting"
MOST = 20  # classes that are drawn at once
DEFAULTS = {"dropout_fc6": 0.5, "dropout_lstm": 0.25, "streams": "both", "fusion": "conv3d"}  # what a run does not name
QUANTITIES: dict[str, Callable[[Run, Data], Any]] = {
    "learning rate": lambda run, data: run.recipe.lr,
    "dropout of fc6": lambda run, data: _switch(run, "dropout_fc6"),
    "dropout of LSTMs": lambda run, data: _switch(run, "dropout_lstm"),
    "L, flow fields": lambda run, data: data.clips.flow_stack,
    "T, frames": lambda run, data: data.clips.frames,
    "streams": lambda run, data: _switch(run, "streams"),
    "fusion": lambda run, data: _switch(run, "fusion"),
}


def _switch(run: Run, name: str) -> Any:
    return dict(run.arguments).get(name, DEFAULTS[name])


def _scored(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.run.task == "train" and "confusion" in record.values]


# One quantity at a time


def explore_sensitivity(records: Sequence[Record]) -> Any:
    """Choose the quantity, see accuracy against its values on every data set on which it was
    varied; all else is as in the ringed run.

    Raises ValueError when nothing was varied.
    """
    import ipywidgets

    varied = {name: frame for name in QUANTITIES if len(frame := against(records, name))}
    if not varied:
        raise ValueError("These runs do not differ in one quantity at a time. Run ou2019.sensitivity: its runs do.")
    quantity = ipywidgets.ToggleButtons(options=list(varied), description="quantity")

    def draw() -> Figure:
        return closed(
            sensitivity_curves(varied[quantity.value], ring=USUAL, words=_told(varied[quantity.value])).figure
        )

    return redrawn([quantity], draw)


def against(records: Sequence[Record], quantity: str) -> pd.DataFrame:
    """The table of `sensitivity_curves` for one quantity: trainings that differ from the most
    common setting in it alone.

    The learning rate is that of the first stage. Where it was varied in trainings of one stage and
    of two, those of two are shown.
    """
    sets: dict[Run, list[Record]] = {}
    for record in _scored(records):
        sets.setdefault(_apart_from_quantities(first_stage(record.run)), []).append(record)
    rows = []
    for part in sets.values():
        settings = [
            {name: of(first_stage(record.run), data_of(record)) for name, of in QUANTITIES.items()} for record in part
        ]
        usual = {name: Counter(setting[name] for setting in settings).most_common(1)[0][0] for name in QUANTITIES}
        cells: dict[int, dict[Any, list[Record]]] = {}
        for record, setting in zip(part, settings, strict=True):
            if all(setting[name] == usual[name] for name in QUANTITIES if name != quantity):
                cells.setdefault(stage(record.run), {}).setdefault(setting[quantity], []).append(record)
        if varied := [number for number, values in cells.items() if len(values) > 1]:
            chosen, own = cells[max(varied)], usual[quantity]
            rows += [_row(quantity, value, max(varied), chosen[value], value == own) for value in _ordered(chosen, own)]
    return pd.DataFrame(rows)


def _apart_from_quantities(run: Run) -> Run:
    """What must be equal in first stages that are compared."""
    assert run.data is not None  # of a training
    clips = replace(run.data.clips, flow_stack=1, clip_length=1, clip_stride=1)
    rest = tuple((name, value) for name, value in run.arguments if name not in DEFAULTS)
    recipe = replace(run.recipe, lr=0.0, on_divergence="stop")
    return replace(run, arguments=rest, data=replace(run.data, clips=clips), recipe=recipe, seed=0)


def _ordered(values: Mapping[Any, Any], usual: Any) -> list[Any]:
    """Numbers by size; of names the usual one last."""
    return sorted(values, key=lambda value: (value == usual, value) if isinstance(value, str) else value)


def _row(quantity: str, value: Any, stages: int, records: Sequence[Record], usual: bool) -> dict[str, Any]:
    name = about(data_of(records[0]))
    cell = Cell(str(value), name, tuple(records))
    test = f"n = {len(cell.groups)} test clips of {counted(len(set(cell.groups)), 'group')}"
    accuracy = cell.interval
    return {
        "panel": quantity,
        "value": value,
        "series": name,
        "mean": accuracy.value,
        "low": accuracy.low,
        "high": accuracy.high,
        "seed_values": seed_text(cell.correct.mean(axis=1)),
        "chance": cell.chance,
        "paper": usual,
        "diverged": sum(bool(record.values.get("diverged")) for record in records),
        "said": f"{name}: {test}, trained in {counted(stages, 'stage')}.",
    }


def _told(frame: pd.DataFrame) -> list[str]:
    return [*dict.fromkeys(frame["said"]), "All other quantities are as in the ringed runs."]


# Splits


def explore_split(records: Sequence[Record]) -> Any:
    """Choose data set and modality, see the accuracy of every class with clips split at random and
    by whole groups.

    Raises ValueError when no data set was split both ways.
    """
    import ipywidgets

    found = both_ways(records)
    if not found:
        raise ValueError(
            "No data set among these runs was split both at random and by groups. Run ou2019.split: its runs are."
        )
    data = ipywidgets.Dropdown(
        options=list(dict.fromkeys(name for name, _ in found)), description="data set", layout={"width": "36em"}
    )
    modality = ipywidgets.ToggleButtons(options=_modalities(found, data.value), description="modality")

    def follow(_: Any) -> None:
        before, modality.options = modality.value, _modalities(found, data.value)
        modality.value = before if before in modality.options else modality.options[0]

    def draw() -> Figure:
        chosen = data.value, modality.value
        return split_figure(found[chosen] if chosen in found else found[data.value, _modalities(found, data.value)[0]])

    data.observe(follow, names="value")
    return redrawn([data, modality], draw)


def _modalities(found: Mapping[tuple[str, str], Any], data: str) -> list[str]:
    return [kind for name, kind in found if name == data]


def both_ways(records: Sequence[Record]) -> dict[tuple[str, str], dict[str, Cell]]:
    """(data set, modality) -> split -> its runs, where both splits are there; of a training in
    stages the last.
    """
    scored = _scored(records)
    earlier = {before for record in scored if (before := begun_by(record.run))}
    parts: dict[tuple[str, str], dict[str, list[Record]]] = {}
    for record in scored:
        if record.run not in earlier:
            data = data_of(record)
            side = AT_RANDOM if data.split.startswith("random") else BY_GROUPS
            parts.setdefault((data.name, data.clips.input), {}).setdefault(side, []).append(record)
    return {
        place: {side: Cell(side, place[0], tuple(sides[side])) for side in (AT_RANDOM, BY_GROUPS)}
        for place, sides in parts.items()
        if len(sides) == 2
    }


def split_figure(cells: Mapping[str, Cell]) -> Figure:
    """The static twin of `explore_split`: all clips with their interval, then each class; of many
    classes those that differ most.
    """
    by_class = {side: class_accuracy(cell) for side, cell in cells.items()}  # (S, K)
    record = next(iter(cells.values())).records[0]
    classes = list(record.values["classes"])
    means = [part.mean(axis=0) for part in by_class.values()]
    order = np.argsort(-np.nan_to_num(np.abs(means[0] - means[1]), nan=-1.0), kind="stable")[:MOST]
    rows = [_split_row("all test clips", side, cell, cell.correct.mean(axis=1), True) for side, cell in cells.items()]
    for k in sorted(order):
        counts = " | ".join(str(int((cell.predictions[0]["label"] == k).sum())) for cell in cells.values())
        rows += [
            _split_row(f"{classes[k]} ({counts})", side, cell, by_class[side][:, k], False)
            for side, cell in cells.items()
        ]
    words = [
        "In brackets: test clips of a class at random | by groups. A class has too few for an interval of its own."
    ]
    words += [f"Of {len(classes)} classes the {MOST} that differ most."] * (len(classes) > MOST)
    return closed(split_contrast(pd.DataFrame(rows), {}, words=words).figure)


def class_accuracy(cell: Cell) -> np.ndarray:
    """(S, K) the share of each class's test clips that each seed's network answers right; NaN where
    a class has none.
    """
    label, right = cell.predictions[0]["label"], cell.correct
    classes = len(cell.records[0].values["classes"])
    return np.stack(
        [
            right[:, label == k].mean(axis=1) if (label == k).any() else np.full(len(right), np.nan)
            for k in range(classes)
        ],
        axis=1,
    )


def _split_row(row: str, side: str, cell: Cell, seeds: np.ndarray, whole: bool) -> dict[str, Any]:
    accuracy = cell.interval if whole else None
    known, data = not np.isnan(seeds).any(), data_of(cell.records[0])
    return {
        "column": f"{data.name}, {data.clips.input}",
        "row": row,
        "split": side,
        "value": seeds.mean() if known else None,
        "low": accuracy.low if accuracy else None,
        "high": accuracy.high if accuracy else None,
        "seed_values": seed_text(seeds) if known else None,
        "chance": cell.chance if whole else None,
        "n_items": len(cell.groups),
        "n_groups": len(set(cell.groups)),
    }
