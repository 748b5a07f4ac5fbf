"""Where a network's numbers lie."""

import pytest
import torch
from torch import nn

from repro.source import load_module
from repro.train.precision import NORMS, autocast, effective, folded, for_testing, to_device

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


def settled() -> nn.Module:
    """A network whose batch norms have seen something."""
    torch.manual_seed(0)
    network = load_module("networks", "res3d").build(classes=5, in_channels=3, width=8, blocks=(1, 1, 1, 1))
    with torch.no_grad():
        for _ in range(3):
            network(3 + 2 * torch.randn(4, 3, 8, 32, 32))
    return network.eval()


def norms(network: nn.Module) -> int:
    return sum(isinstance(module, NORMS) for module in network.modules())


@torch.no_grad()
def test_folded_norms_give_the_same_numbers() -> None:
    network, x = settled(), 3 + 2 * torch.randn(2, 3, 8, 32, 32)
    expected, before = network(x)[0], norms(network)
    assert torch.allclose(folded(network)(x)[0], expected, atol=1e-4) and norms(network) == 0 < before


@torch.no_grad()
def test_in_bf16_a_copy_is_tested_that_answers_as_the_network_does() -> None:
    network, x = settled(), 3 + 2 * torch.randn(2, 3, 8, 32, 32)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    copy = for_testing(network, "bf16")
    with autocast("bf16", torch.device("cpu")):
        scores, expected = copy(x)[0].float().softmax(1), network(x)[0].float().softmax(1)
    assert (scores - expected).abs().max() < 0.02 and copy is not network and norms(copy) == 0
    assert all(torch.equal(network.state_dict()[name], value) for name, value in before.items())
    assert {p.dtype for name, p in copy.named_parameters() if "weight" in name} == {torch.bfloat16}
    assert for_testing(network, "fp32") is network
