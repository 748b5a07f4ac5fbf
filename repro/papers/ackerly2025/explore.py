"""Explore cells of ackerly2025: averages and test sets, and what the gate weighs in an image.

No network runs here; what is shown was stored with the records.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from repro.evidence.controls import closed, control, redrawn, refill
from repro.evidence.side_by_side import side_by_side
from repro.papers.ackerly2025 import table1
from repro.papers.ackerly2025.classification import AVERAGES, METRICS, Average
from repro.papers.ackerly2025.figures import gate_of_image
from repro.papers.ackerly2025.scores import scores_of
from repro.papers.plan import Done
from repro.papers.records import absent_maps, beside_footage, footage, named, seen_as, stored_items, visible, with_maps
from repro.runs.store import Record

STORED = ("gate", "attention1", "attention2")  # what a network with a gate stores of an image
UNEQUAL, WHOLE = "unequal class counts", "all test images"


def explore_averages(done: Sequence[Done]) -> Any:
    """Choose how classes are averaged and which test images count, see Table 1 drawn anew: when are
    recall and accuracy one number?
    """
    average = control("ToggleButtons", "average", options=AVERAGES)
    test = control("ToggleButtons", "test set", options=(UNEQUAL, WHOLE))

    @cache
    def frame(average: Average, test: str) -> pd.DataFrame:
        scores = scores_of(done, whole=test == WHOLE, average=average).values()
        return pd.DataFrame([s.table_row(table1.ID, "", metric) for metric in METRICS for s in scores])

    def draw() -> Any:
        words = [f"{average.value} average, {test.value}"]
        return side_by_side(frame(average.value, test.value), words=words).figure

    return redrawn([average, test], draw, keys=[planned.record.key for planned in done])


def explore_gates(records: Sequence[Record]) -> Any:
    """Choose a network and an image: its weights of space and time, among those of all test images,
    and where its steps look.

    A network tested on its own training images is left out: it would be the same one once more.
    """
    tested = [record for record in records if record.run.init_from is None]
    fused = [record for record in tested if "gate" in record.predictions()]
    if not (gated := named(with_maps(fused))):
        return absent_maps()

    filmed = cache(lambda name: footage(gated[name], stored_items(gated[name])["names"]))

    def images() -> range:
        """Another network may have stored fewer."""
        return range(len(probes(gated[network.value])))

    network = control("Dropdown", "network", options=list(gated))
    image = control("SelectionSlider", "image", options=images())
    layer = control("ToggleButtons", "layer", options=STORED[1:])
    network.observe(lambda _: refill(image, images()), names="value")

    def draw() -> Any:
        return gate_figure(gated[network.value], image.value, layer.value, filmed(network.value))

    return redrawn([network, image, layer], draw, keys=[record.key for record in gated.values()])


def gate_figure(
    record: Record, image: int = 0, layer: str = "attention2", filmed: Mapping[str, np.ndarray] | None = None
) -> Any:
    """The static twin of `explore_gates`. filmed: the stored items by name as they were filmed, to
    stand beside what the network sees.
    """
    probe, weights_of_time = probes(record)[image], record.predictions()["gate"][:, 1]
    received = attention_received(probe[layer], probe["grid"])
    ax, source = gate_of_image(probe | {"map": received}, weights_of_time), (filmed or {}).get(probe["name"])
    middle = None if source is None else source[len(source) // 2]
    return closed(beside_footage(ax, middle, seen_as(record.run.clip_data.clips.input)))


def attention_received(attention: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
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
    about, inside, items = stored_items(record), record.inside(), []
    last = max((key for key in inside if key.startswith("0/stage")), default="")
    grid = inside[last].shape[-2:] if last else (1, 1)
    for i, (name, label) in enumerate(zip(about["names"], about["labels"], strict=True)):
        frames, answer = visible(inside[f"{i}/clip"], record), int(inside[f"{i}/probability"].argmax())
        item = {"name": name, "label": about["classes"][label], "predicted": about["classes"][answer], "grid": grid}
        stored = {what: inside[f"{i}/{what}"] for what in STORED if f"{i}/{what}" in inside}
        items.append(item | {"picture": frames[len(frames) // 2]} | stored)
    return items
