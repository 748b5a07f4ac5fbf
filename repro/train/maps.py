"""Stored maps of convolutions in the place of clips, for trainings that leave these frozen; the
task `features` makes them.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from repro.data.index import Item
from repro.spec import Run
from repro.train.batches import ClipSet, Key, Norm, Picked
from repro.train.prefetch import to

FILE, NAMES = "maps.npy", "maps.json"  # (N, T, h, w, D) float16, and the N names
IDENTITY: Norm = ([0.0], [1.0])  # stored maps enter the network as they are


class MapSet(ClipSet):
    """Stored maps in the place of clips; (T, h, w, D) float16 each. Every key of an item gives the
    same maps.
    """

    def __init__(self, items: list[Item], run: Run, folder: Path) -> None:
        if run.recipe.augment or run.protocol.views != 1:
            asked = f"got augment {run.recipe.augment} and {run.protocol.views} views"
            raise ValueError(f"{run.label}: stored maps cannot be cut anew; {asked}. Leave augment empty, views at 1.")
        self.items, self.data, self.augment, self.views = items, run.clip_data, (), 1
        self._maps = np.load(folder / FILE, mmap_mode="r")
        rows = {name: row for row, name in enumerate(json.loads((folder / NAMES).read_text(encoding="utf8")))}
        lacking = [item.name for item in items if item.name not in rows]
        if lacking:
            what = f"{len(lacking)} clips have no stored maps, first {lacking[0]}"
            raise ValueError(f"{run.label}: {what}. Name `features` of the same data.")
        self.rows = [rows[item.name] for item in items]

    @property
    def channels(self) -> int:
        """D, channels of the maps."""
        return int(self._maps.shape[-1])

    def pick(self, key: Key) -> Picked:
        """The maps of a key's item."""
        return Picked(np.array(self._maps[self.rows[key[2]]]), (), self.items[key[2]].label)

    def _changed(self, picked: Sequence[Picked], device: torch.device) -> Tensor:
        """Maps as they are, (B, T, h, w, D)."""
        return to(torch.from_numpy(np.stack([one.frames for one in picked])), device)
