"""From intervals to a word: the rules of verdicts, in one place.

A measured claim is a conjunction of contrasts, each with its interval, and a margin: the smallest
difference that matters. `stands` and `falls` are said only of arithmetic, of static claims and of
what was measured at paper scale on the paper's data; smaller scales show a direction and no more.
Sources: Berger (1982), that a conjunction needs no correction to stand; Holm (1979), by which one
contrast makes it fall; Schuirmann (1987), that an interval inside the margins shows likeness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from repro.evidence.statistics import Interval

Word = Literal[
    "stands", "falls", "same direction", "opposite", "no difference", "undecided", "at floor or ceiling", "not trained",
    "not tested here",
]  # fmt: skip
WORDS: tuple[Word, ...] = Word.__args__
NOT_TESTED: Word = "not tested here"
NAMED = 8  # contrasts that a reason names; of more it says how many
CEILING = 0.995  # an interval that reaches this is as good as perfect: two such networks cannot be ranked
TRAINED = 0.95  # training accuracy from which on a network at chance has learned, and learned nothing of use
OPPOSITE = 0.025  # one-sided, of a whole family: how often equal networks may be called opposite
ALIKE = 0.05  # two-sided, of a whole family
POWER = 0.8


@dataclass(frozen=True)
class Level:
    """A network of a contrast: its accuracy, and whether it can be ranked. chance: None where the
    metric knows none. trained: it fits what it was trained on, at a learning rate that was chosen
    between a lower and a higher one.
    """

    name: str
    interval: Interval
    chance: float | None = None
    trained: bool = True

    @property
    def at_floor(self) -> bool:
        """Its interval reaches chance."""
        return self.chance is not None and not self.interval.low > self.chance

    @property
    def at_ceiling(self) -> bool:
        """Its interval reaches what cannot be told from perfect."""
        return self.chance is not None and self.interval.high >= CEILING

    def __str__(self) -> str:
        return f"{self.name} {self.interval}" + (f" (chance {self.chance:.2f})" if self.at_floor else "")


@dataclass(frozen=True)
class Contrast:
    """What a claim says is above zero, claimed larger minus claimed smaller, and the networks that
    must rank something for that. edge: how far a difference is from the end of a band that is
    claimed; near zero it is as large as the band, which is no likeness.
    """

    label: str
    interval: Interval
    sides: tuple[Level, ...] = ()
    edge: bool = False

    def __str__(self) -> str:
        return f"{self.label} {self.interval.value:+.2f} [{self.interval.low:+.2f}, {self.interval.high:+.2f}]"


Contrasts = Sequence[Contrast]


@dataclass(frozen=True)
class Verdict:
    """One word and, in a sentence, why."""

    word: Word
    reason: str
    contrasts: tuple[Contrast, ...] = field(default=(), compare=False)  # what it was reached by


def judge(contrasts: Contrasts, margin: float | None, decisive: bool) -> Verdict:
    """The verdict on a measured claim, all of whose contrasts must be above zero.

    margin: in the unit of the contrasts; None where no size of likeness was agreed on. decisive: at
    paper scale on the paper's own data.

    A direction is claimed when every 95 % interval is above zero, the other one when Holm's rule at
    OPPOSITE rejects some contrast; likeness when neither is and some interval, at a level for the
    whole family, lies within the margins around zero.
    """
    return replace(_judged(contrasts, margin, decisive), contrasts=tuple(contrasts))


def _judged(contrasts: Contrasts, margin: float | None, decisive: bool) -> Verdict:
    if not contrasts:
        return not_tested("No contrast was measured at this scale")
    stopped: list[tuple[Contrast, Word]] = [(contrast, word) for contrast in contrasts if (word := _unranked(contrast))]
    ranked = [contrast for contrast in contrasts if not _unranked(contrast)]
    p = [contrast.interval.p_of_no_less() for contrast in ranked]
    against = [c for c, rejected in zip(ranked, holm(p, OPPOSITE, of=len(contrasts)), strict=True) if rejected]
    if against:
        return Verdict("falls" if decisive else "opposite", _sentence(f"Contradicted: {_list(against)}"))
    if stopped:
        return _stopped(stopped)
    open_ones = [contrast for contrast in contrasts if not contrast.interval.low > 0]  # a NaN end decides nothing
    if not open_ones:
        word = "stands" if decisive else "same direction"
        return Verdict(word, _sentence(f"Supported: {_list(contrasts)}"))
    if alike := [contrast for contrast in open_ones if _within(contrast, margin, ALIKE / len(contrasts))]:
        text = f"Within {margin:g} of zero: {_list(alike)}"
        return Verdict("no difference", _sentence(text))
    return _undecided(contrasts, open_ones, margin)


def holm(p: Sequence[float], level: float, of: int = 0) -> list[bool]:
    """Which hypotheses of a family of `of` (as many as there are p values, unless more are said)
    are rejected, with no more than `level` false rejections of any.
    """
    rejected, left = [False] * len(p), max(of, len(p))
    for k in sorted(range(len(p)), key=lambda k: (p[k] != p[k], p[k])):  # a NaN decides nothing
        if not p[k] <= level / left:
            break
        rejected[k], left = True, left - 1
    return rejected


def detectable(contrast: Contrast) -> float:
    """The difference that a contrast with this spread would show with 80 % power."""
    return shown(*contrast.interval.student())


def shown(error: float, freedom: float) -> float:
    """The difference that a standard error with these degrees of freedom shows with 80 % power."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975) + stdtrit(freedom, POWER)) * error


def static(holds: bool, text: str) -> Verdict:
    """The verdict on arithmetic, or on what follows from the construction alone; `text` says what
    was computed.
    """
    return Verdict("stands" if holds else "falls", _sentence(text))


def not_tested(reason: str) -> Verdict:
    """No verdict at this scale; `reason` says why."""
    return Verdict(NOT_TESTED, _sentence(reason))


def _unranked(contrast: Contrast) -> Word | None:
    """Why a contrast ranks nothing: all its networks are at chance, all at the ceiling, or one is
    at chance that was not shown to fit its training data.
    """
    floors = [level for level in contrast.sides if level.at_floor]
    if not contrast.sides:
        return None
    if len(floors) == len(contrast.sides) or all(level.at_ceiling for level in contrast.sides):
        return "at floor or ceiling"
    return "not trained" if any(not level.trained for level in floors) else None


def _stopped(found: list[tuple[Contrast, Word]]) -> Verdict:
    """The verdict where contrasts that the claim needs rank nothing."""
    word = found[0][1] if len({word for _, word in found}) == 1 else "at floor or ceiling"
    levels = dict.fromkeys(level for contrast, _ in found for level in contrast.sides)
    floors = [str(level) for level in levels if level.at_floor]
    tops = [str(level) for level in levels if level.at_ceiling]
    parts = [f"At chance: {', '.join(floors)}"] * bool(floors) + [f"At the ceiling: {', '.join(tops)}"] * bool(tops)
    why = "its training does not show whether it could" if word == "not trained" else "a network there cannot be ranked"
    return Verdict(word, _sentence(f"{'; '.join(parts)}; {why}"))


def _within(contrast: Contrast, margin: float | None, level: float) -> bool:
    """Whether the interval at 1 - level includes zero and lies within the margins."""
    if margin is None or contrast.edge:
        return False
    low, high = contrast.interval.ends(level / 2)
    return -margin < low <= 0 <= high < margin


def _undecided(contrasts: Contrasts, open_ones: Contrasts, margin: float | None) -> Verdict:
    text = f"The interval includes zero: {_list(open_ones)}"
    if clear := len(contrasts) - len(open_ones):
        text += f"; {clear} of {len(contrasts)} comparisons clearly {'supports' if clear == 1 else 'support'} the claim"
    if margin is not None and (excluded := [c for c in open_ones if c.interval.high < margin and not c.edge]):
        names = ", ".join(contrast.label for contrast in excluded[:NAMED])
        text += f"; a gain above {margin:g} is excluded: {names}"
    seen = max(detectable(contrast) for contrast in open_ones)
    return Verdict("undecided", _sentence(text + (f"; would show {seen:.2f} with 80 % power" if seen < 1e3 else "")))


def _list(contrasts: Contrasts) -> str:
    rest = len(contrasts) - NAMED
    return ", ".join(str(contrast) for contrast in contrasts[:NAMED]) + (f", and {rest} more" if rest > 0 else "")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
