"""Soft attention over positions: Sharma, Kiros and Salakhutdinov, 2015 (section 3).

A GoogLeNet gives a map of features per frame. The LSTM's state of the step before decides how much
each position of the next map counts; the expected feature enters the LSTM, and a hidden layer of
tanh with a softmax answers at every step. The answers are averaged. Their symbols: l_t = attention
at step t, X_t = the map, x_t = the expected feature, K x K = our h x w positions, lambda =
`PENALTY`.

Layers: the publication trains three LSTM layers (one to five made no clear difference); the code
that the authors released builds one. We use three, as printed. The released code also looks at the
map's features when it weighs the positions; we follow the printed formula, where the state alone
decides and each position has a row of weights, so the size of the map is part of the network:
`grid`.

Training: the original sums the loss of every step and adds the penalty once. Here cross-entropy
acts on the averaged score, because one loop with one loss trains every network of the comparison;
the penalty is divided by T, so that the two keep their proportion. The original keeps GoogLeNet
fixed and learns on its stored maps; here the backbone learns with the rest unless `reads` names
stored maps. It reads all T frames of a clip (30 there), colour or flow (colour there).
"""

from __future__ import annotations

from math import log
from typing import Any, Literal

import torch
from torch import Tensor, nn

from repro.nn import public
from repro.nn.config import Published, require
from repro.nn.googlenet import FULL, HALVINGS, check_halvings, from_torchvision, over_frames
from repro.nn.modalities import modalities

PENALTY = 1.0  # lambda
DROPOUT = 0.5  # on all connections that are not recurrent
Reads = Literal["frames", "maps", "rgb_maps", "flow_maps"]
READ = {"rgb_maps": "rgb", "flow_maps": "flow"}  # of stored maps of both, the one that is read


class Config(Published):
    """All switches; the defaults are the published sizes. Published weights are torchvision's
    googlenet.
    """

    width: int = FULL  # channels of GoogLeNet's first convolution; the backbone is scaled with it
    hidden: int = 512  # units of each LSTM layer and of the classifier's hidden layer
    layers: int = 3  # from nothing and with little data one learns sooner
    grid: tuple[int, int] = (7, 7)  # height and width of the last map
    halvings: int = HALVINGS  # of space in the backbone; 3 for small frames
    reads: Reads = "frames"  # or the stored maps of any backbone

    def __post_init__(self) -> None:
        if self.reads == "frames":
            modalities("soft_attention", self.in_channels, ("rgb", "flow"))
        self.check(width=1, hidden=1, layers=1, grid=1)
        check_halvings(self.halvings)


def build(classes: int, in_channels: int, **arguments: Any) -> SoftAttention:
    """The network of a run, with published weights in the backbone where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    network = SoftAttention(config)
    public.load(network.backbone, config, from_torchvision)
    return network


def doubly_stochastic(attention: Tensor) -> Tensor:
    """The second term of the loss: attention (B, T, P) -> (B,), the sum over positions of (1 - the
    sum over steps) squared.

    Every position should be looked at for one step in all. With T steps and P positions it is never
    below (P - T)^2 / P.
    """
    return (1 - attention.sum(dim=1)).square().sum(dim=1)


class Stored(nn.Module):
    """In the place of a backbone: the stored maps of its frames, or of those of both modalities the
    half that is read.
    """

    def __init__(self, in_channels: int, reads: str) -> None:
        super().__init__()
        halves = 2 if reads in READ else 1
        require(in_channels % halves == 0, f"reads {reads!r} wants maps of both modalities", in_channels)
        self.fan_out, self.number = in_channels // halves, int(reads == "flow_maps")

    def forward(self, x: Tensor) -> tuple[Tensor, Any]:
        """(N, C, h, w) -> (N, D, h, w), and no inner maps."""
        return x.split(self.fan_out, dim=1)[self.number], {}


class SoftAttention(nn.Module):
    """A CNN per frame, an LSTM that chooses where to look in the next frame, an average of
    answers.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        stored = config.reads != "frames"
        frames = (config.in_channels, config.width, config.halvings)
        self.backbone = Stored(config.in_channels, config.reads) if stored else over_frames(*frames)
        fan, units, positions = self.backbone.fan_out, config.hidden, config.grid[0] * config.grid[1]
        # sizes and activation of the two networks not given; we use one layer and tanh each,
        # because the released code does
        self.first_state, self.first_cell = nn.Linear(fan, config.layers * units), nn.Linear(fan, config.layers * units)
        self.places = nn.Linear(units, positions, bias=False)  # a row of weights for each position
        between = DROPOUT if config.layers > 1 else 0.0
        self.lstm = nn.LSTM(fan, units, config.layers, batch_first=True, dropout=between)
        self.dropout = nn.Dropout(DROPOUT)
        self.answer = nn.Linear(units, units)
        self.classifier = nn.Linear(units, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K), whose softmax is the average of the steps' softmax
        scores, and the inner maps.

        The maps are the backbone's, `conv1` to `inception5b`, (B, D, T, H, W); `attention` (B, T,
        h, w), which sums to one over positions; the `scores` of every step, (B, T, K); and
        `auxiliary` (B,), the weighted penalty. Raises ValueError when the last map is not of the
        size of `grid`.
        """
        frames = clip.shape[2]
        # pictures that lie channels last take a third less time on a CPU
        pictures = clip.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)  # (B T, C, H, W)
        y, maps = self.backbone(pictures)  # (B T, 1024, h, w)
        wanted, given = tuple(self.config.grid), tuple(y.shape[-2:])
        require(given == wanted, f"grid says that the last map has {wanted} positions", given)
        features = y.flatten(2).transpose(1, 2).unflatten(0, (-1, frames))  # (B, T, P, 1024)
        states, attention = self.read(features)  # (B, T, 512), (B, T, P)
        hidden = self.answer(self.dropout(states)).tanh()  # (B, T, 512)
        scores = self.classifier(self.dropout(hidden)).log_softmax(dim=2)  # (B, T, K)
        inside = {name: m.unflatten(0, (-1, frames)).transpose(1, 2) for name, m in maps.items()}
        inside |= {"attention": attention.unflatten(2, self.config.grid), "scores": scores.exp()}
        inside["auxiliary"] = PENALTY / frames * doubly_stochastic(attention)
        return scores.logsumexp(dim=1) - log(frames), inside

    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, T, P, D) -> the top layer's states (B, T, D) and where each step looked (B,
        T, P).
        """
        mean = features.mean(dim=(1, 2))  # (B, D)
        start = [first(mean).tanh() for first in (self.first_state, self.first_cell)]  # (B, layers D) each
        by_layer = (s.unflatten(1, (self.config.layers, -1)).transpose(0, 1) for s in start)
        state, cell = (s.contiguous() for s in by_layer)  # (layers, B, D) each
        states, attention = [], []
        for step in features.unbind(dim=1):  # (B, P, D)
            weights = self.places(state[-1]).softmax(dim=1)  # (B, P)
            expected = torch.einsum("bp,bpd->bd", weights, step)  # (B, D)
            y, (state, cell) = self.lstm(self.dropout(expected).unsqueeze(1), (state, cell))  # (B, 1, D)
            states.append(y.squeeze(1))
            attention.append(weights)
        return torch.stack(states, dim=1), torch.stack(attention, dim=1)
