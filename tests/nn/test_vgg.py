"""The backbone of VGG-16: the same maps as torchvision's, thirteen layers that keep their size."""

import pytest
import torch
import torchvision
from torch import nn

from repro.nn.vgg import Backbone, from_torchvision

NORMS = ("none", "bn")  # torchvision: vgg16, vgg16_bn


@pytest.mark.parametrize("norm", NORMS)
def test_equal_to_torchvision(norm: str) -> None:
    torch.manual_seed(0)
    theirs = torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs["D"], batch_norm=norm == "bn").eval()
    for name, value in theirs.state_dict().items():
        if value.ndim == 1:  # biases and norms begin as constants, which would hide a wrong place
            value.uniform_(0.5, 1.5) if "running_var" in name else value.uniform_(-0.5, 0.5)
    backbone = Backbone(3, norm=norm).eval()
    published = {f"features.{name}": value for name, value in theirs.state_dict().items()}
    backbone.load_state_dict(from_torchvision(published))
    images, expected = torch.randn(2, 3, 48, 35), []
    with torch.no_grad():
        y = images
        for layer in theirs[:-1]:
            y = layer(y)
            expected += [y.clone()] if isinstance(layer, nn.ReLU) else []
        last, maps = backbone(images)
    assert last.shape == (2, backbone.fan_out, 3, 2) and len(maps) == 13
    assert all(torch.allclose(ours, their, atol=1e-4, rtol=1e-3) for ours, their in zip(maps, expected, strict=True))
    assert torch.equal(last, maps[-1]) and last.std() > 0.1


def test_maps_keep_their_size_through_thirteen_layers() -> None:
    torch.manual_seed(0)
    maps = Backbone(3, width=16)(torch.randn(4, 3, 64, 64))[1]
    assert 0.3 < maps[-1].square().mean() / maps[0].square().mean() < 3
