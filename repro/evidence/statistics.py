"""Intervals: how far a number could move had other people been filmed and other seeds been drawn.

Groups (an actor in a place, a source video) and seeds are two crossed random factors: items of one
group are right or wrong together, and so are answers of one training. The variance of a mean over
both is V(groups) + V(seeds) - V(groups x seeds), where each V is that of the means over the other
factor: the part of group x seed stands in both of the first two. It is at least the largest of
the first two. Ends are Student's, with the degrees of freedom that Satterthwaite gives to the sum
that was taken, but at most twice those of the seeds: the spread of three or five seeds is small by
luck now and then, and the sum then seems surer than it is. A level between 0 and 1 gets its ends on
the logit scale. How often they hold what they should is simulated by benchmarks/coverage.py
(results/benchmarks/coverage.csv).

Pure functions of arrays, S seeds x N test items in G groups. Sources: Searle, Casella and
McCulloch, Variance Components, sec. 4; Satterthwaite (1946); Efron and Tibshirani, An Introduction
to the Bootstrap, sec. 11 (pseudo-values of the jackknife); Clopper and Pearson (1934) for the edge.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, stdtr, stdtrit

TAIL = 0.025  # either side of a 95 % interval
FEWEST_GROUPS = 6  # with five, even five equal signs have a two-sided probability of 2 * 0.5**5 = 0.06 by luck


@dataclass(frozen=True)
class Components:
    """What the variance of a number over S seeds and G groups is made of: the means over seeds of
    each group, those over groups of each seed, and what stands in both.
    """

    seeds: int  # S, of the side with the fewest
    groups: int  # G, likewise
    of_groups: float
    of_seeds: float
    of_both: float

    def error(self, seeds: float, groups: float) -> tuple[float, float]:
        """Standard error and degrees of freedom to be expected of so many seeds and groups."""
        k, m = self.seeds / seeds, self.groups / groups
        both = self.of_both * k * m
        own = max(self.of_groups - self.of_both, 0.0) * m + both
        trained = max(self.of_seeds - self.of_both, 0.0) * k + both
        parts = [(own, groups - 1), (trained, seeds - 1), (both, (groups - 1) * (seeds - 1))]
        variance = own + trained - both
        squares = sum(v**2 / freedom for v, freedom in parts if v and freedom)
        freedom = variance**2 / squares if squares else 1.0
        return float(np.sqrt(variance)), max(min(freedom, 2 * (seeds - 1)), 1.0)


@dataclass(frozen=True)
class Interval:
    """A value and the ends of its 95 % interval, in the unit of the value. `error`: standard error;
    `freedom`: degrees of freedom of Student's t; both NaN where the ends were found by other means.
    `parts`: what the error is made of, where that is known.
    """

    value: float
    low: float
    high: float
    error: float = np.nan
    freedom: float = np.nan
    parts: Components | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def negated(self) -> "Interval":
        """That of the value with the other sign."""
        return replace(self, value=-self.value, low=-self.high, high=-self.low)

    def plus(self, constant: float) -> "Interval":
        """That of the value plus a constant."""
        return replace(self, value=self.value + constant, low=self.low + constant, high=self.high + constant)

    def ends(self, tail: float) -> tuple[float, float]:
        """The ends that leave `tail` on either side."""
        error, freedom = self.student()
        half = -float(stdtrit(freedom, tail)) * error
        return self.value - half, self.value + half

    def p_of_no_less(self) -> float:
        """The one-sided p of the hypothesis that the truth is zero or more."""
        error, freedom = self.student()
        return float(stdtr(freedom, self.value / error) if error else self.value >= 0)

    def student(self) -> tuple[float, float]:
        """Standard error and degrees of freedom; where they are not known, those of a normal
        distribution with these ends.
        """
        known = self.freedom == self.freedom
        return (self.error, self.freedom) if known else ((self.high - self.low) / 2 / t_quantile(1e9), 1e9)


@dataclass(frozen=True, eq=False)
class Rates:
    """A metric of S trained networks on N items in G groups."""

    values: np.ndarray  # (..., S) of each network on all items
    pseudo: np.ndarray  # (..., S, G) pseudo-values: their mean over groups is nearly the value
    sizes: np.ndarray  # (G,) items of each group
    items: Hashable = ""  # rates with one text here are of the same groups, in the same order
    networks: Hashable = ""  # and these of the same networks, or of such that belong together seed by seed


Terms = Sequence[tuple[float, Rates]]
Part = tuple[np.ndarray, float]  # a variance with its degrees of freedom


def of_answers(correct: ArrayLike, groups: ArrayLike, items: Hashable = "", networks: Hashable = "") -> Rates:
    """Accuracy. correct: (S, N) bool, item n right at seed s. groups: (N,) labels.

    Raises ValueError when the shapes do not fit or there is nothing to count.
    """
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
    return of_shares(right, labels, items, networks)


def of_shares(shares: np.ndarray, groups: ArrayLike, items: Hashable = "", networks: Hashable = "") -> Rates:
    """The mean over all items of shares between 0 and 1 (S, N), such as that of right answers."""
    names, index = np.unique(groups, return_inverse=True)
    hits = np.stack([np.bincount(index, weights=row, minlength=len(names)) for row in shares])
    return of_hits(hits, np.bincount(index, minlength=len(names)).astype(float), items, networks)


def of_hits(hits: np.ndarray, sizes: np.ndarray, items: Hashable = "", networks: Hashable = "") -> Rates:
    """Accuracy from right answers (..., S, G) and items per group (G,). It is right / all, because
    groups differ in size.
    """
    right, every = hits.sum(-1, keepdims=True), sizes.sum()
    without = (right - hits) / np.maximum(every - sizes, 1)  # (..., S, G) accuracy on all other groups
    return jackknifed(right[..., 0] / every, without, sizes, items, networks)


def jackknifed(
    values: np.ndarray, without: np.ndarray, sizes: np.ndarray, items: Hashable = "", networks: Hashable = ""
) -> Rates:
    """Any metric: values (..., S) on all items, and (..., S, G) without each of the groups."""
    count = without.shape[-1]
    return Rates(values, count * values[..., None] - (count - 1) * without, sizes, items, networks)


def spread(terms: Terms, constant: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Constant + the sum of factor x metric: its value, standard error and degrees of freedom,
    (...) each.

    Terms of the same items are paired on the groups, terms of the same networks on the seeds. One
    seed has no spread: the error is then that of groups alone.
    """
    value = np.asarray(constant + sum(factor * rates.values.mean(-1) for factor, rates in terms))
    groups, seeds, both = _parts(terms)
    candidates = [_sum(groups), _sum(seeds, like=value), _sum(groups + seeds, minus=both)]
    variances, freedoms = (np.stack(each) for each in zip(*candidates, strict=True))
    largest = variances.argmax(0)[None]
    variance, freedom = (np.take_along_axis(each, largest, 0)[0] for each in (variances, freedoms))
    most = 2 * sum(own for _, own in seeds) or np.inf
    return value, np.sqrt(variance), np.minimum(freedom, most)


def _parts(terms: Terms) -> tuple[list[Part], list[Part], list[Part]]:
    """Variances of the means over seeds, of those over groups, and of what stands in both."""
    groups, seeds, both = [], [], []
    for same in _alike(terms, "items"):
        total = _total(same, lambda rates: rates.pseudo.mean(-2))  # (..., G)
        sizes = same[0][1].sizes
        groups.append((total.var(-1, ddof=1) / len(sizes), sizes.sum() ** 2 / (sizes**2).sum() - 1))
    for same in _alike(terms, "networks"):
        count = same[0][1].values.shape[-1]
        if count == 1:
            continue
        seeds.append((_total(same, lambda rates: rates.values).var(-1, ddof=1) / count, count - 1))
        both += [_interaction(_total(pair, lambda rates: rates.pseudo)) for pair in _alike(same, "items")]
    return groups, seeds, both


def _sum(parts: Sequence[Part], minus: Sequence[Part] = (), like: ArrayLike = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A sum of variances and its degrees of freedom by Satterthwaite, at least one."""
    variance = sum((v for v, _ in parts), np.zeros_like(like)) - sum(v for v, _ in minus)
    squares = sum((v**2 / freedom for v, freedom in (*parts, *minus)), np.zeros_like(like))
    freedom = np.where(squares > 0, variance**2 / np.maximum(squares, 1e-300), min((f for _, f in parts), default=1))
    return variance, np.maximum(freedom, 1.0)


def _alike(terms: Terms, name: str) -> list[Terms]:
    """Terms with one value of this field together."""
    found: dict[Hashable, list[tuple[float, Rates]]] = {}
    for term in terms:
        found.setdefault(getattr(term[1], name), []).append(term)
    return list(found.values())


def _total(terms: Terms, part: Callable[[Rates], np.ndarray]) -> np.ndarray:
    """The sum of factor x a part of the rates. Raises ValueError when they differ in shape."""
    parts = [factor * part(rates) for factor, rates in terms]
    if len({each.shape for each in parts}) > 1:
        came = ", ".join(str(each.shape) for each in parts)
        raise ValueError(f"Rates of the same items or networks must have as many groups and seeds, got {came}.")
    return sum(parts[1:], parts[0])


def _interaction(pseudo: np.ndarray) -> tuple[np.ndarray, int]:
    """Variance of a mean over S seeds and G groups that stems from group x seed, of pseudo-values
    (..., S, G); and its degrees of freedom.
    """
    seeds, groups = pseudo.shape[-2:]
    means = pseudo.mean(-2, keepdims=True) + pseudo.mean(-1, keepdims=True) - pseudo.mean((-2, -1), keepdims=True)
    freedom = (seeds - 1) * (groups - 1)
    return ((pseudo - means) ** 2).sum((-2, -1)) / freedom / (seeds * groups), freedom


def combined(terms: Terms, constant: float = 0.0) -> Interval:
    """Constant + the sum of factor x metric, with its interval. Fewer than six groups bound
    nothing: the ends are those that metrics between 0 and 1 allow.

    Raises ValueError without terms, and when rates of the same items or networks do not fit.
    """
    if not terms:
        raise ValueError("Wanted terms, one or more, got none. Rate a network first.")
    least = constant + sum(min(factor, 0.0) for factor, _ in terms)
    most = constant + sum(max(factor, 0.0) for factor, _ in terms)
    if min(len(rates.sizes) for _, rates in terms) < FEWEST_GROUPS:
        value = constant + sum(factor * float(rates.values.mean()) for factor, rates in terms)
        return Interval(value, least, most, np.inf, 1.0)
    # equal answers of two and of three seeds differ by nothing, not by 1e-17 on some side
    value, error, freedom = (round(float(x), 12) + 0.0 for x in spread(terms, constant))
    half = t_quantile(freedom) * error
    counts = (min(f(rates) for _, rates in terms) for f in (lambda r: r.values.shape[-1], lambda r: len(r.sizes)))
    parts = Components(*counts, *(float(sum(v for v, _ in part)) for part in _parts(terms)))
    return Interval(value, max(value - half, least), min(value + half, most), error, freedom, parts)


def level(rates: Rates) -> Interval:
    """A metric between 0 and 1 with its interval. Fewer than six groups tell nothing: [0, 1]."""
    found, groups = combined([(1.0, rates)]), len(rates.sizes)
    if groups < FEWEST_GROUPS:
        return found
    low, high = level_ends(found.value, found.error, found.freedom, groups)
    return replace(found, low=float(low), high=float(high))


def level_ends(value: ArrayLike, error: ArrayLike, freedom: ArrayLike, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """The ends of 95 % intervals of levels (...) each, on the logit scale.

    With every item right (or wrong) nothing varies: the open end is then Clopper's and Pearson's
    bound for G groups (45 of 45 right: 0.921).
    """
    value, edge = np.asarray(value, float), TAIL ** (1 / groups)
    inside = (value > 0) & (value < 1)
    within = np.where(inside, value, 0.5)
    half = stdtrit(freedom, 1 - TAIL) * np.asarray(error) / (within * (1 - within))
    low, high = expit(logit(within) - half), expit(logit(within) + half)
    return np.where(inside, low, edge * value), np.where(inside, high, np.where(value > 0, 1.0, 1 - edge))


def accuracy_interval(correct: ArrayLike, groups: ArrayLike) -> Interval:
    """Accuracy of one network. correct: (S, N) bool, item n right at seed s. groups: (N,) labels.

    Raises ValueError when the shapes do not fit or there is nothing to count.
    """
    return level(of_answers(correct, groups))


def contrast_interval(a: ArrayLike, b: ArrayLike, groups: ArrayLike, *, paired: bool = False) -> Interval:
    """Accuracy of `a` minus accuracy of `b` on the same items: what makes a group hard for both
    cancels.

    a: (Sa, N) bool, b: (Sb, N) bool, groups: (N,). Seeds of two networks have nothing in common
    unless they are `paired`: seed i of both is one network shown two kinds of clips, or both
    trained on the same world of seed i. Fewer than six groups: [-1, 1].

    Raises ValueError when the shapes do not fit or there is nothing to count.
    """
    return combined([(1.0, of_answers(a, groups)), (-1.0, of_answers(b, groups, networks="" if paired else "b"))])


def unpaired_interval(a: ArrayLike, groups_a: ArrayLike, b: ArrayLike, groups_b: ArrayLike) -> Interval:
    """Accuracy of `a` minus accuracy of `b` on other items, by other networks.

    a: (Sa, Na) bool with groups (Na,), b: (Sb, Nb) bool with groups (Nb,). Fewer than six groups on
    a side: [-1, 1].

    Raises ValueError when the shapes do not fit or there is nothing to count.
    """
    return combined([(1.0, of_answers(a, groups_a)), (-1.0, of_answers(b, groups_b, "b", "b"))])


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
    return _student(value, x.var(ddof=1) / x.size + y.var(ddof=1) / y.size if freedom else np.inf, freedom)


def t_interval(values: ArrayLike) -> Interval:
    """Mean over seeds with Student's interval: mean +- t * s / sqrt(S).

    values: (S,) one number per seed. One seed bounds nothing: the ends are infinite.

    Raises ValueError when there is no value.
    """
    x = np.asarray(values, dtype=float).ravel()
    if not x.size:
        raise ValueError("An interval over seeds needs at least one value, got none. Train a seed first.")
    return _student(float(x.mean()), x.var(ddof=1) / x.size if x.size > 1 else np.inf, x.size - 1)


def _student(value: float, variance: float, freedom: int) -> Interval:
    if not freedom:
        return Interval(value, -np.inf, np.inf, np.inf, 1.0)
    value, error = (round(float(x), 12) + 0.0 for x in (value, np.sqrt(variance)))  # as in `combined`
    half = t_quantile(freedom) * error
    return Interval(value, value - half, value + half, error, float(freedom))


def t_quantile(freedom: float) -> float:
    """The 97.5 % quantile of Student's t."""
    return float(stdtrit(freedom, 1 - TAIL))
