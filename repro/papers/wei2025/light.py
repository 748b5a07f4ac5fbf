"""Beside Table 5: every way to train x every way to light the test clips, fixed and per-clip input, and photographs (W27)."""

from __future__ import annotations

import pandas as pd

from repro.evidence.comparisons import condition_grid
from repro.evidence.style import stacked
from repro.evidence.tables import tidy
from repro.papers.reproduce import Drawn
from repro.papers.wei2025 import dark
from repro.papers.wei2025.table5 import SUBSTITUTED, gather
from repro.runs.store import Record

ID = "wei2025.light"


def draw(records: list[Record], scale: str) -> Drawn:
    """One grid per test set."""
    seeds, places = dark.planned(dark.grid_places, scale, [record.run for record in records])
    rows = []
    for cell in gather(places, records).values():
        lit = cell.records[0].run.data.clips.light == "enhanced"
        rows.append(cell.tidy(ID, scale, note=SUBSTITUTED if lit else ""))
    table = tidy(rows)
    parts = []
    for block in dark.blocks(scale, seeds):
        inside = table[table["row"].str.startswith(f"{block.name}, trained ")].copy()
        inside["row"] = inside["row"].str.removeprefix(f"{block.name}, trained ")
        parts.append((_title(block.name, inside), inside))
    fig, spaces = stacked([0.85 + 0.5 * inside["row"].nunique() for _, inside in parts], width=8.4)
    for ax, (title, inside) in zip(spaces, parts, strict=True):
        condition_grid(inside, ax, title=title)
        ax.set_ylabel("trained on clips that are", fontsize=8)
    spaces[0].figure.supxlabel("test clips, by how they are lit (columns); 95 % intervals over groups x seeds", fontsize=8)
    return Drawn(table, fig, [], f"{scale}: accuracy by light in training and in testing; {SUBSTITUTED}")


def _title(name: str, inside: pd.DataFrame) -> str:
    first, (fewest, most) = inside.iloc[0], (inside["seeds"].min(), inside["seeds"].max())
    seeds = f"{most:.0f}" if fewest == most else f"{fewest:.0f}-{most:.0f}"
    return f"{name}: n = {first['n_items']:.0f}, {first['n_groups']:.0f} groups, {seeds} seed(s), chance {first['chance']:.2f}"
