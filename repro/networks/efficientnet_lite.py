"""EfficientNet-Lite0: Tan and Le, 2019 (Table 1, EfficientNet-B0), in the variant for edge devices
that its authors published in 2020: no squeeze and excitation, ReLU6 in place of Swish.

Every one of the T frames of a clip is classified on its own and the scores are averaged, as in a
TSN. It stands in for the papers' backbones at small scales, because its ImageNet weights come as a
package (Apache-2.0) that needs no download of its own. Convolutions are padded as TensorFlow does,
to ceil(H / stride), the odd row and column at the end: the weights were trained so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public
from repro.nn.config import Published, require

# Table 1 there: expansion, channels, blocks, stride of the first one, kernel
STAGES = (
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)  # fmt: skip
STEM, HEAD = 32, 1280
IMAGENET = {"weights": "efficientnet-lite0-57934424.pth", "weights_digest": "57934424"}
# What the published weights want of a pixel, whatever the training set: (x - 127) / 128
PUBLISHED_NORM = (127.0, 128.0)


class Config(Published):
    """All switches. project: maps are handed on by a fixed random projection to so many channels,
    drawn once for all; 0: all 1,280 of them. enlarge: frames are brought to so many pixels a side
    first; 0: as they come.
    """

    dropout: float = 0.2
    project: int = 0
    enlarge: int = 0

    def __post_init__(self) -> None:
        self.check(dropout=0, project=0, enlarge=0)
        require(self.dropout < 1, "dropout is a fraction below 1", self.dropout)


def build(classes: int, in_channels: int, **arguments: Any) -> EfficientNetLite:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    network = EfficientNetLite(Config(classes, in_channels, **arguments))
    return public.load(network, network.config, network.from_published)


class Padded(nn.Conv2d):
    """A convolution without offset, padded to ceil(H / stride); the odd row and column at the
    end.
    """

    def __init__(self, fan_in: int, fan_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(fan_in, fan_out, kernel, stride, kernel // 2 * (stride == 1), groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, ceil(H / stride), ceil(W / stride))."""
        (kernel, _), (stride, _) = self.kernel_size, self.stride
        if stride > 1:
            more = [max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in input.shape[2:]]
            input = F.pad(input, (more[1] // 2, more[1] - more[1] // 2, more[0] // 2, more[0] - more[0] // 2))
        return super().forward(input)


def conv(fan_in: int, fan_out: int, kernel: int = 1, stride: int = 1, groups: int = 1, relu: bool = True) -> nn.Module:
    """Convolution, batch norm and ReLU6."""
    norm = nn.BatchNorm2d(fan_out, eps=1e-3, momentum=0.01)  # as published
    return nn.Sequential(Padded(fan_in, fan_out, kernel, stride, groups), norm, nn.ReLU6() if relu else nn.Identity())


class Block(nn.Module):
    """Inverted residual: expand, convolve each channel on its own, project; plus the input where
    the shapes agree.
    """

    def __init__(self, fan_in: int, fan_out: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        inner = fan_in * expansion
        self.expand = conv(fan_in, inner) if expansion > 1 else nn.Identity()
        self.depthwise = conv(inner, inner, kernel, stride, inner)
        self.project = conv(inner, fan_out, relu=False)
        self.residual = stride == 1 and fan_in == fan_out

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H / stride, W / stride), rounded up."""
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class EfficientNetLite(nn.Module):
    """Stem, sixteen blocks, head, global average, dropout, classifier, on every frame."""

    backbones: tuple[str, ...] = ("stem", "blocks", "head")

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.stem = conv(config.in_channels, STEM, 3, 2)
        self.blocks, fan = nn.ModuleList(), STEM
        for expansion, channels, count, stride, kernel in STAGES:
            for number in range(count):
                self.blocks.append(Block(fan, channels, expansion, kernel, 1 if number else stride))
                fan = channels
        self.head = conv(fan, HEAD)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(HEAD, config.classes)
        if config.project:
            draw = torch.Generator().manual_seed(0)
            mixed = torch.randn(HEAD, config.project, generator=draw) / config.project**0.5
            self.register_buffer("projection", mixed, persistent=False)

    def frames(self, clip: Tensor) -> Tensor:
        """Clip (B, C, T, H, W) -> the last maps of its frames (B T, D, h, w), h and w a 32nd."""
        x = clip.transpose(1, 2).flatten(0, 1)  # (B T, C, H, W)
        if side := self.config.enlarge:
            x = F.interpolate(x, (side, side), mode="bilinear", antialias=True)
        x = self.stem(x)  # (B T, 32, H/2, W/2)
        for block in self.blocks:
            x = block(x)
        return self.head(x)  # (B T, 1280, H/32, W/32)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K), and the `scores` of every frame before the softmax
        (B, T, K).
        """
        pooled = self.dropout(self.frames(clip).mean(dim=(2, 3)))  # (B T, D)
        scores = self.classifier(pooled).unflatten(0, (-1, clip.shape[2]))  # (B, T, K)
        return scores.mean(dim=1), {"scores": scores}

    def maps(self, clip: Tensor) -> Tensor:
        """Clip (B, C, T, H, W) -> maps (B, D, T, h, w), projected where `project` asks for it."""
        x = self.frames(clip)  # (B T, D, h, w)
        if self.config.project:
            x = torch.einsum("ndhw,dp->nphw", x, self.projection)
        return x.unflatten(0, (-1, clip.shape[2])).transpose(1, 2)  # (B, D, T, h, w)

    def from_published(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The published names as ours; for flow the first convolution is the mean over colours."""
        given = public.renamed(state, RULES)
        if (kernel := given.get("stem.0.weight")) is not None and self.config.in_channels != kernel.shape[1]:
            given["stem.0.weight"] = public.for_flow(kernel, self.config.in_channels)
        return given


RULES = [
    (r"^_conv_stem\.", "stem.0."),
    (r"^_bn0\.", "stem.1."),
    (r"^_blocks\.(\d+)\._expand_conv\.", r"blocks.\1.expand.0."),
    (r"^_blocks\.(\d+)\._bn0\.", r"blocks.\1.expand.1."),
    (r"^_blocks\.(\d+)\._depthwise_conv\.", r"blocks.\1.depthwise.0."),
    (r"^_blocks\.(\d+)\._bn1\.", r"blocks.\1.depthwise.1."),
    (r"^_blocks\.(\d+)\._project_conv\.", r"blocks.\1.project.0."),
    (r"^_blocks\.(\d+)\._bn2\.", r"blocks.\1.project.1."),
    (r"^_conv_head\.", "head.0."),
    (r"^_bn1\.", "head.1."),
    (r"^_fc\.", "classifier."),
]
