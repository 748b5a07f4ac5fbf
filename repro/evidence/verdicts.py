"""From intervals to a word: the rules of verdicts, in one place.

A measured claim is a conjunction of paired contrasts. `stands` and `falls` are said only of
arithmetic, of static claims and of what was measured at paper scale on the paper's data; smaller
scales show a direction and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from repro.evidence.statistics import Interval

Word = Literal["stands", "falls", "same direction", "opposite", "undecided", "at floor or ceiling", "not tested here"]
WORDS: tuple[Word, ...] = (
    "stands",
    "falls",
    "same direction",
    "opposite",
    "undecided",
    "at floor or ceiling",
    "not tested here",
)
NAMED = 8  # contrasts that a reason names; of more it says how many
CEILING = 0.995  # an interval that reaches this is as good as perfect: two such networks cannot be ranked

Labelled = Sequence[tuple[str, "Interval"]]


@dataclass(frozen=True)
class Verdict:
    """One word and, in a sentence, why."""

    word: Word
    reason: str


def judge(contrasts: Labelled, levels: Labelled, chance: float | Sequence[float] | None, decisive: bool) -> Verdict:
    """The verdict on a measured claim.

    contrasts: (label, interval of claimed larger - claimed smaller), all of which must hold.
    levels: (label, accuracy in 0..1) of every network compared. chance: one for all levels, one per
    level, or None where the metric knows no chance (then there is no floor and no ceiling).
    decisive: at paper scale on the paper's own data.

    Raises ValueError when `chance` does not fit `levels`.
    """
    if not contrasts:
        return not_tested("No contrast was measured at this scale")
    if blocked := _floor_or_ceiling(levels, chance):
        return Verdict("at floor or ceiling", _sentence(blocked + "; such a network ranks nothing"))
    against = [pair for pair in contrasts if pair[1].high < 0]
    if against:
        return Verdict("falls" if decisive else "opposite", _sentence(f"Wholly on the other side: {_list(against)}"))
    open_ones = [pair for pair in contrasts if not pair[1].low > 0]  # a NaN end decides nothing
    if open_ones:
        clear = f"; clear on the claimed side: {len(contrasts) - len(open_ones)} of {len(contrasts)} contrasts"
        return Verdict("undecided", _sentence(f"The interval includes zero: {_list(open_ones)}{clear}"))
    return Verdict("stands" if decisive else "same direction", _sentence(f"On the claimed side: {_list(contrasts)}"))


def static(holds: bool, text: str) -> Verdict:
    """The verdict on arithmetic, or on what follows from the construction alone; `text` says what
    was computed.
    """
    return Verdict("stands" if holds else "falls", _sentence(text))


def not_tested(reason: str) -> Verdict:
    """No verdict at this scale; `reason` says why."""
    return Verdict("not tested here", _sentence(reason))


def _floor_or_ceiling(levels: Labelled, chance: float | Sequence[float] | None) -> str:
    """Which networks rank nothing, in words; empty when all of them can be ranked."""
    if chance is None:
        return ""
    floors = [float(chance)] * len(levels) if isinstance(chance, int | float) else list(chance)
    if len(floors) != len(levels):
        wanted = f"one chance for all {len(levels)} levels or one each"
        raise ValueError(f"Wanted {wanted}, got {len(floors)}. Give a number or a list as long as `levels`.")
    low = [
        f"{name} {level} (chance {floor:.2f})"
        for (name, level), floor in zip(levels, floors, strict=True)
        if not level.low > floor
    ]
    high = [f"{name} {level}" for name, level in levels if level.high >= CEILING]
    parts = [f"At chance: {', '.join(low)}"] if low else []
    parts += [f"At the ceiling: {', '.join(high)}"] if high else []
    return "; ".join(parts)


def _list(contrasts: Labelled) -> str:
    named = [f"{name} {c.value:+.2f} [{c.low:+.2f}, {c.high:+.2f}]" for name, c in contrasts]
    rest = len(named) - NAMED
    return ", ".join(named[:NAMED]) + (f", and {rest} more" if rest > 0 else "")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
