"""Batches of clips: which clip, which frames, which crop. Every choice is a function of (seed, epoch, item) alone.

So the order of work, the number of loader processes and an interruption in the middle of an epoch change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from repro.data.cache import Enhancer, entry
from repro.data.flow import QUANTUM, ZERO
from repro.data.index import Item
from repro.data.light import darken
from repro.data.sampling import flow_window, test_indices, train_indices
from repro.data.store import Entry
from repro.spec import Clips, Data

Frames = np.ndarray  # (T, H, W, C) uint8
Norm = tuple[list[float], list[float]]  # mean and standard deviation per channel, in bytes; PER_CLIP holds none
PER_CLIP: Norm = ([], [])  # each clip is standardised by its own (W27)
COLOUR = 3  # channels before those of flow
TEST = -1  # stands for the epoch in a test key: nothing is drawn at random
Key = tuple[int, int, int]  # training (seed, epoch, item), testing (TEST, view, item)


def flip(frames: Frames, clips: Clips, rng: np.random.Generator) -> Frames:
    """Left-right mirror with probability one half; the horizontal component of every flow field changes its sign."""
    if rng.random() < 0.5:
        return frames
    frames = frames[:, :, ::-1].copy()
    if clips.input != "rgb":
        u = frames[..., COLOUR * (clips.input == "both") :: 2]
        np.negative(u, out=u)  # modulo 256: 128 stays, 128 + v becomes 128 - v
    return frames


def crop(frames: Frames, clips: Clips, rng: np.random.Generator) -> Frames:
    """A window of the network's size at a random place."""
    top = rng.integers(frames.shape[1] - clips.height + 1)
    left = rng.integers(frames.shape[2] - clips.width + 1)
    return frames[:, top : top + clips.height, left : left + clips.width]


def resized_crop(frames: Frames, clips: Clips, rng: np.random.Generator) -> Frames:
    """A random window of half to all of the largest one with the network's shape, brought to its size."""
    side = np.sqrt(rng.uniform(0.5, 1.0)) * min(frames.shape[1] / clips.height, frames.shape[2] / clips.width)
    h, w = int(side * clips.height), int(side * clips.width)
    top, left = rng.integers(frames.shape[1] - h + 1), rng.integers(frames.shape[2] - w + 1)
    window = np.ascontiguousarray(frames[:, top : top + h, left : left + w])
    return np.stack([brought_to(frame, clips.height, clips.width) for frame in window])


def brought_to(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """A frame (h, w, C) at (height, width, C): averaged where it shrinks, which OpenCV does for four channels at a time, else bilinear."""
    import cv2

    if frame.shape[0] <= height:
        return cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
    parts = [np.ascontiguousarray(frame[..., at : at + 4]) for at in range(0, frame.shape[2], 4)]
    resized = [cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA) for part in parts]
    return np.concatenate([part.reshape(height, width, -1) for part in resized], axis=-1)


def night(frames: Frames, clips: Clips, rng: np.random.Generator) -> Frames:
    """Every second clip at a night of random depth: the control of wei2025's Table 5, a recogniser that has seen the dark.

    Raises ValueError for flow, which is computed before.
    """
    if clips.input != "rgb":
        raise ValueError(f"the augmentation night darkens colour, and the input is {clips.input}; train on clips with Clips.night instead.")
    return darken(frames, rng.uniform(0.2, 1.0), rng) if rng.random() < 0.5 else frames


AUGMENTATIONS: dict[str, Callable[[Frames, Clips, np.random.Generator], Frames]] = {
    "flip": flip,
    "crop": crop,
    "resized_crop": resized_crop,
    "night": night,
}  # besides `start`: a random first frame, which is chosen before the frames are read


def centre(frames: Frames, clips: Clips) -> Frames:
    """The middle window of the network's size; a clip that already has it passes unchanged."""
    top, left = (frames.shape[1] - clips.height) // 2, (frames.shape[2] - clips.width) // 2
    return frames[:, top : top + clips.height, left : left + clips.width]


def pick(stored: Entry, at: np.ndarray, clips: Clips) -> Frames:
    """The stored frames at the indices `at` (T,), (T, h, w, C); with `Clips.stack` above one each with the flow fields around it."""
    if clips.stack == 1 or clips.input == "rgb":
        return stored[at]
    first, whole = COLOUR * (clips.input == "both"), stored.map()  # (N, h, w, 2 or 5)
    fields = whole[..., first:][flow_window(at, clips.stack, len(whole))]  # (T, L, h, w, 2)
    stacked = np.moveaxis(fields, 1, 3).reshape(*fields.shape[:1], *fields.shape[2:4], -1)  # (T, h, w, 2 L): u, v of the first, …
    return np.concatenate([whole[at][..., :first], stacked], axis=-1) if first else stacked


class ClipSet(Dataset):
    """Cached clips by key; see `Key`. Yields ((T, H, W, C) uint8 tensor, label)."""

    def __init__(
        self,
        items: Sequence[Item],
        data: Data,
        root: Path | None,
        cache: Path,
        augment: tuple[str, ...] = (),
        views: int = 1,
        enhancer: Enhancer | None = None,
    ) -> None:
        unknown = set(augment) - {"start", *AUGMENTATIONS}
        if unknown:
            raise ValueError(f"unknown augmentation {', '.join(sorted(unknown))}; known: start, {', '.join(AUGMENTATIONS)}")
        self.items, self.data, self.augment, self.views = items, data, augment, views
        self.stored = [entry(data, item, root, cache, enhancer) for item in items]  # memory maps: nothing is read yet

    def __len__(self) -> int:
        return len(self.items)

    @property
    def channels(self) -> int:
        """C, channels that enter the network."""
        return self.data.clips.channels

    def __getitem__(self, key: Key) -> tuple[Tensor, int]:
        first, second, number = key
        frames = self._test_clip(number, second) if first == TEST else self._train_clip(number, np.random.default_rng(key))
        return torch.from_numpy(np.ascontiguousarray(frames)), self.items[number].label

    def _train_clip(self, number: int, rng: np.random.Generator) -> Frames:
        stored, clips = self.stored[number], self.data.clips
        frames = pick(stored, train_indices(len(stored), clips, rng if "start" in self.augment else None), clips)  # (T, h, w, C)
        for name in self.augment:
            if name != "start":
                frames = AUGMENTATIONS[name](frames, clips, rng)
        return centre(frames, clips)

    def _test_clip(self, number: int, view: int) -> Frames:
        stored, clips = self.stored[number], self.data.clips
        return centre(pick(stored, test_indices(len(stored), clips, view, self.views), clips), clips)

    def epoch(self, seed: int, epoch: int, batch: int, items: int = 0) -> list[list[Key]]:
        """Training keys of one epoch in shuffled batches; what does not fill the last batch waits for another epoch.

        `items` makes an epoch of so many: a smaller set is gone through again, in another order each time. 0: each item once.
        """
        rng, items = np.random.default_rng((seed, epoch)), items or len(self)
        order = np.concatenate([rng.permutation(len(self)) for _ in range(-(-items // len(self)))])[:items]
        size = min(batch, len(order))
        return [[(seed, epoch, int(i)) for i in order[at : at + size]] for at in range(0, len(order) - size + 1, size)]

    def views_of_all(self, batch: int) -> list[list[Key]]:
        """Testing keys: all views of all items, items in order."""
        keys = [(TEST, view, number) for number in range(len(self)) for view in range(self.views)]
        return [keys[at : at + batch] for at in range(0, len(keys), batch)]

    def load(self, plan: list[list[Key]], workers: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The planned batches: clips (B, T, H, W, C) uint8 and labels (B,)."""
        return iter(DataLoader(self, batch_sampler=plan, num_workers=workers, generator=torch.Generator()))


def channel_statistics(clips: ClipSet, most: int = 256) -> Norm:
    """Mean and standard deviation of each channel in bytes: constants of the training set (W27), from at most `most` clips.

    Flow is already centred and divided by each clip's root mean square, so its constants are those of its code.
    """
    fields = 2 * clips.data.clips.stack
    flow = [float(ZERO)] * fields, [float(QUANTUM)] * fields
    if clips.data.clips.input == "flow":
        return flow
    chosen = np.linspace(0, len(clips) - 1, min(most, len(clips))).astype(int)
    frames = [clips[(TEST, 0, int(i))][0].numpy() for i in chosen]  # (T, H, W, C) each
    pixels = np.concatenate([clip[..., :3].reshape(-1, 3)[::17] for clip in frames]).astype(np.float64)
    mean, std = pixels.mean(0).tolist(), np.maximum(pixels.std(0), 1.0).tolist()
    return (mean + flow[0], std + flow[1]) if clips.data.clips.input == "both" else (mean, std)


def normalise(clips: Tensor, norm: Norm) -> Tensor:
    """(B, T, H, W, C) uint8 to (B, C, T, H, W) float32 with zero mean and unit deviation over the training set, or over each clip."""
    x = clips.float()
    if norm == PER_CLIP:
        std, mean = torch.std_mean(x, (1, 2, 3), correction=0, keepdim=True)  # (B, 1, 1, 1, C)
        std = std.clamp(min=1.0)  # bytes: a black clip stays black
    else:
        mean, std = (torch.tensor(values, device=clips.device) for values in norm)
    return ((x - mean) / std).permute(0, 4, 1, 2, 3)
