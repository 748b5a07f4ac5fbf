"""The claims of wei2025 that a built artifact decides: one function per claim id, pure functions of what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from repro.evidence.verdicts import Verdict, judge, static
from repro.papers import catalogue
from repro.papers.measure import Cell
from repro.papers.wei2025.runs import ABLATION

Costs = Mapping[str, Any]  # the values of a cost record


def part_macs(costs: Costs, part: str) -> int:
    """MACs of one part of the network: sparse, dense, exchange or classifier."""
    return sum(row["macs"] for row in costs["modules"] if row["module"].split(".")[0] == part)


def dense_share(costs: Costs) -> float:
    """The dense pathway's share of all MACs."""
    return part_macs(costs, "dense") / costs["macs"]


def dense_flops_20pct(printed: Costs) -> Verdict:
    """`dense-flops-20pct`: the share lies in [0.15, 0.25]."""
    share = dense_share(printed)
    return static(
        0.15 <= share <= 0.25, f"{part_macs(printed, 'dense') / 1e9:.2f} of {printed['macs'] / 1e9:.2f} GMACs are {100 * share:.1f} %"
    )


def table1_output_sizes(compared: Sequence[tuple[str, str, str]]) -> Verdict:
    """`table1-output-sizes`: every printed size T x H x W equals the built network's. `compared`: (name, printed, ours)."""
    wrong = [f"{name}: printed {printed}, built {ours}" for name, printed, ours in compared if printed != ours]
    return static(not wrong, "; ".join(wrong) or f"All {len(compared)} printed sizes equal the built network's")


def attention_cheap(plain: Costs, printed: Costs) -> Verdict:
    """`attention-cheap`: the module itself takes less than 10 % of the MACs."""
    own = part_macs(printed, "exchange")
    weights = sum(row["parameters"] for row in printed["modules"] if row["module"].startswith("exchange"))
    share = own / printed["macs"]
    around = (printed["macs"] - plain["macs"]) / 1e9
    text = f"{own / 1e9:.2f} of {printed['macs'] / 1e9:.2f} GMACs ({100 * share:.1f} %) and {weights / 1e6:.2f} M parameters"
    return static(share < 0.10, f"{text} are the module's own; with the wider stages it causes, {around:.2f} GMACs more than without it")


def resnet50_name(blocks: Sequence[int]) -> Verdict:
    """`resnet50-name`: a ResNet-50 has 1 + 3 x sum(blocks) + 1 = 50 weighted layers (W1)."""
    layers = 1 + 3 * sum(blocks) + 1
    return static(layers == 50, f"Blocks {', '.join(map(str, blocks))} give 1 + 3 x {sum(blocks)} + 1 = {layers} weighted layers")


def cda_gain(reported: Mapping[tuple[str, str, str], str]) -> Verdict:
    """`cda-gain`: the printed rows differ by 1.8 (UCF101) and 1.4 (HMDB51)."""
    gains = {}
    for column in ("UCF101", "HMDB51"):
        after, before = (float(reported["wei2025.table3", row, column]) for row in ("dense+sparse+CDA", "dense+sparse"))
        gains[column] = f"{after - before:.1f}"
    return static(gains == {"UCF101": "1.8", "HMDB51": "1.4"}, f"97.6 - 95.8 = {gains['UCF101']} and 78.4 - 77.0 = {gains['HMDB51']}")


def ablation_order(cells: Mapping[tuple[str, str], Cell], columns: Sequence[str], decisive: bool) -> Verdict:
    """`ablation-order`: dense < sparse < both < both + CDA on both data sets, each step as a paired contrast."""
    rows = list(ABLATION)
    contrasts, levels, chance = [], [], []
    for column in columns:
        named = [(row, cells[row, column]) for row in rows]
        levels += [(f"{row} on {column}", cell.interval) for row, cell in named]
        chance += [cell.chance for _, cell in named]
        contrasts += [(f"{b} - {a} on {column}", high.over(low)) for (a, low), (b, high) in pairwise(named)]
    return judge(contrasts, levels, chance, decisive)


def row(claim: str, verdict: Verdict, artifact: str, ours: str, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    """A verdict as a row of the ledger; statement and printed predicate come from claims.csv. Raises KeyError on an unknown id."""
    known = {entry["claim_id"]: entry for entry in catalogue.claims("paper")}
    entry = known[f"wei2025.claim.{claim}"]
    return {
        "claim_id": entry["claim_id"],
        "kind": entry["kind"],
        "statement": entry["statement"],
        "paper": entry["predicate"],
        "ours": ours,
        "low": low,
        "high": high,
        "verdict": verdict.word,
        "reason": verdict.reason,
        "artifact": artifact,
    }
