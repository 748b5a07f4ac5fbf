"""wei2025 Table 1: output sizes and costs of the built network, beside what the paper prints."""

from __future__ import annotations

from functools import partial

import pandas as pd

from repro.evidence.plots import cost_bars
from repro.evidence.style import stacked
from repro.evidence.tables import Row, static_row, tidy
from repro.papers import catalogue
from repro.papers.reproduce import ArtifactResult
from repro.papers.wei2025 import claims, runs
from repro.papers.wei2025.figures import stage_shapes
from repro.runs.store import Record

ID = "wei2025.table1"
LAYERS = {  # row of the printed table -> name of the map in the network
    "Sampling": "input",
    "Conv Layer": "stem",
    "Pooling": "pool",
    "Residual Block 1": "stage1",
    "Residual Block 2": "stage2",
    "Residual Block 3": "stage3",
    "Residual Block 4": "stage4",
}
PROTOCOL = (
    "static: counted on the built network at full size, one clip of 64 raw frames (4 sparse, 32 dense) at 224 x 224, "
    "101 classes; no training"
)
PARTS = {"sparse": "sparse", "dense": "dense", "exchange": "module", "classifier": "classifier"}


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """Table, structure drawing with cost bars, and the static claims."""
    costs = {name: record.values for name, record in zip(runs.CONFIGURATIONS, records, strict=True)}
    printed = costs[runs.PRINTED]
    sizes = compare_sizes(printed)
    table = tidy([*_size_rows(sizes, scale), *_cost_rows(costs, scale)])
    fig, (upper, lower) = stacked([3.2, 3.6], width=9.6)
    stage_shapes(_shapes(printed), upper, exchanges=[f"Block {i}" for i in range(1, 5)], exchange="CDA")
    cost_bars(_bars(costs), lower)
    share, plain = claims.dense_share(printed), costs[runs.PLAIN]
    verdicts = [
        claims.row("dense-flops-20pct", claims.dense_flops_20pct(printed), ID, f"{100 * share:.1f} %"),
        claims.row("table1-output-sizes", claims.table1_output_sizes(sizes), ID, f"{len(sizes)} sizes compared"),
        claims.row(
            "attention-cheap",
            claims.attention_cheap(plain, printed),
            ID,
            f"{100 * claims.part_macs(printed, 'exchange') / printed['macs']:.1f} %",
        ),
        claims.row("resnet50-name", claims.resnet50_name((3, 3, 3, 3)), ID, "38 weighted layers"),
        claims.row(
            "prose-stride-ocr", claims.prose_stride_ocr(catalogue.reported("wei2025")), ID, "three readings compared"
        ),
    ]
    return ArtifactResult(table, fig, verdicts, PROTOCOL)


_row = partial(static_row, note=PROTOCOL)


def compare_sizes(costs: claims.Costs) -> list[tuple[str, str, str]]:
    """(row and pathway, printed T x H x W, built T x H x W) for every size that Table 1 prints
    after the raw input.
    """
    reported = catalogue.reported("wei2025")
    compared = []
    for layer, name in LAYERS.items():
        for pathway in ("sparse", "dense"):
            shape = costs["shapes"][f"{pathway}.{name}"]  # C, T, H, W
            compared.append(
                (f"{layer}, {pathway}", reported[ID, layer, f"Output {pathway}"], "x".join(map(str, shape[1:])))
            )
    return compared


def _size_rows(sizes: list[tuple[str, str, str]], scale: str) -> list[Row]:
    rows = []
    for name, printed, ours in sizes:
        layer, pathway = name.split(", ")
        rows.append(_row(ID, scale, layer, f"output {pathway}", "size", ours, printed, "T x H x W"))
    return rows


def _cost_rows(costs: dict[str, claims.Costs], scale: str) -> list[Row]:
    rows = []
    for name, values in costs.items():
        share = 100 * claims.dense_share(values)
        rows += [
            _row(ID, scale, name, "cost", "compute", values["macs"] / 1e9, unit="GMACs"),
            _row(ID, scale, name, "cost", "parameters", values["parameters"] / 1e6, unit="million"),
            _row(ID, scale, name, "cost", "dense share", share, "about 20" if name == runs.PRINTED else None, "%"),
        ]
    return rows


def _shapes(costs: claims.Costs) -> pd.DataFrame:
    """Stage outputs for the drawing, in reading order."""
    names = {"input": "Input", "stem": "Conv", "pool": "Pool"} | {f"stage{i}": f"Block {i}" for i in range(1, 5)}
    rows = [
        (pathway, shown, *costs["shapes"][f"{pathway}.{name}"][:3], costs["shapes"][f"{pathway}.{name}"][3])
        for pathway in ("sparse", "dense")
        for name, shown in names.items()
    ]
    return pd.DataFrame(rows, columns=["pathway", "stage", "channels", "frames", "height", "width"])


def _bars(costs: dict[str, claims.Costs]) -> pd.DataFrame:
    rows = [
        (name, shown, claims.part_macs(values, part) / 1e9)
        for name, values in costs.items()
        for part, shown in PARTS.items()
    ]
    return pd.DataFrame(rows, columns=["configuration", "part", "value"])
