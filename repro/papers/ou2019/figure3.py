"""Figure 3: two ways of fusing: at the last convolution alone (the paper's), and at the first fully
connected layer too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, millions, times
from repro.papers.claims import ledger_row
from repro.papers.ou2019 import STRUCTURE, structure
from repro.papers.ou2019.printed import no_extra_fc_params
from repro.papers.ou2019.structure import BACKBONES, FUSED, fc6_of
from repro.papers.plan import Artifact, ArtifactResult, Done

ARTIFACT = Artifact(
    title="Two schemes of fusion",
    kind="static",
    claim="Fusing at the convolution alone does not add fully connected weights.",
    notebook=STRUCTURE,
)
SCHEMES = ("at the convolution", "at both levels")

plan = structure.plan


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Both schemes side by side, and the fully connected weights of each."""
    one, both = built = structure.networks(done)
    diagram = structure.diagram()
    _scheme(diagram, one, 0, "(a) at the convolution, as in the paper")
    _scheme(diagram, both, 2, "(b) at the convolution and at fc6")
    result = structure.result("figure3", scale, one, _rows(built), diagram)
    verdict = no_extra_fc_params(full_weights(one), full_weights(both), one.weights("fusion"))
    result.claims = [ledger_row("ou2019.figure3", "no-extra-fc-params", verdict, "weights of the networks as built")]
    return result


def full_weights(built: Built) -> int:
    """Weights of the fully connected layers."""
    return sum(built.weights(name) for name in fc6_of(built))


def _scheme(diagram: Diagram, built: Built, column: int, title: str) -> None:
    """One of the two drawings, in two columns of the grid from `column` on."""
    stacked = times([built.reads("fusion.conv"), *built.shapes["fused"][1:]])
    cost = f"{millions(built.weights('fusion'))}, {built.gmacs('fusion'):.1f} GMACs"
    whole = {"span": (2, 1), "colour": FUSED}
    maps = {}
    for lane, (backbone, name) in enumerate(BACKBONES.items()):
        size, at = times(built.shapes[f"{backbone}.conv13"]), (column + lane, 0)
        maps[backbone] = diagram.node(
            f"{backbone}{column}", f"{name}, last map", size, at=at, colour=backbone, kind="map"
        )
    stack = diagram.node(f"stack{column}", "interleaved, eq. (1)", stacked, at=(column, 1), **whole)
    lines = (built.change("fusion.conv"), cost)
    fusion = diagram.node(
        f"fusion{column}", f"3-D convolution {built.window('fusion.conv')}", *lines, at=(column, 2), **whole
    )
    conv = diagram.node(f"conv{column}", "X_conv", times(built.shapes["fused"]), at=(column, 3), kind="map", **whole)
    for backbone_map in maps.values():
        diagram.edge(backbone_map, stack)
    diagram.edge(stack, fusion, conv)
    numbers = f"{built.output(fc6_of(built)[0])[-1]} of every frame{', averaged' if len(fc6_of(built)) > 1 else ''}"
    vector = diagram.node(f"vector{column}", "X_fc", numbers, at=(column, 5), kind="map", **whole)
    for module in fc6_of(built):
        backbone = module.removeprefix("fc6").removeprefix(".")
        lines = (
            f"pool5, {built.change(module)}",
            f"{built.weights(module) / 1e6:.1f} M, {built.gmacs(module):.1f} GMACs",
        )
        if backbone:
            side = "left" if backbone == "rgb" else "right"
            at, about = (column + list(BACKBONES).index(backbone), 4), {"colour": backbone}
            name = diagram.node(f"{module}{column}", f"fc6 of {BACKBONES[backbone]}", *lines, at=at, **about)
            diagram.edge(maps[backbone], name, sides=(side, side))
        else:
            name = diagram.node(f"{module}{column}", "fc6", *lines, at=(column, 4), fill=False, **whole)
            diagram.edge(conv, name)
        diagram.edge(name, vector)
    words = (title, f"{millions(built.weights())} in the whole network")
    diagram.node(f"words{column}", "", *words, at=(column, 6), span=(2, 1), kind="note")


def _rows(built: Sequence[Built]) -> Iterator[tuple[Any, ...]]:
    """Weights and cost of the two schemes, part by part."""
    for name, one in zip(SCHEMES, built, strict=True):
        yield name, "3-D fusion", "parameters", one.weights("fusion")
        yield name, "fc6", "layers", len(fc6_of(one))
        yield name, "fc6", "parameters", full_weights(one)
        yield name, "in all", "parameters", one.weights()
        yield name, "in all", "GMACs", one.gmacs()
