"""Spatiotemporal feature fusion for classification: Rowan Ackerly, 2025, Figure 1 and section 3.

Multi-scale convolutions look at every frame (space), scaled dot-product attention relates the steps
of a sequence (time, eq. 1), both vectors are weighted and added to one vector h, and a linear layer
maps h to the classes. Cross-entropy (eq. 2) and the penalty on the weights (eq. 3) belong to the
training loop.

The paper gives no layer size, no fusion formula, and no meaning of a time step in a still image.
Every size here is ours, as are the decisions A1 (what a step is), A2 (how both vectors are fused)
and A6 (spatial attention), named at the argument that switches them. Both vectors are layer-normed
before they are weighted, or the longer one would outweigh the other whatever the weights say. The
paper's symbols: x_t = a step, d_k = width of one head, h = `latent`.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from repro.nn.config import Base, require

Inside = dict[str, Tensor]
KERNELS = (1, 3, 5, 7)  # of the parallel convolutions, as built; others get as many parameters
SCALES = 3  # maps that the hierarchical integration pools: the last three
VIEWS = 5  # crops of temporal_axis "views": four corners and the centre


class Config(Base):
    """All switches; the defaults are our reading at ImageNet's usual size."""

    size: tuple[int, int] = (224, 224)  # H, W of a frame: every step has a learned position, so their number is fixed
    frames: int = 1  # T
    width: int = 64  # channels of stem and stage 1; the others have 2, 4 and 4 times as many, and d = 4 x width
    stem_stride: Literal[1, 2] = 2
    stages: Literal[3, 4] = 4  # three for small pictures: the last one, which only makes the map smaller, is left out
    layers: int = 2  # attention layers
    heads: int = 4
    ratio: int = 2  # hidden width of their MLP / d
    dropout: float = 0.1
    # A1; auto: frames where T > 1, else patches
    temporal_axis: Literal["auto", "frames", "patches", "scales", "views"] = "auto"
    positions: bool = True
    kernels: tuple[int, ...] = KERNELS
    fusion: Literal["softmax_gate", "scalar", "channel_gate", "concat"] = "softmax_gate"  # A2
    normed: bool = True  # both vectors, before they are joined
    branches: Literal["both", "spatial", "temporal"] = "both"
    spatial_attn: Literal["none", "cbam"] = "none"  # A6: named in the paper by a citation only

    def __post_init__(self) -> None:
        self.check(size=1, frames=1, width=1, layers=1, heads=1, ratio=1, kernels=1)
        require(all(k % 2 for k in self.kernels), "kernels are odd, so that maps keep their size", self.kernels)
        require(self.width % len(KERNELS) == 0, f"width must be a multiple of {len(KERNELS)}, the kernels", self.width)
        require(self.d % self.heads == 0, f"heads must divide d = 4 x width = {self.d}", self.heads)

    @property
    def d(self) -> int:
        """D, width of a step, of both vectors and of h."""
        return 4 * self.width

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of the stem and of every stage."""
        return tuple(self.width * times for times in (1, 1, 2, 4, 4)[: 1 + self.stages])

    @property
    def strides(self) -> tuple[int, ...]:
        """Stride of the stem and of every stage."""
        return (self.stem_stride, 1, *(2,) * (self.stages - 1))

    @property
    def axis(self) -> str:
        """What a step is, with `auto` resolved (A1)."""
        return self.temporal_axis if self.temporal_axis != "auto" else "frames" if self.frames > 1 else "patches"

    @property
    def steps(self) -> int:
        """S, steps that attention relates."""
        height, width = self.size
        for stride in self.strides:
            height, width = -(-height // stride), -(-width // stride)
        known = {"frames": self.frames, "patches": self.frames * height * width, "scales": SCALES, "views": VIEWS}
        return known[self.axis]


def build(classes: int, in_channels: int, **arguments: Any) -> FusionNetwork:
    """The network of a run. Raises TypeError on an unknown argument and ValueError on an impossible
    one.
    """
    return FusionNetwork(Config(classes, in_channels, **arguments))


class MultiScale(nn.Module):
    """Parallel convolutions of several kernel sizes, joined by a 1x1 convolution; plus its input
    where the shapes agree. Other kernels than KERNELS have more or fewer channels each, so that the
    block has as many parameters as with those, but for rounding.

    The one of kernel 1 is given only the positions that its stride would visit: oneDNN (3.13)
    writes past its buffers in the weights' gradient of a strided 1x1 convolution of few channels
    that lie last (uxlfoundation/oneDNN#6035).
    """

    def __init__(self, fan_in: int, fan_out: int, stride: int, kernels: tuple[int, ...] = KERNELS) -> None:
        super().__init__()
        of, own = (fan_in * sum(k * k for k in some) / len(some) + fan_out for some in (KERNELS, kernels))
        part = max(1, round(fan_out * of / own / len(kernels)))  # channels of each branch
        self.stride, self.kernels, wide = stride, kernels, part * len(kernels)
        strides = {k: stride if k > 1 else 1 for k in kernels}
        branches = (nn.Conv2d(fan_in, part, k, strides[k], k // 2, bias=False) for k in kernels)
        self.branches = nn.ModuleList(branches)
        # per channel, so one norm is the norm of every branch
        self.inner = nn.Sequential(nn.BatchNorm2d(wide), nn.ReLU())
        self.join = nn.Sequential(nn.Conv2d(wide, fan_out, 1, bias=False), nn.BatchNorm2d(fan_out))
        self.residual = fan_in == fan_out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C', H / stride, W / stride), rounded up."""
        visited = x[..., :: self.stride, :: self.stride]  # (N, C, H / stride, W / stride), rounded up
        parts = [branch(visited if k == 1 else x) for k, branch in zip(self.kernels, self.branches, strict=True)]
        y = self.join(self.inner(torch.cat(parts, dim=1)))  # (N, C', H / stride, W / stride)
        return torch.relu(y + x if self.residual else y)


class SpatialAttention(nn.Module):
    """Where to look in a map: the spatial half of CBAM (Woo et al. 2018, section 3.2), a 7x7
    convolution of mean and maximum (A6).
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) -> the weighted map and its weights (N, 1, H, W)."""
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)  # (N, 2, H, W)
        weight = self.conv(pooled).sigmoid()  # (N, 1, H, W)
        return weight * x, weight


class SpatialEncoder(nn.Module):
    """The multi-scale stem, which is the paper's embedding as well (A5), the stages, and the
    hierarchical integration of the last maps.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        fan = config.in_channels
        self.names = ("stem", *(f"stage{i}" for i in range(1, config.stages + 1)))
        for name, channels, stride in zip(self.names, config.channels, config.strides, strict=True):
            self.add_module(name, MultiScale(fan, channels, stride, config.kernels))
            fan = channels
        attended = self.names[1:] if config.spatial_attn == "cbam" else ()
        self.attention = nn.ModuleDict({name: SpatialAttention() for name in attended})
        if config.branches != "temporal" or config.axis in ("frames", "views"):  # steps may be such vectors, too
            self.integrate = nn.Linear(sum(config.channels[-SCALES:]), config.d)

    def forward(self, x: Tensor) -> Inside:
        """Frames (N, C, H, W) -> the map of each stage (N, C', h, w), and `<stage>.attention` (N,
        1, h, w) with CBAM.
        """
        maps: Inside = {}
        for name in self.names:
            x = self.get_submodule(name)(x)
            if name in self.attention:
                x, maps[f"{name}.attention"] = self.attention[name](x)
            maps[name] = x
        return maps

    def pooled(self, maps: Inside) -> list[Tensor]:
        """Averages of the last three maps, (N, C') each."""
        return [maps[name].mean(dim=(2, 3)) for name in self.names[-SCALES:]]

    def vector(self, maps: Inside) -> Tensor:
        """Hierarchical integration: maps of N frames -> (N, D)."""
        return self.integrate(torch.cat(self.pooled(maps), dim=1))


def attend(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """softmax(Q K^T / sqrt(d_k)) V, eq. (1), of (..., S, d_k) each: (..., S, d_k), and the weights
    (..., S, S).

    The paper calls d_k a scaling factor; it is the width of a key. With one step every weight is 1
    and the result is V.
    """
    weights = (q @ k.transpose(-1, -2) / k.shape[-1] ** 0.5).softmax(dim=-1)  # (..., S, S)
    return weights @ v, weights


class AttentionLayer(nn.Module):
    """Attention of several heads, then an MLP, each added to what it was fed with, normed
    (pre-norm, as in ViT).
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        d = config.d
        self.heads = config.heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        # plain matrices, as eq. (1) names no offset; one added to every key would not change the
        # weights
        self.query, self.key, self.value = (nn.Linear(d, d, bias=False) for _ in range(3))
        self.project = nn.Linear(d, d)
        self.mlp = nn.Sequential(nn.Linear(d, config.ratio * d), nn.GELU(), nn.Linear(config.ratio * d, d))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, S, D) -> the same shape, and the weights of every head (B, heads, S, S)."""
        y = self.norm1(x)
        matrices = (self.query, self.key, self.value)
        q, k, v = (m(y).unflatten(2, (self.heads, -1)).transpose(1, 2) for m in matrices)  # (B, heads, S, d_k)
        y, weights = attend(q, k, v)
        x = x + self.project(y.transpose(1, 2).flatten(2))  # (B, S, D)
        return x + self.mlp(self.norm2(x)), weights


class TemporalBranch(nn.Module):
    """Learned positions, the attention layers and the average over steps."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.positions = nn.Parameter(torch.empty(config.steps, config.d)) if config.positions else None
        if self.positions is not None:
            # as large as sine positions (Vaswani et al. 2017), so that attention can tell frames
            # apart
            nn.init.normal_(self.positions, std=0.5**0.5)
        self.names = tuple(f"attention{i}" for i in range(1, config.layers + 1))
        for name in self.names:
            self.add_module(name, AttentionLayer(config))
        self.norm = nn.LayerNorm(config.d)

    def forward(self, x: Tensor) -> tuple[Tensor, Inside]:
        """Steps (B, S, D) -> one vector (B, D), the weights of each layer (B, heads, S, S), and
        what each step is given of them, `received` (B, S): the mean over layers, heads and those
        that look, 1 where all are given alike.
        """
        inside: Inside = {}
        if self.positions is not None:
            x = x + self.positions
        for name in self.names:
            x, inside[name] = self.get_submodule(name)(x)
        inside["received"] = torch.stack([w.mean(dim=1).sum(dim=1) for w in inside.values()]).mean(dim=0)
        return self.norm(x).mean(dim=1), inside


class Fusion(nn.Module):
    """The vectors of space and time weighted and added (A2), or both at once through a linear layer
    (`concat`).
    """

    def __init__(self, kind: str, d: int) -> None:
        super().__init__()
        self.kind = kind
        if kind == "scalar":
            self.balance = nn.Parameter(torch.zeros(2))  # the same two weights for every clip, equal at the start
        else:
            self.gate = nn.Linear(2 * d, 2 if kind == "softmax_gate" else d)

    def forward(self, space: Tensor, time: Tensor) -> tuple[Tensor, Inside]:
        """(B, D) and (B, D) -> (B, D), and with `softmax_gate` the weights of space and time (B,
        2).
        """
        if self.kind == "scalar":
            a, b = self.balance.softmax(dim=0)
            return a * space + b * time, {}
        scores = self.gate(torch.cat([space, time], dim=1))  # (B, 2) or (B, D)
        if self.kind == "concat":
            return scores, {}
        if self.kind == "channel_gate":
            gate = scores.sigmoid()  # (B, D)
            return gate * space + (1 - gate) * time, {}
        gate = scores.softmax(dim=1)  # (B, 2)
        return gate[:, :1] * space + gate[:, 1:] * time, {"gate": gate}


class FusionNetwork(nn.Module):
    """Figure 1: a multi-scale encoder per frame, attention over steps, fusion, classifier."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.spatial = SpatialEncoder(config)
        if config.branches != "spatial":
            fans = {"patches": config.channels[-1:], "scales": config.channels[-SCALES:]}.get(config.axis, ())
            self.embed = nn.ModuleList(nn.Linear(fan, config.d) for fan in fans)
            self.temporal = TemporalBranch(config)
        if config.branches == "both":
            self.fusion = Fusion(config.fusion, config.d)
        branches = ("spatial", "temporal") if config.branches == "both" else (config.branches,)
        self.norms = nn.ModuleDict({name: nn.LayerNorm(config.d) for name in branches if config.normed})
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.d, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, Inside]:
        """Clip (B, C, T, H, W) -> logits (B, K) and the inner tensors.

        `stem`, `stage1`, ... (B, C', T, h, w); `attention1`, ... (B, heads, S, S); `received` (B,
        S); `spatial`, `temporal` and `latent` (B, D), the first two as they are joined; `gate` (B,
        2), the weights of space and time. What a switch
        leaves out is not there; steps that are crops alone show no maps. Raises ValueError when the
        clip has another shape than the network was built for.
        """
        config = self.config
        wanted = (config.in_channels, config.frames, *config.size)
        given = tuple(clip.shape[1:])
        require(given == wanted, f"size and frames were set for clips (C, T, H, W) of {wanted}", given)
        crops_alone = config.branches == "temporal" and config.axis == "views"
        maps = {} if crops_alone else self.spatial(clip.transpose(1, 2).flatten(0, 1))  # (B T, C', h, w)
        inside: Inside = {name: m.unflatten(0, (-1, config.frames)).transpose(1, 2) for name, m in maps.items()}
        if config.branches != "temporal":
            inside["spatial"] = self._vectors(maps).mean(dim=1)  # (B, D)
        if config.branches != "spatial":
            inside["temporal"], weights = self.temporal(self._steps(clip, maps))
            inside |= weights
        inside |= {name: norm(inside[name]) for name, norm in self.norms.items()}
        if config.branches == "both":
            inside["latent"], weights = self.fusion(inside["spatial"], inside["temporal"])
            inside |= weights
        else:
            inside["latent"] = inside[config.branches]
        return self.classifier(self.dropout(inside["latent"])), inside

    def _vectors(self, maps: Inside) -> Tensor:
        """The vector of every frame: (B, T, D)."""
        return self.spatial.vector(maps).unflatten(0, (-1, self.config.frames))

    def _steps(self, clip: Tensor, maps: Inside) -> Tensor:
        """What attention relates (A1): (B, S, D). Scales and views are averaged over T."""
        frames = self.config.frames
        match self.config.axis:
            case "frames":
                return self._vectors(maps)
            case "patches":
                cells = maps[self.spatial.names[-1]].flatten(2).transpose(1, 2)  # (B T, h w, C')
                return self.embed[0](cells.unflatten(0, (-1, frames)).flatten(1, 2))  # (B, T h w, D)
            case "scales":
                pooled = (y.unflatten(0, (-1, frames)).mean(dim=1) for y in self.spatial.pooled(maps))  # (B, C') each
                return torch.stack([linear(y) for linear, y in zip(self.embed, pooled, strict=True)], dim=1)
        crops = torch.cat(five_views(clip)).transpose(1, 2).flatten(0, 1)  # (V B T, C, h, w)
        vectors = self._vectors(self.spatial(crops)).mean(dim=1)  # (V B, D)
        return vectors.unflatten(0, (VIEWS, -1)).transpose(0, 1)


def five_views(clip: Tensor) -> list[Tensor]:
    """The four corners and the centre of a clip (B, C, T, H, W), three quarters of each side."""
    height, width = clip.shape[-2:]
    h, w = max(1, 3 * height // 4), max(1, 3 * width // 4)
    corners = [(y, x) for y in (0, height - h) for x in (0, width - w)]
    return [clip[..., y : y + h, x : x + w] for y, x in [*corners, ((height - h) // 2, (width - w) // 2)]]
