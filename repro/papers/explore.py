"""An explore cell of every measured table: any two of its rows beside each other, from records."""

from typing import Any

from repro.evidence.contrasts import contrasts
from repro.evidence.controls import control, redrawn, refill
from repro.evidence.marks import wrapped
from repro.evidence.style import INK, PALETTE, axes, panels, styled
from repro.evidence.verdicts import Contrast
from repro.papers.measure import Cell, cells
from repro.papers.plan import ArtifactResult

TRAINED = ("train", "boost", "probe")  # tasks that train what answers
ANSWERING = (*TRAINED, "published")  # tasks whose records hold predictions


def explore_rows(result: ArtifactResult, margin: float = 0.03) -> Any:
    """Column and two rows -> every seed of both, and the difference with its interval. margin: what
    is too small to matter, in grey. Raises ValueError when fewer than two rows were measured on the
    same clips.
    """
    found = cells(planned for planned in result.done if planned.row and planned.run.task in ANSWERING)
    rows = {column: [row for row, where in found if where == column] for _, column in found}
    columns = [column for column, names in rows.items() if len(names) > 1]
    if not columns:
        raise ValueError("There are no two rows to compare. Run the artifact first.")
    column = control("Dropdown", "clips", options=columns)
    one = control("Dropdown", "row", options=rows[columns[0]])
    other = control("Dropdown", "minus", options=rows[columns[0]], value=rows[columns[0]][1])

    def draw() -> Any:
        refill(one, rows[column.value])
        refill(other, rows[column.value], rows[column.value][1])
        return two_rows(found[one.value, column.value], found[other.value, column.value], margin)

    keys = [planned.record.key for planned in result.done]
    return redrawn([column, one, other], draw, keys=keys)


@styled
def two_rows(one: Cell, other: Cell, margin: float) -> Any:
    """Left: accuracy of each seed in both rows, joined where the seeds are paired. Right: the first
    row minus the second.
    """
    ax = axes(None, 10.4, 2.2)
    left, right = panels(ax, [0.34, 0.66], 0.25)
    sides = [cell.correct.mean(1) for cell in (one, other)]  # (S,) each
    for x, values in enumerate(sides):
        left.plot([x] * len(values), values, "o", color=PALETTE[x], alpha=0.8)
    if one.paired(other):
        for seed, (a, b) in enumerate(zip(*sides, strict=False)):
            left.plot([0, 1], [a, b], color=INK, linewidth=0.7, alpha=0.6)
            left.annotate(str(seed), (1, b), (5, 0), textcoords="offset points", va="center", fontsize=7)
    left.set_xticks([0, 1], ["\n".join(wrapped([cell.row], 13)) for cell in (one, other)])
    left.set_xlim(-0.4, 1.4)
    left.set_title(f"accuracy of each seed, {one.column}")
    contrasts([Contrast(f"{one.row} - {other.row}", one.minus(other))], margin, right)
    return ax.get_figure(root=True)
