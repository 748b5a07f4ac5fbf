"""wei2025 Figure 4: channel attention, and the kernel size of eq. (4) beside the built one."""

from repro.evidence.diagrams import Diagram
from repro.evidence.style import styled
from repro.evidence.tables import static_row, tidy
from repro.papers.built import Built, times
from repro.papers.claims import ledger_row
from repro.papers.plan import Artifact, ArtifactResult, Done
from repro.papers.wei2025 import claims, figures
from repro.papers.wei2025.structure import CARD, PROTOCOL, ROLES, STAGES, structure_plan

ARTIFACT = Artifact(
    "3-D efficient channel attention", **CARD, claim="The kernel over channels grows with their number, by eq. (4)."
)
ID = "wei2025.figure4"
plan = structure_plan  # the paper's own network


@styled
def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The attention above, its kernels in all four blocks below."""
    built, modules = Built(done[0].record), [f"exchange.{stage}.channel" for stage in STAGES]
    upper, lower = channel_attention(built, modules[0]).with_room(below=3.0)
    kernels = {built.output(module)[0]: built.weights(f"{module}.conv") for module in modules}
    exact = {c: claims.eca_exact(c) for c in kernels}
    figures.eca_rule({c: (exact[c], k) for c, k in kernels.items()}, lower.inset_axes((0.1, 0.2, 0.85, 0.68)))
    rows = [(f"C = {c}, block {i}", "kernel size k", "k", k, exact[c]) for i, (c, k) in enumerate(kernels.items(), 1)]
    table = tidy(static_row(ID, scale, *row, note="paper: eq. (4) before rounding") for row in rows)
    verdict = ledger_row(ID, "eca-kernel", claims.eca_kernel(kernels), ", ".join(map(str, kernels.values())))
    return ArtifactResult(table, upper.figure, [verdict], PROTOCOL)


def channel_attention(built: Built, module: str) -> Diagram:
    """Average, one kernel over the channels, sigmoid, scale, plus itself."""
    shape, conv = built.output(module), built.facts(f"{module}.conv")
    convolution = f"{conv['kernel_size'][0]} neighbours → {conv['shape'][-1]}"
    steps = ("average", f"over T, H, W → {shape[0]}"), ("convolution", convolution), ("sigmoid", f"{shape[0]} weights")
    d = Diagram(*ROLES, flow="right")
    d.node("in", "map", times(shape), at=(0, 0), colour="dense", kind="map")
    for i, (name, line) in enumerate(steps, 1):
        d.node(name, name, line, at=(i, 0), colour="module")
    for i, mark in enumerate("×+", 4):
        d.node(mark, mark, at=(i, 0), kind="mark", colour="module")
    d.node("out", "map", times(shape), at=(6, 0), colour="dense", kind="map")
    d.edge(*d.nodes)
    d.edge("in", "×", label="scaled by the weights", sides=("top", "top"))
    d.edge("in", "+", label="plus itself", sides=("top", "top"))
    return d
