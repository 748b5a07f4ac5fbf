"""What an experiment could have seen, and what it would take to see a claim's margin.

From the variance components of each contrast (groups, seeds, both), the difference that it shows
with 80 % power: (t(0.975) + t(0.8)) standard errors, with the degrees of freedom to be expected.
A claim needs all its contrasts, so it sees as much as its blindest one. Source: Cohen, Statistical
Power Analysis, sec. 2; the components are those of `statistics`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from repro.evidence import verdicts

if TYPE_CHECKING:
    from repro.evidence.statistics import Components
    from repro.evidence.verdicts import Contrast

SEEDS = (2, 3, 5, 8, 10, 15, 20, 30)
TIMES = (1, 2, 4, 8, 16, 32)  # as many test groups as now


@dataclass(frozen=True)
class Power:
    """Of one claim at one scale. Sizes are those of the contrast that sees least."""

    contrasts: int
    label: str
    seeds: int
    groups: int
    sees: float  # the difference shown with 80 % power as things are
    needs: tuple[int, int] | None  # seeds and groups that show the margin; None: not 30 seeds and 32 x the groups
    needs_here: int | None  # seeds that show it on the groups that there are; None: not with thirty


def shown(parts: Components, seeds: float, groups: float) -> float:
    """The difference that so many seeds and groups show with 80 % power."""
    return verdicts.shown(*parts.error(seeds, groups))


def of_contrasts(contrasts: Sequence[Contrast], margin: float | None) -> Power | None:
    """The power of a claim; None where no contrast has both groups and at least two seeds."""
    known = [(c.label, parts) for c in contrasts if (parts := c.interval.parts) and parts.seeds > 1]
    if not known:
        return None
    label, parts = max(known, key=lambda pair: shown(pair[1], pair[1].seeds, pair[1].groups))
    here = next((s for s in SEEDS if margin and shown(parts, s, parts.groups) <= margin), None)
    # the fewest seeds, and with them the fewest groups: a test clip costs a pass, a seed a training
    tried = ((seeds, times * parts.groups) for seeds, times in product(SEEDS, TIMES))
    needs = next((sizes for sizes in tried if margin and shown(parts, *sizes) <= margin), None)
    sees = shown(parts, parts.seeds, parts.groups)
    return Power(len(contrasts), label, parts.seeds, parts.groups, sees, needs, here)
