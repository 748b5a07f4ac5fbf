"""The rows of the ledger as the pages show them: each claim in plain words, with what was found at
a scale, and counted.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from repro import files
from repro.across.squares import HEADINGS, MARKS, Row, described, prints
from repro.papers import folder

# Columns of claims that the pages show.
SHOWN = ("claim_id", "kind", "statement", "paper", "ours", "verdict", "reason", "artifact")


def read(scale: str) -> list[Row]:
    """Every verdict of a scale, in the order of the files' names: the columns of SHOWN and those of
    `described`, `interval`, `power` in words, and, where the scale judges nothing, the verdict of
    overnight.
    """
    rows, words = [], folder.verdicts("overnight") if scale in folder.UNJUDGED else {}
    power = {
        row["claim_id"]: _power(row)
        for place in reversed(files.places(scale))
        for row in folder.rows(files.results(place) / "power.csv", ("claim_id", "sees", "margin", "seeds", "groups"))
    }
    for path in files.claims(scale):
        for row in map(described, folder.rows(path, SHOWN)):
            overnight = words.get(row["claim_id"], "not made") if words and row["kind"] == "measured" else ""
            rows.append(row | {"interval": _interval(row), "overnight": overnight, "power": power.get(row["claim_id"])})
    return rows


def counts(rows: Sequence[Row]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Heading -> how often each verdict was reached, sums and structure apart from measurements."""
    found = {heading: Counter(row["verdict"] for row in rows if row["heading"] == heading) for heading in HEADINGS}
    return [(heading, [(word, n[word]) for word in {**MARKS, **n} if n[word]]) for heading, n in found.items() if n]


def plain(text: str, paper: str) -> str:
    """Text in which `ours`, as a paper's table calls its own network, is that of its first author:
    Wei's network. What we added is said to be.
    """
    if not prints(paper):
        return text
    named = re.fullmatch(r"([a-z]+)(19|20)\d\d\w*", paper)
    text = re.sub(r"^Beside (.*?) \(ours\): ", r"Added by us, beside \1: ", text)
    text = re.sub(r"\b(is|are) ours\b", r"\1 our choice", text)
    return re.sub(r"\b[Oo]urs\b", f"{named[1].title()}'s network" if named else "the paper's network", text)


def _power(row: Mapping[str, str]) -> str:
    margin = f"; the smallest difference that matters is {row['margin']}" if row["margin"] else ""
    return f"shows a difference of {row['sees']} in four of five repetitions{margin}"


def _interval(row: Mapping[str, str]) -> str:
    """What was found with its interval; text stays text, and a text that already shows its ends is
    not given them twice.
    """
    ours, low, high = (_number(row.get(key) or "") for key in ("ours", "low", "high"))
    return f"{ours} [{low}, {high}]" if low and high and "[" not in ours else ours


def _number(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    return text if value.is_integer() else f"{value:.2f}" if abs(value) < 100 else f"{value:,.1f}"
