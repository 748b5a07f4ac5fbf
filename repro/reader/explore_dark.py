"""Explore cells of the dark: what an enhancer makes of a frame, and which clips lie behind a cell of a confusion matrix."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import safe_open

from repro.evidence.comparisons import confusion_change
from repro.evidence.plots import confusion
from repro.evidence.style import PAGE, axes, styled
from repro.reader.records import visible
from repro.reader.widgets import escaped, redrawn
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AS_TESTED = "asked"  # the level at which the run's own clips are
SHOWN = 12  # clips of a cell that are named


def explore_enhancement(enhancers: Sequence[Record]) -> Any:
    """Enhancer, clip, light level, rounds of the curve -> the frame as it came, after that many rounds, by gamma and by CLAHE.

    Real dark clips have one level, as recorded. Raises ValueError when there is no enhancer among the records.
    """
    import ipywidgets

    found = {_scales(record): record for record in enhancers if record.run.task == "enhance"}
    if not found:
        raise ValueError("There is no enhancer among these records. Run wei2025.figure8: its first record is one.")
    first = next(iter(found.values()))
    wide = {"style": {"description_width": "5em"}, "layout": ipywidgets.Layout(width="30em")}
    names = [(f"{name} ({label})", i) for i, (name, label) in enumerate(_samples(first))]
    which = ipywidgets.Dropdown(options=list(found), description="enhancer", **wide)
    clip = ipywidgets.Dropdown(options=names, value=0, description="clip", **wide)
    level = ipywidgets.SelectionSlider(options=_levels(first), description="light", **wide)
    rounds = ipywidgets.IntSlider(min=0, max=_rounds(first), value=_rounds(first), description="rounds", **wide)

    def draw() -> Figure:
        return four_lights(found[which.value], clip.value, level.value, rounds.value).figure

    return redrawn([which, clip, level, rounds], draw)


@styled
def four_lights(record: Record, clip: int, level: str, rounds: int, ax: Axes | None = None) -> Axes:
    """One frame as it came, after `rounds` of the curve, by gamma and by CLAHE, with the mean luma of each."""
    stored = record.inside()
    steps = stored[f"{clip}/{level}/steps"]  # (rounds + 1, H, W, 3)
    pictures = [steps[0], steps[rounds], stored[f"{clip}/{level}/gamma"], stored[f"{clip}/{level}/clahe"]]
    words = ("as it came", f"after {rounds} rounds", "gamma", "CLAHE")
    ax = axes(ax, PAGE, 1.9)
    _row(ax, 0, 1, pictures, [f"{word}\nmean {picture.mean():.0f} of 255" for word, picture in zip(words, pictures, strict=True)])
    ax.set_axis_off()
    return ax


@styled
def enhancement_figure(record: Record, clip: int = 0) -> Figure:
    """The static twin: one clip at every stored light level (rows), after 0, 2, 4 and all rounds, by gamma and by CLAHE (columns)."""
    from matplotlib import pyplot as plt

    stored, levels = record.inside(), _levels(record)
    ax = axes(None, PAGE, 0.4 + 1.05 * len(levels))
    for number, (words, level) in enumerate(levels):
        steps = stored[f"{clip}/{level}/steps"]
        at = [0, 2, 4, len(steps) - 1]
        pictures = [*steps[at], stored[f"{clip}/{level}/gamma"], stored[f"{clip}/{level}/clahe"]]
        heads = [f"{n} rounds" for n in at] + ["gamma", "CLAHE"]
        _row(ax, number, len(levels), pictures, heads if number == 0 else [""] * len(heads), words)
    ax.set_axis_off()
    plt.close(ax.figure)  # shown by its value alone
    return ax.figure


def _row(ax: Axes, row: int, rows: int, pictures: Sequence[np.ndarray], heads: Sequence[str], name: str = "") -> None:
    """Pictures (H, W, 3) side by side in one row of `rows`."""
    left = 0.12 if name else 0.0
    for i, (picture, head) in enumerate(zip(pictures, heads, strict=True)):
        width = (1 - left) / len(pictures)
        part = ax.inset_axes((left + i * width, 1 - (row + 1) / rows, width - 0.01, 1 / rows - 0.02))
        part.imshow(picture, interpolation="none", aspect="auto")
        part.set(xticks=(), yticks=())
        part.spines[:].set_visible(False)
        part.set_title(head, loc="center", fontsize=8, pad=3)
        if name and i == 0:
            part.set_ylabel(name, fontsize=8, rotation=0, ha="right", va="center")


def _levels(record: Record) -> list[tuple[str, str]]:
    """(words, name in the record) of the light levels that are stored."""
    if not record.values["night"]:
        return [("as recorded", AS_TESTED)]
    named = [(f"night {level:g}", f"{level:g}") for level in record.values["levels"]]
    return [("lit" if level == "0" else words, level) for words, level in named]


def _rounds(record: Record) -> int:
    return len(record.inside()[f"0/{AS_TESTED}/steps"]) - 1


def _samples(record: Record) -> list[tuple[str, str]]:
    """(name, class) of the stored clips."""
    values = record.values
    return [(name, values["classes"][label]) for name, label in zip(values["names"], values["labels"], strict=True)]


def _scales(record: Record) -> str:
    scales = dict(record.run.arguments).get("scales", (1,))
    return f"Zero-DCE on {record.run.data.name}" + (f", scales {', '.join(map(str, scales))}" if len(scales) > 1 else "")


def explore_confusions(before: Sequence[Record], after: Sequence[Record]) -> Any:
    """Dark, enhanced or the difference; then a cell (actual, predicted) and the clips in it, with their scores.

    before, after: records of one network on the same clips, one per seed; their seeds are added.
    """
    import ipywidgets

    classes = [str(name) for name in before[0].values["classes"]]
    wide = {"style": {"description_width": "5em"}, "layout": ipywidgets.Layout(width="30em")}
    side = ipywidgets.SelectionSlider(options=["dark", "enhanced", "difference"], description="matrix", **wide)
    actual = ipywidgets.Dropdown(options=classes, description="actual", **wide)
    predicted = ipywidgets.Dropdown(options=classes, description="predicted", **wide)
    words = ipywidgets.HTML()
    counts = {name: np.sum([r.values["confusion"] for r in records], axis=0) for name, records in (("dark", before), ("enhanced", after))}

    def draw() -> Figure:
        if side.value == "difference":
            return confusion_change(counts["dark"], counts["enhanced"], classes, title="enhanced minus dark").figure
        return confusion(counts[side.value], classes, title=f"{side.value}, all seeds added").figure

    def tell(_: Any) -> None:
        cell = classes.index(actual.value), classes.index(predicted.value)
        sides = {"dark": before, "enhanced": after}
        shown = sides if side.value == "difference" else {side.value: sides[side.value]}
        words.value = "".join(f"<p><b>{name}</b>: {cell_words(records, *cell)}</p>" for name, records in shown.items())

    for control in (side, actual, predicted):
        control.observe(tell, names="value")
    tell(None)
    box = redrawn([side], draw)
    return ipywidgets.VBox([*box.children, actual, predicted, words])


def cell_words(records: Sequence[Record], actual: int, predicted: int) -> str:
    """The clips of one cell as HTML: name, in how many seeds, mean score of the predicted class, and a frame where one is stored."""
    found = clips_of_cell(records, actual, predicted)
    if not found:
        return "no clip"
    frames = _stored_frames(records)
    lines = [
        f"{frames.get(name, '')} {escaped(name)}: {len(scores)} of {len(records)} seeds, score {np.mean(scores):.2f}"
        for name, scores in list(found.items())[:SHOWN]
    ]
    more = f"<br>and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{len(found)} clips<br>" + "<br>".join(lines) + more


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
