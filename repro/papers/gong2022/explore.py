"""Explore cells: the cost of the network in any unit, and the geometry around any cell of a
segment.

No network runs here: costs were counted and weights stored with the records.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from matplotlib.figure import Figure

from repro.evidence.controls import closed, control, redrawn
from repro.papers import folder
from repro.papers.gong2022 import costs
from repro.papers.gong2022.costs import GMAC, TABLE3, VIEWS, Counted
from repro.papers.gong2022.figure4 import picture
from repro.papers.gong2022.graph import SIDE, Cell, Graph, Metric, graph, middle
from repro.papers.gong2022.settings import EIGHT, SLOWFAST, TSM, TSN
from repro.papers.gong2022.units import Units, unit_bars
from repro.papers.plan import Done
from repro.papers.records import absent_maps, named, with_maps
from repro.runs.store import Record

ONE, TWO = "one, colour", "two, colour and flow"
CHOICE = {"segments": 8, "frames": 6, "views": VIEWS[SLOWFAST], "streams": TWO}  # what is shown first
LIMITS = (1.0, 60_000.0)  # GMACs: the axis does not move with the sliders
RADII = (1, 2, 3)
OFFSETS = (1e-6, 1e-3, 1e-2, 0.1, 1.0, 2.718)  # G2: of log(d + ε); the last is Euler's number, as which it is printed
OWN = (
    "Radius, metric and ε are another graph's: the weights are what the learned W_p and W_g make of it; where these "
    "are not stored, those of the graph trained with."
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
    segment and a video beside the baselines'. done: the runs of `gong2022.costs`.
    """
    look = {"label": "7em", "width": "32em"}
    controls = {
        "segments": control("IntSlider", "segments", min=1, max=32, value=CHOICE["segments"], **look),
        "frames": control("IntSlider", "frames", min=1, max=16, value=CHOICE["frames"], **look),
        "views": control("SelectionSlider", "SlowFast's views", options=(1, 3, 10, 30), value=CHOICE["views"], **look),
        "streams": control("ToggleButtons", "streams", options=(ONE, TWO), value=CHOICE["streams"]),
    }

    def draw() -> Figure:
        return units_figure(done, **{name: one.value for name, one in controls.items()})

    return redrawn(list(controls.values()), draw, keys=[each.record.key for each in done])


def units_figure(done: Sequence[Done], **choice: Any) -> Figure:
    """The static twin of `explore_units`; `choice` changes what CHOICE names."""
    chosen = CHOICE | choice
    streams, views, counted = chosen["streams"], chosen.pop("views"), costs.gathered(done)
    ours = parts(counted).units(**chosen)
    others = {name: counted[name, costs.VIEW].gmacs() for name in (TSN, TSM)}
    others[f"SlowFast, views: {views}"] = views * counted[SLOWFAST, costs.VIEW].gmacs()
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


def parts(counted: Counted) -> Parts:
    """The counted parts, each by its own unit; MFF has no parameters and is what is left of the
    whole.
    """
    whole, backbones = counted[costs.WHOLE, costs.SEGMENT], counted[costs.BACKBONES, costs.SEGMENT]
    frames = whole.clip[1]
    others = sum(whole.macs(f"{kind}{name}") for kind in ("", "stc.", "head.") for name in ("rgb", "flow"))
    flow, stc = backbones.macs("flow") / frames, whole.macs("stc.rgb") / frames
    mff, head = (whole.macs() - others) / frames**2, whole.macs("head.rgb")
    return Parts(counted[costs.BACKBONE, costs.FRAME].macs("rgb"), flow, stc, mff, head)


def explore_geometry(records: Sequence[Record]) -> Any:
    """Choose run, cell (frame, row, column), radius, metric and ε, see geometry and neighbours
    above the weights that were learned. records: those of Figure 4, which differ in their seed.
    """
    if not (by_name := named(with_maps(records))):
        return absent_maps()
    own = graph(records[0].run)
    t, y, x = middle(own.grid)
    run = control("Dropdown", "run", options=list(by_name))
    frame = control("IntSlider", "frame", min=1, max=own.frames, value=t + 1)
    row, column = (
        control("IntSlider", what, min=1, max=SIDE, value=at + 1) for what, at in (("row", y), ("column", x))
    )
    radius = control("SelectionSlider", "radius", options=RADII, value=own.radius)
    metric = control("ToggleButtons", "metric", options=get_args(Metric), value=own.metric)
    eps = control("SelectionSlider", "ε", options=OFFSETS, value=own.eps)

    def draw() -> Figure:
        other = replace(own, radius=radius.value, metric=metric.value, eps=eps.value)
        return geometry_figure(by_name[run.value], (frame.value - 1, row.value - 1, column.value - 1), other)

    return redrawn([run, frame, row, column, radius, metric, eps], draw, keys=[r.key for r in records])


def geometry_figure(record: Record, cell: Cell | None = None, other: Graph | None = None) -> Figure:
    """The static twin of `explore_geometry`: one cell, by default the middle one, in the network's
    own graph or in another.
    """
    own = graph(record.run)
    words = [OWN] * (other is not None and other != own)
    return closed(picture(record, cell or middle(own.grid), other, words))
