"""The ledger as it is shown, in its figure and on its page: each claim in plain words, and the
picture's lines of squares, one a claim. Those two draw what is laid out here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from repro.evidence.verdicts import WORDS
from repro.papers import folder

Row = dict[str, Any]
OPEN = "no verdict"
# What each verdict is drawn as, in their order: colour alone does not tell them apart.
MARKS: dict[str, str] = dict(zip(WORDS, "✓✗+−=?⌊∘·", strict=True)) | {OPEN: ""}
PRINTED, MEASURED = HEADINGS = ("Printed numbers and structure", "Measured")
SAID = {"(ours) ": "Added by us", "(implicit) ": "The paper implies"}  # beginning of a statement -> who makes it


def described(claim: Mapping[str, Any]) -> Row:
    """A claim with its paper's name, the heading it is counted under, who says it, its words, and
    the name of its place on the page.
    """
    paper, statement = claim["claim_id"].split(".")[0], claim["statement"]
    mark = next((mark for mark in SAID if statement.startswith(mark)), "")
    return {
        "verdict": OPEN, **claim, "paper_id": paper,
        "heading": MEASURED if claim["kind"] == "measured" else PRINTED,
        "who": SAID.get(mark) or ("The paper says" if prints(paper) else "Predicted"),
        "statement": statement.removeprefix(mark),
        "anchor": f"claim-{claim['claim_id'].rpartition('.')[2]}",
    }  # fmt: skip


def in_words(claim: Mapping[str, Any]) -> str:
    """What a claim says; first who says it, where that is not the paper itself."""
    told = described(claim)
    return f"{told['who']}: {told['statement']}" if told["who"] in SAID.values() else told["statement"]


def prints(paper: str) -> bool:
    """Whether a folder of artifacts is that of a paper, which prints numbers. One that is not in
    the catalogue is taken for one.
    """
    return paper not in folder.papers() or bool(folder.reported(paper))


@dataclass(frozen=True)
class Line:
    """A line of the picture: the name of a paper, or below it the claims under one heading, the
    same verdicts side by side.
    """

    paper: str
    heading: str = ""
    claims: tuple[Row, ...] = ()

    @property
    def counted(self) -> str:
        """`12 stands, 3 falls`: how often each verdict was reached."""
        return ", ".join(f"{n} {word}" for word, n in self.count.items())

    @property
    def count(self) -> Counter[str]:
        """How often each verdict was reached."""
        return Counter(row["verdict"] for row in self.claims)


def lines(claims: Iterable[Row]) -> list[Line]:
    """The lines of these claims, which are `described`; papers and headings in the order in which
    they come, printed numbers first.
    """
    found: dict[str, dict[str, list[Row]]] = {}
    for row in claims:
        found.setdefault(row["paper_id"], {PRINTED: []}).setdefault(row["heading"], []).append(row)
    place = {word: number for number, word in enumerate(MARKS)}
    laid = list[Line]()
    for paper, headings in found.items():
        laid.append(Line(paper))
        for heading, rows in headings.items():
            ordered = sorted(rows, key=lambda row: place.get(row["verdict"], len(place)))
            laid += [Line(paper, heading, tuple(ordered))] * bool(rows)
    return laid
