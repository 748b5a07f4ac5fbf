"""Explore cell of gong2022's GFLOPs: segments, frames and streams chosen freely, the cost in every
unit beside the baselines'.

No network runs here; every number is one that was counted and stored with the records, times how
often it occurs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from repro.evidence.units import unit_bars
from repro.papers import catalogue
from repro.papers.gong2022 import claims, runs
from repro.papers.gong2022.costs import (
    BACKBONE,
    BACKBONES,
    SLOWFAST,
    TABLES,
    VIEWS,
    WHOLE,
    Counted,
    frames_of,
    of,
    part,
)
from repro.papers.gong2022.settings import FRAME, OURS, SEGMENT, TSM, TSN, VIEW
from repro.papers.ou2019.explore import closed
from repro.reader.widgets import redrawn
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ONE, TWO = "one, colour", "two, colour and flow"
SEGMENTS, FRAMES = 8, 6  # the paper's fewer segments, and frames of each
MOST = {"segments": 32, "frames": 16}
LIMITS = (1.0, 60_000.0)  # GMACs: the axis does not move with the sliders
NUMBERS_OF_VIEWS = (1, 3, 10, 30)
NEEDED = ((BACKBONE, FRAME), (BACKBONES, SEGMENT), (WHOLE, SEGMENT), (TSN, VIEW), (TSM, VIEW), (SLOWFAST, VIEW))


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
        named = {
            "a frame": one,
            f"a segment, frames: {frames}": segment,
            f"a video, segments: {segments}": segments * segment,
        }
        return {name: macs / claims.GMAC for name, macs in named.items()}


def explore_units(records: Sequence[Record]) -> Any:
    """Choose segments, frames of a segment, streams and SlowFast's views, see GMACs of a frame, a
    segment and a video beside the baselines'.

    Raises ValueError when the costs that it begins from are not among the records.
    """
    import ipywidgets

    counted = gathered(records)
    wide: dict[str, Any] = {"style": {"description_width": "7em"}, "layout": ipywidgets.Layout(width="32em")}
    segments = ipywidgets.IntSlider(min=1, max=MOST["segments"], value=SEGMENTS, description="segments", **wide)
    frames = ipywidgets.IntSlider(min=1, max=MOST["frames"], value=FRAMES, description="frames", **wide)
    views = ipywidgets.SelectionSlider(
        options=NUMBERS_OF_VIEWS, value=VIEWS[SLOWFAST], description="SlowFast's views", **wide
    )
    streams = ipywidgets.ToggleButtons(options=(ONE, TWO), value=TWO, description="streams")

    def draw() -> Figure:
        return _figure(counted, segments.value, frames.value, views.value, streams.value)

    return redrawn([segments, frames, views, streams], draw)


def units_figure(
    records: Sequence[Record],
    segments: int = SEGMENTS,
    frames: int = FRAMES,
    views: int = VIEWS[SLOWFAST],
    streams: str = TWO,
) -> Figure:
    """The static twin of `explore_units`."""
    return closed(_figure(gathered(records), segments, frames, views, streams))


def gathered(records: Sequence[Record]) -> Counted:
    """(row, what is counted) -> record. Raises ValueError when one that the cell begins from is
    missing.
    """
    places = {run: (row, what) for row, what, run in runs.costs_places("paper", 0)}  # the same at every scale
    found = {places[record.run]: record for record in records if record.run in places}
    if lost := [f"{row}, {what}" for row, what in NEEDED if (row, what) not in found]:
        raise ValueError(
            f"The costs of {'; '.join(lost)} are not among these runs. Run gong2022.costs: its runs have them."
        )
    return found


def parts(counted: Counted) -> Parts:
    """The counted parts, each by its own unit; MFF has no parameters and is what is left of the
    whole.
    """
    whole, backbone = counted[WHOLE, SEGMENT], counted[BACKBONE, FRAME]
    frames, backbones = frames_of(whole), counted[BACKBONES, SEGMENT]
    names = ("rgb", "flow", "stc.rgb", "stc.flow", "head.rgb", "head.flow")
    mff = whole.values["macs"] - sum(part(whole, name) for name in names)
    flow, stc = part(backbones, "flow") / frames, part(whole, "stc.rgb") / frames
    return Parts(part(backbone, "rgb"), flow, stc, mff / frames**2, part(whole, "head.rgb"))


def _figure(counted: Counted, segments: int, frames: int, views: int, streams: str) -> Figure:
    ours = parts(counted).units(segments, frames, streams)
    others = {name: of(counted, name, VIEW) for name in (TSN, TSM)}
    slowfast = f"SlowFast, views: {views}"
    others[slowfast] = views * of(counted, SLOWFAST, VIEW)
    _, segment, video = ours
    printed = float(catalogue.reported("gong2022")[TABLES[0], next(iter(OURS)), "GFLOPs"])
    times = ", ".join(f"{ours[video] / cost:,.2f} times {name}" for name, cost in others.items())
    words = [
        f"A video is {times}; TSN of 8 frames, TSM of 16, one view each, SlowFast of 64 frames at 256 x 256.",
        f"Streams: {streams}{'; without MFF' if streams == ONE else '; a frame is seen by both backbones'}. Printed: one number for 8 and 16 "
        "segments. Flow itself is not counted.",
    ]
    return unit_bars(ours, others, name="VCM-SDD", printed={segment: printed}, limits=LIMITS, words=words).figure
