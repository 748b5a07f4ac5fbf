"""The backbone of a ResNet: the published names, fewer halvings, strides in space and time;
`tests/networks/test_tsn.py` holds it to torchvision's numbers.
"""

import pytest
import torch
from torch import nn
from torchvision.models import resnet101

from repro.nn.resnet import Backbone, BasicBlock, Bottleneck, basic_stages, conv_bn, from_torchvision, stage

SMALL = {"width": 8, "blocks": (1, 2, 1, 1)}


def test_every_tensor_of_torchvisions_resnet101_has_its_place() -> None:
    """`tests/networks/test_sizes.py` has sizes and costs."""
    with torch.device("meta"):
        backbone, theirs = Backbone(3), from_torchvision(resnet101().state_dict()).items()
    given = {name: value.shape for name, value in theirs if not name.startswith("fc.")}
    assert given == {name: value.shape for name, value in backbone.state_dict().items()}


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
