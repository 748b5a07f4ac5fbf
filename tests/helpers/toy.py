"""A network of a few hundred weights that runs can name in tests, and clips held in memory."""

import sys
import types
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from repro.data.index import Item
from repro.spec import Clips, Data
from repro.train.batches import ClipSet, Key, Picked

DEPTH, SIDE = 6, 4  # of its maps (B, 6, T, 4, 4)


class Toy(nn.Module):
    """One convolution with batch norm, then dropout and a linear answer; `reads="maps"` leaves the
    convolution out.

    `auxiliary` is the loss that it adds itself; `tested`: a factor of its logits in testing;
    `whole`: how many frames it wants.
    """

    def __init__(
        self,
        classes: int,
        in_channels: int,
        reads: str = "frames",
        dropout: float = 0.2,
        auxiliary: float = 0.0,
        tested: float = 1.0,
        whole: int = 0,
    ) -> None:
        super().__init__()
        self.auxiliary, self.tested, self.whole = auxiliary, tested, whole
        self.seen: list[tuple[int, ...]] = []  # shapes of its inputs
        if reads == "frames":
            self.convolution, self.norm = nn.Conv3d(in_channels, DEPTH, 3, padding=1), nn.BatchNorm3d(DEPTH)
        self.reads, self.dropout, self.head = reads, nn.Dropout(dropout), nn.Linear(DEPTH * SIDE * SIDE, classes)

    def maps(self, x: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, 6, T, 4, 4)."""
        return nn.functional.adaptive_avg_pool3d(self.norm(self.convolution(x)).relu(), (x.shape[2], SIDE, SIDE))

    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        self.seen.append(tuple(x.shape))
        if self.whole and x.shape[2] != self.whole:
            raise ValueError(f"toy wants {self.whole} frames; got {x.shape[2]}")
        y = x if self.reads == "maps" else self.maps(x)  # (B, 6, T, 4, 4)
        logits = self.head(self.dropout(y.mean(2).flatten(1)))  # (B, K)
        inside = {"auxiliary": torch.full((len(x),), self.auxiliary)} if self.auxiliary else {}
        return logits if self.training else self.tested * logits, inside


def lend(monkeypatch: pytest.MonkeyPatch) -> list[Toy]:
    """Let runs name the network `toy`; returns the list that each one built is added to."""
    built: list[Toy] = []

    def build(classes: int, in_channels: int, **arguments: Any) -> Toy:
        built.append(Toy(classes, in_channels, **arguments))
        return built[-1]

    module = types.ModuleType("repro.networks.toy")
    module.build = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "repro.networks.toy", module)
    return built


class InMemory(ClipSet):
    """Random clips (2, 4, 4, 3) of three classes, without a cache; clip i is brighter than clip i -
    1.
    """

    def __init__(self, n: int = 12) -> None:
        self.items, self.data = [Item(f"clip{i}", i % 3, f"g{i}") for i in range(n)], MADE
        self.augment, self.views = (), 1
        noise = np.random.default_rng(0).integers(0, 40, (n, 2, 4, 4, 3))
        self.frames = (noise + 200 * np.arange(n)[:, None, None, None, None] // n).astype(np.uint8)
        self.augmentations = []

    def pick(self, key: Key) -> Picked:
        return Picked(self.frames[key[2]], (), self.items[key[2]].label)


MADE = Data("actions", clips=Clips(clip_length=2, clip_stride=1, height=4, width=4))
