"""wei2025 Figure 2: the cross dual-attention module at the sizes it has after block 1."""

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, drawn, times
from repro.papers.plan import Artifact, ArtifactResult, Done
from repro.papers.wei2025.structure import CARD, LANES, PROTOCOL, ROLES, joined, rounds, structure_plan

ARTIFACT = Artifact(
    "The cross dual-attention module",
    **CARD,
    claim="Dense to sparse by pooling and channel attention, sparse to dense by self-attention and upsampling.",
)
plan = structure_plan  # the paper's own network


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The module, and the size of every map in it."""
    d = module(Built(done[0].record), "stage1")
    sizes = {name if ", " in name else node.title: node.lines[-1] for name, node in d.nodes.items()}
    rows = ((row, "C x T x H x W", "size", size) for row, size in sizes.items())
    return drawn("wei2025.figure2", scale, rows, d, PROTOCOL)


def module(built: Built, stage: str) -> Diagram:
    """Dense to sparse in the second column, sparse to dense in the third."""
    name, before = f"exchange.{stage}", {lane: built.shape(f"{lane}.{stage}") for lane in LANES}
    pooled, rise = times(built.output(f"{name}.channel")), before["dense"][1] // before["sparse"][1]
    neighbours = built.facts(f"{name}.channel.conv")["kernel_size"][0]
    t, h, w, c = built.output(f"{name}.axes")  # channels last
    d = Diagram(*ROLES)
    for lane, column in zip(LANES, (0, 3), strict=True):
        lines, place = (f"after block {stage[-1]}", times(before[lane])), (column, 0)
        d.node(f"{lane}, in", lane, *lines, at=place, colour=lane, kind="map")
    for title, column, *lines in (
        ("max-pooling over time", 1, f"{rise}×1×1, stride {rise}×1×1", pooled),
        ("channel attention", 1, f"kernel {neighbours} over channels, plus itself", pooled),
        ("convolution", 2, built.window(f"{name}.reduce"), times(built.shape(f"{name}.reduce"))),
        ("attention along W, H, T", 2, f"{rounds(built, stage)} rounds, same weights", times((c, t, h, w))),
        ("upsampling over time", 2, f"each frame {rise} times", times(before["dense"])),
    ):
        row = 1 + sum(node.at[0] == column for node in d.nodes.values())
        d.node(title, title, *lines, at=(column, row), colour="module")
    for lane, column in zip(LANES, (0, 3), strict=True):
        own, after = before[lane][0], joined(built, lane, stage)
        lines, place = (f"{own} + {after[0] - own}", times(after)), (column, 3)
        d.node(f"{lane}, out", "concatenation", *lines, at=place, colour=lane, kind="map")
        d.edge(f"{lane}, in", f"{lane}, out")
    d.edge("sparse, in", "convolution", label="sparse to dense")
    d.edge("dense, in", "max-pooling over time", label="dense to sparse")
    d.edge("max-pooling over time", "channel attention", "sparse, out")
    d.edge("convolution", "attention along W, H, T", "upsampling over time", "dense, out")
    return d
