"""Beside the paper: what its claim rests on. Space off, time off, one step, other steps, no
penalty; and accuracy on training images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from repro.evidence.plots import ablation as dots
from repro.evidence.tables import Row, tidy
from repro.papers.ackerly2025 import claims, runs
from repro.papers.ackerly2025.runs import DEAR, FREE, ONE_STEP, SEEN, WHOLE
from repro.papers.ackerly2025.scores import Scores, gaps_in_words, gathered
from repro.papers.ackerly2025.table1 import STAND_IN
from repro.papers.measure import Cell, cells, planned, seed_words
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

ID = "ackerly2025.ablation"
ONE_SEED = "one seed: its interval is over items alone"


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Accuracy of every variant on the same images after the same steps, and the two claims that
    rest on it.
    """
    _, places = planned(runs.ablation_places, scale, records)
    placed = [(row, column, record) for (row, column, _), record in zip(places, records, strict=True)]
    found = cells(placed)
    first = next(iter(runs.plan(scale).columns))
    tested, trained = (_by_row(placed, column) for column in (first, first + SEEN))
    both = {row: tested[row] for row in (WHOLE, FREE)}
    table = tidy([_row(cell, scale) for cell in found.values()])
    regular = claims.reg_reduces_overfit(trained, both, WHOLE, FREE)
    degenerate = claims.attention_T1_degenerate(attention([record for row, _, record in placed if row == ONE_STEP]))
    rows = [
        claims.row("reg-reduces-overfit", regular, ID, gaps_in_words(trained, both)),
        claims.row("attention-T1-degenerate", degenerate, ID, _one_step(found, first)),
    ]
    shown = [column for column in dict.fromkeys(table["column"]) if not column.endswith(SEEN)]
    lengths = {column: record.run.recipe.epochs for _, column, record in reversed(placed)}
    epochs = ", ".join(f"{column} {lengths[column]}" for column in shown)
    left = f"; {DEAR} is not run at this scale: it costs almost four times the others" if DEAR not in tested else ""
    protocol = f"{scale}: 1 view, {seed_words(found.values())}; last epoch of: {epochs}{left}"
    return ArtifactResult(table, dots(table[table["column"].isin(shown)]).figure, rows, protocol)


def _by_row(placed: Sequence[tuple[str, str, Record]], column: str) -> dict[str, Scores]:
    return {
        row: scores
        for (row, _), scores in gathered([place for place in placed if place[1] == column], whole=True).items()
    }


def _row(cell: Cell, scale: str) -> Row:
    alone = [ONE_SEED] if len(cell.predictions) == 1 else []
    if cell.records[0].run.data.clips.frames > 1:  # clips of real people stand for nothing of the paper's
        return cell.tidy(ID, scale, note="; ".join(alone))
    return cell.tidy(ID, scale, note="; ".join([STAND_IN] * (scale != "paper") + alone)) | {"level": "image"}


def attention(records: Sequence[Record]) -> dict[str, np.ndarray]:
    """The attention weights that these runs stored of their probe images: `seed/image/layer` ->
    (heads, S, S).
    """
    return {
        f"{record.run.seed}/{name}": value
        for record in records
        for name, value in record.inside().items()
        if name.partition("/")[2].startswith("attention")
    }


def _one_step(found: Mapping[tuple[str, str], Cell], column: str) -> str:
    """What the degenerate case scores beside the whole network: Q and K do nothing, V and what
    follows still learn.
    """
    one, whole = found[ONE_STEP, column], found[WHOLE, column]
    return (
        f"accuracy with one step {one.interval.value:.3f}, with patches as steps {whole.interval.value:.3f}; "
        f"patches - one step {whole.over(one)}"
    )
