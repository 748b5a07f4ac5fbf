"""gong2022 Figure 4: how near cells of a segment are by eq. (4) and (5), and what weights the
trained networks made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from repro.evidence.comparisons import counted
from repro.papers.gong2022.geometry import (
    AXES,
    Cell,
    Metric,
    by_distance,
    evenness,
    geometry,
    geometry_grid,
    middle,
    neighbours,
    number,
    weights_at,
)
from repro.evidence.statistics import t_interval
from repro.evidence.tables import Row, seed_text, static_row, tidy
from repro.papers.gong2022 import claims
from repro.papers.gong2022.claims import EPS
from repro.papers.gong2022.rows import STAND_IN
from repro.papers.measure import named, notes
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record
from repro.spec import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ID = "gong2022.figure4"
MODALITIES = {"rgb": "colour", "flow": "flow"}
SIDE, FRAMES = 7, 6  # the paper's cells along x and y, and frames of a segment
CELLS, STEPS = (0, 1, 2, 3, 6), (1, 2, 5)  # cells apart, frames apart of six, at which the values are told
PROBE = 0  # any clip: the weights are the same for all


@dataclass(frozen=True)
class Graph:
    """How the cells of a segment are joined: frames of a segment, who is a neighbour, the offset of
    the logarithm.
    """

    frames: int = FRAMES
    radius: int = 2  # G4
    metric: Metric = "chebyshev"  # G4
    eps: float = EPS
    itself: bool = True  # G5: whether a cell is its own neighbour

    @property
    def grid(self) -> tuple[int, int, int]:
        """T, H, W of what is drawn."""
        return self.frames, SIDE, SIDE

    def among(self, shape: Sequence[int], cell: Cell) -> np.ndarray:
        """(T, H, W) bool: the cells that `cell` gives weights to."""
        found = neighbours(shape, cell, self.radius, self.metric)
        found[cell] = self.itself
        return found

    def __str__(self) -> str:
        return f"{self.metric}, radius {self.radius}, ε = {self.eps:g}"


def graph(run: Run) -> Graph:
    """That of a network, the paper's reading where its arguments say nothing."""
    names = {
        "frames": "frames",
        "graph_radius": "radius",
        "graph_metric": "metric",
        "geom_eps": "eps",
        "self_loop": "itself",
    }
    return Graph(**{names[name]: value for name, value in run.arguments if name in names})


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """The middle cell of a segment and, of the first seed, what its neighbours weigh in both
    modalities; the table has every seed.
    """
    trained = with_kernels(records)
    first, seeds = trained[0], counted(len(trained), "seed")
    verdict = claims.geometry_decreases()
    said = f"{', '.join(number(value) for value in list(told().values())[: len(CELLS)])} at {', '.join(map(str, CELLS))} cells"
    protocol = (
        f"{scale}: static values of eq. (6); weights of {first.run.data.name} trainings, {seeds}, far from every border"
    )
    figure = picture(
        first, middle(graph(first.run).grid), words=[f"Scale {scale}; {seeds} trained, the first is shown."]
    )
    rows = [*_values(scale), *_weights(scale, trained)]
    return ArtifactResult(tidy(rows), figure, [claims.row("geometry-decreases", verdict, ID, said)], protocol)


def with_kernels(records: Iterable[Record]) -> list[Record]:
    """The seeds of the first training whose STC has weights that hold for every clip. Raises
    ValueError when there is none.
    """
    found = [record for record in {record.run: record for record in records}.values() if weighs(record.run)]
    if not found:
        raise ValueError(
            "None of these runs has an STC whose weights follow from geometry alone. Run gong2022.figure4: its runs have."
        )
    first = found[0].run
    return [record for record in found if (record.run.data, record.run.arguments) == (first.data, first.arguments)]


def weighs(run: Run) -> bool:
    """Whether this is a training of a network whose STC weighs by geometry alone."""
    given = dict(run.arguments)
    return (
        run.task == "train"
        and run.network == "gong2022"
        and given.get("stc", True)
        and given.get("stc_content", "none") == "none"
    )


def kernels(record: Record) -> dict[str, np.ndarray]:
    """Modality -> the weights of its STC far from every border (T, H, W)."""
    inside = record.inside()
    return {
        words: inside[key].astype(float)
        for name, words in MODALITIES.items()
        if (key := f"{PROBE}/{name}.kernel") in inside
    }


def picture(record: Record, cell: Cell, seen: Graph | None = None, words: Sequence[str] = ()) -> Figure:
    """Geometry and neighbours of a cell by `seen`, by default the network's own graph, above the
    network's weights by its own.
    """
    run, own = record.run, graph(record.run)
    seen = seen or own
    shape, data = own.grid, run.data.name + (", generated" if run.data.generated else "")
    weights = {
        f"{name}: weights s(i, j), per cent": weights_at(kernel, shape, cell)
        for name, kernel in kernels(record).items()
    }
    near, among = neighbours(shape, cell, seen.radius, seen.metric), own.among(shape, cell)
    said = "; ".join(notes(record)).replace("pretrained on imagenet", "pretrained on photographs of ImageNet's classes")
    text = [
        f"Under each strip: how far, in cells or in parts of the {counted(own.frames, 'frame')} of a segment. Neighbours: {seen}.",
        f"Weights learned on {data} (seed {run.seed}; {said}), laid on the paper's {SIDE} x {SIDE} cells: {own}.",
    ]
    return geometry_grid(
        geometry(shape, cell, seen.eps), cell, near, weights, among=among, words=[*text, *words]
    ).figure


def told() -> dict[str, float]:
    """The printed distances in words -> -log(d + ε): first of cells, then of frames."""
    cells, frames = (
        geometry((1, 1, SIDE), (0, 0, 0), EPS)[0, 0, 0],
        geometry((FRAMES, 1, 1), (0, 0, 0), EPS)[2, :, 0, 0],
    )
    along = {f"{counted(step, 'cell')} apart along x or y": float(cells[step]) for step in CELLS}
    return along | {f"{step} of {FRAMES} frames apart": float(frames[step]) for step in STEPS}


def _values(scale: str) -> Iterable[Row]:
    for name, value in told().items():
        yield static_row(ID, scale, name, "geometry", "-log(d + ε)", value, note=f"ε = {EPS:g} (G2)")
    whole = (FRAMES, SIDE, SIDE)
    for metric in get_args(Metric):
        mean = np.mean([neighbours(whole, cell, 2, metric).sum() for cell in np.ndindex(*whole)])  # type: ignore[arg-type]
        row, metric_of = f"neighbours, {metric}", f"mean of {np.prod(whole)}"
        yield static_row(ID, scale, row, "cells", metric_of, float(mean), note="within 2 steps (G4), itself counted")


def _weights(scale: str, records: Sequence[Record]) -> Iterable[Row]:
    """Of every modality: weight by distance along each axis, of the cell itself, and how even it
    is; every seed.
    """
    run, values = records[0].run, records[0].values
    kept = {"artifact": ID, "scale": scale, "unit": "fraction", "level": "video", "views": run.protocol.views}
    kept |= {"data": named(run.data), "input": run.data.clips.input}
    kept |= {
        "split": run.data.split,
        "n_items": values["n_test"],
        "n_groups": values["groups_test"],
        "seeds": len(records),
    }
    kept |= {"metric": "share of weight", "note": STAND_IN if scale != "paper" else ""}
    found = [kernels(record) for record in records]  # of every seed: modality -> kernel
    for words in found[0]:
        numbers = [_numbers(seed[words], run) for seed in found]
        for what in numbers[0]:
            seeds = np.array([of_seed[what] for of_seed in numbers])
            interval = t_interval(seeds)
            ends = {"low": interval.low, "high": interval.high} if len(records) > 1 else {}
            yield kept | ends | {"row": what, "column": words, "value": interval.value, "seed_values": seed_text(seeds)}
    for what, even in _numbers(np.ones_like(next(iter(found[0].values()))), run).items():
        yield static_row(ID, scale, what, "equal weights", "share of weight", even, unit="fraction")


def _numbers(kernel: np.ndarray, run: Run) -> dict[str, float]:
    """What the table tells of a kernel."""
    centre = middle(kernel.shape)
    among = graph(run).among(kernel.shape, centre)
    kernel = np.where(among, kernel, 0.0)
    shares = {
        f"{counted(step, 'frame' if axis == 't' else 'cell')} away along {axis}": share
        for axis, line in zip(AXES, by_distance(kernel), strict=True)
        for step, share in enumerate(line)
    }
    return shares | {
        "the cell itself": kernel[centre] / kernel.sum(),
        "entropy (1: all equal)": evenness(kernel, among),
    }
