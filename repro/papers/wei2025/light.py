"""Beside Table 5: every way to train x every way to light the test clips, fixed and per-clip input,
and photographs (W27).
"""

from __future__ import annotations

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from repro.evidence.comparisons import counted
from repro.evidence.style import MUTED, styled
from repro.evidence.tables import tidy
from repro.papers.measure import Cell, planned, seed_words
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025 import dark
from repro.papers.wei2025.figures import condition_grid
from repro.papers.wei2025.table5 import SUBSTITUTED, gather, substituted
from repro.runs.store import Record

ID = "wei2025.light"
HEAD, CELL = 0.75, 0.46  # inches: what stands above a grid, and the height of its cells
NOTE = "rows: light of the training clips · columns: light of the test clips · small: 95 % interval over groups x seeds, one enhancer"


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """One grid per test set."""
    seeds, places = planned(dark.grid_places, scale, records)
    found = gather(places, records)
    table = tidy(cell.tidy(ID, scale, note=substituted(cell)) for cell in found.values())
    parts = []
    for block in dark.blocks(scale, seeds):
        inside = table[table["row"].str.startswith(f"{block.name}, trained ")].copy()
        inside["row"] = inside["row"].str.removeprefix(f"{block.name}, trained ")
        parts.append(
            (
                _title(
                    block.name, [cell for (row, _), cell in found.items() if row.startswith(f"{block.name}, trained ")]
                ),
                inside,
            )
        )
    return ArtifactResult(
        table, _grids(parts), [], f"{scale}: accuracy by light in training and in testing; {SUBSTITUTED}"
    )


@styled
def _grids(parts: list[tuple[str, pd.DataFrame]]) -> Figure:
    """One grid below the other, (title, tidy table) each; their cells are of one size."""
    rows, columns = ([inside[name].nunique() for _, inside in parts] for name in ("row", "column"))
    size = (2.3 + 1.02 * max(columns), 0.3 + sum(HEAD + CELL * n for n in rows))
    fig, spaces = plt.subplots(len(parts), 1, figsize=size, height_ratios=rows, squeeze=False, layout="constrained")
    for ax, (title, inside) in zip(spaces[:, 0], parts, strict=True):
        condition_grid(inside, ax, title=title)
        ax.set_xlim(-0.5, max(columns) - 0.5)
    fig.supxlabel(NOTE, fontsize=7.5, color=MUTED)
    return fig


def _title(name: str, cells: list[Cell]) -> str:
    groups = cells[0].groups
    counts = f"n = {len(groups)}, {counted(len(set(groups)), 'group')}, {seed_words(cells)}"
    return f"{name}: {counts}, chance {cells[0].chance:.2f}"
