"""Spatiotemporal detail attention and feature fusion (VCM-SDD): Gong and Li, 2022 (Figures 3 to 5,
equations 1 to 14).

A clip is n segments of T frames. Two ResNet-101 backbones see every frame, one its colours, the
other the flow fields around it. Within a segment each modality's map is smoothed over neighbours in
time and space, with weights from their geometry alone (STC, eq. 3-10); then each modality looks
into the other by cross attention (MFF, eq. 11-12). The mean of each goes to its own linear layer M,
and the answers are averaged over modalities and segments (eq. 13-14).

The input has 3 + 2 L channels: red, green, blue, then u and v of each flow field (G19). With colour
(3) or flow (2 L) alone there is one backbone and no MFF. Decisions G4 to G19 where the paper is
silent or contradicts itself are named at the argument that switches them. With `reads="maps"` the
backbones are left out and their last maps are the input, as `DetailFusion.maps` gives them. What
stands on another backbone (`gong2022_lite`) shares all but that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import log
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public, resnet
from repro.nn.config import Published, require
from repro.nn.consistency import Consistency, Content, Metric
from repro.nn.modalities import COLOUR, FLOW, modalities

Inside = dict[str, Tensor]
TINY = 1e-6  # least norm of the logits: maps of zeros must not divide by it
LEAD = {"video": 1, "segment": 2, "frame": 3}  # axes of (B, n, T, h, w, D) that MFF keeps apart


class Modules(Published):
    """The switches of everything behind the backbones."""

    in_channels: int = COLOUR + FLOW * 5  # G19: five flow fields
    frames: int = 6  # T, of a segment; a clip holds n segments, whatever n is
    project: int = 0  # maps are handed on by a fixed random projection to so many channels; 0: all of them
    stc: bool = True  # Table 2; without: the maps as they come
    graph_metric: Metric = "chebyshev"  # G4
    graph_radius: int = 2  # G4
    self_loop: bool = True  # G5
    stc_residual: bool = False  # G6: eq. (9) has none
    stc_content: Content = "none"  # G8
    stc_learned: bool = True  # W_p and W_g; without: all neighbours weigh the same
    geom_eps: float = 1e-3  # G2: e of eq. (6)
    mff: bool = True  # Table 2; without: each modality's own mean goes to its M, eq. (13)
    mff_scale: Literal["sqrt_dk", "norm"] = "sqrt_dk"  # G10; norm: the root of the logits' Frobenius norm, as printed
    mff_literal12: bool = True  # G11: eq. (12) with the very product of eq. (11), as printed; False: roles exchanged
    mff_proj: bool = False  # G12: learned queries, keys, values and output
    mff_residual: bool = False  # what a modality took is added to its own map; eq. (11)-(12) add nothing
    mff_scope: Literal["segment", "frame", "video"] = "segment"  # G13: who looks at whom
    heads: int = 8  # G12: not given in the paper
    share_head: bool = False  # G15: one M for both modalities
    consensus: Literal["logits", "softmax"] = "logits"  # G15: what is averaged
    dropout: float = 0.5  # before M; not given in the paper, we use the usual fraction
    reads: Literal["frames", "maps"] = "frames"

    def __post_init__(self) -> None:
        self.check(frames=1, heads=1, graph_radius=1, project=0)
        two, divided = len(self.modalities) == 2, self.depth % self.heads == 0
        require(two or not self.mff, "mff looks from one modality into the other, one alone wants mff=False", "one")
        require(divided or not self.mff, f"heads must divide the {self.depth} channels of the maps", self.heads)

    @property
    def full_depth(self) -> int:
        """Channels of a backbone's last map."""
        raise NotImplementedError

    @property
    def depth(self) -> int:
        """D, channels of the maps that STC and MFF see."""
        return self.project or self.full_depth

    @property
    def modalities(self) -> dict[str, int]:
        """What the input holds, with its channels. Raises ValueError on impossible numbers."""
        return modalities("gong2022", self.in_channels, maps=self.depth if self.reads == "maps" else 0)


class Config(Modules):
    """All switches; the defaults are the paper's sizes with our reading of the rest. Published
    weights are torchvision's resnet101.
    """

    width: int = resnet.FULL  # channels of the stem
    blocks: tuple[int, ...] = (3, 4, 23, 3)
    halvings: int = 5  # of height and width, see resnet.Backbone
    # partial batch norm (Wang et al. 2016): mean and variance of all batch norms but each
    # backbone's first stay
    freeze_norm: bool = False
    cross_modality_init: bool = True  # G19: flow's first convolution is the mean of a given one over the colours

    def __post_init__(self) -> None:
        self.check(width=1, blocks=1)
        super().__post_init__()

    @property
    def full_depth(self) -> int:
        """Channels of a backbone's last map."""
        return 4 * self.width * 2 ** (len(self.blocks) - 1)


def build(classes: int, in_channels: int, **arguments: Any) -> DetailFusion:
    """The network of a run, its backbones with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible one, and what `public.load`
    raises.
    """
    network = DetailFusion(Config(classes, in_channels, **arguments))
    return public.load(network, network.config, partial(published, network), head="head")


def published(network: DetailFusion, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the network: both backbones from torchvision's resnet101, the rest as it is;
    its classifier is left out.
    """
    backbone = resnet.from_torchvision(state)
    for name in ("fc.weight", "fc.bias"):
        backbone.pop(name, None)
    return resnet.with_backbone(network, network.backbones, backbone) | network.anew()


def load_backbone(network: DetailFusion, state: Mapping[str, Tensor]) -> None:
    """Copy a backbone that was trained on single images, the tensors `backbone.*` of a tsn, into
    every backbone; the rest stays as it began. Raises ValueError where there is none or it does not
    fit.
    """
    resnet.load_backbone(network, network.backbones, state, network.anew())


class CrossAttention(nn.Module):
    """Eq. (11) or (12): softmax(Q K^T / scale) V in heads, without projections as printed, or with
    four of D x D (`mff_proj`, G12).
    """

    def __init__(self, config: Modules) -> None:
        super().__init__()
        self.heads, self.scale = config.heads, config.mff_scale
        linear = partial(nn.Linear, config.depth, config.depth, bias=False) if config.mff_proj else nn.Identity
        self.q, self.k, self.v, self.out = (linear() for _ in range(4))

    def forward(self, query: Tensor, key: Tensor, value: Tensor, received: list[Tensor] | None = None) -> Tensor:
        """(N, L, D) each -> (N, L, D). To `received` is appended what each key received, averaged
        over heads, (N, L): 1 everywhere where all are looked at alike.
        """
        q, k, v = self.split(self.q(query)), self.split(self.k(key)), self.split(self.v(value))
        if received is None and self.scale == "sqrt_dk":
            y = F.scaled_dot_product_attention(q, k, v)
        else:
            y = (weights := self.look(q, k)) @ v
            if received is not None:
                received.append(weights.detach().mean(dim=1).sum(dim=1))
        return self.out(y.transpose(1, 2).flatten(2))  # (N, L, D)

    def split(self, x: Tensor) -> Tensor:
        """(N, L, D) -> (N, heads, L, D/heads)."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def look(self, q: Tensor, k: Tensor) -> Tensor:
        """How much each query looks at each key: 2 x (N, heads, L, D/heads) -> (N, heads, L, L),
        rows that sum to 1.
        """
        logits = q @ k.transpose(2, 3)  # (N, heads, L, L); the paper prints no transpose (G9)
        if self.scale == "norm":
            norm = torch.linalg.vector_norm(logits, dim=(2, 3), keepdim=True)  # Frobenius, by sample and head (G10)
            return (logits / norm.clamp(min=TINY).sqrt()).softmax(dim=3)
        return (logits / q.shape[3] ** 0.5).softmax(dim=3)


class MultimodalFusion(nn.Module):
    """MFF: the colours look into the flow and the flow into the colours, eq. (11)-(12)."""

    def __init__(self, config: Modules) -> None:
        super().__init__()
        self.lead = LEAD[config.mff_scope]
        self.literal, self.residual = config.mff_literal12, config.mff_residual
        self.rgb, self.flow = CrossAttention(config), CrossAttention(config)

    def forward(self, rgb: Tensor, flow: Tensor, probe: bool = False) -> tuple[dict[str, Tensor], Inside]:
        """2 x (B, n, T, h, w, D) -> what each modality took from the other, of the same shape.

        With `probe` also `rgb.attention`, what every position of the flow map received from the
        colours' queries in the middle segment, and `flow.attention`, both (B, T, h, w): 1 is what
        equal attention to all positions would give.
        """
        shape, lead = rgb.shape, self.lead
        # (N, L, D): N videos, segments or frames, and the L positions of each
        r, f = (x.flatten(lead, 4).flatten(0, lead - 1) for x in (rgb, flow))
        asked = {"rgb": (r, f, f), "flow": (r, f, r) if self.literal else (f, r, r)}
        attentions: dict[str, CrossAttention] = {"rgb": self.rgb, "flow": self.flow}
        received: list[Tensor] | None = [] if probe else None
        fused = {name: attentions[name](*qkv, received).view(shape) for name, qkv in asked.items()}
        if self.residual:
            fused = {"rgb": rgb + fused["rgb"], "flow": flow + fused["flow"]}
        seen = [weight.view(shape[:-1])[:, shape[1] // 2] for weight in received or ()]  # (B, T, h, w) each
        return fused, {f"{name}.attention": weight for name, weight in zip(asked, seen, strict=False)}


class DetailFusion(nn.Module):
    """Backbones, STC, MFF and the answers of Figure 3."""

    def __init__(self, config: Modules) -> None:
        super().__init__()
        self.config = config
        self.channels = config.modalities
        self.backbones: tuple[str, ...] = tuple(self.channels) if config.reads == "frames" else ()
        for name in self.backbones:
            self.add_module(name, self.backbone(self.channels[name]))
        if config.project and self.backbones:
            draw = torch.randn(config.full_depth, config.project, generator=torch.Generator().manual_seed(0))
            self.register_buffer("projection", draw / config.project**0.5, persistent=False)
        if config.stc:
            graph = (config.graph_metric, config.graph_radius, config.self_loop)
            rules = (*graph, config.stc_residual, config.stc_content, config.geom_eps)
            self.stc = nn.ModuleDict({name: Consistency(*rules) for name in self.channels})
            if not config.stc_learned:
                for weight in self.stc.parameters():
                    nn.init.zeros_(weight).requires_grad_(False)
        if config.mff:
            self.mff = MultimodalFusion(config)
        self.dropout = nn.Dropout(config.dropout)
        linear = partial(nn.Linear, config.depth, config.classes)
        self.head = linear() if config.share_head else nn.ModuleDict({name: linear() for name in self.channels})
        self.train()

    def backbone(self, channels: int) -> nn.Module:
        """A new backbone for so many channels."""
        config = self.config
        assert isinstance(config, Config)
        return resnet.Backbone(channels, config.width, config.blocks, config.halvings)

    def anew(self) -> dict[str, Tensor]:
        """The tensors of a flow backbone's first convolution and batch norm where they stay as they
        began (G19).
        """
        if getattr(self.config, "cross_modality_init", True) or "flow" not in self.backbones:
            return {}
        return {name: value for name, value in self.state_dict().items() if name.startswith("flow.stem.")}

    def train(self, mode: bool = True) -> DetailFusion:
        """As every module's, but with `freeze_norm` all batch norms but each backbone's first go on
        using the statistics they came with.
        """
        super().train(mode)
        for name in self.backbones if getattr(self.config, "freeze_norm", False) else ():
            for module in self.get_submodule(f"{name}.stages").modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """Clip (B, C, n T, H, W), or maps (B, D or 2D, n T, h, w), and any n -> logits (B, K) and
        the inner maps.

        These are, of each modality, `rgb.map`, `rgb.stc` and `rgb.mff`, (B, D, n T, h, w), and
        `rgb.scores` (B, K), the softmax of its answer alone. When not training also, the same for
        every clip, `rgb.kernel`, the weights of STC far from the borders (B, 5, 5, 5), and
        `rgb.relation`, W_p and W_g side by side (B, 32, 4); and of frames `moving`, see
        `on_what_moves`. `probe` adds `rgb.attention` and `flow.attention`, see MultimodalFusion.
        Raises ValueError when the frames are no whole number of segments.
        """
        segments, rest = divmod(clip.shape[2], frames := self.config.frames)
        require(segments > 0 == rest, f"the clip must have a multiple of frames = {frames} frames", clip.shape[2])
        maps = self.last(clip)  # (B, D, n T, h, w) each
        inside = {f"{name}.map": x for name, x in maps.items()}
        tokens = {name: x.movedim(1, -1).unflatten(1, (segments, -1)) for name, x in maps.items()}  # (B, n, T, h, w, D)
        if self.config.stc:
            for name in self.channels:
                part = self.stc[name]
                assert isinstance(part, Consistency)
                tokens[name] = part(tokens[name].flatten(0, 1)).unflatten(0, (-1, segments))  # (B, n, T, h, w, D)
                inside[f"{name}.stc"] = as_map(tokens[name])
                if not self.training:
                    inside[f"{name}.kernel"] = part.kernel(self.config.frames).expand(len(clip), -1, -1, -1)
                    relation = torch.cat([part.project.weight, part.score.weight.T], dim=1)  # (32, 4)
                    inside[f"{name}.relation"] = relation.expand(len(clip), -1, -1)
        if self.config.mff:
            seen = probe or not self.training
            tokens, attention = self.mff(tokens["rgb"], tokens["flow"], seen)  # (B, n, T, h, w, D) each
            inside |= {f"{name}.mff": as_map(x) for name, x in tokens.items()} | (attention if probe else {})
            if seen and self.backbones:
                flow = clip.unflatten(2, (segments, frames))[:, self.channels["rgb"] :, segments // 2]
                inside["moving"] = on_what_moves(attention["rgb.attention"], flow)
        answers = {name: self.answer(name, x) for name, x in tokens.items()}  # (B, n, K)
        inside |= {f"{name}.scores": self.consensus([answer]).softmax(dim=1) for name, answer in answers.items()}
        return self.consensus(list(answers.values())), inside

    def last(self, clip: Tensor) -> dict[str, Tensor]:
        """The last map of each modality, (B, D, n T, h, w), eq. (1)-(2), projected where `project`
        asks for it; stored maps are only split.
        """
        parts = dict(zip(self.channels, clip.split(list(self.channels.values()), dim=1), strict=True))
        for name in self.backbones:
            x = self.frame_maps(name, parts[name].transpose(1, 2).flatten(0, 1))  # (B n T, D, h, w)
            if self.config.project:
                x = torch.einsum("ndhw,dp->nphw", x, self.projection)
            parts[name] = x.unflatten(0, (len(clip), -1)).transpose(1, 2)  # (B, D, n T, h, w)
        return parts

    def frame_maps(self, name: str, frames: Tensor) -> Tensor:
        """The last maps of a backbone: (N, C, H, W) -> (N, D, h, w)."""
        return self.get_submodule(name)(frames)[0]

    def maps(self, clip: Tensor) -> Tensor:
        """What `reads="maps"` takes of a clip (B, C, n T, H, W): rgb's last map, then flow's, (B,
        2D, n T, h, w); or the one there is.
        """
        return torch.cat(list(self.last(clip).values()), dim=1)

    def answer(self, name: str, tokens: Tensor) -> Tensor:
        """M of the mean over a segment's positions, for every segment: (B, n, T, h, w, D) -> logits
        (B, n, K).
        """
        head = self.head[name] if isinstance(self.head, nn.ModuleDict) else self.head
        return head(self.dropout(tokens.mean(dim=(2, 3, 4))))

    def consensus(self, answers: list[Tensor]) -> Tensor:
        """Eq. (13)-(14), the average over modalities and segments, of logits or of softmax scores
        (G15): (B, n, K) each -> (B, K).
        """
        stacked = torch.cat(answers, dim=1)  # (B, modalities x n, K)
        if self.config.consensus == "softmax":
            return stacked.log_softmax(dim=2).logsumexp(dim=1) - log(stacked.shape[1])
        return stacked.mean(dim=1)


@torch.no_grad()
def on_what_moves(attention: Tensor, flow: Tensor) -> Tensor:
    """Of the attention that colour pays to flow in a segment, (B, T, h, w), the share on places
    that move faster than its mean, and their share of all places: (B, 2). flow: (B, 2 L, T, H, W).
    """
    first = 2 * (flow.shape[1] // 4)  # of the middle field
    speed = torch.linalg.vector_norm(flow[:, first : first + 2].float(), dim=1)  # (B, T, H, W)
    speed = F.adaptive_avg_pool2d(speed, (attention.shape[2], attention.shape[3]))
    moving = (speed > speed.mean(dim=(1, 2, 3), keepdim=True)).to(attention)
    spent = (attention * moving).sum(dim=(1, 2, 3)) / attention.sum(dim=(1, 2, 3))
    return torch.stack([spent, moving.mean(dim=(1, 2, 3))], dim=1)


def as_map(tokens: Tensor) -> Tensor:
    """(B, n, T, h, w, D) -> (B, D, n T, h, w)."""
    return tokens.flatten(1, 2).movedim(-1, 1)
