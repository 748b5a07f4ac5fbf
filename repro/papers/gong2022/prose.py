"""Differences that the text states about Tables 2 to 4, summed anew from the printed cells in exact
decimals.
"""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
from matplotlib.axes import Axes

from repro.evidence import marks
from repro.evidence.style import INK, LINE, PAGE, PALETTE, axes, panels, styled
from repro.evidence.tables import static_row, tidy
from repro.evidence.verdicts import Verdict, static
from repro.papers import folder
from repro.papers.claims import Reported, ledger_row
from repro.papers.gong2022.measured import KINETICS
from repro.papers.gong2022.settings import EIGHT, EIGHT_NP, MFF, NL, NONE, SIXTEEN, SIXTEEN_NP, STC, TSM, TSN
from repro.papers.plan import Artifact, ArtifactResult, Done, no_runs

ID = "gong2022.prose"
ARTIFACT = Artifact(
    title="Differences stated in words, summed from the printed cells",
    kind="static",
    claim="Twelve differences by two metrics, one value and one size.",
    notebook="gong2022/03_table4.ipynb",
)
METRICS = ("Top1", "Top5")
VALUE = "Kinetics-600 Top5"
TABLE2, TABLE3, TABLE4 = KINETICS
STATED = {  # claim -> table, the row that is larger, the other, the words of the statement in reported.csv
    "stc-gain": (TABLE2, STC, NONE, "STC minus none"),
    "mff-over-stc": (TABLE2, MFF, STC, "MFF minus STC"),
    "k400-segments-np": (TABLE3, SIXTEEN_NP, EIGHT_NP, "16 minus 8 segments, NP"),
    "k400-segments-pt": (TABLE3, SIXTEEN, EIGHT, "16 minus 8 segments, pretrained"),
    "k400-vs-tsn": (TABLE3, SIXTEEN, TSN, "ours minus TSN"),
    "k400-vs-tsm": (TABLE3, SIXTEEN, TSM, "ours minus TSM"),
    "k400-vs-slowfast": (TABLE3, SIXTEEN, NL, "ours minus SlowFast+NL"),
    "k600-segments-np": (TABLE4, SIXTEEN_NP, EIGHT_NP, "16 minus 8 segments, NP"),
    "k600-segments-pt": (TABLE4, SIXTEEN, EIGHT, "16 minus 8 segments, pretrained"),
    "k600-vs-tsn": (TABLE4, SIXTEEN, TSN, "ours minus TSN"),
    "k600-vs-tsm": (TABLE4, SIXTEEN, TSM, "ours minus TSM"),
    "k600-vs-slowfast": (TABLE4, SIXTEEN, NL, "ours minus SlowFast+NL"),
}
COUNTED = {"training": 392, "validation": 30, "stated": 420}  # thousand videos of Kinetics-600, section 4.2
plan = no_runs


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Twelve differences by two metrics, what is called best, one value and one size: stated, and
    summed anew.
    """
    reported = folder.reported("gong2022")
    verdicts = {name: difference(name, reported) for name in STATED} | {
        "k600-value": k600_value(reported),
        "k400-best": best(TABLE3, reported),
        "k600-best": best(TABLE4, reported),
        "k600-size": k600_size(),
    }
    claims = [ledger_row(ID, name, verdict, "printed numbers only") for name, verdict in verdicts.items()]
    rows = []
    for name, (table, larger, smaller, words) in STATED.items():
        for metric in METRICS:
            summed, stated = map(float, numbers(name, metric, reported)[2:])
            where, note = (f"{words}, {KINETICS[table]}", metric, "difference"), f"{larger} - {smaller} in {table}"
            rows.append(static_row(ID, scale, *where, summed, stated, "points", note))
    cell, text = float(reported[TABLE4, SIXTEEN, "Top5"]), float(reported[ID, SIXTEEN, VALUE])
    value = ("value of 16 x 6, Kinetics-600", "Top5", "accuracy", cell, text, "%", "the table's cell beside the prose")
    parts = (COUNTED["training"], COUNTED["validation"])
    size = ("videos of Kinetics-600", "size", "thousand", float(sum(parts)), float(COUNTED["stated"]), "thousand")
    rows.append(static_row(ID, scale, *value))
    rows.append(static_row(ID, scale, *size, "{} for training and {} for validation".format(*parts)))
    words = ["Differences in percentage points. All numbers are the paper's own; nothing is measured here."]
    protocol = "printed numbers only: cells of Tables 2 to 4 against the prose"
    return ArtifactResult(tidy(rows), stated_and_summed(tidy(rows), words).figure, claims, protocol)


def numbers(name: str, metric: str, reported: Reported) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """The two printed cells of a difference, the larger first, what they differ by, and what the
    prose says; in points.
    """
    table, larger, smaller, words = STATED[name]
    high, low = Decimal(reported[table, larger, metric]), Decimal(reported[table, smaller, metric])
    return high, low, high - low, Decimal(reported[ID, words, f"{KINETICS[table]} {metric}"])


def difference(name: str, reported: Reported) -> Verdict:
    """One of the twelve differences: both metrics must be as stated."""
    sums = {metric: numbers(name, metric, reported) for metric in METRICS}
    texts = [f"{metric}: {a} - {b} = {summed}, stated {text}" for metric, (a, b, summed, text) in sums.items()]
    return static(all(summed == text for _, _, summed, text in sums.values()), "; ".join(texts))


def k600_value(reported: Reported) -> Verdict:
    """`k600-value`: what the prose gives for 16 x 6 with pretrained backbones beside the table's
    cells, and what the stated Top5 differences that end in this value would be with it.
    """
    prose, cell = Decimal(reported[ID, SIXTEEN, VALUE]), Decimal(reported[TABLE4, SIXTEEN, "Top5"])
    others = ", ".join(
        f"{words}: {prose - Decimal(reported[table, smaller, 'Top5']):+}"
        for table, larger, smaller, words in STATED.values()
        if (table, larger) == (TABLE4, SIXTEEN)
    )
    text = f"Top5 {prose} in the prose, {cell} in the table"
    return static(prose == cell, f"{text}; with {prose} the Top5 differences come to {others}")


def best(table: str, reported: Reported) -> Verdict:
    """`k400-best`, `k600-best`: no other row of the table above 16 x 6 with pretrained backbones,
    by either metric.
    """
    texts, holds = [], True
    for metric in METRICS:
        column = {row: text for (where, row, name), text in reported.items() if (where, name) == (table, metric)}
        own = Decimal(column.pop(SIXTEEN))
        others = {row: Decimal(text) for row, text in column.items() if text}
        following = max(others, key=others.__getitem__)
        holds &= own >= others[following]
        texts.append(f"{metric}: {own}, next {following} {others[following]}")
    return static(holds, "; ".join(texts))


def k600_size() -> Verdict:
    """`k600-size`: training and validation videos make the stated number, in tens of thousands; its
    parts are stated in thousands.
    """
    total = COUNTED["training"] + COUNTED["validation"]
    parts = f"{COUNTED['training']} + {COUNTED['validation']} = {total} thousand"
    holds = round(total, -1) == COUNTED["stated"]
    return static(holds, f"{parts}, stated {COUNTED['stated']}, which is rounded to tens")


@styled
def stated_and_summed(frame: pd.DataFrame, words: Sequence[str] = ()) -> Axes:
    """Rows of a tidy table with metric `difference`: a panel per column, a dot for the sum, a ring
    for what is stated.

    Where the two are not equal both numbers stand beside, in the ring's colour. `words` stand
    below.
    """
    frame = frame[frame["metric"] == "difference"]
    rows, columns = (list(dict.fromkeys(frame[name])) for name in ("row", "column"))
    text = marks.wrapped(words, 118)
    ax = axes(None, PAGE + 1.2, 0.9 + 0.3 * len(rows) + 0.15 * len(text))
    for i, (part, column) in enumerate(zip(panels(ax, [1.0] * len(columns), gap=0.04), columns, strict=True)):
        inside = frame[frame["column"] == column].set_index("row").reindex(rows)
        for y, (_, row) in enumerate(inside.iterrows()):
            _pair(part, y, float(row["value"]), float(row["paper"]))
        part.set_xlim(-0.4, 1.62 * float(inside[["value", "paper"]].max().max()))
        marks.rows(part, rows, labelled=i == 0)
        part.axvline(0, color=LINE, linewidth=0.8, zorder=0)
        part.set_title(column)
        part.set_xlabel("percentage points")
    marks.words_left(ax, "ring: stated in the prose\ndot: sum of printed cells", 4, x=-0.01)
    marks.words_below(ax, text, 40)
    return ax


def _pair(ax: Axes, y: int, summed: float, stated: float) -> None:
    same = abs(summed - stated) < 1e-6
    ax.plot([summed, stated], [y, y], color=INK if same else PALETTE[1], linewidth=1.2, zorder=1)
    ax.plot([stated], [y], "o", markersize=9, mfc="none", mec=PALETTE[1], markeredgewidth=1.4, zorder=2)
    ax.plot([summed], [y], "o", color=PALETTE[0], markersize=4.5, zorder=3)
    text = f"{summed:.1f}" if same else f"stated {stated:.1f}, sum {summed:.1f}"
    look = {"color": INK if same else PALETTE[1], "fontweight": "normal" if same else "bold"}
    marks.say(ax, text, (max(summed, stated), y), (9, 0), va="center", **look)
