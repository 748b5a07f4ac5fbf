"""wei2025 Figure 1: the whole network from the clip to the classifier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from repro.evidence.diagrams import Diagram
from repro.evidence.tables import Row, static_row, tidy
from repro.papers import folder
from repro.papers.built import Built, times
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.settings import PAPER, STRUCTURE
from repro.papers.wei2025.structure import LANES, MODULE, PROTOCOL, STAGES, joined, structure_plan, units
from repro.papers.wei2025.table1 import ID as TABLE1
from repro.papers.wei2025.table1 import LAYERS

ARTIFACT = Artifact(
    "The whole network", "static", STRUCTURE, "Two pathways exchange features in four rounds and end in one vector."
)
ID = "wei2025.figure1"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The paper's own network."""
    return structure_plan()


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The whole network, with C x T x H x W at each step."""
    built = Built(done[0].record)
    return ArtifactResult(tidy(_sizes(built, scale)), network(built).draw().figure, [], PROTOCOL)


def network(built: Built) -> Diagram:
    """Two pathways downwards, the exchange between them after each block."""
    d = Diagram(*LANES, MODULE)
    frames, height, width = folder.reported(PAPER)[TABLE1, "Raw Input", "Output sparse"].split("x")
    d.node("clip", "Clip", f"{frames} frames of {height} × {width}", at=(1, 0), kind="map")
    words = ("at each step C × T × H × W;", "GMACs are those of one clip;", "CDA: the module of Figure 2")
    d.node("note", "", *words, at=(1, 2), kind="note")
    for lane, column in zip(LANES, (0, 2), strict=True):
        names = [
            d.node(
                f"{lane}.{name}", title, *lines, at=(column, row), colour=lane, kind="map" if row in MAPS else "step"
            )
            for row, (name, title, *lines) in enumerate(_steps(built, lane), start=1)
        ]
        stride = int(frames) // built.shape(f"{lane}.input")[1]
        d.edge("clip", names[0], colour=lane, label=f"every {stride}{'nd' if stride == 2 else 'th'} frame")
        d.edge(*names)
    for i, stage in enumerate(STAGES, start=1):
        name = f"exchange.{stage}"
        lines = f"{built.gmacs(name):.2f} GMACs", f"{built.weights(name):,} weights"
        d.node(name, f"CDA {i}", *lines, at=(1, 2 + 2 * i), span=(1, 2), colour=MODULE)
        for lane in LANES:
            d.edge(f"{lane}.{stage}", name)
            d.edge(name, f"{lane}.{stage}.joined")
    pooled, total = [joined(built, lane, STAGES[-1])[0] for lane in LANES], built.shape("dropout")[0]
    d.node("joined", "concatenation", f"{' + '.join(map(str, pooled))} = {total}", at=(1, 12), kind="map")
    answer = f"{total} → {built.shape('classifier')[0]} classes"
    d.node("classifier", "classifier", f"dropout {built.facts('dropout')['share']:g}", answer)
    for lane in LANES:
        d.edge(f"{lane}.gap", "joined")
    d.edge("joined", "classifier")
    return d


MAPS = (1, 5, 7, 9, 11)  # rows of the steps that are maps: the input, and what each exchange joins


def _steps(built: Built, lane: str) -> Iterator[tuple[str, ...]]:
    """Name, title and lines of each step of a pathway."""
    yield "input", f"{lane} input", times(built.shape(f"{lane}.input"))
    yield "stem", "convolution", built.window(f"{lane}.stem.conv.0"), times(built.shape(f"{lane}.stem"))
    yield "pool", "max-pooling", built.window(f"{lane}.stem.pool"), times(built.shape(f"{lane}.pool"))
    for i, stage in enumerate(STAGES, start=1):
        name = f"{lane}.{stage}"
        own, after = built.shape(name), joined(built, lane, stage)
        yield stage, f"block {i}", units(built, name), f"{times(own)}   {built.gmacs(name):.2f} GMACs"
        yield f"{stage}.joined", "concatenation", f"{own[0]} + {after[0] - own[0]} → {times(after)}"
    yield "gap", "global average", f"{after[0]} features"


def _sizes(built: Built, scale: str) -> Iterator[Row]:
    """Channels and T x H x W of every row of Table 1, printed beside built, and what the exchange
    makes of them.
    """
    printed, row = folder.reported(PAPER), partial(static_row, ID, scale, note=PROTOCOL)
    for name, (layer, _) in LAYERS.items():
        for lane in LANES:
            channels, *size = built.shape(f"{lane}.{name}")
            widths = re.findall(r",(\d+)", printed[TABLE1, layer, f"{lane.capitalize()} pathway"])
            yield row(layer, f"{lane} channels", "C", channels, int(widths[-1]) if widths else None)
            own = "x".join(map(str, size))
            yield row(layer, f"{lane} size", "T x H x W", own, printed[TABLE1, layer, f"Output {lane}"])
    for i, stage in enumerate(STAGES, start=1):
        for lane in LANES:
            yield row(f"after CDA {i}", f"{lane} channels", "C", joined(built, lane, stage)[0])
