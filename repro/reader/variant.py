"""`repro try` and `repro.try_variant`: a row of a table with settings of your own, trained beside
the row as it is stored: levels, the contrast with its interval, the word of the verdict rules.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import Positional, UseAppendAction, arg

from repro.reader.text import aligned, as_json
from repro.reader.usage import Device, Flag, Scale, Usage, suggest, usage

if TYPE_CHECKING:
    import pandas as pd

    from repro.evidence.statistics import Interval
    from repro.papers.measure import Cell
    from repro.spec import Run

MARGIN = 0.03  # of accuracy: a smaller difference is none
SIDES = ("variant", "as stored")
# columns of a tidy table that are shown, and what they are called there
COLUMNS = {
    "column": "column", "split": "network", "value": "accuracy", "low": "low", "high": "high",
    "seed_values": "every seed", "chance": "chance", "n_items": "n_items", "n_groups": "n_groups",
}  # fmt: skip
MEANS = {"same direction": ": the variant is better", "opposite": ": the variant is worse"}


@dataclass(frozen=True)
class Tried:
    """What a notebook shows of a variant: a table, sentences, a figure."""

    table: pd.DataFrame  # a row per column and side; without settings to try, a row per name
    sentences: list[str]
    figure: Any
    plain: Any  # for machines

    def text(self) -> str:
        """The table and the sentences."""
        head, *rest = self.sentences
        lines = aligned([*self.table], self.table.to_numpy().tolist()) if len(self.table) else []
        return "\n".join([head, *lines, *rest])

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, Markdown, display

        from repro.evidence.tables import in_markdown

        head, *rest = (Markdown(in_markdown(sentence)) for sentence in self.sentences)
        table = [HTML(self.table.to_html(index=False))] * bool(len(self.table))  # all rows, however many
        display(head, *table, *rest, *([] if self.figure is None else [self.figure]))


def try_variant(
    artifact: str,
    row: str = "",
    sets: Mapping[str, Any] | None = None,
    scale: str = "laptop",
    seeds: int = 0,
    engine: str = "local:2",
    device: str = "auto",
    data_root: str | Path | None = "",
    column: str = "",
) -> Tried:
    """Train a variant of a row beside the row as it is stored, and compare them.

    sets: name -> value, as `repro try --set`; a dictionary in it holds names with a dot. Without
    any, nothing is trained, and the answer is what can be set. Published records count as done.
    Raises ValueError or `catalogue.Unknown` with what is known instead, NoData, RunFailed.
    """
    from repro.papers.reproduce import settled

    root = settled(scale, seeds, engine, device, data_root)
    name, columns = _row(artifact, row, column, scale, seeds)
    title, given = f"{artifact}{f', {name}' * bool(name)} at {scale}", dict(_flat(sets or {}))
    if not given:
        return _names(title, columns)
    title += "; variant: " + ", ".join(f"{name}={value}" for name, value in given.items())
    pairs = _trained(name, columns, given, {"engine": engine, "device": device, "data_root": root})
    about = {"artifact": artifact, "scale": scale, "row": name, "sets": given}
    return _compared(title, pairs, [column for column in columns if column not in pairs], about)


def _flat(sets: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sets.items():
        yield from _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(prefix + name, value)]


def _row(artifact: str, row: str, column: str, scale: str, seeds: int) -> tuple[str, dict[str, list[Run]]]:
    """The row of that name, or the only one; its runs by column."""
    from repro.papers import catalogue
    from repro.papers.explore import TRAINED

    found = catalogue.select(artifact)
    scored = [p for p in catalogue.plan(found[0], scale, seeds) if p.run.task in TRAINED]
    if len(found) > 1 or not scored:
        raise ValueError(f"{artifact} is no artifact that measures accuracy at {scale}; `repro list` shows all.")
    row = _known("row", row, [planned.row for planned in scored])
    runs: dict[tuple[str, Any], dict[Run, None]] = {}
    for planned in scored:
        if planned.row == row:
            runs.setdefault((planned.column, planned.value), {})[planned.run] = None
    names = [name for name, _ in runs]
    columns = {f"{c}, {v}" if names.count(c) > 1 else c or artifact: list(r) for (c, v), r in runs.items()}
    return row, {c: columns[c] for c in ([_known("column", column, list(columns))] if column else columns)}


def _known(what: str, given: str, known: list[str]) -> str:
    if given in known:
        return given
    if not given and len(set(known)) == 1:
        return known[0]
    hint = suggest(given, set(known)) or f"There are: {'; '.join(dict.fromkeys(known))}."
    raise ValueError(f"There is no {what} {given!r}. {hint}")


def _names(title: str, columns: dict[str, list[Run]]) -> Tried:
    """What can be set, with the values of all runs."""
    import pandas as pd

    from repro.reader.settings import settings

    nows: dict[tuple[str, str], dict[str, None]] = {}
    for run in chain(*columns.values()):
        for name, known in settings(run).items():
            nows.setdefault((name, known.kind), {})[str(known)] = None
    rows = [{"name": name, "now": " or ".join(now), "may be": kind} for (name, kind), now in nows.items()]
    return Tried(pd.DataFrame(rows), [f"What can be set of {title}:"], None, rows)


def _trained(name: str, columns: dict[str, list[Run]], sets: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """By column, variant and row with their records, where they are not the same runs."""
    from repro.papers.measure import Cell
    from repro.reader.live import following
    from repro.reader.settings import variant
    from repro.runs import pack
    from repro.runs.ensure import ensure

    # of folds that are now one split, one is enough
    own = {c: list(dict.fromkeys(variant(run, sets) for run in runs)) for c, runs in columns.items()}
    pairs: dict[str, Any] = {c: [] for c in columns if own[c] != columns[c]}
    with pack.standing(True), following([run for c in pairs for run in own[c]], asked["data_root"]):
        for side, runs in ((SIDES[0], own), (name or SIDES[1], columns)):  # what cannot be built says so first
            wanted = [run for c in pairs for run in runs[c]]
            if sys.stderr.isatty():
                print(f"{side}: {len(wanted)} runs, less those that are done", file=sys.stderr)
            found = iter(ensure(wanted, **asked))
            for c, cells in pairs.items():
                cells.append(Cell(side, c, tuple(next(found) for _ in runs[c])))
    return pairs


def _compared(title: str, pairs: dict[str, tuple[Cell, Cell]], same: list[str], about: dict[str, Any]) -> Tried:
    import pandas as pd

    from repro.evidence.contrasts import beside_levels
    from repro.evidence.controls import closed
    from repro.evidence.side_by_side import height, side_by_side
    from repro.evidence.verdicts import Contrast

    rows, below, differences, plain = [], [title], [], []
    for column, cells in pairs.items():
        for side, cell in zip(SIDES, cells, strict=True):
            rows.append(cell.tidy(about["artifact"], about["scale"]) | {"row": "", "split": side})
        interval, judged, words = _judged(*cells)
        differences.append(Contrast(column, interval))
        plain.append({"column": column, **judged})
        below.append(f"{column}: {words}")
    lines = [f"{words} {judged['reason']}" for words, judged in zip(below[1:], plain, strict=True)]
    lines += [f"These are the settings of the row already: {'; '.join(same)}."] * bool(same)
    records = [record for _, stored in pairs.values() for record in stored.records]
    lines += dict.fromkeys(f"The row: {r.about['published']}." for r in records if "published" in r.about)
    first = next(iter(pairs.values()), None)
    lines += [f"A network of the variant, for `repro predict`: {first[0].records[0].folder.name}."] if first else []
    frame = pd.DataFrame(rows, columns=["row", "paper", *COLUMNS])
    claims = [{"claim_id": " minus ".join(SIDES), "margin": MARGIN, "contrasts": differences}]
    levels = partial(side_by_side, by="column", series="split", words=below)
    figure = closed(beside_levels(frame, claims, levels, height=height(frame, "split") + 1.5)) if pairs else None
    table = frame[[*COLUMNS]].rename(columns=COLUMNS)
    values = {"same": same, "columns": plain, "table": table.to_dict("records")}
    return Tried(table.round(3), [title, *lines], figure, about | values)


def _judged(own: Cell, stored: Cell) -> tuple[Interval, dict[str, Any], str]:
    """Variant minus row, judged as a claim that it is above zero; at no scale is that a paper's."""
    import numpy as np

    from repro.evidence.statistics import unpaired_interval
    from repro.evidence.verdicts import Contrast, detectable, judge, not_tested
    from repro.papers.claims import level

    classes, others = (cell.records[0].values.get("classes") for cell in (own, stored))
    paired = np.array_equal(own.predictions[0]["name"], stored.predictions[0]["name"])
    both = own.correct, own.groups, stored.correct, stored.groups
    interval = own.minus(stored) if paired else unpaired_interval(*both)
    contrast = Contrast(" minus ".join(SIDES), interval, (level(own), level(stored)))
    verdict, sees = judge([contrast], MARGIN, decisive=False), detectable(contrast)
    if classes != others:
        verdict = not_tested("The classes are not the same, so that the difference means nothing")
    ends = [float(x) for x in (interval.value, interval.low, interval.high)]
    plain = {"contrast": ends, "paired": paired, "verdict": verdict.word, "reason": verdict.reason}
    how = "paired on the test items" if paired else "unpaired, because the test items differ"
    how += f"; would show {sees:.2f} with 80 % power" * (0 < sees < 1)
    words = f"{contrast} ({how}): {verdict.word}{MEANS.get(verdict.word, '')}."
    return interval, plain | {"sees": sees if sees < 1 else None}, words


def try_(
    artifact: Positional[Annotated[str, arg(metavar="ARTIFACT")]],
    row: str = "",
    sets: Annotated[UseAppendAction[tuple[str, ...]], arg(name="set", metavar="NAME=VALUE")] = (),
    column: str = "",
    scale: Scale = "laptop",
    seeds: int = 0,
    engine: str = "local:2",
    device: Device = "auto",
    json: Flag = False,
) -> int:
    """Your variant of a row, trained beside the row as it is stored: levels, paired contrast with
    its interval, verdict. Without --set: the names that can be set.

    Args:
        artifact: such as wei2025.table3.
        row: one of its rows, as its table names them.
        sets: rounds=3, recipe.epochs=40, data.split=official, data.clips.height=48; again for each.
        column: only this column.
        scale: the scale.
        seeds: how many seeds each cell of a table gets; 0 is the scale's own number.
        engine: as in `run`.
        device: `auto` takes a GPU when there is one.
        json: for machines.
    """
    from repro.papers.catalogue import Unknown

    if wrong := [word for word in sets if "=" not in word]:
        raise Usage(f"--set takes NAME=VALUE; got {wrong[0]!r}.")
    given = dict(word.split("=", 1) for word in sets)
    with usage(ValueError), usage(Unknown):
        tried = try_variant(artifact, row, given, scale, seeds, engine, device, column=column)
    as_json(tried.plain) if json else print(tried.text())
    return 0
