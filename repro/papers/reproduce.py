"""One artifact from nothing to its files: ensure its runs, draw it, write table, figure, claims and
passports.
"""

import difflib
import importlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from repro import files
from repro.evidence.passport import Passport
from repro.evidence.verdicts import NOT_TESTED
from repro.papers import catalogue, folder
from repro.papers.plan import CLAIM_COLUMNS, Artifact, ArtifactResult, Done, interior, joined
from repro.runs import NoData
from repro.runs.engine import slots
from repro.runs.ensure import ensure
from repro.spec import SCALES

DEVICES = ("auto", "cpu", "cuda")


def check(scale: str, seeds: int = 0, engine: str = "local:1", device: str = "auto") -> None:
    """What a notebook and a command line may ask for. Raises ValueError with the sentence that says
    what is known instead.
    """
    for what, given, known in (("scale", scale, SCALES), ("device", device, DEVICES)):
        if given not in known:
            close = difflib.get_close_matches(str(given).lower(), known, n=1, cutoff=0.5)
            hint = f"Did you mean {close[0]}? " if close else ""
            raise ValueError(f"There is no {what} {given!r}. {hint}Known: {', '.join(known)}.")
    if not isinstance(seeds, int) or isinstance(seeds, bool) or seeds < 0:
        raise ValueError(f"seeds is a whole number, 0 (the scale's own number) or more; got {seeds!r}")
    slots(str(engine))


def reproduce(
    id: str,
    scale: str = "laptop",
    seeds: int = 0,
    engine: str = "local:2",
    device: str = "auto",
    data_root: str | Path | None = "",
) -> ArtifactResult:
    """Everything an artifact is: runs ensured, table and figure drawn and written to results/ and
    figures/.

    `seeds` 0 means the scale's own number; `data_root` empty means $REPRO_DATA. Raises ValueError
    on what nobody can ask for, NoData, RunFailed.
    """
    root = settled(scale, seeds, engine, device, data_root)
    artifact = catalogue.select(id)[0]
    if scale not in artifact.scales:
        raise NoData(*catalogue.absent_sets(artifact, scale, root).values())
    plan = catalogue.plan(artifact, scale, seeds)
    records = ensure([planned.run for planned in plan], engine=engine, device=device, data_root=root)
    return finish(artifact, joined(plan, records), scale, seeds, root)


def finish(artifact: Artifact, done: list[Done], scale: str, seeds: int, root: Path | None) -> ArtifactResult:
    """Draw an artifact from its records and write its files."""
    result = draw(artifact, done, scale)
    write(artifact, result, make_passport(artifact, result, scale, seeds, root), scale)
    if result.figure is not None:
        from matplotlib import pyplot as plt

        plt.close(result.figure)  # a notebook would show an open figure once more at the end of its cell
    return result


def settled(scale: str, seeds: int, engine: str, device: str, data_root: str | Path | None) -> Path | None:
    """The folder of real data sets, once all that a notebook was given has been checked. Raises
    ValueError or BadPath.
    """
    check(scale, seeds, engine, device)
    if not isinstance(data_root, str | Path | None):
        raise ValueError(f"data_root is the path of a folder, or empty for $REPRO_DATA; got {data_root!r}")
    if data_root:
        os.environ["REPRO_DATA"] = str(files.absolute(data_root, "data_root"))
    files.settle()
    if not files.home().is_dir():
        raise files.BadPath(f"Results go to {files.home()}, which is no folder. Set REPRO_HOME to one that is here.")
    return files.data_root()


@dataclass(frozen=True)
class Absent:
    """Stands for what is drawn where the data are not here: whatever a notebook shows of it is the
    reason.
    """

    reason: str

    @property
    def figure(self) -> Any:
        """The reason, to display."""
        from IPython.display import Markdown

        from repro.evidence.tables import in_markdown

        return Markdown(f"*Left out: {in_markdown(self.reason)}*")


def reproduce_if_here(id: str, *parameters: Any, **named: Any) -> ArtifactResult | Absent:
    """The same as `reproduce`, with its parameters, but missing data are an answer: for a notebook
    that shows several data sets.
    """
    try:
        return reproduce(id, *parameters, **named)
    except NoData as reason:
        return Absent(str(reason))


def draw(artifact: Artifact, done: list[Done], scale: str) -> ArtifactResult:
    """Call the artifact's own drawing function; the result knows its runs and records. The small
    scales judge no measured claim.
    """
    from repro.evidence.style import styled

    done = [replace(each, interior=interior(artifact.paper, scale, each)) for each in done]
    result = styled(importlib.import_module(artifact.module).draw)(done, scale)
    claims = [_unjudged(claim, scale) for claim in result.claims] if scale in folder.UNJUDGED else result.claims
    return replace(result, done=tuple(done), claims=claims)


def _unjudged(claim: dict[str, Any], scale: str) -> dict[str, Any]:
    """A claim at a scale that shows its numbers alone."""
    if claim["kind"] != "measured" or claim["verdict"] == NOT_TESTED:
        return claim
    reason = f"{scale} trains too little to judge it. Its own numbers: {claim['reason']}"
    word = folder.verdicts("overnight").get(claim["claim_id"], "not made")
    return claim | {"verdict": NOT_TESTED, "reason": reason, "overnight": word}


def make_passport(artifact: Artifact, result: ArtifactResult, scale: str, seeds: int, root: Path | None) -> Passport:
    """Where these outputs come from."""
    records = result.records
    sets = {record.run.data.name: record.about["data"] for record in records if record.run.data}
    about = records[0].about if records else {}
    commit = about.get("commit") or {}
    return Passport(
        artifact=artifact.id,
        scale=scale,
        title=artifact.title,
        run_keys=tuple(sorted({record.key for record in records})),
        data=dict(sorted(sets.items())),
        fingerprint=catalogue.artifact_fingerprint(artifact, scale, seeds, root),
        command=f"repro run {artifact.id} --scale {scale}" + (f" --seeds {seeds}" if seeds else ""),
        commit=commit.get("id", ""),
        dirty=bool(commit.get("dirty", False)),
        seeds=tuple(sorted({record.run.seed for record in records if record.run.task in ("train", "boost")})),
        protocol=result.protocol,
        versions=about.get("versions", {}),
        device=about.get("device", ""),
        seconds=round(sum(record.about.get("seconds", 0.0) for record in records), 1),
        published=result.published,
    )


def write(artifact: Artifact, result: ArtifactResult, passport: Passport, scale: str) -> None:
    """Table (csv, md), claims and figure (png and, unless it shows video frames, svg), each with
    its passport; the table's last.
    """
    from repro.evidence import render
    from repro.evidence.tables import to_csv, to_markdown

    tables, figures = files.results(scale) / "tables", files.figures(scale)
    written: dict[Path, str | bytes] = {
        tables / f"{artifact.id}.csv": to_csv(result.table),
        tables / f"{artifact.id}.md": to_markdown(result.table),
    }
    if result.figure is not None:
        picture = figures / f"{artifact.id}.png"
        if result.frames:
            written[picture] = render.png(result.figure, passport, render.FRAME_DPI)
            picture.with_suffix(".svg").unlink(missing_ok=True)
        else:
            written[picture] = render.png(result.figure, passport)
            written[picture.with_suffix(".svg")] = render.svg(result.figure, passport)
    if result.claims:
        written[files.results(scale) / "claims" / f"{artifact.id}.csv"] = folder.as_csv(result.claims, CLAIM_COLUMNS)
    for path, content in written.items():
        files.write(path, content)
    stamp(passport, scale, list(written))


def stamp(passport: Passport, place: str, written: list[Path]) -> None:
    """The passport beside the figure, if one was written, and then, last of all, the table's."""
    outputs, beside = files.digests(*written), files.figures(place) / f"{passport.artifact}.json"
    if any(path.parent == beside.parent for path in written):
        files.write(beside, replace(passport, outputs=outputs).to_json())
        outputs |= files.digests(beside)
    path = files.results(place) / "tables" / beside.name
    files.write(path, replace(passport, outputs=outputs).to_json())
