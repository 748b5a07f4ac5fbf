"""What is reproduced: every artifact of every paper, its state at each scale, and the ledger of
claims.

Light on purpose: nothing here loads pandas, matplotlib or torch, so that listing answers at once.
What draws an artifact is named as text and loaded when it is drawn.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from repro import files
from repro.evidence import passport
from repro.runs.fingerprint import NoData, fingerprint
from repro.runs.key import key
from repro.source import digest
from repro.spec import SCALES, Run

if TYPE_CHECKING:
    from repro.evidence.verdicts import Verdict

Status = Literal["done", "stale", "missing", "no data", "planned"]
FOLDERS = sorted(p.parent.name for p in Path(__file__).parent.glob("*/artifacts.py"))


class Unknown(Exception):
    """Nothing goes by that name; the message suggests what does."""


@dataclass(frozen=True)
class Artifact:
    """One table or figure: which runs it needs, what draws it, which notebook shows it."""

    id: str  # `<paper>.<name>`
    title: str
    kind: Literal["measured", "static", "definition", "needs data"]
    claim: str = ""  # what the paper says of it, in our words
    runs: Callable[[str, int], list[Run]] | None = None  # (scale, seeds; 0 = the scale's own number) -> runs
    draw: str = ""  # `module:function`, records -> `repro.papers.reproduce.ArtifactResult`; empty: not built yet
    notebook: str = ""  # below notebooks/
    note: str = ""  # why it is not built, or what to know

    @property
    def paper(self) -> str:
        return self.id.partition(".")[0]

    def passport(self, scale: str) -> Path:
        """The passport of its table; every built artifact has one."""
        return files.results(scale) / "tables" / f"{self.id}.json"

    def fingerprint(self, scale: str, seeds: int, root: Path | None) -> str:
        """Digest of everything its outputs depend on: the runs' keys, the code that draws, what the
        paper prints and claims, the notebook.

        Raises NoData when a run's data are not here.
        """
        assert self.runs is not None
        parts = [
            [key(run, root) for run in self.runs(scale, seeds)],
            digest(
                [self.draw.partition(":")[0], "repro.evidence.render"], without="repro.runs"
            ),  # how runs are executed draws nothing
            _notebook_source(files.home() / "notebooks" / self.notebook),
            [_text(folder(self.paper) / name) for name in ("reported.csv", "claims.csv")],
            [self.title, self.claim],
        ]
        return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf8") if path.is_file() else ""


def _notebook_source(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf8"))["cells"]]


@cache
def all_artifacts() -> tuple[Artifact, ...]:
    """Every artifact of every paper, in the papers' own order."""
    return tuple(a for folder in FOLDERS for a in importlib.import_module(f"repro.papers.{folder}.artifacts").ARTIFACTS)


def select(what: str) -> list[Artifact]:
    """The artifacts that `all`, a paper or artifact ids (comma-separated) name. Raises Unknown with
    suggestions.
    """
    chosen: list[Artifact] = []
    for name in what.split(","):
        found = [a for a in all_artifacts() if name in ("all", a.paper, a.id)]
        if not found:
            raise _unknown(name, ["all", *FOLDERS, *(a.id for a in all_artifacts())], "`repro list` shows all")
        chosen += [a for a in found if a not in chosen]
    return chosen


def _unknown(name: str, known: list[str], where: str) -> Unknown:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known papers: {', '.join(FOLDERS)}; {where}."
    return Unknown(f"Nothing is called {name!r}. {hint}")


def status(artifact: Artifact, scale: str, root: Path | None) -> Status:
    """What stands on disk for an artifact at a scale, judged by its passport."""
    if not artifact.draw:
        return "planned"
    try:
        wanted = artifact.fingerprint(scale, 0, root)
    except NoData:
        return "no data"
    try:
        found = passport.read(artifact.passport(scale))
    except (passport.PassportError, OSError):
        return "missing"
    return "done" if found["fingerprint"] == wanted else "stale"


def left(artifact: Artifact, scale: str, root: Path | None, state: Status | None = None) -> str:
    """What is left to do for an artifact at a scale, in a few words; empty when it is done.
    `state`: its status, where known.
    """
    state = state or status(artifact, scale, root)
    if state == "planned":
        return artifact.note or "not built yet"
    if state == "no data":
        return f"needs {', '.join(absent_sets(artifact, scale, root))}: repro data check"
    why = {"stale": "code or data changed since", "missing": "not made"}
    return f"{why[state]}: repro run {artifact.id} --scale {scale}" if state in why else ""


def absent_sets(artifact: Artifact, scale: str, root: Path | None) -> dict[str, str]:
    """The data sets that an artifact's runs read at a scale and that are not here, by name: what is
    missing.
    """
    assert artifact.runs is not None
    absent: dict[str, str] = {}
    pending = list(artifact.runs(scale, 0))
    while pending:
        run = pending.pop()
        pending += run.parents.values()
        try:
            if run.data:
                fingerprint(run.data, root)
        except NoData as reason:
            absent[run.data.name] = str(reason)  # type: ignore[union-attr]
    return dict(sorted(absent.items()))


def folder(paper: str) -> Path:
    """Where a paper's claims.csv, reported.csv and README.md lie."""
    return Path(__file__).parent / paper


@cache
def reported(paper: str) -> dict[tuple[str, str, str], str]:
    """The paper's printed values: (artifact, row, column) -> text."""
    with open(folder(paper) / "reported.csv", encoding="utf8", newline="") as file:
        return {(row["artifact"], row["row"], row["column"]): row["value"] for row in csv.DictReader(file)}


def claims(scale: str | None = None) -> list[dict[str, Any]]:
    """The ledger: every claim of every paper, with a verdict per scale (one scale, or all) as far
    as one was reached.
    """
    ledger = []
    for paper in FOLDERS:
        for row in _rows(folder(paper) / "claims.csv"):
            verdicts = {
                s: verdict
                for s in (SCALES if scale is None else [scale])
                if (verdict := _verdicts(s).get(row["claim_id"]))
            }
            ledger.append({**row, "verdicts": verdicts})
    return ledger


def choose(ledger: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """The claims that `all`, a paper, an artifact, a claim id or part of one names
    (comma-separated). Raises Unknown.
    """
    chosen: list[dict[str, Any]] = []
    for name in what.split(","):
        found = [
            row for row in ledger if name in ("all", row["paper"], row.get("decided_by")) or name in row["claim_id"]
        ]
        if not found:
            ids = [row["claim_id"] for row in ledger]
            raise _unknown(
                name, [*FOLDERS, *ids, *(id.rpartition(".")[2] for id in ids)], "`repro claims` shows all claims"
            )
        chosen += [row for row in found if row not in chosen]
    return chosen


def untested(ledger: list[dict[str, Any]], scales: Sequence[str], root: Path | None) -> list[dict[str, Any]]:
    """The same claims, each with `untested`: scale -> why there is no verdict, for the scales that
    have none.
    """
    artifacts = {artifact.id: artifact for artifact in all_artifacts()}
    known: dict[tuple[str, str], str] = {}

    def why(name: str, scale: str) -> str:
        if name not in artifacts:
            return "no artifact decides it"
        if (name, scale) not in known:
            known[name, scale] = left(artifacts[name], scale, root) or "made, but without this claim"
        return f"{name}: {known[name, scale]}"

    return [
        {**row, "untested": {s: why(row.get("decided_by", ""), s) for s in scales if s not in row["verdicts"]}}
        for row in ledger
    ]


@cache
def _verdicts(scale: str) -> dict[str, dict[str, str]]:
    found = sorted((files.results(scale) / "claims").glob("*.csv"))
    return {row["claim_id"]: row for path in found for row in _rows(path)}


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with open(path, encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def ledger_row(
    paper: str,
    claim: str,
    verdict: Verdict,
    artifact: str,
    ours: str,
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    """A verdict as a row of the ledger; statement and printed predicate come from claims.csv.
    Raises KeyError on an unknown id.
    """
    entry = {row["claim_id"]: row for row in _rows(folder(paper) / "claims.csv")}[f"{paper}.claim.{claim}"]
    return {
        "claim_id": entry["claim_id"],
        "kind": entry["kind"],
        "statement": entry["statement"],
        "paper": entry["predicate"],
        "ours": ours,
        "low": low,
        "high": high,
        "verdict": verdict.word,
        "reason": verdict.reason,
        "artifact": artifact,
    }


def report_rows(scale: str, root: Path | None) -> list[dict[str, Any]]:
    """What the page of a scale needs to know of every artifact."""
    return [
        {
            "id": a.id,
            "paper": a.paper,
            "paper_title": importlib.import_module(f"repro.papers.{a.paper}.artifacts").TITLE,
            "title": a.title,
            "kind": a.kind,
            "status": status(a, scale, root),
            "note": a.note,
            "claim": a.claim,
            "notebook": a.notebook,
        }
        for a in all_artifacts()
    ]
