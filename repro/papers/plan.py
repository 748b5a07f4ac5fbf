"""What an artifact is: its description, the runs that it plans, and what drawing it gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from repro import files
from repro.papers import folder
from repro.papers.stand_ins import of_seed
from repro.runs.store import Record
from repro.spec import SCALES, Run

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

CLAIM_COLUMNS = ("claim_id", "kind", "statement", "paper", "ours", "low", "high", "verdict", "reason", "artifact")
Kind = Literal["measured", "static", "definition", "needs data"]


@dataclass(frozen=True)
class Artifact:
    """One table or figure. Its module in a paper's folder, `papers/<paper>/<name>.py`, offers

        ARTIFACT = Artifact(title, kind, ...)
        plan(scale, seeds) -> list[Planned]             seeds 0: the scale's own number
        draw(done: list[Done], scale) -> ArtifactResult

    and is found because it does.
    """

    title: str
    kind: Kind
    notebook: str  # below notebooks/; of a paper outside this package, below its own folder
    claim: str = ""  # what the paper says of it, in our words
    note: str = ""  # what to know
    inside: bool = False  # inner maps are drawn or explored: of the first run of each row they travel with its record
    scales: tuple[str, ...] = SCALES  # at which it is run
    reads: bool = False  # it shows verdicts that other artifacts have written, and is made after them
    id: str = ""  # `<paper>.<name>`, known from where the module lies
    module: str = ""

    @property
    def paper(self) -> str:
        """The paper's name."""
        return self.id.rpartition(".")[0]

    def passport(self, scale: str) -> Path:
        """The passport of its table; every artifact has one."""
        return files.results(scale) / "tables" / f"{self.id}.json"


@dataclass(frozen=True)
class Planned:
    """One run, and where its record stands in the artifact: row, column, and the value of what is
    varied.
    """

    run: Run
    row: str = ""
    column: str = ""
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Done(Planned):
    """A planned run with its record."""

    record: Record
    interior: bool = True  # its learning rate lies between others that were tried, see `interior`


def no_runs(*_: Any) -> list[Planned]:
    """The plan of an equation, of a definition, of printed numbers alone: none at any scale."""
    return []


def joined(plan: list[Planned], records: list[Record]) -> list[Done]:
    """The plan with its records, which come in the same order. Raises ValueError when these are not
    its runs.
    """
    if [planned.run for planned in plan] != [record.run for record in records]:
        raise ValueError(f"these {len(records)} records are not those of the {len(plan)} planned runs, in their order")
    return [Done(p.run, p.row, p.column, p.value, record=record) for p, record in zip(plan, records, strict=True)]


def interior(paper: str, scale: str, planned: Planned) -> bool:
    """Whether the learning rate of a run was chosen between a lower and a higher one. A row that
    was not tuned goes by those whose rate it took; at paper scale the rate is the paper's own.
    """
    chosen, used, waiting = folder.rates_tried(paper, scale), set[float](), [planned.run]
    while waiting:
        run = waiting.pop()
        waiting += run.parents.values()
        used |= {run.recipe.lr} if run.recipe.epochs else set()
    rows = [planned.row] if planned.row in chosen else chosen
    found = [chosen[row] for row in rows if chosen[row][0] in used]
    return scale == "paper" or (bool(found) and all(min(tried) < lr < max(tried) for lr, tried in found))


def seeded(run: Run, seeds: int) -> list[Run]:
    """The same run with the seeds 0, 1, …, each on its own training world where worlds differ."""
    return [replace(run, seed=seed, data=run.data and of_seed(run.data, seed)) for seed in range(seeds)]


@dataclass
class ArtifactResult:
    """What drawing gives, and what a notebook shows."""

    table: pd.DataFrame  # tidy, columns of repro.evidence.tables
    figure: Any  # a matplotlib figure, or None
    claims: list[dict[str, Any]]  # rows of CLAIM_COLUMNS, `contrasts` that each was judged by, `margin`
    protocol: str
    done: tuple[Done, ...] = ()  # the runs with their records, which `repro.papers.reproduce` adds
    frames: bool = False  # made of video frames: one PNG in few colours, no SVG with the same pixels once more

    @property
    def records(self) -> tuple[Record, ...]:
        """The records alone, in the order of the plan."""
        return tuple(planned.record for planned in self.done)

    @property
    def published(self) -> str:
        """What committed records that stand for some of these say of how they were made; empty
        where all were made here.
        """
        return "; ".join(sorted({words for record in self.records if (words := record.about.get("published"))}))

    def paper_beside_measured(self) -> Any:
        """The table in the paper's layout, for a notebook to display."""
        from IPython.display import Markdown

        from repro.evidence.tables import to_markdown

        return Markdown(to_markdown(self.table) + f"\n*{self.published}*\n" * bool(self.published))

    def verdicts(self) -> Any:
        """The claims that this artifact decides, for a notebook to display."""
        from IPython.display import Markdown

        from repro.evidence.tables import in_markdown

        lines = ["| claim | paper | ours | verdict |", "|---|---|---|---|"]
        for claim in self.claims:
            words = {name: in_markdown(text) for name, text in claim.items()}
            beside = f" (overnight: **{words['overnight']}**)" if "overnight" in claim else ""
            lines.append("| {statement} | {paper} | {ours} | **{verdict}**{}: {reason} |".format(beside, **words))
        return Markdown("\n".join(lines) if self.claims else "This artifact decides no claim.")
