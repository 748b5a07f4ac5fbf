"""Res3D, a residual network of 3x3x3 convolutions: Tran, Ray, Shou, Chang and Paluri, 2017; as
R3D-18 in Tran et al., 2018 (Table 1).

A 3x7x7 stem that halves space, then four stages of two basic blocks each; from the second on every
stage halves time and space and doubles the channels. The average over everything is classified. At
width 64 and two units a stage it is torchvision's `r3d_18`, whose published weights are read by
`from_torchvision`. The original has no dropout, and so has ours.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from repro.nn import public
from repro.nn.config import Published
from repro.nn.resnet import ResNet, basic_stages, conv_bn


class Config(Published):
    """All switches; the defaults are R3D-18."""

    width: int = 64  # channels of the stem
    blocks: tuple[int, ...] = (2, 2, 2, 2)  # units of each stage

    def __post_init__(self) -> None:
        self.check(width=1, blocks=1)


def build(classes: int, in_channels: int, **arguments: Any) -> ResNet:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    stem = conv_bn(in_channels, config.width, (3, 7, 7), 2)
    stages = basic_stages(config.width, config.blocks)
    network = ResNet(stem, stages, config.width * 2 ** (len(stages) - 1), classes, dropout=0.0)
    return public.load(network, config, from_torchvision)


RULES = [  # torchvision's names -> ours
    (r"^layer(\d)\.(\d+\.)downsample\.", r"stages.stage\1.\2shortcut."),
    (r"^layer(\d)\.(\d+\.)conv1\.", r"stages.stage\1.\2a."),
    (r"^layer(\d)\.(\d+\.)conv2\.", r"stages.stage\1.\2b."),
    (r"^fc\.", "classifier."),
]


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's r3d_18 as ours; unknown names stay as they are."""
    return public.renamed(state, RULES)
