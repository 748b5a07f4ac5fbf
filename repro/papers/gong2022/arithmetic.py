"""What gong2022 states in prose about its own tables, recomputed from the printed cells in exact
decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from repro.papers.gong2022.stated import stated_and_summed
from repro.evidence.tables import Row, static_row, tidy
from repro.evidence.verdicts import Verdict, static
from repro.papers import catalogue
from repro.papers.gong2022.settings import MFF, NONE, STC, TSM, TSN
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "gong2022.prose"
METRICS = ("Top1", "Top5")
VALUE = "Kinetics-600 Top5"
NL = "SlowFast 16x8 R101+NL"
EIGHT, EIGHT_NP = "VCM-SDD 8x6 R101", "VCM-SDD 8x6 R101_NP"
SIXTEEN, SIXTEEN_NP = "VCM-SDD 16x6 R101", "VCM-SDD 16x6 R101_NP"
TABLES = {"gong2022.table2": "Kinetics-400", "gong2022.table3": "Kinetics-400", "gong2022.table4": "Kinetics-600"}
STATED = {  # claim -> table, the row that is larger, the other, the words of the statement in reported.csv
    "stc-gain": ("gong2022.table2", STC, NONE, "STC minus none"),
    "mff-over-stc": ("gong2022.table2", MFF, STC, "MFF minus STC"),
    "k400-segments-np": ("gong2022.table3", SIXTEEN_NP, EIGHT_NP, "16 minus 8 segments, NP"),
    "k400-segments-pt": ("gong2022.table3", SIXTEEN, EIGHT, "16 minus 8 segments, pretrained"),
    "k400-vs-tsn": ("gong2022.table3", SIXTEEN, TSN, "ours minus TSN"),
    "k400-vs-tsm": ("gong2022.table3", SIXTEEN, TSM, "ours minus TSM"),
    "k400-vs-slowfast": ("gong2022.table3", SIXTEEN, NL, "ours minus SlowFast+NL"),
    "k600-segments-np": ("gong2022.table4", SIXTEEN_NP, EIGHT_NP, "16 minus 8 segments, NP"),
    "k600-segments-pt": ("gong2022.table4", SIXTEEN, EIGHT, "16 minus 8 segments, pretrained"),
    "k600-vs-tsn": ("gong2022.table4", SIXTEEN, TSN, "ours minus TSN"),
    "k600-vs-tsm": ("gong2022.table4", SIXTEEN, TSM, "ours minus TSM"),
    "k600-vs-slowfast": ("gong2022.table4", SIXTEEN, NL, "ours minus SlowFast+NL"),
}
Reported = Mapping[tuple[str, str, str], str]
COUNTED = {"training": 392, "validation": 30, "stated": 420}  # thousand videos of Kinetics-600, section 4.2

row = partial(catalogue.ledger_row, "gong2022")


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Twelve differences by two metrics, what is called best, one value and one size: stated, and
    summed anew. No run is needed.
    """
    reported = catalogue.reported("gong2022")
    verdicts: dict[str, Verdict] = {name: difference(name, reported) for name in STATED}
    verdicts |= {
        "k600-value": k600_value(reported),
        "k400-best": best("gong2022.table3", reported),
        "k600-best": best("gong2022.table4", reported),
        "k600-size": k600_size(),
    }
    ledger = [row(name, verdict, ID, "printed numbers only") for name, verdict in verdicts.items()]
    table = tidy(_rows(scale, reported))
    words = ["Differences in percentage points. All numbers are the paper's own; nothing is measured here."]
    figure = stated_and_summed(table, words=words).figure
    return ArtifactResult(table, figure, ledger, "printed numbers only: cells of Tables 2 to 4 against the prose")


def stated(name: str, metric: str, reported: Reported) -> Decimal:
    """What the prose says, in points."""
    id, _, _, words = STATED[name]
    return Decimal(reported[ID, words, f"{TABLES[id]} {metric}"])


def summed(name: str, metric: str, reported: Reported) -> Decimal:
    """The difference of the two printed cells, in points."""
    id, larger, smaller, _ = STATED[name]
    return Decimal(reported[id, larger, metric]) - Decimal(reported[id, smaller, metric])


def difference(name: str, reported: Reported) -> Verdict:
    """One of the twelve differences: both metrics must be as stated."""
    id, larger, smaller, _ = STATED[name]
    said, holds = [], True
    for metric in METRICS:
        a, b = (Decimal(reported[id, side, metric]) for side in (larger, smaller))
        holds &= a - b == stated(name, metric, reported)
        said.append(f"{metric}: {a} - {b} = {a - b}, stated {stated(name, metric, reported)}")
    return static(holds, "; ".join(said))


def k600_value(reported: Reported) -> Verdict:
    """`k600-value`: what the prose gives for 16 x 6 with pretrained backbones beside the table's
    cells.
    """
    prose, cell = Decimal(reported[ID, SIXTEEN, VALUE]), Decimal(reported["gong2022.table4", SIXTEEN, "Top5"])
    others = ", ".join(f"{words}: {Decimal(fits):+}" for words, fits in fitting(prose, reported).items())
    text = f"Top5 {prose} in the prose, {cell} in the table"
    return static(prose == cell, f"{text}; with {prose} the Top5 differences come to {others}")


def fitting(value: Decimal, reported: Reported) -> dict[str, Decimal]:
    """The stated Top5 differences of Kinetics-600 that end in this value, as they would be with it."""
    found = {}
    for id, larger, smaller, words in STATED.values():
        if id == "gong2022.table4" and larger == SIXTEEN:
            found[words] = value - Decimal(reported[id, smaller, "Top5"])
    return found


def best(id: str, reported: Reported) -> Verdict:
    """`k400-best`, `k600-best`: no other row of the table above 16 x 6 with pretrained backbones,
    by either metric.
    """
    said, holds = [], True
    for metric in METRICS:
        own = Decimal(reported[id, SIXTEEN, metric])
        cells = {name: text for (where, name, column), text in reported.items() if (where, column) == (id, metric)}
        others = {name: Decimal(text) for name, text in cells.items() if name != SIXTEEN and text}
        name = max(others, key=others.__getitem__)
        holds &= own >= others[name]
        said.append(f"{metric}: {own}, next {name} {others[name]}")
    return static(holds, "; ".join(said))


def k600_size() -> Verdict:
    """`k600-size`: training and validation videos make the stated number, in tens of thousands; its
    parts are stated in thousands.
    """
    total = COUNTED["training"] + COUNTED["validation"]
    text = f"{COUNTED['training']} + {COUNTED['validation']} = {total} thousand, stated {COUNTED['stated']}, which is rounded to tens"
    return static(round(total, -1) == COUNTED["stated"], text)


def _rows(scale: str, reported: Reported) -> list[Row]:
    rows = []
    for name, (id, larger, smaller, words) in STATED.items():
        for metric in METRICS:
            said = f"{larger} - {smaller} in {id}"
            facts: tuple[Any, ...] = (
                float(summed(name, metric, reported)),
                float(stated(name, metric, reported)),
                "points",
                said,
            )
            rows.append(static_row(ID, scale, f"{words}, {TABLES[id]}", metric, "difference", *facts))
    prose, cell = float(reported[ID, SIXTEEN, VALUE]), float(reported["gong2022.table4", SIXTEEN, "Top5"])
    note = "the table's cell beside the prose"
    rows.append(static_row(ID, scale, "value of 16 x 6, Kinetics-600", "Top5", "accuracy", cell, prose, "%", note))
    total, said = float(COUNTED["training"] + COUNTED["validation"]), float(COUNTED["stated"])
    note = f"{COUNTED['training']} for training and {COUNTED['validation']} for validation"
    rows.append(static_row(ID, scale, "videos of Kinetics-600", "size", "thousand", total, said, "thousand", note))
    return rows
