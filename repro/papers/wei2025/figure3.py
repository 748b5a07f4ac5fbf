"""wei2025 Figure 3: self-attention along three axes, and what it reaches after one, two and three
rounds (W9).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.evidence.style import styled
from repro.evidence.tables import Row, plural, static_row, tidy
from repro.papers.built import Built, times
from repro.papers.claims import ledger_row
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import claims, figures
from repro.papers.wei2025.structure import CARD, PROTOCOL, ROLES, STAGES, rounds, structure_plan

ARTIFACT = Artifact(
    "3-D self-attention along W, H and T",
    **CARD,
    claim="After two rounds each position has seen all others.",
    inside=True,
)
ID = "wei2025.figure3"
REACH = "reach is the support of the gradient of one output position, random weights and inputs"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The paper's own network, and what its self-attention reaches."""
    (cost,) = structure_plan(scale, seeds)
    return [cost, Planned(replace(cost.run, task="receptive_field"))]


@styled
def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The attention, the reach of one position in the last block, and the share seen in all."""
    built, reach, last = Built(done[0].record), done[1].record, STAGES[-1]
    maps, rows = reach.inside(), reach.values["reached"]
    fractions = claims.reach_fractions(rows, "parallel")
    at = next(row["at"] for row in rows if (row["stage"], row["place"]) == (last, "centre"))
    upper, lower = self_attention(built, "stage1").with_room(below=3.3)
    left, right = lower.inset_axes((0.09, 0.2, 0.37, 0.68)), lower.inset_axes((0.55, 0.2, 0.44, 0.68))
    by_rounds = {n: maps[f"{last}.parallel.{n}.centre"] for n in (1, 2, 3)}
    figures.reach_maps(by_rounds, at, left, title=f"Block {last[-1]}: what the dot sees")
    figures.reach_bars({f"block {stage[-1]}": by for stage, by in fractions.items()}, right)
    ours = ", ".join(f"{100 * by[2]:.1f} %" for by in fractions.values())
    verdict = ledger_row(ID, "two-rounds-global", claims.two_rounds_global(rows), ours)
    table = tidy(_reach_rows(rows, scale, rounds(built, "stage1")))
    return ArtifactResult(table, upper.figure, [verdict], f"{PROTOCOL}; {REACH}")


def self_attention(built: Built, stage: str) -> Diagram:
    """Projections, three axes side by side, their sum and the map itself."""
    t, h, w, c = built.output(f"exchange.{stage}.axes")  # channels last
    wide, n = built.output(f"exchange.{stage}.axes.project.0")[-1], rounds(built, stage)
    d, size = Diagram(*ROLES, flow="right"), times((c, t, h, w))
    d.node("in", "map", size, at=(0, 1), colour="sparse", kind="map")
    lines = "a 1×1×1 convolution", "for each axis", f"{c} → {wide} = 3 × {wide // 3}"
    d.node("qkv", "Q, K, V", *lines, at=(1, 1), colour="module")
    d.node("sum", "+", at=(3, 1), kind="mark", colour="module")
    d.node("plus", "+", at=(4, 1), kind="mark", colour="module")
    d.node("out", "map", size, at=(5, 1), colour="sparse", kind="map")
    d.edge("in", "qkv")
    for row, (axis, length, others) in enumerate((("W", w, t * h), ("H", h, t * w), ("T", t, h * w))):
        d.node(axis, f"attention along {axis}", f"{others:,} sequences of {length}", at=(2, row), colour="module")
        d.edge("qkv", axis, "sum")
    d.edge("sum", "plus", "out")
    d.edge("in", "plus", label="plus itself", sides=("top", "top"))
    d.edge("out", "in", label=f"{n} rounds with the same weights", dashed=True, colour="", sides=("bottom", "bottom"))
    return d


def _reach_rows(rows: Sequence[dict[str, Any]], scale: str, built_rounds: int) -> Iterator[Row]:
    """One row per block; the output position is the centre, the corner's numbers are the same or
    stand in a note.
    """
    corner, centre = ([row for row in rows if row["place"] == place] for place in ("corner", "centre"))
    same = [row["fraction"] for row in corner] == [row["fraction"] for row in centre]
    numbers = "the same numbers" if same else "the numbers differ, the centre's are shown"
    note = f"{REACH}; measured at a corner and at the centre: {numbers}"
    for row in centre:
        names = f"Block {row['stage'][-1]}", f"{row['mode']}, {plural(row['rounds'], 'round')}"
        paper = 100.0 if (row["mode"], row["rounds"]) == ("parallel", built_rounds) else None
        yield static_row(ID, scale, *names, "positions seen", 100 * row["fraction"], paper, "%", note)
