"""The backbone of a ResNet: published sizes and costs, fewer halvings, strides in space and time;
`tests/networks/test_tsn.py` holds it to torchvision's numbers.
"""

import pytest
import torch
from torch import nn
from torchvision.models import resnet50, resnet101

from repro.nn.resnet import Backbone, BasicBlock, Bottleneck, basic_stages, conv_bn, from_torchvision, stage
from repro.tasks.cost import count

SMALL = {"width": 8, "blocks": (1, 2, 1, 1)}


def test_published_sizes_and_costs() -> None:
    frame = torch.empty(1, 3, 224, 224, device="meta")
    with torch.device("meta"):
        large, small = Backbone(3).eval(), Backbone(3, blocks=(3, 4, 6, 3)).eval()
        peers = {large: resnet101(), small: resnet50()}
    for backbone, peer in peers.items():
        theirs = from_torchvision(peer.state_dict()).items()
        given = {name: value.shape for name, value in theirs if not name.startswith("fc.")}
        assert given == {name: value.shape for name, value in backbone.state_dict().items()}
    cost = count(large, frame)
    assert cost["parameters"] == 42_500_160 and round(cost["macs"] / 1e9, 3) == 7.799
    sides = {"stem": (64, 112), "stage1": (256, 56), "stage2": (512, 28), "stage3": (1024, 14), "stage4": (2048, 7)}
    assert cost["shapes"] == {name: [channels, side, side] for name, (channels, side) in sides.items()}
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


def test_strides_in_space_and_time_are_apart() -> None:
    x = torch.randn(1, 2, 8, 16, 12)
    shapes = {
        conv_bn(2, 3, (3, 3, 3), 2): (1, 3, 8, 8, 6), conv_bn(2, 3, (5, 1, 1), time_stride=4): (1, 3, 2, 16, 12),
        BasicBlock(2, 4, 2): (1, 4, 4, 8, 6), Bottleneck(2, 4, 2, temporal=3): (1, 16, 8, 8, 6),
        stage(2, 4, [3, 1, 1], 2): (1, 16, 8, 8, 6),  # strides once
        nn.Sequential(*basic_stages(2, (1, 3)).values()): (1, 4, 4, 8, 6),
    }  # fmt: skip
    assert {part: tuple(part(x).shape) for part in shapes} == shapes


def test_a_shortcut_is_plain_where_nothing_changes() -> None:
    plain = [BasicBlock(4, 4, 1), Bottleneck(16, 4, 1, 1), BasicBlock(4, 4, 2), Bottleneck(4, 4, 1, 1)]
    assert [isinstance(unit.shortcut, nn.Identity) for unit in plain] == [True, True, False, False]


def test_a_stage_has_units() -> None:
    with pytest.raises(ValueError, match=r"stages of one unit or more; got blocks \(\)"):
        Backbone(3, blocks=())
