"""Crops, flips, normalisation and keys."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_runs import CLIPS, tiny

from repro.data.cache import prepare
from repro.data.flow import QUANTUM, ZERO, decode_flow
from repro.data.index import load
from repro.train.batches import AUGMENTATIONS, PER_CLIP, TEST, ClipSet, channel_statistics, flip, night, normalise


@pytest.fixture
def clips(tmp_path: Path) -> ClipSet:
    data = tiny().data
    index = load(data, None)
    prepare(data, index.train, None, tmp_path)
    return ClipSet(index.train, data, None, tmp_path, ("start", "crop", "flip"), views=3)


class Always:
    """A generator whose every draw is the same."""

    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


def test_a_mirrored_flow_changes_the_sign_of_u() -> None:
    frames = np.array([[[[140, 100], [120, 90], [128, 128]]]], np.uint8)  # (1, 1, 3, 2)
    mirrored = flip(frames, replace(CLIPS, input="flow"), Always(0.9))
    u, v = decode_flow(frames)[0, 0].T
    assert np.array_equal(decode_flow(mirrored)[0, 0], np.stack([-u[::-1], v[::-1]], axis=1))
    assert np.array_equal(flip(frames, replace(CLIPS, input="flow"), Always(0.1)), frames)


def test_a_mirrored_picture_keeps_its_colours() -> None:
    frames = np.arange(6, dtype=np.uint8).reshape(1, 1, 2, 3)
    assert flip(frames, CLIPS, Always(0.9)).tolist() == [[[[3, 4, 5], [0, 1, 2]]]]


@pytest.mark.parametrize("name", ["crop", "resized_crop"])
def test_crops_have_the_networks_size_and_vary(name: str) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (3, 27, 40, 3), dtype=np.uint8)
    made = [AUGMENTATIONS[name](frames, CLIPS, np.random.default_rng(seed)) for seed in range(8)]
    assert all(m.shape == (3, 24, 24, 3) for m in made)
    assert len({m.tobytes() for m in made}) > 4


def test_a_key_gives_the_same_clip_in_any_order(clips: ClipSet) -> None:
    keys = clips.epoch(seed=1, epoch=2, batch=4)[1]
    first = [clips[key][0] for key in keys]
    again = [clips[key][0] for key in reversed(keys)][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    number = keys[0][2]
    assert any(not torch.equal(clips[(1, epoch, number)][0], first[0]) for epoch in range(3, 8))


def test_an_epoch_shows_each_clip_at_most_once_in_full_batches(clips: ClipSet) -> None:
    plan = clips.epoch(seed=0, epoch=0, batch=5)
    seen = [key[2] for batch in plan for key in batch]
    assert [len(batch) for batch in plan] == [5, 5] and len(set(seen)) == 10
    assert len(clips.epoch(0, 0, batch=100)) == 1  # fewer clips than a batch: all of them


def test_testing_covers_every_view_of_every_item_in_order(clips: ClipSet) -> None:
    keys = [key for batch in clips.views_of_all(7) for key in batch]
    assert keys == [(TEST, view, number) for number in range(12) for view in range(3)]


def test_normalised_training_clips_have_zero_mean_and_unit_deviation(clips: ClipSet) -> None:
    norm = channel_statistics(clips)
    everything = torch.stack([clips[(TEST, 0, i)][0] for i in range(len(clips))])
    x = normalise(everything, norm)
    assert x.shape == (12, 3, 8, 24, 24)
    assert x.mean(dim=(0, 2, 3, 4)).abs().max() < 0.1
    assert (x.std(dim=(0, 2, 3, 4)) - 1).abs().max() < 0.1


def test_loader_processes_change_nothing(clips: ClipSet) -> None:
    plan = clips.epoch(seed=0, epoch=0, batch=6)
    alone = [frames for frames, _ in clips.load(plan, workers=0)]
    helped = [frames for frames, _ in clips.load(plan, workers=2)]
    assert all(torch.equal(a, b) for a, b in zip(alone, helped, strict=True))


def test_mirrored_colour_and_flow_stay_together() -> None:
    frames = np.random.default_rng(0).integers(1, 256, (2, 3, 4, 5), dtype=np.uint8)
    mirrored = flip(frames, replace(CLIPS, input="both"), Always(0.9))
    expected = frames[:, :, ::-1].astype(int)
    expected[..., 3] = 256 - expected[..., 3]  # u alone
    assert np.array_equal(mirrored, expected)


def test_night_darkens_about_half_of_the_clips_to_many_depths() -> None:
    lit = np.full((2, 8, 8, 3), 150, np.uint8)
    made = [night(lit, CLIPS, np.random.default_rng((0, epoch, 0))) for epoch in range(60)]
    dark = [clip for clip in made if not np.array_equal(clip, lit)]
    assert 20 < len(dark) < 40
    means = sorted(clip.mean() for clip in dark)
    assert means[0] < 40 and 80 < means[-1] < 110  # levels 0.2 to 1
    assert np.array_equal(night(lit, CLIPS, np.random.default_rng(3)), night(lit, CLIPS, np.random.default_rng(3)))
    assert (lit == 150).all()


@pytest.mark.parametrize("kind", ["flow", "both"])
def test_night_refuses_flow(kind: str) -> None:
    frames = np.zeros((2, 4, 4, {"flow": 2, "both": 5}[kind]), np.uint8)
    for draw in (0.1, 0.9):  # whether or not this clip would be darkened
        with pytest.raises(ValueError, match=f"darkens colour, and the input is {kind}.*Clips.night"):
            night(frames, replace(CLIPS, input=kind), Always(draw))


def test_per_clip_each_clip_and_channel_has_zero_mean_and_unit_deviation(clips: ClipSet) -> None:
    everything = torch.stack([clips[(TEST, 0, i)][0] for i in range(len(clips))])
    x = normalise(everything, PER_CLIP)
    assert x.shape == (12, 3, 8, 24, 24)
    assert x.mean(dim=(2, 3, 4)).abs().max() < 1e-4
    assert (x.std(dim=(2, 3, 4), correction=0) - 1).abs().max() < 1e-4
    assert torch.allclose(normalise(everything[4:5], PER_CLIP)[0], x[4], atol=1e-5)  # whoever else is in the batch


def test_per_clip_hides_how_bright_a_clip_is_and_leaves_black_alone() -> None:
    clip = torch.from_numpy(np.random.default_rng(0).integers(10, 60, (1, 2, 4, 4, 3), dtype=np.uint8))
    assert torch.allclose(normalise(clip, PER_CLIP), normalise(4 * clip, PER_CLIP), atol=1e-5)
    assert not normalise(torch.zeros_like(clip), PER_CLIP).any()


def test_statistics_of_both_are_those_of_colour_then_those_of_flow(tmp_path: Path, clips: ClipSet) -> None:
    data = tiny(clips=replace(CLIPS, input="both", length=4)).data
    index = load(data, None)
    prepare(data, index.train, None, tmp_path / "both")
    mean, std = channel_statistics(ClipSet(index.train, data, None, tmp_path / "both"))
    assert len(mean) == len(std) == 5
    assert (mean[3:], std[3:]) == ([ZERO] * 2, [QUANTUM] * 2)
    colour = channel_statistics(clips)
    assert mean[:3] == pytest.approx(colour[0], rel=0.1) and std[:3] == pytest.approx(colour[1], rel=0.1)
    x = normalise(torch.full((1, 2, 4, 4, 5), ZERO, dtype=torch.uint8), (mean, std))
    assert x.shape == (1, 5, 2, 4, 4) and not x[:, 3:].any()


def test_a_smaller_set_is_gone_through_again_until_an_epoch_is_full(clips: ClipSet) -> None:
    plan = clips.epoch(seed=1, epoch=0, batch=4, items=2 * len(clips) + 4)
    seen = Counter(key[2] for batch in plan for key in batch)
    assert sum(seen.values()) == 2 * len(clips) + 4
    assert set(seen) == set(range(len(clips))) and set(seen.values()) == {2, 3}
    assert [key[2] for batch in plan for key in batch][: len(clips)] == [key[2] for batch in clips.epoch(1, 0, 4) for key in batch]
