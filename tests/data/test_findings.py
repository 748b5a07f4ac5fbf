"""docs/data-findings.md lists what the check of the sample collection reports, no more and no
less.
"""

from pathlib import Path

import pytest

from repro.data.check import Row, check

PAGE = Path(__file__).parents[2] / "docs" / "data-findings.md"


def listed(row: Row) -> list[str]:
    """The cells of a row of the page's table."""
    if row.problem and "no folder" in row.problem:
        return [row.name, row.lists, "not here", "", "", "", ""]
    found = ["no lists", ""] if row.problem else [str(row.found), str(row.missing)]
    counts = [str(len(found or {})) for found in (row.undecodable, row.damaged)]
    return [row.name, row.lists, *found, *counts, "; ".join(row.notes)]


@pytest.mark.long
def test_the_page_lists_what_is_found(real_data):
    table = [line for line in PAGE.read_text(encoding="utf8").splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert cells == [listed(row) for row in check(real_data, decode=True, workers=2)]
