"""The task `contact_sheet`: one clip a class, stored whole; nothing is trained."""

from typing import Any

import numpy as np
from safetensors.numpy import save

from repro import files
from repro.data.frames import stored_frames
from repro.data.index import DataError, Index, Item, load, module
from repro.sampling import span
from repro.spec import Run
from repro.train.context import Context


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Store `frames` (n, T, H, W, 3) uint8 in inside.safetensors: the first test clip of each
    class, its middle, as it is stored.

    `run.arguments` may hold `rows`: at most so many classes, spread evenly. Raises DataError when
    the data are missing.
    """
    data, clips = run.clip_data, run.clip_data.clips
    index = load(data, context.root)
    labels = spread(len(index.classes), dict(run.arguments).get("rows", len(index.classes)))
    items = [first(index, label) for label in labels]
    sheets = []
    for item in items:
        frames = stored_frames(module(data.name).read(item, clips), clips, item.name)  # (T, h, w, 3)
        sheets.append(middle(frames[span.test(len(frames), clips, 0, 1)], *clips.stored))
    files.write(context.folder / "inside.safetensors", save({"frames": np.stack(sheets)}))
    classes, names = [index.classes[label] for label in labels], [item.name for item in items]
    return {"classes": classes, "names": names, "n_items": len(sheets), "n_classes": len(index.classes)}


def spread(classes: int, rows: int) -> list[int]:
    """Labels of at most `rows` of the classes, evenly spread."""
    rows = min(classes, rows)
    return [i * classes // rows for i in range(rows)]


def first(index: Index, label: int) -> Item:
    """The first test clip of a class. Raises DataError when the class has none here."""
    for item in index.test:
        if item.label == label:
            return item
    raise DataError(f"no test clip of class {index.classes[label]} is here; a contact sheet shows one of each")


def middle(frames: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle (T, height, width, C) of frames (T, h, w, C) that are at least that large."""
    top, left = (frames.shape[1] - height) // 2, (frames.shape[2] - width) // 2
    return np.ascontiguousarray(frames[:, top : top + height, left : left + width])
