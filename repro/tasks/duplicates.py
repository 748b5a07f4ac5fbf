"""The task `duplicates`: how many test clips have a near copy among the training clips of a split;
nothing is trained.

A random split of clips that were cut from few videos puts pieces of one video on both sides, and
accuracy then rewards memory (O17). That is counted here without a network. A few evenly spaced
frames of each clip, as they are stored, become perceptual hashes of 64 bits (`cv2.img_hash.PHash`:
signs of the low frequencies of a grey image of 32 x 32, so the stored size hardly matters). Two
clips are as far apart as the two nearest of their hashes: 0 bits in copies, about 32 between
unrelated frames. We use five frames and the thresholds of 4, 8 and 10 bits; the paper gives nothing
of the kind.

Being near says little by itself: dark, flat or similar scenes are near by luck, the more so the
more training clips there are. Therefore the same test clips are also compared with the training
clips of other groups only, and each training clip with those of other groups: so near is luck, or a
place that returns under another group's name. And a near copy gives the answer away only where it
has the same class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from repro.files import replacing
from repro.sampling.uniform import evenly
from repro.spec import Run
from repro.train.batches import ClipSet
from repro.train.context import Context
from repro.train.prepare import load_sides

FRAMES = 5  # of each clip
BITS = 64
NONE = BITS + 1  # the distance where there is no clip to compare with
NEAR = (4, 8, 10)  # bits
ROWS = 256  # clips compared with all others at once


def execute(run: Run, context: Context) -> dict[str, Any]:
    """Count near copies and store duplicates.npz: of every test clip its name, group, label, and
    its distance to the `nearest` training clip (with `nearest_group`), to the nearest of other
    groups and to the nearest of its class; 65 bits stand for none.

    `run.arguments` may hold `frames`, hashed frames of each clip. Raises DataError when the data
    are missing or unusable, ValueError when the clips hold no colour frames or a side of the split
    is empty.
    """
    data, frames = run.clip_data, dict(run.arguments).get("frames", FRAMES)
    if data.clips.input != "rgb":
        raise ValueError(f"{run.label}: near copies are found in colour frames; name data whose clips have input 'rgb'")
    if frames < 1:
        raise ValueError(f"{run.label}: of each clip at least one frame is hashed; got frames={frames}")
    sides = load_sides(run, context)
    if not sides.train or not sides.test:
        only = f"the split {data.split!r} of {data.name} has one side only"
        raise ValueError(f"{run.label}: {only}; near copies need two")
    by_name = (sorted(side, key=lambda item: item.name) for side in (sides.train, sides.test))
    train, test = (Side.of(ClipSet(side, data, context.cache), frames) for side in by_name)
    counts, per_clip = compare(train, test)
    with replacing(context.folder / "duplicates.npz") as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **per_clip)
    return sides.facts() | {"frames": frames, "bits": BITS} | counts


@dataclass(frozen=True)
class Side:
    """The clips of one side of a split, in the order of their names."""

    name: np.ndarray  # (N,)
    group: np.ndarray  # (N,)
    label: np.ndarray  # (N,)
    hashes: np.ndarray  # (N, F) uint64

    @classmethod
    def of(cls, clips: ClipSet, frames: int) -> Side:
        """Of each clip as many frames are hashed."""
        columns = {what: np.array([getattr(i, what) for i in clips.items]) for what in ("name", "group", "label")}
        return cls(**columns, hashes=hashes(clips, frames))


def hashes(clips: ClipSet, frames: int) -> np.ndarray:
    """(N, frames) uint64: the perceptual hashes of evenly spaced stored frames of each clip; a
    short clip repeats frames.
    """
    hasher = cv2.img_hash.PHash.create()
    rows = []
    for stored in clips.stored:
        chosen = stored[evenly(len(stored), frames)]  # (frames, h, w, 3) uint8
        rows.append([hasher.compute(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))[0] for frame in chosen])
    return np.array(rows).view(np.uint64)[..., 0]


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, M) uint8 of hashes (N, F) and (M, G): bits in which the two nearest hashes of two clips
    differ.
    """
    apart = np.full((len(a), len(b)), NONE, np.uint8)
    for top in range(0, len(a), ROWS):
        for one in a[top : top + ROWS].T:
            for other in b.T:
                part = np.bitwise_count(one[:, None] ^ other[None])
                np.minimum(apart[top : top + ROWS], part, out=apart[top : top + ROWS])
    return apart


def compare(train: Side, test: Side) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what is counted, what is stored of each test clip).

    `near…` count test clips at or below each threshold: nearest to any training clip, to one of
    their own group, of other groups, of their class, of their class in other groups;
    `near_among_train` counts training clips near to one of another group. `same_group` and
    `same_class` are the shares of test clips whose nearest training clip is of their group or class
    (of several equally near ones, the part that is), `chance…` the same if any training clip were
    the nearest. `typical` is the median distance between middle frames of different groups, about
    32 unless hashes collapse; `distinct` the share of different hashes among all.
    """
    apart = distances(test.hashes, train.hashes)  # (N, M)
    own, alike = test.group[:, None] == train.group[None], test.label[:, None] == train.label[None]
    least, elsewhere, in_class = apart.min(1), reach(apart, ~own), reach(apart, alike)
    closest = apart == least[:, None]
    weight = 1 / closest.sum(1) / len(apart)  # (N,)
    middle = train.hashes.shape[1] // 2
    others = train.group[:, None] != train.group[None]
    unrelated = np.bitwise_count(test.hashes[:, middle, None] ^ train.hashes[None, :, middle])[~own]
    every = np.concatenate([train.hashes, test.hashes])
    counted = {
        "near": near(least),
        "near_own_group": near(reach(apart, own)),
        "near_other_groups": near(elsewhere),
        "near_same_class": near(in_class),
        "near_same_class_other_groups": near(reach(apart, alike & ~own)),
        "near_among_train": near(reach(distances(train.hashes, train.hashes), others)),
        "same_group": float((closest & own).sum(1) @ weight),
        "same_class": float((closest & alike).sum(1) @ weight),
        "chance_same_group": float(own.mean()),
        "chance_same_class": float(alike.mean()),
        "median_distance": float(np.median(least)),
        "typical": float(np.median(unrelated)) if unrelated.size else None,
        "distinct": len(np.unique(every)) / every.size,
    }
    nearest = apart.argmin(1)
    return counted, {
        "name": test.name,
        "group": test.group,
        "label": test.label,
        "distance": least,
        "nearest": train.name[nearest],
        "nearest_group": train.group[nearest],
        "distance_other_groups": elsewhere,
        "distance_same_class": in_class,
    }


def reach(apart: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(N,) distances to the nearest of those clips that `among` (N, M) admits; 65 where it admits
    none.
    """
    return np.where(among, apart, np.uint8(NONE)).min(1)


def near(distance: np.ndarray) -> dict[str, int]:
    """How many distances (N,) lie at or below each threshold; its bits are the key."""
    return {str(bits): int((distance <= bits).sum()) for bits in NEAR}
