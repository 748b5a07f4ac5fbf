"""Convolutional two-stream network fusion: Feichtenhofer, Pinz and Zisserman, 2016 (section 3.4,
Figure 4: the proposed architecture).

Two VGG-16 see T sampled frames: one the colour of each frame, the other the L flow fields around it
as 2 L channels. After relu5_3 the two maps are stacked channel by channel and a 3x3x3 convolution
over space and time fuses them. Two towers go on from there, each with a 3-D max-pooling and fc6,
fc7, fc8 of its own: the spatiotemporal one from the fused map, the temporal one from the flow map,
which is not cut off. The two fc8 outputs are averaged: "the FC8 predictions for both towers", as an
author confirms in issue 9 of the published code, so before any softmax.

From the published code where the paper says less: the pooling is 2x2 in space and spans all T
frames, so any T fits the same layers; it stacks 3-D convolution, ReLU, pooling; dropout is 0.85;
the filter starts as a Gaussian.

Training: the original gives each tower its own loss, starts from two networks fine-tuned on the
same clips and sends no gradient below the fusion. Here cross-entropy acts on the averaged answer
and everything is trained together, because one loop with one loss trains every network of the
comparison. At test it averages 20 placings of the T frames and their mirror images; a run's views
stand for them. `weights` begins both VGG-16 and every fc6 and fc7 from ImageNet, the first flow
convolution from the mean over the colours. With `reads="maps"` the backbones are left out and
their last maps are the input, colour first.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public, vgg
from repro.nn.config import Published, require
from repro.nn.modalities import COLOUR, FLOW, modalities
from repro.nn.vgg import FULL, UNITS, FullyConnected, Norm

GROUP_ENDS = {"conv1": 1, "conv2": 3, "conv3": 6, "conv4": 9, "conv5": 12}  # the last convolution at each size of map
START = (0.75, 0.25)  # weights of flow and colour in the fusion when training begins, as in the published code


class Config(Published):
    """All switches; the defaults are the published sizes. The published input is T = 5 frames with
    L = 10, so 23 channels. Published weights are torchvision's vgg16.
    """

    in_channels: int = COLOUR + FLOW * 10
    width: int = FULL  # channels of the first convolution of each VGG-16; everything else is scaled with it
    size: tuple[int, int] = (224, 224)  # height and width of a frame, on which fc6 depends
    norm: Norm = "none"
    dropout: float = 0.85
    poolings: int = 4  # of each VGG-16; with 3 the map of a small frame is an eighth of it
    reads: Literal["frames", "maps"] = "frames"

    def __post_init__(self) -> None:
        modalities("two_stream_fusion", self.in_channels, ["both"], maps=self.depth if self.reads == "maps" else 0)
        whole = self.reads == "frames" or self.in_channels == 2 * self.depth
        require(whole, "two_stream_fusion wants the maps of both modalities", self.in_channels)
        self.check(width=1, poolings=1)
        least = 2 ** (self.poolings + 1)
        require(min(self.size) >= least, f"the last pooling needs a size of {least} pixels or more", self.size)

    @property
    def depth(self) -> int:
        """Channels of a backbone's last map."""
        return self.width * vgg.GROUPS[-1][-1]


def build(classes: int, in_channels: int, **arguments: Any) -> TwoStreamFusion:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    network = TwoStreamFusion(Config(classes, in_channels, **arguments))
    return public.load(network, network.config, partial(published, network))


def published(network: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the network: both backbones, and fc6 and fc7 of both towers where they are as
    large, from torchvision's vgg16; the rest as it is.
    """
    theirs = vgg.from_torchvision(state)
    given = {name: x for name, x in theirs.items() if not name.startswith(("convs.", "norms.", "fc"))}
    for name, value in network.state_dict().items():
        part, _, layer = name.partition(".")
        kernel = theirs.get(layer.replace("full", "fc") if part.endswith("_tower") else layer)
        if kernel is not None and layer == "convs.0.weight" and kernel.shape != value.shape:
            kernel = public.for_flow(kernel, value.shape[1])
        if part in ("spatial", "temporal"):
            given |= {} if kernel is None else {name: kernel}  # a tensor that the file lacks is missing
        else:
            given[name] = value if kernel is None or kernel.shape != value.shape else kernel
    return given


class Backbone(vgg.Backbone):
    """VGG-16's convolutions, of whose poolings the last may be left out."""

    def __init__(self, in_channels: int, width: int, norm: vgg.Norm, poolings: int) -> None:
        super().__init__(in_channels, width, norm)
        groups = itertools.accumulate(map(len, vgg.GROUPS))
        self.pooled = [*groups][:poolings]  # the convolutions, from 1, that a pooling follows

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, C, H, W) -> the last map (N, 8 width, h, w) and the map of each of the 13
        convolutions, after ReLU. Raises ValueError when the frame is too small.
        """
        least = 2 ** len(self.pooled)
        require(min(x.shape[-2:]) >= least, f"this VGG-16 needs frames of {least} pixels or more", tuple(x.shape[-2:]))
        x = x.contiguous(memory_format=torch.channels_last)
        maps: list[Tensor] = []
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = self.pool(x) if len(maps) in self.pooled else x  # (N, D, H/2, W/2)
            x = F.relu(norm(conv(x)), inplace=True)  # (N, D, H, W); no layer needs what it returned again
            maps.append(x)
        return x, maps


class Fusion(nn.Module):
    """Two maps stacked channel by channel (their eq. 5), then a 3x3x3 convolution and ReLU.

    Stacked channel 2d is flow's channel d and channel 2d + 1 is colour's, counted from zero. At the
    start output channel d sees nothing but channel d of both maps, spread over the 27 positions as
    a Gaussian of deviation 1.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(2 * channels, channels, 3, padding=1)
        tap = torch.exp(-0.5 * torch.tensor([-1.0, 0.0, 1.0]).square())
        cube = torch.einsum("t,h,w->thw", tap, tap, tap)  # (3, 3, 3)
        pair = torch.kron(torch.eye(channels), torch.tensor([START]))  # (D, 2 D)
        with torch.no_grad():
            self.conv.weight.copy_(pair[:, :, None, None, None] * (cube / cube.sum()))
        nn.init.zeros_(self.conv.get_parameter("bias"))

    def forward(self, colour: Tensor, flow: Tensor) -> Tensor:
        """Two maps (B, D, T, H, W) -> one (B, D, T, H, W)."""
        return F.relu(self.conv(torch.stack([flow, colour], dim=2).flatten(1, 2)))


class Tower(FullyConnected):
    """Max-pooling over 2x2 positions and all frames, then fully connected layers of 4096, 4096 and
    K units.
    """

    def __init__(self, channels: int, config: Config) -> None:
        units = UNITS * config.width
        height, width = (side // 2 ** (config.poolings + 1) for side in config.size)
        super().__init__(channels * height * width, units, units, config.classes, config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D, T, H, W) -> logits (B, K)."""
        return super().forward(F.max_pool2d(x.amax(dim=2), 2).flatten(1))  # the order of maxima does not matter


class TwoStreamFusion(nn.Module):
    """Two backbones, one fusion, two towers, one answer."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        sizes = (config.width, config.norm, config.poolings)
        if config.reads == "frames":
            self.spatial = Backbone(COLOUR, *sizes)
            self.temporal = Backbone(config.in_channels - COLOUR, *sizes)
        self.fusion = Fusion(config.depth)
        self.spatiotemporal_tower, self.temporal_tower = Tower(config.depth, config), Tower(config.depth, config)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, 3 + 2 L, T, H, W) -> logits (B, K), the average of both towers', and the inner
        maps.

        The maps are `<backbone>.conv1` to `conv5`, the last of each group of convolutions, and
        `fusion`, all (B, D, T, H, W); besides them `<tower>.scores`, each tower's own softmax (B,
        K). Raises ValueError when the frames are not of the size built for.
        """
        inside, stored = {}, self.config.reads == "maps"
        parts = clip.tensor_split([self.config.depth if stored else COLOUR], dim=1)
        last = dict(zip(("spatial", "temporal"), parts, strict=True))
        cells = tuple(side // 2**self.config.poolings for side in self.config.size)
        fits = not stored or tuple(clip.shape[3:]) == cells
        require(fits, f"the network was built for maps (h, w) of size {cells}", tuple(clip.shape[3:]))
        for name, x in ({} if stored else dict(last)).items():
            vgg.require_size(clip, self.config.size)
            y, maps = self.get_submodule(name)(x.transpose(1, 2).flatten(0, 1))  # (B T, D, H/16, W/16)
            last[name] = _clips(y, clip)
            inside |= {f"{name}.{group}": _clips(maps[i], clip) for group, i in GROUP_ENDS.items()}
        inside["fusion"] = self.fusion(last["spatial"], last["temporal"])  # (B, D, T, H/16, W/16)
        both, flow = self.spatiotemporal_tower(inside["fusion"]), self.temporal_tower(last["temporal"])  # (B, K) each
        inside |= {"spatiotemporal.scores": both.softmax(dim=1), "temporal.scores": flow.softmax(dim=1)}
        return (both + flow) / 2, inside


def _clips(frames: Tensor, clip: Tensor) -> Tensor:
    """Maps of frames (B T, D, H, W) -> maps of clips (B, D, T, H, W)."""
    return frames.unflatten(0, (-1, clip.shape[2])).transpose(1, 2)
