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
from repro.tasks.train import build
from repro.train.batches import TEST, ClipSet, normalise
from repro.train.evaluate import Readout, metrics, score

NORM = ([100.0] * 3, [50.0] * 3)


@pytest.fixture
def scene(tmp_path: Path) -> tuple[torch.nn.Module, ClipSet]:
    run = tiny(views=2)
    index = load(run.data, None)
    prepare(run.data, index.test, None, tmp_path)
    torch.manual_seed(0)
    return build(run, 2, 3).eval(), ClipSet(index.test, run.data, None, tmp_path, views=2)


def test_views_are_averaged_after_the_softmax(scene: tuple[torch.nn.Module, ClipSet]) -> None:
    network, clips = scene
    probability, _ = score(
        network, clips, Protocol(views=2), NORM, precision="fp32", device=torch.device("cpu"), workers=0
    )
    with torch.no_grad():
        views = [network(normalise(clips[(TEST, view, 3)][0][None], NORM))[0].softmax(1)[0] for view in (0, 1)]
    assert np.allclose(probability[3], ((views[0] + views[1]) / 2).numpy(), atol=1e-6)


class Gated(torch.nn.Module):
    """Says of each clip two numbers that sum to one, and a long vector."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        mean = x.mean((1, 2, 3, 4))
        gate = torch.stack([mean, 1 - mean], 1)
        return torch.stack([mean, -mean], 1), {"gate": gate, "long": mean[:, None].repeat(1, 9), "map": x}


def test_a_few_numbers_that_a_network_says_of_each_clip_are_kept(scene: tuple[torch.nn.Module, ClipSet]) -> None:
    _, clips = scene
    settings = {"precision": "fp32", "device": torch.device("cpu"), "workers": 0}
    _, said = score(Gated(), clips, Protocol(views=2, batch=5), NORM, **settings)
    views = [normalise(clips[(TEST, view, 3)][0][None], NORM).mean().item() for view in (0, 1)]
    assert list(said) == ["gate"] and said["gate"].shape == (len(clips), 2)
    assert said["gate"][3] == pytest.approx([np.mean(views), 1 - np.mean(views)], abs=1e-5)


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_the_batch_size_does_not_matter(scene: tuple[torch.nn.Module, ClipSet], batch: int) -> None:
    network, clips = scene
    settings = {"precision": "fp32", "device": torch.device("cpu"), "workers": 0}
    one, _ = score(network, clips, Protocol(views=2, batch=batch), NORM, **settings)
    other, _ = score(network, clips, Protocol(views=2, batch=3), NORM, **settings)
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


KNOWN = ("Jump", "run", "Sit", "Walk")
SCORES = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.1, 0.6, 0.2]])


def test_restricted_answers_lie_among_the_asked_classes() -> None:
    answers = Readout.of(KNOWN, ("walk", "Run"), "restrict")
    assert answers.classes == ("walk", "Run")
    assert np.allclose(answers.read(SCORES), [[0.25, 0.75], [2 / 3, 1 / 3]])
    assert answers.labels([0, 1, 1]).tolist() == [0, 1, 1]


def test_full_answers_may_be_any_known_class() -> None:
    answers = Readout.of(KNOWN, ("walk", "Run"), "full")
    assert answers.classes == KNOWN
    assert np.allclose(answers.read(SCORES), SCORES)
    assert answers.labels([0, 1, 1]).tolist() == [3, 1, 1]


def test_both_readouts_count_as_they_say() -> None:
    """Asked for walk and run only, the second clip is a walk: the whole network says sit and is
    wrong.
    """
    right = {}
    for kind in ("restrict", "full"):
        answers = Readout.of(KNOWN, ("walk", "run"), kind)
        right[kind] = (answers.read(SCORES).argmax(1) == answers.labels([1, 0])).tolist()
    assert right == {"restrict": [True, True], "full": [False, False]}


def test_the_same_classes_are_read_as_they_are() -> None:
    for kind in ("restrict", "full"):
        answers = Readout.of(KNOWN, tuple(name.upper() for name in KNOWN), kind)
        assert np.allclose(answers.read(SCORES), SCORES) and answers.labels([3, 0]).tolist() == [3, 0]


@pytest.mark.parametrize("kind", ["restrict", "full"])
def test_classes_that_the_network_does_not_know_are_named(kind: str) -> None:
    with pytest.raises(ValueError, match="trained on Jump, run, Sit, Walk; it knows no drink, wave"):
        Readout.of(KNOWN, ("drink", "walk", "wave"), kind)


def test_scores_of_nought_are_no_division_by_nought() -> None:
    read = Readout.of(KNOWN, ("walk", "run"), "restrict").read(np.array([[1.0, 0.0, 0.0, 0.0]]))
    assert np.isfinite(read).all() and read.sum() <= 1
