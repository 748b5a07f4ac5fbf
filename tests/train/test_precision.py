"""Where a network's numbers lie."""

import pytest
import torch
from torch import nn

from repro.train.precision import effective, to_device

CPU = torch.device("cpu")


def mixed() -> nn.ModuleDict:
    """Convolutions in the plane and in space and time, and a linear layer."""
    return nn.ModuleDict({"plane": nn.Conv2d(3, 4, 3), "clip": nn.Conv3d(3, 4, 3), "line": nn.Linear(4, 2)})


def test_kernels_of_both_kinds_lie_channels_last_for_bf16_and_keep_their_numbers() -> None:
    network = mixed()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    moved = to_device(network, "bf16", CPU)
    assert moved["plane"].weight.is_contiguous(memory_format=torch.channels_last)
    assert moved["clip"].weight.is_contiguous(memory_format=torch.channels_last_3d)
    assert all(torch.equal(p, before[name]) and p.requires_grad for name, p in moved.named_parameters())


def test_fp32_keeps_the_usual_layout() -> None:
    assert all(p.is_contiguous() for p in to_device(mixed(), "fp32", CPU).parameters())


@pytest.mark.parametrize(("has", "used"), [(True, "bf16"), (False, "fp32")])
def test_bf16_needs_a_processor_that_has_it(monkeypatch: pytest.MonkeyPatch, has: bool, used: str) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    assert effective("bf16", CPU) == used and effective("fp32", CPU) == "fp32"
