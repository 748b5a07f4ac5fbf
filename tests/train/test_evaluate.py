"""Scores: views averaged, every item once, independent of the batch size; metrics by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_runs import tiny

from repro.data.cache import prepare
from repro.data.index import load
from repro.spec import Protocol
from repro.train.batches import TEST, ClipSet, normalise
from repro.train.evaluate import metrics, score
from repro.train.train import build

NORM = ([100.0] * 3, [50.0] * 3)


@pytest.fixture
def scene(tmp_path: Path) -> tuple[torch.nn.Module, ClipSet]:
    run = tiny(views=2)
    index = load(run.data, None)
    prepare(run.data, index.test, None, tmp_path)
    torch.manual_seed(0)
    return build(run, 2).eval(), ClipSet(index.test, run.data, None, tmp_path, views=2)


def test_views_are_averaged_after_the_softmax(scene: tuple[torch.nn.Module, ClipSet]) -> None:
    network, clips = scene
    probability = score(network, clips, Protocol(views=2), NORM, precision="fp32", device=torch.device("cpu"), workers=0)
    with torch.no_grad():
        views = [network(normalise(clips[(TEST, view, 3)][0][None], NORM))[0].softmax(1)[0] for view in (0, 1)]
    assert np.allclose(probability[3], ((views[0] + views[1]) / 2).numpy(), atol=1e-6)


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_the_batch_size_does_not_matter(scene: tuple[torch.nn.Module, ClipSet], batch: int) -> None:
    network, clips = scene
    settings = {"precision": "fp32", "device": torch.device("cpu"), "workers": 0}
    one = score(network, clips, Protocol(views=2, batch=batch), NORM, **settings)
    other = score(network, clips, Protocol(views=2, batch=3), NORM, **settings)
    assert np.allclose(one, other, atol=1e-5)


def test_metrics_by_hand() -> None:
    probability = np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]])
    found = metrics(probability, np.array([0, 1, 1, 2]))
    assert found["n"] == 4 and found["top1"] == 0.5
    assert found["mean_recall"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["mean_true_score"] == pytest.approx((0.7 + 0.3 + 0.8 + 0.3) / 4)
    assert found["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 1, 0]]  # rows actual, columns predicted
    assert found["top5"] is None


def test_classes_absent_from_the_test_set_do_not_count_in_mean_recall() -> None:
    found = metrics(np.array([[0.9, 0.05, 0.05]] * 2), np.array([0, 0]))
    assert found["mean_recall"] == 1.0


def test_scores_that_are_no_numbers_are_an_error(scene: tuple[torch.nn.Module, ClipSet]) -> None:
    network, clips = scene
    torch.nn.init.constant_(network.classifier.weight, float("nan"))
    with pytest.raises(RuntimeError, match="scores are no numbers"):
        score(network, clips, Protocol(views=2), NORM, precision="fp32", device=torch.device("cpu"), workers=0)
