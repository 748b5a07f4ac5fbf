"""The data that lie in a paper's folder: its title, printed values, claims and chosen learning
rates.
"""

import csv
import importlib
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from repro import files
from repro.source import external_packages
from repro.spec import SCALES

HERE = Path(__file__).parent
ACROSS = HERE.parent / "across"  # the room of what spans papers: listed as one more of them, the last
UNJUDGED = ("smoke", "laptop")  # scales that judge no measured claim; overnight's word stands beside their numbers


@cache
def papers() -> dict[str, Path]:
    """Every paper's name and folder, found by looking: packages in this one, then those outside
    (`repro.source`), then what spans them.
    """
    inside = {path.parent.name: path.parent for path in sorted(HERE.glob("*/__init__.py"))}
    return inside | external_packages() | {ACROSS.name: ACROSS}


def package(paper: str) -> str:
    """The package of a paper's modules."""
    if paper == ACROSS.name:
        return f"repro.{paper}"
    return f"{__package__}.{paper}" if (HERE / paper).is_dir() else paper


def title(paper: str) -> str:
    """The paper's title, authors and year."""
    return importlib.import_module(package(paper)).TITLE


def answering(paper: str) -> tuple[str, str]:
    """Artifact and row whose first network travels with its weights, to answer for anybody's files;
    empty where none does.
    """
    return getattr(importlib.import_module(package(paper)), "ANSWERS", ("", ""))


@cache
def reported(paper: str) -> dict[tuple[str, str, str], str]:
    """The paper's printed values: (artifact, row, column) -> text."""
    return {
        (row["artifact"], row["row"], row["column"]): row["value"] for row in rows(papers()[paper] / "reported.csv")
    }


@cache
def claims(paper: str) -> dict[str, dict[str, str]]:
    """The paper's claims by id: statement, kind, the predicate in words, what decides it."""
    return {row["claim_id"]: row for row in rows(papers()[paper] / "claims.csv")}


def margin(paper: str, claim: str) -> float | None:
    """The smallest difference that matters to a measured claim, in the unit of its contrasts; None
    where none was agreed on.
    """
    text = claims(paper)[f"{paper}.claim.{claim}"].get("margin", "")
    return float(text) if text else None


@cache
def learning_rates(paper: str, scale: str) -> Mapping[str, float]:
    """Row -> the learning rate chosen for it at a scale by `benchmarks/learning_rate.py`; empty
    where nothing was chosen.
    """
    return {row: chosen for row, (chosen, _) in rates_tried(paper, scale).items()}


@cache
def rates_tried(paper: str, scale: str) -> Mapping[str, tuple[float, Sequence[float]]]:
    """Row -> the learning rate chosen for it at a scale, and all that were tried."""
    found = [row for row in rows(papers()[paper] / "learning_rates.csv") if row["scale"] == scale]
    return {row["row"]: (float(row["lr"]), [float(lr) for lr in row["tried"].split()]) for row in found}


def verdicts(scale: str) -> dict[str, str]:
    """Claim -> the verdict that was reached at a scale."""
    found = (row for path in files.claims(scale) for row in rows(path, ("claim_id", "verdict")))
    return {row["claim_id"]: row["verdict"] for row in found}


def texts(paper: str, scale: str, reads: bool) -> list[str]:
    """What an artifact of a paper shows of what is printed and claimed; one that spans papers, of
    all of them and of its own tables; with `reads` the verdicts of `scales_read` too.
    """
    if paper != ACROSS.name:
        return [text(papers()[paper] / name) for name in ("reported.csv", "claims.csv")]
    paths = [path for here in papers().values() for path in sorted(here.glob("*.csv"))]
    return [text(path) for path in paths + [p for s in scales_read(scale) for p in files.claims(s)] * reads]


def scales_read(scale: str) -> list[str]:
    """The scales whose verdicts an artifact at this one reads: all, and smoke's at smoke alone."""
    return [each for each in SCALES if each in (scale, *SCALES[1:])]


def text(path: Path) -> str:
    """What a file holds; nothing where there is none."""
    return path.read_text(encoding="utf8") if path.is_file() else ""


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as the text of a CSV file; what other columns hold is left out."""
    out = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def rows(path: Path, columns: Iterable[str] = ()) -> list[dict[str, str]]:
    """The rows of a CSV file; none when there is no such file. Raises OSError when it is no CSV
    file with these columns.
    """
    if not path.is_file():
        return []
    try:
        with open(path, encoding="utf8", newline="") as file:
            reader = csv.DictReader(file)
            named, found = {*(reader.fieldnames or ())}, list(reader)
    except (ValueError, csv.Error):
        named, found = {None}, []
    ragged = any(None in row or None in row.values() for row in found)  # a cell too many or too few
    if None in named or ragged or not {*columns} <= named:
        raise files.damaged(path, f"CSV in UTF-8 with the columns {', '.join(columns)}")
    return found
