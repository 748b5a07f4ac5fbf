"""wei2025 Table 5: accuracy per class in the dark, before and after enhancement, and the claims
that rest on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from repro.evidence.statistics import FEWEST_GROUPS, Interval, accuracy_interval
from repro.evidence.tables import Row, seed_text, tidy
from repro.papers import folder
from repro.papers.claims import Cells, ledger_row
from repro.papers.measure import Cell, cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import claims, dark, printed
from repro.papers.wei2025.figures import before_after
from repro.papers.wei2025.settings import DARK, PAPER

ARTIFACT = Artifact(
    title="Accuracy per class in the dark, before and after enhancement",
    kind="measured",
    claim="Enhancing dark clips first raises the accuracy of every class, from 60.3 % to 83.2 % on average.",
    notebook=DARK,
)
ID = "wei2025.table5"
AVERAGE = "average"  # the paper's over eleven classes, ours over the test clips of the classes present
INTERVALS = "intervals over groups x seeds of the recogniser, with one trained enhancer"
AVERAGES = "average: the paper's over its classes, ours over the test clips"
SCORE = "mean score of the true class"
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
    this scale.
    """
    found, pairs = cells(done), _pairs(scale)
    rows, panels, scores = _printed(scale), [("ARID, as printed", *printed.SIDES)], []
    for block, pair in pairs:
        columns = [f"{block.row(how)}, {side}" for (how, _), side in zip(pair, ("before", "after"), strict=True)]
        for (how, light), column in zip(pair, columns, strict=True):
            cell = found[block.row(how), light]
            rows += class_rows(cell, column, scale)
            scores += score_rows(cell, column, scale) if (block, pair) == pairs[0] else []
        trained = " / ".join(dict.fromkeys(how for how, _ in pair))
        panels.append((f"{block.name}\ntrained {trained}", *columns))
    run = done[0].run
    protocol = f"{scale}: {run.protocol.level} level, {run.protocol.views} view(s)"
    protocol += f"; {dark.SUBSTITUTED}; {INTERVALS}; {AVERAGES}"
    return ArtifactResult(
        tidy([*rows, *scores]), before_after(tidy(rows), panels).figure, _claims(found, pairs), protocol
    )


def class_rows(cell: Cell, column: str, scale: str) -> list[Row]:
    """One row per printed class, blank where the test set lacks it, and the average over the test
    clips.
    """
    whole = cell.tidy(ID, scale, note=dark.substituted(cell)) | {"row": AVERAGE, "column": column}
    rows = []
    for name, inside in _items(cell).items():
        right, groups = cell.correct[:, inside], cell.groups[inside]
        if not inside.any():
            rows.append({key: whole[key] for key in ("artifact", "scale", "column", "metric", "unit")})
            rows[-1] |= {"row": name, "note": "absent from this test set"}
            continue
        interval, n = accuracy_interval(right, groups, np.random.default_rng(0)), len(set(groups))
        low, high = (interval.low, interval.high) if n >= FEWEST_GROUPS else (None, None)  # fewer tell nothing
        values = {
            "value": interval.value,
            "low": low,
            "high": high,
            "chance": None,
            "seed_values": seed_text(right.mean(1)),
        }
        rows.append(whole | values | {"row": name, "n_items": int(inside.sum()), "n_groups": n})
    return [*rows, whole]


def score_rows(cell: Cell, column: str, scale: str) -> list[Row]:
    """The mean softmax score of the true class: perhaps what the paper tabulates, as no printed
    value is a share of 12 clips (W21).
    """
    label = cell.predictions[0]["label"]
    scores = np.stack([p["probability"][np.arange(len(label)), label] for p in cell.predictions])  # (S, N)
    whole = cell.tidy(ID, scale, note=dark.substituted(cell)) | {"column": column, "metric": SCORE}
    whole |= dict.fromkeys(("low", "high", "chance"))
    return [
        whole
        | {"row": name, "value": float(scores[:, inside].mean()), "n_items": int(inside.sum())}
        | {"seed_values": seed_text(scores[:, inside].mean(1))}
        for name, inside in (_items(cell) | {AVERAGE: label >= 0}).items()
        if inside.any()
    ]


def _items(cell: Cell) -> dict[str, np.ndarray]:
    """Test items (N,) bool of each printed class."""
    names = [name.casefold() for name in cell.records[0].values["classes"]]
    label = cell.predictions[0]["label"]
    return {name: label == (names.index(name) if name in names else -1) for name in _classes()}


def _classes() -> list[str]:
    return list(printed.per_class(folder.reported(PAPER), printed.BEFORE))


def _printed(scale: str) -> list[Row]:
    common = {"artifact": ID, "scale": scale, "metric": "accuracy", "unit": "%"}
    names = {name: name for name in _classes()} | {AVERAGE: printed.AVERAGE}
    return [
        common | {"row": name, "column": column, "paper": float(folder.reported(PAPER)[ID, theirs, column])}
        for column in printed.SIDES
        for name, theirs in names.items()
    ]


def _claims(found: Cells, pairs: Pairs) -> list[dict[str, Any]]:
    """The measured claims are decided on the paper's own protocol, the first pair; then those of
    the printed numbers alone.
    """
    block, pair = pairs[0]
    before, after = (found[block.row(how), light] for how, light in pair)
    classes, gain = list(before.records[0].values["classes"]), after.minus(before)
    raises = claims.enhance_raises_accuracy(before.row, before, after)
    raises = replace(raises, reason=f"{raises.reason} {_beside(found, block)}{_elsewhere(found, pairs[1:])}")
    each = claims.every_class_improves(before, after, classes)
    worse = claims.gain_larger_where_worse(before, after, classes)
    words = f"{before.interval.value:.2f} before, {after.interval.value:.2f} after"
    return [
        ledger_row(ID, "enhance-raises-accuracy", raises, words, gain.low, gain.high),
        ledger_row(ID, "every-class-improves", each, _improved(before, after)),
        ledger_row(ID, "gain-larger-where-worse", worse, f"{len(classes)} classes"),
        *printed.ledger(ID),
    ]


def _improved(before: Cell, after: Cell) -> str:
    label = before.predictions[0]["label"]
    gains = [after.correct[:, label == k].mean() - before.correct[:, label == k].mean() for k in np.unique(label)]
    return f"{sum(g > 0 for g in gains)} of {len(gains)} classes rise, by {min(gains):+.2f} to {max(gains):+.2f}"


def _beside(found: Cells, block: dark.Block) -> str:
    """What the gain of the enhancer is reported beside (W27), as a sentence: the gain of plainer
    means over the same raw clips.
    """
    raw = found[block.row(dark.TRAINED_LIT), dark.RAW]
    texts = [
        f"{words} {_signed(found[where].minus(raw))}"
        for (how, light), words in dark.BESIDE.items()
        if (where := (block.row(how), light)) in found
    ]
    if raw.records[0].run.data.clips.input == "flow":
        texts.append("no per-clip row, as flow is divided by each clip's own motion already")
    return f"Beside it, over the same raw clips: {'; '.join(texts)}."


def _elsewhere(found: Cells, pairs: Pairs) -> str:
    """The gain of the enhancer in other pairs, as a sentence."""
    texts = []
    for block, pair in pairs:
        before, after = (found[block.row(how), light] for how, light in pair)
        own = ", each in the light it is tested in" if before.row != after.row else ""
        texts.append(f"{after.row}{own} {_signed(after.minus(before))}")
    return f" Enhanced over raw elsewhere: {'; '.join(texts)}." if texts else ""


def _signed(gain: Interval) -> str:
    return f"{gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]"
