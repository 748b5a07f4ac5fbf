"""Inflated residual networks with non-local blocks: Wang, Girshick, Gupta and He, 2018 (section 3,
Table 1, section 4.1).

A ResNet of bottlenecks whose first convolutions reach over three frames in every other unit
(`i3d`), or nowhere (`c2d`: time meets in the pooling only); five non-local blocks, two in res3 and
three in res4, after every other unit. The average over everything is classified. Our stages 1 to 4
are res2 to res5 there.

Not given in the publication: which units are inflated and, with 23 units in res4 of a ResNet-101,
where its three blocks stand. We use the authors' public code: all units of res2, the even ones of
res3 and res4, the odd one of res5; blocks after units 1, 3 and 5 of res4. One thing is inferred: of
those 23 units only the first 6 count (`temporal_units`), so that 3 are inflated. With that, 128
frames of 256 pixels take the 359 GMACs which the SlowFast paper prints for this network; with all
23, as that code's present configuration has it, they would take 378.

The weights of the published models without blocks are read by `from_pytorchvideo`, with sampling
`late` (`none` for the slow pathway).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public
from repro.nn.config import Published, require
from repro.nn.convolution import Conv3d
from repro.nn.resnet import ResNet, conv_bn, stage

Pairwise = Literal["softmax", "dot"]  # the publication's embedded Gaussian (its default), and its dot product
Pool = tuple[int, int, int]  # T, H, W
TEMPORAL_UNITS = 6  # so many units of a stage, from its first, have its temporal kernel; more have 1

INFLATE = {  # temporal kernels of the stem, and of the units of each stage, in turn
    "i3d": (5, ((3,), (3, 1), (3, 1), (1, 3))),
    "c2d": (1, ((1,), (1,), (1,), (1,))),
    "slow": (1, ((1,), (1,), (3,), (3,))),
}
SAMPLING = {  # strides in time of stem and first pooling, kernels in time of the first and second pooling
    "table1": (2, 2, 3, 3),
    "late": (1, 1, 1, 2),  # the public models' for clips of 8 frames: the second pooling alone halves time
    "none": (1, 1, 1, 0),
}


class Config(Published):
    """All switches; the defaults are the I3D form of ResNet-50 with five blocks, for clips of 32
    frames.
    """

    width: int = 64  # channels of the stem
    blocks: tuple[int, ...] = (3, 4, 6, 3)
    inflate: Literal["i3d", "c2d", "slow"] = "i3d"  # slow: SlowFast's slow pathway alone (Feichtenhofer et al. 2019)
    sampling: Literal["table1", "late", "none"] = "table1"
    # per stage, the units from 0 that a block follows
    nonlocal_after: tuple[tuple[int, ...], ...] = ((), (1, 3), (1, 3, 5), ())
    strides: tuple[int, ...] = (1, 2, 2, 2)  # in space, per stage; fewer halvings for small frames
    dropout: float = 0.5

    def __post_init__(self) -> None:
        self.check(width=1, blocks=1, strides=1)
        stages = (self.blocks, self.strides, self.nonlocal_after)
        wanted = "blocks, strides and nonlocal_after name something for each stage, four at most"
        require(len(set(map(len, stages))) == 1 and len(self.blocks) <= 4, wanted, stages)


def build(classes: int, in_channels: int, **arguments: Any) -> NonLocalResNet:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    return public.load(NonLocalResNet(config), config, from_pytorchvideo)


class NonLocal(nn.Module):
    """Every position of the map receives a weighted sum over the positions of the pooled map, added
    to itself.

    Embeddings theta, phi and g are 1x1x1 convolutions to half the channels, linear as in equation
    (4) there, so without bias. Max pooling before phi and g, 1x2x2 there, quarters the positions
    that are summed over (section 3.3); along a side shorter than the pool it takes all of the side.
    The scale of the last batch norm starts at zero, so that a new block changes nothing (section
    4.1). `softmax` divides the products by the square root of the embedding's channels, which is
    not given in the publication; we use it because the authors' public code does. `dot` divides by
    the number of positions instead.

    Raises ValueError on a single channel.
    """

    def __init__(self, channels: int, pairwise: Pairwise = "softmax", pool: Pool = (1, 2, 2)) -> None:
        super().__init__()
        require(channels >= 2, "a non-local block halves its channels and needs two or more", channels)
        self.pairwise, self.pool = pairwise, pool
        inner = channels // 2
        self.theta, self.phi, self.g = (Conv3d(channels, inner, 1, bias=False) for _ in range(3))
        self.out = conv_bn(inner, channels, (1, 1, 1))
        nn.init.zeros_(self.out.get_parameter("1.weight"))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> the same shape."""
        weights, values = self.weights(x)  # (B, N, M), (B, M, C/2): N = THW positions, M = N/4 when pooled by 1x2x2
        y = (weights @ values).transpose(1, 2).unflatten(2, x.shape[2:])  # (B, C/2, T, H, W)
        return x + self.out(y)  # (B, C, T, H, W)

    def weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T, H, W) -> how much each of N places takes from each of M (B, N, M), and what
        these offer (B, M, C/2).
        """
        t, h, w = map(min, self.pool, x.shape[2:])
        few = F.max_pool3d(x, (t, h, w))  # (B, C, T, H/2, W/2)
        query = self.theta(x).flatten(2).transpose(1, 2)  # (B, N, C/2)
        key = self.phi(few).flatten(2)  # (B, C/2, M)
        value = self.g(few).flatten(2).transpose(1, 2)  # (B, M, C/2)
        product = query @ key  # (B, N, M)
        scaled = product / key.shape[2] if self.pairwise == "dot" else (product * key.shape[1] ** -0.5).softmax(dim=2)
        return scaled, value


def mixed_stage(
    fan_in: int, inner: int, temporal: Sequence[int], stride: int, after: Sequence[int], *kind: Any
) -> nn.Sequential:
    """Bottlenecks, named 0, 1, ..., of which the first TEMPORAL_UNITS have the kernel in time that
    `temporal` names, one for each; after unit i of `after` the block `nonlocal<i>`.

    kind: how the blocks weigh and pool, as in NonLocal. Raises ValueError when `after` names a unit
    twice or one that is not there.
    """
    units = len(temporal)
    once = len(set(after)) == len(after) and set(after) <= set(range(units))
    require(once, f"a non-local block stands after a unit 0 to {units - 1}, once each", tuple(after))
    kernels = [kernel if i < TEMPORAL_UNITS else 1 for i, kernel in enumerate(temporal)]
    mixed = nn.Sequential()
    for i, unit in enumerate(stage(fan_in, inner, kernels, stride)):
        mixed.add_module(str(i), unit)
        if i in after:
            mixed.add_module(f"nonlocal{i}", NonLocal(4 * inner, *kind))
    return mixed


class NonLocalResNet(ResNet):
    """Stem, stages of bottlenecks with non-local blocks, global average, dropout, classifier."""

    def __init__(self, config: Config) -> None:
        length, kernels = INFLATE[config.inflate]
        stem_stride, pool_stride, first, second = SAMPLING[config.sampling]
        pools: dict[str, nn.Module] = {"stem": nn.MaxPool3d((first, 3, 3), (pool_stride, 2, 2), (first // 2, 1, 1))}
        if second:
            pools["stage1"] = nn.MaxPool3d((second, 1, 1), (2, 1, 1), (second // 2 if second % 2 else 0, 0, 0))
        stem = conv_bn(config.in_channels, config.width, (length, 7, 7), 2, stem_stride)
        fan, stages = config.width, {}
        for i, units in enumerate(config.blocks):
            inner, temporal = config.width * 2**i, [kernels[i][unit % len(kernels[i])] for unit in range(units)]
            stages[f"stage{i + 1}"] = mixed_stage(fan, inner, temporal, config.strides[i], config.nonlocal_after[i])
            fan = 4 * inner
        super().__init__(stem, stages, fan, config.classes, config.dropout, pools)
        self.least = 2 if config.sampling == "late" else 1  # frames

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `stem` and `stage1` to `stage4`.

        Raises ValueError on a single frame where the second pooling takes two.
        """
        wanted = "sampling 'late' halves time and needs two frames or more, 'table1' and 'none' do not"
        require(clip.shape[2] >= self.least, wanted, clip.shape[2])
        return super().forward(clip)


UNIT_RULES = [  # the layers of a unit in PyTorchVideo -> ours
    *((rf"\.branch1_{kind}\.", f".shortcut.{i}.") for i, kind in enumerate(("conv", "norm"))),
    *((rf"\.branch2\.{kind}_([abc])\.", rf".\1.{i}.") for i, kind in enumerate(("conv", "norm"))),
]


def from_pytorchvideo(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of PyTorchVideo's i3d_r50, c2d_r50 and slow_r50 as ours; unknown names stay as they
    are.

    Its parts are counted through, the pooling after the first stage included, so stages are told by
    their order.
    """
    stages = sorted({m[1] for name in state if (m := re.match(r"blocks\.(\d+)\.res_blocks\.", name))}, key=int)
    rules = [
        (r"^blocks\.0\.conv\.", "stem.0."),
        (r"^blocks\.0\.norm\.", "stem.1."),
        *((rf"^blocks\.{theirs}\.res_blocks\.", f"stages.stage{i}.") for i, theirs in enumerate(stages, 1)),
        *UNIT_RULES,
        (r"^blocks\.\d\.proj\.", "classifier."),
    ]
    return public.renamed(state, rules)
