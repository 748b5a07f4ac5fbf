"""Metrics against scikit-learn, weights as repetition, the identity of recall and accuracy,
intervals that move as they must.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_score, recall_score, roc_auc_score

from repro.papers.ackerly2025 import classification
from repro.papers.ackerly2025.classification import AVERAGES, METRICS, combined, item_draws, rate, rates, unequal


def scored(n: int = 90, classes: int = 5, seed: int = 0, equal: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Scores that know something of the label, in coarse steps so that ties occur."""
    rng = np.random.default_rng(seed)
    label = (
        np.arange(n) % classes
        if equal
        else rng.choice(classes, n, p=np.arange(1, classes + 1) / sum(range(1, classes + 1)))
    )
    scores = np.round(rng.dirichlet(np.ones(classes), n) + 0.5 * np.eye(classes)[label], 1) + 0.05
    return scores / scores.sum(1, keepdims=True), label


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
    probability, label = scored()
    found = rate(metric, probability, label, np.ones((1, len(label))), average)[0]
    assert found == pytest.approx(by_sklearn(metric, probability, label, average), abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
def test_a_weight_is_a_repetition(metric: str) -> None:
    probability, label = scored()
    weight = np.random.default_rng(3).integers(1, 4, len(label))
    again = np.repeat(np.arange(len(label)), weight)
    repeated = rate(metric, probability[again], label[again], np.ones((1, len(again))))[0]
    assert rate(metric, probability, label, weight[None].astype(float))[0] == pytest.approx(repeated, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_macro_recall_is_accuracy_exactly_when_all_classes_have_as_many_items(seed: int) -> None:
    """A7. With unequal counts the two differ here, as in any case but a coincidence."""
    for equal in (True, False):
        probability, label = scored(n=85, seed=seed, equal=equal)
        once = np.ones((1, len(label)))
        accuracy, recall = (rate(metric, probability, label, once)[0] for metric in ("ACC", "Recall"))
        assert (abs(accuracy - recall) < 1e-12) == equal


@pytest.mark.parametrize("seed", range(5))
def test_micro_and_weighted_recall_are_always_accuracy(seed: int) -> None:
    probability, label = scored(seed=seed)
    once = np.ones((1, len(label)))
    accuracy = rate("ACC", probability, label, once)[0]
    assert all(
        rate("Recall", probability, label, once, average)[0] == pytest.approx(accuracy)
        for average in ("micro", "weighted")
    )


def test_a_class_that_is_never_predicted_has_no_precision_and_one_that_never_occurs_does_not_count() -> None:
    probability = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.9, 0.05, 0.05]])
    label, once = np.array([0, 0, 1, 1]), np.ones((1, 4))
    assert rate("Precision", probability, label, once)[0] == pytest.approx((2 / 4 + 0) / 2)
    assert rate("Recall", probability, label, once)[0] == pytest.approx((1 + 0) / 2)


def test_draws_keep_the_counts_of_the_classes_and_resample_the_items() -> None:
    label = np.array([0] * 3 + [1] * 7)
    drawn = item_draws(label, np.random.default_rng(0), 50)
    assert (drawn[:, label == 0].sum(1) == 3).all() and (drawn[:, label == 1].sum(1) == 7).all()
    assert drawn.max() > 1 and drawn.min() == 0


def test_unequal_test_sets_are_the_same_for_any_order_and_span_the_stated_shares() -> None:
    label = np.repeat(np.arange(10), 100)
    name = np.array([f"val/{k}/{i}" for i, k in enumerate(label)])
    kept = unequal(label, name)
    counts = sorted(np.bincount(label[kept]))
    assert counts[0] == 30 and counts[-1] == 100 and len(set(counts)) == 10
    shuffled = np.random.default_rng(1).permutation(len(label))
    again = unequal(label[shuffled], name[shuffled])
    assert set(name[shuffled][again]) == set(name[kept])


def test_a_better_network_is_ahead_and_the_same_one_is_level() -> None:
    probability, label = scored(n=300)
    worse = np.stack(
        [
            0.8 * np.full_like(probability, 0.2) + 0.2 * np.random.default_rng(s).dirichlet(np.ones(5), 300)
            for s in range(3)
        ]
    )
    good, bad = rates("Recall", np.stack([probability] * 3), label, seed=0), rates("Recall", worse, label, seed=0)
    ahead = combined([(1, good), (-1, bad)])
    assert ahead.low > 0 and ahead.value == pytest.approx(good[0].mean() - bad[0].mean())
    level = combined([(1, good), (-1, good)])
    assert (level.value, level.low, level.high) == (0, 0, 0)


def test_pairing_over_items_narrows_a_difference() -> None:
    probability, label = scored(n=200)
    other = probability.copy()
    other[:4] = np.roll(other[:4], 1, axis=1)  # a few items are answered otherwise
    a, b = rates("ACC", probability[None], label, seed=0), rates("ACC", other[None], label, seed=0)
    paired = combined([(1, a), (-1, b)])
    alone = combined([(1, a)])
    assert paired.high - paired.low < 0.7 * (alone.high - alone.low)


def test_seeds_that_differ_widen_the_interval() -> None:
    probability, label = scored(n=400)
    other = np.random.default_rng(5).dirichlet(np.ones(5), 400)
    steady, moved = (
        combined([(1, rates("ACC", np.stack(pair), label, seed=0))])
        for pair in ((probability, probability), (probability, other))
    )
    assert moved.high - moved.low > 3 * (steady.high - steady.low)


def test_a_constant_moves_value_and_ends_alike() -> None:
    probability, label = scored()
    found = rates("AUC", probability[None], label, seed=0)
    plain, moved = combined([(-1, found)]), combined([(-1, found)], constant=0.5)
    assert np.allclose([moved.value, moved.low, moved.high], [plain.value + 0.5, plain.low + 0.5, plain.high + 0.5])


def test_what_does_not_fit_is_said() -> None:
    probability, label = scored()
    with pytest.raises(ValueError, match=r"Wanted probability \(N, K\)"):
        rate("ACC", probability, label[:-1], np.ones((1, len(label))))
    with pytest.raises(ValueError, match="Wanted one of AUC"):
        rate("F1", probability, label, np.ones((1, len(label))))
    with pytest.raises(ValueError, match="Wanted terms"):
        combined([])


def test_draws_are_numbered() -> None:
    probability, label = scored()
    one, same, other = (rates("ACC", probability[None], label, seed=seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_micro_auc_does_not_depend_on_how_much_is_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    probability, label = scored()
    whole = rates("AUC", probability[None], label, "micro", seed=0)[1]
    monkeypatch.setattr(classification, "AT_ONCE", 7 * probability.size)
    assert np.array_equal(rates("AUC", probability[None], label, "micro", seed=0)[1], whole)
