"""From a run's data to the clips of both sides, decoded and stored; the first step of every task
that reads clips.
"""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from repro.data.cache import Enhancer, Prepared, prepare
from repro.data.index import Index, Item, load
from repro.files import DECODERS
from repro.spec import Data, Run
from repro.train.context import Context


def seed_all(seed: int, deterministic: bool = True) -> None:
    """Seed everything. The CPU's operators are deterministic as they are; some 3-D ones on CUDA
    have no deterministic form and warn. Without `deterministic` CUDA takes the kernels that are
    fastest when tried.
    """
    torch.manual_seed(seed)
    if torch.cuda.is_available():  # not on the CPU, where asking costs four seconds of imports and changes nothing
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(deterministic, warn_only=True)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = deterministic, not deterministic


@dataclass(frozen=True)
class Sides:
    """The usable clips of both sides of a split."""

    index: Index
    train: list[Item]
    test: list[Item]
    failed: dict[str, str]  # item name -> why it cannot be used
    damaged: dict[str, str]  # item name -> what is wrong with its video; it is used
    notes: list[str]  # what must stand beside every number from these clips

    def facts(self) -> dict[str, Any]:
        """What a record holds of its data besides the numbers. `chance` always answers the most
        common test class.
        """
        return {
            "classes": list(self.index.classes),
            "n_train": len(self.train),
            "n_test": len(self.test),
            "groups_train": len({item.group for item in self.train}),
            "groups_test": len({item.group for item in self.test}),
            "missing": len(self.index.missing),
            "undecodable": dict(self.failed),
            "damaged": dict(self.damaged),
            "notes": [*self.index.notes, *self.notes],
            "chance": float(np.bincount([item.label for item in self.test]).max() / len(self.test)),
        }


def load_sides(run: Run, context: Context, enhancer: Enhancer | None = None) -> Sides:
    """The index of a run's data, its clips decoded and stored. A run that trains nothing neither
    reads nor stores a training side.

    Raises ValueError when the run names no data, DataError when they are missing or unusable.
    """
    index = load(run.clip_data, context.root)
    if run.task == "train" and not run.recipe.epochs:
        index = replace(index, train=())
    found = prepare_items([*index.train, *index.test], run.clip_data, context, enhancer)
    train, test = ([item for item in side if item.name not in found.failed] for side in (index.train, index.test))
    return Sides(index, train, test, found.failed, found.damaged, found.notes(run.clip_data.clips))


def prepare_items(items: list[Item], data: Data, context: Context, enhancer: Enhancer | None = None) -> Prepared:
    """Decode what is missing, with as many processes as the engine allows; the file preparing.txt
    in the run's folder holds meanwhile how far it is.
    """
    status: Path = context.folder / "preparing.txt"

    def report(done: int, total: int) -> None:
        if done % max(total // 100, 1) == 0:
            status.write_text(f"decoding {data.name}: {done} of {total} clips", encoding="utf8")

    began = time.perf_counter()
    try:
        workers = int(os.environ.get(DECODERS, "1"))
        return prepare(data, items, context.cache, workers=workers, progress=report, enhancer=enhancer)
    finally:
        status.unlink(missing_ok=True)
        context.times["prepare"] = context.times.get("prepare", 0.0) + time.perf_counter() - began
