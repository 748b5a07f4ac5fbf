"""wei2025 Table 5: accuracy per class in the dark, before and after enhancement, and the claims
that rest on it.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from repro.evidence.statistics import FEWEST_GROUPS
from repro.evidence.tables import Row, seed_text, tidy
from repro.papers import folder
from repro.papers.claims import Cells, ledger_row
from repro.papers.measure import Cell, cells, printed_rows
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import claims, dark, figures, printed

ARTIFACT = Artifact(
    "Accuracy per class in the dark, before and after enhancement",
    **dark.CARD,
    claim="Enhancing dark clips first raises the accuracy of every class, from 60.3 % to 83.2 % on average.",
    inside=True,
)
ID = "wei2025.table5"
AVERAGE = "average"  # the paper's over eleven classes, ours over the test clips of the classes present
SCORE = "mean score of the true class"
NOTES = "intervals over groups x seeds of the recogniser, with one trained enhancer; "
NOTES += "average: the paper's over its classes, ours over the test clips"
Pairs = list[tuple[dark.Block, dark.Pair]]


def plan(scale: str, seeds: int) -> list[Planned]:
    """The pairs of every block of people in the dark, and what must stand beside them (W27)."""
    pairs = [planned for block, pair in _pairs(scale, seeds) for planned in block.planned(pair)]
    return pairs + dark.blocks(scale, seeds)[0].planned(dark.BESIDE)


def _pairs(scale: str, seeds: int = 0) -> Pairs:
    """Before and after in every block whose clips show people."""
    blocks = [block for block in dark.blocks(scale, seeds) if block.name != dark.PHOTOGRAPHS]
    return [(block, pair) for block in blocks for pair in block.pairs]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's eleven rows and their average beside ours: before and after, for every pair of
    this scale; of the first pair the scores too.
    """
    found, pairs, protocol = cells(done), _pairs(scale), done[0].run.protocol
    paper = printed_rows(ID, scale, {side: side for side in printed.SIDES})
    rows = [row | {"row": row["row"].replace(printed.AVERAGE, AVERAGE)} for row in paper]
    rows.sort(key=lambda row: printed.SIDES.index(row["column"]))
    panels: list[tuple[str, ...]] = [("ARID, as printed", *printed.SIDES)]
    scores: list[Row] = []
    for block, pair in pairs:
        columns = [f"{block.row(how)}, {side}" for (how, _), side in zip(pair, ("before", "after"), strict=True)]
        for cell, column in zip(_cells(found, block, pair), columns, strict=True):
            lines, scored = class_rows(cell, column, scale)
            rows += lines
            scores += scored if (block, pair) == pairs[0] else []
        panels.append((f"{block.name}\ntrained {' / '.join(dict.fromkeys(how for how, _ in pair))}", *columns))
    figure = figures.before_after(tidy(rows), panels).figure
    words = f"{scale}: {protocol.level} level, {protocol.views} view(s); {dark.SUBSTITUTED}; {NOTES}"
    return ArtifactResult(tidy([*rows, *scores]), figure, _claims(found, pairs), words)


def _cells(found: Cells, block: dark.Block, pair: dark.Pair) -> tuple[Cell, Cell]:
    before, after = (found[block.row(how), light] for how, light in pair)
    return before, after


def class_rows(cell: Cell, column: str, scale: str) -> tuple[list[Row], list[Row]]:
    """One row per printed class, blank where the test set lacks it, and the average over the test
    clips; and the same of the mean softmax score of the true class: perhaps what the paper
    tabulates, as no printed value is a share of 12 clips (W21). A class of fewer than six groups
    has no interval, a score has none.
    """
    rows, scores, common = [], [], {"artifact": ID, "scale": scale, "column": column}
    label = cell.predictions[0]["label"]
    of_truth = np.stack([p["probability"][np.arange(len(label)), label] for p in cell.predictions])  # (S, N)
    for name, inside in _items(cell).items():
        if not inside.any():
            rows.append(common | ABSENT | {"row": name})
            continue
        part = cell.only(inside)
        row = part.tidy(ID, scale, note=dark.substituted(cell)) | common | {"row": name}
        few = ("chance", "low", "high") if len(set(part.groups)) < FEWEST_GROUPS else ("chance",)
        rows.append(row | dict.fromkeys(few if name != AVERAGE else ()))
        score = of_truth[:, inside]
        value = {"value": float(score.mean()), "seed_values": seed_text(score.mean(1)), "metric": SCORE}
        scores.append(row | dict.fromkeys(("chance", "low", "high")) | value | {"n_groups": len(set(cell.groups))})
    return rows, scores


ABSENT: Row = {"metric": "accuracy", "unit": "fraction", "note": "absent from this test set"}


def _items(cell: Cell) -> dict[str, np.ndarray]:
    """Test items (N,) bool of each printed class, and all of them for the average."""
    names = [name.casefold() for name in cell.records[0].values["classes"]]
    label, classes = cell.predictions[0]["label"], printed.per_class(folder.reported("wei2025"), printed.BEFORE)
    items = {name: label == (names.index(name) if name in names else -1) for name in classes}
    return items | {AVERAGE: label >= 0}


def _claims(found: Cells, pairs: Pairs) -> list[dict[str, Any]]:
    """The measured claims are decided on the paper's own protocol, the first pair; then those of
    the printed numbers alone.
    """
    before, after = _cells(found, *pairs[0])
    classes, gain = list(before.records[0].values["classes"]), after.minus(before)
    raises = claims.enhance_raises_accuracy(before.row, before, after)
    raises = replace(raises, reason=f"{raises.reason} {_beside(found, pairs[0][0])}{_elsewhere(found, pairs[1:])}")
    each = claims.every_class_improves(before, after, classes)
    worse = claims.gain_larger_where_worse(before, after, classes)
    words = f"{before.interval.value:.2f} before, {after.interval.value:.2f} after"
    label = before.predictions[0]["label"]
    gains = [after.correct[:, label == k].mean() - before.correct[:, label == k].mean() for k in np.unique(label)]
    risen = f"{sum(g > 0 for g in gains)} of {len(gains)} classes rise, by {min(gains):+.2f} to {max(gains):+.2f}"
    return [
        ledger_row(ID, "enhance-raises-accuracy", raises, words, gain.low, gain.high),
        ledger_row(ID, "every-class-improves", each, risen),
        ledger_row(ID, "gain-larger-where-worse", worse, f"{len(classes)} classes"),
        *printed.ledger(ID),
    ]


def _beside(found: Cells, block: dark.Block) -> str:
    """What the gain of the enhancer is reported beside (W27), as a sentence: the gain of plainer
    means over the same raw clips.
    """
    raw = found[block.row(dark.TRAINED_LIT), dark.RAW]
    cells = {words: found.get((block.row(how), light)) for (how, light), words in dark.BESIDE.items()}
    texts = [_gain(words, raw, cell) for words, cell in cells.items() if cell]
    if raw.records[0].run.clip_data.clips.input == "flow":
        texts.append("no per-clip row, as flow is divided by each clip's own motion already")
    return f"Beside it, over the same raw clips: {'; '.join(texts)}."


def _elsewhere(found: Cells, pairs: Pairs) -> str:
    """The gain of the enhancer in other pairs, as a sentence."""
    texts = []
    for before, after in (_cells(found, *pair) for pair in pairs):
        own = ", each in the light it is tested in" if before.row != after.row else ""
        texts.append(_gain(f"{after.row}{own}", before, after))
    return f" Enhanced over raw elsewhere: {'; '.join(texts)}." if texts else ""


def _gain(words: str, before: Cell, after: Cell) -> str:
    gain = after.minus(before)
    return f"{words} {gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]"
