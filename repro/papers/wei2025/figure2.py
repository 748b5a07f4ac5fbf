"""wei2025 Figure 2: the cross dual-attention module at the sizes it has after block 1."""

from __future__ import annotations

from repro.evidence.diagrams import Diagram
from repro.evidence.tables import static_row, tidy
from repro.papers.built import Built, times
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025.settings import STRUCTURE
from repro.papers.wei2025.structure import LANES, MODULE, PROTOCOL, joined, rounds, structure_plan

ARTIFACT = Artifact(
    title="The cross dual-attention module",
    kind="static",
    claim="Dense to sparse by pooling and channel attention, sparse to dense by self-attention and upsampling.",
    notebook=STRUCTURE,
)
ID = "wei2025.figure2"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The paper's own network."""
    return structure_plan()


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The module, and the size of every map in it."""
    d = module(Built(done[0].record), "stage1")
    rows = {(name if ", " in name else node.title): node.lines[-1] for name, node in d.nodes.items()}
    table = tidy(static_row(ID, scale, row, "C x T x H x W", "size", size, note=PROTOCOL) for row, size in rows.items())
    return ArtifactResult(table, d.draw().figure, [], PROTOCOL)


def module(built: Built, stage: str) -> Diagram:
    """Dense to sparse in the second column, sparse to dense in the third."""
    name, after = f"exchange.{stage}", f"after block {stage[-1]}"
    sparse, dense = (built.shape(f"{lane}.{stage}") for lane in LANES)
    pooled, rise = times(built.output(f"{name}.channel")), dense[1] // sparse[1]
    kernel = built.facts(f"{name}.channel.conv")["kernel_size"][0]
    t, h, w, c = built.output(f"{name}.axes")  # channels last
    d = Diagram(*LANES, MODULE)
    d.node("sparse, in", "sparse", after, times(sparse), at=(0, 0), colour="sparse", kind="map")
    d.node("dense, in", "dense", after, times(dense), at=(3, 0), colour="dense", kind="map")
    step = f"{rise}×1×1, stride {rise}×1×1"
    d.node("pool", "max-pooling over time", step, pooled, at=(1, 1), colour=MODULE)
    d.node("channel", "channel attention", f"kernel {kernel} over channels, plus itself", pooled, colour=MODULE)
    reduced = built.window(f"{name}.reduce"), times(built.shape(f"{name}.reduce"))
    d.node("reduce", "convolution", *reduced, at=(2, 1), colour=MODULE)
    along = f"{rounds(built, stage)} rounds, same weights", times((c, t, h, w))
    d.node("axes", "attention along W, H, T", *along, colour=MODULE)
    d.node("upsample", "upsampling over time", f"each frame {rise} times", times(dense), colour=MODULE)
    for lane, own, column in (("sparse", sparse, 0), ("dense", dense, 3)):
        whole, out = joined(built, lane, stage), f"{lane}, out"
        d.node(
            out,
            "concatenation",
            f"{own[0]} + {whole[0] - own[0]}",
            times(whole),
            at=(column, 3),
            colour=lane,
            kind="map",
        )
        d.edge(f"{lane}, in", out)
    d.edge("sparse, in", "reduce", label="sparse to dense")
    d.edge("dense, in", "pool", label="dense to sparse")
    d.edge("pool", "channel", "sparse, out")
    d.edge("reduce", "axes", "upsample", "dense, out")
    return d
