"""The network built for one segment of two modalities, as Figures 3 and 5 show it: the run, what is
read from its record, and the result with what holds for both.
"""

from collections.abc import Callable
from functools import partial

from repro.evidence.diagrams import Diagram
from repro.papers import folder
from repro.papers.built import Built, Rows, drawn, times
from repro.papers.gong2022.settings import NETWORK, SHAPE
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.spec import Run, options

WORDS = {"rgb": "colour", "flow": "flow"}
STAGES = ("stem", "stages.stage1", "stages.stage2", "stages.stage3", "stages.stage4")  # of ResNet-101
artifact = partial(Artifact, notebook="gong2022/06_structure.ipynb")
SEGMENTS = (8, 16)  # of a video, in testing


def plan(scale: str, seeds: int) -> list[Planned]:
    """Sizes and cost of one segment of two streams at the paper's size."""
    return [Planned(Run("cost", NETWORK, options(input=SHAPE, classes=400)))]


def gmacs(built: Built, module: str = "") -> float:
    """Billions of MACs for one segment; of `mff`, which has no weights, what the other modules
    leave.
    """
    if module != "mff":
        return built.gmacs(module)
    others = sum(built.macs(f"{part}{name}") for part in ("", "stc.", "head.") for name in WORDS)
    return (built.macs() - others) / 1e9


def by_video(built: Built) -> dict[int, float]:
    """Segments of a video -> billions of MACs."""
    return {number: number * built.gmacs() for number in SEGMENTS}


def printed_costs() -> dict[int, float]:
    """Segments of a video -> what Table 3 prints as its GFLOPs."""
    reported = folder.reported("gong2022")
    return {number: float(reported["gong2022.table3", f"VCM-SDD {number}x6 R101", "GFLOPs"]) for number in SEGMENTS}


def draw(
    figure: str, rows: Callable[[Built], Rows], diagram: Callable[[Built], Diagram], done: list[Done], scale: str
) -> ArtifactResult:
    """Drawing and table of one figure, with what holds for both."""
    built = Built(done[0].record)
    size = f"one segment of {times(built.clip)} (C T H W) and {built.given['classes']} classes"
    how = f"static: read from the network built for {size}; nothing is trained"
    return drawn(f"gong2022.{figure}", scale, rows(built), diagram(built), how)
