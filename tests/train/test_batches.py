"""Crops, flips, normalisation and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_runs import CLIPS, tiny

from repro.data.cache import prepare
from repro.data.flow import decode_flow
from repro.data.index import load
from repro.train.batches import AUGMENTATIONS, TEST, ClipSet, channel_statistics, flip, normalise


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
