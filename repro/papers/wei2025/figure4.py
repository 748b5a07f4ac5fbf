"""wei2025 Figure 4: channel attention, and the kernel size of eq. (4) beside the built one."""

from __future__ import annotations

from repro.evidence.diagrams import Diagram
from repro.evidence.style import styled
from repro.evidence.tables import static_row, tidy
from repro.papers.built import Built, times
from repro.papers.claims import ledger_row
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.claims import eca_exact, eca_kernel
from repro.papers.wei2025.figures import eca_rule
from repro.papers.wei2025.settings import STRUCTURE
from repro.papers.wei2025.structure import LANES, MODULE, PROTOCOL, STAGES, structure_plan

ARTIFACT = Artifact(
    title="3-D efficient channel attention",
    kind="static",
    claim="The kernel over channels grows with their number, by eq. (4).",
    notebook=STRUCTURE,
)
ID = "wei2025.figure4"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The paper's own network."""
    return structure_plan()


@styled
def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The attention above, its kernels in all four blocks below."""
    built = Built(done[0].record)
    upper, lower = channel_attention(built, "stage1").with_room(below=3.0)
    modules = [f"exchange.{stage}.channel" for stage in STAGES]
    kernels = {built.output(module)[0]: built.weights(f"{module}.conv") for module in modules}
    eca_rule({c: (eca_exact(c), k) for c, k in kernels.items()}, lower.inset_axes((0.1, 0.2, 0.85, 0.68)))
    note = "paper: eq. (4) before rounding"
    rows = [
        static_row(ID, scale, f"C = {c}, block {i}", "kernel size k", "k", k, eca_exact(c), note=note)
        for i, (c, k) in enumerate(kernels.items(), start=1)
    ]
    verdict = ledger_row(ID, "eca-kernel", eca_kernel(kernels), ", ".join(map(str, kernels.values())))
    return ArtifactResult(tidy(rows), upper.figure, [verdict], PROTOCOL)


def channel_attention(built: Built, stage: str) -> Diagram:
    """Average, one kernel over the channels, sigmoid, scale, plus itself."""
    shape, conv = built.output(f"exchange.{stage}.channel"), built.facts(f"exchange.{stage}.channel.conv")
    steps = {
        "average": f"over T, H, W → {shape[0]}",
        "convolution": f"{conv['kernel_size'][0]} neighbours → {conv['shape'][-1]}",
        "sigmoid": f"{shape[0]} weights",
    }
    d = Diagram(*LANES, MODULE, flow="right")
    d.node("in", "map", times(shape), at=(0, 0), colour="dense", kind="map")
    names = [d.node(name, name, line, at=(i, 0), colour=MODULE) for i, (name, line) in enumerate(steps.items(), 1)]
    marks = [d.node(mark, mark, at=(i, 0), kind="mark", colour=MODULE) for i, mark in enumerate("×+", 4)]
    d.node("out", "map", times(shape), at=(6, 0), colour="dense", kind="map")
    d.edge("in", *names, *marks, "out")
    for mark, label in zip(marks, ("scaled by the weights", "plus itself"), strict=True):
        d.edge("in", mark, label=label, sides=("top", "top"))
    return d
