"""Spatiotemporal deep fusion network with frame attention: Ou and Sun, 2019 (Figures 2 to 8,
equations 1 to 12).

Two VGG-16 backbones see every sampled frame, one its colours, the other the L flow fields around
it. Their last maps are fused by a 3-D convolution over the T frames. The fused map and an fc6
vector made from it go into two layer-normalised LSTMs; a third one reads both sequences of states
and answers with its last one.

The input is one clip of 3 + 2 L channels: red, green, blue, then u and v of each flow field (O4).
With colour (3) or flow (2 L) alone there is one backbone. Decisions O1 to O13 where the paper is
silent or contradicts itself are named at the argument that switches them. With `reads="maps"` their
last maps are the input, as `DeepFusion.maps` gives them, or another network's of such a size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import log
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks.soft_attention import READ, Reads
from repro.networks.two_stream_fusion import Backbone
from repro.nn import public, vgg
from repro.nn.config import Published, require
from repro.nn.lstm import LSTM, ConvLSTM, Form
from repro.nn.modalities import COLOUR, FLOW, modalities

Inside = dict[str, Tensor]
SHOWN = (1, 6, 9)  # convolutions that Figure 7 shows
CHANNELS = 6  # of each, as there
NOISE = 1e-3  # standard deviation of what is added to the identity filter
# modalities that a fusion works on; the others take one or two
NEEDED = {"both_levels": 2, "late": 2, "sum": 2, "concat": 2, "none": 1}


class Config(Published):
    """All switches; the defaults are the paper's sizes. Published weights: torchvision's vgg16."""

    in_channels: int = COLOUR + FLOW * 4
    width: int = vgg.FULL  # channels of the first convolution; fc6 is scaled with it
    norm: vgg.Norm = "none"  # of the backbones; bn for narrow networks that start from nothing
    size: tuple[int, int] = (224, 224)  # pixels, H and W of a frame: fc6 and the LSTM on the map are made for it
    poolings: int = 4  # of a backbone; with 3 the map of a small frame is an eighth of it
    # O1; with one modality the filters are D to D. `sum` and `concat` have no weights
    fusion: Literal["conv3d", "conv2d1x1", "both_levels", "late", "sum", "concat", "none"] = "conv3d"
    fusion_init: Literal["identity_sum", "random"] = "identity_sum"  # O1
    cross_modality_init: bool = False  # O4: the first flow convolution is the mean of the published one over colours
    conv_stream: Literal["flatten", "gap", "pool5", "convlstm"] = "flatten"  # O7
    streams: Literal["both", "conv", "fc"] = "both"  # O13: which sequences the top LSTM reads
    hidden: int = 101  # O8: of every LSTM
    head: Literal["linear", "literal"] = "linear"  # O9: literal: the last state is the logits, its size K
    ln: Form = "tf_cell"  # O10
    mix: Literal["concat", "linear"] = "concat"  # O11
    answer: Literal["last", "mean"] = "last"  # O12
    dropout_fc6: float = 0.5
    dropout_lstm: float = 0.25  # on the states of every LSTM; a literal head has none on the last, they are logits
    reads: Reads = "frames"

    def __post_init__(self) -> None:
        self.check(width=1, hidden=1, poolings=1)
        require(self.poolings < len(vgg.GROUPS), "poolings stand between five groups of convolutions", self.poolings)
        least = 2 ** (self.poolings + 1)
        require(min(self.size) >= least, f"the pooling before fc6 needs a size of {least} pixels or more", self.size)
        names = " and ".join(self.modalities)
        fits = len(self.modalities) == NEEDED.get(self.fusion, len(self.modalities))
        require(fits, f"fusion {self.fusion!r} takes {NEEDED.get(self.fusion)} modalities", names)
        fits = self.conv_stream != "convlstm" or self.ln in ("tf_cell", "none")
        require(fits, "conv_stream 'convlstm' is normalised as tf_cell or none", f"ln {self.ln!r}")
        fits = not self.cross_modality_init or (self.weights != "" and "flow" in self.modalities)
        require(fits, "cross_modality_init wants published weights and flow", f"weights {self.weights!r} and {names}")

    @property
    def depth(self) -> int:
        """D, channels of a last map."""
        return self.width * vgg.GROUPS[-1][-1]

    @property
    def cells(self) -> tuple[int, int]:
        """Height and width of the last map."""
        height, width = (side // 2**self.poolings for side in self.size)
        return height, width

    @property
    def given(self) -> dict[str, int]:
        """What the input holds, with its channels. Raises ValueError on numbers that mean
        nothing.
        """
        found = modalities("ou2019", self.in_channels, maps=0 if self.reads == "frames" else self.depth)
        only = READ.get(self.reads)
        require(not only or only in found, f"reads {self.reads!r} wants maps of both modalities", self.in_channels)
        return found

    @property
    def modalities(self) -> dict[str, int]:
        """What is read of it."""
        found, only = self.given, READ.get(self.reads)
        return {only: found[only]} if only else found


def build(classes: int, in_channels: int, **arguments: Any) -> DeepFusion | Late:
    """The network of a run, its backbones and fc6 with published weights where `weights` names
    them.

    Raises TypeError on an unknown argument, ValueError on an impossible one, and what `public.load`
    raises.
    """
    config = Config(classes, in_channels, **arguments)
    network = Late(config) if config.fusion == "late" else DeepFusion(config)
    for part in network.networks() if isinstance(network, Late) else [network]:
        public.load(part, config, partial(published, part), head="head")
    return network


def published(network: DeepFusion, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the network: backbones and fc6 from torchvision's vgg16, the rest as it is.

    The first flow convolution is left too (the paper: random) unless `cross_modality_init`, and fc6
    where its size is another.
    """
    own, theirs = network.state_dict(), vgg.from_torchvision(state)
    given = {name: value for name, value in theirs.items() if not name.startswith(("convs.", "norms.", "fc"))}
    for name, value in own.items():
        part, _, layer = name.partition(".")
        first = name.startswith(("flow.convs.0.", "flow.norms.0."))
        if part in network.backbones and (network.config.cross_modality_init or not first):
            if layer in theirs:  # a tensor that the file lacks is missing
                kernel = theirs[layer]
                given[name] = public.for_flow(kernel, value.shape[1]) if first and kernel.ndim == 4 else kernel
        else:
            loaded = theirs.get(f"fc6.{layer.rpartition('.')[2]}") if part == "fc6" else None
            given[name] = loaded if loaded is not None and loaded.shape == value.shape else value
    return given


def interleave(rgb: Tensor, flow: Tensor) -> Tensor:
    """Eq. (1): channel 2d, counted from 1, is rgb's d-th and channel 2d - 1 flow's: 2 x (B, D, ...)
    -> (B, 2D, ...).
    """
    return torch.stack([flow, rgb], dim=2).flatten(1, 2)


class Fusion(nn.Module):
    """Eq. (2) as section 3.6 has it: a 3x3x3 convolution over the T frames, padded so that T stays
    (O3), and ReLU; or 1x1x1 (O1).

    `identity_sum`: at the centre each output channel reads its two input channels with weight 1
    (the example after eq. 2), plus small noise. `random`: He et al. 2015, as in the backbones; the
    paper does not say.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        many, kernel = len(config.modalities), 1 if config.fusion == "conv2d1x1" else 3
        self.conv = nn.Conv3d(many * config.depth, config.depth, kernel, padding=kernel // 2)
        nn.init.zeros_(self.conv.get_parameter("bias"))
        if config.fusion_init == "random":
            nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        else:
            nn.init.normal_(self.conv.weight, std=NOISE)
            with torch.no_grad():
                centre = self.conv.weight[:, :, kernel // 2, kernel // 2, kernel // 2]  # (D, many D)
                centre += torch.eye(config.depth).repeat_interleave(many, dim=1)

    def forward(self, *maps: Tensor) -> Tensor:
        """One or two maps (B, D, T, h, w) -> (B, D, T, h, w)."""
        return F.relu(self.conv(interleave(*maps) if len(maps) == 2 else maps[0]))


class Plain(nn.Module):
    """A fusion without weights: one map as it is, the sum of two, or both in a row."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.added = config.fusion == "sum"

    def forward(self, *maps: Tensor) -> Tensor:
        """One or two maps (B, D, T, h, w) -> (B, D or 2D, T, h, w)."""
        return torch.stack(maps).sum(dim=0) if self.added else torch.cat(maps, dim=1)


class DeepFusion(nn.Module):
    """Backbones, fusion, the LSTM on the map and the LSTM on fc6 (Figure 6 b), the LSTM on top of
    both (Figure 6 a), the answer.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, self.channels = config, config.modalities
        self.backbones: tuple[str, ...] = tuple(self.channels) if config.reads == "frames" else ()
        for name in self.backbones:
            self.add_module(name, Backbone(self.channels[name], config.width, config.norm, config.poolings))
        self.fusion = Plain(config) if config.fusion in ("none", "sum", "concat") else Fusion(config)
        self.pool5 = nn.MaxPool3d((1, 2, 2))
        self.dropout_fc6, self.dropout_lstm = nn.Dropout(config.dropout_fc6), nn.Dropout(config.dropout_lstm)
        depth, (h, w), hidden = config.depth * (1 + (config.fusion == "concat")), config.cells, config.hidden
        pooled = depth * (h // 2) * (w // 2)
        if config.streams != "fc" and config.conv_stream == "convlstm":
            self.conv_lstm = ConvLSTM(depth, hidden, config.ln == "tf_cell")
        elif config.streams != "fc":
            inputs = {"flatten": depth * h * w, "gap": depth, "pool5": pooled}[config.conv_stream]
            self.conv_lstm = LSTM(inputs, hidden, config.ln)
        if config.streams != "conv":
            units = vgg.UNITS * config.width
            fc6 = partial(nn.Linear, pooled, units)
            both = config.fusion == "both_levels"
            self.fc6 = nn.ModuleDict({name: fc6() for name in self.channels}) if both else fc6()
            self.fc_lstm = LSTM(units, hidden, config.ln)
        read = hidden * (2 if config.streams == "both" else 1)
        mixed, literal = config.mix == "linear", config.head == "literal"
        top = config.classes if literal else hidden
        self.mix = nn.Linear(read, hidden) if mixed else nn.Identity()
        self.top_lstm = LSTM(hidden if mixed else read, top, config.ln)
        self.head = nn.Identity() if literal else nn.Linear(top, config.classes)

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """Clip (B, C, T, H, W), or maps (B, D or 2D, T, h, w), and any T -> logits (B, K) and the
        inner maps.

        These are `rgb.conv1` to `rgb.conv13` and the same of flow, `fused` (B, D, T, h, w),
        `conv_states` and `fc_states` (B, T, hidden). When not training, `rgb.zeros` and
        `flow.zeros` (B, 3): the fraction of exact zeros in the maps of convolutions 1, 6 and 9.
        `probe` also gives `rgb.conv1.channels` and so on, (B, 6, H, W): of the middle frame the six
        channels that vary most.
        """
        last, inside = self.last(clip, probe)
        fused = inside["fused"] = self.fusion(*last.values())  # (B, D, T, h, w)
        wanted = self.config.cells
        built = f"the network was built for frames of size {self.config.size}, maps of {wanted}"
        require(fused.shape[-2:] == wanted, built, f"maps of {tuple(fused.shape[-2:])}")
        read = []
        if self.config.streams != "fc":
            inside["conv_states"] = self.conv_lstm(self.conv_input(fused))  # (B, T, hidden), eq. (7), (8)
            read.append(self.dropout_lstm(inside["conv_states"]))
        if self.config.streams != "conv":
            full = self.dropout_fc6(self.full(fused, last))  # (B, T, units)
            inside["fc_states"] = self.fc_lstm(full)  # (B, T, hidden), eq. (9), (10)
            read.append(self.dropout_lstm(inside["fc_states"]))
        states = self.top_lstm(self.mix(torch.cat(read, dim=2)))  # (B, T, hidden), eq. (11)
        answer = states[:, -1] if self.config.answer == "last" else states.mean(dim=1)  # (B, hidden)
        return answer if self.config.head == "literal" else self.head(self.dropout_lstm(answer)), inside

    def conv_input(self, fused: Tensor) -> Tensor:
        """X_conv of every frame (O5, O7): (B, D, T, h, w) -> (B, T, numbers), or as it is for the
        convolutional LSTM.
        """
        match self.config.conv_stream:
            case "gap":
                return fused.mean(dim=(3, 4)).transpose(1, 2)  # (B, T, D)
            case "pool5":
                return self.pool5(fused).transpose(1, 2).flatten(2)  # (B, T, D h/2 w/2)
            case "flatten":
                return fused.transpose(1, 2).flatten(2)  # (B, T, D h w)
        return fused

    def full(self, fused: Tensor, last: Mapping[str, Tensor]) -> Tensor:
        """X_fc of every frame, ReLU(fc6(pool5(X))) (O6): (B, D, T, h, w) -> (B, T, units).

        `both_levels`, Figure 3 (b), for which the paper gives no formula: each modality has its own
        fc6 on its own map and the two vectors are averaged.
        """
        if isinstance(self.fc6, nn.ModuleDict):
            pooled = {name: self.pool5(x).transpose(1, 2).flatten(2) for name, x in last.items()}
            return torch.stack([F.relu(layer(pooled[name])) for name, layer in self.fc6.items()]).mean(dim=0)
        return F.relu(self.fc6(self.pool5(fused).transpose(1, 2).flatten(2)))

    def last(self, clip: Tensor, probe: bool = False) -> tuple[dict[str, Tensor], Inside]:
        """The last map of each modality, (B, D, T, h, w), and what is kept of the others; stored
        maps are only split.
        """
        parts = dict(zip(self.config.given, clip.split(list(self.config.given.values()), dim=1), strict=True))
        last, inside = {name: parts[name] for name in self.channels}, {}
        for name in self.backbones:
            _, maps = self.get_submodule(name)(last[name].transpose(1, 2).flatten(0, 1))  # (B T, D, h, w)
            maps = [y.unflatten(0, (len(clip), -1)).transpose(1, 2) for y in maps]  # (B, D, T, H, W)
            last[name] = maps[-1]
            inside |= {f"{name}.conv{i}": y for i, y in enumerate(maps, start=1)}
            if not self.training:
                inside[f"{name}.zeros"] = torch.stack([zeros(maps[i - 1]) for i in SHOWN], dim=1)
            if probe:
                inside |= {f"{name}.conv{i}.channels": liveliest(y) for i, y in enumerate(maps, start=1)}
        return last, inside

    def maps(self, clip: Tensor) -> Tensor:
        """What `reads="maps"` takes of a clip (B, C, T, H, W): rgb's last map, then flow's, (B, 2D,
        T, h, w); or the one there is.
        """
        return torch.cat(list(self.last(clip)[0].values()), dim=1)


class Late(nn.Module):
    """No fusion before the answers: a complete network per modality, fc6 and LSTMs included, and
    the average of their softmax scores.

    Ours, for the claim that fusing maps is better. Simonyan and Zisserman 2014 average their two
    streams so, but train them apart; here both learn on the averaged score.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.channels = config.modalities
        self.backbones = tuple(f"{name}.{name}" for name in self.channels) if config.reads == "frames" else ()
        for name, channels in self.channels.items():
            own = config.cross_modality_init and name == "flow"
            alone = replace(config, in_channels=channels, fusion="none", cross_modality_init=own)
            self.add_module(name, DeepFusion(alone))

    def networks(self) -> list[DeepFusion]:
        """The network of each modality."""
        return [network for network in self.children() if isinstance(network, DeepFusion)]

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """As DeepFusion's; what both networks have is named after the modality, as in `rgb.fused`,
        (B, D, T, h, w).
        """
        scores, inside = [], {}
        for (name, network), x in zip(self.named_children(), self.split(clip), strict=True):
            logits, own = network(x, probe)
            scores.append(logits.log_softmax(dim=1))
            inside |= {key if key.startswith(("rgb.", "flow.")) else f"{name}.{key}": y for key, y in own.items()}
        return torch.logaddexp(*scores) - log(2), inside

    def split(self, clip: Tensor) -> tuple[Tensor, ...]:
        """What each network sees of a clip, or of stored maps."""
        return clip.split(list(self.channels.values()), dim=1)

    def maps(self, clip: Tensor) -> Tensor:
        """Likewise."""
        return torch.cat([own.maps(x) for own, x in zip(self.networks(), self.split(clip), strict=True)], dim=1)


@torch.no_grad()
def zeros(y: Tensor) -> Tensor:
    """The fraction of exact zeros in a map (B, D, T, H, W) of each clip: (B,)."""
    return (y == 0).flatten(1).mean(dim=1, dtype=torch.float32)


@torch.no_grad()
def liveliest(y: Tensor) -> Tensor:
    """Of the middle frame of a map (B, D, T, H, W) the channels that vary most over the image,
    liveliest first: (B, 6, H, W).
    """
    frame = y[:, :, y.shape[2] // 2]  # (B, D, H, W)
    chosen = frame.flatten(2).var(dim=2, correction=0).topk(min(CHANNELS, frame.shape[1]), dim=1).indices  # (B, 6)
    return frame.gather(1, chosen[:, :, None, None].expand(-1, -1, *frame.shape[2:]))
