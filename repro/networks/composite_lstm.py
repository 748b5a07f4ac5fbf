"""Composite LSTM: Srivastava, Mansimov and Salakhutdinov, 2015 (the composite model, and its use
for action recognition).

VGG-16 up to fc6 sees every frame on its own; a two-layer LSTM of 2048 units, the encoder, reads
these features in order. From its state two further LSTMs go on: one gives back what the encoder has
read, in reverse order, the other predicts what comes next. Neither is shown any output on the way
(unconditional), as in the authors' classification experiments. The classifier answers at every step
from the encoder's upper layer, and the softmax scores are averaged over the steps.

What differs, and why:
- The original first trains all three LSTMs without labels on 300 hours of other video, then
  fine-tunes the encoder and a classifier. Here the squared errors of both decoders are an auxiliary
  loss beside the cross-entropy, because one loop trains every network.
- It encodes 16 frames and predicts the next 13. Here the encoder reads the first half of the clip's
  frames (the larger one where T is odd), and the second half is predicted. The classifier reads the
  encoder's outputs over ALL frames: the encoder runs on from there.
- Its features are fixed. Here fc6 is trained with the rest, so the targets are cut off from the
  gradient: otherwise the features could become equal for all frames, which makes both tasks easy.
- The squared error is divided by the mean square of the features it is about: 1 is the error of a
  decoder that says nothing. Features that are trained grow, and a plain squared error grew with
  them until it outweighed the cross-entropy.
- Its LSTM has peepholes (each gate sees the cell's own state); ours is torch's, which has none.
- Dropout before the classifier: we use 0.5, as in the other rows of the comparison. `weights`
  begins VGG-16 and fc6 from ImageNet, as the original does.
- The row of the comparison, 84.3 % on UCF101, averages networks on colour and on flow. One input,
  one network here; flow is accepted.

Two layers, no conditioning, 16 and 13 frames and 300 hours are given from memory of the paper; the
reversal, the squared error, the peepholes, 2048 units on 4096 features and the average over steps
stand in the authors' published code as well.
"""

from __future__ import annotations

from functools import partial
from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.networks.lrcn import published
from repro.networks.soft_attention import Reads, Stored
from repro.nn import public, vgg
from repro.nn.config import Published, require
from repro.nn.modalities import modalities
from repro.nn.vgg import FULL, UNITS, Backbone, Norm

AUXILIARY = 1.0  # weight of the decoders' errors beside the cross-entropy
SILENT = 1e-3  # mean square below which features count as no larger, so that dead ones do not make the error endless
State = tuple[Tensor, Tensor]  # output and cell of every layer, (layers, B, hidden) each


class Config(Published):
    """All switches; the defaults are the published sizes. Published weights are torchvision's
    vgg16.
    """

    width: int = FULL  # channels of the first convolution of VGG-16; fc6 is scaled with it
    size: tuple[int, int] = (224, 224)  # height and width of a frame, on which fc6 depends
    norm: Norm = "none"
    hidden: int = 2048  # units of each layer of each LSTM
    layers: int = 2
    dropout: float = 0.5  # before the classifier
    reads: Reads = "frames"  # or the stored maps of any backbone, a 16th of `size`

    def __post_init__(self) -> None:
        if self.reads == "frames":
            modalities("composite_lstm", self.in_channels, ("rgb", "flow"))
        self.check(width=1, hidden=1, layers=1)
        vgg.check_size(self.size)


def build(classes: int, in_channels: int, **arguments: Any) -> CompositeLSTM:
    """The network of a run, VGG-16 and fc6 with published weights where `weights` names them.

    Raises TypeError on an unknown argument, ValueError on an impossible size, and what
    `public.load` raises.
    """
    network = CompositeLSTM(Config(classes, in_channels, **arguments))
    return public.load(network, network.config, partial(published, network))


class Decoder(nn.Module):
    """An LSTM that goes on from a state without seeing anything, and a linear layer from its upper
    layer to features.

    torch's LSTM wants an input; it gets a constant 1, whose weights are one bias more.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, config.hidden, config.layers, batch_first=True)
        self.features = nn.Linear(config.hidden, UNITS * config.width)

    def forward(self, state: State, steps: int) -> Tensor:
        """The state of another LSTM -> features of the next `steps` steps, (B, steps, D)."""
        nothing = state[0].new_ones(state[0].shape[1], steps, 1)  # (B, steps, 1)
        return self.features(self.lstm(nothing, state)[0])


class CompositeLSTM(nn.Module):
    """Features per frame, an encoder that classifies, two decoders that explain the frames."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        stored = config.reads != "frames"
        frames = (config.in_channels, config.width, config.norm)
        self.backbone = Stored(config.in_channels, config.reads) if stored else Backbone(*frames)
        wide = UNITS * config.width
        self.full6 = nn.Linear(self.backbone.fan_out * vgg.pooled_positions(config.size), wide)
        self.encoder = nn.LSTM(wide, config.hidden, config.layers, batch_first=True)
        self.reconstructor, self.predictor = Decoder(config), Decoder(config)
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.hidden, config.classes)

    def forward(self, clip: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Clip (B, C, T, H, W) -> logits (B, K), whose softmax is the average of the steps' softmax
        scores, and the inner tensors.

        They are the map `conv5` (B, D, T, H, W), the `features` (B, T, D), the `scores` of every
        step (B, T, K), the `errors` of reconstruction and of prediction (B, 2), and `auxiliary`
        (B,), their weighted sum, which is added to the cross-entropy.

        Raises ValueError when the frames are not of the size built for, or when a clip has one
        frame only.
        """
        frames = clip.shape[2]
        wanted, factor = tuple(self.config.size), 1 if self.config.reads == "frames" else vgg.LEAST
        given = tuple(side * factor for side in clip.shape[3:])
        require(given == wanted, f"the network was built for frames (H, W) of size {wanted}, or maps a 16th", given)
        require(frames > 1, "composite_lstm wants clips of 2 frames or more, to read and to predict", frames)
        y, _ = self.backbone(clip.transpose(1, 2).flatten(0, 1))  # (B T, D, H/16, W/16)
        features = F.relu(self.full6(F.max_pool2d(y, 2).flatten(1))).unflatten(0, (-1, frames))  # (B, T, 4096)
        past, future = features.tensor_split([(frames + 1) // 2], dim=1)
        read, state = self.encoder(past)  # (B, T/2, 2048)
        further, _ = self.encoder(future, state)  # (B, T/2, 2048)
        scores = self.classifier(self.dropout(torch.cat([read, further], dim=1))).log_softmax(dim=2)  # (B, T, K)
        errors = self.errors(state, past, future)  # (B, 2)
        inside = {
            "conv5": y.unflatten(0, (-1, frames)).transpose(1, 2),  # (B, D, T, H/16, W/16)
            "features": features,
            "scores": scores.exp(),
            "errors": errors,
            "auxiliary": AUXILIARY * errors.sum(dim=1),
        }
        return scores.logsumexp(dim=1) - log(frames), inside

    def errors(self, state: State, past: Tensor, future: Tensor) -> Tensor:
        """Squared errors of what both decoders make of the encoder's state after `past`, as shares
        of the target's mean square, (B, 2).

        past, future: the features (B, T, D) before and after that state. They are targets only: no
        gradient goes into them.
        """
        wanted = {self.reconstructor: past.flip(1).detach(), self.predictor: future.detach()}
        squares = [(decode(state, y.shape[1]) - y).square().mean(dim=(1, 2)) for decode, y in wanted.items()]
        sizes = [y.square().mean(dim=(1, 2)).clamp(min=SILENT) for y in wanted.values()]
        return torch.stack(squares, dim=1) / torch.stack(sizes, dim=1)
