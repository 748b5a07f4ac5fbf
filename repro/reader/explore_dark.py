"""Explore cells of the dark: what an enhancer makes of a frame, and which clips lie behind a cell
of a confusion matrix.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle
from safetensors import safe_open

from repro import files
from repro.evidence.comparisons import confusion_change, counted
from repro.evidence.plots import confusion
from repro.evidence.style import PAGE, PALETTE, axes, styled
from repro.papers.records import visible
from repro.reader.widgets import escaped, redrawn
from repro.runs import store
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT = 0.16  # share of a figure that names of rows take
LUMA = np.array((0.299, 0.587, 0.114))  # of red, green and blue (ITU-R BT.601)
AS_TESTED = "asked"  # the level at which the run's own clips are
SHOWN = 12  # clips of a cell that are named


def enhancers_behind(records: Sequence[Record]) -> list[Record]:
    """The enhancers among these records and those that lit their clips, as far as they are on disk;
    each once.
    """
    found = {record.run: record for record in records if record.run.task == "enhance"}
    wanted = dict.fromkeys(run for record in records if (run := record.run.enhancer) and run not in found)
    return [*found.values(), *(record for run in wanted if (record := store.find(run, files.data_root())))]


def explore_enhancement(enhancers: Sequence[Record]) -> Any:
    """Enhancer, clip, light level, rounds of the curve -> the frame as it came, after that many
    rounds, by gamma and by CLAHE.

    Real dark clips have one level, as recorded. Raises ValueError when there is no enhancer among
    the records.
    """
    import ipywidgets

    found = {_name(record): record for record in enhancers if record.run.task == "enhance"}
    if not found:
        raise ValueError("There is no enhancer among these records. Run wei2025.figure8: its first record is one.")
    first = next(iter(found.values()))
    wide = {"style": {"description_width": "5em"}, "layout": ipywidgets.Layout(width="30em")}
    which = ipywidgets.Dropdown(options=list(found), description="enhancer", **wide)
    clip = ipywidgets.Dropdown(options=_samples(first), value=0, description="clip", **wide)
    level = ipywidgets.SelectionSlider(options=_levels(first), value=AS_TESTED, description="light", **wide)
    rounds = ipywidgets.IntSlider(min=0, max=_rounds(first), value=_rounds(first), description="rounds", **wide)

    def another(_: Any) -> None:
        """Another enhancer may hold other clips and levels: the controls follow it, and a level it
        has too stays.
        """
        record, before = found[which.value], level.value
        clip.options = _samples(record)
        level.options = levels = _levels(record)
        level.value = before if before in [name for _, name in levels] else AS_TESTED
        rounds.max = _rounds(record)

    which.observe(another, names="value")

    def draw() -> Figure:
        record = found[which.value]  # while the controls follow it, they may still hold what it lacks
        light = level.value if level.value in [name for _, name in _levels(record)] else AS_TESTED
        return four_lights(
            record, min(clip.value, len(_samples(record)) - 1), light, min(rounds.value, _rounds(record))
        ).figure

    return redrawn([which, clip, level, rounds], draw)


@styled
def four_lights(record: Record, clip: int, level: str, rounds: int, ax: Axes | None = None) -> Axes:
    """One frame as it came, after `rounds` of the curve, by gamma and by CLAHE, with the mean luma
    (0 to 255) of each.
    """
    stored = record.inside()
    steps = stored[f"{clip}/{level}/steps"]  # (rounds + 1, H, W, 3)
    pictures = [steps[0], steps[rounds], stored[f"{clip}/{level}/gamma"], stored[f"{clip}/{level}/clahe"]]
    words = ("as it came", f"after {counted(rounds, 'round')}", "gamma", "CLAHE")
    ax = axes(ax, PAGE, _height(steps[0], 1, len(pictures)) + 0.5)
    _row(
        ax,
        0,
        1,
        pictures,
        [f"{word}\nmean luma {(picture @ LUMA).mean():.0f}" for word, picture in zip(words, pictures, strict=True)],
    )
    ax.set_axis_off()
    return ax


@styled
def enhancement_figure(record: Record, clip: int = 0) -> Figure:
    """The static twin: as it came, after 2, 4 and all rounds, by gamma, by CLAHE (columns).

    Rows: one clip at every stored light; or, where the light is only as recorded, every stored
    clip.
    """
    from matplotlib import pyplot as plt

    stored, levels = record.inside(), _levels(record)
    rows = [(words, f"{clip}/{level}") for words, level in levels]
    if len(levels) == 1:
        classes, labels = record.values["classes"], record.values["labels"]
        rows = [(classes[label], f"{i}/{AS_TESTED}") for i, label in enumerate(labels)]
    ax = axes(None, PAGE, _height(stored[f"{clip}/{AS_TESTED}/clahe"], len(rows), 6) + 0.3)
    for number, (words, place) in enumerate(rows):
        steps = stored[f"{place}/steps"]
        at = [0, 2, 4, len(steps) - 1]  # as published there are eight rounds
        pictures = [*steps[at], stored[f"{place}/gamma"], stored[f"{place}/clahe"]]
        heads = ["as it came", *(f"{n} rounds" for n in at[1:]), "gamma", "CLAHE"]
        _row(ax, number, len(rows), pictures, heads if number == 0 else [""] * len(heads), words)
    ax.set_axis_off()
    plt.close(ax.figure)  # shown by its value alone
    return ax.figure


def _height(picture: np.ndarray, rows: int, columns: int) -> float:
    """Inches of a new figure in which so many pictures (H, W, 3) stand at their own shape."""
    left = 0.0 if rows == 1 else LEFT
    return rows * (PAGE * 0.775 * (1 - left) / columns) * picture.shape[0] / picture.shape[1] / 0.77


def _row(ax: Axes, row: int, rows: int, pictures: Sequence[np.ndarray], heads: Sequence[str], name: str = "") -> None:
    """Pictures (H, W, 3) side by side in one row of `rows`."""
    left = LEFT if name else 0.0
    for i, (picture, head) in enumerate(zip(pictures, heads, strict=True)):
        width = (1 - left) / len(pictures)
        part = ax.inset_axes((left + i * width, 1 - (row + 1) / rows, width - 0.01, 1 / rows - 0.02))
        part.imshow(picture, interpolation="none")
        part.set(xticks=(), yticks=())
        part.spines[:].set_visible(False)
        part.set_title(head, loc="center", fontsize=8, pad=3)
        if name and i == 0:
            part.set_ylabel(name, fontsize=8, rotation=0, ha="right", va="center")


def _levels(record: Record) -> list[tuple[str, str]]:
    """(words, name in the record) of the light levels that are stored."""
    if not record.values["night"]:
        return [("as recorded", AS_TESTED)]
    night = record.values["night"]
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
    run, scales = record.run, dict(record.run.arguments).get("scales", (1,))
    many = f"scales {', '.join(map(str, scales))}" if len(scales) > 1 else "one scale"
    return f"{many}, trained on {run.data.name} ({run.data.split})"


def explore_confusions(before: Sequence[Record], after: Sequence[Record]) -> Any:
    """Dark, enhanced or the difference; then a cell (actual, predicted) and the clips in it, with
    their scores.

    before, after: records of one network on the same clips, one per seed; their seeds are added.
    The widget starts at the cell outside the diagonal that most dark clips fall into. Raises
    ValueError when there are no records.
    """
    import ipywidgets

    if not before or not after:
        raise ValueError(
            "There is no record to explore. Run wei2025.figure9a: half of its records are before enhancement, half after."
        )
    classes = [str(name) for name in before[0].values["classes"]]
    wide = {"style": {"description_width": "5em"}, "layout": ipywidgets.Layout(width="30em")}
    side = ipywidgets.SelectionSlider(options=["dark", "enhanced", "difference"], description="matrix", **wide)
    words = ipywidgets.HTML()
    counts = {
        name: np.sum([r.values["confusion"] for r in records], axis=0)
        for name, records in (("dark", before), ("enhanced", after))
    }
    start = np.unravel_index((counts["dark"] * (1 - np.eye(len(classes)))).argmax(), counts["dark"].shape)
    options = [(name, k) for k, name in enumerate(classes)]
    actual, predicted = (
        ipywidgets.Dropdown(options=options, value=int(k), description=what, **wide)
        for k, what in zip(start, ("actual", "predicted"), strict=True)
    )

    def draw() -> Figure:
        if side.value == "difference":
            ax = confusion_change(counts["dark"], counts["enhanced"], classes, title="enhanced minus dark")
        else:
            ax = confusion(counts[side.value], classes, title=f"{side.value}, all seeds added")
        at = predicted.value - 0.5, actual.value - 0.5
        ax.add_patch(Rectangle(at, 1, 1, fill=False, edgecolor=PALETTE[1], linewidth=2.5, clip_on=False))
        return ax.figure

    def tell(_: Any) -> None:
        cell = actual.value, predicted.value
        sides = {"dark": before, "enhanced": after}
        shown = sides if side.value == "difference" else {side.value: sides[side.value]}
        words.value = "".join(f"<p><b>{name}</b>: {cell_words(records, *cell)}</p>" for name, records in shown.items())

    for control in (side, actual, predicted):
        control.observe(tell, names="value")
    tell(None)
    box = redrawn([side, actual, predicted], draw)
    return ipywidgets.VBox([*box.children, words])


def cell_words(records: Sequence[Record], actual: int, predicted: int) -> str:
    """The clips of one cell as HTML, those with a stored frame first, then most seeds: frame, name,
    seeds, mean score there.
    """
    found = clips_of_cell(records, actual, predicted)
    if not found:
        return "no clip"
    frames = _stored_frames(records)
    ordered = sorted(found.items(), key=lambda item: (item[0] not in frames, -len(item[1]), -np.mean(item[1])))
    lines = [
        f"{frames.get(name, '')} {escaped(name)}: in {len(scores)} of {counted(len(records), 'seed')}, score {np.mean(scores):.2f}"
        for name, scores in ordered[:SHOWN]
    ]
    lines += [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    stored = sum(name in frames for name in found)
    kept = (
        f"a frame of {stored} of them is stored"
        if stored
        else f"no frame is stored: a run keeps {counted(len(frames), 'clip')}"
    )
    return "<br>".join([f"{counted(len(found), 'clip')}; {kept}", *lines])


def clips_of_cell(records: Sequence[Record], actual: int, predicted: int) -> dict[str, list[float]]:
    """Clip -> score of the predicted class in each seed that put it into this cell."""
    found: dict[str, list[float]] = {}
    for record in records:
        told = record.predictions()
        inside = (told["label"] == actual) & (told["probability"].argmax(1) == predicted)
        for name, score in zip(told["name"][inside], told["probability"][inside, predicted], strict=True):
            found.setdefault(str(name), []).append(float(score))
    return found


def _stored_frames(records: Sequence[Record]) -> dict[str, str]:
    """Clip -> its middle frame as an HTML picture, for the few clips whose frames a record stores."""
    import base64
    import io

    from PIL import Image

    record, pictures = records[0], {}
    with safe_open(record.folder / "inside.safetensors", "np") as file:
        for i, name in enumerate(json.loads(file.metadata()["probes"])["names"]):
            clip = visible(file.get_tensor(f"{i}/clip"), record)
            out = io.BytesIO()
            Image.fromarray(clip[len(clip) // 2]).save(out, format="png")
            text = base64.b64encode(out.getvalue()).decode()
            pictures[name] = f'<img alt="" height="48" src="data:image/png;base64,{text}">'
    return pictures
