"""Stored tensors of a record, in the shape that pictures and widgets take."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from safetensors import safe_open

from repro.evidence.pictures import flow_to_rgb
from repro.runs.store import Record

# arguments that tell rows of a table apart
SWITCHES = ("pathways", "interaction", "branches", "temporal_axis", "positions")
MAP = re.compile(r"exchange\.(stage\d+)\.([WHT])")


def attention_clips(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Probe clips of the first record that holds attention maps, as `widgets.explore_attention`
    takes them.

    Raises ValueError when no record holds any.
    """
    for record in records:
        if record.run.task == "train" and (clips := _clips(record)):
            return clips
    raise ValueError(
        "None of these runs stored attention maps: they belong to networks with the cross dual-attention module."
    )


def _clips(record: Record) -> list[dict[str, Any]]:
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        probes = json.loads(file.metadata()["probes"])
        wanted = [
            name for name in list(file.keys()) if name.partition("/")[2] in ("clip", "probability") or MAP.search(name)
        ]
        tensors = {name: file.get_tensor(name) for name in wanted}
    clips = []
    for i, name in enumerate(probes["names"]):
        maps = {
            match.groups(): value.astype(np.float32)
            for key, value in tensors.items()
            if (match := MAP.search(key)) and key.startswith(f"{i}/")
        }
        if not maps:
            return []
        clips.append(
            {
                "name": name,
                "label": probes["classes"][probes["labels"][i]],
                "predicted": probes["classes"][int(tensors[f"{i}/probability"].argmax())],
                "frames": visible(tensors[f"{i}/clip"], record),
                "maps": maps,
            }
        )
    return clips


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
