"""wei2025 Table 5: accuracy per class in the dark, before and after enhancement, and the claims
that rest on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repro.evidence.statistics import FEWEST_GROUPS, accuracy_interval
from repro.evidence.tables import Row, seed_text, tidy
from repro.evidence.verdicts import Verdict
from repro.papers import catalogue
from repro.papers.measure import Cell, cells, planned
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025 import claims, dark, printed
from repro.papers.wei2025.figures import before_after
from repro.runs.store import Record

ID = "wei2025.table5"
PRINTED = ("before enhancement", "after enhancement")
SUBSTITUTED = "enhancer substituted (Zero-DCE for the undefined MDIFE-Net, W17)"
AVERAGE = "average"  # the paper's over eleven classes, ours over the test clips of the classes present
INTERVALS = "intervals over groups x seeds of the recogniser, with one trained enhancer"
AVERAGES = "average: the paper's over its classes, ours over the test clips"
SCORE = "mean score of the true class"
Cells = dict[tuple[str, str], Cell]


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """The paper's eleven rows and their average beside ours: before and after, for every pair of
    this scale.
    """
    seeds, places = planned(dark.shown_places, scale, records)
    found = gather(places, records)
    pairs = [(block, pair) for block in dark.of_people(scale, seeds) for pair in dark.pairs(block)]
    rows, shown = _printed(scale), [("ARID, as printed", *PRINTED)]
    for block, pair in pairs:
        columns = [
            f"{block.name}, trained {how}, {side}" for (how, _), side in zip(pair, ("before", "after"), strict=True)
        ]
        for (how, light), column in zip(pair, columns, strict=True):
            rows += class_rows(found[f"{block.name}, trained {how}", light], column, scale)
        shown.append((f"{block.name}\n{trained_words(pair)}", *columns))
    (block, ((how, first), (_, second))), (_, *columns) = pairs[0], shown[1]
    scores = [
        score_rows(found[f"{block.name}, trained {how}", light], column, scale)
        for light, column in zip((first, second), columns, strict=True)
    ]
    table, scored = tidy(rows), tidy([*rows, *scores[0], *scores[1]])
    return ArtifactResult(
        scored, before_after(table, shown).figure, _claims(found, pairs, scale, records), _protocol(found, scale)
    )


def gather(places: Sequence[dark.Place], records: Sequence[Record]) -> Cells:
    """Cells by (block and training, light of the test clips)."""
    return cells(
        [
            (f"{block}, trained {how}", light, record)
            for (block, how, light, _), record in zip(places, records, strict=True)
        ]
    )


def trained_words(pair: dark.Pair) -> str:
    """How both recognisers of a pair were trained."""
    (before, _), (after, _) = pair
    return f"trained {before}" if before == after else f"trained {before} / {after}"


def class_rows(cell: Cell, column: str, scale: str) -> list[Row]:
    """One row per printed class, blank where the test set lacks it, and the average over the test
    clips.
    """
    classes = [name.casefold() for name in cell.records[0].values["classes"]]
    label, rows = cell.predictions[0]["label"], []
    whole = cell.tidy(ID, scale, note=substituted(cell)) | {"row": AVERAGE, "column": column}
    for name in _classes():
        inside = label == classes.index(name) if name in classes else np.zeros(len(label), bool)
        if not inside.any():
            rows.append(_absent(whole, name))
            continue
        right, groups = cell.correct[:, inside], cell.groups[inside]
        interval = accuracy_interval(right, groups, np.random.default_rng(0))
        told = len(set(groups)) >= FEWEST_GROUPS  # with fewer an interval tells nothing
        ends = {"low": interval.low, "high": interval.high} if told else {"low": None, "high": None}
        counts = {"n_items": int(inside.sum()), "n_groups": len(set(groups)), "seed_values": seed_text(right.mean(1))}
        rows.append(whole | {"row": name, "value": interval.value, "chance": None} | ends | counts)
    return [*rows, whole]


def score_rows(cell: Cell, column: str, scale: str) -> list[Row]:
    """The mean softmax score of the true class: perhaps what the paper tabulates, as no printed
    value is a share of 12 clips (W21).
    """
    classes = [name.casefold() for name in cell.records[0].values["classes"]]
    label = cell.predictions[0]["label"]
    scores = np.stack([p["probability"][np.arange(len(label)), label] for p in cell.predictions])  # (S, N)
    silent = dict.fromkeys(("low", "high", "chance"))
    whole = cell.tidy(ID, scale, note=substituted(cell)) | silent | {"column": column, "metric": SCORE}
    inside = {name: label == classes.index(name) for name in _classes() if name in classes} | {AVERAGE: label >= 0}
    return [
        whole
        | {"row": name, "value": float(scores[:, mask].mean()), "n_items": int(mask.sum())}
        | {"seed_values": seed_text(scores[:, mask].mean(1))}
        for name, mask in inside.items()
        if mask.any()
    ]


def _absent(whole: Row, name: str) -> Row:
    kept = {key: whole[key] for key in ("artifact", "scale", "column", "metric", "unit")}
    return kept | {"row": name, "note": "absent from this test set"}


def _classes() -> list[str]:
    return list(printed.per_class(catalogue.reported("wei2025"), PRINTED[0]))


def _printed(scale: str) -> list[Row]:
    reported = catalogue.reported("wei2025")
    kept = {"artifact": ID, "scale": scale, "metric": "accuracy", "unit": "%"}
    names = {name: name for name in _classes()} | {AVERAGE: printed.AVERAGE}
    return [
        kept | {"row": name, "column": column, "paper": float(reported[ID, theirs, column])}
        for column in PRINTED
        for name, theirs in names.items()
    ]


def _claims(found: Cells, pairs: list[tuple[dark.Block, dark.Pair]], scale: str, records: list[Record]) -> list[dict]:
    """The measured claims are decided on the paper's own protocol, the first pair; then those of
    the printed numbers alone.
    """
    block, ((how, before), (_, after)) = pairs[0]
    first, second = (found[f"{block.name}, trained {how}", light] for light in (before, after))
    classes = list(first.records[0].values["classes"])
    raises = claims.enhance_raises_accuracy([(f"{block.name}, trained {how}", first, second)])
    each = claims.every_class_improves(first, second, classes)
    worse = claims.gain_larger_where_worse(first, second, classes)
    gain = second.over(first)
    words = f"{first.interval.value:.2f} before, {second.interval.value:.2f} after"
    raises = Verdict(raises.word, f"{raises.reason} {beside(found, block.name)}")
    return [
        claims.row("enhance-raises-accuracy", raises, ID, words, gain.low, gain.high),
        claims.row("every-class-improves", each, ID, _improved(first, second)),
        claims.row("gain-larger-where-worse", worse, ID, f"{len(classes)} classes"),
        *printed.printed_table5(catalogue.reported("wei2025")),
    ]


def substituted(cell: Cell) -> str:
    """What to say of a cell whose test clips were enhanced, or whose recogniser was trained on
    enhanced clips; else empty.
    """
    run = cell.records[0].run
    return SUBSTITUTED if run.enhancer or (run.init_from and run.init_from.enhancer) else ""


def _improved(first: Cell, second: Cell) -> str:
    label = first.predictions[0]["label"]
    gains = [second.correct[:, label == k].mean() - first.correct[:, label == k].mean() for k in np.unique(label)]
    return f"{sum(g > 0 for g in gains)} of {len(gains)} classes rise, by {min(gains):+.2f} to {max(gains):+.2f}"


def beside(found: Cells, block: str) -> str:
    """What stands beside the gain of the enhancer (W27): plain gamma, per-clip input, and training
    with darkened clips.
    """
    raw = found[f"{block}, trained {dark.TRAINED_LIT}", dark.RAW]
    said = []
    for how, light, words in (
        (dark.TRAINED_LIT, dark.GAMMA, "plain gamma"),
        (dark.PER_CLIP, dark.RAW, "per-clip input and no enhancement"),
        (dark.PER_CLIP, dark.ENHANCED, "per-clip input and enhancement"),
        (dark.WITH_NIGHT, dark.RAW, "trained with darkened clips too, no enhancement"),
        (dark.AT_NIGHT, dark.RAW, "trained on darkened clips, no enhancement"),
    ):
        cell = found.get((f"{block}, trained {how}", light))
        if cell:
            gain = cell.over(raw)
            said.append(f"{words} {gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]")
    if raw.records[0].run.data.clips.input == "flow":
        said.append("no per-clip row, as flow is divided by each clip's own motion already")
    return f"Beside it, over the same raw clips: {'; '.join(said)}.{_elsewhere(found, block)}"


def _elsewhere(found: Cells, block: str) -> str:
    """The gain of the enhancer in the other blocks of this scale, as a sentence."""
    said = []
    for (name, light), after in found.items():
        place, _, how = name.partition(", trained ")
        before = {dark.TRAINED_LIT: name, dark.IN_ENHANCED: f"{place}, trained {dark.IN_DARK}"}.get(how)
        if light == dark.ENHANCED and before and (place, how) != (block, dark.TRAINED_LIT):
            gain = after.over(found[before, dark.RAW])
            own = ", each in the light it is tested in" if how == dark.IN_ENHANCED else ""
            said.append(f"{place}, trained {how}{own} {gain.value:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]")
    return f" Enhanced over raw elsewhere: {'; '.join(said)}." if said else ""


def _protocol(found: Cells, scale: str) -> str:
    run = next(iter(found.values())).records[0].run
    return f"{scale}: {run.protocol.level} level, {run.protocol.views} view(s); {SUBSTITUTED}; {INTERVALS}; {AVERAGES}"
