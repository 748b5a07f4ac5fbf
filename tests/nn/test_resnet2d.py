"""The backbone of a ResNet: the same map as torchvision's, published sizes and costs, fewer
halvings, a module in every residual branch.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models import resnet50, resnet101
from torchvision.models.resnet import Bottleneck, ResNet

from repro.nn.resnet2d import Backbone, from_torchvision
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 2, 1, 1)}


def test_equal_to_torchvision() -> None:
    torch.manual_seed(0)
    theirs = ResNet(Bottleneck, [1, 1, 1, 1], num_classes=3).eval()
    for name, value in theirs.state_dict().items():
        if value.ndim == 1:  # norms begin as constants, which would hide a wrong place
            value.uniform_(0.5, 1.5) if name.endswith(("var", "weight")) else value.uniform_(-0.5, 0.5)
    backbone = Backbone(3, blocks=(1, 1, 1, 1)).eval()
    given = from_torchvision(theirs.state_dict())
    fc = {name: given.pop(f"fc.{name}") for name in ("weight", "bias")}
    backbone.load_state_dict(given)
    images, stages = torch.randn(2, 3, 72, 45), {}
    for i in range(1, 5):
        theirs.get_submodule(f"layer{i}").register_forward_hook(lambda _, __, y, i=i: stages.update({f"stage{i}": y}))
    with torch.no_grad():
        expected = theirs(images)
        last, inside = backbone(images)
    assert all(torch.allclose(inside[name], y, atol=1e-4, rtol=1e-4) for name, y in stages.items())
    assert last.shape == (2, backbone.fan_out, 3, 2) == (2, 2048, 3, 2) and last.std() > 0.1
    assert torch.allclose(nn.functional.linear(last.mean(dim=(2, 3)), **fc), expected, atol=1e-4, rtol=1e-4)


def test_published_sizes_and_costs() -> None:
    frame = torch.empty(1, 3, 224, 224, device="meta")
    with torch.device("meta"):
        large, small = Backbone(3).eval(), Backbone(3, blocks=(3, 4, 6, 3)).eval()
        theirs = {large: resnet101(), small: resnet50()}
    for backbone, peer in theirs.items():
        given = {
            name: value.shape
            for name, value in from_torchvision(peer.state_dict()).items()
            if not name.startswith("fc.")
        }
        assert given == {name: value.shape for name, value in backbone.state_dict().items()}
    cost = count(large, frame)
    assert cost["parameters"] == 42_500_160 and round(cost["macs"] / 1e9, 3) == 7.799
    assert [cost["shapes"][name] for name in ("stem", "stage1", "stage2", "stage3", "stage4")] == [
        [64, 112, 112],
        [256, 56, 56],
        [512, 28, 28],
        [1024, 14, 14],
        [2048, 7, 7],
    ]
    assert round((count(small, frame)["macs"] + 2048 * 1000) / 1e9, 3) == 4.089  # with the classifier of ImageNet


@pytest.mark.parametrize(
    ("halvings", "sides"), [(5, [8, 4, 2, 1]), (4, [8, 4, 2, 2]), (3, [8, 4, 4, 4]), (2, [8, 8, 8, 8])]
)
def test_fewer_halvings_take_the_stride_from_the_last_stages(halvings: int, sides: list[int]) -> None:
    backbone = Backbone(2, **SMALL, halvings=halvings)
    last, inside = backbone(torch.randn(3, 2, 32, 48))
    assert [inside[f"stage{i}"].shape[2] for i in range(1, 5)] == sides and inside["stem"].shape == (3, 8, 16, 24)
    assert last is inside["stage4"] and last.shape == (3, 256, 32 // backbone.least, -(-48 // backbone.least))
    full = Backbone(2, **SMALL).state_dict()
    assert {name: v.shape for name, v in backbone.state_dict().items()} == {name: v.shape for name, v in full.items()}


@pytest.mark.parametrize(("height", "width"), [(36, 48), (16, 16), (33, 5)])
def test_frames_of_any_size(height: int, width: int) -> None:
    last, _ = Backbone(3, **SMALL).eval()(torch.randn(2, 3, height, width))
    assert last.shape == (2, 256, -(-height // 32), -(-width // 32))


def test_every_branch_begins_with_what_was_given() -> None:
    class Negate(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return -x

    torch.manual_seed(0)
    plain = Backbone(3, **SMALL).eval()
    other = Backbone(3, **SMALL, before=Negate).eval()
    other.load_state_dict(plain.state_dict())  # a module without parameters adds no names
    assert sum(isinstance(module, Negate) for module in other.modules()) == 5
    for unit in (unit for stage in other.stages.values() for unit in stage):
        with torch.no_grad():
            unit.a[0].weight.neg_()  # undoes it in the branch; the shortcut has nothing to undo
    x = torch.randn(2, 3, 32, 32)
    assert torch.allclose(plain(x)[0], other(x)[0], atol=1e-6)
    with torch.no_grad():
        other.stages["stage2"][1].a[0].weight.neg_()
    assert not torch.allclose(plain(x)[0], other(x)[0], atol=1e-6)


def test_gradients_reach_every_parameter_and_the_start_is_torchvisions() -> None:
    torch.manual_seed(0)
    backbone = Backbone(5, **SMALL, halvings=3)
    backbone(torch.randn(3, 5, 33, 32))[0].square().sum().backward()
    assert [name for name, p in backbone.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    wide = Backbone(3, blocks=(1, 1, 1, 1))
    for conv, fan_out in (
        (wide.stem[0], 64 * 49),
        (wide.stages["stage4"][0].b[0], 512 * 9),
        (wide.stages["stage4"][0].c[0], 2048),
    ):
        assert abs(conv.weight.std().item() / (2 / fan_out) ** 0.5 - 1) < 0.05


def test_strangers_keep_their_names() -> None:
    names = ["fc.weight", "layer1.0.conv9.weight", "layer5.odd", "conv1"]
    assert list(from_torchvision(dict.fromkeys(names, torch.zeros(1)))) == names


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"blocks": (1, 0, 1, 1)}, r"one unit or more.*got blocks \(1, 0, 1, 1\)"),
        ({"width": 0}, "one channel or more; .*width 0"),
        ({"halvings": 6}, "4 stages halve 2 to 5 times, stem and pooling included; got halvings 6"),
        ({"halvings": 1}, "got halvings 1"),
        ({"blocks": (1, 1)}, "2 stages halve 2 to 3 times.*got halvings 5"),
    ],
)
def test_errors_say_what_was_wanted(arguments: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Backbone(3, **SMALL | arguments)
