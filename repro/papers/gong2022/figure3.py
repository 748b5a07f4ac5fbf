"""Figure 3: the framework. Two streams of a segment, each smoothed by geometry, then looking into
each other; one averaged answer.

Sizes and costs are read from the record of the network built for one segment.
"""

from functools import partial

from repro.evidence.diagrams import Diagram
from repro.papers.built import Built, Rows
from repro.papers.gong2022 import structure
from repro.papers.gong2022.structure import WORDS, artifact, gmacs

ARTIFACT = artifact(
    "The whole network",
    "static",
    claim="Two streams, each smoothed over neighbours; each looks into the other; their answers are averaged.",
)


def framework(built: Built) -> Diagram:
    """The parts in the order that a segment passes them, from the video to the answer; a row for
    each modality.
    """
    d = Diagram("rgb", "flow", "ours", flow="right")
    d.node("video", "video", "n segments,", f"{built.clip[1]} frames each", at=(0, 0), span=(1, 2), kind="map")
    d.node("mff", "MFF", "each looks", "into the", "other", "eq. (11), (12)", at=(4, 0), span=(1, 2), colour="ours")
    words = ("average over", "modalities", "and segments", "eq. (14)")
    d.node("answer", "answer", *words, at=(6, 0), span=(1, 2), colour="ours", kind="map")
    sees = {"rgb": f"{built.reads('rgb.stem.0')} channels", "flow": f"{built.reads('flow.stem.0') // 2} fields of 2"}
    for row, (name, modality) in enumerate(WORDS.items()):
        d.node(name, modality, sees[name], "per frame", at=(1, row), colour=name, kind="map")
        d.node(f"{name}.backbone", "ResNet-101", "per frame", at=(2, row), colour=name)
        d.node(f"{name}.stc", "STC", "neighbours,", "weighed by", "geometry", at=(3, row), colour="ours")
        d.node(f"{name}.head", "mean, M", f"{built.given['classes']} classes", at=(5, row), colour=name)
        d.edge("video", name, f"{name}.backbone", f"{name}.stc", colour=name)
        d.edge(f"{name}.stc", "mff", f"{name}.head", colour="ours")
        d.edge(f"{name}.head", "answer")
    return d


def part_rows(built: Built) -> Rows:
    """Weights and cost of the parts of the framework, for one segment."""
    parts = {f"ResNet-101 on {words}": name for name, words in WORDS.items()}
    parts |= {f"STC on {words}": f"stc.{name}" for name, words in WORDS.items()} | {"MFF": "mff"}
    parts |= {f"M of {words}": f"head.{name}" for name, words in WORDS.items()} | {"in all": ""}
    for part, module in parts.items():
        yield part, "weights", "parameters", built.weights(module)
        yield part, "cost of a segment", "MACs", gmacs(built, module), None, "GMACs"


plan, draw = structure.plan, partial(structure.draw, "figure3", part_rows, framework)
