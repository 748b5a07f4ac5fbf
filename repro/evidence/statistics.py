"""Intervals: how far a number could move had other people been filmed and other seeds been drawn.

Pure functions of arrays, S seeds x N test items. Items of one group (one actor in one scene, one
source video) are right or wrong together, so groups are resampled and not items; seeds are
resampled beside them. Sources: Efron and Tibshirani, An Introduction to the Bootstrap, sec. 8 and
13; Clopper and Pearson (1934) for the edge; Student's t from SciPy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

TAIL = 0.025  # either side of a 95 % interval
FEWEST_GROUPS = 6  # with five, even five equal signs have a two-sided probability of 2 * 0.5**5 = 0.06 by luck


@dataclass(frozen=True)
class Interval:
    """A value and the ends of its 95 % interval, in the unit of the value."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def accuracy_interval(correct: ArrayLike, groups: ArrayLike, rng: np.random.Generator, draws: int = 4000) -> Interval:
    """Accuracy of one network: percentile bootstrap over groups x seeds.

    correct: (S, N) bool, item n right at seed s. groups: (N,) labels. The estimate of a draw is the
    ratio right / all, because groups differ in size. With every item right (or wrong) a bootstrap
    cannot move: the open end is then Clopper's and Pearson's bound for G groups (45 of 45 right:
    0.921). Fewer than six groups tell nothing: [0, 1].

    Raises ValueError when the shapes do not fit or there is nothing to count.
    """
    hits, sizes = _by_group(correct, groups)  # (S, G), (G,)
    value = float(hits.sum() / (len(hits) * sizes.sum()))
    edge = TAIL ** (1 / len(sizes))
    if len(sizes) < FEWEST_GROUPS:
        return Interval(value, 0.0, 1.0)
    if value in (0.0, 1.0):
        return Interval(value, edge if value else 0.0, 1.0 if value else 1 - edge)
    drawn = _counts(len(sizes), draws, rng)  # (draws, G)
    return _percentiles(value, _accuracies(hits, drawn, rng) / (drawn @ sizes))


def contrast_interval(
    a: ArrayLike,
    b: ArrayLike,
    groups: ArrayLike,
    rng: np.random.Generator,
    draws: int = 4000,
    *,
    same_networks: bool = False,
) -> Interval:
    """Accuracy of `a` minus accuracy of `b` on the same items: paired bootstrap over groups x
    seeds.

    a: (Sa, N) bool, b: (Sb, N) bool, groups: (N,). One draw of groups serves both, so what makes a
    group hard for both cancels. Seeds of two networks have nothing in common and are drawn
    independently; with `same_networks` seed i of both is one network shown two kinds of clips, and
    one draw of seeds serves both. Fewer than six groups: [-1, 1].

    Raises ValueError when the shapes do not fit or there is nothing to count.
    """
    hits_a, sizes = _by_group(a, groups)
    hits_b, _ = _by_group(b, groups)
    total = sizes.sum()
    value = float(hits_a.sum() / (len(hits_a) * total) - hits_b.sum() / (len(hits_b) * total))
    if len(sizes) < FEWEST_GROUPS:
        return Interval(value, -1.0, 1.0)
    drawn = _counts(len(sizes), draws, rng)
    if same_networks:
        difference = _accuracies(hits_a - hits_b, drawn, rng)
    else:
        difference = _accuracies(hits_a, drawn, rng) - _accuracies(hits_b, drawn, rng)
    return _percentiles(value, difference / (drawn @ sizes))


def unpaired_interval(
    a: ArrayLike, groups_a: ArrayLike, b: ArrayLike, groups_b: ArrayLike, rng: np.random.Generator, draws: int = 4000
) -> Interval:
    """Accuracy of `a` minus accuracy of `b` on other items: groups and seeds of the two are drawn
    independently.

    a: (Sa, Na) bool with groups (Na,), b: (Sb, Nb) bool with groups (Nb,). Fewer than six groups on
    a side: [-1, 1].

    Raises ValueError when the shapes do not fit or there is nothing to count.
    """
    values, drawn, fewest = [], [], FEWEST_GROUPS
    for correct, groups in ((a, groups_a), (b, groups_b)):
        hits, sizes = _by_group(correct, groups)
        picked = _counts(len(sizes), draws, rng)
        values.append(float(hits.sum() / (len(hits) * sizes.sum())))
        drawn.append(_accuracies(hits, picked, rng) / (picked @ sizes))
        fewest = min(fewest, len(sizes))
    if fewest < FEWEST_GROUPS:
        return Interval(values[0] - values[1], -1.0, 1.0)
    return _percentiles(values[0] - values[1], drawn[0] - drawn[1])


def seeds_apart(a: ArrayLike, b: ArrayLike) -> Interval:
    """Mean of `a` minus mean of `b`, one number per seed each, with Welch's interval at the fewer
    degrees of freedom of the two.

    Of one seed the ends are infinite. Raises ValueError when there is no value.
    """
    x, y = (np.asarray(values, dtype=float).ravel() for values in (a, b))
    if not x.size or not y.size:
        raise ValueError(
            f"A difference over seeds needs a value on both sides, got {x.size} and {y.size}. Train a seed first."
        )
    value, freedom = float(x.mean() - y.mean()), min(x.size, y.size) - 1
    if not freedom:
        return Interval(value, -np.inf, np.inf)
    half = t_quantile(freedom) * float(np.sqrt(x.var(ddof=1) / x.size + y.var(ddof=1) / y.size))
    return Interval(value, value - half, value + half)


def t_interval(values: ArrayLike) -> Interval:
    """Mean over seeds with Student's interval: mean +- t * s / sqrt(S).

    values: (S,) one number per seed. One seed bounds nothing: the ends are infinite.

    Raises ValueError when there is no value.
    """
    x = np.asarray(values, dtype=float).ravel()
    if not x.size:
        raise ValueError("An interval over seeds needs at least one value, got none. Train a seed first.")
    mean = float(x.mean())
    if x.size == 1:
        return Interval(mean, -np.inf, np.inf)
    half = t_quantile(x.size - 1) * float(x.std(ddof=1)) / np.sqrt(x.size)
    return Interval(mean, float(mean - half), float(mean + half))


def t_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t."""
    return float(stdtrit(freedom, 1 - TAIL))


def _by_group(correct: ArrayLike, groups: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Right answers per seed and group (S, G), and items per group (G,)."""
    right, labels = np.asarray(correct), np.asarray(groups)
    if right.ndim != 2 or labels.shape != right.shape[1:] or not right.size:
        came = f"{right.shape} and {labels.shape}"
        raise ValueError(
            f"Wanted correct (S, N) and groups (N,) with S, N >= 1, got {came}. Give one group label per item."
        )
    if right.dtype != bool:
        raise ValueError(
            f"Wanted booleans (item right or wrong), got {right.dtype}. Compare predictions with labels first."
        )
    names, index = np.unique(labels, return_inverse=True)
    hits = np.stack([np.bincount(index, weights=row, minlength=len(names)) for row in right])
    return hits, np.bincount(index, minlength=len(names)).astype(float)


def _counts(n: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of n things is drawn, n picks with replacement: (draws, n)."""
    picks = rng.integers(n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(picks.ravel(), minlength=draws * n).reshape(draws, n).astype(float)


def _accuracies(hits: np.ndarray, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Right answers in each draw of groups, averaged over a draw of seeds: (draws,)."""
    seeds = _counts(len(hits), len(drawn), rng) / len(hits)  # (draws, S)
    return np.einsum("ds,ds->d", drawn @ hits.T, seeds)


def _percentiles(value: float, drawn: np.ndarray) -> Interval:
    low, high = np.quantile(drawn, (TAIL, 1 - TAIL))
    return Interval(value, float(low), float(high))
