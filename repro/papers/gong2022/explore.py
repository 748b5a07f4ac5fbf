"""Explore cells: the cost of the network in any unit, and the geometry around any cell of a
segment.

No network runs here: costs were counted and weights stored with the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from repro.evidence.controls import closed, control, redrawn
from repro.papers import folder
from repro.papers.gong2022 import costs
from repro.papers.gong2022.costs import GMAC, TABLE3, VIEWS, Counted, input_of, of, part
from repro.papers.gong2022.figure4 import picture
from repro.papers.gong2022.graph import SIDE, Cell, Graph, Metric, graph, has_kernel, kernels, middle
from repro.papers.gong2022.settings import EIGHT, SLOWFAST, TSM, TSN
from repro.papers.gong2022.units import Units, unit_bars
from repro.papers.plan import Done
from repro.papers.records import named
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ONE, TWO = "one, colour", "two, colour and flow"
CHOICE = {"segments": 8, "frames": 6, "views": VIEWS[SLOWFAST], "streams": TWO}  # what is shown first
NUMBERS_OF_VIEWS = (1, 3, 10, 30)
LIMITS = (1.0, 60_000.0)  # GMACs: the axis does not move with the sliders
NEEDED = ((costs.BACKBONE, costs.FRAME), (costs.BACKBONES, costs.SEGMENT), (costs.WHOLE, costs.SEGMENT))
RADII = (1, 2, 3)
OFFSETS = (1e-6, 1e-3, 1e-2, 0.1, 1.0, 2.718)  # G2: of log(d + ε); the last is Euler's number, as which it is printed
OWN = (
    "Radius, metric and ε are another graph's: they change strips, sums and outlines; the weights stay those of the "
    "graph trained with."
)


@dataclass(frozen=True)
class Parts:
    """MACs of the paper's network by part, as counted."""

    rgb: float  # a frame in the colour backbone
    flow: float  # a frame, with its flow fields, in the other
    stc: float  # of one modality, for each frame of a segment
    mff: float  # of both, for each pair of frames of a segment
    head: float  # of one modality, for each segment

    def segment(self, frames: int, streams: str) -> float:
        """A segment: backbones, STC and heads grow with its frames, MFF with their square. One
        stream has no MFF.
        """
        if streams == ONE:
            return frames * (self.rgb + self.stc) + self.head
        return frames * (self.rgb + self.flow + 2 * self.stc) + frames**2 * self.mff + 2 * self.head

    def units(self, segments: int, frames: int, streams: str) -> dict[str, float]:
        """Unit -> GMACs."""
        one, segment = self.rgb + self.flow * (streams == TWO), self.segment(frames, streams)
        macs = {"a frame": one, f"a segment, frames: {frames}": segment}
        macs[f"a video, segments: {segments}"] = segments * segment
        return {name: value / GMAC for name, value in macs.items()}


def explore_units(done: Sequence[Done]) -> Any:
    """Choose segments, frames of a segment, streams and SlowFast's views, see GMACs of a frame, a
    segment and a video beside the baselines'.

    Raises ValueError when the costs that it begins from are not among the runs.
    """
    look, first = {"label": "7em", "width": "32em"}, CHOICE
    segments = control("IntSlider", "segments", min=1, max=32, value=first["segments"], **look)
    frames = control("IntSlider", "frames", min=1, max=16, value=first["frames"], **look)
    views = control("SelectionSlider", "SlowFast's views", options=NUMBERS_OF_VIEWS, value=first["views"], **look)
    streams = control("ToggleButtons", "streams", options=(ONE, TWO), value=first["streams"])
    controls = {"segments": segments, "frames": frames, "views": views, "streams": streams}

    def draw() -> Figure:
        return units_figure(done, **{name: slider.value for name, slider in controls.items()})

    return redrawn(list(controls.values()), draw)


def units_figure(done: Sequence[Done], **choice: Any) -> Figure:
    """The static twin of `explore_units`; `choice` changes what CHOICE names."""
    chosen = CHOICE | choice
    streams, views, counted = chosen["streams"], chosen.pop("views"), gathered(done)
    ours = parts(counted).units(**chosen)
    others = {name: of(counted, name, costs.VIEW) for name in (TSN, TSM)}
    others[f"SlowFast, views: {views}"] = views * of(counted, SLOWFAST, costs.VIEW)
    _, segment, video = ours
    printed = float(folder.reported("gong2022")[TABLE3, EIGHT, "GFLOPs"])
    times = ", ".join(f"{ours[video] / cost:,.2f} times {name}" for name, cost in others.items())
    words = [
        f"A video is {times}; TSN of 8 frames, TSM of 16, one view each, SlowFast of 64 frames at 256 x 256.",
        f"Streams: {streams}; {'without MFF' if streams == ONE else 'a frame is seen by both backbones'}. Printed: one "
        "number for 8 and 16 segments. Flow itself is not counted.",
    ]
    ax = unit_bars(Units(costs.WHOLE, ours, others, {segment: printed}), LIMITS, words)
    return closed(ax.figure)


def gathered(done: Sequence[Done]) -> Counted:
    """(row, what is counted) -> record. Raises ValueError when one that the cell begins from is
    missing.
    """
    counted = {(planned.row, planned.column): planned.record for planned in done}
    needed = [*NEEDED, *((row, costs.VIEW) for row in (TSN, TSM, SLOWFAST))]
    if missing := [f"{row}, {what}" for row, what in needed if (row, what) not in counted]:
        what = "; ".join(missing)
        raise ValueError(f"The costs of {what} are not among these runs. Run gong2022.costs: its runs have them.")
    return counted


def parts(counted: Counted) -> Parts:
    """The counted parts, each by its own unit; MFF has no parameters and is what is left of the
    whole.
    """
    whole, backbones = counted[costs.WHOLE, costs.SEGMENT], counted[costs.BACKBONES, costs.SEGMENT]
    frames = input_of(whole)[1]
    others = sum(part(whole, f"{kind}{name}") for kind in ("", "stc.", "head.") for name in ("rgb", "flow"))
    flow, stc = part(backbones, "flow") / frames, part(whole, "stc.rgb") / frames
    mff, head = (whole.values["macs"] - others) / frames**2, part(whole, "head.rgb")
    return Parts(part(counted[costs.BACKBONE, costs.FRAME], "rgb"), flow, stc, mff, head)


def explore_geometry(done: Sequence[Done]) -> Any:
    """Choose run, cell (frame, row, column), radius, metric and ε, see geometry and neighbours
    above the weights that were learned.

    Raises ValueError when no record holds weights of an STC.
    """
    by_name = named([record for record in {planned.run: planned.record for planned in done}.values() if holds(record)])
    if not by_name:
        raise ValueError(
            "None of these runs stored weights of gong2022's STC. Run gong2022.figure4: its runs have them."
        )
    own = graph(next(iter(by_name.values())).run)
    t, y, x = middle(own.grid)
    run = control("Dropdown", "run", options=list(by_name))
    frame = control("IntSlider", "frame", min=1, max=own.frames, value=t + 1)
    row, column = (
        control("IntSlider", what, min=1, max=SIDE, value=at + 1) for what, at in (("row", y), ("column", x))
    )
    radius = control("SelectionSlider", "radius", options=with_own(RADII, own.radius), value=own.radius)
    metric = control("ToggleButtons", "metric", options=get_args(Metric), value=own.metric)
    eps = control("SelectionSlider", "ε", options=with_own(OFFSETS, own.eps), value=own.eps)

    def follow(_: Any) -> None:
        """Another run may have segments of fewer frames, and another graph, which is then shown."""
        rules = graph(by_name[run.value].run)
        frame.max = rules.frames
        for slider, choices, value in ((radius, RADII, rules.radius), (eps, OFFSETS, rules.eps)):
            if slider.options != with_own(choices, value):
                slider.options = with_own(choices, value)
            slider.value = value
        metric.value = rules.metric

    def draw() -> Figure:
        record = by_name[run.value]  # while the controls follow it, they may still hold what it lacks
        chosen = replace(graph(record.run), radius=radius.value, metric=metric.value, eps=eps.value)
        return geometry_figure(record, (min(frame.value, chosen.frames) - 1, row.value - 1, column.value - 1), chosen)

    run.observe(follow, names="value")
    return redrawn([run, frame, row, column, radius, metric, eps], draw)


def holds(record: Record) -> bool:
    """Whether a record stored weights of an STC, the same for every clip."""
    return has_kernel(record.run) and (record.folder / "inside.safetensors").exists() and bool(kernels(record))


def with_own(choices: Sequence[Any], own: Any) -> tuple[Any, ...]:
    """The choices of a slider and the network's own value, in order."""
    return tuple(sorted({*choices, own}))


def geometry_figure(record: Record, cell: Cell | None = None, other: Graph | None = None) -> Figure:
    """The static twin of `explore_geometry`: one cell, by default the middle one, in the network's
    own graph or in another.
    """
    own = graph(record.run)
    return closed(picture(record, cell or middle(own.grid), other, [OWN] * (other is not None and other != own)))
