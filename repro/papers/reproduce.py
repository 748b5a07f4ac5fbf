"""One artifact from nothing to its files: ensure its runs, draw it, write table, figure, claims and
passports.
"""

from __future__ import annotations

import csv
import importlib
import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro import files
from repro.evidence.passport import Passport
from repro.papers import catalogue
from repro.papers.catalogue import Artifact
from repro.runs import NoData
from repro.runs.ensure import ensure
from repro.runs.store import Record

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

CLAIM_COLUMNS = ("claim_id", "kind", "statement", "paper", "ours", "low", "high", "verdict", "reason", "artifact")


@dataclass
class ArtifactResult:
    """What drawing gives, and what a notebook shows."""

    table: pd.DataFrame  # tidy, columns of repro.evidence.tables
    figure: Figure | None
    claims: list[dict[str, Any]]  # rows of CLAIM_COLUMNS
    protocol: str
    records: tuple[Record, ...] = ()
    frames: bool = (
        False  # the figure is made of video frames: one PNG in few colours, no SVG with the same pixels once more
    )

    def paper_beside_measured(self) -> Any:
        """The table in the paper's layout, for a notebook to display."""
        from IPython.display import Markdown

        from repro.evidence.tables import to_markdown

        return Markdown(to_markdown(self.table))

    def verdicts(self) -> Any:
        """The claims that this artifact decides, for a notebook to display."""
        from IPython.display import Markdown

        lines = ["| claim | paper | ours | verdict |", "|---|---|---|---|"]
        lines += [
            f"| {c['statement']} | {c['paper']} | {c['ours']} | **{c['verdict']}**: {c['reason']} |"
            for c in self.claims
        ]
        return Markdown("\n".join(lines) if self.claims else "This artifact decides no claim.")


def reproduce(
    id: str, scale: str = "laptop", seeds: int = 0, engine: str = "local:2", device: str = "auto", data_root: str = ""
) -> ArtifactResult:
    """Everything an artifact is: runs ensured, table and figure drawn and written to results/ and
    figures/.

    `seeds` 0 means the scale's own number; `data_root` empty means $REPRO_DATA. Raises NoData,
    RunFailed.
    """
    if data_root:
        os.environ["REPRO_DATA"] = data_root
    root = files.data_root()
    artifact = catalogue.select(id)[0]
    if artifact.runs is None:
        raise catalogue.Unknown(f"{id} is not built yet: {artifact.note}")
    wanted = artifact.runs(scale, seeds)
    records = ensure(wanted, engine=engine, device=device, data_root=root)
    drawn = replace(draw(artifact, records, scale), records=tuple(records))
    write(artifact, drawn, make_passport(artifact, drawn, scale, seeds, root), scale)
    if drawn.figure is not None:
        from matplotlib import pyplot as plt

        plt.close(drawn.figure)  # a notebook would show an open figure once more at the end of its cell
    return drawn


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

        return Markdown(f"*Left out: {self.reason}*")


def reproduce_if_here(
    id: str, scale: str = "laptop", seeds: int = 0, engine: str = "local:2", device: str = "auto", data_root: str = ""
) -> ArtifactResult | Absent:
    """The same as `reproduce`, but missing data are an answer: for a notebook that shows several
    data sets.
    """
    try:
        return reproduce(id, scale, seeds, engine, device, data_root)
    except NoData as reason:
        return Absent(str(reason))


def draw(artifact: Artifact, records: list[Record], scale: str) -> ArtifactResult:
    """Call the artifact's own drawing function."""
    module, _, function = artifact.draw.partition(":")
    return getattr(importlib.import_module(module), function)(records, scale)


def make_passport(artifact: Artifact, drawn: ArtifactResult, scale: str, seeds: int, root: Path | None) -> Passport:
    """Where these outputs come from."""
    records = drawn.records
    sets = {record.run.data.name: record.about["data"] for record in records if record.run.data}
    about = records[0].about if records else {}
    commit = about.get("commit") or {}
    return Passport(
        artifact=artifact.id,
        scale=scale,
        title=artifact.title,
        run_keys=tuple(sorted({record.key for record in records})),
        data=dict(sorted(sets.items())),
        fingerprint=artifact.fingerprint(scale, seeds, root),
        command=f"repro run {artifact.id} --scale {scale}" + (f" --seeds {seeds}" if seeds else ""),
        commit=commit.get("id", ""),
        dirty=bool(commit.get("dirty", False)),
        seeds=tuple(sorted({record.run.seed for record in records if record.run.task in ("train", "boost")})),
        protocol=drawn.protocol,
        versions=about.get("versions", {}),
        device=about.get("device", ""),
        seconds=round(sum(record.about.get("seconds", 0.0) for record in records), 1),
    )


def write(artifact: Artifact, drawn: ArtifactResult, passport: Passport, scale: str) -> None:
    """Table (csv, md), claims and figure (png and, unless it shows video frames, svg), each with
    its passport; the table's last.
    """
    from repro.evidence import render
    from repro.evidence.tables import to_csv, to_markdown

    tables, figures = files.results(scale) / "tables", files.figures(scale)
    if drawn.figure is not None:
        if drawn.frames:
            files.write(figures / f"{artifact.id}.png", render.frames_png(drawn.figure, passport))
            (figures / f"{artifact.id}.svg").unlink(missing_ok=True)
        else:
            files.write(figures / f"{artifact.id}.png", render.png(drawn.figure, passport))
            files.write(figures / f"{artifact.id}.svg", render.svg(drawn.figure, passport))
        files.write(figures / f"{artifact.id}.json", passport.to_json())
    if drawn.claims:
        out = io.StringIO()
        writer = csv.DictWriter(out, CLAIM_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(drawn.claims)
        files.write(files.results(scale) / "claims" / f"{artifact.id}.csv", out.getvalue())
    files.write(tables / f"{artifact.id}.csv", to_csv(drawn.table))
    files.write(tables / f"{artifact.id}.md", to_markdown(drawn.table))
    files.write(tables / f"{artifact.id}.json", passport.to_json())
