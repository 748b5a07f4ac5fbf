"""What Table 1 and the structure figures of wei2025 share: the network whose cost is counted at
full size, and facts that follow from its record.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from repro.papers import folder
from repro.papers.built import Built, boxed
from repro.papers.plan import Planned
from repro.spec import Run, options

CARD: dict[str, Any] = {"kind": "static", "notebook": "wei2025/05_structure.ipynb"}  # of the figures
PROTOCOL = "static: read from the network built at full size (3 x 32 x 224 x 224, 101 classes); nothing is trained"
STAGES = ("stage1", "stage2", "stage3", "stage4")
LANES = ("sparse", "dense")
ROLES = (*LANES, "module")
# name of the map in the network -> row of the printed table, name in a drawing
LAYERS = {"input": ("Sampling", "Input"), "stem": ("Conv Layer", "Conv"), "pool": ("Pooling", "Pool")}
LAYERS |= {stage: (f"Residual Block {stage[-1]}", f"Block {stage[-1]}") for stage in STAGES}


def cost_plan(row: str, **arguments: Any) -> Planned:
    """The cost of one reading of Table 1 at the paper's full size: counting needs no data and no
    training.
    """
    given = options(input=(3, 32, 224, 224), classes=101, **arguments)
    return Planned(Run(task="cost", network="wei2025", arguments=given), row)


def structure_plan(scale: str, seeds: int) -> list[Planned]:
    """The cost of the paper's own network, a run of Table 1, at every scale."""
    return [cost_plan("the paper's own network")]


def layers(shapes: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, str, int, str, str]]:
    """For every size that Table 1 prints after the raw input: row, pathway, channels as built, T x
    H x W as built and as printed. `shapes`: of a cost record.
    """
    for name, (layer, _) in LAYERS.items():
        for lane in LANES:
            channels, *size = shapes[f"{lane}.{name}"]
            printed = folder.reported("wei2025")["wei2025.table1", layer, f"Output {lane}"]
            yield layer, lane, channels, "x".join(map(str, size)), printed


def units(built: Built, prefix: str) -> str:
    """Residual units of a stage, by the name of its modules:
    `3 × [1×1×1, 64; 1×3×3, 64; 1×1×1, 256]`.
    """
    count = len({name.split(".")[2] for name in built.modules if name.startswith(f"{prefix}.")})
    parts = [built.facts(f"{prefix}.0.{part}.0") for part in "abc"]
    inside = "; ".join(f"{boxed(facts['kernel_size'])}, {facts['shape'][0]}" for facts in parts)
    return f"{count} × [{inside}]"


def joined(built: Built, lane: str, stage: str) -> tuple[int, ...]:
    """(C, T, H, W) of a pathway after the exchange: what the next stage, or the pooling after the
    last, is fed with.
    """
    sparse = built.shape(f"exchange.{stage}")  # the module's first output
    if lane == "sparse":
        return sparse
    following = STAGES.index(stage) + 1
    last = following == len(STAGES)
    channels = built.shape("dropout")[0] - sparse[0] if last else built.reads(f"dense.{STAGES[following]}.0.a.0")
    return channels, *built.shape(f"dense.{stage}")[1:]


def rounds(built: Built, stage: str) -> int:
    """How often an axis' projection of the self-attention ran: once a round (W8)."""
    return built.facts(f"exchange.{stage}.axes.project.0")["calls"]
