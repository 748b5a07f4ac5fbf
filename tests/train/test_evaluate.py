"""Scores: views averaged, every item once, independent of the batch size; metrics by hand."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trust
from tiny_runs import tiny
from torch import nn

from repro.data.cache import prepare
from repro.data.index import load
from repro.spec import Protocol
from repro.train.batches import TEST, ClipSet, normalise
from repro.train.evaluate import ClassMapping, Evaluation, metrics
from repro.train.initialise import build

NORM = ([100.0] * 3, [50.0] * 3)
CLASSES = ("walk", "wave")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def scene(cache: Path) -> tuple[nn.Module, ClipSet]:
    """A network, and ten test clips."""
    run = tiny(views=2, test=10)
    index = load(run.clip_data, None)
    prepare(run.clip_data, index.test, cache)
    torch.manual_seed(0)
    return build(run, 2, 3).eval(), ClipSet(index.test, run.clip_data, cache, views=2)


def predict(network: nn.Module, clips: ClipSet, **protocol: Any) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    settings, mapping = Protocol(views=2, **protocol), ClassMapping.of(CLASSES, CLASSES, "restrict")
    return Evaluation(network, clips, settings, NORM, mapping, "fp32", torch.device("cpu")).predict()


def test_views_are_averaged_after_the_softmax(scene: tuple[nn.Module, ClipSet]) -> None:
    network, clips = scene
    probability, _ = predict(network, clips)
    with torch.no_grad():
        views = [network(normalise(clips[(TEST, view, 3)][0][None], NORM))[0].softmax(1)[0] for view in (0, 1)]
    assert np.allclose(probability[3], ((views[0] + views[1]) / 2).numpy(), atol=1e-6)


class Gated(nn.Module):
    """Gives of each clip two numbers that sum to one, and a long vector."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        mean = x.mean((1, 2, 3, 4))
        gate = torch.stack([mean, 1 - mean], 1)
        return torch.stack([mean, -mean], 1), {"gate": gate, "long": mean[:, None].repeat(1, 9), "map": x}


def test_auxiliary_outputs_of_small_width_are_averaged_over_views(scene: tuple[nn.Module, ClipSet]) -> None:
    _, clips = scene
    _, aux = predict(Gated(), clips, batch=5)
    views = [normalise(clips[(TEST, view, 3)][0][None], NORM).mean().item() for view in (0, 1)]
    assert list(aux) == ["gate"] and aux["gate"].shape == (len(clips), 2)
    assert aux["gate"][3] == pytest.approx([np.mean(views), 1 - np.mean(views)], abs=1e-5)


def test_batches_and_order_of_items_change_no_answer(scene: tuple[nn.Module, ClipSet], cache: Path) -> None:
    network, clips = scene
    first, apart, answers = predict(network, clips, batch=4)[0], 0.0, 0
    backwards = ClipSet(clips.items[::-1], clips.data, cache, views=2)
    for batch, order in product((1, 3, 5, 7, 64), (1, -1)):
        other = predict(network, clips if order > 0 else backwards, batch=batch)[0][::order]
        apart = max(apart, float(abs(other - first).max()))
        answers += int((other.argmax(1) != first.argmax(1)).sum())
    trust.record("evaluation in other batches and orders", 10, answers, f"scores {apart:.1e} apart")
    assert answers == 0 and apart < 1e-5


def test_metrics_by_hand() -> None:
    probability = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]])
    assert metrics(probability, np.array([0, 1, 1, 2])) == {
        "n": 4, "top1": 0.5, "top5": None, "mean_recall": pytest.approx((1 + 0.5 + 0) / 3),
        "mean_true_score": pytest.approx((0.7 + 0.3 + 0.8 + 0.3) / 4),
        "confusion": [[1, 0, 0], [1, 1, 0], [0, 1, 0]],  # rows actual, columns predicted
    }  # fmt: skip
    many = np.array([[0.3, 0.2, 0.15, 0.14, 0.11, 0.1]] * 2)
    assert metrics(many, np.array([4, 5]))["top5"] == 0.5  # asked where there are more than five classes
    absent = metrics(np.array([[0.9, 0.05, 0.05]] * 2), np.array([0, 0]))
    assert absent["mean_recall"] == 1.0  # classes absent from the test set do not count


KNOWN = ("Jump", "run", "Sit", "Walk")
SCORES = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 0.6, 0.2]])


@pytest.mark.parametrize(
    ("kind", "asked", "classes", "scores", "labels"),
    [
        ("restrict", ("walk", "Run"), ("walk", "Run"), [[0.25, 0.75], [2 / 3, 1 / 3]], [0, 1]),
        ("full", ("walk", "Run"), KNOWN, SCORES, [3, 1]),  # the second clip is a walk: sit is a mistake
        ("restrict", ("JUMP", "RUN", "SIT", "WALK"), ("JUMP", "RUN", "SIT", "WALK"), SCORES, [0, 1]),
        ("full", ("JUMP", "RUN", "SIT", "WALK"), KNOWN, SCORES, [0, 1]),
    ],
)
def test_answers_among_the_asked_or_the_known_classes(kind, asked, classes, scores, labels) -> None:
    mapping = ClassMapping.of(KNOWN, asked, kind)
    assert mapping.classes == classes and mapping.labels([0, 1]).tolist() == labels
    assert np.allclose(mapping.read(SCORES), scores)


@pytest.mark.parametrize("kind", ["restrict", "full"])
def test_classes_that_the_network_does_not_know_are_named(kind: Any) -> None:
    with pytest.raises(ValueError, match="trained on Jump, run, Sit, Walk; it knows no drink, wave"):
        ClassMapping.of(KNOWN, ("drink", "walk", "wave"), kind)


def test_scores_of_nought_are_no_division_by_nought() -> None:
    read = ClassMapping.of(KNOWN, ("walk", "run"), "restrict").read(np.array([[1.0, 0.0, 0.0, 0.0]]))
    assert np.isfinite(read).all() and read.sum() <= 1
