"""The claims of ackerly2025: pure functions of what was measured or printed, by claim id."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

import numpy as np

from repro.evidence.statistics import combined
from repro.evidence.verdicts import Contrast, Level, Verdict, not_tested, static
from repro.papers.ackerly2025.classification import METRICS, Metric
from repro.papers.ackerly2025.scores import Scores, difference, percent
from repro.papers.ackerly2025.settings import MLP, ON_FEATURES, OURS, ROWS, TREES
from repro.papers.claims import Pairs, Reported, judged, level

Rows = Mapping[str, Scores]  # row of Table 1 -> its scores on one data set
TABLE1 = "ackerly2025.table1"
VIT, SWIN = "Vision-Transformer", "Swin-Transformer"
SLIGHT = 0.02  # "slightly": less than this, by claims.csv
BAND = 0.03  # of a printed ratio of recalls, by claims.csv
KEPT = 0.9  # of the accuracy must be left where a network is called robust
SAME_INPUT = [(MLP, TREES), tuple(reversed(ON_FEATURES))]  # on pixels, and on gradients and colours
ORDERS: dict[str, dict[str, Any]] = {  # claim -> arguments of `in_order`: pairs of rows, the one claimed larger first
    "ours-best-all-metrics": {"pairs": [(OURS, row) for row in ROWS if row != OURS]},
    "full-order": {"pairs": [(larger, smaller) for smaller, larger in pairwise(ROWS)]},
    "xgboost-lowest": {"pairs": [*((row, TREES) for row in ROWS if row not in (TREES, MLP)), *SAME_INPUT]},
    "mlp-slight-over-xgboost": {"pairs": SAME_INPUT, "metrics": ("ACC", "Precision"), "below": SLIGHT},
    "transformers-above": {"pairs": [(VIT, TREES), (VIT, MLP), (SWIN, TREES), (SWIN, MLP), (SWIN, VIT)]},
}


def in_order(
    claim: str, columns: Sequence[Rows], pairs: Pairs, metrics: Sequence[Metric] = METRICS, below: float | None = None
) -> Verdict:
    """The first row of each pair above the second on each metric and data set, as a paired
    contrast; by less than `below` where it is given.
    """
    found = []
    for rows, (one, two), metric in product(columns, pairs, metrics):
        terms, where = [(1.0, rows[one]), (-1.0, rows[two])], f"{metric} on {rows[one].column}"
        sides = (_level(rows[one]), _level(rows[two]))
        found.append(Contrast(f"{one} - {two}, {where}", difference(metric, terms), sides))
        if below is not None:
            rest = found[-1].interval.negated().plus(below)
            found.append(Contrast(f"{below} - ({one} - {two}), {where}", rest, sides, edge=True))
    return _verdict(claim, found)


def _level(scores: Scores) -> Level:
    """Whether a network ranks anything is seen in its accuracy against the most common class."""
    return level(scores, lambda row: f"accuracy of {row}")


def _verdict(claim: str, contrasts: Sequence[Contrast]) -> Verdict:
    """No measured claim of this paper can stand or fall, on all of ImageNet either: its task and
    its test set are not known (A7, A8).
    """
    return judged("ackerly2025", claim, contrasts, decisive=False)


def largest_gain_auc_recall(reported: Reported) -> Verdict:
    """`largest-gain-auc-recall`: of the four printed gains over the best other row, those in AUC
    and recall are the two largest.
    """
    gains, errors, sums = {}, {}, []
    for metric in METRICS:
        ours = Decimal(reported[TABLE1, OURS, metric])
        best = max(Decimal(reported[TABLE1, row, metric]) for row in ROWS if row != OURS)
        gains[metric], errors[metric] = ours - best, 1 - best
        sums.append(f"{metric} {ours} - {best} = {gains[metric]}")
    smallest = min(gains["AUC"], gains["Recall"])
    holds = all(smallest > gain for metric, gain in gains.items() if metric not in ("AUC", "Recall"))
    relative = ", ".join(f"{metric} {100 * gain / errors[metric]:.1f} %" for metric, gain in gains.items())
    return static(holds, f"{'; '.join(sums)}; as a share of the error left, {relative}")


def recall_acc_identity(reported: Reported) -> Verdict:
    """`recall-acc-identity`: that recall may differ from accuracy on ImageNet, whose test set has
    as many images of every class.

    Recall of class k is its right answers over its n items; with n the same for all K classes the
    mean over classes is the number of right answers over K n, which is accuracy. Micro and weighted
    recall are accuracy on any test set.
    """
    apart = {row: Decimal(reported[TABLE1, row, "ACC"]) - Decimal(reported[TABLE1, row, "Recall"]) for row in ROWS}
    printed = "Printed ACC - Recall: " + ", ".join(f"{row} {value}" for row, value in apart.items())
    macro = "with as many test images per class macro recall is accuracy, micro and weighted recall always are"
    other = "A test set with unequal class counts, or another task, would allow them"
    return static(not any(apart.values()), f"{printed}; {macro}: each must be 0 there. {other}")


def of_table1(columns: Sequence[Rows], reported: Reported) -> dict[str, Verdict]:
    """Claim id -> verdict, in the order of claims.csv, of data sets' rows and of the printed
    numbers.
    """
    orders = {claim: in_order(claim, columns, **arguments) for claim, arguments in ORDERS.items()}
    printed = {"largest-gain-auc-recall": largest_gain_auc_recall, "recall-acc-identity": recall_acc_identity}
    return orders | {claim: decide(reported) for claim, decide in printed.items()}


def of_figure2(parts: Mapping[float, Scores], printed: Mapping[float, float]) -> dict[str, Verdict]:
    """Claim id -> verdict, of our network's scores by fraction of the training set.

    `recall-monotone-in-data`: recall falls at each step from 100 to 80, 60, 40 and 20 %.
    `recall-faster-below-60`: the mean slope on 20 to 60 % is larger than on 60 to 100 %; both
    stretches are as long. `recall-values`, free of scale: recall over recall with all images lies
    within BAND of the printed ratio, both ways. `printed`: fraction -> printed recall, of a task
    that is not known, which is why ratios are compared.
    """
    bend = "(recall(60 %) - recall(20 %)) - (recall(100 %) - recall(60 %))"
    steps = {f"{percent(more)} - {percent(less)}": {more: 1.0, less: -1.0} for more, less in pairwise(parts)}
    sums = {  # claim -> what must be above 0: its name and the factor of each part's recall
        "recall-monotone-in-data": steps,
        "recall-faster-below-60": {bend: {0.6: 2.0, 0.2: -1.0, 1.0: -1.0}},
        "recall-values": {},
    }
    for part in (part for part in printed if part < 1):
        ratio, named = printed[part] / printed[1.0], f"recall({percent(part)})"
        sums["recall-values"] |= {
            f"{named} - {ratio - BAND:.3f} recall(100 %)": {part: 1.0, 1.0: BAND - ratio},
            f"{ratio + BAND:.3f} recall(100 %) - {named}": {part: -1.0, 1.0: ratio + BAND},
        }
    edge = {"recall-values"}  # contrasts that are ends of a band
    return {
        claim: _verdict(claim, [weighted(name, factors, parts, claim in edge) for name, factors in named.items()])
        for claim, named in sums.items()
    }


def weighted(
    name: str, factors: Mapping[Any, float], of: Mapping[Any, Scores], edge: bool, metric: Metric = "Recall"
) -> Contrast:
    """The sum of factor x metric over some of the networks `of`."""
    terms = [(factor, of[key]) for key, factor in factors.items()]
    return Contrast(name, difference(metric, terms), tuple(_level(scores) for _, scores in terms), edge=edge)


def of_robustness(claim: str, clean: Scores, corrupted: Mapping[str, Scores]) -> Verdict:
    """`robust-...`: KEPT of the accuracy on clean images is left under each of these corruptions.
    `environment-matters`: accuracy on clean images is above that under each of them.
    """
    found, robust = [], claim.startswith("robust")
    for name, scores in corrupted.items():
        factors = {name: 1.0, "clean": -KEPT} if robust else {"clean": 1.0, name: -1.0}
        label = f"{name} - {KEPT} clean" if robust else f"clean - {name}"
        found.append(weighted(label, factors, {name: scores, "clean": clean}, robust, "ACC"))
    return _verdict(claim, found)


def attention_of_one_step(weights: Mapping[str, np.ndarray]) -> Verdict:
    """`attention-T1-degenerate`: with one step the softmax of one number is 1, so eq. (1) returns
    V.

    `weights`: name -> attention weights stored by networks with one step.
    """
    if not weights:
        return not_tested("No run with one step stored its attention")
    every = np.concatenate([values.ravel() for values in weights.values()])
    low, high = every.min(), every.max()
    text = "softmax of one number is 1, so softmax(q k / sqrt(d)) v = v for any q and k"
    stored = f"in a trained network all {len(every)} stored weights"
    one = low == high == 1
    return static(one, f"{text}; {stored} {'are 1' if one else f'lie between {low:g} and {high:g}'}")


def penalty_reduces_gap(trained: Rows, tested: Rows, regular: str, free: str) -> Verdict:
    """`reg-reduces-overfit`: accuracy on training images minus accuracy on test images is smaller
    with the penalty (row `regular`) than without it (row `free`).

    The same images either time, without augmentation; seeds i of both accuracies are one network.
    """
    signs = ((1.0, trained[free]), (-1.0, tested[free]), (-1.0, trained[regular]), (1.0, tested[regular]))
    contrast = combined([(sign, scores.rates("ACC")) for sign, scores in signs])
    sides = tuple(_level(scores) for scores in tested.values())
    return _verdict("reg-reduces-overfit", [Contrast("gap without - gap with the penalty", contrast, sides)])
