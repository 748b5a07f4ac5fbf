"""Explore cells of wei2025: what an enhancer makes of a frame, which clips lie behind a cell of a
confusion matrix, and what self-attention reaches. Nothing is computed, all is stored in records.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from safetensors import safe_open

from repro import files
from repro.evidence.comparisons import counted
from repro.evidence.controls import closed, control, escaped, redrawn, refill
from repro.evidence.plots import confusion
from repro.evidence.style import PAGE, PALETTE, axes, styled
from repro.papers.records import visible
from repro.papers.wei2025.figures import confusion_change, picture, reach_maps
from repro.runs import store
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT = 0.16  # share of a figure that names of rows take
LUMA = np.array((0.299, 0.587, 0.114))  # of red, green and blue (ITU-R BT.601)
AS_TESTED = "asked"  # the level at which the run's own clips are
NAMED_CLIPS = 12  # of a cell


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
    by_name = {_name(record): record for record in enhancers if record.run.task == "enhance"}
    if not by_name:
        raise ValueError("There is no enhancer among these records. Run wei2025.figure8: its first record is one.")
    first = next(iter(by_name.values()))
    which = control("Dropdown", "enhancer", options=list(by_name))
    clip = control("Dropdown", "clip", options=_samples(first))
    level = control("SelectionSlider", "light", options=_levels(first), value=AS_TESTED)
    rounds = control("IntSlider", "rounds", min=0, max=_rounds(first), value=_rounds(first))

    def follow(_: Any) -> None:
        """Another enhancer may hold other clips and levels; a level that it has too stays."""
        record = by_name[which.value]
        refill(clip, _samples(record))
        refill(level, _levels(record), AS_TESTED)
        rounds.max = _rounds(record)

    def draw() -> Figure:
        record, sample = by_name[which.value], f"{clip.value}/{level.value}"
        if f"{sample}/steps" not in record.inside():  # the controls still follow another enhancer
            sample = f"0/{AS_TESTED}"
        return four_lights(record, sample, min(rounds.value, _rounds(record))).figure

    which.observe(follow, names="value")
    return redrawn([which, clip, level, rounds], draw)


@styled
def four_lights(record: Record, sample: str, rounds: int, ax: Axes | None = None) -> Axes:
    """One frame as it came, after `rounds` of the curve, by gamma and by CLAHE, with the mean luma
    (0 to 255) of each. `sample`: number of a stored clip and level, `0/asked`.
    """
    stored = record.inside()
    steps = stored[f"{sample}/steps"]  # (rounds + 1, H, W, 3)
    pictures = [steps[0], steps[rounds], stored[f"{sample}/gamma"], stored[f"{sample}/clahe"]]
    words = ("as it came", f"after {counted(rounds, 'round')}", "gamma", "CLAHE")
    heads = [f"{word}\nmean luma {(p @ LUMA).mean():.0f}" for word, p in zip(words, pictures, strict=True)]
    ax = axes(ax, PAGE, _height(steps[0], 1, len(pictures)) + 0.5)
    return _row(ax, 0, 1, pictures, heads)


@styled
def enhancement_figure(record: Record, clip: int = 0) -> Figure:
    """The static twin: as it came, after 2, 4 and all rounds, by gamma, by CLAHE (columns).

    Rows: one clip at every stored light; or, where the light is only as recorded, every stored
    clip.
    """
    stored, values, last = record.inside(), record.values, _rounds(record)
    rows = [(words, f"{clip}/{level}") for words, level in _levels(record)]
    if len(rows) == 1:
        rows = [(values["classes"][label], f"{i}/{AS_TESTED}") for i, label in enumerate(values["labels"])]
    at = [0, 2, 4, last]  # as published there are eight rounds
    heads = ["as it came", *(f"{n} rounds" for n in at[1:]), "gamma", "CLAHE"]
    ax = axes(None, PAGE, _height(stored[f"{clip}/{AS_TESTED}/clahe"], len(rows), len(heads)) + 0.3)
    for number, (words, sample) in enumerate(rows):
        pictures = [*stored[f"{sample}/steps"][at], stored[f"{sample}/gamma"], stored[f"{sample}/clahe"]]
        _row(ax, number, len(rows), pictures, [head * (number == 0) for head in heads], words)
    return closed(ax.figure)


def _height(pixels: np.ndarray, rows: int, columns: int) -> float:
    """Inches of a new figure in which so many pictures (H, W, 3) stand at their own shape."""
    left = 0.0 if rows == 1 else LEFT
    return rows * (PAGE * 0.775 * (1 - left) / columns) * pixels.shape[0] / pixels.shape[1] / 0.77


def _row(ax: Axes, row: int, rows: int, pictures: Sequence[np.ndarray], heads: Sequence[str], name: str = "") -> Axes:
    """Pictures (H, W, 3) side by side in one row of `rows`."""
    ax.set_axis_off()
    left = LEFT if name else 0.0
    width = (1 - left) / len(pictures)
    for i, (pixels, head) in enumerate(zip(pictures, heads, strict=True)):
        part = picture(ax, (left + i * width, 1 - (row + 1) / rows, width - 0.01, 1 / rows - 0.02), pixels)
        part.set_title(head, loc="center", fontsize=8, pad=3)
        part.set_ylabel(name if i == 0 else "", fontsize=8, rotation=0, ha="right", va="center")
    return ax


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


def _samples(record: Record) -> list[tuple[str, int]]:
    """(name and class, number) of the stored clips."""
    values = record.values
    named = zip(values["names"], values["labels"], strict=True)
    return [(f"{name} ({values['classes'][label]})", i) for i, (name, label) in enumerate(named)]


def _name(record: Record) -> str:
    scales = dict(record.run.arguments).get("scales", (1,))
    many = f"scales {', '.join(map(str, scales))}" if len(scales) > 1 else "one scale"
    return f"{many}, trained on {record.run.data.name} ({record.run.data.split})"


def explore_confusions(before: Sequence[Record], after: Sequence[Record]) -> Any:
    """Dark, enhanced or the difference; then a cell (actual, predicted) and the clips in it, with
    their scores.

    before, after: records of one network on the same clips, one per seed; their seeds are added.
    The widget starts at the cell outside the diagonal that most dark clips fall into. Raises
    ValueError when there are no records.
    """
    if not before or not after:
        reason = "Run wei2025.figure9a: half of its records are before enhancement, half after."
        raise ValueError(f"There is no record to explore. {reason}")
    classes, sides = [str(name) for name in before[0].values["classes"]], {"dark": before, "enhanced": after}
    counts = {name: np.sum([r.values["confusion"] for r in records], axis=0) for name, records in sides.items()}
    mistakes = counts["dark"] * (1 - np.eye(len(classes)))
    start = np.unravel_index(mistakes.argmax(), mistakes.shape)
    options = [(name, k) for k, name in enumerate(classes)]
    side = control("SelectionSlider", "matrix", options=[*sides, "difference"])
    actual, predicted = (
        control("Dropdown", what, options=options, value=int(k))
        for k, what in zip(start, ("actual", "predicted"), strict=True)
    )

    def draw() -> tuple[Figure, str]:
        if side.value == "difference":
            ax = confusion_change(counts["dark"], counts["enhanced"], classes, title="enhanced minus dark")
        else:
            ax = confusion(counts[side.value], classes, title=f"{side.value}, all seeds added")
        at = predicted.value - 0.5, actual.value - 0.5
        ax.add_patch(Rectangle(at, 1, 1, fill=False, edgecolor=PALETTE[1], linewidth=2.5, clip_on=False))
        wanted = sides if side.value == "difference" else {side.value: sides[side.value]}
        words = {name: cell_words(records, actual.value, predicted.value) for name, records in wanted.items()}
        return ax.figure, "".join(f"<p><b>{name}</b>: {text}</p>" for name, text in words.items())

    return redrawn([side, actual, predicted], draw)


def cell_words(records: Sequence[Record], actual: int, predicted: int) -> str:
    """The clips of one cell as HTML, those with a stored frame first, then most seeds: frame, name,
    seeds, mean score there.
    """
    clips, frames = clips_of_cell(records, actual, predicted), _stored_frames(records[0])
    if not clips:
        return "no clip"
    ordered = sorted(clips.items(), key=lambda item: (item[0] not in frames, -len(item[1]), -np.mean(item[1])))
    lines = []
    for name, scores in ordered[:NAMED_CLIPS]:
        seeds = f"in {len(scores)} of {counted(len(records), 'seed')}, score {np.mean(scores):.2f}"
        lines.append(f"{frames.get(name, '')} {escaped(name)}: {seeds}")
    lines += [f"and {len(clips) - NAMED_CLIPS} more"] * (len(clips) > NAMED_CLIPS)
    stored = f"a frame of {len(clips.keys() & frames.keys())} of them is stored"
    if not clips.keys() & frames.keys():
        stored = f"no frame is stored: a run keeps {counted(len(frames), 'clip')}"
    return "<br>".join([f"{counted(len(clips), 'clip')}; {stored}", *lines])


def clips_of_cell(records: Sequence[Record], actual: int, predicted: int) -> dict[str, list[float]]:
    """Clip -> score of the predicted class in each seed that put it into this cell."""
    clips: dict[str, list[float]] = {}
    for record in records:
        answers = record.predictions()
        inside = (answers["label"] == actual) & (answers["probability"].argmax(1) == predicted)
        for name, score in zip(answers["name"][inside], answers["probability"][inside, predicted], strict=True):
            clips.setdefault(str(name), []).append(float(score))
    return clips


def _stored_frames(record: Record) -> dict[str, str]:
    """Clip -> its middle frame as an HTML picture, for the few clips whose frames are stored."""
    from PIL import Image

    pictures = {}
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        for i, name in enumerate(json.loads(file.metadata()["probes"])["names"]):
            clip, out = visible(file.get_tensor(f"{i}/clip"), record), io.BytesIO()
            Image.fromarray(clip[len(clip) // 2]).save(out, format="png")
            text = base64.b64encode(out.getvalue()).decode()
            pictures[name] = f'<img alt="" height="48" src="data:image/png;base64,{text}">'
    return pictures


def explore_reach(record: Record) -> Any:
    """Choose stage, mode and rounds, see which positions the marked one depends on; `record`: that
    of the task `receptive_field`.
    """
    rows, maps, keys = record.values["reached"], record.inside(), ("stage", "mode", "rounds", "place")
    options = {key: list(dict.fromkeys(row[key] for row in rows)) for key in keys}
    start = {"stage": options["stage"][-1], "mode": options["mode"][0], "rounds": 2, "place": "centre"}
    controls = [control("ToggleButtons", key, options=options[key], value=start[key]) for key in keys]

    def draw() -> Figure:
        row = next(row for row in rows if [row[key] for key in keys] == [one.value for one in controls])
        title, name = ("{stage}, {mode}: what the dot sees", "{stage}.{mode}.{rounds}.{place}")
        return reach_maps({row["rounds"]: maps[name.format(**row)]}, row["at"], title=title.format(**row)).figure

    return redrawn(controls, draw)
