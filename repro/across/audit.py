"""The papers' own arithmetic in one sheet: what each states, the sum made anew from its printed
numbers, and whether both agree. Trains nothing.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from repro.across.ledger import COLOURS, settled
from repro.across.squares import in_words
from repro.across.table import judged_line
from repro.evidence import marks
from repro.evidence.style import INK, LINE, MUTED, PAGE, axes
from repro.evidence.tables import Row, tidy
from repro.papers import catalogue, folder
from repro.papers.plan import Artifact, ArtifactResult, Done, no_runs

ARTIFACT = Artifact(
    title="The papers' own arithmetic: what is stated, and the sum of what is printed",
    kind="static",
    claim="Differences, sums, duplicated and impossible values, units: the printed numbers against each other.",
    notebook="across/01_ledger.ipynb",
    reads=True,
)
ID = "across.audit"
QUESTIONS = Path(__file__).with_name("audit.csv")  # claim -> what kind of question it is
ABSENT = "not worked out here"
LETTERS = 43, 82  # of a statement and of its sum, in a line
WIDTH, LINE_HEIGHT = PAGE + 2.6, 0.135  # inches
Audited = Mapping[str, Any]
plan = no_runs  # printed numbers, summed by other artifacts


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """One line for each statement: what is said, the sum, and whether they agree."""
    found = audited(scale)
    agree = sum(each["word"] == "stands" for each in found)
    known = sum(each["word"] in ("stands", "falls") for each in found)
    how = f"{len(found)} statements about printed numbers; of {known} that were summed anew {agree} hold"
    return ArtifactResult(tidy(rows(found, scale)), sheet(found, how).figure, [], how)


def audited(scale: str) -> list[Audited]:
    """Question, paper, statement, verdict and the sum in words of each claim of `audit.csv`, in its
    order; from whichever scale worked it out first.
    """
    read = folder.scales_read(scale)
    claims = {claim["claim_id"]: claim for claim in catalogue.claims()}
    found = []
    for line in folder.rows(QUESTIONS):
        claim = claims[line["claim_id"]]
        verdicts = {at: claim["verdicts"][at] for at in read if at in claim["verdicts"]}
        first: Mapping[str, str] = next(iter(verdicts.values()), {})
        text = first.get("reason") or f"{ABSENT}: repro run {claim['decided_by']} --scale {scale}"
        word = settled(claim | {"verdicts": verdicts})
        found.append(line | claim | {"statement": in_words(claim), "word": word, "sum": text})
    return found


def rows(found: Sequence[Audited], scale: str) -> Iterator[Row]:
    """Kind of question, statement, verdict and sum of each claim."""
    for each in found:
        where: Row = {"artifact": ID, "scale": scale, "row": each["claim_id"]}
        columns = {"question": "question", "stated": "statement", "the sum": "sum", "verdict": "word"}
        for column, name in columns.items():
            yield where | {"column": column, "metric": column, "value": each[name]}


def sheet(found: Sequence[Audited], how: str) -> Axes:
    """Statements below the headings of their questions: a square in the colour of the verdict, the
    paper and what it says, and at the right the sum.
    """
    texts = [(textwrap.wrap(e["statement"], LETTERS[0]), textwrap.wrap(e["sum"], LETTERS[1])) for e in found]
    tall = [max(map(len, pair)) + 0.45 for pair in texts]
    heads = len({each["question"] for each in found})
    ax = axes(None, WIDTH, LINE_HEIGHT * (sum(tall) + 1.6 * heads + 3) / 0.77)
    lines, y = iter(zip(found, texts, tall, strict=True)), 0.0
    for question, some in groupby(found, lambda each: each["question"]):
        marks.say(ax, question, (0, y + 1), va="bottom", weight="bold", fontsize=9, color=INK)
        ax.axhline(y + 1.15, color=LINE, linewidth=0.8)
        y += 1.6
        for each, (left, right), height in (next(lines) for _ in some):
            words = {(0.02, MUTED): [each["paper"]], (0.115, INK): left, (0.44, INK): right}
            judged_line(ax, y, COLOURS[each["word"]], words)
            y += height
    ax.set(xlim=(0, 1), ylim=(y, 0))
    ax.set_axis_off()
    legend = "green: what is stated holds; orange: it does not; white: not worked out here"
    marks.words_below(ax, [f"{how[0].upper()}{how[1:]}.", f"All numbers are the papers' own; {legend}."], 4)
    return ax
