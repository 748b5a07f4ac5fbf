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

from repro.evidence.comparisons import counted
from repro.evidence.pictures import flow_to_rgb
from repro.papers.ou2019.claims import least_loss
from repro.papers.ou2019.epochs import VALIDATION_IS_TEST, epoch_curves, epoch_rows
from repro.papers.ou2019.feature_maps import feature_grid
from repro.reader.widgets import named, redrawn
from repro.runs.store import Record
from repro.spec import Data, Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALL = "all"
CHANNELS = re.compile(r"(\d+)/(rgb|flow)\.conv(\d+)\.channels")
ZEROS_OF = (1, 6, 9)  # convolutions whose zeros a network counts over all their channels
STILL = 128  # the byte of no motion in a stored flow field


def data_of(record: Record) -> Data:
    assert record.run.data is not None  # of a training
    return record.run.data


def begun_by(run: Run) -> Run | None:
    """The stage that a training goes on from."""
    return run.init_from if run.init_from and run.init_from.data == run.data else None


def first_stage(run: Run) -> Run:
    """The training that a training in stages began with; itself where there is one stage."""
    before = begun_by(run)
    return first_stage(before) if before else run


# Epochs


def explore_epochs(records: Sequence[Record]) -> Any:
    """Choose data set and seed, see loss, accuracy and gradient norm against the epochs of all
    stages that are among the records.

    Raises ValueError when no record was validated after its epochs.
    """
    import ipywidgets

    found = trainings(records)
    if not found:
        raise ValueError("None of these runs was validated after its epochs. Run ou2019.figure9: its runs are.")
    data = ipywidgets.Dropdown(options=list(found), description="data set", layout={"width": "44em"})
    seed = ipywidgets.ToggleButtons(options=_seeds(found[data.value]), description="seed")

    def follow(_: Any) -> None:
        """Another data set may have other seeds."""
        before, seed.options = seed.value, _seeds(found[data.value])
        seed.value = before if before in seed.options else ALL

    def draw() -> Figure:
        inside = found[data.value]
        return epochs_figure([record for record in inside if seed.value in (ALL, str(record.run.seed))] or inside)

    data.observe(follow, names="value")
    return redrawn([data, seed], draw)


def trainings(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The validated records by training, all stages and seeds of it together, each once: figures
    share runs.
    """
    parts: dict[Run, list[Record]] = {}
    for record in {record.run: record for record in records}.values():
        if record.run.task == "train" and any("test_loss" in line for line in record.metrics()):
            parts.setdefault(replace(first_stage(record.run), seed=0), []).append(record)
    names = [
        f"{about(data_of(part[0]))}, {counted(part[0].values['n_train'], 'training clip')}" for part in parts.values()
    ]
    unique = [
        name if names.count(name) == 1 else f"{name} (run {part[0].key[:6]})"
        for name, part in zip(names, parts.values(), strict=True)
    ]
    return dict(zip(unique, parts.values(), strict=True))


def about(data: Data) -> str:
    """`actions (both, random_70_30)`."""
    world = [str(value) for name, value in data.options if name in ("scene", "factor")]
    return f"{data.name} ({', '.join([data.clips.input, *world, data.split])})"


def _seeds(records: Sequence[Record]) -> list[str]:
    return [ALL, *(str(seed) for seed in sorted({record.run.seed for record in records}))]


def epochs_figure(records: Sequence[Record]) -> Figure:
    """The static twin of `explore_epochs`: all these records, stages and seeds of one training."""
    ordered = sorted(records, key=lambda record: (stage(record.run), record.run.seed))
    rows = [
        row for record in ordered for row in epoch_rows(record.metrics(), seed=record.run.seed, stage=stage(record.run))
    ]
    values, run = ordered[0].values, ordered[0].run
    seeds = counted(len({record.run.seed for record in records}), "seed")
    test = f"n = {values['n_test']} test clips of {counted(values['groups_test'], 'group')}"
    words = [f"{about(data_of(ordered[0]))}, {test}, {seeds}, {run.protocol.level} level.", VALIDATION_IS_TEST]
    literal = dict(run.arguments).get("head") == "literal"
    bound = least_loss(len(values["classes"])) if literal else None
    return closed(epoch_curves(pd.DataFrame(rows), chance=values["chance"], bound=bound, words=words).figure)


def stage(run: Run) -> int:
    """1 for a training that starts from nothing or from public weights, one more for each that goes
    on from it.
    """
    before = begun_by(run)
    return 1 + (stage(before) if before else 0)


def closed(figure: Figure) -> Figure:
    """Shown by its value alone."""
    from matplotlib import pyplot as plt

    plt.close(figure)
    return figure


# Layers


def explore_layers(records: Sequence[Record]) -> Any:
    """Choose run (of a training in stages the last), clip, stream and convolution, see six of its
    channels beside the frame.

    Raises ValueError when no record holds channels.
    """
    import ipywidgets

    earlier = {begun_by(record.run) for record in records}
    found = named([record for record in records if record.run not in earlier and _stored(record)])
    if not found:
        raise ValueError(
            "None of these runs stored channels: they belong to the networks of ou2019. Run ou2019.figure7."
        )
    held = {name: _stored(record) for name, record in found.items()}
    wide = {"layout": {"width": "36em"}}
    run = ipywidgets.Dropdown(options=list(found), description="run", **wide)
    clip = ipywidgets.Dropdown(options=_clips(found[run.value]), value=0, description="clip", **wide)
    stream = ipywidgets.ToggleButtons(options=_part(held[run.value], 1), description="stream")
    layer = ipywidgets.SelectionSlider(options=_part(held[run.value], 2), description="convolution", **wide)

    def follow(_: Any) -> None:
        """Another run may hold other clips, streams and layers."""
        clip.options = _clips(found[run.value])
        for control, place in ((stream, 1), (layer, 2)):
            options, before = _part(held[run.value], place), control.value
            if tuple(control.options) != options:
                control.options = options
                control.value = before if before in options else options[0]

    def draw() -> Figure:
        wanted = (clip.value, stream.value, layer.value)  # while the controls follow, the run may lack it
        return layers_figure(found[run.value], *(wanted if wanted in held[run.value] else held[run.value][0]))

    run.observe(follow, names="value")
    return redrawn([run, clip, stream, layer], draw)


def _stored(record: Record) -> list[tuple[int, str, int]]:
    """(clip, stream, convolution) of all stored channels."""
    path = record.folder / "inside.safetensors"
    if not path.exists():
        return []
    with safe_open(path, "np") as file:
        found = [match for name in file.keys() if (match := CHANNELS.fullmatch(name))]  # noqa: SIM118
    return sorted((int(m[1]), m[2], int(m[3])) for m in found)


def _part(held: Sequence[tuple[int, str, int]], place: int) -> tuple[Any, ...]:
    return tuple(sorted({key[place] for key in held}, reverse=place == 1))  # rgb before flow


def _probes(record: Record) -> dict[str, Any]:
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        return json.loads(file.metadata()["probes"])


def _clips(record: Record) -> list[tuple[str, int]]:
    probes = _probes(record)
    classes = [probes["classes"][label] for label in probes["labels"]]
    return [(f"{name} ({label})", i) for i, (name, label) in enumerate(zip(probes["names"], classes, strict=True))]


def layers_figure(record: Record, clip: int = 0, stream: str = "rgb", layer: int = 1) -> Figure:
    """The static twin of `explore_layers`: of one stored clip the channels of one convolution."""
    probes, prefix = _probes(record), f"{clip}/{stream}"
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        keys = set(file.keys())
        frames, probability = file.get_tensor(f"{clip}/clip"), file.get_tensor(f"{clip}/probability")
        channels = file.get_tensor(f"{prefix}.conv{layer}.channels")
        counts = layer in ZEROS_OF and f"{prefix}.zeros" in keys
        zeros = {f"conv {layer}": float(file.get_tensor(f"{prefix}.zeros")[ZEROS_OF.index(layer)])} if counts else {}
    middle, classes = len(frames) // 2, probes["classes"]
    answer = f"{classes[probes['labels'][clip]]}, answer {classes[int(probability.argmax())]}"
    words = ["The channels that vary most over the image, of the middle frame."]
    return closed(
        feature_grid(
            {f"conv {layer}": channels},
            seen(frames[middle], stream, probes["input"]),
            zeros=zeros,
            caption=f"{answer}; {stream}, frame {middle + 1} of {len(frames)}",
            words=words + ["Its zeros are counted over all channels and frames of the clip."] * bool(zeros),
        ).figure
    )


def seen(frame: np.ndarray, stream: str, kind: str) -> np.ndarray:
    """What a stream sees of a stored frame (H, W, C) uint8 as colours (H, W, 3); of L flow fields
    the middle one, which starts there.

    `kind`: what the clip holds, rgb, flow or both.
    """
    if stream == "rgb":
        return frame[..., :3]
    fields = frame[..., 3:] if kind == "both" else frame  # (H, W, 2 L)
    first = 2 * (fields.shape[-1] // 4)
    return flow_to_rgb(fields[..., first : first + 2].astype(np.float32) - STILL)
