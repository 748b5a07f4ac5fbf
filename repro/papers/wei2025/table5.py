"""wei2025 Table 5: accuracy per class in the dark, before and after enhancement, and the claims
that rest on it.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from repro.evidence.contrasts import beside_levels
from repro.evidence.statistics import FEWEST_GROUPS
from repro.evidence.tables import Row, plural, seed_text, tidy
from repro.evidence.verdicts import Contrast
from repro.papers import folder
from repro.papers.claims import Cells, ledger_row
from repro.papers.measure import Cell, cells, printed_rows, seed_words
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
NOTES = "intervals over groups x seeds, recogniser i on clips lit by enhancer i; "
NOTES += "average: the paper's over its classes, ours over the test clips"
SIDES = ("before", "after, enhancer substituted")
STATED, FEWER = 12, "the first 12 clips of each class"  # W21: as many as the text says, which ones it does not
Pairs = list[tuple[dark.Block, dark.Pair]]


def plan(scale: str, seeds: int) -> list[Planned]:
    """The pairs of every block, and what must stand beside the first (W27)."""
    pairs, first = _pairs(scale, seeds), dark.blocks(scale, seeds)[0]
    beside = [way for way in dark.BESIDE if not any(way in pair for pair in first.pairs)]
    return [planned for block, pair in pairs for planned in block.planned(pair)] + first.planned(beside)


def _pairs(scale: str, seeds: int = 0) -> Pairs:
    """Before and after in every block."""
    return [(block, pair) for block in dark.blocks(scale, seeds) for pair in block.pairs]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The paper's eleven rows and their average beside ours: before and after, for every pair of
    this scale whose clips show people; of the first pair the scores too.
    """
    found, pairs, protocol = cells(done), _pairs(scale), done[0].run.protocol
    paper = printed_rows(ID, scale, {side: f"ARID as printed, {side}" for side in printed.SIDES})
    rows = [row | {"row": row["row"].replace(printed.AVERAGE, AVERAGE)} for row in paper]
    rows.sort(key=lambda row: row["column"], reverse=True)
    scores: list[Row] = []
    for block, pair in pairs:
        for cell, side in zip(_cells(found, block, pair), SIDES, strict=True):
            lines, scored = class_rows(cell, f"{block.row(pair[0][0])}, {side}", scale)
            rows += lines if block.name != dark.PHOTOGRAPHS else []
            if scale == "paper":
                whose = f"{FEWER}, {side}" if pair == pairs[0][1] else f"{FEWER}, {pair[0][0]}, {side}"
                rows += class_rows(cell.only(listed_first(cell)), whose, scale)[0]
            scores += scored if (block, pair) == pairs[0] else []
    first, ledger, frame = _cells(found, *pairs[0])[0], _claims(found, pairs), tidy(rows)
    counts = f"{plural(len(first.groups), 'clip')}, {plural(len(set(first.groups)), 'group')}, {seed_words([first])}"
    title = f"{scale}: accuracy, 95 % interval over groups x seeds: {counts}; chance {first.chance:.2f}; empty: absent"
    shown = frame.assign(value=frame["value"].fillna(frame["paper"].astype(float) / 100))
    grid = partial(figures.condition_grid, title=title)
    figure = beside_levels(shown, ledger, grid, 1.9 + 1.05 * frame["column"].nunique())
    words = f"{scale}: {protocol.level} level, {protocol.views} view(s); {dark.SUBSTITUTED}; {NOTES}"
    return ArtifactResult(tidy([*rows, *scores]), figure, ledger, words)


def _cells(found: Cells, block: dark.Block, pair: dark.Pair) -> tuple[Cell, Cell]:
    before, after = (found[block.row(how), light] for how, light in pair)
    return before, after


def listed_first(cell: Cell) -> np.ndarray:
    """(N,) bool: the first STATED test clips of each class by name."""
    name, label = (cell.predictions[0][what] for what in ("name", "label"))
    kept = np.zeros(len(label), bool)
    for k in np.unique(label):
        kept[sorted(np.flatnonzero(label == k), key=lambda n: name[n])[:STATED]] = True
    return kept


def class_rows(cell: Cell, column: str, scale: str) -> tuple[list[Row], list[Row]]:
    """One row per printed class that was tested, and the average over the test clips; and the same
    of the mean softmax score of the true class: perhaps what the paper tabulates, as no printed
    value is a share of 12 clips (W21). A class of fewer than six groups has no interval, a score
    has none.
    """
    rows, scores, label = [], [], cell.predictions[0]["label"]
    of_truth = np.stack([p["probability"][np.arange(len(label)), label] for p in cell.predictions])  # (S, N)
    known = {name.casefold(): k for k, name in enumerate(cell.records[0].values["classes"])}
    names = [*printed.per_class(folder.reported("wei2025"), printed.BEFORE), AVERAGE]
    for name in names:
        inside = label == known.get(name, -1) if name != AVERAGE else label >= 0  # (N,)
        if inside.any():
            part = cell.only(inside)
            row = part.tidy(ID, scale, note=dark.substituted(cell)) | {"column": column, "row": name}
            few = ("chance", "low", "high") if len(set(part.groups)) < FEWEST_GROUPS else ("chance",)
            rows.append(row | dict.fromkeys(few if name != AVERAGE else ()))
            score = of_truth[:, inside]
            value = {"value": float(score.mean()), "seed_values": seed_text(score.mean(1)), "metric": SCORE}
            scores.append(row | dict.fromkeys(("chance", "low", "high")) | value)
    return rows, scores


def _claims(found: Cells, pairs: Pairs) -> list[dict[str, Any]]:
    """The measured claims are decided on the paper's own protocol, the first pair; then those of
    the printed numbers alone.
    """
    before, after = _cells(found, *pairs[0])
    classes, gain = list(before.records[0].values["classes"]), after.minus(before)
    raises = claims.enhance_raises_accuracy(before.row, before, after)
    raises = replace(raises, reason=f"{raises.reason} {_beside(found, pairs)}")
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


def _beside(found: Cells, pairs: Pairs) -> str:
    """What the gain of the enhancer is reported beside (W27), in sentences: the gain of plainer
    means over the same raw clips, and its own gain in other pairs.
    """
    block, (first, _) = pairs[0]
    raw = found[block.row(first[0]), first[1]]
    cells = {words: found.get((block.row(how), light)) for (how, light), words in dark.BESIDE.items()}
    texts = [_gain(words, raw, cell) for words, cell in cells.items() if cell]
    if raw.records[0].run.clip_data.clips.input == "flow":
        texts.append("no per-clip row, as flow is divided by each clip's own motion already")
    others = [_gain(block.row(pair[0][0]), *_cells(found, block, pair)) for block, pair in pairs[1:]]
    elsewhere = f" Enhanced over raw elsewhere: {'; '.join(others)}." if others else ""
    return f"Beside it, over the same raw clips: {'; '.join(texts)}.{elsewhere}"


def _gain(words: str, before: Cell, after: Cell) -> str:
    return str(Contrast(words, after.minus(before)))
