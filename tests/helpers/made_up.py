"""Made-up records: known predictions without training."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from repro.runs.store import Record
from repro.spec import Run


@dataclass(frozen=True)
class MadeUp:
    """Stands for a `Record` whose accuracy on items in groups of three is as asked; what is right
    at one level is right at each higher.
    """

    run: Run
    right: float
    key: str = "0" * 16
    values: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=lambda: {"data": "made up", "seconds": 1.0})
    fits: float = 1.0  # training accuracy after its last epoch
    lines: tuple[Mapping[str, Any], ...] = ()  # one an epoch, in the place of `fits`
    tensors: dict[str, np.ndarray] = field(default_factory=dict)  # what was stored of its probes
    items: int = 60
    of: int = 6  # classes
    named: str = "clip"  # photographs, named `image`, are each their own group

    def predictions(self) -> dict[str, np.ndarray]:
        n, rng = self.items, np.random.default_rng(self.run.seed)
        label = np.arange(n) % self.of
        correct = rng.permutation(n) < round(self.right * n)
        predicted = np.where(correct, label, (label + 1) % self.of)
        name = np.array([f"{self.named}{i}" for i in range(n)])
        group = np.array([f"g{i // 3}" for i in range(n)]) if self.named == "clip" else name
        return {"probability": np.eye(self.of)[predicted], "label": label, "name": name, "group": group}

    def metrics(self) -> list[Mapping[str, Any]]:
        return [*self.lines] or [{"epoch": 1, "accuracy": self.fits}]

    def inside(self) -> dict[str, np.ndarray]:
        return self.tensors


def stored(
    folder: Path, run: Run, values: Mapping[str, Any], tensors: Mapping[str, np.ndarray] | None = None,
    answers: Mapping[str, Any] | None = None, **probes: Any,
) -> Record:  # fmt: skip
    """A record in a new folder: tensors of its probes, what is known of these, and predictions."""
    folder.mkdir()
    if tensors:
        save_file(dict(tensors), folder / "inside.safetensors", {"probes": json.dumps(probes)})
    if answers:
        np.savez(folder / "predictions.npz", **answers)
    return Record(folder.name, run, folder, dict(values), {})


def record(run: Run, right: float) -> MadeUp:
    """A record with the values that tables read."""
    values = {
        "chance": 1 / 6, "n_test": 60, "groups_test": 20, "notes": [], "missing": 0, "undecodable": {},
        "seconds": 1.0,
    }  # fmt: skip
    return MadeUp(run, right, values=values)


def recognised(run: Run, right: float, classes: tuple[str, ...]) -> MadeUp:
    """The same with what a training's record says of its six or more classes."""
    made = record(run, right)
    found = made.predictions()
    counts = np.zeros((len(classes), len(classes)), int)
    np.add.at(counts, (found["label"], found["probability"].argmax(1)), 1)
    made.values.update(classes=list(classes), confusion=counts.tolist())
    return made
