"""Explore cells of ou2019: a training epoch by epoch, and single channels of a layer.

No network runs here; what is shown was stored with the records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from safetensors import safe_open

from repro.evidence.controls import closed, control, redrawn, refill
from repro.evidence.pictures import flow_to_rgb
from repro.evidence.tables import plural
from repro.papers.ou2019.epochs import VALIDATION_IS_TEST, epoch_curves, epoch_rows
from repro.papers.ou2019.feature_maps import feature_grid
from repro.papers.ou2019.printed import least_loss
from repro.papers.ou2019.trainings import data_of
from repro.papers.records import named
from repro.runs.store import Record
from repro.spec import Data, Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALL = "all"
CHANNELS = re.compile(r"(\d+)/(rgb|flow)\.conv(\d+)\.channels")
ZEROS_OF = (1, 6, 9)  # convolutions whose zeros a network counts over all their channels
NO_MOTION = 128  # as a byte of a stored flow field
VARYING = "The channels that vary most over the image, of the middle frame."
COUNTED = "Its zeros are counted over all channels and frames of the clip."
Key = tuple[int, str, int]  # clip, stream, convolution


def stages(run: Run) -> list[Run]:
    """The trainings that a training in stages went through on the same data, itself the last."""
    before = run.init_from if run.init_from and run.init_from.data == run.data else None
    return [*(stages(before) if before else []), run]


def last_stages(records: Sequence[Record]) -> list[Record]:
    """The records from which no other one among them goes on."""
    earlier = {run for record in records for run in stages(record.run)[:-1]}
    return [record for record in records if record.run not in earlier]


# Epochs


def explore_epochs(records: Sequence[Record]) -> Any:
    """Choose data set and seed, see loss, accuracy and gradient norm against the epochs of all
    stages that are among the records.

    Raises ValueError when no record was validated after its epochs.
    """
    found = trainings(records)
    if not found:
        raise ValueError("None of these runs was validated after its epochs. Run ou2019.figure9: its runs are.")
    seeds = {name: [ALL, *(str(seed) for seed in sorted({r.run.seed for r in part}))] for name, part in found.items()}
    data = control("Dropdown", "data set", width="44em", options=list(found))
    seed = control("ToggleButtons", "seed", options=seeds[data.value])
    data.observe(lambda _: refill(seed, seeds[data.value]), names="value")  # another data set may have other seeds

    def draw() -> Figure:
        inside = found[data.value]
        return epochs_figure([record for record in inside if seed.value in (ALL, str(record.run.seed))] or inside)

    return redrawn([data, seed], draw)


def trainings(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The validated records by training, all stages and seeds of it together, each once: figures
    share runs.
    """
    parts: dict[Run, list[Record]] = {}
    for record in {record.run: record for record in records}.values():
        if record.run.task == "train" and any("test_loss" in line for line in record.metrics()):
            parts.setdefault(replace(stages(record.run)[0], seed=0), []).append(record)
    firsts = [part[0] for part in parts.values()]
    names = [f"{about(data_of(r))}, {plural(r.values['n_train'], 'training clip')}" for r in firsts]
    keys = [f" (run {r.key[:6]})" * (names.count(name) > 1) for name, r in zip(names, firsts, strict=True)]
    return {name + key: part for name, key, part in zip(names, keys, parts.values(), strict=True)}


def about(data: Data) -> str:
    """`actions (both, random_70_30)`."""
    world = [str(value) for name, value in data.options if name in ("scene", "factor")]
    return f"{data.name} ({', '.join([data.clips.input, *world, data.split])})"


def epochs_figure(records: Sequence[Record]) -> Figure:
    """The static twin of `explore_epochs`: all these records, stages and seeds of one training."""
    numbered = sorted(((len(stages(r.run)), r) for r in records), key=lambda pair: (pair[0], pair[1].run.seed))
    rows = [row for stage, r in numbered for row in epoch_rows(r.metrics(), seed=r.run.seed, stage=stage)]
    values, run, data = numbered[0][1].values, numbered[0][1].run, data_of(numbered[0][1])
    seeds = plural(len({record.run.seed for record in records}), "seed")
    test = f"n = {values['n_test']} test clips of {plural(values['groups_test'], 'group')}"
    words = [f"{about(data)}, {test}, {seeds}, {run.protocol.level} level.", VALIDATION_IS_TEST]
    literal = dict(run.arguments).get("head") == "literal"
    bound = least_loss(len(values["classes"])) if literal else None
    return closed(epoch_curves(pd.DataFrame(rows), chance=values["chance"], bound=bound, words=words).figure)


# Layers


def explore_layers(records: Sequence[Record]) -> Any:
    """Choose run (of a training in stages the last), clip, stream and convolution, see six of its
    channels beside the frame.

    Raises ValueError when no record holds channels.
    """
    found = named([record for record in last_stages(records) if _stored(record)])
    if not found:
        networks = "they belong to the networks of ou2019. Run ou2019.figure7."
        raise ValueError(f"None of these runs stored channels: {networks}")
    keys = {name: _stored(record) for name, record in found.items()}
    choices = {name: (_clips(found[name]), *(_part(keys[name], part) for part in (1, 2))) for name in found}
    run = control("Dropdown", "run", options=list(found))
    kinds = (("Dropdown", "clip"), ("ToggleButtons", "stream"), ("SelectionSlider", "convolution"))
    parts = [control(*kind, options=options) for kind, options in zip(kinds, choices[run.value], strict=True)]

    def follow(_: Any) -> None:
        """Another run may hold other clips, streams and layers."""
        for part, options in zip(parts, choices[run.value], strict=True):
            refill(part, options)

    def draw() -> Figure:
        wanted = tuple(part.value for part in parts)  # while the controls follow, the run may lack it
        clip, stream, layer = wanted if wanted in keys[run.value] else keys[run.value][0]
        return layers_figure(found[run.value], clip, stream, layer)

    run.observe(follow, names="value")
    return redrawn([run, *parts], draw)


def _stored(record: Record) -> list[Key]:
    """The keys of all stored channels."""
    path = record.folder / "inside.safetensors"
    if not path.exists():
        return []
    with safe_open(path, "np") as file:
        matches = [match for name in list(file.keys()) if (match := CHANNELS.fullmatch(name))]
    return sorted((int(m[1]), m[2], int(m[3])) for m in matches)


def _part(keys: Sequence[Key], part: int) -> tuple[Any, ...]:
    return tuple(sorted({key[part] for key in keys}, reverse=part == 1))  # rgb before flow


def _probes(record: Record) -> dict[str, Any]:
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        return json.loads(file.metadata()["probes"])


def _clips(record: Record) -> list[tuple[str, int]]:
    probes = _probes(record)
    classes = [probes["classes"][label] for label in probes["labels"]]
    return [(f"{name} ({label})", i) for i, (name, label) in enumerate(zip(probes["names"], classes, strict=True))]


def layers_figure(record: Record, clip: int = 0, stream: str = "rgb", layer: int = 1) -> Figure:
    """The static twin of `explore_layers`: of one stored clip the channels of one convolution."""
    probes, prefix, name = _probes(record), f"{clip}/{stream}", f"conv {layer}"
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        frames, probability = file.get_tensor(f"{clip}/clip"), file.get_tensor(f"{clip}/probability")
        channels = file.get_tensor(f"{prefix}.conv{layer}.channels")
        counts = layer in ZEROS_OF and f"{prefix}.zeros" in list(file.keys())
        zeros = {name: float(file.get_tensor(f"{prefix}.zeros")[ZEROS_OF.index(layer)])} if counts else {}
    middle, classes = len(frames) // 2, probes["classes"]
    answer = f"{classes[probes['labels'][clip]]}, answer {classes[int(probability.argmax())]}"
    caption = f"{answer}; {stream}, frame {middle + 1} of {len(frames)}"
    frame, words = seen(frames[middle], stream, probes["input"]), [VARYING] + [COUNTED] * bool(zeros)
    return closed(feature_grid({name: channels}, frame, zeros=zeros, caption=caption, words=words).figure)


def seen(frame: np.ndarray, stream: str, kind: str) -> np.ndarray:
    """What a stream sees of a stored frame (H, W, C) uint8 as colours (H, W, 3); of L flow fields
    the middle one, which starts there.

    `kind`: what the clip holds, rgb, flow or both.
    """
    if stream == "rgb":
        return frame[..., :3]
    fields = frame[..., 3:] if kind == "both" else frame  # (H, W, 2 L)
    first = 2 * (fields.shape[-1] // 4)
    return flow_to_rgb(fields[..., first : first + 2].astype(np.float32) - NO_MOTION)
