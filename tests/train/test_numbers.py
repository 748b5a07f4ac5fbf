"""Numbers that do not depend on how they were worked out: batch size, the order of items and of
classes; metrics as other people count them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trust
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tiny_runs import execute, predictions, tiny, weights
from torch import nn
from toy import lend

from repro.data.cache import prepare
from repro.data.index import Item, load
from repro.papers.measure import in_top_k
from repro.spec import Protocol, Run, options
from repro.train.batches import ClipSet
from repro.train.checkpoint import load_network, save_network
from repro.train.evaluate import ClassMapping, Evaluation, metrics
from repro.train.initialise import build, check_order

NORM = ([100.0] * 3, [50.0] * 3)
CLASSES = ("walk", "wave")
CLOSE = 1e-5


# How it is worked out does not matter


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, list[Item], Callable[[list[Item]], ClipSet]]:
    """A network, test items, and the clips of any of them."""
    run, cache = tiny(views=2, test=10), tmp_path_factory.mktemp("cache")
    index = load(run.clip_data, None)
    prepare(run.clip_data, index.test, cache)
    torch.manual_seed(0)
    network = build(run, 2, 3).eval()
    return network, list(index.test), lambda items: ClipSet(items, run.clip_data, cache, views=2)


def scored(network: nn.Module, clips: ClipSet, batch: int) -> dict[str, np.ndarray]:
    """Item name -> its scores."""
    mapping = ClassMapping.of(CLASSES, CLASSES, "restrict")
    settings = Protocol(views=2, batch=batch)
    found = Evaluation(network, clips, settings, NORM, mapping, "fp32", torch.device("cpu")).predict()[0]
    return {item.name: row for item, row in zip(clips.items, found, strict=True)}


WAYS = [(batch, order) for order in (1, -1) for batch in (1, 3, 5, 7, 64)]


def test_batches_and_order_of_items_change_no_answer(scene: Any) -> None:
    network, items, clips = scene
    first, apart, answers = scored(network, clips(items), batch=4), 0.0, 0
    for batch, order in WAYS:
        other = scored(network, clips(items[::order]), batch)
        assert other.keys() == first.keys()
        apart = max(apart, *(float(abs(other[name] - first[name]).max()) for name in first))
        answers += sum(other[name].argmax() != first[name].argmax() for name in first)
    trust.record("evaluation in other batches and orders", len(WAYS), int(answers), f"scores {apart:.1e} apart")
    assert answers == 0 and apart < CLOSE


def test_one_item_alone_scores_as_among_others(scene: Any) -> None:
    network, items, clips = scene
    together = scored(network, clips(items), batch=64)
    for item in items[:3]:
        assert np.allclose(scored(network, clips([item]), batch=1)[item.name], together[item.name], atol=CLOSE)


def test_a_run_tested_in_another_batch_size_scores_alike(tmp_path: Path) -> None:
    parent = tiny(epochs=1)
    execute(parent, tmp_path / "parent")
    child = replace(parent, recipe=replace(parent.recipe, epochs=0), init_from=parent, protocol=Protocol(batch=5))
    execute(child, tmp_path / "child", init_from=tmp_path / "parent")
    one, other = predictions(tmp_path / "parent"), predictions(tmp_path / "child")
    assert np.array_equal(one["name"], other["name"])
    assert np.allclose(one["probability"], other["probability"], atol=CLOSE)


# What the outputs stand for


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Runs of the toy network on named classes; the first one is done and lies in `first`."""
    lend(monkeypatch)
    base = replace(tiny(epochs=1, n=8, test=4), network="toy", arguments=())

    def on(*classes: str, **changes: Any) -> Run:
        return replace(base, data=replace(base.clip_data, options=options(train=8, test=4, classes=classes)), **changes)

    execute(on("walk", "wave"), tmp_path / "first")
    return on


def header(folder: Path) -> list[str]:
    with safe_open(folder / "model.safetensors", "np") as file:
        return json.loads(file.metadata()["classes"])


def renamed(folder: Path, *classes: str) -> None:
    """The same weights with other names of classes, or none, in their header."""
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors, folder / "model.safetensors", metadata={"classes": json.dumps(classes)} if classes else None)


def test_the_names_of_classes_lie_with_the_weights(tmp_path: Path, toys: Callable[..., Run]) -> None:
    assert header(tmp_path / "first") == ["walk", "wave"]
    assert json.loads((tmp_path / "first" / "norm.json").read_text())["classes"] == ["walk", "wave"]


@pytest.mark.parametrize("classes", [("wave", "walk"), ("walk", "run"), ("walk",), ()])
@pytest.mark.parametrize("epochs", [0, 1])
def test_weights_of_another_order_are_refused(
    tmp_path: Path, toys: Callable[..., Run], classes: Any, epochs: int
) -> None:
    renamed(tmp_path / "first", *classes)
    first = toys("walk", "wave")
    child = replace(first, init_from=first, recipe=replace(first.recipe, epochs=epochs))
    with pytest.raises(ValueError, match=r"outputs stand for .*; wanted walk, wave, in this order.*run it anew"):
        execute(child, tmp_path / "child", init_from=tmp_path / "first")


@pytest.mark.parametrize("classes", [("wave", "walk"), ("wave",), ("WAVE", "Walk"), ("Walk", "WAVE"), ("walk",)])
def test_a_head_is_not_trained_further_on_shifted_labels(
    tmp_path: Path, toys: Callable[..., Run], classes: Any
) -> None:
    first, known = toys("walk", "wave"), classes
    child = toys("walk", "wave", init_from=first)
    if [name.lower() for name in known] == ["walk", "wave"][: len(known)]:
        check_order(child, ("walk", "wave"), known)
        return
    with pytest.raises(ValueError, match=r"head of `init_from` has the classes walk, wave, and here they are .* order"):
        check_order(child, ("walk", "wave"), known)
    if classes == ("wave", "walk"):
        with pytest.raises(ValueError, match="and here they are wave, walk"):
            execute(toys(*classes, init_from=first), tmp_path / "child", init_from=tmp_path / "first")


def test_a_head_trained_further_on_the_same_order_keeps_its_names(tmp_path: Path, toys: Callable[..., Run]) -> None:
    first = toys("walk", "wave", init_from=None)
    execute(toys("walk", "wave", init_from=first), tmp_path / "second", init_from=tmp_path / "first")
    assert header(tmp_path / "second") == ["walk", "wave"]
    assert weights(tmp_path / "second")["head.weight"].shape[0] == 2


def test_weights_without_classes_are_read_as_such(tmp_path: Path) -> None:
    network = nn.Linear(2, 3)
    save_network(tmp_path, network)
    assert load_network(tmp_path, ()).keys() == network.state_dict().keys()
    with pytest.raises(ValueError, match="no named classes; wanted a, b, c"):
        load_network(tmp_path, ("a", "b", "c"))


# Metrics as others count them


def random_scores(rng: np.random.Generator, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.dirichlet(np.ones(k), n), rng.integers(0, k, n)


@pytest.fixture
def draws() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    return (random_scores(rng, int(rng.integers(5, 200)), int(rng.integers(2, 12))) for _ in range(60))


def by_hand(probability: np.ndarray, label: np.ndarray) -> dict[str, Any]:
    """The same metrics in loops."""
    n, k = probability.shape
    confusion = [[0] * k for _ in range(k)]
    for scores, actual in zip(probability, label, strict=True):
        confusion[actual][max(range(k), key=lambda c: scores[c])] += 1
    top5 = [sum(s > scores[actual] for s in scores) < 5 for scores, actual in zip(probability, label, strict=True)]
    recalls = [confusion[c][c] / sum(confusion[c]) for c in range(k) if sum(confusion[c])]
    return {
        "n": n,
        "top1": sum(confusion[c][c] for c in range(k)) / n,
        "top5": sum(top5) / n if k > 5 else None,
        "mean_recall": sum(recalls) / len(recalls),
        "mean_true_score": sum(scores[c] for scores, c in zip(probability, label, strict=True)) / n,
        "confusion": confusion,
    }


def test_metrics_are_those_of_a_count_by_hand(draws: Iterator[tuple[np.ndarray, np.ndarray]]) -> None:
    for probability, label in draws:
        ours, theirs = metrics(probability, label), by_hand(probability, label)
        assert ours.keys() == theirs.keys() and ours["confusion"] == theirs["confusion"]
        for name in ours.keys() - {"confusion"}:
            assert ours[name] == pytest.approx(theirs[name], abs=1e-12), name


def test_right_answers_among_the_best_are_those_of_scikit_learn(draws: Iterator[tuple[np.ndarray, np.ndarray]]) -> None:
    from sklearn.metrics import top_k_accuracy_score

    for probability, label in draws:
        k = probability.shape[1]
        for best in range(1, min(k, 6)):
            if k == 2:
                expected = (probability.argmax(1) == label).mean()
            else:
                expected = top_k_accuracy_score(label, probability, k=best, labels=np.arange(k))
            assert in_top_k(probability, label, best).mean() == pytest.approx(expected, abs=1e-12)
