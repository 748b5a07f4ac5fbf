"""From a run's data to the clips of both sides, decoded and stored; the first step of every task
that reads clips.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from repro.data.cache import Enhancer, Prepared, prepare
from repro.data.index import Index, Item, load
from repro.spec import Data, Run
from repro.train.batches import ClipSet


def deterministic(seed: int) -> None:
    """Seed everything. The CPU's operators are deterministic as they are; some 3-D ones on CUDA
    have no deterministic form and warn.
    """
    torch.manual_seed(seed)
    if torch.cuda.is_available():  # not on the CPU, where asking costs four seconds of imports and changes nothing
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False


@dataclass(frozen=True)
class Sides:
    """The usable clips of both sides of a split."""

    index: Index
    train: list[Item]
    test: list[Item]
    failed: dict[str, str]  # item name -> why it cannot be used


def load_sides(run: Run, folder: Path, root: Path | None, cache: Path, enhancer: Enhancer | None = None) -> Sides:
    """The index of a run's data, its clips decoded and stored. A run that trains nothing neither
    reads nor stores a training side.

    Raises ValueError when the run names no data, DataError when they are missing or unusable.
    """
    if run.data is None:
        raise ValueError(f"{run.label} reads clips and names no data")
    index = load(run.data, root)
    if run.task == "train" and not run.recipe.epochs:
        index = replace(index, train=())
    facts = prepare_all(run.data, index, root, cache, folder / "preparing.txt", enhancer)
    train, test = ([item for item in side if item.name not in facts.failed] for side in (index.train, index.test))
    return Sides(index, train, test, facts.failed)


def prepare_all(
    data: Data, index: Index, root: Path | None, cache: Path, status: Path, enhancer: Enhancer | None = None
) -> Prepared:
    """Decode what is missing, with as many processes as torch has threads; the file `status` says
    meanwhile how far it is.
    """

    def report(done: int, total: int) -> None:
        if done % max(total // 100, 1) == 0:
            status.write_text(f"decoding {data.name}: {done} of {total} clips", encoding="utf8")

    try:
        items, workers = [*index.train, *index.test], torch.get_num_threads()
        return prepare(data, items, root, cache, workers=workers, progress=report, enhancer=enhancer)
    finally:
        status.unlink(missing_ok=True)


def data_facts(sides: Sides, train: ClipSet, test: ClipSet) -> dict[str, Any]:
    """What a record holds of its data besides the numbers."""
    index = sides.index
    return {
        "classes": list(index.classes),
        "n_train": len(train),
        "n_test": len(test),
        "groups_train": len({item.group for item in train.items}),
        "groups_test": len({item.group for item in test.items}),
        "missing": len(index.missing),
        "undecodable": dict(sides.failed),
        "notes": list(index.notes),
        "chance": float(
            np.bincount([item.label for item in test.items]).max() / len(test)
        ),  # always the most common class
    }
