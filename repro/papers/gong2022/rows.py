"""Tables 3 and 4 drawn: how accurate each row is against what it costs and sees, and the paper's
network minus each of the others.

Rows keep the paper's names and say what ran: a network called R101 is narrow at small scales.
"""

from collections.abc import Sequence
from typing import Any

from repro.evidence import marks
from repro.evidence.style import INK, PAGE, PALETTE, axes, panels, styled
from repro.evidence.tables import static_row, tidy
from repro.papers.gong2022.measured import difference_row, result
from repro.papers.gong2022.settings import OURS, SIXTEEN, at
from repro.papers.gong2022.trainings import MACS, compared, counted
from repro.papers.measure import Cell, cells
from repro.papers.plan import ArtifactResult, Done, Planned

COLOURS = {"rgb": PALETTE[1], "flow": PALETTE[2], "both": PALETTE[0]}
NAMES = {"rgb": "colour", "flow": "flow", "both": "colour and flow"}


def planned_rows(where: str, baselines: Sequence[str], scale: str, seeds: int) -> list[Planned]:
    """Baselines and four rows of ours on the `first` or the `second` data set, and their costs."""
    rows = compared(scale, seeds, getattr(at(scale), where), baselines)
    return [*rows, *counted(rows)]


def compared_rows(artifact: str, done: list[Done], scale: str) -> ArtifactResult:
    """Printed and measured rows in one table with the differences to ours, and the figure; no claim
    is decided by it.
    """
    found = cells(planned for planned in done if planned.column != MACS)
    macs = {planned.row: planned.record.values["macs"] / 1e6 for planned in done if planned.column == MACS}
    drawn = result(artifact, found, scale)
    ((_, column), *_) = found
    apart = {row: ours_minus(found[SIXTEEN, column], cell) for (row, _), cell in found.items() if row not in OURS}
    rows = [difference_row(artifact, scale, *pair, f"{SIXTEEN} - {row}") for row, pair in apart.items()]
    rows += [static_row(artifact, scale, row, MACS, "counted", value, None, "millions") for row, value in macs.items()]
    drawn.table = tidy([*drawn.table.to_dict("records"), *rows])
    drawn.figure = figure(list(found.values()), apart, macs, f"{artifact.partition('.')[2]} at {scale}").figure
    return drawn


def ours_minus(ours: Cell, other: Cell) -> tuple[Cell, Cell]:
    """Both on the clips that the other was tested on, which may be one fold of ours, and on as many
    seeds.
    """
    splits = {record.run.clip_data.split for record in other.records}
    seeds = {record.run.seed for record in other.records}
    kept = [r for r in ours.records if r.run.clip_data.split in splits and r.run.seed in seeds]
    return Cell(ours.row, ours.column, tuple(kept), ours.top_k, ours.interior), other


def what_ran(cell: Cell, macs: float) -> str:
    """The row's name, and which network of which size stands for it."""
    run = cell.records[0].run
    width = dict(run.arguments).get("width")
    ran = run.network + (f", width {width}" if width else "") + f", {macs:,.0f} M MACs"
    return f"{cell.row}\n{ran}"


@styled
def figure(found: list[Cell], apart: dict[str, tuple[Cell, Cell]], macs: dict[str, float], title: str) -> Any:
    """Left: accuracy by row, coloured by what it saw, the disc as large as its cost. Right: ours
    minus the row, paired on the clips.
    """
    ax = axes(None, PAGE + 1.6, 1.4 + 0.4 * len(found))
    left, right = panels(ax, [0.55, 0.45], 0.05)
    for y, cell in enumerate(found):
        interval, colour = cell.interval, COLOURS[cell.records[0].run.clip_data.clips.input]
        marks.interval(left, y, (interval.low, interval.high), colour)
        marks.dots(left, y, cell.correct.mean(1), colour, spread=0.14, markersize=3)
        side = 4 + 10 * (macs[cell.row] / max(macs.values())) ** 0.5
        left.plot(interval.value, y, "o", color=colour, markersize=side, alpha=0.5)
        if cell.row in apart:
            gain = apart[cell.row][0].minus(apart[cell.row][1])
            marks.interval(right, y, (gain.low, gain.high), INK)
            marks.mean(right, y, gain.value, 0.24)
    left.axvline(found[0].chance, color=INK, linestyle=":", linewidth=1)
    marks.rows(left, [what_ran(cell, macs[cell.row]) for cell in found], fontsize=7)
    marks.rows(right, [""] * len(found), labelled=False)
    right.axvline(0, color=INK, linewidth=1)
    left.set_title(f"{title}: accuracy on {found[0].column}")
    right.set_title(f"{SIXTEEN} minus the row")
    seen = [name for name in NAMES if any(cell.records[0].run.clip_data.clips.input == name for cell in found)]
    handles = [left.plot([], [], "o", color=COLOURS[name])[0] for name in seen]
    marks.key_below(left, handles, [NAMES[name] for name in seen], 36)
    marks.caption(right, "disc: mean, its area the cost; dots: seeds;\nbars: 95 %; dotted: chance")
    return ax
