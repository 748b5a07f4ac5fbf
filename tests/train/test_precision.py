"""Where a network's numbers lie."""

from __future__ import annotations

import torch
from torch import nn

from repro.train.precision import place


class Mixed(nn.Module):
    """Convolutions in the plane and in space and time, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.plane, self.clip, self.line = nn.Conv2d(3, 4, 3), nn.Conv3d(3, 4, 3), nn.Linear(4, 2)


def test_kernels_of_both_kinds_lie_channels_last_for_bf16_and_keep_their_numbers() -> None:
    network = Mixed()
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    placed = place(network, "bf16", torch.device("cpu"))
    assert placed.plane.weight.is_contiguous(memory_format=torch.channels_last)
    assert placed.clip.weight.is_contiguous(memory_format=torch.channels_last_3d)
    assert all(torch.equal(p, before[name]) and p.requires_grad for name, p in placed.named_parameters())


def test_fp32_keeps_the_usual_layout() -> None:
    placed = place(Mixed(), "fp32", torch.device("cpu"))
    assert all(p.is_contiguous() for p in placed.parameters())
