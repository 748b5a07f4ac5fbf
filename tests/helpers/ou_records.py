"""Made-up records of ou2019: what its trainings store, and its artifacts drawn from such
records.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from made_up import MadeUp

from repro.papers.measure import Cell
from repro.papers.plan import ArtifactResult, Done, Planned, joined
from repro.spec import Data, Run

CLASSES = ["jump", "run", "sit", "stand", "turn", "walk"]
MACS = 573_880_000_000  # of a video at full size, as test_structure counts them


@dataclass(frozen=True)
class Trained(MadeUp):
    """A made-up record with shares of zeros of each backbone, and no metrics but those given."""

    zeros: tuple[float, ...] = ()  # of convolutions 1, 6 and 9, the flow backbone's 0.1 higher

    def predictions(self) -> dict[str, np.ndarray]:
        more = {"rgb": 0.0, "flow": 0.1} if self.zeros else {}
        zeros = {f"{name}.zeros": np.tile(np.array(self.zeros) + offset, (60, 1)) for name, offset in more.items()}
        return super().predictions() | zeros

    def metrics(self) -> list[Mapping[str, Any]]:
        return list(self.lines)


def line(epoch: int, loss: float, accuracy: float = 0.5, gradient: float = 1.0, lr: float = 0.001) -> dict[str, Any]:
    sides = {"loss": loss, "accuracy": accuracy, "test_loss": loss + 0.5, "test_accuracy": accuracy - 0.1}
    return {"epoch": epoch, "lr": lr, "gradient": gradient} | sides


def falling(run: Run) -> tuple[Mapping[str, Any], ...]:
    """Loss and accuracy that grow better from epoch to epoch, and begin the second stage where the
    first ends.
    """
    before = run.init_from.recipe.epochs if run.init_from else 0
    epochs = range(before + 1, before + run.recipe.epochs + 1)
    return tuple(line(n - before, 2 / n + 0.01 * run.seed, 0.9 - 0.5 / n, lr=run.recipe.lr) for n in epochs)


def trained(run: Run, right: float = 0.6, **more: Any) -> Any:
    """A record of a training that was right in so many test clips."""
    counts = {"chance": 1 / 6, "n_test": 60, "n_train": 140, "groups_test": 20, "missing": 0, "undecodable": {}}
    values = counts | {"top1": right, "notes": [], "classes": CLASSES, "clip_passes": 1000, "diverged": ""}
    return Trained(run, right, values=values, **({"lines": falling(run)} | more))


def cell(row: str, right: float | tuple[float, ...], column: str = "a", fits: float = 1.0) -> Cell:
    """A cell of two seeds, or of as many as there are levels, of this training accuracy."""
    levels = right if isinstance(right, tuple) else (right, right)
    runs = [Run(network="ou2019", data=Data("arid"), seed=seed) for seed in range(len(levels))]
    lines = (line(1, 1.0, fits),)
    return Cell(row, column, tuple(trained(run, level, lines=lines) for run, level in zip(runs, levels, strict=True)))


def module(name: str) -> Any:
    return importlib.import_module(f"repro.papers.ou2019.{name}")


def done(name: str, scale: str, make: Callable[[Planned], Any], seeds: int = 0) -> list[Done]:
    """The plan of an artifact, joined with records made for it; of three seeds at laptop, whose own
    number of one bounds nothing.
    """
    plan = module(name).plan(scale, seeds or 3 * (scale == "laptop"))
    return joined(plan, [make(planned) for planned in plan])


def drawn(name: str, scale: str, make: Callable[[Planned], Any], seeds: int = 0) -> ArtifactResult:
    """An artifact drawn from made-up records; pyplot lets go of its figure."""
    result = module(name).draw(done(name, scale, make, seeds), scale)
    mpl.pyplot.close("all")
    return result
