"""Explore cells of ou2019: a training epoch by epoch, and single channels of a layer. Rows of its
tables are compared by `repro.papers.explore`.

No network runs here; what is shown was stored with the records.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from repro.evidence.controls import closed, control, redrawn, refill
from repro.evidence.drawings import flow_to_rgb
from repro.evidence.tables import plural
from repro.papers.ou2019 import curves
from repro.papers.ou2019.feature_maps import feature_grid
from repro.papers.ou2019.figure7 import BACKBONES, SHOWN
from repro.papers.plan import Done
from repro.papers.records import absent_maps, beside_footage, footage, labelled, named, seen_as, stored_items, with_maps
from repro.runs.store import Record

ALL = "all"
LAYERS = range(1, 14)  # the convolutions of a backbone
NO_MOTION = 128  # as a byte of a stored flow field
VARYING = "The channels that vary most over the image, of the middle frame."
COUNTED = "Its zeros are counted over all channels and frames of the clip."


def explore_epochs(done: Sequence[Done]) -> Any:
    """Choose data set and seed, see loss, accuracy and gradient norm against the epochs of both
    stages. done: the runs of Figure 10, which come with those of Figures 9 and 11.
    """
    columns = dict.fromkeys(planned.column for planned in done)
    seeds = {c: [ALL, *map(str, sorted({p.run.seed for p in done if p.column == c}))] for c in columns}
    data = control("Dropdown", "data set", options=list(seeds))
    seed = control("ToggleButtons", "seed", options=seeds[data.value])
    data.observe(lambda _: refill(seed, seeds[data.value]), names="value")  # another data set may have other seeds
    keys = [planned.record.key for planned in done]
    return redrawn([data, seed], lambda: epochs_figure(done, data.value, seed.value), keys=keys)


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
    clip = control("Dropdown", "clip", options=labelled(stored_items(next(iter(by_name.values())))))
    stream = control("ToggleButtons", "stream", options=list(BACKBONES))
    layer = control("SelectionSlider", "convolution", options=LAYERS)
    filmed = cache(lambda name: footage(by_name[name], stored_items(by_name[name])["names"]))

    def draw() -> Figure:
        return layers_figure(by_name[run.value], clip.value, stream.value, layer.value, filmed(run.value))

    return redrawn([run, clip, stream, layer], draw, keys=[record.key for record in by_name.values()])


def layers_figure(
    record: Record, clip: int = 0, stream: str = "rgb", layer: int = 1, filmed: Mapping[str, np.ndarray] | None = None
) -> Figure:
    """The static twin of `explore_layers`: of one stored clip the channels of one convolution.
    filmed: the stored clips by name as they were filmed, to stand beside what the network sees.
    """
    stored, inside, prefix, name = stored_items(record), record.inside(), f"{clip}/{stream}", f"conv {layer}"
    frames, classes = inside[f"{clip}/clip"], stored["classes"]
    zeros = {name: float(inside[f"{prefix}.zeros"][SHOWN.index(layer)])} if layer in SHOWN else {}
    answer = f"{classes[stored['labels'][clip]]}, answer {classes[int(inside[f'{clip}/probability'].argmax())]}"
    middle = len(frames) // 2
    caption = f"{answer}; {stream}, frame {middle + 1} of {len(frames)}"
    maps, words = {name: inside[f"{prefix}.conv{layer}.channels"]}, [VARYING] + [COUNTED] * bool(zeros)
    ax = feature_grid(maps, seen(frames[middle], stream), zeros=zeros, caption=caption, words=words)
    source = (filmed or {}).get(stored["names"][clip])
    return closed(beside_footage(ax, None if source is None else source[middle], seen_as(stream)))


def seen(frame: np.ndarray, stream: str) -> np.ndarray:
    """What a stream sees of a stored frame (H, W, 3 + 2 L) uint8 as colours (H, W, 3); of L flow
    fields the middle one, which starts there.
    """
    if stream == "rgb":
        return frame[..., :3]
    fields = frame[..., 3:]  # (H, W, 2 L)
    first = 2 * (fields.shape[-1] // 4)
    return flow_to_rgb(fields[..., first : first + 2].astype(np.float32) - NO_MOTION)
