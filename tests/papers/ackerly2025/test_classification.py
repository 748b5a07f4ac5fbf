"""Metrics against scikit-learn, weights as repetition, the identity of recall and accuracy,
intervals that move as they must.
"""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score

from repro.evidence.statistics import combined
from repro.papers.ackerly2025 import classification
from repro.papers.ackerly2025.classification import AVERAGES, METRICS, rate, rates, unequal


def scored(n: int = 90, seed: int = 0, equal: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Scores of five classes that know something of the label, in coarse steps: ties occur."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 5 if equal else rng.choice(5, n, p=np.arange(1, 6) / 15)
    scores = np.round(rng.dirichlet(np.ones(5), n) + 0.5 * np.eye(5)[label], 1) + 0.05
    return scores / scores.sum(1, keepdims=True), label


def once(metric: str, probability: np.ndarray, label: np.ndarray, average: str = "macro") -> float:
    """A metric with each item counted once."""
    return rate(metric, probability, label, np.ones((1, len(label))), average)[0]


def by_sklearn(metric: str, probability: np.ndarray, label: np.ndarray, average: str) -> float:
    predicted = probability.argmax(1)
    match metric:
        case "ACC":
            return accuracy_score(label, predicted)
        case "AUC" if average == "micro":
            return roc_auc_score(np.eye(probability.shape[1])[label].ravel(), probability.ravel())
        case "AUC":
            return roc_auc_score(label, probability, multi_class="ovr", average=average)
        case "Precision":
            return precision_score(label, predicted, average=average, zero_division=0)
    return recall_score(label, predicted, average=average)


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("metric", METRICS)
def test_metrics_are_those_of_scikit_learn(metric: str, average: str) -> None:
    items = scored()
    assert once(metric, *items, average) == pytest.approx(by_sklearn(metric, *items, average), abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
def test_a_weight_is_a_repetition(metric: str) -> None:
    probability, label = scored()
    weight = np.random.default_rng(3).integers(1, 4, len(label))
    repeated = once(metric, *(np.repeat(values, weight, axis=0) for values in (probability, label)))
    assert rate(metric, probability, label, weight[None].astype(float))[0] == pytest.approx(repeated, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_macro_recall_is_accuracy_exactly_when_all_classes_have_as_many_items(seed: int) -> None:
    """A7. With unequal counts the two differ here, as in any case but a coincidence; micro and
    weighted recall are accuracy always.
    """
    for equal in (True, False):
        items = scored(n=85, seed=seed, equal=equal)
        accuracy = once("ACC", *items)
        assert (abs(accuracy - once("Recall", *items)) < 1e-12) == equal
        assert [once("Recall", *items, average) for average in ("micro", "weighted")] == pytest.approx([accuracy] * 2)


def test_a_class_that_is_never_predicted_has_no_precision_and_one_that_never_occurs_does_not_count() -> None:
    probability = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.9, 0.05, 0.05]])
    label = np.array([0, 0, 1, 1])
    assert once("Precision", probability, label) == pytest.approx((2 / 4 + 0) / 2)
    assert once("Recall", probability, label) == pytest.approx((1 + 0) / 2)


def test_unequal_test_sets_are_the_same_for_any_order_and_span_the_stated_fractions() -> None:
    label = np.repeat(np.arange(10), 100)
    name = np.array([f"val/{k}/{i}" for i, k in enumerate(label)])
    kept = unequal(label, name)
    counts = sorted(np.bincount(label[kept]))
    assert counts[0] == 30 and counts[-1] == 100 and len(set(counts)) == 10
    order = np.random.default_rng(1).permutation(len(label))
    assert set(name[order][unequal(label[order], name[order])]) == set(name[kept])


def test_a_better_network_is_ahead_and_the_same_one_is_level() -> None:
    probability, label = scored(n=300)
    noise = [np.random.default_rng(s).dirichlet(np.ones(5), 300) for s in range(3)]
    good, bad = (
        replace(rates("Recall", np.stack(s), label, np.arange(300) % 50), networks=k)
        for k, s in enumerate(([probability] * 3, [0.16 + 0.2 * n for n in noise]))
    )
    ahead, level = (combined([(1, good), (-1, other)]) for other in (bad, good))
    assert ahead.low > 0 and ahead.value == pytest.approx(good.values.mean() - bad.values.mean())
    assert (level.value, level.low, level.high) == (0, 0, 0)


@pytest.mark.parametrize("metric", METRICS)
def test_blocks_are_left_out_whole(metric: str) -> None:
    probability, label = scored()
    blocks = np.arange(90) % 7
    found = rates(metric, probability[None], label, blocks)
    without = once(metric, probability[blocks != 2], label[blocks != 2])
    assert found.pseudo[0, 2] == pytest.approx(7 * found.values[0] - 6 * without)


def test_micro_auc_does_not_depend_on_how_much_is_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    probability, label = scored()
    one = rates("AUC", probability[None], label, np.arange(90), "micro").pseudo
    monkeypatch.setattr(classification, "AT_ONCE", 7 * probability.size)
    assert np.array_equal(rates("AUC", probability[None], label, np.arange(90), "micro").pseudo, one)
