"""Figure 4: how near cells of a segment are by eq. (4) and (5), and what weights the trained
networks made of it.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import get_args

import numpy as np
from matplotlib.figure import Figure

from repro.evidence.statistics import t_interval
from repro.evidence.tables import Row, plural, spanned, static_row, tidy
from repro.evidence.verdicts import Verdict, static
from repro.papers.claims import ledger_row
from repro.papers.gong2022 import graph as g
from repro.papers.gong2022.geometry import geometry_grid, number
from repro.papers.gong2022.graph import EPS, FRAMES, SIDE, Cell, Graph, Metric, graph
from repro.papers.gong2022.measured import STAND_IN
from repro.papers.gong2022.settings import at
from repro.papers.gong2022.trainings import trained
from repro.papers.measure import about, notes
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.runs.store import Record
from repro.spec import Run

ID = "gong2022.figure4"
ARTIFACT = Artifact(
    title="The geometric relation between cells",
    kind="measured",
    claim="The farther two cells are apart, the smaller the value that relates them.",
    notebook="gong2022/05_figure4.ipynb",
    inside=True,
)
CELLS, STEPS = (0, 1, 2, 3, 6), (1, 2, 5)  # cells apart, frames apart of six, whose values the table has
WEIGHT = "share of weight"


def plan(scale: str, seeds: int) -> list[Planned]:
    """Our network as trained for Table 3."""
    settings = at(scale)
    return [Planned(trained(scale, settings.first[1][0], seed)) for seed in range(seeds or settings.baseline_seeds)]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The middle cell of a segment and, of the first seed, what its neighbours weigh in both
    modalities; the table has every seed.
    """
    records = [planned.record for planned in done]
    first, seeds = records[0], plural(len(records), "seed")
    in_cells = ", ".join(number(value) for value in list(values_by_distance().values())[: len(CELLS)])
    ours = f"{in_cells} at {', '.join(map(str, CELLS))} cells"
    data = first.run.clip_data.name
    protocol = f"{scale}: static values of eq. (6); weights of {data} trainings, {seeds}, far from every border"
    words = [f"Scale {scale}; {seeds} trained, the first is shown."]
    figure = picture(first, g.middle(graph(first.run).grid), words=words)
    table = tidy([*value_rows(scale), *weight_rows(scale, records), *mean_rows(scale, records)])
    claims = [ledger_row(ID, "geometry-decreases", geometry_decreases(), ours)]
    claims.append(ledger_row(ID, "stc-only-is-weighted-pool", weighted_pool(records), f"{seeds}, both modalities"))
    return ArtifactResult(table, figure, claims, protocol)


def picture(record: Record, cell: Cell, other: Graph | None = None, words: Sequence[str] = ()) -> Figure:
    """Geometry and neighbours of a cell by the graph `other`, by default the network's own, above
    the network's weights by its own.
    """
    run, own = record.run, graph(record.run)
    outlined, shape = other or own, own.grid
    data = run.clip_data.name + (", generated" if run.clip_data.generated else "")
    stored = g.relearned(record, other) if other and other != own else {}
    joined = outlined if stored else own
    weights = {
        f"{name}: weights s(i, j), per cent": g.weights_at(kernel, shape, cell)
        for name, kernel in (stored or g.kernels(record)).items()
    }
    noted, frames = "; ".join(notes(record)), plural(own.frames, "frame")
    text = [
        f"Under each strip: how far, in cells or in parts of the {frames} of a segment. Neighbours: {outlined}.",
        f"Weights learned on {data} (seed {run.seed}; {noted}), laid on the paper's {SIDE} x {SIDE} cells: {joined}.",
    ]
    near, among = g.neighbours(shape, cell, outlined.radius, outlined.metric), joined.among(shape, cell)
    values = g.geometry(shape, cell, outlined.eps)
    return geometry_grid(values, cell, near, weights, among, [*text, *words])


def values_by_distance() -> dict[str, float]:
    """Distances in words -> -log(d + ε): first of cells, then of frames."""
    cells = g.geometry((1, 1, SIDE), (0, 0, 0), EPS)[0, 0, 0]
    frames = g.geometry((FRAMES, 1, 1), (0, 0, 0), EPS)[2, :, 0, 0]
    along = {f"{plural(step, 'cell')} apart along x or y": float(cells[step]) for step in CELLS}
    return along | {f"{step} of {FRAMES} frames apart": float(frames[step]) for step in STEPS}


def value_rows(scale: str) -> Iterator[Row]:
    """Values of eq. (6) by distance, and neighbours of a cell in the mean by each metric."""
    for name, value in values_by_distance().items():
        yield static_row(ID, scale, name, "geometry", "-log(d + ε)", value, note=f"ε = {EPS:g} (G2)")
    whole = (FRAMES, SIDE, SIDE)
    for metric in get_args(Metric):
        mean = float(np.mean([g.neighbours(whole, cell, 2, metric).sum() for cell in np.ndindex(*whole)]))
        where = (f"neighbours, {metric}", "cells", f"mean of {np.prod(whole)}")
        yield static_row(ID, scale, *where, mean, note="within 2 steps (G4), itself counted")


def weight_rows(scale: str, records: Sequence[Record]) -> Iterator[Row]:
    """Of every modality: weight by distance along each axis, of the cell itself, and how even it
    is; every seed.
    """
    run, values = records[0].run, records[0].values
    common: Row = {"unit": "fraction", "metric": WEIGHT, "seeds": len(records), "level": "video"}
    common |= {"n_items": values["n_test"], "n_groups": values["groups_test"]}
    common = about(ID, scale, records[0]) | common | {"note": STAND_IN if scale != "paper" else ""}
    by_seed = [g.kernels(record) for record in records]  # of every seed: modality -> kernel
    for modality in by_seed[0]:
        shares = [weight_shares(stored[modality], run) for stored in by_seed]
        for what in shares[0]:
            seeds = [of_seed[what] for of_seed in shares]
            yield common | {"row": what, "column": modality} | spanned(t_interval(seeds), seeds)
    for what, even in weight_shares(np.ones_like(next(iter(by_seed[0].values()))), run).items():
        yield static_row(ID, scale, what, "equal weights", WEIGHT, even, unit="fraction")


def mean_rows(scale: str, records: Sequence[Record]) -> Iterator[Row]:
    """What a place of the paper's map counts in the mean behind STC: for equal weights, and as each
    seed learned them.
    """
    every = {"equal weights, the paper's radius": np.ones((5, 5, 5))}
    for record in records:
        every |= {f"{name}, seed {record.run.seed}": kernel for name, kernel in g.kernels(record).items()}
    for row, kernel in every.items():
        weights = g.counts(kernel, (FRAMES, SIDE, SIDE))
        facts = {"lowest": weights.min(), "highest": weights.max(), "standard deviation": weights.std()}
        for what, value in facts.items():
            yield static_row(ID, scale, row, what, "what a cell counts", float(value), unit="equal shares")


def weighted_pool(records: Sequence[Record]) -> Verdict:
    """`stc-only-is-weighted-pool`: every learned kernel on a drawn map of the paper's size, summed
    as eq. (9) and (10) have it and averaged, against one weighted mean.
    """
    shape = (FRAMES, SIDE, SIDE)
    apart = max(g.difference(kernel, shape) for record in records for kernel in g.kernels(record).values())
    even = g.counts(np.ones((5, 5, 5)), shape)
    text = f"largest difference {apart:.1e} over all trained kernels"
    text += f"; a uniform kernel weighs cells {even.min():.2f} to {even.max():.2f}"
    return static(apart < 1e-5, f"{text}; a content term, a residual or MFF behind it ends the identity")


def weight_shares(kernel: np.ndarray, run: Run) -> dict[str, float]:
    """What the table has of a kernel (T, H, W): shares of its weight by distance, of the cell
    itself, and its entropy over that of equal weights.
    """
    centre = g.middle(kernel.shape)
    among = graph(run).among(kernel.shape, centre)
    kernel = np.where(among, kernel, 0.0)
    shares = {
        f"{plural(step, 'frame' if axis == 't' else 'cell')} away along {axis}": share
        for axis, line in zip(g.AXES, g.by_distance(kernel), strict=True)
        for step, share in enumerate(line)
    }
    own = kernel[centre] / kernel.sum()
    return shares | {"the cell itself": own, "entropy (1: all equal)": g.evenness(kernel, among)}


def geometry_decreases() -> Verdict:
    """`geometry-decreases`: -log(d + e) falls from each distance to the next, in cells and in
    frames of six (G1, G2).

    That follows from the formula; what can be wrong is the reading of it.
    """
    cells = [-math.log(d + EPS) for d in range(7)]
    frames = [-math.log(d / 6 + EPS) for d in range(6)]
    falls = all(a > b for values in (cells, frames) for a, b in pairwise(values))
    in_cells, in_frames = (", ".join(f"{round(value, 2) + 0:.2f}" for value in values) for values in (cells, frames))
    text = f"-log(d + {EPS:g}): {in_cells} at 0 to 6 cells; {in_frames} at 0 to 5 of 6 frames"
    return static(falls, f"{text}. The other reading, 1 / log(d), has no value at d = 1")
