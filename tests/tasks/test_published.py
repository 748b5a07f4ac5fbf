"""Published weights as a parent: another run tests the network among the classes of its data."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_runs
import torch
from official import imagenet
from safetensors.torch import load_file

from repro.networks.efficientnet_lite import IMAGENET, build
from repro.spec import Clips, Data, Recipe, Run, options

PHOTOGRAPHS = Data("imagenet", clips=Clips(clip_length=1, clip_stride=1, height=32, width=32, resize_ratio=1.0))
CLASSES = ("n01440764", "n02102040")
PUBLISHED = Run("published", "efficientnet_lite", options(**IMAGENET, keep=(0, 217)), PHOTOGRAPHS)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two classes of photographs, one a side."""
    imagenet(tmp_path / "imagenet")
    return tmp_path


def execute(run: Run, house: Path, **parents: Path) -> dict:
    return tiny_runs.execute(run, house / run.task, root=house, **parents)


def test_a_published_network_answers_among_the_classes_that_the_data_have(house: Path) -> None:
    execute(PUBLISHED, house)
    whole, kept = build(1000, 3, **IMAGENET), load_file(house / "published" / "model.safetensors")
    assert torch.equal(kept["classifier.weight"], whole.classifier.weight[[0, 217]])
    tested = replace(PUBLISHED, task="train", recipe=Recipe(), init_from=PUBLISHED)
    values = execute(tested, house, init_from=house / "published")
    assert values["norm"] == {"mean": [127.0] * 3, "std": [128.0] * 3} and values["n_test"] == 2
    with np.load(house / "train" / "predictions.npz") as found:
        assert found["probability"].shape == (2, 2)


@pytest.mark.parametrize("arguments", [IMAGENET, {"keep": (0, 217)}, IMAGENET | {"keep": (0,)}])
def test_a_head_of_other_classes_is_refused(house: Path, arguments: dict) -> None:
    with pytest.raises(ValueError, match="2 classes in its head"):
        execute(replace(PUBLISHED, arguments=options(**arguments)), house)
