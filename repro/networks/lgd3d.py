"""LGD-3D, local and global diffusion: Qiu, Yao, Ngo, Tian and Mei, 2019 (Figures 1 to 3, equations
1 to 7), on a 3-D ResNet.

Beside the local path, a map, runs a global path, a vector that begins as the map's average. After
every residual unit both exchange: the vector, linearly mapped, is added to every place of the map,
and the map's average, mapped too, to the mapped vector, with a ReLU after either sum. Matrices of
the exchange are products of two thin ones (low rank). Both paths are classified together.

The units are bottlenecks whose 3x3x3 convolution is split into 1x3x3 and 3x1x1, as in the authors'
earlier network. Their kernelised classifier weighs both features by a kernel between them; here it
is the polynomial kernel of second degree in the form of a linear map of both and of their product,
because the publication does not print how its kernels are approximated. `kernel="linear"` leaves
the product out.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn.config import Base
from repro.nn.modalities import modalities
from repro.nn.resnet import Stem, conv_bn, shortcut

RANK = 16  # channels over those of the thin matrices


class Config(Base):
    """All switches; the defaults are LGD-3D on a ResNet-101."""

    width: int = 64  # channels of the stem
    blocks: tuple[int, ...] = (3, 4, 23, 3)
    diffusion: bool = True  # without: the 3-D ResNet alone, and the average of its last map
    kernel: Literal["product", "linear"] = "product"
    dropout: float = 0.5

    def __post_init__(self) -> None:
        self.check(width=1, blocks=1)
        modalities("lgd3d", self.in_channels, ("rgb", "flow"))


def build(classes: int, in_channels: int, **arguments: Any) -> LGD:
    """The network of a run. Raises TypeError on an unknown argument, ValueError on an impossible
    size.
    """
    return LGD(Config(classes, in_channels, **arguments))


def thin(fan: int, out: int) -> nn.Sequential:
    """A linear map of low rank."""
    inner = max(out // RANK, 1)
    return nn.Sequential(nn.Linear(fan, inner, bias=False), nn.Linear(inner, out))


class Unit(nn.Module):
    """A residual unit of the local path with the exchange behind it."""

    def __init__(self, fan: int, inner: int, stride: int, diffusion: bool) -> None:
        super().__init__()
        out = 4 * inner
        self.a, self.c = conv_bn(fan, inner, (1, 1, 1)), conv_bn(inner, out, (1, 1, 1))
        self.space, self.time = conv_bn(inner, inner, (1, 3, 3), stride), conv_bn(inner, inner, (3, 1, 1))
        self.shortcut = shortcut(fan, out, 3, stride)
        names = {"to_local": fan, "from_local": out, "kept": fan} if diffusion else {}
        self.maps = nn.ModuleDict({name: thin(size, out) for name, size in names.items()})

    def forward(self, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, C, T, H, W), vector (B, C) -> (B, D, T, H/stride, W/stride), (B, D)."""
        y = F.relu(self.space(F.relu(self.a(x))))
        y = self.c(F.relu(self.time(y))) + self.shortcut(x)
        if not self.maps:
            y = F.relu(y)
            return y, y.mean(dim=(2, 3, 4))
        y = F.relu(y + self.maps["to_local"](g)[:, :, None, None, None])
        return y, F.relu(self.maps["from_local"](y.mean(dim=(2, 3, 4))) + self.maps["kept"](g))


class LGD(nn.Module):
    """Stem, stages of units, both features, the classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.kernel = config.kernel
        self.stem, fan = Stem(config.in_channels, config.width, 3), config.width
        self.stages = nn.ModuleDict()
        for i, units in enumerate(config.blocks):
            inner, made = config.width * 2**i, nn.ModuleList()
            for unit in range(units):
                made.append(Unit(fan, inner, 2 if i and not unit else 1, config.diffusion))
                fan = 4 * inner
            self.stages[f"stage{i + 1}"] = made
        self.dropout = nn.Dropout(config.dropout)
        features = {"product": 3, "linear": 2}[config.kernel] if config.diffusion else 1
        self.features = features
        self.classifier = nn.Linear(features * fan, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the maps `stem` and `stage1` to `stage4`, (B,
        D, T, H, W).
        """
        stem, x = self.stem(clip)
        inside, g = {"stem": stem}, x.mean(dim=(2, 3, 4))  # (B, D)
        for name, units in self.stages.items():
            for unit in units:  # type: ignore[union-attr]
                x, g = unit(x, g)
            inside[name] = x
        local = x.mean(dim=(2, 3, 4))
        features = [g, local, g * local][: self.features]
        return self.classifier(self.dropout(torch.cat(features, dim=1))), inside
