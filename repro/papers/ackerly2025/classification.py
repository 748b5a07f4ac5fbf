"""AUC, accuracy, precision and recall of many classes, each with its averaging stated and an
interval over test items and seeds.

Pure functions of arrays: S seeds, N test items, K classes, R draws of the bootstrap. The class
counts of a test set are part of its design, so items are drawn within their class; seeds are drawn
beside them. One draw of items serves every network tested on the same items, so differences between
networks are paired. Sources: Sokolova and Lapalme (2009) for the averages; Hand and Till (2001)
discuss AUC of many classes, here each class against the rest; Efron and Tibshirani, An Introduction
to the Bootstrap, sec. 8 and 13.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal

import numpy as np

from repro.evidence.statistics import TAIL, Interval

Metric = Literal["AUC", "ACC", "Precision", "Recall"]
Average = Literal["macro", "weighted", "micro"]
METRICS: tuple[Metric, ...] = ("AUC", "ACC", "Precision", "Recall")
AVERAGES: tuple[Average, ...] = ("macro", "weighted", "micro")
SMALLEST = 0.3  # of its items that the rarest class keeps in an unequal test set
DRAWS = (100, 1000)  # fewest, for test sets as large as ImageNet's, and most
WORK = 4 * 10**9  # draws x items x classes that are worth waiting for
AT_ONCE = 5 * 10**7  # weights that are held in memory together


def unequal(label: np.ndarray, name: np.ndarray) -> np.ndarray:
    """(N,) bool: the items of a test set with unequal class counts (A7), a part of the whole one
    that is the same on every machine.

    The classes, in an order drawn by hash, keep from all of their items down to 3 in 10, in equal
    ratios; which ones is drawn by the hash of an item's name. On a test set with as many items per
    class macro recall and accuracy are one number; on this one they need not be.
    """
    classes = sorted(set(label.tolist()), key=lambda k: _hash(f"class {k}"))
    kept = np.zeros(len(label), bool)
    for place, k in enumerate(classes):
        share = SMALLEST ** (place / max(len(classes) - 1, 1))
        members = sorted(np.flatnonzero(label == k), key=lambda i: _hash(str(name[i])))
        kept[members[: max(1, round(share * len(members)))]] = True
    return kept


def _hash(text: str) -> bytes:
    return hashlib.sha256(f"unequal {text}".encode()).digest()


def rate(
    metric: Metric, probability: np.ndarray, label: np.ndarray, weight: np.ndarray, average: Average = "macro"
) -> np.ndarray:
    """One metric of scores (N, K) under R weightings (R, N) of the items: (R,).

    ACC: the weight of the items whose highest score is their own class. Precision and recall are
    averaged over the classes that occur among the labels: `macro` weighs them alike, `weighted` by
    their items, `micro` counts over all of them together; a class that is never predicted has
    precision 0. AUC: the chance that an item of the class scores above one of the rest (a tie
    counts half), averaged likewise; `micro` puts all classes' scores into one list.

    Raises ValueError on shapes that do not fit, on another metric or average.
    """
    if probability.ndim != 2 or label.shape != probability.shape[:1] or weight.shape[1:] != label.shape:
        came = f"{probability.shape}, {label.shape} and {weight.shape}"
        raise ValueError(
            f"Wanted probability (N, K), label (N,) and weight (R, N), got {came}. Give one weight per draw and item."
        )
    if metric not in METRICS or average not in AVERAGES:
        raise ValueError(f"Wanted one of {', '.join(METRICS)} by {', '.join(AVERAGES)}, got {metric} by {average}.")
    if metric == "ACC":
        return weight @ (probability.argmax(1) == label) / weight.sum(1)
    classes = np.unique(label)
    if metric == "AUC":
        return _auc(probability, label, weight, classes, average)
    own = np.stack([weight[:, label == k].sum(1) for k in classes])  # (K, R)
    predicted = probability.argmax(1)
    right = np.stack([weight[:, (label == k) & (predicted == k)].sum(1) for k in classes])
    of = own if metric == "Recall" else np.stack([weight[:, predicted == k].sum(1) for k in classes])
    if average == "micro":
        return right.sum(0) / of.sum(0)
    return _averaged(np.divide(right, of, out=np.zeros_like(right), where=of > 0), own, average)


def _averaged(each: np.ndarray, own: np.ndarray, average: Average) -> np.ndarray:
    """(K, R) values of the classes -> (R,), alike or by the weight of their items."""
    return each.mean(0) if average == "macro" else (each * own).sum(0) / own.sum(0)


def _auc(
    probability: np.ndarray, label: np.ndarray, weight: np.ndarray, classes: np.ndarray, average: Average
) -> np.ndarray:
    if average == "micro":
        ours = (label[:, None] == classes).T.ravel()
        score, step = probability[:, classes].T.ravel(), max(1, AT_ONCE // ours.size)
        parts = [weight[at : at + step] for at in range(0, len(weight), step)]
        return np.concatenate([_auc_of(score, ours, np.tile(part, len(classes))) for part in parts])
    each = np.stack([_auc_of(probability[:, k], label == k, weight) for k in classes])  # (K, R)
    own = np.stack([weight[:, label == k].sum(1) for k in classes])
    return _averaged(each, own, average)


def _auc_of(score: np.ndarray, ours: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Scores (N,), which of them are ours (N,), weights (R, N) -> (R,): by the rank sum, tied
    scores at their middle.
    """
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])  # of runs of equal scores
    sorted_weight, mine = weight[:, order], ours[order]
    own = np.add.reduceat(sorted_weight * mine, starts, axis=1)  # (R, distinct scores)
    rest = np.add.reduceat(sorted_weight * ~mine, starts, axis=1)
    below = np.cumsum(rest, axis=1) - rest / 2
    return (own * below).sum(1) / (own.sum(1) * rest.sum(1))


def item_draws(label: np.ndarray, rng: np.random.Generator, draws: int) -> np.ndarray:
    """(R, N): how often each item is drawn, with replacement, as many of each class as it has."""
    drawn = np.zeros((draws, len(label)))
    for k in np.unique(label):
        members = np.flatnonzero(label == k)
        drawn[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=draws)
    return drawn


def rates(
    metric: Metric, probability: np.ndarray, label: np.ndarray, average: Average = "macro", *, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Of S trained networks with scores (S, N, K): the metric of each (S,), and of each in every
    draw of the items (S, R).

    `seed` numbers the draws: with the same one, two calls on the same test items can be compared
    draw by draw.
    """
    fewest, most = DRAWS
    drawn = item_draws(
        label, np.random.default_rng(seed), max(fewest, min(most, WORK // (len(label) * probability.shape[2])))
    )
    once = np.ones((1, len(label)))
    values = np.array([rate(metric, scores, label, once, average)[0] for scores in probability])
    return values, np.stack([rate(metric, scores, label, drawn, average) for scores in probability])


def combined(terms: Sequence[tuple[float, tuple[np.ndarray, np.ndarray]]], constant: float = 0.0) -> Interval:
    """Constant + the sum of factor x metric over networks, with a 95 % interval over items and
    seeds.

    terms: (factor, what `rates` gave). Items are drawn once for all terms; seeds are drawn for each
    of them. A term that occurs twice (the very same arrays) is one network and gets one draw of
    seeds.

    Raises ValueError without terms, and when their draws differ in number.
    """
    if not terms or len({draws.shape[1] for _, (_, draws) in terms}) != 1:
        raise ValueError(
            "Wanted terms with as many draws each, one or more. Rate all networks by the same function first."
        )
    rng, seeds = np.random.default_rng(1), {}
    value, total = constant, np.full(terms[0][1][1].shape[1], constant)
    for factor, (values, draws) in terms:
        if id(draws) not in seeds:
            picked = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=draws.shape[1])  # (R, S)
            seeds[id(draws)] = picked / len(values)
        value += factor * float(values.mean())
        total += factor * np.einsum("rs,sr->r", seeds[id(draws)], draws)
    low, high = np.quantile(total, (TAIL, 1 - TAIL))
    return Interval(value, float(low), float(high))


def gap(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The metric on one set of items minus that on another, of the same S networks, as `rates`
    gives them: (S,) and (S, R).
    """
    (a, drawn_a), (b, drawn_b) = one, other
    draws = min(drawn_a.shape[1], drawn_b.shape[1])
    return a - b, drawn_a[:, :draws] - drawn_b[:, :draws]
