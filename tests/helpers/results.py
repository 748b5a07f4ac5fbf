"""What artifacts of any paper are asked, drawn from records, and how explore cells are used."""

import re
from collections.abc import Iterable
from typing import Any

import ipywidgets
import numpy as np
import pytest
from drawn import words

from repro.evidence.tables import layout, seed_numbers, to_markdown
from repro.papers import folder
from repro.papers.plan import ArtifactResult, Planned

PROTOCOL = ["n_items", "seeds", "data", "input", "split", "level", "views"]


def claimed(result: ArtifactResult, column: str = "verdict") -> dict[str, str]:
    """The end of each claim's name, with its verdict or another column."""
    return {claim["claim_id"].rpartition(".")[2]: claim[column] for claim in result.claims}


def seeds_of(plan: Iterable[Planned], by: str = "column") -> dict[tuple[str, Any], int]:
    """How many seeds every cell, of a row and a column or another mark, has: 0, 1, ... without a
    gap.
    """
    found: dict[tuple[str, Any], list[int]] = {}
    for planned in plan:
        found.setdefault((planned.row, getattr(planned, by)), []).append(planned.run.seed)
    assert all(sorted(values) == list(range(len(values))) for values in found.values())
    return {cell: len(values) for cell, values in found.items()}


def carries_its_protocol(result: ArtifactResult, id: str, scale: str) -> None:
    """Every measured number has interval, seeds and protocol, no text holds a nan, and what is
    decided are the claims that the paper's file gives to this artifact.
    """
    table = result.table
    assert set(table["artifact"]) | {claim["artifact"] for claim in result.claims} == {id}
    assert result.protocol.startswith(f"{scale}: ")
    measured = table[table["low"].notna()]
    assert table["value"].notna().any()
    assert measured[PROTOCOL].notna().all(axis=None) and (measured[PROTOCOL] != "").all(axis=None)
    assert (measured["low"] <= measured["value"]).all() and (measured["value"] <= measured["high"]).all()
    for _, row in table[table["seed_values"].notna()].iterrows():
        values = seed_numbers(row["seed_values"])
        assert len(values) == row["seeds"] and np.mean(values) == pytest.approx(row["value"], abs=1e-5)
    ledger = [str(value) for claim in result.claims for name, value in claim.items() if name != "contrasts"]
    texts = [to_markdown(table), result.protocol, words(result.figure), *ledger]
    assert [text for text in texts if re.search(r"\bnan\b", text, re.IGNORECASE)] == []
    rows = folder.claims(id.partition(".")[0]).items()
    assert set(claimed(result)) == {claim.rpartition(".")[2] for claim, row in rows if row["decided_by"] == id}


def printed_stand_apart(result: ArtifactResult, number: int) -> None:
    """So many printed numbers, none in a column with one measured on other data, and none lost."""
    table = result.table
    paper, ours = table[table["paper"].notna()], table[table["value"].notna()]
    assert len(paper) == number and paper["value"].isna().all() and ours["paper"].isna().all()
    one, other = (set(zip(part["column"], part["metric"], strict=True)) for part in (paper, ours))
    assert not one & other and (table.groupby(["column", "metric"])["unit"].nunique() == 1).all()
    shown = layout(table.to_dict("records"))
    apart = [position for position, (_, side) in enumerate(shown.heads) if side == "paper"]
    assert sum(bool(cells[position]) for _, cells in shown.rows for position in apart) == number


def controls(box: ipywidgets.VBox) -> dict[str, Any]:
    """The controls of an explore cell by their words; its first `Image` and `HTML` by their
    kind.
    """
    return {getattr(child, "description", "") or type(child).__name__: child for child in reversed(box.children)}


def redraws(cell: dict[str, Any], control: str, value: Any) -> bool:
    """Set a control; whether the picture became another one."""
    before = cell["Image"].value
    cell[control].value = value
    return cell["Image"].value != before and bytes(cell["Image"].value).startswith(b"\x89PNG")
