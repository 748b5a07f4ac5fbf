"""What is reproduced: every artifact of every paper, its state at each scale, and the ledger of
claims.

Artifacts are found by looking: a module in a paper's folder that assigns `ARTIFACT`. What a listing
needs of their plans is kept under a digest of all source, so that listing loads no pandas,
matplotlib or torch once it has been asked for.
"""

import difflib
import hashlib
import importlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from repro import files, memo
from repro.evidence import passport
from repro.papers import folder
from repro.papers.plan import Artifact, Planned
from repro.runs import pack, store
from repro.runs.fingerprint import NoData, fingerprint
from repro.runs.key import drop_defaults, key
from repro.source import PACKAGE, digest, external_packages
from repro.spec import SCALES, Data, Run, from_dict, to_dict

Status = Literal["done", "stale", "missing", "no data", "not run"]  # the last one: by plan, at this scale
LISTING = "listing.json"


class Unknown(Exception):
    """Nothing goes by that name; the message suggests what does."""


def source_digest(home: Path) -> str:
    """Digest of all that decides which artifacts there are and what their plans and drawings depend
    on, data sets aside: source, tables, notebooks, and which public weights are at hand.
    """
    roots = [(PACKAGE, ("*.py", "*.csv")), (notebooks(home), ("*.ipynb",))]
    roots += [(path, ("*.py", "*.csv", "*.ipynb")) for path in external_packages().values()]
    total = hashlib.blake2b(digest_size=16)
    for root, patterns in roots:
        for path in sorted(path for pattern in patterns for path in root.rglob(pattern)):
            content = hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
            total.update(f"{path.relative_to(root)}\0".encode() + content)
    data = files.data_root()
    weights = sorted(path.name for path in (data / "weights").glob("*")) if data else []
    total.update(repr(weights).encode())
    return total.hexdigest()


def _listing() -> dict[str, Any]:
    return _listing_of(files.home(), files.data_root())


@cache
def _listing_of(home: Path, data: Path | None) -> dict[str, Any]:  # noqa: ARG001  another folder of data, another listing
    """What earlier processes found under today's source: `artifacts`, and by `<id>/<scale>` their
    data sets and fingerprints.
    """
    known, source = memo.load(LISTING), source_digest(home)
    return known if known.get("source") == source else {"source": source, "fingerprints": {}, "data": {}}


def all_artifacts() -> tuple[Artifact, ...]:
    """Every artifact of every paper: its figures, its tables, then what we add, each by number or
    name.
    """
    listing = _listing()
    if "artifacts" not in listing:
        found = [
            (paper, path) for paper, here in folder.papers().items() for path in sorted(here.glob("*.py"), key=_order)
        ]
        artifacts = [_found(paper, path) for paper, path in found if "\nARTIFACT = " in path.read_text(encoding="utf8")]
        listing["artifacts"] = [asdict(artifact) for artifact in artifacts]
        memo.save(LISTING, listing)
    known = (Artifact(**fields) for fields in listing["artifacts"])
    return tuple(replace(artifact, scales=tuple(artifact.scales)) for artifact in known)


def _order(path: Path) -> tuple[int, int, str]:
    numbered = re.match(r"(figure|table)(\d+)", path.stem)
    return (("figure", "table").index(numbered[1]), int(numbered[2]), path.stem) if numbered else (2, 0, path.stem)


def _found(paper: str, path: Path) -> Artifact:
    module = f"{folder.package(paper)}.{path.stem}"
    return replace(importlib.import_module(module).ARTIFACT, id=f"{paper}.{path.stem}", module=module)


def plan(artifact: Artifact, scale: str, seeds: int = 0) -> list[Planned]:
    """The runs that an artifact needs at a scale, and where each belongs; none where it is not run.
    Seeds 0: the scale's own number.
    """
    if scale not in artifact.scales:
        return []
    return importlib.import_module(artifact.module).plan(scale, seeds)


def runs(artifact: Artifact, scale: str, seeds: int = 0) -> list[Run]:
    """The runs that an artifact needs at a scale: kept for the next process, which then loads no
    module that draws.
    """
    source, name = _listing()["source"], f"plans-{scale}.json"
    known = memo.cached((source, name), lambda: memo.load(name))
    if known.get("source") != source:
        known.clear()
        known.update(source=source)
    if (cell := f"{artifact.id}/{seeds}") not in known:
        known[cell] = [drop_defaults(planned.run) for planned in plan(artifact, scale, seeds)]
        memo.save(name, known)
    return [from_dict(Run, fields) for fields in known[cell]]


def notebooks(home: Path) -> Path:
    """The folder of notebooks: that of the kit's folder, or else the one that a wheel installs."""
    own, installed = home / "notebooks", PACKAGE / "notebooks"
    return installed if installed.is_dir() and not own.is_dir() else own


def notebook(artifact: Artifact) -> Path:
    """The notebook that shows an artifact: the kit's, or in the folder of a paper outside this
    package.
    """
    return (external_packages().get(artifact.paper) or notebooks(files.home())) / artifact.notebook


def notebook_name(artifact: Artifact) -> str:
    """Where its executed copy lies below the scale's folder of notebooks."""
    return f"{artifact.paper}/{artifact.notebook}" if artifact.paper in external_packages() else artifact.notebook


def artifact_fingerprint(artifact: Artifact, scale: str, seeds: int, root: Path | None) -> str:
    """Digest of all that its outputs depend on: the runs' keys, the code that draws, what the paper
    prints and claims, the notebook.

    Raises NoData when a run's data are not here.
    """
    parts = [
        [key(run, root) for run in runs(artifact, scale, seeds)],
        digest([artifact.module, "repro.evidence.render"], without=["repro.runs"]),  # executing runs draws nothing
        _notebook_source(notebook(artifact)),
        folder.texts(artifact.paper, scale, artifact.reads),
        [artifact.title, artifact.claim, *folder.rates_tried(artifact.paper, scale).items()],
    ]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def _notebook_source(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(folder.text(path) or '{"cells": []}')["cells"]]


def select(what: str) -> list[Artifact]:
    """The artifacts that `all`, a paper or artifact ids (comma-separated) name. Raises Unknown with
    suggestions.
    """
    chosen: list[Artifact] = []
    for name in what.split(","):
        matching = [a for a in all_artifacts() if name in ("all", a.paper, a.id)]
        if not matching:
            raise _unknown(name, ["all", *folder.papers(), *(a.id for a in all_artifacts())], "`repro list` shows all")
        chosen += [a for a in matching if a not in chosen]
    return chosen


def _unknown(name: str, known: list[str], where: str) -> Unknown:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"Known papers: {', '.join(folder.papers())}; {where}."
    return Unknown(f"Nothing is called {name!r}. {hint}")


def states(artifacts: Sequence[Artifact], scales: Sequence[str], root: Path | None) -> dict[tuple[str, str], Status]:
    """(id, scale) -> what stands on disk, judged by the passport. What was worked out is kept for
    the next process.
    """
    listing = _listing()
    known = len(listing["fingerprints"]), len(listing["data"])
    result: dict[tuple[str, str], Status] = {
        (artifact.id, scale): status(artifact, scale, root) for artifact in artifacts for scale in scales
    }
    if known != (len(listing["fingerprints"]), len(listing["data"])):
        memo.save(LISTING, listing)
    return result


def status(artifact: Artifact, scale: str, root: Path | None) -> Status:
    """What stands on disk for an artifact at a scale."""
    if scale not in artifact.scales:
        return "not run"
    try:
        wanted = _known_fingerprint(artifact, scale, root)
    except NoData:
        return "no data"
    try:
        stored = passport.read(artifact.passport(files.standing(scale, artifact.id)))
    except (passport.PassportError, OSError):
        return "missing"
    return "done" if stored["fingerprint"] == wanted and as_written(stored.get("outputs", {})) else "stale"


def as_written(outputs: dict[str, str]) -> bool:
    """Whether files below the kit's folder hold what was written, by their digests; one that does
    not is named.
    """
    known = memo.cached("outputs", lambda: memo.FileMemo("outputs.json"))
    written = {files.home() / name: digest for name, digest in outputs.items()}
    known.add({path: files.digest(path) for path in written if known.value(path) is None and path.is_file()})
    other = [path for path, digest in written.items() if known.value(path) != digest]
    for path in other:
        print(f"{path} is not what was written there; `repro run` makes it again", file=sys.stderr)
    return not other


def _known_fingerprint(artifact: Artifact, scale: str, root: Path | None) -> str:
    """The fingerprint with the scale's own seeds, from the listing where source and data are the
    same. Raises NoData.
    """
    if artifact.reads:
        return artifact_fingerprint(artifact, scale, 0, root)
    data = "-".join(fingerprint(data, root) for data in data_of(artifact, scale))
    name, known = f"{artifact.id}/{scale}/{data}", _listing()["fingerprints"]
    if name not in known:
        known[name] = artifact_fingerprint(artifact, scale, 0, root)
    return known[name]


def data_of(artifact: Artifact, scale: str) -> list[Data]:
    """The real data sets that an artifact's runs read at a scale, those that they build on
    included; clips and splits left out.
    """
    listing, name = _listing(), f"{artifact.id}/{scale}"
    if name not in listing["data"]:
        sets: dict[Data, None] = {}
        pending = runs(artifact, scale)
        while pending:
            run = pending.pop()
            pending += run.parents.values()
            if run.data and not run.data.generated:
                sets[Data(run.data.name, min_videos=run.data.min_videos)] = None
        listing["data"][name] = [to_dict(data) for data in sets]
    return [from_dict(Data, fields) for fields in listing["data"][name]]


def standing(artifact: Artifact, scale: str, state: Status) -> str:
    """A status in words that tell what was made here from what is published with the kit."""
    place = files.standing(scale, artifact.id)
    there = artifact.passport(place).is_file()
    where = "" if not there else "made here" if place == scale else "published"
    words = {"done": where, "stale": "published, stale" if place != scale else "stale", "no data": where or state}
    return words.get(state, state)


def left(artifact: Artifact, scale: str, root: Path | None, state: Status | None = None) -> str:
    """What is left to do for an artifact at a scale, in a few words; empty when it is done.
    `state`: its status, where known.
    """
    state = state or status(artifact, scale, root)
    if state == "no data":
        return f"needs {', '.join(absent_sets(artifact, scale, root))}: repro data check"
    why = {"stale": "code or data changed since", "missing": "not made"}
    return f"{why[state]}: repro run {artifact.id} --scale {scale}" if state in why else ""


def absent_sets(artifact: Artifact, scale: str, root: Path | None) -> dict[str, str]:
    """The data sets that an artifact's runs read at a scale and that are not here, by name: what is
    missing. None where published records of all of them count. The artifact itself where it is not
    run at that scale.
    """
    if scale not in artifact.scales:
        return {artifact.id: f"{artifact.id} is run at {', '.join(artifact.scales)}, not at {scale}."}
    absent: dict[str, str] = {}
    with pack.standing(False):
        for data in data_of(artifact, scale):
            try:
                fingerprint(data, root)
            except NoData as reason:
                absent[data.name] = str(reason)
    if absent and pack.wanted() and not store.undone(runs(artifact, scale), root):
        return {}
    return dict(sorted(absent.items()))


def claims(scale: str | None = None) -> list[dict[str, Any]]:
    """The ledger: every claim of every paper, with a verdict per scale (one scale, or all) as far
    as one was reached.
    """
    found = {s: _verdicts(*files.claims(s)) for s in (SCALES if scale is None else [scale])}
    return [
        {**row, "verdicts": {s: verdicts[claim] for s, verdicts in found.items() if claim in verdicts}}
        for paper in folder.papers()
        for claim, row in folder.claims(paper).items()
    ]


def choose(ledger: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """The claims that `all`, a paper, an artifact, a claim id or part of one names
    (comma-separated). Raises Unknown.
    """
    chosen: list[dict[str, Any]] = []
    for name in what.split(","):
        matching = [
            row for row in ledger if name in ("all", row["paper"], row.get("decided_by")) or name in row["claim_id"]
        ]
        if not matching:
            ids = [row["claim_id"] for row in ledger]
            known = [*folder.papers(), *ids, *(id.rpartition(".")[2] for id in ids)]
            raise _unknown(name, known, "`repro claims` shows all claims")
        chosen += [row for row in matching if row not in chosen]
    return chosen


def untested(ledger: list[dict[str, Any]], scales: Sequence[str], root: Path | None) -> list[dict[str, Any]]:
    """The same claims, each with `untested`: scale -> why there is no verdict, for the scales that
    have none.
    """
    artifacts = {artifact.id: artifact for artifact in all_artifacts()}

    @cache
    def why(name: str, scale: str) -> str:
        if name not in artifacts:
            return "no artifact decides it"
        if scale not in artifacts[name].scales:
            return absent_sets(artifacts[name], scale, root)[name]
        return f"{name}: {left(artifacts[name], scale, root) or 'made, but without this claim'}"

    return [
        {**row, "untested": {s: why(row.get("decided_by", ""), s) for s in scales if s not in row["verdicts"]}}
        for row in ledger
    ]


@cache
def _verdicts(*paths: Path) -> dict[str, dict[str, str]]:
    return {row["claim_id"]: row for path in paths for row in folder.rows(path, ("claim_id", "verdict"))}


def report_rows(scale: str, root: Path | None) -> list[dict[str, Any]]:
    """What the page of a scale needs to know of every artifact."""
    rows, artifacts = [], all_artifacts()
    status_of = states(artifacts, [scale], root)
    for artifact in artifacts:
        fields = {name: getattr(artifact, name) for name in ("id", "paper", "title", "kind", "note", "claim")}
        fields["notebook"] = notebook_name(artifact)
        rows.append(fields | {"paper_title": folder.title(artifact.paper), "status": status_of[artifact.id, scale]})
    return rows
