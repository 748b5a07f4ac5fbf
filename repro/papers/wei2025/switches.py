"""wei2025, what the paper argues for, run: the published setting beside itself with one thing
changed, as paired contrasts.
"""

from dataclasses import replace
from typing import Any

from repro.evidence.contrasts import contrasts
from repro.evidence.tables import tidy
from repro.papers.claims import above, ledger_row
from repro.papers.folder import margin
from repro.papers.measure import cells, complete, protocol
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.papers.stand_ins import STAND_IN
from repro.papers.wei2025.settings import OURS, ablation, training

ARTIFACT = Artifact(
    "One thing changed at a time: forms of exchange, rounds, residual, channel attention", "measured",
    "wei2025/06_switches.ipynb",
    "Two lateral forms lose critical segments; two rounds, the residual, channel attention, both directions and all "
    "four exchanges help.",
    scales=("smoke", "overnight", "paper"),
)  # fmt: skip
ID = "wei2025.switches"
SWITCHES: dict[str, dict[str, Any]] = {  # one argument of the network that is not as published
    "T-conv": {"d2s": "tconv"},
    "pooling and T-conv": {"d2s": "both"},
    "time to channel": {"d2s": "time_to_channel"},
    "one frame of alpha": {"d2s": "interval_sample"},
    "one round": {"rounds": 1},
    "three rounds": {"rounds": 3},
    "axes in turn": {"attn_mode": "sequential"},
    "shared projections": {"axis_shared": True},
    "added": {"s2d_merge": "add"},
    "three exchanges": {"last_cda": False},
    "no residual": {"attn_residual": False},
    "no channel attention": {"channel_attention": False},
    "dense to sparse alone": {"interaction": "d2s"},
    "sparse to dense alone": {"interaction": "s2d"},
}
CLAIMS = {  # rows of each contrast, the one claimed larger first
    "tconv-keeps-segments": [("T-conv", "time to channel"), ("T-conv", "one frame of alpha")],
    "two-rounds-help": [(OURS, "one round")],
    "residual-helps": [(OURS, "no residual")],
    "channel-attention-helps": [(OURS, "no channel attention")],
    "last-exchange-helps": [(OURS, "three exchanges")],
    "both-directions-needed": [(OURS, "dense to sparse alone"), (OURS, "sparse to dense alone")],
    "pooling-over-tconv": [(OURS, "T-conv")],
    "pooling-and-tconv": [("pooling and T-conv", OURS)],
    "third-round-helps": [("three rounds", OURS)],
    "axes-at-once": [(OURS, "axes in turn")],
    "own-projections-help": [(OURS, "shared projections")],
    "concatenation-helps": [(OURS, "added")],
}
NAMES = {OURS: "as published"}


def plan(scale: str, seeds: int) -> list[Planned]:
    """The published setting, a row of Table 3, and every switch: on the first data set."""
    at, rows = ablation(scale), {OURS: {}} | SWITCHES
    column, folds = next(iter(at.columns.items()))
    return [
        Planned(training(scale, OURS, data, seed, switch=switch), row, column)
        for row, switch in rows.items()
        for seed in range(seeds or at.seeds)
        for data in folds
    ]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Levels in the table; in the figure the contrasts by which the claims are judged."""
    found = cells(done)
    ((_, column), *_), notes = found, [STAND_IN] * (scale != "paper")
    table = tidy(cell.tidy(ID, scale, note="; ".join(notes)) for cell in found.values())
    decisive = complete((planned.record for planned in done), scale, ablation("paper").seeds)
    ledger = []
    for claim, pairs in CLAIMS.items():
        verdict = above(found, pairs, [column], decisive, margin("wei2025", claim))
        rows = dict.fromkeys(row for pair in pairs for row in pair)
        ours = ", ".join(f"{NAMES.get(row, row)} {found[row, column].interval.value:.3f}" for row in rows)
        ledger.append(ledger_row(ID, claim, verdict, f"{column}: {ours}"))
    shown = [
        replace(contrast, label=contrast.label.removesuffix(f" on {column}").replace(OURS, NAMES[OURS]))
        for row in ledger
        for contrast in row["contrasts"]
    ]
    ax = contrasts(shown, margin("wei2025", "two-rounds-help"), title=f"{column}: one thing changed at a time")
    return ArtifactResult(table, ax.figure, ledger, protocol(found.values(), scale, column))
