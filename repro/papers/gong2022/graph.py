"""How the cells of a segment are joined by STC, and the weights that a trained network gives its
neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from repro.papers.gong2022.claims import EPS
from repro.papers.gong2022.geometry import Cell, Metric, neighbours
from repro.papers.gong2022.settings import NETWORK
from repro.runs.store import Record
from repro.spec import Run

MODALITIES = {"rgb": "colour", "flow": "flow"}
SIDE, FRAMES = 7, 6  # the paper's cells along x and y, and frames of a segment
PROBE = 0  # any clip: the weights are the same for all
FIELDS = {
    "frames": "frames",
    "graph_radius": "radius",
    "graph_metric": "metric",
    "geom_eps": "eps",
    "self_loop": "self_loop",
}


@dataclass(frozen=True)
class Graph:
    """How the cells of a segment are joined: frames of a segment, who is a neighbour, the offset of
    the logarithm.
    """

    frames: int = FRAMES
    radius: int = 2  # G4
    metric: Metric = "chebyshev"  # G4
    eps: float = EPS
    self_loop: bool = True  # G5: whether a cell is its own neighbour

    @property
    def grid(self) -> tuple[int, int, int]:
        """T, H, W of what is drawn."""
        return self.frames, SIDE, SIDE

    def among(self, shape: Sequence[int], cell: Cell) -> np.ndarray:
        """(T, H, W) bool: the cells that `cell` gives weights to."""
        inside = neighbours(shape, cell, self.radius, self.metric)
        inside[cell] = self.self_loop
        return inside

    def __str__(self) -> str:
        return f"{self.metric}, radius {self.radius}, ε = {self.eps:g}"


def graph(run: Run) -> Graph:
    """That of a network, the paper's reading where its arguments say nothing."""
    return Graph(**{FIELDS[name]: value for name, value in run.arguments if name in FIELDS})


def has_kernel(run: Run) -> bool:
    """Whether a run trains an STC whose weights hold for every clip, because they follow from
    geometry alone.
    """
    given = {"stc": True, "stc_content": "none"} | dict(run.arguments)
    return (run.task, run.network, given["stc"], given["stc_content"]) == ("train", NETWORK, True, "none")


def kernels(record: Record) -> dict[str, np.ndarray]:
    """Modality -> the weights of its STC far from every border (T, H, W)."""
    inside = record.inside()
    stored = {words: inside.get(f"{PROBE}/{name}.kernel") for name, words in MODALITIES.items()}
    return {words: kernel.astype(float) for words, kernel in stored.items() if kernel is not None}
