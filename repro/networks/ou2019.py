"""Spatiotemporal deep fusion network with frame attention: Ou and Sun, 2019 (Figures 2 to 8,
equations 1 to 12).

Two VGG-16 backbones see every sampled frame, one its colours, the other the L flow fields around
it. Their last maps are fused by a 3-D convolution over the T frames. The fused map and an fc6
vector made from it go into two layer-normalised LSTMs; a third one reads both sequences of states
and answers with its last one.

The input is one clip of 3 + 2 L channels: red, green, blue, then u and v of each flow field (O4).
With colour (3) or flow (2 L) alone there is one backbone. Decisions O1 to O13 where the paper is
silent or contradicts itself are named at the argument that switches them. With `reads="maps"` the
backbones are left out and their last maps are the input, as `DeepFusion.maps` gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import log
from typing import Literal, get_args, get_origin, get_type_hints

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.nn import public, vgg
from repro.nn.lstm import LSTM, ConvLSTM, Form

Inside = dict[str, Tensor]
COLOUR = 3  # channels of the clip that the first backbone sees
UNITS = 4096  # of fc6 at full width
SHOWN = (1, 6, 9)  # convolutions that Figure 7 shows
CHANNELS = 6  # of each, as there
NOISE = 1e-3  # standard deviation of what is added to the identity filter


@dataclass(frozen=True)
class Config:
    """All switches; the defaults are the paper's sizes with our reading of the rest."""

    classes: int
    in_channels: int = COLOUR + 8
    width: int = vgg.FULL  # channels of the first convolution; fc6 is scaled with it
    norm: vgg.Norm = "none"  # of the backbones; bn for narrow networks that start from nothing
    size: tuple[int, int] = (224, 224)  # pixels, H and W of a frame: fc6 and the LSTM on the map are made for it
    fusion: Literal["conv3d", "conv2d1x1", "both_levels", "late", "none"] = (
        "conv3d"  # O1; with one modality the filters are D to D
    )
    fusion_init: Literal["identity_sum", "random"] = "identity_sum"  # O1
    cross_modality_init: bool = (
        False  # O4: the first flow convolution as the mean of the published one over its colours
    )
    conv_stream: Literal["flatten", "gap", "pool5", "convlstm"] = "flatten"  # O7
    streams: Literal["both", "conv", "fc"] = "both"  # O13: which sequences the top LSTM reads
    hidden: int = 101  # O8: of every LSTM
    head: Literal["linear", "literal"] = "linear"  # O9: literal: the last state is the logits, its size K
    ln: Form = "tf_cell"  # O10
    mix: Literal["concat", "linear"] = "concat"  # O11
    answer: Literal["last", "mean"] = "last"  # O12
    dropout_fc6: float = 0.5
    dropout_lstm: float = 0.25  # on the states of every LSTM; a literal head has none on the last, they are logits
    reads: Literal["frames", "maps"] = "frames"
    weights: str = ""  # a file in $REPRO_DATA/weights, torchvision's vgg16, and how its sha256 begins
    weights_digest: str = ""

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(Config).items():
            if get_origin(hint) is Literal and getattr(self, name) not in get_args(hint):
                raise ValueError(f"{name} is one of {', '.join(get_args(hint))}; got {getattr(self, name)!r}")
        if min(self.width, self.hidden) < 1:
            raise ValueError(f"width and hidden must be 1 or more; got width {self.width}, hidden {self.hidden}")
        if min(self.size) < 2 * vgg.LEAST:
            raise ValueError(f"the fifth pooling needs frames of {2 * vgg.LEAST} pixels or more; got size {self.size}")
        needed = {"both_levels": 2, "late": 2, "none": 1}.get(self.fusion, len(self.modalities))
        if len(self.modalities) != needed:
            wanted = "both_levels and late fuse two modalities, none passes one on"
            raise ValueError(
                f"{wanted}; got fusion {self.fusion!r} with {' and '.join(self.modalities)} ({self.in_channels} channels)"
            )
        if self.conv_stream == "convlstm" and self.ln not in ("tf_cell", "none"):
            raise ValueError(f"conv_stream 'convlstm' is normalised as tf_cell or none; got ln {self.ln!r}")
        if self.cross_modality_init and not (self.weights and "flow" in self.modalities):
            raise ValueError(
                "cross_modality_init copies published weights into a flow backbone: name them in weights, and give it flow"
            )

    @property
    def depth(self) -> int:
        """D, channels of a backbone's last map."""
        return self.width * vgg.GROUPS[-1][-1]

    @property
    def modalities(self) -> dict[str, int]:
        """What the input holds, with its channels. Raises ValueError on numbers that mean nothing."""
        if self.reads == "maps":
            known = {self.depth: {"maps": self.depth}, 2 * self.depth: {"rgb": self.depth, "flow": self.depth}}
            if self.in_channels not in known:
                wanted = f"reads='maps' at width {self.width} wants {self.depth} channels for one modality or {2 * self.depth} for two"
                raise ValueError(
                    f"{wanted}; got in_channels {self.in_channels}. Give the width that the maps were made with."
                )
            return known[self.in_channels]
        odd = self.in_channels % 2 == 1
        if self.in_channels < 2:
            raise ValueError(
                f"ou2019 wants 3 channels (colour), 2 L (flow) or 3 + 2 L (both); got in_channels {self.in_channels}"
            )
        flow = self.in_channels - COLOUR * odd
        return ({"rgb": COLOUR} if odd else {}) | ({"flow": flow} if flow else {})


def build(classes: int, in_channels: int, **arguments: object) -> DeepFusion | Late:
    """The network of a run, its backbones and fc6 with published weights where `weights` names
    them.

    Raises TypeError on an unknown argument, ValueError on an impossible one, and what `public.load`
    raises.
    """
    config = Config(classes=classes, in_channels=in_channels, **arguments)  # type: ignore[arg-type]
    network = Late(config) if config.fusion == "late" else DeepFusion(config)
    for part in network.children() if isinstance(network, Late) else (network,):
        public.load(part, config.weights, config.weights_digest, partial(published, part), head="head")
    return network


def published(network: DeepFusion, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """All tensors of the network: backbones and fc6 from torchvision's vgg16, the rest as it is.

    The first flow convolution is left too (the paper: random) unless `cross_modality_init`, and fc6
    where its size is another.
    """
    given, theirs = network.state_dict(), vgg.from_torchvision(state)
    strange = {
        name: value
        for name, value in theirs.items()
        if name.split(".")[0] not in ("convs", "norms", "fc6", "fc7", "fc8")
    }
    for name, own in network.state_dict().items():
        part, _, rest = name.partition(".")
        if part in ("rgb", "flow"):
            first = part == "flow" and rest.startswith(("convs.0.", "norms.0."))
            if first and not network.config.cross_modality_init:
                continue
            del given[name]  # so that one the file lacks is called missing
            if (value := theirs.get(rest)) is not None:
                given[name] = (
                    value.mean(1, keepdim=True).repeat(1, own.shape[1], 1, 1) if first and value.ndim == 4 else value
                )
        elif (
            part == "fc6"
            and (value := theirs.get(f"fc6.{rest.rpartition('.')[2]}")) is not None
            and value.shape == own.shape
        ):
            given[name] = value
    return given | strange


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
        nn.init.zeros_(self.conv.bias)
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


class DeepFusion(nn.Module):
    """Backbones, fusion, the LSTM on the map and the LSTM on fc6 (Figure 6 b), the LSTM on top of
    both (Figure 6 a), the answer.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        depth, (h, w) = config.depth, (side // vgg.LEAST for side in config.size)
        pooled = depth * (h // 2) * (w // 2)
        if config.reads == "frames":
            for name, channels in config.modalities.items():
                self.add_module(name, vgg.Backbone(channels, config.width, config.norm))
        self.fusion = nn.Identity() if config.fusion == "none" else Fusion(config)
        self.pool5 = nn.MaxPool3d((1, 2, 2))
        self.dropout_fc6, self.dropout_lstm = nn.Dropout(config.dropout_fc6), nn.Dropout(config.dropout_lstm)
        if config.streams != "fc" and config.conv_stream == "convlstm":
            self.conv_lstm = ConvLSTM(depth, config.hidden, config.ln == "tf_cell")
        elif config.streams != "fc":
            inputs = {"flatten": depth * h * w, "gap": depth, "pool5": pooled}[config.conv_stream]
            self.conv_lstm = LSTM(inputs, config.hidden, config.ln)
        if config.streams != "conv":
            units = UNITS * config.width // vgg.FULL
            own = config.modalities if config.fusion == "both_levels" else ()
            self.fc6 = (
                nn.ModuleDict({name: nn.Linear(pooled, units) for name in own}) if own else nn.Linear(pooled, units)
            )
            self.fc_lstm = LSTM(units, config.hidden, config.ln)
        read = config.hidden * (2 if config.streams == "both" else 1)
        self.mix = nn.Linear(read, config.hidden) if config.mix == "linear" else nn.Identity()
        literal = config.head == "literal"
        top = config.classes if literal else config.hidden
        self.top_lstm = LSTM(config.hidden if config.mix == "linear" else read, top, config.ln)
        self.head = nn.Identity() if literal else nn.Linear(top, config.classes)

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """Clip (B, C, T, H, W), or maps (B, D or 2D, T, h, w), and any T -> logits (B, K) and the
        inner maps.

        These are `rgb.conv1` to `rgb.conv13` and the same of flow, `fused` (B, D, T, h, w),
        `conv_states` and `fc_states` (B, T, hidden). When not training, `rgb.zeros` and
        `flow.zeros` (B, 3): the share of exact zeros in the maps of convolutions 1, 6 and 9.
        `probe` also gives `rgb.conv1.channels` and so on, (B, 6, H, W): of the middle frame the six
        channels that vary most.
        """
        last, inside = self.backbones(clip, probe)
        fused = inside["fused"] = self.fusion(*last.values())  # (B, D, T, h, w)
        wanted = tuple(side // vgg.LEAST for side in self.config.size)
        if fused.shape[-2:] != wanted:
            raise ValueError(
                f"the network is made for maps of {wanted}, frames of size {self.config.size}; got maps of {tuple(fused.shape[-2:])}"
            )
        read = []
        if self.config.streams != "fc":
            inside["conv_states"] = self.conv_lstm(self.conv_input(fused))  # (B, T, hidden), eq. (7), (8)
            read.append(self.dropout_lstm(inside["conv_states"]))
        if self.config.streams != "conv":
            inside["fc_states"] = self.fc_lstm(
                self.dropout_fc6(self.full(fused, last))
            )  # (B, T, hidden), eq. (9), (10)
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

        `both_levels`, Figure 3 (b): each modality has its own fc6 on its own map and the two
        vectors are averaged, the fusion without weights, so that one more fc6 is all that the
        second level costs. The paper draws it and gives no formula.
        """
        if isinstance(self.fc6, nn.ModuleDict):
            parts = [
                F.relu(layer(self.pool5(last[name]).transpose(1, 2).flatten(2))) for name, layer in self.fc6.items()
            ]
            return torch.stack(parts).mean(dim=0)
        return F.relu(self.fc6(self.pool5(fused).transpose(1, 2).flatten(2)))

    def backbones(self, clip: Tensor, probe: bool = False) -> tuple[dict[str, Tensor], Inside]:
        """The last map of each modality, (B, D, T, h, w), and what is kept of the others; maps are
        only parted.
        """
        parts = clip.split(list(self.config.modalities.values()), dim=1)
        last, inside = dict(zip(self.config.modalities, parts, strict=True)), {}
        if self.config.reads == "maps":
            return last, inside
        for name, x in last.items():
            _, maps = self.get_submodule(name)(x.transpose(1, 2).flatten(0, 1))  # (B T, D, h, w)
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
        return torch.cat(list(self.backbones(clip)[0].values()), dim=1)


class Late(nn.Module):
    """No fusion before the answers: a complete network per modality, fc6 and LSTMs included, and
    the average of their softmax scores.

    Ours, for the claim that fusing maps is better. Simonyan and Zisserman 2014 average their two
    streams so, but train them apart; here both learn on the averaged score. Where each reads both
    sequences there are two fc6 and six LSTMs.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        for name, channels in config.modalities.items():
            own = config.cross_modality_init and name == "flow"
            self.add_module(
                name, DeepFusion(replace(config, in_channels=channels, fusion="none", cross_modality_init=own))
            )

    def forward(self, clip: Tensor, probe: bool = False) -> tuple[Tensor, Inside]:
        """As DeepFusion's; what both networks have is named after the modality, as in `rgb.fused`,
        (B, D, T, h, w).
        """
        scores, inside = [], {}
        for (name, network), x in zip(
            self.named_children(), clip.split(list(self.config.modalities.values()), dim=1), strict=True
        ):
            logits, shown = network(x, probe)
            scores.append(logits.log_softmax(dim=1))
            inside |= {
                what if what.startswith(("rgb.", "flow.")) else f"{name}.{what}": value for what, value in shown.items()
            }
        return torch.logaddexp(*scores) - log(2), inside

    def maps(self, clip: Tensor) -> Tensor:
        """As DeepFusion's."""
        parts = clip.split(list(self.config.modalities.values()), dim=1)
        return torch.cat([network.maps(x) for network, x in zip(self.children(), parts, strict=True)], dim=1)


@torch.no_grad()
def zeros(y: Tensor) -> Tensor:
    """The share of exact zeros in a map (B, D, T, H, W) of each clip: (B,)."""
    return (y == 0).flatten(1).mean(dim=1, dtype=torch.float32)


@torch.no_grad()
def liveliest(y: Tensor) -> Tensor:
    """Of the middle frame of a map (B, D, T, H, W) the channels that vary most over the image,
    liveliest first: (B, 6, H, W).
    """
    frame = y[:, :, y.shape[2] // 2]  # (B, D, H, W)
    chosen = frame.flatten(2).var(dim=2, correction=0).topk(min(CHANNELS, frame.shape[1]), dim=1).indices  # (B, 6)
    return frame.gather(1, chosen[:, :, None, None].expand(-1, -1, *frame.shape[2:]))
