"""What the outputs of stored weights stand for: classes by name and order."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tiny_runs import execute, tiny
from torch import nn
from toy import lend

from repro.spec import Run, options
from repro.train.checkpoint import load_network, save_network
from repro.train.initialise import check_order


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


def test_weights_of_another_order_are_refused(tmp_path: Path, toys: Callable[..., Run]) -> None:
    first = toys("walk", "wave")
    for classes, epochs in product([("wave", "walk"), ("walk", "run"), ("walk",), ()], (0, 1)):
        renamed(tmp_path / "first", *classes)
        child = replace(first, init_from=first, recipe=replace(first.recipe, epochs=epochs))
        with pytest.raises(ValueError, match=r"outputs stand for .*; wanted walk, wave, in this order.*run it anew"):
            execute(child, tmp_path / "child", init_from=tmp_path / "first")


def test_a_head_is_not_trained_further_on_shifted_labels(tmp_path: Path, toys: Callable[..., Run]) -> None:
    first = toys("walk", "wave")
    child = toys("walk", "wave", init_from=first)
    for alike in (("Walk", "WAVE"), ("walk",)):
        check_order(child, ("walk", "wave"), alike)
    refused = "head of `init_from` has the classes walk, wave, and here they are "
    for shifted in (("wave", "walk"), ("wave",), ("WAVE", "Walk")):
        with pytest.raises(ValueError, match=f"{refused}.* order"):
            check_order(child, ("walk", "wave"), shifted)
    with pytest.raises(ValueError, match=f"{refused}wave, walk"):
        execute(toys("wave", "walk", init_from=first), tmp_path / "child", init_from=tmp_path / "first")


def test_weights_without_classes_are_read_as_such(tmp_path: Path) -> None:
    network = nn.Linear(2, 3)
    save_network(tmp_path, network)
    assert load_network(tmp_path, ()).keys() == network.state_dict().keys()
    with pytest.raises(ValueError, match="no named classes; wanted a, b, c"):
        load_network(tmp_path, ("a", "b", "c"))
