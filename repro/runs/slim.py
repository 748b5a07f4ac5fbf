"""What of a record travels with the code: no inner maps and weights unless they are asked for, and
scores to a GRID-th.

Of more than TOP classes the scores of the five highest and of the true one are kept in float16, all
others become 0: answers, top five and true scores stay; what each stream says by itself does not.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro import files

if TYPE_CHECKING:
    import numpy as np

    from repro.runs.store import Record

TOP = 20  # classes up to which all scores are kept
KEPT = 5  # highest scores of an item with more
GRID = 1024  # steps from 0 to 1 that the scores of up to TOP classes are kept in
PREDICTIONS, SCORES, STEPS = "predictions.npz", "probability", "steps"
ITEMS, OF_ITEMS = "items.npz", ("label", "name", "group")
ANSWERS = ".scores"  # of one stream of several by itself: no table or figure reads them
WEIGHTS = ("model.safetensors", "model.json", "norm.json")
NUMBERS, FEW = "numbers.safetensors", 1024  # of the inner tensors WEIGHED names those of at most so many floats
WEIGHED = re.compile(r"attention\d*$|kernel$|relation$|moving$")  # what a network weighs with, no maps of a clip
INSIDE, SIDE = "inside.safetensors", 128  # of larger pictures among them means of squares are kept


def of(record: Record, keep: Collection[str]) -> dict[str, bytes]:
    """What is kept of one record: file name -> content. Of a slim one it is what was kept."""
    half = "half" in keep and "weights" not in keep
    names = ["config.json", "metrics.jsonl", *WEIGHTS * (half or "weights" in keep)]
    kept = {name: (record.folder / name).read_bytes() for name in names if (record.folder / name).is_file()}
    if (record.folder / PREDICTIONS).is_file():
        found = record.predictions()
        found[SCORES] = _thin(found[SCORES], found["label"])
        kept[ITEMS] = _file({name: found.pop(name) for name in OF_ITEMS})
        kept[PREDICTIONS] = _file({name: _half(x) for name, x in found.items() if not name.endswith(ANSWERS)})
    if "inside" in keep and (record.folder / INSIDE).is_file():
        kept[INSIDE] = _tensors(record.folder / INSIDE, _smaller)
    if "numbers" in keep:
        with contextlib.suppress(FileNotFoundError):
            kept[NUMBERS] = _numbers(record.inside())
    if half and WEIGHTS[0] in kept:
        kept[WEIGHTS[0]] = _tensors(record.folder / WEIGHTS[0], _half)
    about = record.about | {"published": record.about.get("published") or _published(record)}
    about |= {"half": True} if half else {}
    sums = {name: files.digest(content) for name, content in kept.items()}
    content = files.sealed({"values": record.values, "about": about, "files": sums})
    return kept | {"record.json": content.encode()}


def _published(record: Record) -> str:
    """What is said wherever such a record is shown."""
    made = os.stat(record.folder / "record.json").st_mtime
    day = datetime.datetime.fromtimestamp(made, datetime.UTC).date().isoformat()
    return f"committed record, made on {record.about.get('device') or 'an unknown device'} on {day}"


def rounded(predictions: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of a record's predictions as they are kept, in float32: whatever is computed from
    a slim record equals what is computed from the whole one. The answers stay where two scores
    become one.
    """
    import numpy as np

    found = {name: _half(x).astype(np.float32) if x.dtype.kind == "f" else x for name, x in predictions.items()}
    scores = predictions[SCORES]  # (N, K)
    few, answer = scores.shape[1] <= TOP, scores.argmax(1)
    kept = (np.round(scores * GRID) / GRID if few else scores).astype(np.float16)
    lost = np.flatnonzero(kept.argmax(1) != answer)
    highest = kept[lost].max(1)
    kept[lost, answer[lost]] = highest + np.float16(1 / GRID) if few else np.nextafter(highest, np.float16(2))
    return found | {SCORES: kept.astype(np.float32)}


def _thin(scores: np.ndarray, label: np.ndarray) -> np.ndarray:
    """What is kept of the scores (N, K), in float16, which is exact: see `rounded`."""
    import numpy as np

    if scores.shape[1] <= TOP:
        return scores.astype(np.float16)
    highest = np.argsort(-scores, axis=1, kind="stable")[:, :KEPT]
    chosen = np.concatenate([highest, label[:, None]], axis=1)
    thin = np.zeros(scores.shape, np.float16)
    np.put_along_axis(thin, chosen, np.take_along_axis(scores, chosen, 1).astype(np.float16), 1)
    return thin


def compact(predictions: bytes) -> bytes:
    """A file of predictions that compresses better: whole steps in place of scores, where they are
    such, and of the last class only what is missing from one, which is almost always nothing.
    """
    import numpy as np

    found = _arrays(predictions)
    scores = found.pop(SCORES).astype(np.float32) * GRID  # (N, K)
    steps = scores.astype(np.int16)
    if scores.shape[1] > TOP or (steps != scores).any():
        return predictions
    steps[:, -1] = GRID - steps.sum(1)
    return _file({STEPS: steps, **found})


def restored(predictions: bytes) -> bytes:
    """The inverse of `compact`."""
    import numpy as np

    found = _arrays(predictions)
    if STEPS not in found:
        return predictions
    steps = found.pop(STEPS)
    steps[:, -1] = GRID - steps.sum(1)  # its own inverse
    return _file({SCORES: (steps / np.float32(GRID)).astype(np.float16), **found})


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return dict(stored)


def _file(named: dict[str, Any]) -> bytes:
    import numpy as np

    out = io.BytesIO()
    np.savez(out, **named)  # the file of records compresses
    return out.getvalue()


def _numbers(tensors: dict[str, np.ndarray]) -> bytes:
    from safetensors.numpy import save

    kept = (name for name, x in tensors.items() if WEIGHED.search(name) and x.size <= FEW)
    return save({name: tensors[name] for name in kept})


def _tensors(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """A file of tensors, each of them changed, under the file's own header."""
    from safetensors import safe_open
    from safetensors.numpy import save

    with safe_open(path, "np") as file:
        tensors, header = {name: change(file.get_tensor(name)) for name in list(file.keys())}, file.metadata()
    return save(tensors, header)


def _half(x: np.ndarray) -> np.ndarray:
    """Floats in float16, whole numbers and words as they are."""
    import numpy as np

    return x.astype(np.float16) if x.dtype.kind == "f" else x


def _smaller(x: np.ndarray) -> np.ndarray:
    """Pictures (..., H, W, 3) in bytes whose longer side is above SIDE: means of squares of pixels;
    everything else as it is.
    """
    import numpy as np

    if x.dtype != np.uint8 or x.ndim < 3 or x.shape[-1] != 3 or max(x.shape[-3:-1]) <= SIDE:
        return x
    n = -(-max(x.shape[-3:-1]) // SIDE)  # pixels along a side of a square
    high, wide = (side // n for side in x.shape[-3:-1])
    squares = x[..., : high * n, : wide * n, :].reshape(*x.shape[:-3], high, n, wide, n, 3)
    return np.ascontiguousarray(squares.mean(axis=(-4, -2)).round().astype(np.uint8))  # (..., H/n, W/n, 3)
