"""Temporal segment network (TSN): Wang, Xiong, Wang, Qiao, Lin, Tang and Van Gool, 2016 (Figure 1,
equation 1, section 3).

A video is cut into segments of equal length and one frame, or one stack of flow fields, is taken
from each. A ResNet sees every frame on its own; its map is averaged and classified. The consensus
is the average of the frames' scores before the softmax (the segmental consensus G of eq. 1), so the
frames' order means nothing. Every one of the T frames of a clip stands for a segment:
Clips.sampling `segments` cuts them so.

The backbone is a ResNet-50, with which the row of gong2022's comparison costs what is printed there
(33 GMACs); the publication has BN-Inception. The input decides on the streams: three channels are
colour, 2 L are flow, and 3 + 2 L are both, in this order, seen by a network each, whose scores are
averaged. The publication trains each by itself and weighs flow more; here cross-entropy acts on the
average, because one loop with one loss trains every network of the comparison. With T = 1 it
classifies images, which is how a backbone is trained before it sees videos.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from torch import Tensor, nn

from repro.nn import public, resnet
from repro.nn.config import Published, require
from repro.nn.modalities import modalities


class Config(Published):
    """All switches; the defaults are a ResNet-50 at published size. Published weights are
    torchvision's resnet50 or resnet101.
    """

    width: int = resnet.FULL  # channels of the stem
    blocks: tuple[int, ...] = (3, 4, 6, 3)
    halvings: int = 5  # fewer for small frames, see `resnet.Backbone`
    # as Lin et al. 2019 have it on Kinetics; the publication has 0.8 for colour and 0.7 for flow,
    # on UCF101
    dropout: float = 0.5
    freeze_norm: bool = False  # partial batch norm, for backbones that begin from other weights (section 3.3 there)

    def __post_init__(self) -> None:
        modalities("a TSN", self.in_channels)
        self.check(dropout=0)
        require(self.dropout < 1, "dropout is a fraction below 1", self.dropout)


def build(classes: int, in_channels: int, **arguments: Any) -> TSN | TwoStreams:
    """The network of a run, with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    return streams(TSN, Config(classes, in_channels, **arguments))


def streams(kind: Callable[[Config], TSN], config: Config) -> TSN | TwoStreams:
    """A network of this kind, or one for each modality of the input, with published weights."""
    channels, made = modalities("a TSN", config.in_channels), {}
    for name, number in channels.items():
        made[name] = network = kind(replace(config, in_channels=number))
        public.load(network, config, partial(from_torchvision, network), head="head")
    return TwoStreams(made, channels) if len(made) > 1 else next(iter(made.values()))


def load_backbone(network: TSN | TwoStreams, state: Mapping[str, Tensor]) -> None:
    """Copy a backbone that was trained on single images, the tensors `backbone.*` of another tsn,
    into each stream; the classifier stays as it began. Raises ValueError when the backbone does
    not fit.
    """
    for stream in network.children() if isinstance(network, TwoStreams) else (network,):
        assert isinstance(stream, TSN)
        resnet.load_backbone(stream, stream.backbones, state)


class TSN(nn.Module):
    """A backbone per frame, the global average, dropout, a linear layer, and the average over
    frames.
    """

    backbones: tuple[str, ...] = ("backbone",)

    def __init__(self, config: Config, before: Callable[[], nn.Module] = nn.Identity) -> None:
        super().__init__()
        self.config = config
        self.backbone = resnet.Backbone(config.in_channels, config.width, config.blocks, config.halvings, before)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(self.backbone.fan_out, config.classes)
        self.train()

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) and any T -> logits (B, K) and the inner maps.

        These are `stem` and `stage1` to `stage4`, (B, D, T, h, w), and the `scores` of every frame
        before the softmax, (B, T, K).
        """
        frames = clip.shape[2]
        last, maps = self.backbone(clip.transpose(1, 2).flatten(0, 1))  # (B T, D, h, w)
        y = self.dropout(last.mean(dim=(2, 3)))  # (B T, D)
        scores = self.head(y).unflatten(0, (-1, frames))  # (B, T, K)
        inside = {name: m.unflatten(0, (-1, frames)).transpose(1, 2) for name, m in maps.items()}  # (B, D, T, h, w)
        return scores.mean(dim=1), inside | {"scores": scores}

    def train(self, mode: bool = True) -> TSN:
        """Training or testing; with `freeze_norm` all batch norms but the first keep their mean and
        variance in training too.

        Their scale and shift go on learning: the publication freezes mean and variance.
        """
        super().train(mode)
        if self.config.freeze_norm:
            norms = [module for module in self.modules() if isinstance(module, nn.BatchNorm2d)]
            for norm in norms[1:]:
                norm.eval()
        return self


class TwoStreams(nn.Module):
    """A network for colour, one for flow, and the average of their scores before the softmax."""

    backbones: tuple[str, ...] = ("rgb.backbone", "flow.backbone")

    def __init__(self, networks: Mapping[str, TSN], channels: Mapping[str, int]) -> None:
        super().__init__()
        self.channels = channels
        for name, network in networks.items():
            self.add_module(name, network)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, 3 + 2 L, T, H, W) -> logits (B, K) and the inner maps of each stream after its
        name, as in `rgb.stage2`.
        """
        inside, answers = {}, []
        for name, x in zip(self.channels, clip.split(list(self.channels.values()), dim=1), strict=True):
            logits, maps = self.get_submodule(name)(x)  # (B, K)
            answers.append(logits)
            inside |= {f"{name}.{part}": value for part, value in maps.items()}
        return (answers[0] + answers[1]) / 2, inside


def from_torchvision(network: TSN, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the network from torchvision's resnet50 or resnet101; unknown names are put
    under `backbone`, where they fit nothing. For flow see `resnet.with_backbone`.
    """
    theirs = resnet.from_torchvision(state)
    head = {f"head.{name[3:]}": theirs.pop(name) for name in list(theirs) if name.startswith("fc.")}
    return resnet.with_backbone(network, network.backbones, theirs) | head
