"""Dual-path 3-D ResNet with the cross dual-attention module (CDA): Tian Wei, 2025, Table 1 and
Figures 1-4.

A sparse pathway sees every alpha-th frame with many channels, a dense pathway sees all frames with
beta times as many. After each of four stages the module exchanges features: dense to sparse through
temporal max-pooling and channel attention (eq. 3-6), sparse to dense through self-attention along
W, H and T (eq. 1-2) and upsampling in time.

The paper's symbols: alpha = frames dense / frames sparse, beta = channels dense / channels sparse,
C = channels of a sparse stage, tau = stride of the sparse sampling. Decisions W1-W15 where the
paper is silent or contradicts itself are named at the argument that switches them; what they decide
is in repro/papers/wei2025/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from math import log2
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks.slowfast import from_pytorchvideo
from repro.nn import public
from repro.nn.config import Published, require
from repro.nn.convolution import Conv3d
from repro.nn.resnet import Stem, check_beta, every, stage

Inside = dict[str, Tensor]
AXES = {"W": 3, "H": 2, "T": 1}  # axis of a channels-last map (B, T, H, W, C)


class Config(Published):
    """All switches; the defaults are the paper's Table 1 with our reading of the rest."""

    pathways: Literal["both", "sparse", "dense"] = "both"
    # both directions, or one of them (claim both-directions-needed)
    interaction: Literal["none", "cda", "d2s", "s2d"] = "cda"
    width: int = 64  # channels of the sparse stem; 64 in Table 1
    alpha: int = 8  # 32 dense frames / 4 sparse frames
    beta: float = 1 / 8
    blocks: tuple[int, ...] = (3, 3, 3, 3)  # W1: Table 1 and prose say three; ResNet-50 has 3, 4, 6, 3
    sparse_temporal: tuple[int, ...] = (1, 1, 3, 3)  # W2: temporal kernels per stage, as printed
    dense_temporal: tuple[int, ...] = (3, 3, 1, 1)  # W2: as printed; SlowFast has (3, 3, 3, 3)
    dropout: float = 0.5
    d2s: Literal["maxpool", "tconv", "both", "time_to_channel", "interval_sample"] = "maxpool"  # W4, W5; C: both
    channel_attention: bool = True  # eq. (3)-(6) on what goes from dense to sparse
    s2d_merge: Literal["concat", "add"] = "concat"  # W6
    last_cda: bool = True  # W7: "four rounds", so the fourth feeds the pooled features
    # W8: each axis has Q, K, V of its own, because the text reshapes for each of "three independent
    # attention operations" and then projects; True: one triple for all three
    axis_shared: bool = False
    round_shared: bool = True  # W8: "the two self-attention modules share parameters"
    attn_mode: Literal["parallel", "sequential"] = "parallel"  # W9, W10: one residual per round
    rounds: int = 2  # W9: the paper's number; three are needed before every pixel sees all others
    attn_residual: bool = True  # eq. (2) adds what was attended to what came; False: it takes its place
    attn_gain: bool = False  # W11: a learnable gain, zero at the start, on the attended sum

    def __post_init__(self) -> None:
        self.check(rounds=1, alpha=1, blocks=1)
        most = min(len(self.sparse_temporal), len(self.dense_temporal))
        kernels = (*self.sparse_temporal, *self.dense_temporal)
        require(all(k % 2 for k in kernels), "temporal kernels must be odd to have a middle", kernels)
        require(
            len(self.blocks) <= most, "each stage needs a temporal kernel in both pathways", f"blocks {self.blocks}"
        )
        check_beta(self.width, self.beta)


def build(classes: int, in_channels: int, **arguments: Any) -> DualPath:
    """The network of a run, its pathways with a SlowFast's published weights where `weights` names
    them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    network = DualPath(Config(classes, in_channels, **arguments))
    return public.load(network, network.config, partial(from_slowfast, network))


def eca_kernel(channels: int, gamma: int = 2, b: int = 1) -> int:
    """Kernel size of channel attention, eq. (4): (log2 C + b) / gamma, made odd as ECA-Net does it
    (W12).
    """
    k = int(abs((log2(channels) + b) / gamma))
    return k if k % 2 else k + 1


class ChannelAttention(nn.Module):
    """Efficient channel attention on a 3-D map, eq. (3)-(6): one kernel shared by all channels
    (W13).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        k = eca_kernel(channels)
        self.conv = nn.Conv1d(1, 1, k, padding=k // 2, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, T, H, W) -> the reweighted map plus itself, and the weights (B, C)."""
        pooled = x.mean(dim=(2, 3, 4))  # (B, C)
        weight = self.conv(pooled.unsqueeze(1)).squeeze(1).sigmoid()  # (B, C)
        return weight[:, :, None, None, None] * x + x, weight


class AxisAttention(nn.Module):
    """Self-attention along W, H and T of a channels-last map, repeated; eq. (1)-(2), full width,
    one head (W11).
    """

    def __init__(self, channels: int, config: Config) -> None:
        super().__init__()
        self.config = config
        sets = (1 if config.axis_shared else len(AXES)) * (1 if config.round_shared else config.rounds)
        # Q, K, V as 1x1x1 convolutions
        self.project = nn.ModuleList(nn.Linear(channels, 3 * channels) for _ in range(sets))
        self.gain = nn.Parameter(torch.zeros(())) if config.attn_gain else None

    def forward(self, x: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """(B, T, H, W, C) -> the same shape; with `probe` also, per axis, the attention each cell
        receives (B, T, H, W).

        A received value of 1 is what uniform attention would give. It is taken in the last round.
        """
        received: Inside = {}
        for turn in range(self.config.rounds):
            total, qkv = torch.zeros_like(x), None
            for number, (name, axis) in enumerate(AXES.items()):
                sequential = self.config.attn_mode == "sequential"
                # shared and parallel: projected once a round
                if qkv is None or sequential or not self.config.axis_shared:
                    qkv = self._projection(turn, number)(x + total if sequential else x).chunk(3, dim=-1)
                total = total + attend(*qkv, axis)
                if probe:
                    received[name] = received_attention(qkv[0], qkv[1], axis)
            total = total if self.gain is None else self.gain * total
            x = x + total if self.config.attn_residual else total
        return x, received

    def _projection(self, turn: int, axis: int) -> nn.Module:
        turn, axis = 0 if self.config.round_shared else turn, 0 if self.config.axis_shared else axis
        return self.project[turn * (1 if self.config.axis_shared else len(AXES)) + axis]


def attend(q: Tensor, k: Tensor, v: Tensor, axis: int) -> Tensor:
    """softmax(Q K^T / sqrt(d)) V along one axis of channels-last maps (B, T, H, W, C), eq. (1)."""
    shape = q.transpose(axis, 3).shape
    q, k, v = (m.transpose(axis, 3).flatten(0, 1) for m in (q, k, v))  # the axis is the sequence: (B ., ., L, C)
    return F.scaled_dot_product_attention(q, k, v).view(shape).transpose(axis, 3)


def received_attention(q: Tensor, k: Tensor, axis: int) -> Tensor:
    """Column sums of the attention matrices along one axis: (B, T, H, W); 1 everywhere when
    attention is uniform.
    """
    q, k = q.transpose(axis, 3), k.transpose(axis, 3)  # (B, ., ., L, C)
    weights = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(dim=-1)  # (B, ., ., L, L)
    return weights.sum(dim=-2, keepdim=True).transpose(-1, -2).transpose(axis, 3).squeeze(-1)


class CrossDualAttention(nn.Module):
    """The module of Figure 2 after one stage: both directions, or the one that `config.interaction`
    names.
    """

    def __init__(self, sparse: int, dense: int, config: Config) -> None:
        super().__init__()
        self.config = config
        self.fan_out = {"sparse": sparse, "dense": dense}
        if config.interaction in ("cda", "d2s"):
            extra = dense * {"tconv": 2, "both": 3, "time_to_channel": config.alpha}.get(config.d2s, 1)
            if config.d2s in ("tconv", "both"):  # W4: "5 x 1 x 2" cannot keep W; 5x1x1 can
                self.tconv = Conv3d(dense, 2 * dense, (5, 1, 1), (config.alpha, 1, 1), (2, 0, 0), bias=False)
            if config.channel_attention:
                self.channel = ChannelAttention(extra)
            self.fan_out["sparse"] += extra
        if config.interaction in ("cda", "s2d"):
            self.reduce = Conv3d(sparse, dense, 1)  # W14: first, so that the expensive parts work on small maps
            self.axes = AxisAttention(dense, config)
            self.fan_out["dense"] += dense if config.s2d_merge == "concat" else 0

    def forward(self, sp: Tensor, de: Tensor, probe: bool = False) -> tuple[Tensor, Tensor, Inside]:
        """Sp (B, C, T, H, W), de (B, beta C, alpha T, H, W) -> both with what the other pathway
        gave them, and the insides.
        """
        inside: Inside = {}
        new_sp, new_de = sp, de
        if self.config.interaction in ("cda", "d2s"):
            p = self._shorten(de)  # (B, beta C, T, H, W)
            if self.config.channel_attention:
                p, inside["channel"] = self.channel(p)
            new_sp = torch.cat([sp, p], dim=1)  # (B, C + beta C, T, H, W)
        if self.config.interaction in ("cda", "s2d"):
            q = self.reduce(sp).permute(0, 2, 3, 4, 1)  # (B, T, H, W, beta C)
            q, received = self.axes(q, probe)
            inside.update(received)
            q = q.permute(0, 4, 1, 2, 3).repeat_interleave(self.config.alpha, dim=2)  # (B, beta C, alpha T, H, W)
            # W6: (B, 2 beta C, alpha T, H, W) or (B, beta C, alpha T, H, W)
            new_de = torch.cat([de, q], dim=1) if self.config.s2d_merge == "concat" else de + q
        return new_sp, new_de, inside

    def _shorten(self, de: Tensor) -> Tensor:
        """Dense frames brought to the sparse rate (W5)."""
        alpha = self.config.alpha
        match self.config.d2s:
            case "maxpool":
                return F.max_pool3d(de, (alpha, 1, 1))  # (B, beta C, T, H, W)
            case "interval_sample":
                return de[:, :, ::alpha]  # (B, beta C, T, H, W)
            case "tconv":
                return self.tconv(de)  # (B, 2 beta C, T, H, W)
            case "both":
                return torch.cat([F.max_pool3d(de, (alpha, 1, 1)), self.tconv(de)], dim=1)  # (B, 3 beta C, T, H, W)
        return de.unflatten(2, (-1, alpha)).movedim(3, 2).flatten(1, 2)  # time_to_channel: (B, alpha beta C, T, H, W)


class DualPath(nn.Module):
    """Figure 1: two pathways, an exchange after each stage, global average, concatenation (W15),
    dropout, classifier.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.names = ("sparse", "dense") if config.pathways == "both" else (config.pathways,)
        width = {"sparse": config.width, "dense": int(config.width * config.beta)}
        temporal = {"sparse": (1, *config.sparse_temporal), "dense": (5, *config.dense_temporal)}
        fan = dict(width)
        for name in self.names:
            self.add_module(name, nn.ModuleDict({"stem": Stem(config.in_channels, width[name], temporal[name][0])}))
        self.exchange = nn.ModuleDict()
        for i, units in enumerate(config.blocks, start=1):
            for name in self.names:
                inner = width[name] * 2 ** (i - 1)
                part = stage(fan[name], inner, [temporal[name][i]] * units, 1 if i == 1 else 2)
                self.get_submodule(name).add_module(f"stage{i}", part)
                fan[name] = 4 * inner
            if self._exchanges(i):
                self.exchange[f"stage{i}"] = exchange = CrossDualAttention(fan["sparse"], fan["dense"], config)
                fan.update(exchange.fan_out)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(sum(fan[name] for name in self.names), config.classes)

    def _exchanges(self, i: int) -> bool:
        wanted = self.config.pathways == "both" and self.config.interaction != "none"
        return wanted and (i < len(self.config.blocks) or self.config.last_cda)

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """Clip (B, C, alpha T, H, W) -> logits (B, K) and the named inner maps, `<pathway>.<stage>`
        and `exchange.<stage>.<what>`.

        `probe` also keeps the attention received along each axis, which costs explicit attention
        matrices. Raises ValueError when the number of frames is no multiple of alpha.
        """
        x = {"sparse": every(clip, self.config.alpha), "dense": clip}  # W3: frame subsampling, no parameters
        inside: Inside = {f"{name}.input": x[name] for name in self.names}
        for name in self.names:
            inside[f"{name}.stem"], x[name] = self.get_submodule(f"{name}.stem")(x[name])
            inside[f"{name}.pool"] = x[name]
        for i in range(1, len(self.config.blocks) + 1):
            for name in self.names:
                x[name] = inside[f"{name}.stage{i}"] = self.get_submodule(f"{name}.stage{i}")(x[name])
            if self._exchanges(i):
                x["sparse"], x["dense"], own = self.exchange[f"stage{i}"](x["sparse"], x["dense"], probe)
                inside.update({f"exchange.stage{i}.{what}": value for what, value in own.items()})
        pooled = torch.cat([x[name].mean(dim=(2, 3, 4)) for name in self.names], dim=1)  # (B, sparse + dense channels)
        return self.classifier(self.dropout(pooled)), inside


def from_slowfast(network: DualPath, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the network, those of its pathways from PyTorchVideo's slowfast_r50 (build it
    with blocks 3,4,6,3 and dense_temporal 3,3,3,3; W24): slow is sparse, fast is dense.

    What a SlowFast has not, the modules and the classifier, stays as it began, and so do the
    weights of channels that the first unit of a stage is given by the other pathway.
    """
    config, own = network.config, network.state_dict()
    width = {"sparse": config.width, "dense": int(config.width * config.beta)}
    given = dict(own)
    for theirs, value in from_pytorchvideo(state).items():
        name = theirs.replace("slow.", "sparse.", 1).replace("fast.", "dense.", 1)
        lane, _, place = name.partition(".")
        if lane not in network.names:
            continue
        first = re.fullmatch(r"stage(\d)\.0\.(a|shortcut)\.0\.weight", place)
        if first and name in own and own[name].shape[2:] == value.shape[2:]:
            stage = int(first[1])
            channels = width[lane] * (4 * 2 ** (stage - 2) if stage > 1 else 1)  # the pathway's own
            value = torch.cat([value[:, :channels], own[name][:, channels:]], dim=1)  # (D, C, k, k, k)
        given[name] = value
    return given
