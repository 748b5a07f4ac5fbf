"""Made-up records of networks tested on photographs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from made_up import MadeUp

from repro.papers.plan import Done, Planned
from repro.spec import Run


@dataclass(frozen=True)
class Photographs(MadeUp):
    """Stands for a `Record` tested on photographs: `items` of them, classes in turn; what is right
    at one level is right at each higher.
    """

    items: int = 360
    of: int = 6  # classes
    named: str = "image"
    tensors: dict[str, np.ndarray] = field(default_factory=dict)  # what was stored of its probe images

    def predictions(self) -> dict[str, np.ndarray]:
        label = np.arange(self.items) % self.of
        correct = np.random.default_rng(self.run.seed).permutation(self.items) < round(self.right * self.items)
        name = np.array([f"{self.named}{i}" for i in range(self.items)])
        predicted = np.where(correct, label, (label + 1) % self.of)
        return {"probability": np.eye(self.of)[predicted], "label": label, "name": name, "group": name}

    def inside(self) -> dict[str, np.ndarray]:
        return self.tensors


def photographs(run: Run, right: float, **more: Any) -> Photographs:
    """A record of photographs with the values that tables and explore cells read."""
    made = Photographs(run, right, **more)
    classes = [f"class {k}" for k in range(made.of)]
    made.values.update(
        notes=[], missing=0, undecodable={}, n_train=round(1000 * run.data.train_fraction), classes=classes
    )
    return made


def done(plan: Iterable[Planned], right: Callable[[Planned], float], **more: Any) -> list[Done]:
    """A plan with made-up records: `right` gives the accuracy of each planned run."""
    return [Done(p.run, p.row, p.column, p.value, record=photographs(p.run, right(p), **more)) for p in plan]
