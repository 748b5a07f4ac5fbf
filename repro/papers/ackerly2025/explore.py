"""Explore cells of ackerly2025: averages and test sets, parts of the training set, and what the
gate says of an image.

No network runs here; what is shown was stored with the records.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from safetensors import safe_open

from repro.papers.ackerly2025.classification import AVERAGES, METRICS
from repro.evidence.drawings import gate_of_image
from repro.evidence.panels import class_bars, share_curves, side_by_side
from repro.evidence.style import stacked
from repro.papers.ackerly2025 import figure2, runs, table1
from repro.papers.ackerly2025.scores import Scores, gathered, percent
from repro.papers.measure import planned
from repro.papers.records import visible
from repro.reader.widgets import named, redrawn
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAID = ("gate", "attention1", "attention2")  # of an image, by the network
UNEQUAL, WHOLE = "unequal class counts", "all test images"


def explore_averages(records: Sequence[Record], scale: str) -> Any:
    """Choose how classes are averaged and which test images count, see Table 1 drawn anew: when are
    recall and accuracy one number?
    """
    import ipywidgets

    _, places = planned(runs.table1_places, scale, records)
    placed = [(row, column, record) for (row, column, _), record in zip(places, records, strict=True)]
    average = ipywidgets.ToggleButtons(options=AVERAGES, description="average")
    test = ipywidgets.ToggleButtons(options=(UNEQUAL, WHOLE), description="test set")
    known: dict[tuple[str, str], pd.DataFrame] = {}

    def draw() -> Figure:
        chosen = average.value, test.value
        if chosen not in known:
            found = gathered(placed, whole=test.value == WHOLE, average=average.value)
            known[chosen] = pd.DataFrame(
                [s.tidy(table1.ID, scale, metric) for metric in METRICS for s in found.values()]
            )
        return side_by_side(known[chosen], words=[f"{average.value} average, {test.value}"]).figure

    return redrawn([average, test], draw)


def explore_parts(records: Sequence[Record], scale: str) -> Any:
    """Choose metric, model and share: the curves of all models for that metric, and the recall of
    each class at the ring.
    """
    import ipywidgets

    found = figure2.parts(list(records), scale)
    metric = ipywidgets.ToggleButtons(options=METRICS, value="Recall", description="metric")
    model = ipywidgets.ToggleButtons(options=list(runs.ROWS), value=runs.OURS, description="model")

    def fractions() -> list[tuple[str, float]]:
        """Those at which the chosen model was trained."""
        return [(percent(at), at) for at in sorted(at for name, at in found if name == model.value)]

    share = ipywidgets.SelectionSlider(options=fractions(), value=1.0, description="fraction")

    def offer(_: Any) -> None:
        offered, before = fractions(), share.value
        share.options = offered
        share.value = before if before in dict(offered).values() else 1.0

    def draw() -> Figure:
        figure, (above, below) = stacked([3.6, 2.6])
        share_curves(
            figure2.curves(found, metric.value), ax=above, metric=metric.value, ring=(model.value, share.value)
        )
        scores = found[model.value, share.value]
        title = f"{scores.name} of the training images: recall per class, mean and every seed"
        class_bars(recall_of_classes(scores), names_of(scores), ax=below, title=title)
        return figure

    model.observe(offer, names="value")
    return redrawn([metric, model, share], draw)


def recall_of_classes(scores: Scores) -> np.ndarray:
    """(S, K) the share of each class's test images that each seed's network answers right."""
    right, label = scores.probability.argmax(2) == scores.label, scores.label
    return np.stack([right[:, label == k].mean(1) for k in np.unique(label)], axis=1)


def names_of(scores: Scores) -> list[str]:
    """`church (61)`: the classes that occur, with their test images."""
    classes, counts = scores.cell.records[0].values["classes"], np.bincount(scores.label)
    return [f"{name} ({n})" for name, n in zip(classes, counts, strict=False) if n]


def explore_gates(records: Sequence[Record]) -> Any:
    """Choose a network and an image: its weights of space and time, among those of all test images,
    and where its steps look.
    """
    import ipywidgets

    gated = named([record for record in records if _tested(record) and "gate" in record.predictions()])
    if not gated:
        raise ValueError(
            "None of these runs has a gate: it belongs to our network with both branches (fusion softmax_gate)."
        )
    network = ipywidgets.Dropdown(options=list(gated), description="network", layout={"width": "36em"})
    image = ipywidgets.SelectionSlider(options=range(len(probes(gated[network.value]))), description="image")
    layer = ipywidgets.ToggleButtons(options=SAID[1:], description="layer")

    def follow(_: Any) -> None:
        """Another network may have stored fewer images."""
        stored = range(len(probes(gated[network.value])))
        if len(stored) != len(image.options):
            image.options = stored

    def draw() -> Figure:
        return gate_figure(gated[network.value], image.value, layer.value)

    network.observe(follow, names="value")
    return redrawn([network, image, layer], draw)


def gate_figure(record: Record, image: int = 0, layer: str = "attention2") -> Figure:
    """The static twin of `explore_gates`."""
    from matplotlib import pyplot as plt

    probe, found = probes(record)[image], record.predictions()
    figure = gate_of_image(probe | {"map": received(probe[layer], probe["grid"])}, found["gate"][:, 1]).figure
    plt.close(figure)
    return figure


def received(attention: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """(heads, S, S) attention -> (h, w): what each step is given by all steps, 1 where attention is
    uniform.

    `grid`: (h, w) of the map whose patches are the steps. Steps that are no patches of it (frames,
    scales, views) stand in one row.
    """
    given = attention.astype(np.float64).mean(0).sum(0)  # (S,)
    return given.reshape(grid) if len(given) == grid[0] * grid[1] else given[None]


def probes(record: Record) -> list[dict[str, Any]]:
    """The stored items: `name`, `label`, `predicted`, `gate` (2,), the attention maps, `picture`
    (H, W, 3) uint8, the middle frame, and `grid`, the places (h, w) of the last map.
    """
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        header = json.loads(file.metadata()["probes"])
        keys = [key for key in file.keys() if key.partition("/")[2] in ("clip", "probability", *SAID)]  # noqa: SIM118
        tensors = {key: file.get_tensor(key) for key in keys}
        last = max((key for key in file.keys() if key.startswith("0/stage")), default="")  # noqa: SIM118
        grid = tuple(file.get_slice(last).get_shape()[-2:]) if last else (1, 1)
    return [
        {
            "name": name,
            "label": header["classes"][header["labels"][i]],
            "predicted": header["classes"][int(tensors[f"{i}/probability"].argmax())],
            "grid": grid,
            "picture": _middle(visible(tensors[f"{i}/clip"], record)),
        }
        | {said: tensors[f"{i}/{said}"] for said in SAID if f"{i}/{said}" in tensors}
        for i, name in enumerate(header["names"])
    ]


def _middle(frames: np.ndarray) -> np.ndarray:
    return frames[len(frames) // 2]


def _tested(record: Record) -> bool:
    """Whether a run was tested on a test set; one that was tested on its own training images would
    be the same network once more.
    """
    return record.run.init_from is None
