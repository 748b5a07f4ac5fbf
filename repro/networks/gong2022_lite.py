"""VCM-SDD (`gong2022`) on EfficientNet-Lite0 in the place of ResNet-101: what stands in where
ImageNet's weights must be at hand on a laptop.

Each modality has a backbone of its own, as there. Flow enters as a picture of three channels, u, v
and speed (G19 names this choice beside stacks of fields): with the mean of a convolution over the
colours, which is the other choice, one filter serves u and v alike, so that a frozen backbone would
see their sum alone. The picture is amplified to the contrast of photographs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from repro.networks import efficientnet_lite, gong2022
from repro.networks.efficientnet_lite import HEAD, EfficientNetLite
from repro.nn import public
from repro.nn.config import require
from repro.nn.modalities import COLOUR, FLOW

PUBLISHED_NORM = efficientnet_lite.PUBLISHED_NORM
CONTRAST = 4.0  # a clip's flow has a root mean square of 16 bytes of 128, a photograph about 60


class Config(gong2022.Modules):
    """The switches of `gong2022` behind the backbones; colour, one flow field, or both. Published
    weights are those of EfficientNet-Lite0. norm_momentum: how fast the running statistics of batch
    norm follow; the published 0.01 is made for trainings of 100,000 steps.
    """

    in_channels: int = COLOUR + FLOW
    norm_momentum: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        flow = self.modalities.get("flow", FLOW) if self.reads == "frames" else FLOW
        require(flow == FLOW, "flow is one field, u and v", f"{flow} channels")

    @property
    def full_depth(self) -> int:
        """Channels of a backbone's last map."""
        return HEAD


def build(classes: int, in_channels: int, **arguments: Any) -> LiteFusion:
    """The network of a run, both backbones with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible one, and what `public.load`
    raises.
    """
    network = LiteFusion(Config(classes, in_channels, **arguments))
    for name in network.backbones:
        backbone = network.get_submodule(name)
        assert isinstance(backbone, EfficientNetLite)
        public.load(backbone, network.config, lambda state, own=backbone: _without_classifier(own, state))
    return network


def _without_classifier(backbone: EfficientNetLite, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    given = backbone.from_published(state)
    return {name: value for name, value in given.items() if not name.startswith("classifier.")}


class LiteFusion(gong2022.DetailFusion):
    """STC, MFF and answers of `gong2022` behind two EfficientNet-Lite0."""

    config: Config

    def backbone(self, channels: int) -> nn.Module:
        """A new backbone; flow is given to it as a picture of three channels."""
        made = EfficientNetLite(efficientnet_lite.Config(self.config.classes, max(channels, COLOUR)))
        made.add_module("classifier", nn.Identity())  # M stands in its place
        for norm in (module for module in made.modules() if isinstance(module, nn.BatchNorm2d)):
            norm.momentum = self.config.norm_momentum
        return made

    def frame_maps(self, name: str, frames: Tensor) -> Tensor:
        """The last maps of a backbone: (N, 3, H, W), or (N, 2, H, W) of flow -> (N, 1280, h, w)."""
        backbone = self.get_submodule(name)
        assert isinstance(backbone, EfficientNetLite)
        seen = picture(frames) if name == "flow" else frames
        # pictures that lie channels last take two fifths less time on a CPU: measured at 96 pixels
        (maps,) = backbone.frames(seen.contiguous(memory_format=torch.channels_last)[:, :, None])
        return maps


def picture(flow: Tensor) -> Tensor:
    """Flow (N, 2, H, W) -> u, v and speed, which begins at -1, (N, 3, H, W)."""
    field = CONTRAST * flow
    return torch.cat([field, torch.linalg.vector_norm(field, dim=1, keepdim=True) - 1], dim=1)
