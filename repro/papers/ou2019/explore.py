"""Explore cells of ou2019: a training epoch by epoch, single channels of a layer, accuracy against
one quantity at a time, and class by class under two splits of the same clips.

No network runs here; what is shown was stored with the records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from repro.evidence.controls import closed, control, redrawn, refill
from repro.evidence.pictures import flow_to_rgb
from repro.evidence.split_contrast import split_contrast
from repro.evidence.tables import plural, seed_text
from repro.papers.measure import Cell, cells
from repro.papers.ou2019 import curves, sensitivity
from repro.papers.ou2019.feature_maps import feature_grid
from repro.papers.ou2019.figure7 import BACKBONES, SHOWN
from repro.papers.ou2019.panels import STATED
from repro.papers.ou2019.quantities import sensitivity_curves
from repro.papers.ou2019.split import KINDS, PARTS
from repro.papers.plan import Done
from repro.papers.records import absent_maps, named, stored_items, with_maps
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALL = "all"
LAYERS = range(1, 14)  # the convolutions of a backbone
NO_MOTION = 128  # as a byte of a stored flow field
VARYING = "The channels that vary most over the image, of the middle frame."
COUNTED = "Its zeros are counted over all channels and frames of the clip."
USUAL = "what stands for the paper's setting"
MOST = 20  # classes that are drawn at once


def explore_epochs(done: Sequence[Done]) -> Any:
    """Choose data set and seed, see loss, accuracy and gradient norm against the epochs of both
    stages. done: the runs of Figure 10, which come with those of Figures 9 and 11.
    """
    columns = dict.fromkeys(planned.column for planned in done)
    seeds = {c: [ALL, *map(str, sorted({p.run.seed for p in done if p.column == c}))] for c in columns}
    data = control("Dropdown", "data set", options=list(seeds))
    seed = control("ToggleButtons", "seed", options=seeds[data.value])
    data.observe(lambda _: refill(seed, seeds[data.value]), names="value")  # another data set may have other seeds
    return redrawn([data, seed], lambda: epochs_figure(done, data.value, seed.value))


def epochs_figure(done: Sequence[Done], column: str, seed: str = ALL) -> Figure:
    """The static twin of `explore_epochs`."""
    shown = [planned for planned in done if planned.column == column and seed in (ALL, str(planned.run.seed))]
    values, seeds = shown[0].record.values, plural(len(curves.lines_of(shown)), "seed")
    test = f"n = {values['n_test']} test clips of {plural(values['groups_test'], 'group')}"
    return closed(curves.picture(shown, f"{column}: {test}, {seeds}").figure)


def explore_layers(records: Sequence[Record]) -> Any:
    """Choose run, clip, stream and convolution, see six of its channels beside the frame. records:
    those of Figure 7, which differ in their seed.
    """
    if not (by_name := named(with_maps(records))):
        return absent_maps()
    run = control("Dropdown", "run", options=list(by_name))
    clip = control("Dropdown", "clip", options=clips_of(next(iter(by_name.values()))))
    stream = control("ToggleButtons", "stream", options=list(BACKBONES))
    layer = control("SelectionSlider", "convolution", options=LAYERS)
    parts = [run, clip, stream, layer]
    return redrawn(parts, lambda: layers_figure(by_name[run.value], clip.value, stream.value, layer.value))


def clips_of(record: Record) -> list[tuple[str, int]]:
    """(name and class, number) of the stored clips."""
    stored = stored_items(record)
    labelled = zip(stored["names"], stored["labels"], strict=True)
    return [(f"{name} ({stored['classes'][label]})", i) for i, (name, label) in enumerate(labelled)]


def layers_figure(record: Record, clip: int = 0, stream: str = "rgb", layer: int = 1) -> Figure:
    """The static twin of `explore_layers`: of one stored clip the channels of one convolution."""
    stored, inside, prefix, name = stored_items(record), record.inside(), f"{clip}/{stream}", f"conv {layer}"
    frames, classes = inside[f"{clip}/clip"], stored["classes"]
    zeros = {name: float(inside[f"{prefix}.zeros"][SHOWN.index(layer)])} if layer in SHOWN else {}
    answer = f"{classes[stored['labels'][clip]]}, answer {classes[int(inside[f'{clip}/probability'].argmax())]}"
    middle = len(frames) // 2
    caption = f"{answer}; {stream}, frame {middle + 1} of {len(frames)}"
    maps, words = {name: inside[f"{prefix}.conv{layer}.channels"]}, [VARYING] + [COUNTED] * bool(zeros)
    return closed(feature_grid(maps, seen(frames[middle], stream), zeros=zeros, caption=caption, words=words).figure)


def seen(frame: np.ndarray, stream: str) -> np.ndarray:
    """What a stream sees of a stored frame (H, W, 3 + 2 L) uint8 as colours (H, W, 3); of L flow
    fields the middle one, which starts there.
    """
    if stream == "rgb":
        return frame[..., :3]
    fields = frame[..., 3:]  # (H, W, 2 L)
    first = 2 * (fields.shape[-1] // 4)
    return flow_to_rgb(fields[..., first : first + 2].astype(np.float32) - NO_MOTION)


def explore_sensitivity(done: Sequence[Done]) -> Any:
    """Choose the quantity, see accuracy against its values on every data set on which it was
    varied; all else is as in the ringed run. done: the runs of `ou2019.sensitivity`.
    """
    found = sensitivity.by_panel(done)
    quantity = control("ToggleButtons", "quantity", options=list(found))

    def draw() -> Figure:
        panel = {quantity.value: found[quantity.value]}
        tested = {column: next(iter(values.values())) for column, values in found[quantity.value].items()}
        counts = [f"{column}: n = {len(cell.groups)} test clips" for column, cell in tested.items()]
        words = [f"{', '.join(counts)}. All other quantities are as in the ringed runs. {sensitivity.INTERVALS}"]
        stated = {quantity.value: STATED[quantity.value]}
        return closed(sensitivity_curves(sensitivity.frame(panel), stated=stated, ring=USUAL, words=words).figure)

    return redrawn([quantity], draw)


def explore_split(done: Sequence[Done]) -> Any:
    """Choose data set and modality, see the accuracy of every class with clips split at random and
    by whole groups. done: the runs of `ou2019.split`.
    """
    found = cells(planned for planned in done if planned.row)
    columns = dict.fromkeys(planned.column.removesuffix(f", {planned.value}") for planned in done)
    data = control("Dropdown", "data set", options=list(columns))
    modality = control("ToggleButtons", "modality", options=list(PARTS))

    def draw() -> Figure:
        sides = {side: found[modality.value, f"{data.value}, {side}"] for side in KINDS}
        return split_figure(sides, f"{data.value}, {modality.value}")

    return redrawn([data, modality], draw)


def split_figure(sides: Mapping[str, Cell], title: str) -> Figure:
    """The static twin of `explore_split`: all clips with their interval, then each class; of many
    classes those that differ most.
    """
    by_class = {side: class_accuracy(cell) for side, cell in sides.items()}  # (S, K)
    classes = next(iter(sides.values())).records[0].values["classes"]
    one, other = (part.mean(axis=0) for part in by_class.values())
    order = np.argsort(-np.nan_to_num(np.abs(one - other), nan=-1.0), kind="stable")[:MOST]
    whole = {side: cell.tidy("", "") | {"column": title, "split": side} for side, cell in sides.items()}
    rows = [row | {"row": "all test clips"} for row in whole.values()]
    for k in sorted(order):
        counts = " | ".join(str(int((cell.predictions[0]["label"] == k).sum())) for cell in sides.values())
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
