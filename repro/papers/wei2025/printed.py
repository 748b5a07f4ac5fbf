"""Claims of wei2025 that the printed numbers alone decide: each sum done again from reported.csv,
exactly, in decimals.

`reported` is `folder.reported("wei2025")`: (artifact, row, column) -> the printed text. Accuracies
and their differences are in % and percentage points. No claim here needs a run, so its verdict is
the same at every scale. Each function answers for one table: claim id -> (verdict, what was
computed, in words).
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

from repro.evidence.verdicts import Verdict, static
from repro.papers import folder
from repro.papers.claims import Reported, ledger_row
from repro.papers.wei2025.settings import PAPER_COLUMNS

TABLE3, TABLE4, TABLE5, PROSE = "wei2025.table3", "wei2025.table4", "wei2025.table5", "wei2025.prose"
SIDES = BEFORE, AFTER = ("before enhancement", "after enhancement")
AVERAGE = "Average (All 11)"
NAMED_HARD = ("pick", "drink", "jump", "pour", "push")  # section 2.3.5
DIGIT = Decimal("0.1")  # the digits that the paper prints
Decided = dict[str, tuple[Verdict, str]]
Row = tuple[str, str]  # artifact and row


def ledger(artifact: str) -> list[dict[str, Any]]:
    """Rows of the ledger that the printed numbers of an artifact decide."""
    decided = {TABLE3: table3, TABLE4: table4, TABLE5: table5}[artifact](folder.reported("wei2025"))
    return [ledger_row(artifact, claim, verdict, ours) for claim, (verdict, ours) in decided.items()]


def table3(reported: Reported) -> Decided:
    """`cda-gain`: the printed rows with and without the module differ by 1.8 (UCF101) and 1.4
    (HMDB51) points.
    """
    gains, texts = _differences(reported, (TABLE3, "dense+sparse+CDA"), (TABLE3, "dense+sparse"))
    sums = " and ".join(f"{text} on {column}" for column, text in texts.items())
    holds = gains == {"UCF101": Decimal("1.8"), "HMDB51": Decimal("1.4")}
    return {"cda-gain": (static(holds, sums), "printed numbers only")}


def table4(reported: Reported) -> Decided:
    """`abstract-gain`, `prose-gain`: the gains over SlowFast that the abstract and section 2.3.4
    state are Table 4's differences on both data sets. `slowfast-equals-dual`: Table 4's SlowFast
    and Table 3's two pathways without the module carry the same numbers.
    """
    gains, texts = _differences(reported, (TABLE4, "Ours"), (TABLE4, "SlowFast"))
    ours, decided = ", ".join(f"{gain:+} {column}" for column, gain in gains.items()), {}
    for claim, where in (("abstract-gain", "abstract"), ("prose-gain", "section 2.3.4")):
        stated = {c: Decimal(reported[PROSE, "Ours minus SlowFast", f"{where}, {c}"]) for c in PAPER_COLUMNS}
        sums = "; ".join(f"{column} {text}, stated {stated[column]}" for column, text in texts.items())
        swapped = stated != gains and list(stated.values()) == list(reversed(gains.values()))
        rest = "; each of the two numbers stands at the other data set" if swapped else ""
        name = "The abstract" if where == "abstract" else where.capitalize()
        decided[claim] = (static(stated == gains, f"{name} against Table 4: {sums}{rest}"), ours)
    pairs = {c: (reported[TABLE4, "SlowFast", c], reported[TABLE3, "dense+sparse", c]) for c in PAPER_COLUMNS}
    same = all(Decimal(a) == Decimal(b) for a, b in pairs.values())
    text = "; ".join(f"{c}: {a} in Table 4, {b} in Table 3" for c, (a, b) in pairs.items())
    text += ". The two networks differ (SlowFast has lateral connections), the printed numbers do not" if same else ""
    return decided | {"slowfast-equals-dual": (static(same, text), " and ".join(a for a, _ in pairs.values()))}


def _differences(reported: Reported, high: Row, low: Row) -> tuple[dict[str, Decimal], dict[str, str]]:
    """One printed row minus another per data set: the number, and the sum in
    words.
    """
    pairs = {c: (Decimal(reported[*high, c]), Decimal(reported[*low, c])) for c in PAPER_COLUMNS}
    return {c: a - b for c, (a, b) in pairs.items()}, {c: f"{a} - {b} = {a - b}" for c, (a, b) in pairs.items()}


def table5(reported: Reported) -> Decided:
    """`avg-before`, `avg-after`, `avg-gain`: the printed averages are the means of their columns,
    the stated gain is their difference in points. `grim-12-clips`: every printed accuracy can come
    from so many test clips per class as the text names (W21). `class-rank-preserved`: both columns
    put the classes in one order. `hard-classes`: the five classes that section 2.3.5 names are the
    five lowest, before and after.
    """
    return _averages(reported) | _clips(reported) | _ranks(reported)


def per_class(reported: Reported, column: str) -> dict[str, Decimal]:
    """Table 5: accuracy in % of each of the 11 classes in one column, in the order printed."""
    cells = {row: text for (table, row, where), text in reported.items() if (table, where) == (TABLE5, column)}
    return {row: Decimal(text) for row, text in cells.items() if row != AVERAGE}


def mean(values: Mapping[str, Decimal]) -> Decimal:
    """The unrounded mean over classes."""
    return sum(values.values(), Decimal(0)) / len(values)


def _averages(reported: Reported) -> Decided:
    decided: Decided = {}
    before, after = (Decimal(reported[TABLE5, AVERAGE, column]) for column in SIDES)
    for claim, column, printed in (("avg-before", BEFORE, before), ("avg-after", AFTER, after)):
        values = per_class(reported, column)
        total, average = sum(values.values(), Decimal(0)), mean(values)
        text = f"The {len(values)} classes {column} sum to {total}; {total} / {len(values)} = {average:.3f}"
        holds = average.quantize(DIGIT, ROUND_HALF_UP) == printed
        decided[claim] = (static(holds, f"{text}, printed {printed}"), f"{average:.3f}")
    start = mean(per_class(reported, BEFORE))
    gain = mean(per_class(reported, AFTER)) - start
    stated = Decimal(reported[PROSE, "enhancement gain", "abstract and 2.3.5"])
    text = f"{after} - {before} = {after - before} percentage points, stated {stated}; unrounded {gain:.3f} points"
    text += f"; as a relative change it would be {100 * gain / start:.1f} %"
    return decided | {"avg-gain": (static(after - before == stated, text), f"{gain:.3f} points")}


def _clips(reported: Reported) -> Decided:
    printed = [value for column in SIDES for value in per_class(reported, column).values()]
    clips = int(reported[PROSE, "ARID test clips per class", "setting"])
    fits, square = (sum(is_a_share(value, n) for value in printed) for n in (clips, clips**2))
    # of multiples of the stated number; one of 1,000 always fits
    fewest = next(n for n in count(clips, clips) if all(is_a_share(value, n) for value in printed))
    text = f"{fits} of {len(printed)} values are k / {clips} to one decimal; with {clips} x {clips} = {clips**2} clips "
    text += f"{square} fit; the smallest multiple of {clips} that fits all is {fewest}"
    return {"grim-12-clips": (static(fits == len(printed), text), f"{fewest} clips a class")}


def is_a_share(percent: Decimal, of: int) -> bool:
    """Whether some k of `of` clips are `percent` to one decimal; a tie may go either way."""
    nearest = round(percent * of / 100)
    return abs(Decimal(100 * nearest) - percent * of) <= DIGIT / 2 * of


def _ranks(reported: Reported) -> Decided:
    values = {column: per_class(reported, column) for column in SIDES}
    orders = {column: sorted(by, key=by.__getitem__) for column, by in values.items()}  # lowest first
    before, after = orders.values()
    moved, n = [name for name in before if before.index(name) != after.index(name)], len(before)
    text = f"{len(moved)} of {n} classes change their rank: {', '.join(moved)}"
    if not moved:
        text = f"Both columns rise as {', '.join(before)}: {n} of {n} classes keep their rank"
    lowest = {column: order[: len(NAMED_HARD)] for column, order in orders.items()}
    texts = [f"Lowest five {column}: {', '.join(names)}" for column, names in lowest.items()]
    for name in NAMED_HARD:
        if any(name not in names for names in lowest.values()):
            where = {c: "above" if by[name] > mean(by) else "below" for c, by in values.items()}
            sides = [f"{by[name]} {c} ({where[c]} the mean {mean(by):.1f})" for c, by in values.items()]
            texts.append(f"the named {name} has {' and '.join(sides)}")
    holds = all(set(names) == set(NAMED_HARD) for names in lowest.values())
    ranks = static(not moved, text), f"{n - len(moved)} of {n} ranks equal"
    hard = static(holds, "; ".join(texts)), f"lowest: {', '.join(lowest[BEFORE])}"
    return {"class-rank-preserved": ranks, "hard-classes": hard}
