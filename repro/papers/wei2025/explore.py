"""Explore cells of wei2025: what an enhancer makes of a frame, which clips lie behind a cell of a
confusion matrix, and what self-attention reaches. Nothing is computed, all is stored in records.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from repro import files
from repro.evidence.controls import closed, control, redrawn, refill
from repro.evidence.plots import confusion
from repro.evidence.tables import plural
from repro.papers.confused import behind, cell_words, player, shown_cell, worst
from repro.papers.records import labelled, with_maps
from repro.papers.wei2025.figures import confusion_change, pictures, reach_maps
from repro.runs import store
from repro.runs.store import Record

LUMA = np.array((0.299, 0.587, 0.114))  # of red, green and blue (ITU-R BT.601)
AS_TESTED = "asked"  # the level at which the run's own clips are


def enhancers_behind(records: Sequence[Record]) -> list[Record]:
    """The enhancers among these records and those that lit their clips, as far as they are on disk;
    each once.
    """
    own = {record.run: record for record in records if record.run.task == "enhance"}
    wanted = dict.fromkeys(run for record in records if (run := record.run.enhancer) and run not in own)
    return [*own.values(), *(record for run in wanted if (record := store.find(run, files.data_root())))]


def explore_enhancement(enhancers: Sequence[Record]) -> Any:
    """Enhancer, clip, light level, rounds of the curve -> the frame as it came, after that many
    rounds, by gamma and by CLAHE.

    Real dark clips have one level, as recorded. Raises ValueError when there is no enhancer among
    the records.
    """
    by_name = {_name(record): record for record in with_maps(enhancers) if record.run.task == "enhance"}
    if not by_name:
        raise ValueError("There is no enhancer among these records. Run wei2025.figure8: its first record is one.")
    first = next(iter(by_name.values()))
    which = control("Dropdown", "enhancer", options=list(by_name))
    clip = control("Dropdown", "clip", options=labelled(first.values))
    level = control("SelectionSlider", "light", options=_levels(first), value=AS_TESTED)
    rounds = control("IntSlider", "rounds", min=0, max=_rounds(first), value=_rounds(first))

    def draw() -> Figure:
        record = by_name[which.value]
        # another enhancer may hold other clips and levels; a level that it has too stays
        refill(clip, labelled(record.values))
        refill(level, _levels(record), AS_TESTED)
        rounds.max = _rounds(record)
        return four_lights(record, f"{clip.value}/{level.value}", rounds.value)

    return redrawn([which, clip, level, rounds], draw, keys=[record.key for record in by_name.values()])


def four_lights(record: Record, sample: str, rounds: int) -> Figure:
    """One frame as it came, after `rounds` of the curve, by gamma and by CLAHE, with the mean luma
    (0 to 255) of each. `sample`: number of a stored clip and level, `0/asked`.
    """
    stored = record.inside()
    steps = stored[f"{sample}/steps"]  # (rounds + 1, H, W, 3)
    names = ("as it came", f"after {plural(rounds, 'round')}", "gamma", "CLAHE")
    row = [steps[0], steps[rounds], stored[f"{sample}/gamma"], stored[f"{sample}/clahe"]]
    heads = [f"{name}\nmean luma {(pixels @ LUMA).mean():.0f}" for name, pixels in zip(names, row, strict=True)]
    return pictures([("", row)], heads)


def enhancement_figure(record: Record, clip: int = 0) -> Figure:
    """The static twin: as it came, after 2, 4 and all rounds, by gamma, by CLAHE (columns).

    Rows: one clip at every stored light; or, where the light is only as recorded, four clips.
    """
    stored, values, at = record.inside(), record.values, [0, 2, 4, _rounds(record)]  # as published there are eight
    samples = [(words, f"{clip}/{level}") for words, level in _levels(record)]
    if len(samples) == 1:
        samples = [(values["classes"][label], f"{i}/{AS_TESTED}") for i, label in enumerate(values["labels"][:4])]
    rows = [(words, [*stored[f"{s}/steps"][at], stored[f"{s}/gamma"], stored[f"{s}/clahe"]]) for words, s in samples]
    return closed(pictures(rows, ["as it came", *(f"{n} rounds" for n in at[1:]), "gamma", "CLAHE"]))


def _levels(record: Record) -> list[tuple[str, str]]:
    """(words, name in the record) of the light levels that are stored."""
    night = record.values["night"]
    if not night:
        return [("as recorded", AS_TESTED)]
    named = {level: (f"night {level:g}" if level else "lit", f"{level:g}") for level in record.values["levels"]}
    named[night] = (f"night {night:g}, as tested", AS_TESTED)
    return [named[level] for level in sorted(named)]


def _rounds(record: Record) -> int:
    return len(record.inside()[f"0/{AS_TESTED}/steps"]) - 1


def _name(record: Record) -> str:
    data, scales = record.run.clip_data, dict(record.run.arguments).get("scales", (1,))
    many = f"scales {', '.join(map(str, scales))}" if len(scales) > 1 else "one scale"
    return f"{many}, trained on {data.name} ({data.split}), seed {record.run.seed}"


def explore_confusions(before: Sequence[Record], after: Sequence[Record]) -> Any:
    """Dark, enhanced or the difference; then a cell (actual, predicted) and the clips in it, with
    their scores; a button plays them.

    before, after: records of one network on the same clips, one per seed; their seeds are added.
    The widget starts at the cell outside the diagonal that most dark clips fall into. Raises
    ValueError when there are no records.
    """
    if not before or not after:
        reason = "Run wei2025.figure9a: half of its records are before enhancement, half after."
        raise ValueError(f"There is no record to explore. {reason}")
    classes, sides = [str(name) for name in before[0].values["classes"]], {"dark": before, "enhanced": after}
    counts = {name: np.sum([r.values["confusion"] for r in records], axis=0) for name, records in sides.items()}
    start = worst(counts["dark"])
    options = [(name, k) for k, name in enumerate(classes)]
    side = control("SelectionSlider", "matrix", options=[*sides, "difference"])
    actual = control("Dropdown", "actual", options=options, value=start[0])
    predicted = control("Dropdown", "predicted", options=options, value=start[1])

    def draw() -> tuple[Any, str]:
        if side.value == "difference":
            ax = confusion_change(counts["dark"], counts["enhanced"], classes, title="enhanced minus dark")
        else:
            ax = confusion(counts[side.value], classes, title=f"{side.value}, all seeds added")
        shown_cell(ax, actual.value, predicted.value)
        wanted = sides if side.value == "difference" else {side.value: sides[side.value]}
        words = {name: cell_words(records, actual.value, predicted.value) for name, records in wanted.items()}
        return ax.figure, "".join(f"<p><b>{name}</b>: {text}</p>" for name, text in words.items())

    def cell() -> tuple[Record, list[str]]:
        records = sides.get(side.value, before)
        return records[0], [*behind(records, actual.value, predicted.value)]

    keys = [record.key for record in (*before, *after)]
    return redrawn([side, actual, predicted], draw, player(cell), keys)


def explore_reach(record: Record) -> Any:
    """Choose stage, mode and rounds, see which positions the marked one depends on; `record`: that
    of the task `receptive_field`.
    """
    rows, maps, keys = record.values["reached"], record.inside(), ("stage", "mode", "rounds", "place")
    options = {key: list(dict.fromkeys(row[key] for row in rows)) for key in keys}
    start = {"stage": options["stage"][-1], "mode": options["mode"][0], "rounds": 2, "place": "centre"}
    controls = [control("ToggleButtons", key, options=options[key], value=start[key]) for key in keys]

    def draw() -> Any:
        row = next(row for row in rows if [row[key] for key in keys] == [one.value for one in controls])
        title, name = ("{stage}, {mode}: what the dot sees", "{stage}.{mode}.{rounds}.{place}")
        return reach_maps({row["rounds"]: maps[name.format(**row)]}, row["at"], title=title.format(**row)).figure

    return redrawn(controls, draw, keys=[record.key])
