"""The cost record describes the network as it is built."""

import pytest
import torch
from tiny_runs import counted
from torch import nn

from repro.spec import Run, options
from repro.train.watch import first_tensor, watched


def described() -> dict[str, dict]:
    size = options(input=(3, 8, 64, 64), classes=3, width=16, alpha=4, beta=1 / 4, blocks=(1, 1))
    values = counted(Run("cost", "wei2025", size)).values
    return {row["module"]: row for row in values["outputs"]} | {"": values}


def test_every_module_says_what_comes_out_and_what_it_holds() -> None:
    found = described()
    assert found["sparse.stage1"]["shape"] == found[""]["shapes"]["sparse.stage1"] == [64, 2, 16, 16]
    assert found["exchange.stage1"]["shape"] == [64 + 16, 2, 16, 16]
    assert found["exchange.stage1.axes"]["shape"] == [2, 16, 16, 16]  # channels last
    stem = found["sparse.stem.conv.0"]
    assert (stem["kernel_size"], stem["stride"]) == ([1, 7, 7], [1, 2, 2])
    assert found["classifier"]["shape"] == [3]
    conv = found["exchange.stage1.channel.conv"]
    assert conv["parameters"] == conv["kernel_size"][0] == 3
    assert found["exchange.stage1.axes.project.0"]["calls"] == 2  # one per round
    assert found["sparse.stem.pool"]["parameters"] == 0
    top = sum(found[name]["parameters"] for name in ("sparse.stem", "dense.stem", "classifier"))
    stages = sum(row["parameters"] for name, row in found.items() if name.count(".") == 1 and "stage" in name)
    assert top + stages == found[""]["parameters"]


def test_hooks_are_gone_afterwards() -> None:
    network = nn.Sequential(nn.Linear(2, 3))
    with watched(network) as outputs:
        network(torch.zeros(1, 2))
    network(torch.zeros(1, 2))
    assert outputs["0"]["calls"] == 1 and outputs["0"]["shape"] == [3]


def test_an_output_without_tensor_is_named() -> None:
    assert first_tensor(({"a": torch.zeros(1)}, 2)).shape == (1,)
    with pytest.raises(TypeError, match="NoneType"):
        first_tensor(None)
