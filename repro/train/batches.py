"""Batches of clips: which clip, which frames, which crop. Every choice is a function of (seed,
epoch, item) alone.

So the order of work, the device and an interruption in the middle of an epoch change nothing. The
processor chooses and gathers stored frames, and draws; whole batches of bytes are cut and changed
where the network is.
"""

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from repro.data.cache import Enhancer, entry
from repro.data.flow import QUANTUM, ZERO
from repro.data.index import Item
from repro.data.jpeg import Jpegs
from repro.source import load_module
from repro.spec import Clips, Data
from repro.train.prefetch import prefetched, to

Norm = tuple[list[float], list[float]]  # mean and standard deviation per channel, in bytes; PER_CLIP holds none
PER_CLIP: Norm = ([], [])  # each clip is standardised by its own (W27)
COLOUR = 3  # channels before those of flow
HELD = 1 << 29  # bytes; a set whose stored clips are no more is held in memory
TEST = -1  # stands for the epoch in a test key: nothing is drawn at random
Key = tuple[int, int, int]  # training (seed, epoch, item), testing (TEST, view, item)


class Picked(NamedTuple):
    """One clip as the processor hands it over."""

    frames: np.ndarray  # (T, h, w, C) uint8, or stored maps
    drawn: tuple[Any, ...]  # of each augmentation what it drew; () in testing
    label: int


def centre(x: Tensor, clips: Clips) -> Tensor:
    """(B, T, h, w, C) -> (B, T, H, W, C): the middle window of the network's size."""
    top, left = (x.shape[2] - clips.height) // 2, (x.shape[3] - clips.width) // 2
    return x[:, :, top : top + clips.height, left : left + clips.width]


def flow_window(at: np.ndarray, stack: int, fields: int) -> np.ndarray:
    """Indices (T, L) of the fields around each frame in `at` (T,): t - L/2 … t + L/2 - 1, ends
    clamped (O16).

    Field t leads from frame t to frame t + 1, so a window of L = 4 spans the frames t - 2 to t + 2.
    """
    return np.clip(at[:, None] - stack // 2 + np.arange(stack), 0, fields - 1)


def pick(stored: np.ndarray | Jpegs, at: np.ndarray, clips: Clips) -> np.ndarray:
    """The stored frames (N, h, w, C) at the indices `at` (T,), (T, h, w, C); with
    `Clips.flow_stack` above one each with the flow fields around it.
    """
    if clips.flow_stack == 1 or clips.input == "rgb":
        return stored[at]
    first = COLOUR * (clips.input == "both")
    window = flow_window(at, clips.flow_stack, len(stored))  # (T, L)
    wanted, back = np.unique(np.concatenate([at, window.ravel()]), return_inverse=True)
    frames = stored[wanted]  # each is read once
    fields = frames[..., first:][back[len(at) :].reshape(window.shape)]  # (T, L, h, w, 2)
    stacked = np.moveaxis(fields, 1, 3)  # (T, h, w, L, 2)
    stacked = stacked.reshape(*stacked.shape[:3], -1)  # (T, h, w, 2 L): u, v of the first, …
    return np.concatenate([frames[back[: len(at)]][..., :first], stacked], axis=-1) if first else stacked


class ClipSet:
    """Cached clips by key; see `Key`."""

    def __init__(
        self,
        items: Sequence[Item],
        data: Data,
        cache: Path,
        augment: tuple[str, ...] = (),
        views: int = 1,
        enhancer: Enhancer | None = None,
    ) -> None:
        self.sampling = load_module("sampling", data.clips.sampling)
        self.augmentations = [load_module("augment", name) for name in augment]
        self.items, self.data, self.augment, self.views = items, data, augment, views
        self.stored = [entry(data, item, cache, enhancer) for item in items]  # no frame is read yet
        self._held: dict[int, np.ndarray] | None = {} if sum(prod(e.shape) for e in self.stored) <= HELD else None

    def __len__(self) -> int:
        return len(self.items)

    @property
    def channels(self) -> int:
        """C, channels that enter the network."""
        return self.data.clips.channels

    def __getitem__(self, key: Key) -> tuple[Tensor, int]:
        """One clip alone, (T, H, W, C) uint8, and its label."""
        x, label = self.batch([self.pick(key)], torch.device("cpu"))
        return x[0], int(label[0])

    def pick(self, key: Key) -> Picked:
        """The stored frames of a key, and what its augmentations draw."""
        first, view, number = key
        stored, clips = self._frames(number), self.data.clips
        rng = np.random.default_rng(key) if first != TEST else None
        if rng and "start" in self.augment:
            at = self.sampling.train(len(stored), clips, rng)  # (T,)
        else:
            at = self.sampling.test(len(stored), clips, *((0, 1) if rng else (view, self.views)))
        drawn = [one.draw(rng, *stored.shape[1:3], clips) for one in self.augmentations] if rng else ()
        return Picked(pick(stored, at, clips), tuple(drawn), self.items[number].label)

    def batch(self, picked: Sequence[Picked], device: torch.device) -> tuple[Tensor, Tensor]:
        """Clips (B, T, H, W, C) uint8 and labels (B,) on a device. Clips of one stored size travel
        and are changed together.
        """
        by_size: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for i, one in enumerate(picked):
            by_size[one.frames.shape].append(i)
        parts = [self._changed([picked[i] for i in members], device) for members in by_size.values()]
        labels = to(torch.tensor([one.label for one in picked]), device)
        if len(parts) == 1:
            return parts[0], labels
        order = np.argsort(np.concatenate(list(by_size.values())))
        return torch.cat(parts)[to(torch.from_numpy(order), device)], labels

    def _changed(self, picked: Sequence[Picked], device: torch.device) -> Tensor:
        """Clips of one stored size, (B, T, h, w, C), augmented and cut to (B, T, H, W, C)."""
        x, clips = to(torch.from_numpy(np.stack([one.frames for one in picked])), device), self.data.clips
        for augmentation, drawn in zip(self.augmentations, zip(*(p.drawn for p in picked), strict=True), strict=False):
            x = augmentation.apply(x, drawn, clips)
        return centre(x, clips).contiguous()

    def _frames(self, number: int) -> np.ndarray | Jpegs:
        """All stored frames (N, h, w, C) of an item, kept where the set is small."""
        if self._held is None:
            return self.stored[number].frames()
        if number not in self._held:
            self._held[number] = np.array(self.stored[number])
        return self._held[number]

    def epoch(self, seed: int, epoch: int, batch: int, items: int = 0) -> list[list[Key]]:
        """Training keys of one epoch in shuffled batches; what does not fill the last batch waits
        for another epoch.

        `items` makes an epoch of so many: a smaller set is gone through again, in another order
        each time. 0: each item once.
        """
        rng, items = np.random.default_rng((seed, epoch)), items or len(self)
        order = np.concatenate([rng.permutation(len(self)) for _ in range(-(-items // len(self)))])[:items]
        size = min(batch, len(order))
        return [[(seed, epoch, int(i)) for i in order[at : at + size]] for at in range(0, len(order) - size + 1, size)]

    def views_of_all(self, batch: int) -> list[list[Key]]:
        """Testing keys: all views of all items, items in order."""
        keys = [(TEST, view, number) for number in range(len(self)) for view in range(self.views)]
        return [keys[at : at + batch] for at in range(0, len(keys), batch)]

    def load(self, plan: list[list[Key]], device: torch.device | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """The planned batches: clips (B, T, H, W, C) uint8 and labels (B,), on the processor or on
        a device.
        """
        return prefetched(plan, self.pick, self.batch, device or torch.device("cpu"))


def channel_statistics(clips: ClipSet, most: int = 256) -> Norm:
    """Mean and standard deviation of each channel in bytes: constants of the training set (W27),
    from at most `most` clips.

    Flow is already centred and divided by each clip's root mean square, so its constants are those
    of its code.
    """
    fields = 2 * clips.data.clips.flow_stack
    flow = [float(ZERO)] * fields, [float(QUANTUM)] * fields
    if clips.data.clips.input == "flow":
        return flow
    chosen = np.linspace(0, len(clips) - 1, min(most, len(clips))).astype(int)
    frames = [clips[(TEST, 0, int(i))][0].numpy() for i in chosen]  # (T, H, W, C) each
    pixels = np.concatenate([clip[..., :3].reshape(-1, 3)[::17] for clip in frames]).astype(np.float64)
    mean, std = pixels.mean(0).tolist(), np.maximum(pixels.std(0), 1.0).tolist()
    return (mean + flow[0], std + flow[1]) if clips.data.clips.input == "both" else (mean, std)


def normalise(clips: Tensor, norm: Norm) -> Tensor:
    """(B, T, H, W, C) uint8 to (B, C, T, H, W) float32 with zero mean and unit deviation over the
    training set, or over each clip.
    """
    x = clips.float()
    if norm == PER_CLIP:
        std, mean = torch.std_mean(x, (1, 2, 3), correction=0, keepdim=True)  # (B, 1, 1, 1, C)
        std = std.clamp(min=1.0)  # bytes: a black clip stays black
    else:
        mean, std = _constants(tuple(map(tuple, norm)), clips.device)  # (C,) each
    return ((x - mean) / std).permute(0, 4, 1, 2, 3)


@functools.lru_cache(maxsize=16)
def _constants(norm: tuple[tuple[float, ...], ...], device: torch.device) -> tuple[Tensor, Tensor]:
    mean, std = (torch.tensor(values, device=device) for values in norm)
    return mean, std
