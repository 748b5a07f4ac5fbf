"""Stored tensors of a record, in the shape that pictures and widgets take."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from safetensors import safe_open

from repro import files
from repro.evidence.controls import png_of_row
from repro.evidence.drawings import flow_to_rgb, overlay
from repro.runs import NoData, RunFailed
from repro.runs.ensure import ensure
from repro.runs.store import Record
from repro.spec import Run, options

# arguments that tell rows of a table apart
SWITCHES = ("pathways", "interaction", "branches", "temporal_axis", "positions")
FILMED = "as filmed"  # what stands above a frame of `footage`


def visible(clip: np.ndarray, record: Record) -> np.ndarray:
    """A stored clip (T, H, W, C) uint8 as colours (T, H, W, 3): RGB as it is, flow as direction and
    speed; of both, the RGB.

    Of several flow fields around a frame the middle one is shown, that of the frame itself.
    """
    fields, odd = divmod(clip.shape[-1], 2)
    if odd:
        return clip[..., :3]
    norm, at = record.values["norm"], slice(2 * (fields // 2), 2 * (fields // 2) + 2)
    return flow_to_rgb((clip[..., at].astype(np.float32) - norm["mean"][at]) / norm["std"][at])


def seen_as(kind: str) -> str:
    """What stands above the frame that a network sees, by its input."""
    return {"rgb": "input: colour", "flow": "input: optical flow"}.get(kind, "input: colour, beside flow")


def png_of_frame(filmed: np.ndarray | None, kind: str, frame: np.ndarray, attention: np.ndarray | None = None) -> bytes:
    """A frame as it was filmed, where that is here, as a network sees it, by the kind of its input,
    and under the attention (h, w) that its places received, on 0..1.
    """
    row = {} if filmed is None else {FILMED: filmed}
    row[seen_as(kind)] = frame
    if attention is not None:
        row["attention: bright is most"] = overlay(frame, attention)
    return png_of_row(row, [FILMED])


def footage(record: Record, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Name -> frames (T, H, W, 3) uint8 of test clips of a record as they were filmed, those that
    its network saw; a worker reads them once. Empty where that cannot be done here.
    """
    data, asked = record.run.clip_data, tuple(map(str, names))
    run = Run("footage", arguments=options(names=asked), data=data, protocol=record.run.protocol)
    with suppress(NoData, RunFailed):
        frames = ensure([run], engine="local:1", device="cpu", data_root=files.data_root())[0].inside()
        return {name: frames[str(number)] for number, name in enumerate(asked)}
    return {}


def beside_footage(ax: Any, source: np.ndarray | None, seen: str) -> Any:
    """The figure of these axes with a frame (H, W, 3) uint8 as it was filmed at their left, and
    what the picture beside it is: the input that the network sees. Nothing where there is no frame.
    """
    from repro.evidence.marks import bare

    if source is not None:
        part = ax.inset_axes((-0.34, 0.0, 0.32, 1.0))
        part.imshow(source)
        part.set_anchor("N")
        part.set_title(FILMED, loc="left", fontsize=9.5, weight="bold")
        part.set_xlabel(f"{source.shape[1]} x {source.shape[0]} pixels; right: {seen}", fontsize=8, loc="left")
        bare(part)
    return ax.figure


def stored_items(record: Record) -> dict[str, Any]:
    """What is known of the items whose tensors are stored: `names`, `labels` and all `classes`."""
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        return json.loads(file.metadata()["probes"])


def labelled(items: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Items to choose from, of their `names`, `labels` and all `classes`: (name and class,
    number).
    """
    named = zip(items["names"], items["labels"], strict=True)
    return [(f"{name} ({items['classes'][label]})", i) for i, (name, label) in enumerate(named)]


def with_maps(records: Sequence[Record]) -> list[Record]:
    """Those whose inner maps are here: with committed records few travel, and no real frames."""
    return [record for record in records if (record.folder / "inside.safetensors").is_file()]


def absent_maps() -> Any:
    """What an explore cell shows where none are."""
    from IPython.display import Markdown

    return Markdown(
        "*Left out: the inner maps of these runs are not here. With committed records those of real photographs and "
        "films do not travel; `repro run` makes them where the data are.*"
    )


def named(records: Sequence[Record]) -> dict[str, Record]:
    """Records by name; where two would have the same one, the run's key tells them apart."""
    names = [_name(record) for record in records]
    return {
        name if names.count(name) == 1 else f"{name}, run {r.key[:6]}": r
        for name, r in zip(names, records, strict=True)
    }


def _name(record: Record) -> str:
    run, data = record.run, record.run.clip_data
    switched = [f"{k} {v}" if k in ("positions", "branches") else str(v) for k, v in run.arguments if k in SWITCHES]
    row = ", ".join(switched + [run.recipe.penalty] * bool(run.recipe.penalty))
    world = ", ".join(str(v) for k, v in data.options if k in ("scene", "factor"))
    light = "" if data.clips.enhancement == "none" else f", {data.clips.enhancement}"
    share = f", {100 * data.train_fraction:.0f} % of the training set" if data.train_fraction < 1 else ""
    about = f"{data.clips.input}, {', '.join(filter(None, (world, data.split)))}{light}{share}"
    return f"{run.network}{f' ({row})' if row else ''} on {data.name} ({about}), seed {run.seed}"
