"""Runs small enough for tests: two classes of the generated world, a narrow network, few steps."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from repro.data.index import DataError, Item
from repro.data.worlds import actions
from repro.source import load_module
from repro.spec import Clips, Data, Protocol, Recipe, Run, options
from repro.train.context import Context

CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=24, width=24, fit="squeeze")
SIZE = options(width=8, alpha=4, beta=1 / 4, blocks=(1, 1))


def tiny(
    epochs: int = 2, seed: int = 0, views: int = 1, n: int = 12, test: int = 6, clips: Clips = CLIPS, **recipe: Any
) -> Run:
    """Walk or wave, n training clips."""
    data = Data("actions", clips=clips, options=options(train=n, test=test, classes=("walk", "wave")))
    settings = Recipe(**{"epochs": epochs, "batch": 4, "lr": 0.01, "augment": ("start", "crop", "flip")} | recipe)
    return Run("train", "wei2025", SIZE, data, settings, Protocol(views=views), seed)


def execute(run: Run, folder: Path, device: str = "cpu", root: Path | None = None, **parents: Path) -> dict[str, Any]:
    """Execute a run of any task in this process; the cache lies beside the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    context = Context(folder, device, root, folder.parent / "cache", parents)
    return load_module("tasks", run.task).execute(run, context)


def refuse(monkeypatch: pytest.MonkeyPatch, *lost: str) -> None:
    """From here on these clips of `actions` cannot be decoded."""
    read = actions.read

    def reader(item: Item, clips: Clips) -> np.ndarray:
        if item.name in lost:
            raise DataError(f"{item.name} cannot be decoded")
        return read(item, clips)

    reader.__module__ = read.__module__  # whose source a stored clip is named by, whichever test comes first
    monkeypatch.setattr(actions, "read", reader)


def counted(run: Run) -> Any:
    """Stands for the record of a `cost` run, which writes no file; counted in this process."""
    return SimpleNamespace(run=run, values=execute(run, Path()))


def log(folder: Path) -> list[dict[str, Any]]:
    """The lines of metrics.jsonl, without seconds."""
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def weights(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / "model.safetensors")


def predictions(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "predictions.npz", allow_pickle=False) as stored:
        return dict(stored)


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    """Whether two sets of named arrays are equal to the bit."""
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def same_end(a: Path, b: Path) -> bool:
    """Whether two trainings ended alike: predictions, weights, metrics."""
    return same(predictions(a), predictions(b)) and same(weights(a), weights(b)) and log(a) == log(b)
