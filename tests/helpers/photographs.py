"""Made-up records of networks tested on photographs."""

from collections.abc import Callable, Iterable
from typing import Any

from made_up import MadeUp

from repro.papers.plan import Done, Planned
from repro.spec import Run


def photographs(run: Run, right: float, **more: Any) -> MadeUp:
    """A record of photographs with the values that tables and explore cells read."""
    made = MadeUp(run, right, **{"items": 360, "named": "image"} | more)
    made.values.update(notes=[], missing=0, undecodable={}, n_train=round(1000 * run.data.train_fraction))
    made.values["classes"] = [f"class {k}" for k in range(made.of)]
    return made


def done(plan: Iterable[Planned], right: Callable[[Planned], float], **more: Any) -> list[Done]:
    """A plan with made-up records: `right` gives the accuracy of each planned run."""
    return [Done(p.run, p.row, p.column, p.value, record=photographs(p.run, right(p), **more)) for p in plan]
