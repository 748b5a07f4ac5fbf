"""Residual networks of bottlenecks on single frames, as a backbone: He et al. 2016 (Table 1; the
stem and stages of ResNet-50 and ResNet-101).

The stride of a stage lies on the 3x3 convolution of its first unit, not on the 1x1 before it as
published, because the published weights that we read are made for that: torchvision's `resnet50`
and `resnet101`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.modalities import COLOUR
from repro.nn.public import fill, for_flow, renamed

FULL = 64  # channels of the stem at published size
ENTRY = 2  # halvings before the first stage: the stem's stride and the pooling


class Bottleneck(nn.Module):
    """Residual unit 1x1 -> 3x3 (stride) -> 1x1, ReLU after the sum; `before` is what the residual
    branch begins with.
    """

    def __init__(self, fan_in: int, inner: int, stride: int, before: nn.Module) -> None:
        super().__init__()
        fan_out = 4 * inner
        self.before = before
        self.a = conv_bn(fan_in, inner, 1)
        self.b = conv_bn(inner, inner, 3, stride)
        self.c = conv_bn(inner, fan_out, 1)
        self.shortcut = conv_bn(fan_in, fan_out, 1, stride) if fan_in != fan_out or stride != 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, 4 inner, H/stride, W/stride)."""
        y = F.relu(self.a(self.before(x)), inplace=True)  # (N, inner, H, W)
        y = F.relu(self.b(y), inplace=True)  # (N, inner, H/stride, W/stride)
        return F.relu(self.c(y) + self.shortcut(x), inplace=True)  # (N, 4 inner, H/stride, W/stride)


class Backbone(nn.Module):
    """Stem, pooling and stages; the average and the classifier are left to whoever wants them.
    Defaults: ResNet-101.

    halvings: how often height and width are halved, 5 as published. Each one less takes the stride
    from one more stage, the last first, so that small frames keep a map to speak of: 32 pixels and
    3 halvings leave 4 x 4. The stem and the pooling always halve. before: makes the module that
    every residual branch begins with, such as a shift in time (Lin et al. 2019); nothing unless
    given. Raises ValueError on sizes that mean nothing.
    """

    def __init__(
        self,
        in_channels: int,
        width: int = FULL,
        blocks: tuple[int, ...] = (3, 4, 23, 3),
        halvings: int = 5,
        before: Callable[[], nn.Module] = nn.Identity,
    ) -> None:
        super().__init__()
        if not blocks or min(blocks) < 1 or width < 1:
            wanted = "a ResNet needs stages of one unit or more, one channel or more"
            raise ValueError(f"{wanted}; got blocks {blocks}, width {width}")
        if not ENTRY <= halvings <= ENTRY + len(blocks) - 1:
            wanted = f"{len(blocks)} stages halve {ENTRY} to {ENTRY + len(blocks) - 1} times, stem and pooling included"
            raise ValueError(f"{wanted}; got halvings {halvings}")
        self.least = 2**halvings  # pixels that become one position of the last map
        self.stem = conv_bn(in_channels, width, 7, 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.stages = nn.ModuleDict()
        fan = width
        for i, units in enumerate(blocks):
            inner, stride = width * 2**i, 2 if 0 < i <= halvings - ENTRY else 1
            first = Bottleneck(fan, inner, stride, before())
            further = (Bottleneck(4 * inner, inner, 1, before()) for _ in range(units - 1))
            self.stages[f"stage{i + 1}"] = nn.Sequential(first, *further)
            fan = 4 * inner
        self.fan_out = fan
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")  # as torchvision begins

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(N, C, H, W) -> the last map (N, 32 width, h, w) of four stages, and the maps `stem`
        (before pooling) and `stage1` to `stage4`.

        h and w are H and W halved `halvings` times and rounded up.
        """
        # channels last take a fifth less time on a CPU: measured at width 8, frames of 32 x 32
        x = x.contiguous(memory_format=torch.channels_last)
        inside = {"stem": F.relu(self.stem(x), inplace=True)}  # (N, D, H/2, W/2)
        x = self.pool(inside["stem"])  # (N, D, H/4, W/4)
        for name, stage in self.stages.items():
            x = inside[name] = stage(x)  # (N, 4 D, H/4, W/4), then (N, 2 D, H/2, W/2) of what came
        return x, inside


def conv_bn(fan_in: int, fan_out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Convolution with `same` padding, no bias, then batch norm."""
    return nn.Sequential(nn.Conv2d(fan_in, fan_out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(fan_out))


RULES = [  # torchvision's names -> a backbone's
    (r"^conv1\.", "stem.0."),
    (r"^bn1\.", "stem.1."),
    (r"^layer(\d)\.(\d+\.)downsample\.", r"stages.stage\1.\2shortcut."),
    *((rf"^layer(\d)\.(\d+\.)conv{n}\.", rf"stages.stage\1.\2{unit}.0.") for n, unit in enumerate("abc", 1)),
    *((rf"^layer(\d)\.(\d+\.)bn{n}\.", rf"stages.stage\1.\2{unit}.1.") for n, unit in enumerate("abc", 1)),
]


def from_torchvision(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of torchvision's resnet50 or resnet101 as those of a `Backbone`, with `fc`; unknown
    names stay as they are.
    """
    return renamed(state, RULES)


def with_backbone(network: nn.Module, parts: tuple[str, ...], backbone: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the network, those of its backbones `parts` replaced by `backbone`: whatever
    is missing or strange in it is so in the result.

    A backbone for flow has other channels than colour: its first convolution becomes the mean over
    the colours, repeated, see `public.for_flow`.
    """
    own = network.state_dict()
    given = {name: value for name, value in own.items() if name.split(".")[0] not in parts}
    for part in parts:
        given |= {f"{part}.{name}": value for name, value in backbone.items()}
        first = f"{part}.stem.0.weight"
        if first in given and own[first].shape[1] != COLOUR and given[first].ndim == 4:
            given[first] = for_flow(given[first], own[first].shape[1])
    return given


def load_backbone(
    network: nn.Module, parts: tuple[str, ...], state: Mapping[str, Tensor], kept: Mapping[str, Tensor] | None = None
) -> None:
    """Copy a backbone that was trained on single images, the tensors `backbone.*` of a tsn, into
    each of the backbones `parts`; the rest stays as it began, and so do the tensors `kept`.

    Raises ValueError when the network has no backbone, when `state` holds none, and when one does
    not fit.
    """
    backbone = {name.removeprefix("backbone."): value for name, value in state.items() if name.startswith("backbone.")}
    if not backbone or not parts:
        reason = "what is given holds no tensor named backbone.*" if parts else "the network reads maps and has none"
        raise ValueError(f"a trained backbone is handed on from a tsn to a network with such backbones; {reason}")
    given = with_backbone(network, parts, backbone) | dict(kept or {})
    fill(network, given, "the trained backbone", "Give both the same width, blocks and 3 colours.")
