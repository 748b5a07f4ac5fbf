"""What the kit expects of a network: one module per network, whose name is the network's name.

A module has `build`, and `load_backbone` where the network can begin from a backbone that was
trained on images. Settings are the fields of its `Config`, or the keywords of its `build`. Trees
(`trees`) are no network of layers: the task `boost` grows them by a class of its own.

Shapes: B batch, C channels, T frames, H W space, K classes, D width.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn


class Network(Protocol):
    """What `build` returns: a torch module that classifies clips and shows what it computed on the
    way.

    Two members are optional. `backbones: tuple[str, ...]` names the children (with dots where they
    lie deeper) that `Recipe.backbone_rate` gives a learning rate of their own. `maps(clip)` gives
    the last maps of the backbones, (B, D, T, h, w), which the task `features` stores and which the
    same network built with `reads="maps"` takes as its input.
    """

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the inside: named inner tensors, batch first.

        The inside holds maps (B, D, T, h, w), scores (B, K) or (B, T, K), attention and the like;
        what each network names is told where it is defined. `auxiliary` (B,) is added to the loss.
        `probe` asks for inner tensors that cost more than the forward pass itself; only networks
        that have such tensors take it. When evaluated, the answer to a clip does not depend on the
        others in its batch.

        Raises ValueError on a clip of a shape that the network was not built for.
        """
        ...


class NetworkModule(Protocol):
    """A module of this package."""

    def build(self, classes: int, in_channels: int, **arguments: Any) -> nn.Module:
        """The network (see `Network`) for K = `classes` and C = `in_channels`, with settings of its
        own. Weights are drawn from torch's global generator in the order of construction.

        Raises TypeError on an unknown argument and ValueError on an impossible one.
        """
        ...


class PretrainedModule(NetworkModule, Protocol):
    """A module whose network can take over a backbone."""

    def load_backbone(self, network: nn.Module, state: Mapping[str, Tensor]) -> None:
        """Copy what `state`, the tensors of a network trained on images, has for the backbones of
        `network`; everything else stays as it began. Raises ValueError when it does not fit.
        """
        ...
