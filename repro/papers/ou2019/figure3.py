"""Figure 3: two ways of fusing: at the last convolution alone (the paper's), and at the first fully
connected layer too.
"""

from collections.abc import Sequence
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.evidence.layout import Side
from repro.papers.built import Built, Rows, millions, times
from repro.papers.claims import ledger_row
from repro.papers.ou2019 import structure
from repro.papers.ou2019.printed import no_extra_fc_params
from repro.papers.ou2019.structure import BACKBONES, FUSED, fc6_of
from repro.papers.plan import ArtifactResult, Done

ARTIFACT = structure.artifact(
    title="Two schemes of fusion", claim="Fusing at the convolution alone does not add fully connected weights."
)
SCHEMES = ("at the convolution", "at both levels")
WHOLE: dict[str, Any] = {"span": (2, 1), "colour": FUSED}  # of what both backbones enter
SIDES: dict[str, Side] = {"rgb": "left", "flow": "right", "": ""}  # of the drawing where fc6 is reached

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


def _scheme(d: Diagram, built: Built, column: int, title: str) -> None:
    """One of the two drawings, in two columns of the grid from `column` on."""
    stacked, fused = times([built.reads("fusion.conv"), *built.shapes["fused"][1:]]), times(built.shapes["fused"])
    lines = (built.change("fusion.conv"), f"{millions(built.weights('fusion'))}, {built.gmacs('fusion'):.1f} GMACs")
    modules, maps, whole = fc6_of(built), {}, WHOLE
    numbers = f"{built.output(modules[0])[-1]} of every frame{', averaged' if len(modules) > 1 else ''}"
    stack = d.node(f"stack{column}", "interleaved, eq. (1)", stacked, at=(column, 1), **whole)
    filters = f"3-D convolution {built.window('fusion.conv')}"
    fusion = d.node(f"fusion{column}", filters, *lines, at=(column, 2), **whole)
    conv = d.node(f"conv{column}", "X_conv", fused, at=(column, 3), kind="map", **whole)
    vector = d.node(f"vector{column}", "X_fc", numbers, at=(column, 5), kind="map", **whole)
    for lane, (backbone, name) in enumerate(BACKBONES.items(), column):
        node, size = f"{backbone}{column}", times(built.shapes[f"{backbone}.conv13"])
        maps[backbone] = d.node(node, f"{name}, last map", size, at=(lane, 0), colour=backbone, kind="map")
        d.edge(maps[backbone], stack)
    d.edge(stack, fusion, conv)
    for lane, module in enumerate(modules, column):
        backbone, cost = module.removeprefix("fc6").removeprefix("."), f"{built.gmacs(module):.1f} GMACs"
        lines = (f"pool5, {built.change(module)}", f"{built.weights(module) / 1e6:.1f} M, {cost}")
        name, side = f"fc6 of {BACKBONES[backbone]}" if backbone else "fc6", SIDES[backbone]
        look: dict[str, Any] = {"colour": backbone} if backbone else {"fill": False, **whole}
        node = d.node(f"{module}{column}", name, *lines, at=(lane, 4), **look)
        d.edge(maps.get(backbone, conv), node, sides=(side, side))
        d.edge(node, vector)
    words = (title, f"{millions(built.weights())} in the whole network")
    d.node(f"words{column}", "", *words, at=(column, 6), span=(2, 1), kind="note")


def _rows(built: Sequence[Built]) -> Rows:
    """Weights and cost of the two schemes, part by part."""
    for name, one in zip(SCHEMES, built, strict=True):
        yield name, "3-D fusion", "parameters", one.weights("fusion")
        yield name, "fc6", "layers", len(fc6_of(one))
        yield name, "fc6", "parameters", full_weights(one)
        yield name, "in all", "parameters", one.weights()
        yield name, "in all", "GMACs", one.gmacs()
