"""wei2025 Figure 1: the whole network from the clip to the classifier."""

import re
from collections.abc import Iterator
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.papers import folder
from repro.papers.built import Built, Rows, drawn, times
from repro.papers.plan import Artifact, ArtifactResult, Done
from repro.papers.wei2025.structure import CARD, LANES, PROTOCOL, ROLES, STAGES, joined, layers, structure_plan, units

ARTIFACT = Artifact(
    "The whole network", **CARD, claim="Two pathways exchange features in four rounds and end in one vector."
)
plan = structure_plan  # the paper's own network


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The whole network, with C x T x H x W at each step."""
    built = Built(done[0].record)
    return drawn("wei2025.figure1", scale, _sizes(built), network(built), PROTOCOL)


def network(built: Built) -> Diagram:
    """Two pathways downwards, the exchange between them after each block."""
    d, total = Diagram(*ROLES), built.shape("dropout")[0]
    frames, height, width = folder.reported("wei2025")["wei2025.table1", "Raw Input", "Output sparse"].split("x")
    d.node("clip", "Clip", f"{frames} frames of {height} × {width}", at=(1, 0), kind="map")
    words = ("at each step C × T × H × W;", "GMACs are those of one clip;", "CDA: the module of Figure 2")
    d.node("note", "", *words, at=(1, 2), kind="note")
    for i, stage in enumerate(STAGES, start=1):
        name = f"exchange.{stage}"
        lines = f"{built.gmacs(name):.2f} GMACs", f"{built.weights(name):,} weights"
        d.node(name, f"CDA {i}", *lines, at=(1, 2 + 2 * i), span=(1, 2), colour="module")
    pooled = " + ".join(str(joined(built, lane, STAGES[-1])[0]) for lane in LANES)
    d.node("joined", "concatenation", f"{pooled} = {total}", at=(1, 12), kind="map")
    answer = f"{total} → {built.shape('classifier')[0]} classes"
    d.node("classifier", "classifier", f"dropout {built.facts('dropout')['share']:g}", answer)
    for lane, column in zip(LANES, (0, 2), strict=True):
        names = []
        for row, (name, title, *lines) in enumerate(_steps(built, lane), start=1):
            look: Any = {"colour": lane, "kind": "map" if name.endswith(("input", "joined")) else "step"}
            names.append(d.node(f"{lane}.{name}", title, *lines, at=(column, row), **look))
        stride = int(frames) // built.shape(f"{lane}.input")[1]
        d.edge("clip", names[0], colour=lane, label=f"every {stride}{'nd' if stride == 2 else 'th'} frame")
        d.edge(*names, "joined")
        for stage in STAGES:
            d.edge(f"{lane}.{stage}", f"exchange.{stage}", f"{lane}.{stage}.joined")
    d.edge("joined", "classifier")
    return d


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
    yield "gap", "global average", f"{joined(built, lane, STAGES[-1])[0]} features"


def _sizes(built: Built) -> Rows:
    """Channels and T x H x W of every row of Table 1, printed beside built, and what the exchange
    makes of them.
    """
    for layer, lane, channels, size, printed in layers(built.shapes):
        text = folder.reported("wei2025")["wei2025.table1", layer, f"{lane.capitalize()} pathway"]
        widths = re.findall(r",(\d+)", text)
        yield layer, f"{lane} channels", "C", channels, int(widths[-1]) if widths else None
        yield layer, f"{lane} size", "T x H x W", size, printed
    for i, stage in enumerate(STAGES, start=1):
        for lane in LANES:
            yield f"after CDA {i}", f"{lane} channels", "C", joined(built, lane, stage)[0]
