"""Explore cells of ou2019: accuracy against one quantity at a time, and class by class under two
splits of the same clips.

No network runs here; what is shown was stored with the records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from repro.evidence.controls import closed, control, redrawn, refill
from repro.evidence.split_contrast import split_contrast
from repro.evidence.tables import plural, seed_text
from repro.papers.measure import Cell
from repro.papers.ou2019.explore import about, last_stages, stages
from repro.papers.ou2019.quantities import sensitivity_curves
from repro.papers.ou2019.settings import FIELDS, FRAMES, GROUP, RANDOM, RATE, SWITCHES, VALUES
from repro.papers.ou2019.trainings import data_of
from repro.runs.store import Record
from repro.spec import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

USUAL = "what stands for the paper's setting"
MOST = 20  # classes that are drawn at once
QUANTITIES = tuple(dict.fromkeys([*VALUES, *SWITCHES]))  # in the order of the figure


def _setting(record: Record) -> dict[str, Any]:
    """The value of every quantity in the first stage of a training."""
    run, clips = stages(record.run)[0], data_of(record).clips
    switches = {quantity: dict(run.arguments).get(*switch) for quantity, switch in SWITCHES.items()}
    return {RATE: run.recipe.lr, FIELDS: clips.flow_stack, FRAMES: clips.frames} | switches


def _scored(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.run.task == "train" and "confusion" in record.values]


# One quantity at a time


def explore_sensitivity(records: Sequence[Record]) -> Any:
    """Choose the quantity, see accuracy against its values on every data set on which it was
    varied; all else is as in the ringed run.

    Raises ValueError when nothing was varied.
    """
    varied = {name: frame for name in QUANTITIES if len(frame := against(records, name))}
    if not varied:
        raise ValueError("These runs do not differ in one quantity at a time. Run ou2019.sensitivity: its runs do.")
    quantity = control("ToggleButtons", "quantity", options=list(varied))

    def draw() -> Figure:
        frame = varied[quantity.value]
        words = [*dict.fromkeys(frame["words"]), "All other quantities are as in the ringed runs."]
        return closed(sensitivity_curves(frame, ring=USUAL, words=words).figure)

    return redrawn([quantity], draw)


def against(records: Sequence[Record], quantity: str) -> pd.DataFrame:
    """The table of `sensitivity_curves` for one quantity: trainings that differ from the most
    common setting in it alone.

    The learning rate is that of the first stage. Where it was varied in trainings of one stage and
    of two, those of two are shown.
    """
    sets: dict[Run, list[Record]] = {}
    for record in _scored(records):
        sets.setdefault(_apart_from_quantities(stages(record.run)[0]), []).append(record)
    rows = []
    for part in sets.values():
        settings = [_setting(record) for record in part]
        usual = {name: Counter(setting[name] for setting in settings).most_common(1)[0][0] for name in QUANTITIES}
        cells: dict[int, dict[Any, list[Record]]] = {}
        for record, setting in zip(part, settings, strict=True):
            if all(setting[name] == usual[name] for name in QUANTITIES if name != quantity):
                cells.setdefault(len(stages(record.run)), {}).setdefault(setting[quantity], []).append(record)
        if varied := [number for number, values in cells.items() if len(values) > 1]:
            chosen, own = cells[max(varied)], usual[quantity]
            rows += [_row(quantity, value, max(varied), chosen[value], value == own) for value in _ordered(chosen, own)]
    return pd.DataFrame(rows)


def _apart_from_quantities(run: Run) -> Run:
    """What must be equal in first stages that are compared."""
    assert run.data is not None  # of a training
    clips = replace(run.data.clips, flow_stack=1, clip_length=1, clip_stride=1)
    rest = tuple((name, value) for name, value in run.arguments if name not in dict(SWITCHES.values()))
    recipe = replace(run.recipe, lr=0.0, on_divergence="stop")
    return replace(run, arguments=rest, data=replace(run.data, clips=clips), recipe=recipe, seed=0)


def _ordered(values: Mapping[Any, Any], usual: Any) -> list[Any]:
    """Numbers by size; of names the usual one last."""
    return sorted(values, key=lambda value: (value == usual, value) if isinstance(value, str) else value)


def _row(quantity: str, value: Any, number: int, records: Sequence[Record], usual: bool) -> dict[str, Any]:
    name = about(data_of(records[0]))
    row = Cell(str(value), name, tuple(records)).tidy("", "")
    test = f"n = {row['n_items']} test clips of {plural(row['n_groups'], 'group')}"
    words = f"{name}: {test}, trained in {plural(number, 'stage')}."
    where = {"panel": quantity, "value": value, "series": name, "mean": row["value"], "paper": usual, "words": words}
    return row | where | {"diverged": sum(bool(record.values.get("diverged")) for record in records)}


# Splits


def explore_split(records: Sequence[Record]) -> Any:
    """Choose data set and modality, see the accuracy of every class with clips split at random and
    by whole groups.

    Raises ValueError when no data set was split both ways.
    """
    found = both_ways(records)
    if not found:
        both = "split both at random and by groups. Run ou2019.split: its runs are."
        raise ValueError(f"No data set among these runs was {both}")
    kinds: dict[str, list[str]] = {}
    for name, kind in found:
        kinds.setdefault(name, []).append(kind)
    data = control("Dropdown", "data set", options=list(kinds))
    modality = control("ToggleButtons", "modality", options=kinds[data.value])
    data.observe(lambda _: refill(modality, kinds[data.value]), names="value")

    def draw() -> Figure:
        chosen = modality.value if modality.value in kinds[data.value] else kinds[data.value][0]
        return split_figure(found[data.value, chosen])

    return redrawn([data, modality], draw)


def both_ways(records: Sequence[Record]) -> dict[tuple[str, str], dict[str, Cell]]:
    """(data set, modality) -> split -> its runs, where both splits are there; of a training in
    stages the last.
    """
    parts: dict[tuple[str, str], dict[str, list[Record]]] = {}
    for record in last_stages(_scored(records)):
        data = data_of(record)
        side = RANDOM if data.split.startswith("random") else GROUP
        parts.setdefault((data.name, data.clips.input), {}).setdefault(side, []).append(record)
    return {
        where: {side: Cell(side, where[0], tuple(sides[side])) for side in (RANDOM, GROUP)}
        for where, sides in parts.items()
        if len(sides) == 2
    }


def split_figure(cells: Mapping[str, Cell]) -> Figure:
    """The static twin of `explore_split`: all clips with their interval, then each class; of many
    classes those that differ most.
    """
    by_class = {side: class_accuracy(cell) for side, cell in cells.items()}  # (S, K)
    record = next(iter(cells.values())).records[0]
    classes, (one, other) = list(record.values["classes"]), (part.mean(axis=0) for part in by_class.values())
    order = np.argsort(-np.nan_to_num(np.abs(one - other), nan=-1.0), kind="stable")[:MOST]
    kept = {"column": f"{data_of(record).name}, {data_of(record).clips.input}"}
    whole = {side: cell.tidy("", "") | kept | {"split": side} for side, cell in cells.items()}
    rows = [row | {"row": "all test clips"} for row in whole.values()]
    for k in sorted(order):
        counts = " | ".join(str(int((cell.predictions[0]["label"] == k).sum())) for cell in cells.values())
        for side, row in whole.items():
            seeds = by_class[side][:, k]
            known = {} if np.isnan(seeds).any() else {"value": seeds.mean(), "seed_values": seed_text(seeds)}
            nothing = dict.fromkeys(("value", "low", "high", "seed_values", "chance"))
            rows.append(row | nothing | known | {"row": f"{classes[k]} ({counts})"})
    brackets = "In brackets: test clips of a class at random | by groups."
    words = [f"{brackets} A class has too few for an interval of its own."]
    words += [f"Of {len(classes)} classes the {MOST} that differ most."] * (len(classes) > MOST)
    return closed(split_contrast(pd.DataFrame(rows), {}, words=words).figure)


def class_accuracy(cell: Cell) -> np.ndarray:
    """(S, K) the share of each class's test clips that each seed's network answers right; NaN where
    a class has none.
    """
    label, right = cell.predictions[0]["label"], cell.correct
    shares = np.full((len(right), len(cell.records[0].values["classes"])), np.nan)
    for k in np.unique(label):
        shares[:, k] = right[:, label == k].mean(axis=1)
    return shares
