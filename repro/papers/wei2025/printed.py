"""Claims of wei2025 that the printed numbers alone decide: each sum done again from reported.csv,
exactly, in decimals.

`reported` is `catalogue.reported("wei2025")`: (artifact, row, column) -> the printed text.
Accuracies and their differences are in % and percentage points. No claim here needs a run, so its
verdict is the same at every scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

from repro.evidence.verdicts import Verdict, static
from repro.papers.wei2025.claims import Reported, row
from repro.papers.wei2025.runs import PAPER_COLUMNS

TABLE3, TABLE4, TABLE5, PROSE = "wei2025.table3", "wei2025.table4", "wei2025.table5", "wei2025.prose"
BEFORE, AFTER, AVERAGE = "before enhancement", "after enhancement", "Average (All 11)"
NAMED_HARD = ("pick", "drink", "jump", "pour", "push")  # section 2.3.5
PLACE = Decimal("0.1")  # the digits that the paper prints


def abstract_gain(reported: Reported) -> Verdict:
    """`abstract-gain`: the gain over SlowFast that the abstract states is Table 4's difference on
    both data sets.
    """
    return _stated_gain(reported, "abstract", "The abstract")


def prose_gain(reported: Reported) -> Verdict:
    """`prose-gain`: the gain over SlowFast that section 2.3.4 states is Table 4's difference on
    both data sets.
    """
    return _stated_gain(reported, "section 2.3.4", "Section 2.3.4")


def gains_over_slowfast(reported: Reported) -> dict[str, Decimal]:
    """Table 4: ours minus SlowFast, in points, per data set."""
    return {c: Decimal(reported[TABLE4, "Ours", c]) - Decimal(reported[TABLE4, "SlowFast", c]) for c in PAPER_COLUMNS}


def _stated_gain(reported: Reported, place: str, name: str) -> Verdict:
    gains = gains_over_slowfast(reported)
    stated = {c: Decimal(reported[PROSE, "Ours minus SlowFast", f"{place}, {c}"]) for c in PAPER_COLUMNS}
    sums = []
    for column in PAPER_COLUMNS:
        ours, slowfast = (reported[TABLE4, name, column] for name in ("Ours", "SlowFast"))
        sums.append(f"{column} {ours} - {slowfast} = {gains[column]}, stated {stated[column]}")
    swapped = stated != gains and list(stated.values()) == list(reversed(gains.values()))
    rest = "; each of the two numbers stands at the other data set" if swapped else ""
    return static(stated == gains, f"{name} against Table 4: {'; '.join(sums)}{rest}")


def slowfast_equals_dual(reported: Reported) -> Verdict:
    """`slowfast-equals-dual`: Table 4's SlowFast and Table 3's two pathways without the module
    carry the same numbers.
    """
    pairs = {c: (reported[TABLE4, "SlowFast", c], reported[TABLE3, "dense+sparse", c]) for c in PAPER_COLUMNS}
    same = all(Decimal(a) == Decimal(b) for a, b in pairs.values())
    text = "; ".join(f"{c}: {a} in Table 4, {b} in Table 3" for c, (a, b) in pairs.items())
    rest = ". The two networks differ (SlowFast has lateral connections), the printed numbers do not" if same else ""
    return static(same, text + rest)


def per_class(reported: Reported, column: str) -> dict[str, Decimal]:
    """Table 5: accuracy in % of each of the 11 classes in one column, in the order printed."""
    return {
        name: Decimal(v)
        for (table, name, where), v in reported.items()
        if (table, where) == (TABLE5, column) and name != AVERAGE
    }


def mean(values: Mapping[str, Decimal]) -> Decimal:
    """The unrounded mean over classes."""
    return sum(values.values(), Decimal(0)) / len(values)


def avg_before(reported: Reported) -> Verdict:
    """`avg-before`: the printed average before enhancement is the mean of its column."""
    return _average(reported, BEFORE)


def avg_after(reported: Reported) -> Verdict:
    """`avg-after`: the printed average after enhancement is the mean of its column."""
    return _average(reported, AFTER)


def _average(reported: Reported, column: str) -> Verdict:
    values, printed = per_class(reported, column), Decimal(reported[TABLE5, AVERAGE, column])
    total = sum(values.values(), Decimal(0))
    text = f"The {len(values)} classes {column} sum to {total}; {total} / {len(values)} = {mean(values):.3f}, printed {printed}"
    return static(_rounded(mean(values)) == printed, text)


def gain(reported: Reported) -> Decimal:
    """Table 5: mean after minus mean before, unrounded, in points."""
    return mean(per_class(reported, AFTER)) - mean(per_class(reported, BEFORE))


def avg_gain(reported: Reported) -> Verdict:
    """`avg-gain`: the stated gain is the difference of the two printed averages, in points; the
    relative change is said beside it.
    """
    before, after = (Decimal(reported[TABLE5, AVERAGE, column]) for column in (BEFORE, AFTER))
    stated = Decimal(reported[PROSE, "enhancement gain", "abstract and 2.3.5"])
    relative = 100 * gain(reported) / mean(per_class(reported, BEFORE))
    text = f"{after} - {before} = {after - before} percentage points, stated {stated}; unrounded {gain(reported):.3f} points"
    return static(after - before == stated, f"{text}; as a relative change it would be {relative:.1f} %")


def grim_12_clips(reported: Reported) -> Verdict:
    """`grim-12-clips`: every printed accuracy can come from so many test clips per class as the
    text names (W21).
    """
    printed = _printed_accuracies(reported)
    clips = int(reported[PROSE, "ARID test clips per class", "setting"])
    fits, square = (sum(is_a_share(v, n) for v in printed) for n in (clips, clips**2))
    text = f"{fits} of {len(printed)} values are k / {clips} to one decimal; with {clips} x {clips} = {clips**2} clips {square} fit"
    return static(
        fits == len(printed), f"{text}; the smallest multiple of {clips} that fits all is {fewest_clips(reported)}"
    )


def fewest_clips(reported: Reported) -> int:
    """The smallest multiple of the stated test clips per class of which every value of Table 5 is a
    share; one of 1,000 always is.
    """
    printed, clips = _printed_accuracies(reported), int(reported[PROSE, "ARID test clips per class", "setting"])
    return next(n for n in count(clips, clips) if all(is_a_share(value, n) for value in printed))


def is_a_share(percent: Decimal, of: int) -> bool:
    """Whether some k of `of` clips are `percent` to one decimal; a tie may be rounded either way."""
    nearest = round(percent * of / 100)
    return abs(Decimal(100 * nearest) - percent * of) <= PLACE / 2 * of


def _printed_accuracies(reported: Reported) -> list[Decimal]:
    return [value for column in (BEFORE, AFTER) for value in per_class(reported, column).values()]


def ranked(reported: Reported, column: str) -> list[str]:
    """Classes of one column of Table 5, lowest accuracy first; equal ones in the order printed."""
    values = per_class(reported, column)
    return sorted(values, key=values.__getitem__)


def class_rank_preserved(reported: Reported) -> Verdict:
    """`class-rank-preserved`: both columns of Table 5 put the classes in one order."""
    before, after = (ranked(reported, column) for column in (BEFORE, AFTER))
    if before == after:
        return static(
            True, f"Both columns rise as {', '.join(before)}: {len(before)} of {len(before)} classes keep their rank"
        )
    moved = [name for name in before if before.index(name) != after.index(name)]
    return static(False, f"{len(moved)} of {len(before)} classes change their rank: {', '.join(moved)}")


def hard_classes(reported: Reported) -> Verdict:
    """`hard-classes`: the five classes that section 2.3.5 names are the five lowest of Table 5,
    before and after.
    """
    lowest = {column: ranked(reported, column)[: len(NAMED_HARD)] for column in (BEFORE, AFTER)}
    text = [f"Lowest five {column}: {', '.join(names)}" for column, names in lowest.items()]
    holds = all(set(names) == set(NAMED_HARD) for names in lowest.values())
    others = [name for name in NAMED_HARD if any(name not in names for names in lowest.values())]
    return static(holds, "; ".join([*text, *(_against_the_mean(reported, name) for name in others)]))


def _against_the_mean(reported: Reported, name: str) -> str:
    parts = []
    for column in (BEFORE, AFTER):
        values = per_class(reported, column)
        side = "above" if values[name] > mean(values) else "below"
        parts.append(f"{values[name]} {column} ({side} the mean {mean(values):.1f})")
    return f"the named {name} has {' and '.join(parts)}"


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(PLACE, ROUND_HALF_UP)


def printed_table4(reported: Reported) -> list[dict[str, Any]]:
    """Rows of the ledger that Table 4's printed numbers decide."""
    gains = ", ".join(f"{value:+} {column}" for column, value in gains_over_slowfast(reported).items())
    slowfast = " and ".join(reported[TABLE4, "SlowFast", column] for column in PAPER_COLUMNS)
    return [
        row("abstract-gain", abstract_gain(reported), TABLE4, gains),
        row("prose-gain", prose_gain(reported), TABLE4, gains),
        row("slowfast-equals-dual", slowfast_equals_dual(reported), TABLE4, slowfast),
    ]


def printed_table5(reported: Reported) -> list[dict[str, Any]]:
    """Rows of the ledger that Table 5's printed numbers decide."""
    before, after = (f"{mean(per_class(reported, column)):.3f}" for column in (BEFORE, AFTER))
    kept = sum(a == b for a, b in zip(ranked(reported, BEFORE), ranked(reported, AFTER), strict=True))
    lowest = ", ".join(ranked(reported, BEFORE)[: len(NAMED_HARD)])
    return [
        row("avg-before", avg_before(reported), TABLE5, before),
        row("avg-after", avg_after(reported), TABLE5, after),
        row("avg-gain", avg_gain(reported), TABLE5, f"{gain(reported):.3f} points"),
        row("grim-12-clips", grim_12_clips(reported), TABLE5, f"{fewest_clips(reported)} clips a class"),
        row(
            "class-rank-preserved",
            class_rank_preserved(reported),
            TABLE5,
            f"{kept} of {len(per_class(reported, BEFORE))} ranks equal",
        ),
        row("hard-classes", hard_classes(reported), TABLE5, f"lowest: {lowest}"),
    ]
