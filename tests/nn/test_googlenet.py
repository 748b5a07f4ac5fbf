"""The GoogLeNet backbone: torchvision's numbers, the publication's sizes, published weights, small
frames.
"""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch import nn

from repro.nn.googlenet import INCEPTION, Backbone, Norm, from_torchvision, renamed, scaled


@pytest.fixture(scope="module")
def published() -> torchvision.models.GoogLeNet:
    """Torchvision's network with random weights, every batch norm with numbers of its own."""
    torch.manual_seed(0)
    network = torchvision.models.googlenet(aux_logits=True, init_weights=False).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
    return network


@torch.no_grad()
def stages(network: torchvision.models.GoogLeNet, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """What every stage of torchvision's network gives."""
    seen = {}
    names = ["conv1", "conv2", "conv3", *INCEPTION]
    handles = [
        network.get_submodule(n).register_forward_hook(lambda _, __, y, n=n: seen.setdefault(n, y)) for n in names
    ]
    network(x)
    for handle in handles:
        handle.remove()
    return seen


@torch.no_grad()
def test_same_numbers_as_torchvision(published: torchvision.models.GoogLeNet) -> None:
    backbone = Backbone(3).eval()
    backbone.load_state_dict(renamed(published.state_dict()))
    x = torch.randn(2, 3, 65, 90)  # odd, so that every rounding shows
    last, maps = backbone(x)
    theirs = stages(published, x)
    assert list(maps) == list(theirs)
    for name, y in theirs.items():
        assert torch.allclose(maps[name], y, atol=1e-5 * y.abs().max().item()), name
    assert last.shape[:2] == (2, 1024) and torch.equal(last, maps["inception5b"])


@torch.no_grad()
def test_published_weights_see_normalised_frames(published: torchvision.models.GoogLeNet) -> None:
    backbone = Backbone(3).eval()
    backbone.load_state_dict(from_torchvision(published.state_dict()))
    x = torch.randn(1, 3, 64, 64)
    published.transform_input = True
    theirs = stages(published, x)["conv1"]
    published.transform_input = False
    inner = (..., slice(2, -2), slice(2, -2))  # the border differs by what padding means
    assert torch.allclose(backbone(x)[1]["conv1"][inner], theirs[inner], atol=1e-4)
    assert not torch.allclose(stages(published, x)["conv1"][inner], theirs[inner], atol=1e-2)


def test_published_weights_of_another_input_are_refused() -> None:
    state = {"conv1.conv.weight": torch.zeros(4, 8, 7, 7), "conv1.bn.running_mean": torch.zeros(4)}
    with pytest.raises(ValueError, match="sees 3 channels; the file's first convolution sees 8"):
        from_torchvision(state)


def test_sizes_of_the_published_table() -> None:
    with torch.device("meta"):
        backbone = Backbone(3, norm="lrn")
        shapes = {name: list(y.shape[1:]) for name, y in backbone(torch.empty(1, 3, 224, 224))[1].items()}
    assert [shapes[name] for name in ("conv1", "conv3", "inception3a")] == [
        [64, 112, 112],
        [192, 56, 56],
        [256, 28, 28],
    ]
    assert [shapes[name] for name in ("inception3b", "inception4a", "inception4e")] == [
        [480, 28, 28],
        [512, 14, 14],
        [832, 14, 14],
    ]
    assert shapes["inception5b"] == [1024, 7, 7]
    weights = {
        name: sum(p.numel() for p in layer.parameters() if p.ndim == 4) / 1024
        for name, layer in backbone.layers.items()
    }
    for name, printed in {
        "inception3a": 159,
        "inception3b": 380,
        "inception4a": 364,
        "inception4b": 437,
        "inception4e": 840,
    }.items():
        assert weights[name] == pytest.approx(printed, rel=0.01), name  # the table's K is 1,024


def test_parameters_of_both_forms() -> None:
    with torch.device("meta"):
        assert (
            sum(p.numel() for p in Backbone(3).parameters()) == 6_624_904 - 1_025 * 1_000
        )  # torchvision's count less its last layer
        assert sum(p.numel() for p in Backbone(3, norm="lrn").parameters()) == 5_973_552


@pytest.mark.parametrize("norm", ["bn", "lrn"])
@pytest.mark.parametrize("halvings", [3, 4, 5])
def test_the_smallest_frame_goes_through_and_a_smaller_one_does_not(norm: Norm, halvings: int) -> None:
    backbone = Backbone(2, 2, norm, halvings).eval()
    assert backbone(torch.randn(1, 2, backbone.least, backbone.least))[0].shape == (1, 32, 1, 1)
    with pytest.raises(ValueError, match=rf"{backbone.least} pixels or more; got {backbone.least - 1} x 64"):
        backbone(torch.randn(1, 2, backbone.least - 1, 64))
    with pytest.raises(RuntimeError, match="Output size is too small"):  # the bound is the poolings' own
        small, backbone.least = backbone.least - 1, 0
        backbone(torch.randn(1, 2, small, 64))


@pytest.mark.parametrize(("halvings", "places"), [(5, (1, 1)), (4, (2, 3)), (3, (4, 5))])
def test_small_frames(halvings: int, places: tuple[int, int]) -> None:
    assert Backbone(3, 4, halvings=halvings).eval()(torch.randn(1, 3, 32, 40))[0].shape == (1, 64, *places)


@pytest.mark.parametrize("norm", ["bn", "lrn"])
def test_every_parameter_gets_a_gradient(norm: Norm) -> None:
    torch.manual_seed(0)
    backbone = Backbone(4, 8, norm, halvings=3)
    backbone(torch.randn(4, 4, 32, 32))[0].square().sum().backward()
    assert [name for name, p in backbone.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []


def test_scaling() -> None:
    assert [scaled(24, width) for width in (64, 32, 4, 1)] == [24, 12, 2, 1]  # 1.5 and 0.375 at the end
    assert [Backbone(3, width).fan_out for width in (1, 3, 7, 12)] == [16, 48, 112, 192]


def test_errors_say_what_was_wanted() -> None:
    for channels in (1, 5, 11, 0):
        with pytest.raises(
            ValueError, match=rf"3 channels \(colour\) or an even number .*; got in_channels {channels}. Take data with"
        ):
            Backbone(channels)
    with pytest.raises(ValueError, match="norm is one of bn, lrn; got 'none'"):
        Backbone(3, norm="none")
    with pytest.raises(ValueError, match="1 channel or more; got 0"):
        Backbone(3, 0)
    with pytest.raises(ValueError, match="halvings must be 3 to 5; got 2"):
        Backbone(3, halvings=2)
