"""wei2025 Figure 8: dark clips before and after enhancement, with what is recognised."""

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from repro.evidence import marks
from repro.evidence.style import MUTED, PALETTE
from repro.evidence.tables import plural, static_row, tidy
from repro.papers.measure import Cell, about, cells
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.records import visible
from repro.papers.wei2025 import dark, figures, printed, sheets
from repro.spec import Clips

ARTIFACT = Artifact(
    "Recognition before and after enhancement",
    **dark.CARD,
    claim="Dark clips that are not recognised, or with a low score, are recognised after enhancement.",
    inside=True,
)
ID = "wei2025.figure8"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The enhancer, whose samples are shown, then the recognisers before and after."""
    return [Planned(dark.blocks(scale, seeds)[0].enhancer(dark.ENHANCED, 0)), *dark.main_plan(scale, seeds)]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Ten test clips, as in the paper, at their middle frame: dark and enhanced, each with the
    predicted class and its score, of the first seed.
    """
    enhancer, *rest = done
    found, tensors, values = cells(rest), enhancer.record.inside(), enhancer.record.values
    names, data, answers, rows = values["names"], rest[0].run.clip_data, ([], []), []
    for name in names:
        for side, cell, texts in zip(printed.SIDES, found.values(), answers, strict=True):
            predicted, score, right = _recognised(cell, name)
            texts.append(f"{predicted} {score:.2f} {'✓' if right else '✗'}")
            of = about(ID, scale, cell.records[0]) | {"unit": "fraction", "seeds": 1}
            rows.append(static_row(ID, scale, name, side, f"score of {predicted}", score) | of)
    steps = [tensors[f"{i}/asked/steps"] for i in range(len(names))]  # (rounds + 1, H, W, 3) each
    actual = [str(values["classes"][label]).casefold() for label in values["labels"]]
    shown = [("before", [s[0] for s in steps]), ("after", [s[-1] for s in steps])]
    figure, flow = figures.pictures(shown, actual, answers), data.clips.input == "flow"
    grid: Any = figure.axes[0].get_gridspec()
    for i, side in np.ndindex(len(names), 2):
        ax = figure.axes[(i // grid.ncols * 2 + side) * grid.ncols + i % grid.ncols]
        _mark(ax, data.clips, visible(tensors[f"{i}/flow"][side, None], rest[0].record)[0] if flow else None)
    words = f"Frames: {sheets.CREDIT.get(enhancer.run.clip_data.name, 'generated world')}. Predicted class and score "
    words += "of one network (seed 0); ✓ right. Enhancer substituted. Rectangle: what the network is given of a frame."
    words += " It sees the optical flow, in the corner: hue is direction, brightness speed." * flow
    figure.supxlabel(textwrap.fill(words, 100), fontsize=7.5, color=MUTED)
    protocol = f"{scale}: middle frame of {plural(len(names), 'test clip')}, classes in turn; "
    return ArtifactResult(tidy(rows), figure, [], protocol + dark.substituted([*found.values()][1]), frames=True)


def _mark(ax: Axes, clips: Clips, flow: np.ndarray | None) -> None:
    """Outline what the network is given of a picture, and put its flow (h, w, 3) into a corner."""
    size = ax.images[0].get_size()
    scales = [stored / side for stored, side in zip(clips.stored, size, strict=True)]
    scales = [max(scales)] * 2 if clips.fit == "cover" else scales
    high, wide = clips.height / scales[0], clips.width / scales[1]
    corner = (size[1] - wide - 1) / 2, (size[0] - high - 1) / 2
    ax.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=PALETTE[4], linewidth=0.8))
    if flow is not None:
        small = ax.inset_axes((0.66, 0, 0.34, 0.34))
        small.imshow(flow)
        marks.bare(small)


def _recognised(cell: Cell, name: str) -> tuple[str, float, bool]:
    """Predicted class, its score, and whether it is right, of the first seed for one test clip."""
    predictions = cell.predictions[0]
    at = int(np.flatnonzero(predictions["name"] == name)[0])
    probability = predictions["probability"][at]
    best = int(probability.argmax())
    classes = cell.records[0].values["classes"]
    return str(classes[best]).casefold(), float(probability[best]), best == int(predictions["label"][at])
