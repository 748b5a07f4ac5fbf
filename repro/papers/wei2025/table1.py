"""wei2025 Table 1: output sizes and costs of the built network, beside what the paper prints."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from repro.evidence.plots import cost_bars
from repro.evidence.style import stacked
from repro.evidence.tables import static_row, tidy
from repro.papers import folder
from repro.papers.claims import ledger_row
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.wei2025 import claims
from repro.papers.wei2025.figures import stage_shapes
from repro.papers.wei2025.settings import PAPER
from repro.spec import Run, options

ARTIFACT = Artifact(
    title="Layers, output sizes and cost",
    kind="static",
    claim="The dense pathway, with 1/8 of the channels and 8 times the frames, takes about a fifth of the compute.",
    notebook="wei2025/01_table1.ipynb",
)
ID = "wei2025.table1"
PLAIN, PRINTED = "Table 1 without the module", "Table 1 with the module (CDA)"  # the second is the paper's own network
R50 = {"blocks": (3, 4, 6, 3), "dense_temporal": (3, 3, 3, 3)}
CONFIGURATIONS: dict[str, dict[str, Any]] = {  # readings of Table 1 whose cost is counted
    PLAIN: {"interaction": "none"},
    PRINTED: {},
    "CDA, added instead of concatenated (W6)": {"s2d_merge": "add"},
    "blocks 3,4,6,3 and dense 3,3,3,3, no module (W1, W2)": {"interaction": "none", **R50},
    "blocks 3,4,6,3 and dense 3,3,3,3, CDA (W1, W2)": R50,
}
LANES, BLOCKS = ("sparse", "dense"), range(1, 5)
# name of the map in the network -> row of the printed table, name in the drawing
LAYERS = {"input": ("Sampling", "Input"), "stem": ("Conv Layer", "Conv"), "pool": ("Pooling", "Pool")}
LAYERS |= {f"stage{i}": (f"Residual Block {i}", f"Block {i}") for i in BLOCKS}
PROTOCOL = (
    "static: counted on the built network at full size, one clip of 64 raw frames (4 sparse, 32 dense) at 224 x 224, "
    "101 classes; no training"
)
PARTS = {"sparse": "sparse", "dense": "dense", "exchange": "module", "classifier": "classifier"}


def cost_plan(name: str) -> Planned:
    """The cost of one reading at the paper's full size: counting needs no data and no training."""
    arguments = options(input=(3, 32, 224, 224), classes=101, **CONFIGURATIONS[name])
    return Planned(Run(task="cost", network="wei2025", arguments=arguments), row=name)


def plan(scale: str, seeds: int) -> list[Planned]:
    """The costs of all readings, the same at every scale."""
    return [cost_plan(name) for name in CONFIGURATIONS]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Table, structure drawing with cost bars, and the static claims."""
    costs = {planned.row: planned.record.values for planned in done}
    network, row = costs[PRINTED], partial(static_row, ID, scale, note=PROTOCOL)
    sizes = compare_sizes(network)
    rows = []
    for name, printed, built in sizes:
        layer, lane = name.split(", ")
        rows.append(row(layer, f"output {lane}", "size", built, printed, "T x H x W"))
    bars = []
    for name, values in costs.items():
        share = 100 * claims.dense_share(values)
        rows += [
            row(name, "cost", "compute", values["macs"] / 1e9, unit="GMACs"),
            row(name, "cost", "parameters", values["parameters"] / 1e6, unit="million"),
            row(name, "cost", "dense share", share, "about 20" if name == PRINTED else None, "%"),
        ]
        bars += [(name, words, claims.part_macs(values, part) / 1e9) for part, words in PARTS.items()]
    fig, (upper, lower) = stacked([3.2, 3.6], width=9.6)
    stages = [
        (lane, words, *network["shapes"][f"{lane}.{name}"]) for lane in LANES for name, (_, words) in LAYERS.items()
    ]
    shapes = pd.DataFrame(stages, columns=["pathway", "stage", "channels", "frames", "height", "width"])
    stage_shapes(shapes, upper, exchanges=[f"Block {i}" for i in BLOCKS], exchange="CDA")
    cost_bars(pd.DataFrame(bars, columns=["configuration", "part", "value"]), lower)
    return ArtifactResult(tidy(rows), fig, _claims(network, costs[PLAIN], sizes), PROTOCOL)


def compare_sizes(costs: claims.Costs) -> list[tuple[str, str, str]]:
    """(row and pathway, printed T x H x W, built T x H x W) for every size that Table 1 prints
    after the raw input.
    """
    return [
        (f"{layer}, {lane}", folder.reported(PAPER)[ID, layer, f"Output {lane}"], "x".join(map(str, shape[1:])))
        for name, (layer, _) in LAYERS.items()
        for lane in LANES
        for shape in [costs["shapes"][f"{lane}.{name}"]]  # C, T, H, W
    ]


def _claims(network: claims.Costs, plain: claims.Costs, sizes: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    module = 100 * claims.part_macs(network, "exchange") / network["macs"]
    decided = {
        "dense-flops-20pct": (claims.dense_flops_20pct(network), f"{100 * claims.dense_share(network):.1f} %"),
        "table1-output-sizes": (claims.table1_output_sizes(sizes), f"{len(sizes)} sizes compared"),
        "attention-cheap": (claims.attention_cheap(plain, network), f"{module:.1f} %"),
        "resnet50-name": (claims.resnet50_name((3, 3, 3, 3)), "38 weighted layers"),
        "prose-stride-ocr": (claims.prose_stride_ocr(folder.reported(PAPER)), "three readings compared"),
    }
    return [ledger_row(ID, claim, verdict, ours) for claim, (verdict, ours) in decided.items()]
