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
from dataclasses import dataclass
from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public
from repro.nn.resnet3d import Bottleneck, conv_bn

Pairwise = Literal["softmax", "dot"]  # the publication's embedded Gaussian (its default), and its dot product
Pool = tuple[int, int, int]
Inflate = Literal["i3d", "c2d", "slow"]  # slow: the slow pathway of SlowFast on its own (Feichtenhofer et al. 2019)
Sampling = Literal["table1", "late", "none"]

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


@dataclass(frozen=True)
class Config:
    """All switches; the defaults are the I3D form of ResNet-50 with five blocks, for clips of 32
    frames.
    """

    classes: int
    in_channels: int = 3
    width: int = 64  # channels of the stem
    blocks: tuple[int, ...] = (3, 4, 6, 3)
    inflate: Inflate = "i3d"
    temporal_units: int = 6  # so many units of a stage, from its first, are inflated; more are not
    sampling: Sampling = "table1"
    nonlocal_after: tuple[tuple[int, ...], ...] = (
        (),
        (1, 3),
        (1, 3, 5),
        (),
    )  # per stage, the units from 0 that a block follows
    pairwise: Pairwise = "softmax"
    strides: tuple[int, ...] = (1, 2, 2, 2)  # in space, per stage; fewer halvings for small frames
    dropout: float = 0.5
    weights: str = ""  # a file in $REPRO_DATA/weights, and how its sha256 begins
    weights_digest: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.blocks) <= 4 or min(self.blocks) < 1 or self.width < 1:
            wanted = "nonlocal_resnet needs one to four stages of one unit or more, and one channel or more"
            raise ValueError(f"{wanted}; got blocks {self.blocks}, width {self.width}")
        if self.temporal_units < 1:
            raise ValueError(f"temporal_units must be 1 or more, and inflate 'c2d' for none; got {self.temporal_units}")
        if not len(self.nonlocal_after) == len(self.strides) == len(self.blocks):
            wanted = f"nonlocal_after and strides name something for each of {len(self.blocks)} stages, as blocks does"
            raise ValueError(f"{wanted}; got {self.nonlocal_after} and {self.strides}")
        for name, kind in (("inflate", Inflate), ("sampling", Sampling)):
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} must be one of {get_args(kind)}; got {getattr(self, name)!r}")


def build(classes: int, in_channels: int, **arguments: object) -> NonLocalResNet:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes=classes, in_channels=in_channels, **arguments)  # type: ignore[arg-type]
    network = NonLocalResNet(config)
    public.load(network, config.weights, config.weights_digest, from_pytorchvideo, head="classifier")
    return network


class NonLocal(nn.Module):
    """Every place of the map receives a weighted sum over the places of the pooled map, added to
    itself.

    Embeddings theta, phi and g are 1x1x1 convolutions to half the channels, linear as in equation
    (4) there, so without bias. Max pooling before phi and g, 1x2x2 there, quarters the places that
    are summed over (section 3.3); along a side shorter than the pool it takes all of the side. The
    scale of the last batch norm starts at zero, so that a new block changes nothing (section 4.1).
    `softmax` divides the products by the square root of the embedding's channels, which is not
    given in the publication; we use it because the authors' public code does. `dot` divides by the
    number of places instead.

    Raises ValueError on another kind of weights, and on a single channel.
    """

    def __init__(self, channels: int, pairwise: Pairwise = "softmax", pool: Pool = (1, 2, 2)) -> None:
        super().__init__()
        if pairwise not in get_args(Pairwise):
            raise ValueError(f"pairwise must be one of {get_args(Pairwise)}; got {pairwise!r}")
        if channels < 2:
            raise ValueError(f"a non-local block halves its channels and needs two or more; got {channels}")
        self.pairwise, self.pool = pairwise, pool
        inner = channels // 2
        self.theta, self.phi, self.g = (nn.Conv3d(channels, inner, 1, bias=False) for _ in range(3))
        self.out = conv_bn(inner, channels, (1, 1, 1))
        nn.init.zeros_(self.out[1].weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> the same shape."""
        weights, values = self.weights(x)  # (B, N, M), (B, M, C/2): N = THW places, M = N/4 when pooled by 1x2x2
        y = (weights @ values).transpose(1, 2).unflatten(2, x.shape[2:])  # (B, C/2, T, H, W)
        return x + self.out(y)  # (B, C, T, H, W)

    def weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T, H, W) -> how much each of N places takes from each of M (B, N, M), and what
        these offer (B, M, C/2).
        """
        pool = tuple(map(min, self.pool, x.shape[2:]))
        few = F.max_pool3d(x, pool)  # (B, C, T, H/2, W/2)
        query = self.theta(x).flatten(2).transpose(1, 2)  # (B, N, C/2)
        key = self.phi(few).flatten(2)  # (B, C/2, M)
        value = self.g(few).flatten(2).transpose(1, 2)  # (B, M, C/2)
        product = query @ key  # (B, N, M)
        scaled = product / key.shape[2] if self.pairwise == "dot" else (product * key.shape[1] ** -0.5).softmax(dim=2)
        return scaled, value


def mixed_stage(
    fan_in: int,
    inner: int,
    temporal: Sequence[int],
    stride: int,
    after: Sequence[int] = (),
    pairwise: Pairwise = "softmax",
    pool: Pool = (1, 2, 2),
) -> nn.Sequential:
    """Bottlenecks with a temporal kernel each, named 0, 1, ...; after unit i of `after` the block
    `nonlocal<i>`.

    Raises ValueError when `after` names a unit twice or one that is not there.
    """
    if len(set(after)) != len(after) or not set(after) <= set(range(len(temporal))):
        raise ValueError(
            f"a non-local block stands after a unit 0 to {len(temporal) - 1}, once each; got {tuple(after)}"
        )
    rest = [Bottleneck(4 * inner, inner, kernel, 1) for kernel in temporal[1:]]
    stage = nn.Sequential()
    for i, unit in enumerate([Bottleneck(fan_in, inner, temporal[0], stride), *rest]):
        stage.add_module(str(i), unit)
        if i in after:
            stage.add_module(f"nonlocal{i}", NonLocal(4 * inner, pairwise, pool))
    return stage


class NonLocalResNet(nn.Module):
    """Stem, stages of bottlenecks with non-local blocks, global average, dropout, classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        stem, kernels = INFLATE[config.inflate]
        stem_stride, pool_stride, first, second = SAMPLING[config.sampling]
        self.stem = conv_bn(config.in_channels, config.width, (stem, 7, 7), 2, stem_stride)
        self.pool = nn.MaxPool3d((first, 3, 3), (pool_stride, 2, 2), (first // 2, 1, 1))
        self.late_pool = (
            nn.MaxPool3d((second, 1, 1), (2, 1, 1), (second // 2 if second % 2 else 0, 0, 0))
            if second
            else nn.Identity()
        )
        fan = config.width
        self.stages = nn.ModuleDict()
        for i, units in enumerate(config.blocks):
            inner = config.width * 2**i
            temporal = [
                kernels[i][unit % len(kernels[i])] if unit < config.temporal_units else 1 for unit in range(units)
            ]
            part = mixed_stage(fan, inner, temporal, config.strides[i], config.nonlocal_after[i], config.pairwise)
            self.stages[f"stage{i + 1}"] = part
            fan = 4 * inner
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(fan, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `stem` and `stage1` to `stage4`.

        Raises ValueError on a single frame where the second pooling takes two.
        """
        if self.config.sampling == "late" and clip.shape[2] < 2:
            raise ValueError(
                f"sampling 'late' halves time and needs two frames or more; got {clip.shape[2]}; use 'table1' or 'none'"
            )
        inside = {"stem": F.relu(self.stem(clip))}  # (B, D, T/2, H/2, W/2)
        x = self.pool(inside["stem"])  # (B, D, T/4, H/4, W/4)
        for name, part in self.stages.items():
            x = inside[name] = part(x)  # (B, 4 D, T/4, H/4, W/4), then twice the channels on half the height and width
            if name == "stage1":
                x = self.late_pool(x)  # (B, 4 D, T/8, H/4, W/4)
        return self.classifier(self.dropout(x.mean(dim=(2, 3, 4)))), inside


UNIT = {"branch1_conv": "shortcut.0", "branch1_norm": "shortcut.1"} | {
    f"branch2.{kind}_{letter}": f"{letter}.{place}" for letter in "abc" for place, kind in enumerate(("conv", "norm"))
}


def from_pytorchvideo(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The names of PyTorchVideo's i3d_r50, c2d_r50 and slow_r50 as ours; unknown names stay as they
    are.

    Its parts are counted through, the pooling after the first stage included, so stages are told by
    their order.
    """
    stages = sorted({int(m[1]) for name in state if (m := re.match(r"blocks\.(\d+)\.res_blocks\.", name))})
    return {_ours(name, stages): value for name, value in state.items()}


def _ours(name: str, stages: list[int]) -> str:
    if m := re.fullmatch(r"blocks\.0\.(conv|norm)\.(\w+)", name):
        return f"stem.{int(m[1] == 'norm')}.{m[2]}"
    if (m := re.fullmatch(r"blocks\.(\d+)\.res_blocks\.(\d+)\.(.+)\.(\w+)", name)) and m[3] in UNIT:
        return f"stages.stage{stages.index(int(m[1])) + 1}.{m[2]}.{UNIT[m[3]]}.{m[4]}"
    return re.sub(r"^blocks\.\d\.proj\.", "classifier.", name)
