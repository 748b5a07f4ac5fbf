"""What the structure figures of wei2025 share: the run that they are drawn from, and facts that
follow from its record.
"""

from __future__ import annotations

from repro.papers.built import Built, boxed
from repro.papers.plan import Planned
from repro.papers.wei2025.table1 import PRINTED, cost_plan

STAGES = ("stage1", "stage2", "stage3", "stage4")
ROLES = LANES = ("sparse", "dense")
MODULE = "module"  # the third colour
PROTOCOL = "static: read from the network built at full size (3 x 32 x 224 x 224, 101 classes); nothing is trained"


def structure_plan() -> list[Planned]:
    """The cost of the paper's own network, a run of Table 1."""
    return [cost_plan(PRINTED)]


def units(built: Built, prefix: str) -> str:
    """Residual units of a stage, by the name of its modules:
    `3 × [1×1×1, 64; 1×3×3, 64; 1×1×1, 256]`.
    """
    names = [name.removeprefix(f"{prefix}.") for name in built.modules if name.startswith(f"{prefix}.")]
    count = len({name.split(".")[0] for name in names})
    parts = [built.facts(f"{prefix}.0.{part}.0") for part in "abc"]
    inside = "; ".join(f"{boxed(facts['kernel_size'])}, {facts['shape'][0]}" for facts in parts)
    return f"{count} × [{inside}]"


def joined(built: Built, lane: str, stage: str) -> tuple[int, ...]:
    """(C, T, H, W) of a pathway after the exchange: what the next stage, or the pooling after the
    last, is fed with.
    """
    if lane == "sparse":
        return built.shape(f"exchange.{stage}")  # the module's first output
    following = STAGES.index(stage) + 1
    if following < len(STAGES):
        channels = built.reads(f"dense.{STAGES[following]}.0.a.0")
    else:
        channels = built.shape("dropout")[0] - built.shape(f"exchange.{stage}")[0]
    return channels, *built.shape(f"dense.{stage}")[1:]


def rounds(built: Built, stage: str) -> int:
    """How often the shared projection of the self-attention ran: once a round (W8)."""
    return built.facts(f"exchange.{stage}.axes.project.0")["calls"]
