"""Res3D, a residual network of 3x3x3 convolutions: Tran, Ray, Shou, Chang and Paluri, 2017; as
R3D-18 in Tran et al., 2018 (Table 1).

A 3x7x7 stem that halves space, then four stages of two basic blocks each; from the second on every
stage halves time and space and doubles the channels. The average over everything is classified. At
width 64 and two units a stage it is torchvision's `r3d_18`, whose published weights are read by
`from_torchvision`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public
from repro.nn.resnet3d import basic_stage, conv_bn


@dataclass(frozen=True)
class Config:
    """All switches; the defaults are R3D-18."""

    classes: int
    in_channels: int = 3
    width: int = 64  # channels of the stem
    blocks: tuple[int, ...] = (2, 2, 2, 2)
    dropout: float = 0.0  # the original has none
    weights: str = ""  # a file in $REPRO_DATA/weights, and how its sha256 begins
    weights_digest: str = ""

    def __post_init__(self) -> None:
        if not self.blocks or min(self.blocks) < 1 or self.width < 1:
            raise ValueError(
                f"res3d needs stages of one unit or more, one channel or more; got blocks {self.blocks}, width {self.width}"
            )


def build(classes: int, in_channels: int, **arguments: object) -> Res3D:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes=classes, in_channels=in_channels, **arguments)  # type: ignore[arg-type]
    network = Res3D(config)
    public.load(network, config.weights, config.weights_digest, from_torchvision, head="classifier")
    return network


class Res3D(nn.Module):
    """Stem, stages of basic blocks, global average, dropout, classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.stem = conv_bn(config.in_channels, config.width, (3, 7, 7), 2)
        fan = config.width
        self.stages = nn.ModuleDict()
        for i, units in enumerate(config.blocks, start=1):
            fan_out = config.width * 2 ** (i - 1)
            self.stages[f"stage{i}"] = basic_stage(fan, fan_out, units, stride=1 if i == 1 else 2)
            fan = fan_out
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(fan, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `stem` and `stage1` to `stage4`."""
        inside = {"stem": F.relu(self.stem(clip))}  # (B, D, T, H/2, W/2)
        x = inside["stem"]
        for name, part in self.stages.items():
            x = inside[name] = part(x)  # from stage 2 on (B, 2 D, T/2, H/2, W/2) of what came
        return self.classifier(self.dropout(x.mean(dim=(2, 3, 4)))), inside


UNIT = {
    "conv1.0": "a.0",
    "conv1.1": "a.1",
    "conv2.0": "b.0",
    "conv2.1": "b.1",
    "downsample.0": "shortcut.0",
    "downsample.1": "shortcut.1",
}


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's r3d_18 as ours; unknown names stay as they are."""
    return {_ours(name): value for name, value in state.items()}


def _ours(name: str) -> str:
    if (m := re.fullmatch(r"layer(\d)\.(\d+)\.(.+)\.(\w+)", name)) and m[3] in UNIT:
        return f"stages.stage{m[1]}.{m[2]}.{UNIT[m[3]]}.{m[4]}"
    return re.sub(r"^fc\.", "classifier.", name)
