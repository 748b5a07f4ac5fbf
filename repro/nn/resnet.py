"""Residual networks (He et al. 2016): parts in two dimensions, for single frames, and in three, for
clips; ResNet-50 and ResNet-101 on frames as a backbone (Table 1 there).

The stride of a stage lies on the 3x3 convolution of its first unit, not on the 1x1 before it as
published, because the published weights that we read are made for that: torchvision's `resnet50`
and `resnet101`.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import require
from repro.nn.convolution import LAYERS, Size
from repro.nn.modalities import COLOUR
from repro.nn.public import fill, for_flow, renamed

FULL = 64  # channels of the stem at published size
ENTRY = 2  # halvings before the first stage: the stem's stride and the pooling
Modules = dict[str, nn.Module]
Pair = Callable[[int, int, int], tuple[nn.Module, nn.Module]]  # (fan in, fan out, stride) -> two convolutions


def conv_bn(fan_in: int, fan_out: int, kernel: Size, stride: int = 1, time_stride: int = 1) -> nn.Sequential:
    """Convolution over space, or over time and space, with `same` padding and no bias, then batch
    norm.
    """
    conv, norm, _ = LAYERS[len(kernel)]
    strides, padding = (time_stride, stride, stride)[-len(kernel) :], tuple(k // 2 for k in kernel)
    return nn.Sequential(conv(fan_in, fan_out, kernel, strides, padding, bias=False), norm(fan_out))


def shortcut(fan_in: int, fan_out: int, axes: int, stride: int, time_stride: int = 1) -> nn.Module:
    """The way around a residual branch: a convolution of a point where the branch changes the
    shape.
    """
    changes = fan_in != fan_out or stride != 1
    return conv_bn(fan_in, fan_out, (1,) * axes, stride, time_stride) if changes else nn.Identity()


class Bottleneck(nn.Module):
    """Residual unit 1x1 -> 3x3 (stride) -> 1x1, ReLU after the sum; on clips kx1x1 -> 1x3x3 (stride
    in space) -> 1x1x1.

    temporal: k, and none on frames. before: what the residual branch begins with.
    """

    def __init__(
        self, fan_in: int, inner: int, stride: int, temporal: int | None = None, before: nn.Module | None = None
    ) -> None:
        super().__init__()
        first, one = ((), ()) if temporal is None else ((temporal,), (1,))
        self.before = before or nn.Identity()
        self.a = conv_bn(fan_in, inner, (*first, 1, 1))
        self.b = conv_bn(inner, inner, (*one, 3, 3), stride)
        self.c = conv_bn(inner, 4 * inner, (*one, 1, 1))
        self.shortcut = shortcut(fan_in, 4 * inner, 2 + len(one), stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ..., H, W) -> (B, 4 inner, ..., H/stride, W/stride)."""
        y = F.relu(self.a(self.before(x)), inplace=True)  # (B, inner, ..., H, W)
        y = F.relu(self.b(y), inplace=True)  # (B, inner, ..., H/stride, W/stride)
        return F.relu(self.c(y) + self.shortcut(x), inplace=True)  # (B, 4 inner, ..., H/stride, W/stride)


class Backbone(nn.Module):
    """Stem, pooling and stages; the average and the classifier are left to whoever wants them.
    Defaults: ResNet-101.

    halvings: how often height and width are halved, 5 as published. Each one less takes the stride
    from one more stage, the last first, so that small frames keep a map to speak of: 32 pixels and
    3 halvings leave 4 x 4. The stem and the pooling always halve. before: makes the module that
    every residual branch begins with, such as a shift in time (Lin et al. 2019); nothing unless
    given. Raises ValueError on stages without units and on impossible halvings.
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
        require(len(blocks) > 0 and min(blocks) > 0, "a ResNet needs stages of one unit or more", f"blocks {blocks}")
        most = ENTRY + len(blocks) - 1
        require(ENTRY <= halvings <= most, f"{len(blocks)} stages halve {ENTRY} to {most} times in all", halvings)
        self.least = 2**halvings  # pixels that become one position of the last map
        self.stem = conv_bn(in_channels, width, (7, 7), 2)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.stages = nn.ModuleDict()
        fan = width
        for i, units in enumerate(blocks):
            inner, stride = width * 2**i, 2 if 0 < i <= halvings - ENTRY else 1
            first = Bottleneck(fan, inner, stride, before=before())
            further = (Bottleneck(4 * inner, inner, 1, before=before()) for _ in range(units - 1))
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


def check_beta(width: int, beta: float) -> None:
    """Raises ValueError unless a pathway of `beta` times as many channels has a whole number."""
    whole = width * beta >= 1 and width * beta == int(width * beta)
    require(whole, "width x beta must be a whole number of channels, widen the network", f"{width} x {beta}")


def every(clip: Tensor, alpha: int) -> Tensor:
    """Every alpha-th frame: (B, C, alpha T, H, W) -> (B, C, T, H, W). Raises ValueError when the
    number of frames is no multiple of alpha.
    """
    frames = clip.shape[2]
    require(frames % alpha == 0, f"the clip must have a multiple of alpha = {alpha} frames", frames)
    return clip[:, :, ::alpha]


class Stem(nn.Module):
    """kx7x7 convolution and 1x3x3 max-pooling, both with spatial stride 2."""

    def __init__(self, fan_in: int, fan_out: int, temporal: int) -> None:
        super().__init__()
        self.conv = conv_bn(fan_in, fan_out, (temporal, 7, 7), 2)
        self.pool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T, H, W) -> the convolution's map (B, D, T, H/2, W/2) and the pooled one (B, D, T,
        H/4, W/4).
        """
        y = F.relu(self.conv(x))
        return y, self.pool(y)


def cubic_pair(fan_in: int, fan_out: int, stride: int) -> tuple[nn.Module, nn.Module]:
    """Two 3x3x3 convolutions with batch norm; the stride of the first one halves time as well as
    space.
    """
    return conv_bn(fan_in, fan_out, (3, 3, 3), stride, stride), conv_bn(fan_out, fan_out, (3, 3, 3))


class BasicBlock(nn.Module):
    """Residual unit of the two convolutions that `pair` makes, 3x3x3 unless given."""

    def __init__(self, fan_in: int, fan_out: int, stride: int, pair: Pair = cubic_pair) -> None:
        super().__init__()
        self.a, self.b = pair(fan_in, fan_out, stride)
        self.shortcut = shortcut(fan_in, fan_out, 3, stride, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, D, T/stride, H/stride, W/stride)."""
        y = F.relu(self.a(x))  # (B, D, T/stride, H/stride, W/stride)
        return F.relu(self.b(y) + self.shortcut(x))  # (B, D, T/stride, H/stride, W/stride)


def stage(fan_in: int, inner: int, temporal: Sequence[int], stride: int) -> nn.Sequential:
    """Bottlenecks in a row, of which `temporal` names the kernels in time; the first one takes the
    stride in space.
    """
    further = [Bottleneck(4 * inner, inner, 1, kernel) for kernel in temporal[1:]]
    return nn.Sequential(Bottleneck(fan_in, inner, stride, temporal[0]), *further)


def basic_stages(width: int, blocks: tuple[int, ...], pair: Pair = cubic_pair) -> dict[str, nn.Module]:
    """`stage1`, ...: basic blocks in a row. From the second stage on the first block halves time
    and space and doubles the channels.
    """
    stages: dict[str, nn.Module] = {}
    for i, units in enumerate(blocks):
        fan, stride = width * 2**i, 2 if i else 1
        further = (BasicBlock(fan, fan, 1, pair) for _ in range(units - 1))
        stages[f"stage{i + 1}"] = nn.Sequential(BasicBlock(fan // stride, fan, stride, pair), *further)
    return stages


class ResNet(nn.Module):
    """Stem, stages, global average, dropout, classifier.

    fan: channels of the last stage. pools: what follows the stem or a stage, by its name.
    """

    def __init__(
        self, stem: nn.Module, stages: Modules, fan: int, classes: int, dropout: float, pools: Modules | None = None
    ) -> None:
        super().__init__()
        self.stem, self.stages = stem, nn.ModuleDict(stages)
        pools = pools or {}
        self.pools = nn.ModuleDict({name: pools.get(name, nn.Identity()) for name in ("stem", *stages)})
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(fan, classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `stem`, `stage1`, ..., (B, D, T, H,
        W), each before its pooling.
        """
        inside = {"stem": F.relu(self.stem(clip))}
        x = self.pools["stem"](inside["stem"])
        for name, part in self.stages.items():
            inside[name] = part(x)
            x = self.pools[name](inside[name])
        return self.classifier(self.dropout(x.mean(dim=(2, 3, 4)))), inside
