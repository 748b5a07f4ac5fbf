"""EfficientNet-Lite0: Tan and Le, 2019 (Table 1, EfficientNet-B0), in the variant for edge devices
that its authors published in 2020: no squeeze and excitation, ReLU6 in place of Swish.

Every one of the T frames of a clip is classified on its own and the scores are averaged, as in a
TSN. It stands in for the papers' backbones at small scales, because its ImageNet weights come as a
package (Apache-2.0) that needs no download of its own. Convolutions are padded as TensorFlow does,
to ceil(H / stride), the odd row and column at the end: the weights were trained so.

Flow is read as a picture: the mean of its L fields, u as red and v as green, without blue, and
`CONTRAST` times as strong, because the stored fields vary less than a photograph. Of colour and
flow together each has a stem of its own, and all else in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks.ou2019 import SHOWN, liveliest, zeros
from repro.nn import public
from repro.nn.config import Published, require
from repro.nn.modalities import modalities

# Table 1 there: expansion, channels, blocks, stride of the first one, kernel
STAGES = (
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)  # fmt: skip
STEM, HEAD = 32, 1280
IMAGENET = {"weights": "efficientnet-lite0-57934424.pth", "weights_digest": "57934424"}
CONTRAST = 3.0  # a photograph's deviation over that of stored flow, in bytes: about 55 over 16
# What the published weights want of a pixel, whatever the training set: (x - 127) / 128
PUBLISHED_NORM = (127.0, 128.0)


class Config(Published):
    """All switches. project: maps are handed on by a fixed random projection to so many channels,
    drawn once for all; 0: all 1,280 of them. pooled: averaged over places. Of colour and flow those
    of flow come last. keep: the classes of the published head, by number, that are those of the
    data, in this order. enlarge: frames are brought to so many pixels a side first;
    0: as they come.
    """

    dropout: float = 0.2
    project: int = 0
    pooled: bool = False
    keep: tuple[int, ...] = ()
    enlarge: int = 0

    def __post_init__(self) -> None:
        modalities("efficientnet_lite", self.in_channels)
        self.check(dropout=0, project=0, enlarge=0)
        require(self.dropout < 1, "dropout is a fraction below 1", self.dropout)


def build(classes: int, in_channels: int, **arguments: Any) -> EfficientNetLite:
    """The network of a run, with published weights where `weights` names them; on torch's meta
    device, where costs are counted, nothing is loaded.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    network = EfficientNetLite(Config(classes, in_channels, **arguments))
    counted = network.classifier.weight.is_meta
    return network if counted else public.load(network, network.config, network.from_published)


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

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, self.reads = config, modalities("efficientnet_lite", config.in_channels)
        first, *second = self.reads.values()
        self.stem = conv(first, STEM, 3, 2)
        if second:
            self.flow_stem = conv(second[0], STEM, 3, 2)
        self.backbones: tuple[str, ...] = ("stem", *["flow_stem"] * len(second), "blocks", "head")
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

    def frames(self, clip: Tensor) -> list[Tensor]:
        """Clip (B, C, T, H, W) -> of each modality the last maps of its frames (B T, D, h, w), h
        and w a 32nd.
        """
        found = []
        for number, part in enumerate(clip.split(list(self.reads.values()), dim=1)):
            stem = self.flow_stem if number else self.stem
            x = part.transpose(1, 2).flatten(0, 1)  # (B T, C, H, W)
            if side := self.config.enlarge:
                x = F.interpolate(x, (side, side), mode="bilinear", antialias=True)
            x = stem(x)  # (B T, 32, H/2, W/2)
            for block in self.blocks:
                x = block(x)
            found.append(self.head(x))  # (B T, 1280, H/32, W/32)
        return found

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K), and the `scores` of every frame before the softmax
        (B, T, K), of two modalities their mean. Of one modality, when not training, `<it>.zeros`
        and with `probe` `<it>.conv1.channels` and so on, as ou2019 gives them of convolutions 1, 6
        and 9: here of those that a ReLU6 follows.
        """
        kept: dict[int, Tensor] = {}
        hooks = [
            relu.register_forward_hook(lambda _, __, y, n=n: kept.update({n: y}))  # (B T, D, h, w)
            for n, relu in enumerate((m for m in self.modules() if isinstance(m, nn.ReLU6)), start=1)
            if n in SHOWN and len(self.reads) == 1 and not self.training
        ]
        pooled = [self.dropout(x.mean(dim=(2, 3))) for x in self.frames(clip)]  # (B T, D) each
        for hook in hooks:
            hook.remove()
        scores = torch.stack([self.classifier(x) for x in pooled]).mean(dim=0).unflatten(0, (-1, clip.shape[2]))
        inside, (name, *_) = {"scores": scores}, self.reads
        maps = {n: y.unflatten(0, (len(clip), -1)).transpose(1, 2) for n, y in kept.items()}  # (B, D, T, h, w)
        if maps:
            inside[f"{name}.zeros"] = torch.stack([zeros(y) for y in maps.values()], dim=1)
        inside |= {f"{name}.conv{n}.channels": liveliest(y) for n, y in maps.items() if probe}
        return scores.mean(dim=1), inside

    def maps(self, clip: Tensor) -> Tensor:
        """Clip (B, C, T, H, W) -> maps (B, D or 2 D, T, h, w), projected or averaged to (…, 1, 1)
        where `project` or `pooled` asks for it.
        """
        found = self.frames(clip)  # (B T, D, h, w) each
        if self.config.pooled:
            found = [x.mean(dim=(2, 3), keepdim=True) for x in found]
        if self.config.project:
            found = [torch.einsum("ndhw,dp->nphw", x, self.projection) for x in found]
        return torch.cat(found, dim=1).unflatten(0, (-1, clip.shape[2])).transpose(1, 2)

    def from_published(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The published names as ours; the stem of flow reads it as a picture."""
        given = public.renamed(state, RULES)
        if (kernel := given.get("stem.0.weight")) is not None and "flow" in self.reads:
            fields = self.reads["flow"] // 2
            own = "flow_stem" if "rgb" in self.reads else "stem"
            given |= {name.replace("stem", own, 1): x for name, x in given.items() if name.startswith("stem.")}
            given[f"{own}.0.weight"] = kernel[:, :2].repeat(1, fields, 1, 1) * (CONTRAST / fields)
        for part in ("classifier.weight", "classifier.bias") if self.config.keep else ():
            given[part] = given[part][list(self.config.keep)]
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
