"""wei2025 Table 1: output sizes and costs of the built network, beside what the paper prints."""

from functools import partial
from typing import Any

import pandas as pd

from repro.evidence.plots import cost_bars
from repro.evidence.style import stacked
from repro.evidence.tables import static_row, tidy
from repro.papers import folder
from repro.papers.claims import ledger_row
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import claims, figures
from repro.papers.wei2025.structure import LANES, LAYERS, cost_plan, layers

ARTIFACT = Artifact(
    "Layers, output sizes and cost", "static", "wei2025/01_table1.ipynb",
    "The dense pathway, with 1/8 of the channels and 8 times the frames, takes about a fifth of the compute.",
)  # fmt: skip
ID = "wei2025.table1"
PLAIN, PRINTED = "Table 1 without the module", "Table 1 with the module (CDA)"  # the second is the paper's own network
RESNET50 = {"blocks": (3, 4, 6, 3), "dense_temporal": (3, 3, 3, 3)}
CONFIGURATIONS: dict[str, dict[str, Any]] = {  # readings of Table 1 whose cost is counted
    PLAIN: {"interaction": "none"},
    PRINTED: {},
    "CDA, added instead of concatenated (W6)": {"s2d_merge": "add"},
    "CDA, one projection for the three axes (W8)": {"axis_shared": True},
    "blocks 3,4,6,3 and dense 3,3,3,3, no module (W1, W2)": {"interaction": "none", **RESNET50},
    "blocks 3,4,6,3 and dense 3,3,3,3, CDA (W1, W2)": RESNET50,
}
PARTS = {"sparse": "sparse", "dense": "dense", "exchange": "module", "classifier": "classifier"}
PROTOCOL = (
    "static: counted on the built network at full size, one clip of 64 raw frames (4 sparse, 32 dense) at 224 x 224"
)
PROTOCOL += ", 101 classes; no training"


def plan(scale: str, seeds: int) -> list[Planned]:
    """The costs of all readings, the same at every scale."""
    return [cost_plan(name, **arguments) for name, arguments in CONFIGURATIONS.items()]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Table, structure drawing with cost bars, and the static claims."""
    costs, row = {planned.row: planned.record.values for planned in done}, partial(static_row, ID, scale, note=PROTOCOL)
    network, bars = costs[PRINTED], []
    sizes = [(layer, lane, printed, built) for layer, lane, _, built, printed in layers(network["shapes"])]
    rows = [row(layer, f"output {lane}", "size", built, printed, "T x H x W") for layer, lane, printed, built in sizes]
    for name, values in costs.items():
        paper = "about 20" if name == PRINTED else None
        rows.append(row(name, "cost", "compute", values["macs"] / 1e9, unit="GMACs"))
        rows.append(row(name, "cost", "parameters", values["parameters"] / 1e6, unit="million"))
        rows.append(row(name, "cost", "dense share", 100 * claims.dense_share(values), paper, "%"))
        bars += [(name, words, claims.part_macs(values, part) / 1e9) for part, words in PARTS.items()]
    shapes = {lane: {words: network["shapes"][f"{lane}.{at}"] for at, (_, words) in LAYERS.items()} for lane in LANES}
    fig, (upper, lower) = stacked([3.2, 3.6], width=9.6)
    figures.stage_shapes(shapes, upper, exchanges=[words for _, words in LAYERS.values()][-4:], exchange="CDA")
    cost_bars(pd.DataFrame(bars, columns=["configuration", "part", "value"]), lower)
    module = 100 * claims.part_macs(network, "exchange") / network["macs"]
    decided = {
        "dense-flops-20pct": (claims.dense_flops_20pct(network), f"{100 * claims.dense_share(network):.1f} %"),
        "table1-output-sizes": (claims.table1_output_sizes(sizes), f"{len(sizes)} sizes compared"),
        "attention-cheap": (claims.attention_cheap(costs[PLAIN], network), f"{module:.1f} %"),
        "resnet50-name": (claims.resnet50_name((3, 3, 3, 3)), "38 weighted layers"),
        "prose-stride-ocr": (claims.prose_stride_ocr(folder.reported("wei2025")), "three readings compared"),
    }
    ledger = [ledger_row(ID, claim, verdict, ours) for claim, (verdict, ours) in decided.items()]
    return ArtifactResult(tidy(rows), fig, ledger, PROTOCOL)
