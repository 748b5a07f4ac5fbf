"""The GoogLeNet backbone: torchvision's numbers, published weights, scaled widths."""

from collections.abc import Callable

import pytest
import torch
import torchvision

from repro.nn.googlenet import INCEPTION, from_torchvision, over_frames, renamed, scaled


@pytest.fixture
def published(randomise: Callable) -> torchvision.models.GoogLeNet:
    """Torchvision's network with random weights."""
    torch.manual_seed(0)
    return randomise(torchvision.models.googlenet(aux_logits=True, init_weights=False))


@torch.no_grad()
def stages(network: torchvision.models.GoogLeNet, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """What every stage of torchvision's network gives."""
    seen = {}
    names = ["conv1", "conv2", "conv3", *INCEPTION]
    parts = [(name, network.get_submodule(name)) for name in names]
    handles = [part.register_forward_hook(lambda _, __, y, n=n: seen.setdefault(n, y)) for n, part in parts]
    network(x)
    for handle in handles:
        handle.remove()
    return seen


@torch.no_grad()
def test_same_numbers_as_torchvision(published: torchvision.models.GoogLeNet) -> None:
    backbone = over_frames(3, 64, 5).eval()
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
    backbone = over_frames(3, 64, 5).eval()
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
    with pytest.raises(ValueError, match="sees 3 channels; got 8"):
        from_torchvision(state)


def test_scaling() -> None:
    assert [scaled(24, width) for width in (64, 32, 4, 1)] == [24, 12, 2, 1]  # 1.5 and 0.375 at the end
    assert [over_frames(3, width, 5).fan_out for width in (1, 3, 7, 12)] == [16, 48, 112, 192]
