"""`repro power`: what each measured claim could see at a scale, and what 80 % power at its margin
would cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro import files
from repro.papers import folder
from repro.papers.plan import Artifact, Done
from repro.reader.redrawing import stored
from repro.runs import NoData

COLUMNS = (
    "claim_id", "artifact", "contrasts", "least_seen", "seeds", "groups", "margin", "sees", "needs_seeds",
    "needs_groups", "needs_seeds_here", "seconds", "needs_seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows of COLUMNS, and why other artifacts have none."""

    rows: list[dict[str, Any]]
    absent: list[str]


def power(artifacts: Sequence[Artifact], scale: str, seeds: int = 0) -> Table:
    """From the records of a scale: nothing is trained. Raises NoData when of no artifact the data
    are here.
    """
    root, rows, absent, without = files.data_root(), [], [], []
    for artifact in artifacts:
        try:
            done, lacking = stored(artifact, scale, seeds, root)
        except NoData as reason:
            without.append(str(reason))
            continue
        absent += [f"{artifact.id}: {lacking}"] * bool(lacking)
        rows += _rows(artifact, done, scale) if done else []
    if len(without) == len(artifacts):
        raise NoData("\n".join(dict.fromkeys(without)))
    return Table(rows, [*absent, *dict.fromkeys(without)])


def _rows(artifact: Artifact, done: list[Done], scale: str) -> list[dict[str, Any]]:
    from matplotlib import pyplot as plt

    from repro.evidence.power import of_contrasts
    from repro.papers.reproduce import draw

    result = draw(artifact, done, scale)
    plt.close("all")
    seconds, rows = sum(each.record.about["seconds"] for each in done), []
    for claim in result.claims:
        margin = folder.margin(artifact.paper, claim["claim_id"].rpartition(".")[2])
        found = of_contrasts(claim.get("contrasts", ()), margin)
        if found is None:
            continue
        wanted = found.needs or (None, None)
        cost = seconds * wanted[0] / found.seeds if wanted[0] else None
        cells = (
            claim["claim_id"], artifact.id, found.contrasts, found.label, found.seeds, found.groups, margin,
            round(found.sees, 3), *wanted, found.needs_here, round(seconds), cost and round(cost),
        )  # fmt: skip
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def write(table: Table, path: Path) -> None:
    """The rows as CSV; those of artifacts that were not asked for stay."""
    kept = [row for row in folder.rows(path, COLUMNS) if row["artifact"] not in {r["artifact"] for r in table.rows}]
    files.write(path, folder.as_csv(sorted([*kept, *table.rows], key=lambda row: row["claim_id"]), COLUMNS))


def lines(table: Table) -> list[tuple[str, ...]]:
    """Claim, what it sees, what it needs and what that costs, in words."""
    return [
        (
            row["claim_id"],
            f"{row['sees']:.2f} with {row['seeds']} seeds x {row['groups']} groups",
            f"{row['margin']:g}" if row["margin"] else "-",
            _needs(row),
            f"{row['needs_seconds'] / 60:.0f} min" if row["needs_seconds"] else "-",
        )
        for row in table.rows
    ]


def _needs(row: dict[str, Any]) -> str:
    if not row["margin"]:
        return "no margin was agreed on"
    if not row["needs_seeds"]:
        return "more than 30 seeds x 32 times the groups"
    here = f"; {row['needs_seeds_here']} seeds on these groups" if row["needs_seeds_here"] else ""
    return f"{row['needs_seeds']} seeds x {row['needs_groups']} groups{here}"
