"""Beside Table 2 (ours): without MFF, STC and the mean behind it are one position-weighted mean of
the map, whose weights are shown. What it gains is contrasted in `frozen`.

STC adds up neighbours with weights that know positions alone, and a mean over all nodes follows:
mean(S F) = c F, where c is the mean over the rows of S (N x N). The heads are linear, so STC alone
is the network without it but for the weights of its mean.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes

from repro.evidence.tables import Row, plural, static_row, tidy
from repro.evidence.verdicts import static
from repro.papers.claims import Cells, ledger_row
from repro.papers.gong2022 import table2
from repro.papers.gong2022.graph import FRAMES, SIDE, graph, kernels, weights_at
from repro.papers.gong2022.measured import protocol
from repro.papers.gong2022.settings import STC
from repro.papers.gong2022.units import mean_weights
from repro.papers.measure import cells, named
from repro.papers.plan import Artifact, ArtifactResult, Done, Planned
from repro.runs.store import Record

ID = "gong2022.pool"
ARTIFACT = Artifact(
    title="Beside Table 2 (ours): STC alone is one weighted mean over the map",
    kind="measured",
    claim="Not in the paper. Without MFF, STC adds 128 numbers and nothing else; it reports 2.2 points for them.",
    notebook="gong2022/01_table2.ipynb",
    inside=True,
    scales=table2.ARTIFACT.scales,
)
WHOLE = (FRAMES, SIDE, SIDE)  # T H W of the paper's map of a segment
DEPTH = 64  # channels of the map that the identity is tried on
UNIFORM = "equal kernel"
ENDS = "a content term, a residual or MFF behind it ends the identity"
Grid = tuple[int, int, int]
Learned = Mapping[tuple[str, int, str], np.ndarray]  # (data set, seed, modality) -> weights (T, H, W) of mean 1


def plan(scale: str, seeds: int) -> list[Planned]:
    """The row of Table 2 with STC alone."""
    return [planned for planned in table2.plan(scale, seeds) if planned.row == STC]


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """The weights of every trained STC as one weighted mean, and how far that is from STC and a
    mean.
    """
    measured, learned, apart = cells(done), {}, 0.0
    side = 2 * graph(done[0].run).radius + 1  # of a kernel
    for planned in done:
        shape = grid(planned.record)
        for modality, kernel in kernels(planned.record).items():
            learned[planned.column, planned.run.seed, modality] = counts(kernel, shape)
            apart = max(apart, difference(kernel, shape))
    even = equal(WHOLE)
    span_of_even = f"a uniform kernel weighs cells {even.min():.2f} to {even.max():.2f}"
    verdict = static(apart < 1e-5, f"largest difference {apart:.1e} over all trained kernels; {span_of_even}")
    claims = [ledger_row(ID, "stc-only-is-weighted-pool", verdict, plural(len(learned), "trained kernel"))]
    how, weights = protocol(measured, scale), weight_rows(measured, learned, side, scale)
    table = tidy([*weights, identity_row(apart, scale)])
    return ArtifactResult(table, picture(learned, side, how).figure, claims, f"{how}; {ENDS}")


def grid(record: Record) -> Grid:
    """T of a segment, H and W of the last map."""
    *_, height, width = record.inside()["0/rgb.map"].shape
    return graph(record.run).frames, height, width


def smoothing(kernel: np.ndarray, shape: Grid) -> np.ndarray:
    """S (N, N) of a kernel (5, 5, 5): row i holds what every node j counts in the sum at node i, W
    counted fastest.
    """
    return np.stack([weights_at(kernel, shape, cell).ravel() for cell in np.ndindex(*shape)])


def counts(kernel: np.ndarray, shape: Grid) -> np.ndarray:
    """(T, H, W) of mean 1: what each node counts in the mean behind STC, N times the mean of its
    column of S.
    """
    return smoothing(kernel, shape).sum(0).reshape(shape)


def equal(shape: Grid, side: int = 5) -> np.ndarray:
    """The same of a kernel of so many places along each axis whose weights are all equal, as of an
    STC whose W_g is zero; 5: a radius of two (G4).
    """
    return counts(np.ones((side,) * 3), shape)


def difference(kernel: np.ndarray, shape: Grid) -> float:
    """The largest difference between the mean of what STC makes of a drawn map F (T, H, W, 64) and
    c F, over its channels.

    The first is summed offset by offset as the equations have it, without c and without S.
    """
    f = np.random.default_rng(0).normal(size=(*shape, DEPTH))  # (T, H, W, D)
    c = smoothing(kernel, shape).mean(0)  # (N,)
    return float(np.abs(smoothed(kernel, f).mean((0, 1, 2)) - c @ f.reshape(-1, DEPTH)).max())


def smoothed(kernel: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Eq. (9) and (10) on a map (T, H, W, D): shifted by every offset, weighed, added, over the
    same sum of ones.
    """
    reach = [(size // 2, size // 2) for size in kernel.shape]
    padded, ones = (np.pad(x, [*reach, (0, 0)]) for x in (f, np.ones((*f.shape[:3], 1))))
    total, norm = np.zeros_like(f), np.zeros((*f.shape[:3], 1))
    for offset in np.ndindex(*kernel.shape):
        window = tuple(slice(start, start + size) for start, size in zip(offset, f.shape, strict=False))
        total += kernel[offset] * padded[window]
        norm += kernel[offset] * ones[window]
    return total / norm


def picture(learned: Learned, side: int, how: str) -> Axes:
    """Weights of an equal kernel on the paper's map, then on ours beside those that one seed
    learned.
    """
    (data, seed, _), first = next(iter(learned.items()))
    maps = {f"{UNIFORM} on {size(WHOLE)} cells, the paper's: ": equal(WHOLE)}
    if first.shape != WHOLE:
        maps[f"{UNIFORM} on {size(first.shape)} cells, ours: "] = equal(first.shape, side)
    of_seed = {modality: weights for (column, of, modality), weights in learned.items() if (column, of) == (data, seed)}
    maps |= {f"learned on {data}, {modality}, seed {seed}: ": weights for modality, weights in of_seed.items()}
    titled = {title + span(weights): weights for title, weights in maps.items()}
    words = [
        "Cells of a segment, frame by frame: how many times its equal share each counts in the mean behind STC.",
        f"{how}. {ENDS[0].upper()}{ENDS[1:]}.",
    ]
    return mean_weights(titled, words)


def size(shape: tuple[int, ...]) -> str:
    """`6 x 7 x 7`."""
    return " x ".join(map(str, shape))


def span(weights: np.ndarray) -> str:
    """Range and standard deviation in words."""
    return f"{weights.min():.2f} to {weights.max():.2f}, standard deviation {weights.std():.2f}"


def weight_rows(measured: Cells, learned: Learned, side: int, scale: str) -> Iterator[Row]:
    """Range and deviation of weights of mean 1: of an equal kernel on the paper's map and on ours,
    then what every seed learned in both modalities.
    """
    shapes = {column: weights.shape for (column, *_), weights in learned.items()}
    every = [(f"{UNIFORM}, the paper's map", equal(WHOLE), "")]
    every += [(f"{UNIFORM}, map of {column}", equal(shape, side), "") for column, shape in shapes.items()]
    for (column, seed, modality), weights in learned.items():
        data = named(measured[STC, column].records[0].run.clip_data)
        note = f"; learned on {data}, kernel as stored, in three digits"
        every.append((f"{column}, {modality}, seed {seed}", weights, note))
    for row, weights, note in every:
        facts = {"lowest": weights.min(), "highest": weights.max(), "standard deviation": weights.std()}
        for what, value in facts.items():
            where = (ID, scale, row, "what a cell counts", what)
            yield static_row(*where, float(value), None, "equal shares", f"{size(weights.shape)} cells{note}")


def identity_row(apart: float, scale: str) -> Row:
    """How far STC and a mean are from one weighted mean."""
    note = f"over all trained kernels, on a drawn map of {DEPTH} channels; {ENDS}"
    return static_row(ID, scale, "mean of S F minus c F", "identity", "largest difference", apart, None, "", note)
