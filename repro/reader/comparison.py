"""What was made here beside what is committed: values, intervals and verdicts, table by table."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any

from repro import files
from repro.evidence import passport, tables
from repro.papers import folder
from repro.reader.snapshot import place

Row = Mapping[str, Any]
ENDS = ("value", "low", "high")


@dataclass(frozen=True)
class Comparison:
    """One table. other: (cell, here, committed) of the values that are not equal to the digit."""

    artifact: str
    values: int  # that stand in both
    other: list[tuple[str, Any, Any]]
    bounded: int  # values that have an interval in both
    within: int  # of these, how many differ by no more than both intervals together allow
    verdicts: list[str]  # what changed, in words
    notes: list[str]

    def words(self) -> str:
        """All of it in a line."""
        parts = [f"{self.values - len(self.other)} of {self.values} values equal to the digit"]
        numbers = [(abs(a - b), cell) for cell, a, b in self.other if isinstance(a, float) and isinstance(b, float)]
        parts += ["largest difference {:.3g} ({})".format(*max(numbers))] if numbers else []
        parts += [f"{self.within} of {self.bounded} within the joint intervals"] if self.bounded else []
        parts.append(f"verdicts changed: {'; '.join(self.verdicts)}" if self.verdicts else "no verdict changed")
        return "; ".join([*parts, *self.notes])


def compare(artifact: str, scale: str) -> Comparison | None:
    """An artifact as it was made here and as it is committed; None when it is not both."""
    sides = [files.results(at) for at in (scale, place(scale))]
    paths = [side / "tables" / f"{artifact}.json" for side in sides]
    if not all(path.is_file() for path in paths):
        return None
    here, there = (_cells(path.with_suffix(".csv")) for path in paths)
    pairs = {cell: (here[cell], there[cell]) for cell in here if cell in there}
    other = [(cell, a["value"], b["value"]) for cell, (a, b) in pairs.items() if a["value"] != b["value"]]
    bounded = [pair for pair in pairs.values() if all(isinstance(row[end], float) for row in pair for end in ENDS)]
    now, was = (_verdicts(side / "claims" / f"{artifact}.csv") for side in sides)
    changed = [f"{claim} {was[claim]} -> {now[claim]}" for claim in sorted({*was, *now}) if was[claim] != now[claim]]
    own, committed = map(passport.read, paths)
    alone = len({*here} ^ {*there})
    notes = [f"{alone} cells stand on one side only"] * bool(alone)
    notes += ["made by other code or from other data"] * (own["fingerprint"] != committed["fingerprint"])
    notes += ["drawn here from committed records"] * bool(own.get("published"))
    within = sum(_joint(*pair) for pair in bounded)
    return Comparison(artifact, len(pairs), other, len(bounded), within, changed, notes)


def _cells(path: Path) -> dict[str, Row]:
    """The rows that hold a value of ours, by what they are of."""
    rows = [row for row in tables.read_csv(path) if not tables.missing(row["value"])]
    return {f"{row['row']}, {row['column']}, {row['metric']}": row for row in rows}


def _verdicts(path: Path) -> dict[str, str]:
    """Name of a claim -> its verdict; `none` of all others."""
    return defaultdict(lambda: "none", {r["claim_id"].rpartition(".")[2]: r["verdict"] for r in folder.rows(path)})


def _joint(a: Row, b: Row) -> bool:
    """Whether the difference of two values is within the halves of their intervals that face each
    other, as independent errors add.
    """
    low, high = sorted((a, b), key=lambda row: row["value"])
    return high["value"] - low["value"] <= hypot(high["value"] - high["low"], low["high"] - low["value"])


def write(found: Sequence[Comparison], scale: str) -> Path:
    """The page of a comparison: a line per table, then every value that differs."""
    lines = [f"# What was made here beside what is committed, scale {scale}", ""]
    lines += [f"- `{one.artifact}`: {one.words()}" for one in found]
    lines += ["", "| table | cell | here | committed |", "|---|---|---|---|"]
    lines += [
        f"| {one.artifact} | {tables.in_markdown(cell)} | {tables.in_markdown(a)} | {tables.in_markdown(b)} |"
        for one in found
        for cell, a, b in one.other
    ]
    path = files.results(scale) / "verify.md"
    files.write(path, "\n".join(lines) + "\n")
    return path
