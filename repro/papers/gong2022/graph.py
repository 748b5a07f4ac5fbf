"""How near the cells of a segment are, which are neighbours, and what STC weighs them: pure
functions of arrays, and the graph and the weights of a trained network.

Grids are (T, H, W): T frames of H x W cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from repro.runs.store import Record
from repro.spec import Run

Cell = tuple[int, int, int]  # t, y, x, from 0
Metric = Literal["chebyshev", "euclidean", "manhattan"]

AXES = ("x", "y", "t")  # the order of the three values in eq. (6)
EPS = 1e-3  # e of eq. (6) (G2)
MODALITIES = {"rgb": "colour", "flow": "flow"}
SIDE, FRAMES = 7, 6  # the paper's cells along x and y, and frames of a segment
DEPTH = 64  # channels of the map that the identity of STC and a weighted mean is tried on
PROBE = 0  # any clip: the weights are the same for all
ARGUMENTS = ("frames", "graph_radius", "graph_metric", "geom_eps", "self_loop")  # of the network: the fields of Graph


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
    given, known = dict(run.arguments), zip(ARGUMENTS, fields(Graph), strict=True)
    return Graph(**{field.name: given[name] for name, field in known if name in given})


def kernels(record: Record) -> dict[str, np.ndarray]:
    """Modality -> the weights of its STC far from every border (T, H, W)."""
    inside = record.inside()
    stored = {words: inside.get(f"{PROBE}/{name}.kernel") for name, words in MODALITIES.items()}
    return {words: kernel.astype(float) for words, kernel in stored.items() if kernel is not None}


def relearned(record: Record, other: Graph) -> dict[str, np.ndarray]:
    """Modality -> what the W_p and W_g of a record would weigh in another graph far from every
    border (T, H, W), eq. (6) to (8).
    """
    inside, side, weights = record.inside(), 2 * other.radius + 1, {}
    shape = (side,) * 3
    centre = middle(shape)
    dt, dy, dx = apart(shape, centre)
    geom = -np.log(np.stack([dx, dy, dt / other.frames], axis=-1) + other.eps)  # (T, H, W, 3)
    for name, words in MODALITIES.items():
        if (relation := inside.get(f"{PROBE}/{name}.relation")) is not None:
            w_p, w_g = relation[:, :3].astype(float), relation[:, 3].astype(float)
            sim = np.where(other.among(shape, centre), np.exp(np.maximum(geom @ w_p.T, 0) @ w_g), 0.0)
            weights[words] = sim / sim.sum()
    return weights


def geometry(shape: Sequence[int], cell: Cell, eps: float) -> np.ndarray:
    """(3, T, H, W): -log(d + eps) of every cell seen from `cell`, along x and y in cells and along
    t in parts of T frames.
    """
    dt, dy, dx = apart(shape, cell)
    return -np.log(np.stack([dx, dy, dt / shape[0]]) + eps)


def apart(shape: Sequence[int], cell: Cell) -> np.ndarray:
    """(3, T, H, W): how many frames, rows and columns every cell lies from `cell`. Raises
    ValueError when that is not in the grid.
    """
    if not all(0 <= at < side for at, side in zip(cell, shape, strict=True)):
        inside = f"T x H x W = {tuple(shape)}, counted from 0"
        raise ValueError(f"wanted a cell (t, y, x) inside of {inside}; got {tuple(cell)}")
    return np.abs(np.indices(tuple(shape)) - np.reshape(cell, (3, 1, 1, 1))).astype(float)


def neighbours(shape: Sequence[int], cell: Cell, radius: int, metric: Metric = "chebyshev") -> np.ndarray:
    """(T, H, W) bool: cells at most `radius` from `cell`, itself included; of `chebyshev` along
    each axis alone.
    """
    steps = apart(shape, cell)
    far = {"chebyshev": steps.max(0), "euclidean": np.sqrt((steps**2).sum(0)), "manhattan": steps.sum(0)}[metric]
    return far <= radius


def neighbour_share(shape: Sequence[int], radius: int) -> float:
    """Which share of the places of a grid is within `radius` of one, in the mean."""
    return float(np.mean([neighbours(shape, cell, radius).mean() for cell in np.ndindex(*shape)]))


def weights_at(kernel: np.ndarray, shape: Sequence[int], cell: Cell) -> np.ndarray:
    """(T, H, W) weights that `cell` gives to every cell, in sum 1: a kernel (T, H, W) of odd sides,
    its middle laid on `cell`.

    What reaches over the border is left out and the rest shared out anew: a softmax over fewer
    neighbours does just that.
    """
    weights = np.zeros(tuple(shape))
    at = np.indices(kernel.shape).reshape(3, -1).T - np.array(kernel.shape) // 2 + np.array(cell)  # (n, 3)
    inside = ((at >= 0) & (at < np.array(shape))).all(1)
    weights[tuple(at[inside].T)] = kernel.reshape(-1)[inside]
    return weights / weights.sum()


def by_distance(kernel: np.ndarray) -> np.ndarray:
    """(3, r + 1) of a kernel whose sides are 2 r + 1: its weight at 0 to r steps along x, y and t,
    each in sum 1.
    """
    steps = apart(kernel.shape, middle(kernel.shape))[::-1]  # dx, dy, dt
    reach = kernel.shape[0] // 2
    return np.array([[kernel[along == step].sum() for step in range(reach + 1)] for along in steps]) / kernel.sum()


def evenness(weights: np.ndarray, among: np.ndarray) -> float:
    """Entropy of the weights of the cells `among` over that of equal weights: 1 when all are equal,
    0 when one has everything.
    """
    share = weights[among] / weights[among].sum()
    share = share[share > 0]
    return float(-(share * np.log(share)).sum() / np.log(among.sum()))


def middle(shape: Sequence[int]) -> Cell:
    """The cell in the middle; of an even number of frames the earlier one."""
    t, h, w = shape
    return (t - 1) // 2, h // 2, w // 2


# STC and a mean behind it as one weighted mean: mean(S F) = c F, c the mean over the rows of S


def smoothing(kernel: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """S (N, N) of a kernel (5, 5, 5): row i holds what every node j counts in the sum at node i, W
    counted fastest.
    """
    return np.stack([weights_at(kernel, shape, cell).ravel() for cell in np.ndindex(*shape)])


def counts(kernel: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """(T, H, W) of mean 1: what each node counts in the mean behind STC, N times the mean of its
    column of S.
    """
    return smoothing(kernel, shape).sum(0).reshape(shape)


def difference(kernel: np.ndarray, shape: Sequence[int]) -> float:
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
