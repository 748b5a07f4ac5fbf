"""AUC, accuracy, precision and recall of many classes, each with its averaging stated and an
interval over test items and seeds.

Pure functions of arrays: S seeds, N test items, K classes, R weightings of the items. Intervals
come from leaving out one block of items after the other (`repro.evidence.statistics`); networks
tested on the same items are paired on the blocks. Sources: Sokolova and Lapalme (2009) for the
averages; Hand and Till (2001) discuss AUC of many classes, here each class against the rest.
"""

import hashlib
from typing import Literal

import numpy as np

from repro.evidence.statistics import Rates, jackknifed

Metric = Literal["AUC", "ACC", "Precision", "Recall"]
Average = Literal["macro", "weighted", "micro"]
METRICS: tuple[Metric, ...] = ("AUC", "ACC", "Precision", "Recall")
AVERAGES: tuple[Average, ...] = ("macro", "weighted", "micro")
SMALLEST = 0.3  # of its items that the rarest class keeps in an unequal test set
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
    """
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


def rates(
    metric: Metric, probability: np.ndarray, label: np.ndarray, blocks: np.ndarray, average: Average = "macro"
) -> Rates:
    """A metric of S trained networks with scores (S, N, K), on all items and without each of G
    blocks (N,) of them.
    """
    names, index, sizes = np.unique(blocks, return_inverse=True, return_counts=True)
    weight = np.concatenate([np.ones((1, len(label))), index != np.arange(len(names))[:, None]])  # (1 + G, N)
    found = np.stack([rate(metric, scores, label, weight, average) for scores in probability])  # (S, 1 + G)
    return jackknifed(found[:, 0], found[:, 1:], sizes.astype(float))
