"""The claims of ackerly2025: one function per claim id, pure functions of what was measured or
printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import pairwise

import numpy as np

from repro.papers.ackerly2025.classification import METRICS, combined, gap
from repro.evidence.statistics import Interval
from repro.evidence.verdicts import Verdict, judge, not_tested, static
from repro.papers import catalogue
from repro.papers.ackerly2025.runs import OURS, ROWS, SHARES, TREES
from repro.papers.ackerly2025.scores import Scores, difference, percent

Reported = Mapping[tuple[str, str, str], str]  # `catalogue.reported("ackerly2025")`
Rows = Mapping[str, Scores]  # row of Table 1 -> its scores
Parts = Mapping[float, Scores]  # share of the training set -> our network's scores
Labelled = list[tuple[str, Interval]]
TABLE1 = "ackerly2025.table1"
TRANSFORMERS = ("Vision-Transformer", "Swin-Transformer")
SLIGHT = 0.02  # "slightly": less than this, by claims.csv
KEPT = 0.9  # of the recall at 100 % must be left at 20 %

row = partial(catalogue.ledger_row, "ackerly2025")


def ours_best_all_metrics(columns: Sequence[Rows]) -> Verdict:
    """`ours-best-all-metrics`: above each of the four others on each metric."""
    return _pairs(columns, [(OURS, name) for name in ROWS if name != OURS])


def full_order(columns: Sequence[Rows]) -> Verdict:
    """`full-order`: XGBoost < MLP < ViT < Swin < ours on each metric, each step as a paired
    contrast.
    """
    return _pairs(columns, [(high, low) for low, high in pairwise(ROWS)])


def xgboost_lowest(columns: Sequence[Rows]) -> Verdict:
    """`xgboost-lowest`: every neural network above the trees on each metric."""
    return _pairs(columns, [(name, TREES) for name in ROWS if name != TREES])


def transformers_above(columns: Sequence[Rows]) -> Verdict:
    """`transformers-above`: both transformers above trees and MLP, Swin above ViT, on each metric."""
    vit, swin = TRANSFORMERS
    return _pairs(columns, [(high, low) for high in TRANSFORMERS for low in (TREES, "MLP")] + [(swin, vit)])


def mlp_slight_over_xgboost(columns: Sequence[Rows]) -> Verdict:
    """`mlp-slight-over-xgboost`: the MLP above the trees in accuracy and precision, by less than
    0.02.
    """
    contrasts = []
    for rows in columns:
        terms = [(1.0, rows["MLP"]), (-1.0, rows[TREES])]
        for metric in ("ACC", "Precision"):
            name = f"{metric} on {rows['MLP'].cell.column}"
            contrasts.append((f"MLP - {TREES}, {name}", difference(metric, terms)))
            contrasts.append(
                (f"{SLIGHT} - (MLP - {TREES}), {name}", difference(metric, [(-f, s) for f, s in terms], SLIGHT))
            )
    return _judged([rows[name] for rows in columns for name in ("MLP", TREES)], contrasts)


def _pairs(columns: Sequence[Rows], pairs: Sequence[tuple[str, str]]) -> Verdict:
    """The first of each pair above the second, on every metric and data set."""
    contrasts = [
        (
            f"{high} - {low}, {metric} on {rows[high].cell.column}",
            difference(metric, [(1.0, rows[high]), (-1.0, rows[low])]),
        )
        for rows in columns
        for high, low in pairs
        for metric in METRICS
    ]
    names = dict.fromkeys(name for pair in pairs for name in pair)
    return _judged([rows[name] for rows in columns for name in names], contrasts)


def _judged(scores: Sequence[Scores], contrasts: Labelled) -> Verdict:
    """The rules of verdicts; whether a network ranks anything is seen in its accuracy against the
    most common class.

    No measured claim of this paper can stand or fall, on all of ImageNet either: its task and its
    test set are not known (A7, A8).
    """
    levels = [(f"accuracy of {s.name} on {s.cell.column}", s.interval("ACC")) for s in scores]
    return judge(contrasts, levels, [s.chance for s in scores], decisive=False)


def largest_gain_auc_recall(reported: Reported) -> Verdict:
    """`largest-gain-auc-recall`: of the four printed gains over the best other row, those in AUC
    and recall are the two largest.
    """
    gains, sums = {}, []
    for metric in METRICS:
        ours = Decimal(reported[TABLE1, OURS, metric])
        best = max(Decimal(reported[TABLE1, name, metric]) for name in ROWS if name != OURS)
        gains[metric] = ours - best
        sums.append(f"{metric} {ours} - {best} = {gains[metric]}")
    smallest = min(gains["AUC"], gains["Recall"])
    holds = all(smallest > gain for metric, gain in gains.items() if metric not in ("AUC", "Recall"))
    cut = {
        m: 100 * gain / (1 - Decimal(reported[TABLE1, OURS, m]) + gain) for m, gain in gains.items()
    }  # of the best other row's error
    relative = "as a share of the error left, " + ", ".join(f"{m} {value:.1f} %" for m, value in cut.items())
    return static(holds, f"{'; '.join(sums)}; {relative}")


def recall_acc_identity(reported: Reported) -> Verdict:
    """`recall-acc-identity`: that recall may differ from accuracy on ImageNet, whose test set has
    as many images of every class.

    Recall of class k is its right answers over its n items; with n the same for all K classes the
    mean over classes is the number of right answers over K n, which is accuracy. Micro and weighted
    recall are accuracy on any test set.
    """
    apart = {name: Decimal(reported[TABLE1, name, "ACC"]) - Decimal(reported[TABLE1, name, "Recall"]) for name in ROWS}
    text = "Printed ACC - Recall: " + ", ".join(f"{name} {value}" for name, value in apart.items())
    rest = "with as many test images per class macro recall is accuracy, micro and weighted recall always are: each must be 0 there"
    return static(
        not any(apart.values()),
        f"{text}; {rest}. A test set with unequal class counts, or another task, would allow them",
    )


def recall_monotone_in_data(parts: Parts) -> Verdict:
    """`recall-monotone-in-data`: recall falls at each step from 100 to 80, 60, 40 and 20 % of the
    training images.
    """
    contrasts = [
        (f"{percent(more)} - {percent(less)}", difference("Recall", [(1.0, parts[more]), (-1.0, parts[less])]))
        for more, less in pairwise(SHARES)
    ]
    return _judged(list(parts.values()), contrasts)


def recall_faster_below_60(parts: Parts) -> Verdict:
    """`recall-faster-below-60`: the mean slope on 20 to 60 % larger than on 60 to 100 %; both
    stretches are as long.
    """
    bend = difference("Recall", [(2.0, parts[0.6]), (-1.0, parts[0.2]), (-1.0, parts[1.0])])
    name = "(recall(60 %) - recall(20 %)) - (recall(100 %) - recall(60 %))"
    return _judged(list(parts.values()), [(name, bend)])


def recall_values(parts: Parts) -> Verdict:
    """`recall-values`, its scale-free form: at 20 % at least 0.9 of the recall at 100 % is left
    (0.83 / 0.92 = 0.902 is printed).

    The values themselves are those of a task that is not known, and are not compared.
    """
    left = difference("Recall", [(1.0, parts[0.2]), (-KEPT, parts[1.0])])
    return _judged(list(parts.values()), [(f"recall(20 %) - {KEPT} recall(100 %)", left)])


def attention_T1_degenerate(weights: Mapping[str, np.ndarray]) -> Verdict:
    """`attention-T1-degenerate`: with one step the softmax of one number is 1, so eq. (1) returns
    V. `weights`: name -> stored maps.
    """
    if not weights:
        return not_tested("No run with one step stored its attention")
    every = np.concatenate([w.ravel() for w in weights.values()])
    text = f"softmax of one number is 1, so softmax(q k / sqrt(d)) v = v for any q and k; in a trained network all {len(every)} stored weights"
    low, high = every.min(), every.max()
    return static(low == high == 1, f"{text} are 1" if low == high == 1 else f"{text} lie between {low:g} and {high:g}")


def reg_reduces_overfit(
    trained: Mapping[str, Scores], tested: Mapping[str, Scores], regular: str, free: str
) -> Verdict:
    """`reg-reduces-overfit`: accuracy on the training images minus on the test images is smaller
    with the penalty than without.

    The same images either time, without augmentation; seeds i of both accuracies are one network.
    """
    gaps = {name: gap(trained[name].rates("ACC"), tested[name].rates("ACC")) for name in (regular, free)}
    contrast = combined([(1.0, gaps[free]), (-1.0, gaps[regular])])
    return _judged(list(tested.values()), [("gap without - gap with the penalty", contrast)])
