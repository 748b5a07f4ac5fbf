"""The task `sheet`: one clip of every class, kept whole for a contact sheet; nothing is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from repro.data.index import load, module
from repro.data.resize import resize, stored_size
from repro.data.sampling import clip_indices, view_starts
from repro.files import replacing
from repro.spec import Run


def execute(run: Run, folder: Path, *, device: str, root: Path | None, cache: Path, parents: list[Path]) -> dict[str, Any]:
    """Store `frames` (n, T, H, W, 3) uint8 in inside.safetensors: the first test clip of each class, its middle.

    Raises DataError when the data are missing.
    """
    if run.data is None:
        raise ValueError(f"a contact sheet needs data; {run.label} names none")
    index, clips = load(run.data, root), run.data.clips
    first = {label: next(item for item in index.test if item.label == label) for label in range(len(index.classes))}
    sheets = []
    for item in first.values():
        frames = module(run.data.name).read(item, clips)  # (T, H, W, 3)
        at = clip_indices(len(frames), clips.length, clips.step, int(view_starts(len(frames), clips.length, 1)[0]))
        sheets.append(resize(frames[at], *stored_size(*frames.shape[1:3], clips)))
    with replacing(folder / "inside.safetensors") as temporary:
        save_file({"frames": np.stack(sheets)}, temporary)
    return {"classes": list(index.classes), "names": [item.name for item in first.values()], "n_items": len(sheets)}
