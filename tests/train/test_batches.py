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
from repro.data.store import Entry, load_header, store
from repro.spec import Clips
from repro.train.batches import (
    AUGMENTATIONS,
    PER_CLIP,
    TEST,
    ClipSet,
    brought_to,
    channel_statistics,
    flip,
    night,
    normalise,
    pick,
)


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


@pytest.mark.parametrize(("sampling", "step"), [("span", 2), ("paper", 3)])
def test_without_start_training_sees_the_frames_of_testing(tmp_path: Path, sampling: str, step: int) -> None:
    data = tiny(clips=replace(CLIPS, clip_stride=step, sampling=sampling)).data
    index = load(data, None)
    prepare(data, index.train, None, tmp_path)
    still, drawn = (ClipSet(index.train, data, None, tmp_path, augment) for augment in ((), ("start",)))
    tested = still[(TEST, 0, 1)][0]
    assert all(torch.equal(still[(0, epoch, 1)][0], tested) for epoch in range(6))
    assert any(not torch.equal(drawn[(0, epoch, 1)][0], tested) for epoch in range(6))


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
    data = tiny(clips=replace(CLIPS, input="both", clip_length=4)).data
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
    assert [key[2] for batch in plan for key in batch][: len(clips)] == [
        key[2] for batch in clips.epoch(1, 0, 4) for key in batch
    ]


# Fields around each frame


CHANNELS = {"rgb": 3, "flow": 2, "both": 5}


def stored(folder: Path, kind: str) -> tuple[Entry, np.ndarray]:
    """An entry of seven frames of 2 x 3 pixels, no byte of it twice, and its content."""
    values = np.arange(7 * 2 * 3 * CHANNELS[kind], dtype=np.uint8).reshape(7, 2, 3, CHANNELS[kind])
    store(folder / f"{kind}.clip", values)
    return Entry(folder / f"{kind}.clip", load_header(folder / f"{kind}.clip")), values


@pytest.mark.parametrize("stack", [1, 2, 4])
@pytest.mark.parametrize("kind", CHANNELS)
def test_each_frame_brings_the_fields_around_it(tmp_path: Path, kind: str, stack: int) -> None:
    entry, values = stored(tmp_path, kind)
    clips, at = Clips(input=kind, flow_stack=stack), np.array([0, 3, 6, 3])
    picked = pick(entry, at, clips)
    assert picked.shape == (4, 2, 3, clips.channels) and picked.dtype == np.uint8
    if kind == "rgb":
        assert np.array_equal(picked, values[at])
        return
    colour = 3 if kind == "both" else 0
    for row, t in enumerate(at):
        assert np.array_equal(picked[row, ..., :colour], values[t, ..., :colour])
        around = [min(max(t + away, 0), 6) for away in {1: [0], 2: [-1, 0], 4: [-2, -1, 0, 1]}[stack]]
        for place, field in enumerate(around):  # u and v of the first, then of the second, …
            u, v = (picked[row, ..., colour + 2 * place + part] for part in (0, 1))
            assert np.array_equal(u, values[field, ..., colour]) and np.array_equal(v, values[field, ..., colour + 1])


@pytest.mark.parametrize("kind", CHANNELS)
def test_without_a_stack_the_stored_frames_are_what_enters(tmp_path: Path, kind: str) -> None:
    entry, values = stored(tmp_path, kind)
    assert np.array_equal(pick(entry, np.array([6, 0, 2]), Clips(input=kind)), values[[6, 0, 2]])


@pytest.mark.parametrize("kind", ["flow", "both"])
def test_a_mirror_turns_u_of_every_field(kind: str) -> None:
    clips = Clips(input=kind, flow_stack=2)
    frames = np.random.default_rng(0).integers(0, 256, (2, 3, 4, clips.channels), dtype=np.uint8)
    frames[0, 0, 0] = 128  # no motion
    before = frames.copy()
    mirrored = flip(frames, clips, Always(0.9))
    expected = before[:, :, ::-1].astype(int)
    colour = 3 if kind == "both" else 0
    for u in (colour, colour + 2):
        expected[..., u] = (256 - expected[..., u]) % 256
    assert np.array_equal(mirrored, expected) and (mirrored[0, 0, -1] == 128).all()
    assert np.array_equal(flip(mirrored, clips, Always(0.9)), before) and np.array_equal(frames, before)


@pytest.mark.parametrize("kind", ["flow", "both"])
def test_stacked_clips_of_the_whole_video_end_to_end(tmp_path: Path, kind: str) -> None:
    """Frames, crop and fields of a set, in training and in testing, are those of its entries;
    constants come one per channel.
    """
    data = tiny(clips=replace(CLIPS, input=kind, flow_stack=4, clip_length=11, clip_stride=2, sampling="paper")).data
    index = load(data, None)
    prepare(data, index.train, None, tmp_path)
    clips = ClipSet(index.train, data, None, tmp_path, ("start", "crop", "flip"))
    shape = (5, 24, 24, data.clips.channels)
    tested, trained = clips[(TEST, 0, 2)][0], [clips[(0, epoch, 2)][0] for epoch in range(4)]
    whole = np.array(clips.stored[2])
    assert (
        tested.shape == shape
        and all(x.shape == shape for x in trained)
        and len({x.numpy().tobytes() for x in trained}) == 4
    )
    assert len(whole) == 11  # of twelve frames; t' = floor(11 / 5) = 2
    for place, t in enumerate(
        (3, 4, 5, 6)
    ):  # around the third sample, frame 6 counted from one, in the middle of 27 x 27
        assert np.array_equal(tested[2, ..., -8:][..., 2 * place : 2 * place + 2], whole[t, 1:25, 1:25, -2:])
    assert np.array_equal(tested[2, ..., :-8], whole[5, 1:25, 1:25, :-2])
    mean, std = channel_statistics(clips)
    assert len(mean) == len(std) == data.clips.channels and (mean[-8:], std[-8:]) == ([ZERO] * 8, [QUANTUM] * 8)
    assert normalise(tested[None], (mean, std)).shape == (1, data.clips.channels, 5, 24, 24)


def test_the_whole_video_has_no_views(tmp_path: Path) -> None:
    data = tiny(clips=replace(CLIPS, sampling="uniform")).data
    index = load(data, None)
    prepare(data, index.train[:1], None, tmp_path)
    clips = ClipSet(index.train[:1], data, None, tmp_path, views=3)
    with pytest.raises(ValueError, match="there is 1 view; got 3"):
        clips[(TEST, 1, 0)]


@pytest.mark.parametrize("channels", [1, 3, 5, 11])
@pytest.mark.parametrize("side", [9, 24])
def test_a_frame_of_any_channels_is_brought_to_size_like_each_channel_alone(channels: int, side: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (side, side, channels), dtype=np.uint8)
    alone = [brought_to(np.ascontiguousarray(frame[..., i : i + 1]), 12, 12) for i in range(channels)]
    found = brought_to(frame, 12, 12)
    assert np.array_equal(
        found.reshape(12, 12, -1), np.concatenate([part.reshape(12, 12, -1) for part in alone], axis=-1)
    )
