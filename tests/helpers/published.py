"""Fixtures of the tests of published weights."""

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from torch import nn


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], dict[str, str]]:
    """Writes a file of published weights below $REPRO_DATA; the arguments that name it."""

    def run(content: Any) -> dict[str, str]:
        file = tmp_path / "weights" / "peer.pth"
        file.parent.mkdir(exist_ok=True)
        torch.save(content, file)
        return {"weights": file.name, "weights_digest": hashlib.sha256(file.read_bytes()).hexdigest()[:16]}

    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    return run


@pytest.fixture
def vgg_file(saved: Callable[[Any], dict[str, str]]) -> dict[str, str]:
    """torchvision's vgg16 at a sixteenth of its width, for frames of 32 pixels, saved."""
    torch.manual_seed(3)
    narrow = [layer if layer == "M" else int(layer) // 16 for layer in torchvision.models.vgg.cfgs["D"]]
    features = torchvision.models.vgg.make_layers(narrow).state_dict()
    state = {f"features.{name}": torch.randn_like(value) for name, value in features.items()}
    for number, shape in (("0", (256, 32)), ("3", (256, 256)), ("6", (3, 256))):
        state |= {f"classifier.{number}.weight": torch.randn(shape), f"classifier.{number}.bias": torch.randn(shape[0])}
    return saved(state)


@pytest.fixture
def randomise() -> Callable[[nn.Module], nn.Module]:
    """Gives every batch norm statistics, scale and shift of its own, so that none can be left out
    or mixed up unseen.
    """

    def run(network: nn.Module) -> nn.Module:
        torch.manual_seed(1)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                nn.init.uniform_(module.weight, 0.5, 1.0)
                nn.init.normal_(module.bias, 0, 0.1)
        return network.eval()

    return run


@pytest.fixture
def agree(record_property: Callable) -> Callable[[torch.Tensor, torch.Tensor, float], None]:
    """Two networks answer the same within a tolerance; the largest difference is printed and
    kept.
    """

    def run(mine: torch.Tensor, theirs: torch.Tensor, atol: float = 1e-4) -> None:
        difference, size = float((theirs - mine).abs().max()), float(theirs.abs().max())
        record_property("difference", difference)
        print(f"largest difference {difference:.1e} of outputs up to {size:.2g}")
        assert size > 0.1 and difference <= atol

    return run


@pytest.fixture
def quiet() -> Callable[[], Any]:
    """Warnings of another project are its own."""

    @contextmanager
    def run() -> Iterator[None]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield

    return run
