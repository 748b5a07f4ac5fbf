"""The network built for one segment of two modalities, as Figures 3 and 5 show it: the run, what is
read from its record, and the result with what holds for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from repro.evidence.diagrams import Diagram
from repro.evidence.tables import Row, tidy
from repro.papers import folder
from repro.papers.gong2022.settings import NETWORK, PAPER, SHAPE
from repro.papers.plan import ArtifactResult, Planned
from repro.runs.store import Record
from repro.spec import Run, options

WORDS = {"rgb": "colour", "flow": "flow"}
STAGES = ("stem", "stages.stage1", "stages.stage2", "stages.stage3", "stages.stage4")  # of ResNet-101
SEGMENTS = (8, 16)  # of a video, in testing


def plan(scale: str, seeds: int) -> list[Planned]:
    """Sizes and cost of one segment of two streams at the paper's size."""
    return [Planned(Run("cost", NETWORK, options(input=SHAPE, classes=400)))]


class Built:
    """A `cost` record. Names are the network's own; a name it does not have raises KeyError."""

    def __init__(self, record: Record) -> None:
        values, self.given = record.values, dict(record.run.arguments)
        self.clip: Sequence[int] = self.given["input"]  # C T H W of one segment
        self.frames, self.classes = self.clip[1], self.given["classes"]
        self.shapes: Mapping[str, Sequence[int]] = values["shapes"]
        self.parameters: int = values["parameters"]
        self._outputs = {row["module"]: row for row in values["outputs"]}
        self._macs = {row["module"]: row["macs"] for row in values["modules"]} | {"": values["macs"]}
        counted = sum(self._macs[f"{part}{name}"] for part in ("", "stc.", "head.") for name in WORDS)
        self._macs["mff"] = values["macs"] - counted  # it has no weights, and is what the others leave

    def shape(self, module: str) -> list[int]:
        """What a module gives, without B."""
        return self._outputs[module]["shape"]

    def weights(self, module: str) -> int:
        """Parameters of a module and all it holds; of `` those of the network."""
        return self._outputs[module]["parameters"] if module else self.parameters

    def gmacs(self, module: str = "") -> float:
        """Billions of MACs of a module for one segment; by default of the network."""
        return self._macs[module] / 1e9

    def channels(self, backbone: str) -> int:
        """Channels that a backbone's first convolution reads: its weights tell."""
        first = self._outputs[f"{backbone}.stem.0"]
        return first["parameters"] // (first["shape"][0] * prod(first["kernel_size"]))

    @property
    def video(self) -> dict[int, float]:
        """Segments of a video -> billions of MACs."""
        return {number: number * self.gmacs() for number in SEGMENTS}


def printed_costs() -> dict[int, float]:
    """Segments of a video -> what Table 3 prints as its GFLOPs."""
    reported = folder.reported(PAPER)
    return {number: float(reported[f"{PAPER}.table3", f"VCM-SDD {number}x6 R101", "GFLOPs"]) for number in SEGMENTS}


def result(built: Built, rows: Iterable[Row], diagram: Diagram) -> ArtifactResult:
    """Drawing and table of one figure, with what holds for both."""
    size = f"one segment of {times(built.clip)} (C T H W) and {built.classes} classes"
    note = f"static: read from the network built for {size}; nothing is trained"
    return ArtifactResult(tidy(row | {"note": row["note"] or note} for row in rows), diagram.draw().figure, [], note)


def times(shape: Sequence[int]) -> str:
    """C x T x H x W: `2048 × 6 × 7²`."""
    *front, height, width = shape
    return " × ".join([*map(str, front), f"{height}²" if height == width else f"{height} × {width}"])
