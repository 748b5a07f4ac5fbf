"""Beyond short snippets: Ng et al., 2015 (section 3, the deep LSTM on GoogLeNet).

A GoogLeNet sees every frame on its own; five LSTM layers of 512 units read the frames in order; a
softmax answers at every step, and the answers are averaged with a weight g that grows linearly from
0 before the first frame to 1 at the last, the best of their four ways, by less than a point.

Training: the original weights every step's loss by g. Here cross-entropy acts on the combined
score, because one loop with one loss trains every network of the comparison. It reads all T frames
of a clip (30 there, one a second). The second network on flow, averaged with the first, is left
out: one input, one network; the 88.6 % that is quoted for UCF101 belongs to the average of the two.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from repro.networks.soft_attention import Reads, Stored
from repro.nn import public
from repro.nn.config import Published
from repro.nn.googlenet import FULL, HALVINGS, check_halvings, from_torchvision, over_frames
from repro.nn.modalities import modalities

DROPOUT = 0.4  # GoogLeNet's own, on the averaged map; none is given for the LSTM


class Config(Published):
    """All switches; the defaults are the published sizes. Published weights are torchvision's
    googlenet.
    """

    width: int = FULL  # channels of GoogLeNet's first convolution; the backbone is scaled with it
    hidden: int = 512  # units of each LSTM layer
    layers: int = 5  # from nothing and with little data five hardly start where two do
    halvings: int = HALVINGS  # of space in the backbone; 3 for small frames
    reads: Reads = "frames"  # or the stored maps of any backbone

    def __post_init__(self) -> None:
        if self.reads == "frames":
            modalities("beyond_short_snippets", self.in_channels, ("rgb", "flow"))
        self.check(width=1, hidden=1, layers=1)
        check_halvings(self.halvings)


def build(classes: int, in_channels: int, **arguments: Any) -> BeyondShortSnippets:
    """The network of a run, with published weights in the backbone where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    config = Config(classes, in_channels, **arguments)
    network = BeyondShortSnippets(config)
    public.load(network.backbone, config, from_torchvision)
    return network


def gain(frames: int) -> Tensor:
    """The weights of the steps, (T,), which sum to one: in proportion to t / T for t = 1 to T, so
    that a single frame counts as well.
    """
    return torch.arange(1, frames + 1) * 2 / (frames * (frames + 1))


class BeyondShortSnippets(nn.Module):
    """A CNN per frame, a deep LSTM over frames, a weighted average of answers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        stored = config.reads != "frames"
        frames = (config.in_channels, config.width, config.halvings)
        self.backbone = Stored(config.in_channels, config.reads) if stored else over_frames(*frames)
        self.dropout = nn.Dropout(DROPOUT)
        self.lstm = nn.LSTM(self.backbone.fan_out, config.hidden, config.layers, batch_first=True)
        self.classifier = nn.Linear(config.hidden, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K), whose softmax is the weighted average of the
        steps' scores, and the inner maps.

        The maps are the backbone's, `conv1` to `inception5b`, (B, D, T, H, W), and the `scores` of
        every step, (B, T, K).
        """
        frames = clip.shape[2]
        # pictures that lie channels last take a third less time on a CPU
        pictures = clip.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)  # (B T, C, H, W)
        y, maps = self.backbone(pictures)  # (B T, 1024, h, w)
        y = self.dropout(y.mean(dim=(2, 3))).unflatten(0, (-1, frames))  # (B, T, 1024)
        y, _ = self.lstm(y)  # (B, T, 512)
        scores = self.classifier(y).log_softmax(dim=2)  # (B, T, K)
        weights = gain(frames).to(scores).unsqueeze(1)  # (T, 1)
        inside = {name: m.unflatten(0, (-1, frames)).transpose(1, 2) for name, m in maps.items()}
        return (scores + weights.log()).logsumexp(dim=1), inside | {"scores": scores.exp()}
