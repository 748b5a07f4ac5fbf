"""Beside Table 2 (ours): without MFF, STC and the mean behind it are one position-weighted mean of
the map. Its weights, and its gain.

STC adds up neighbours with weights that know positions alone, and a mean over all nodes follows:
mean(S F) = c F, where c is the mean over the rows of S (N x N). The heads are linear, so STC alone
is the network without it but for the weights of its mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from repro.papers.gong2022.geometry import weights_at
from repro.evidence.tables import Row, seed_text, static_row, tidy
from repro.papers.gong2022.units import Gain, weights_and_gain
from repro.papers import catalogue
from repro.papers.gong2022 import claims, runs
from repro.papers.gong2022.figure4 import FRAMES, SIDE, graph, kernels
from repro.papers.gong2022.rows import STAND_IN, by_name, protocol
from repro.papers.gong2022.settings import NONE, STC
from repro.papers.measure import Cell, cells, named, planned
from repro.papers.reproduce import ArtifactResult
from repro.runs.store import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ID, TABLE2 = "gong2022.pool", "gong2022.table2"
WHOLE = (FRAMES, SIDE, SIDE)  # T H W of the paper's map of a segment
KERNEL = (5, 5, 5)  # T H W, a radius of two (G4)
DEPTH = 64  # channels of the map that the identity is tried on
POINTS = 100  # percentage points in one
UNIFORM = "equal kernel"
ENDS = "a content term, a residual or MFF behind it ends the identity"
Grid = tuple[int, int, int]
Found = Mapping[tuple[str, str], Cell]
Learned = Mapping[tuple[str, int, str], np.ndarray]  # (data set, seed, modality) -> weights (T, H, W) of mean 1


def draw(records: list[Record], scale: str) -> ArtifactResult:
    """The weights of every trained STC as one weighted mean, how far that is from STC and a mean,
    and the gain that was measured.
    """
    _, places = planned(runs.pool_places, scale, records)
    found = cells([(row, column, record) for (row, column, _), record in zip(places, records, strict=True)])
    learned, apart = {}, 0.0
    for (row, column), cell in found.items():
        for record in cell.records if row == STC else ():
            shape = grid(record)
            for modality, kernel in kernels(record).items():
                learned[column, record.run.seed, modality] = counts(kernel, shape)
                apart = max(apart, difference(kernel, shape))
    even = equal(WHOLE)
    verdict = claims.stc_only_is_weighted_pool(apart, float(even.min()), float(even.max()))
    gained = gains(found)
    said = "; ".join(
        f"gain on {column} {g.value:+.1f} [{g.low:+.1f}, {g.high:+.1f}] points" for column, g in gained.items()
    )
    how = protocol(found.values(), scale, f"{', '.join(gained)}, whole groups")
    table = tidy([*_gains(found, gained, scale), *_static(found, learned, apart, scale)])
    row = claims.row("stc-only-is-weighted-pool", verdict, ID, said)
    return ArtifactResult(table, picture(learned, gained, how), [row], f"{how}; {ENDS}")


def grid(record: Record) -> Grid:
    """T of a segment, H and W of the last map."""
    *_, height, width = record.inside()["0/rgb.map"].shape
    return graph(record.run).frames, height, width


def smoothing(kernel: np.ndarray, shape: Grid) -> np.ndarray:
    """S (N, N) of a kernel (5, 5, 5): row i holds what every node j counts in the sum at node i, W
    counted fastest.
    """
    return np.stack([weights_at(kernel, shape, cell).ravel() for cell in np.ndindex(*shape)])  # type: ignore[arg-type]


def counts(kernel: np.ndarray, shape: Grid) -> np.ndarray:
    """(T, H, W) of mean 1: what each node counts in the mean behind STC, N times the mean of its
    column of S.
    """
    return smoothing(kernel, shape).sum(0).reshape(shape)


def equal(shape: Grid) -> np.ndarray:
    """The same of a kernel whose weights are all equal, as of an STC whose W_g is zero."""
    return counts(np.ones(KERNEL), shape)


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


def gains(found: Found) -> dict[str, Gain]:
    """Data set -> accuracy with STC minus accuracy without, in percentage points, paired on the
    test clips.
    """
    gained = {}
    for row, column in found:
        if row == STC:
            one, other = found[STC, column], found[NONE, column]
            ends, seeds = one.over(other), one.correct.mean(1) - other.correct.mean(1)
            gained[column] = Gain(*(POINTS * end for end in (ends.value, ends.low, ends.high)), tuple(POINTS * seeds))
    return gained


def printed() -> dict[str, float]:
    """Top1 and Top5 of the row with STC minus those of the row without, from the printed table."""
    reported = catalogue.reported("gong2022")
    return {
        metric: round(float(reported[TABLE2, STC, metric]) - float(reported[TABLE2, NONE, metric]), 1)
        for metric in ("Top1", "Top5")
    }


def picture(learned: Learned, gained: Mapping[str, Gain], how: str) -> Figure:
    """Weights of an equal kernel on the paper's map, then on ours beside those that one seed
    learned; below, the gains.
    """
    (data, seed, _), first = next(iter(learned.items()))
    maps = {f"{UNIFORM} on {size(WHOLE)} cells, the paper's: {span(equal(WHOLE))}": equal(WHOLE)}
    if first.shape != WHOLE:
        even = equal(first.shape)  # type: ignore[arg-type]
        maps[f"{UNIFORM} on {size(first.shape)} cells, ours: {span(even)}"] = even
    for (column, of, modality), weights in learned.items():
        if (column, of) == (data, seed):
            maps[f"learned on {data}, {modality}, seed {seed}: {span(weights)}"] = weights
    words = [
        "Cells of a segment, frame by frame: how many times its equal share each counts in the mean behind STC.",
        f"{how}. Intervals over groups x seeds. Printed: Kinetics-400.",
        f"{ENDS[0].upper()}{ENDS[1:]}.",
    ]
    return weights_and_gain(maps, gained, printed=printed(), words=words).figure


def size(shape: Sequence[int]) -> str:
    """`6 x 7 x 7`."""
    return " x ".join(map(str, shape))


def span(weights: np.ndarray) -> str:
    """Range and standard deviation in words."""
    return f"{weights.min():.2f} to {weights.max():.2f}, standard deviation {weights.std():.2f}"


def facts(weights: np.ndarray) -> dict[str, float]:
    """What the table tells of weights of mean 1."""
    return {"lowest": float(weights.min()), "highest": float(weights.max()), "standard deviation": float(weights.std())}


def _gains(found: Found, gained: Mapping[str, Gain], scale: str) -> Iterable[Row]:
    """The measured gain per data set, and the printed one: in its own column where our data are
    others.
    """
    for metric, value in printed().items():
        if scale != "paper" or metric != "Top1":
            yield static_row(
                ID, scale, "STC - none", "Kinetics-400, as printed", f"{metric} gain", None, value, "points"
            )
    for column, gain in gained.items():
        cell = found[STC, column]
        kept = by_name(cell.tidy(ID, scale, note="" if scale == "paper" else STAND_IN), scale) | {
            "row": "STC - none",
            "metric": "Top1 gain",
            "unit": "points",
        }
        ends = {
            "value": gain.value,
            "low": gain.low,
            "high": gain.high,
            "seed_values": seed_text(gain.seeds),
            "chance": None,
        }
        yield kept | ends | {"paper": printed()["Top1"] if scale == "paper" else None}


def _weights(found: Found, learned: Learned) -> Iterable[tuple[str, np.ndarray, str]]:
    """(row, weights of mean 1, note): an equal kernel on the paper's map and on ours, then what
    every seed learned in both modalities.
    """
    yield f"{UNIFORM}, the paper's map", equal(WHOLE), ""
    for column in dict.fromkeys(column for column, *_ in learned):
        ours = [weights for (of, *_), weights in learned.items() if of == column]
        yield f"{UNIFORM}, map of {column}", equal(ours[0].shape), ""  # type: ignore[arg-type]
    for (column, seed, modality), weights in learned.items():
        data = found[STC, column].records[0].run.data
        yield (
            f"{column}, {modality}, seed {seed}",
            weights,
            f"learned on {named(data)}, kernel as stored, in three digits",
        )


def _static(found: Found, learned: Learned, apart: float, scale: str) -> Iterable[Row]:
    """Range and deviation of the weights; how far STC and a mean are from one weighted mean."""
    for row, weights, note in _weights(found, learned):
        note = "; ".join(filter(None, (f"{size(weights.shape)} cells", note)))
        for what, value in facts(weights).items():
            yield static_row(ID, scale, row, "what a cell counts", what, value, None, "equal shares", note)
    said = f"over all trained kernels, on a drawn map of {DEPTH} channels; {ENDS}"
    yield static_row(ID, scale, "mean of S F minus c F", "identity", "largest difference", apart, None, "", said)
