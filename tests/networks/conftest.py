"""What the tests of published weights share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn


@pytest.fixture
def digest() -> Callable[[Path], str]:
    """The first sixteen digits of a file's sha256."""
    return lambda path: hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@pytest.fixture
def randomise() -> Callable[[nn.Module], None]:
    """Gives every batch norm statistics, scale and shift of its own, so that none can be left out
    or mixed up unseen.
    """

    def run(network: nn.Module) -> None:
        torch.manual_seed(1)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm3d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                nn.init.uniform_(module.weight, 0.5, 1.0)
                nn.init.normal_(module.bias, 0, 0.1)

    return run
