"""Shared residual parts: sizes, strides and shortcuts."""

from __future__ import annotations

import torch
from torch import nn

from repro.nn.resnet3d import BasicBlock, Bottleneck, basic_stage, conv_bn, stage


def test_strides_in_space_and_time_are_apart() -> None:
    x = torch.randn(1, 2, 8, 16, 12)
    assert conv_bn(2, 3, (3, 3, 3), 2)(x).shape == (1, 3, 8, 8, 6)
    assert conv_bn(2, 3, (5, 1, 1), time_stride=4)(x).shape == (1, 3, 2, 16, 12)
    assert Bottleneck(2, 4, 3, 2)(x).shape == (1, 16, 8, 8, 6)
    assert BasicBlock(2, 4, 2)(x).shape == (1, 4, 4, 8, 6)


def test_a_stage_strides_once() -> None:
    x = torch.randn(1, 2, 8, 16, 12)
    assert stage(2, 4, 3, 3, 2)(x).shape == (1, 16, 8, 8, 6)
    assert basic_stage(2, 4, 3, 2)(x).shape == (1, 4, 4, 8, 6)


def test_a_shortcut_is_plain_where_nothing_changes() -> None:
    assert isinstance(BasicBlock(4, 4, 1).shortcut, nn.Identity) and isinstance(
        Bottleneck(16, 4, 1, 1).shortcut, nn.Identity
    )
    assert not isinstance(BasicBlock(4, 4, 2).shortcut, nn.Identity) and not isinstance(
        Bottleneck(4, 4, 1, 1).shortcut, nn.Identity
    )
