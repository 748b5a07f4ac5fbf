"""What a test puts in the way of a clip: nothing at level 0, more at a higher level, the same for
all frames and each time.
"""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from repro.data.corrupt import corrupt
from repro.data.frames import stored_frames
from repro.spec import Clips, Corruption

KINDS = [kind for kind in get_args(Corruption) if kind]
FRAME = np.random.default_rng(0).integers(30, 220, (9, 12, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
CLIP = np.stack([FRAME] * 3)


def changed(kind: str, level: float, seed: int = 0) -> np.ndarray:
    return corrupt(CLIP, kind, level, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_at_level_0_and_more_at_higher_levels(kind: str) -> None:
    assert np.array_equal(changed(kind, 0.0), CLIP)
    far = [np.abs(changed(kind, level).astype(int) - CLIP).mean() for level in (0.2, 0.5, 1.0)]
    assert 0 < far[0] < far[1] < far[2]
    made = changed(kind, 0.5)
    assert (made.dtype, made.shape) == (CLIP.dtype, CLIP.shape) and np.array_equal(made, changed(kind, 0.5))
    assert np.array_equal(made[0], made[1]) == (kind != "noise")


def test_each_kind_by_hand() -> None:
    patch = changed("patch", 1.0)[0]
    rows, columns = np.nonzero((patch == 128).all(2) & (patch != FRAME).any(2))
    assert np.ptp(rows) == 0.75 * 36 - 1 and np.ptp(columns) == 0.75 * 48 - 1
    assert np.ptp(changed("gamma", 1.0)[CLIP == 100]) == 0 and changed("gamma", 1.0)[0, 0, 0, 0] in (
        round(255 * (CLIP[0, 0, 0, 0] / 255) ** power) for power in (4, 0.25)
    )
    assert np.std(changed("noise", 0.2).astype(int) - CLIP) == pytest.approx(255 * 0.2 * 0.25, rel=0.03)
    spot = np.zeros((1, 41, 41, 3), np.uint8)
    spot[0, 19:22, 29:32] = 255
    turned = corrupt(spot, "rotate", 1.0, np.random.default_rng(0))[0, :, :, 0]
    y, x = (float((at * turned).sum() / turned.sum()) - 20 for at in np.mgrid[:41, :41])
    assert x == pytest.approx(10 / 2**0.5, abs=0.3) and abs(y) == pytest.approx(10 / 2**0.5, abs=0.3)
    cut = corrupt(CLIP, "crop", 1.0, np.random.default_rng(2))[0]
    assert len(np.unique(cut.reshape(-1, 3), axis=0)) < len(np.unique(FRAME.reshape(-1, 3), axis=0)) * 12


@pytest.mark.parametrize(("kind", "level"), [("fog", 0.5), ("noise", 1.5), ("noise", -0.1)])
def test_another_kind_or_level_is_refused(kind: str, level: float) -> None:
    with pytest.raises(ValueError, match="rotate, crop, gamma, noise, patch at a level"):
        changed(kind, level)


def test_a_stored_clip_is_corrupted_before_night_and_size_by_a_draw_of_its_name() -> None:
    clips = Clips(height=18, width=24, resize_ratio=1.0, corruption="patch", corruption_level=0.5)
    one, again, other = (stored_frames(iter(CLIP), clips, name) for name in ("a", "a", "b"))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    dark = stored_frames(iter(CLIP), replace(clips, darkness=1.0), "a")
    assert dark.mean() < one.mean() / 2
