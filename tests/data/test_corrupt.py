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

KINDS = [kind for kind in get_args(Corruption) if kind not in ("", "shuffle", "freeze")]
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
    with pytest.raises(ValueError, match="rotate, crop, gamma, noise, patch, shuffle, freeze at a level"):
        changed(kind, level)


@pytest.mark.parametrize(("level", "moved"), [(0.0, 0), (0.5, 10), (1.0, 20)])
def test_so_many_frames_change_places(level: float, moved: int) -> None:
    clip = np.arange(20, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 2, 2, 3), np.uint8)
    orders = [corrupt(clip, "shuffle", level, np.random.default_rng(seed))[:, 0, 0, 0] for seed in range(30)]
    assert all(sorted(order) == list(range(20)) for order in orders)
    apart = [(order != np.arange(20)).sum() for order in orders]
    assert moved - 5 <= min(apart) <= max(apart) <= moved and len(set(map(tuple, orders))) == (30 if moved else 1)


@pytest.mark.parametrize(("level", "seen"), [(0.0, [0, 1, 2, 3]), (0.5, [0, 0, 0, 1]), (1.0, [0, 0, 0, 0])])
def test_the_first_frame_stays(level: float, seen: list[int]) -> None:
    clip = np.arange(4, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 2, 2, 3), np.uint8)
    assert corrupt(clip, "freeze", level, np.random.default_rng(0))[:, 0, 0, 0].tolist() == seen


def test_a_stored_clip_is_corrupted_by_a_draw_of_its_name() -> None:
    clips = Clips(height=18, width=24, resize_ratio=1.0, corruption="patch", corruption_level=0.5)
    one, again, other = (stored_frames(iter(CLIP), clips, name) for name in ("a", "a", "b"))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    dark = stored_frames(iter(CLIP), replace(clips, darkness=1.0), "a")
    assert dark.mean() < one.mean()


def test_colour_has_the_stated_noise_at_the_stored_size_and_flow_sees_the_corrupted_frames() -> None:
    grey = np.full((3, 72, 96, 3), 128, np.uint8)
    noisy = Clips(height=18, width=24, resize_ratio=1.0, corruption="noise", corruption_level=0.4)
    assert stored_frames(iter(grey), noisy, "a").std() == pytest.approx(255 * 0.4 * 0.25, rel=0.05)
    still, frozen = (replace(noisy, input="flow", corruption=kind, corruption_level=1.0) for kind in ("", "freeze"))
    moving = np.stack([np.roll(np.kron(FRAME, np.ones((2, 2, 1), np.uint8)), 3 * t, 1) for t in range(3)])
    assert np.abs(stored_frames(iter(moving), still, "a").astype(int) - 128).max() > 10
    assert np.abs(stored_frames(iter(moving), frozen, "a").astype(int) - 128).max() <= 1
