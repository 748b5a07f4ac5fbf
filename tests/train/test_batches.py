"""Keys, normalisation, and which stored frames enter a clip."""

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_runs import CLIPS, tiny

from repro.data.cache import prepare
from repro.data.flow import QUANTUM, ZERO
from repro.data.index import DataError, load
from repro.spec import Clips
from repro.train.batches import PER_CLIP, TEST, ClipSet, Key, Picked, channel_statistics, normalise, pick
from repro.train.prefetch import prefetched

ALL = ("start", "crop", "flip")


def prepared(folder: Path, clips: Clips = CLIPS, **settings: Any) -> ClipSet:
    data = tiny(clips=clips).clip_data
    index = load(data, None)
    prepare(data, index.train, folder)
    return ClipSet(index.train, data, folder, **settings)


@pytest.fixture
def clips(tmp_path: Path) -> ClipSet:
    return prepared(tmp_path, augment=ALL, views=3)


def middles(clips: ClipSet) -> torch.Tensor:
    return torch.stack([clips[(TEST, 0, i)][0] for i in range(len(clips))])


# Keys


def test_a_key_gives_the_same_clip_in_any_order(clips: ClipSet) -> None:
    keys = clips.epoch(seed=1, epoch=2, batch=4)[1]
    first = [clips[key][0] for key in keys]
    again = [clips[key][0] for key in reversed(keys)][::-1]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not torch.equal(clips[(1, epoch, keys[0][2])][0], first[0]) for epoch in range(3, 8))


@pytest.mark.parametrize(("sampling", "stride"), [("span", 2), ("paper", 3)])
def test_without_start_training_sees_the_frames_of_testing(tmp_path: Path, sampling: str, stride: int) -> None:
    settings = replace(CLIPS, clip_stride=stride, sampling=sampling)
    still, drawn = (prepared(tmp_path, settings, augment=augment) for augment in ((), ("start",)))
    tested = still[(TEST, 0, 1)][0]
    assert all(torch.equal(still[(0, epoch, 1)][0], tested) for epoch in range(6))
    assert any(not torch.equal(drawn[(0, epoch, 1)][0], tested) for epoch in range(6))


def test_an_epoch_shows_each_clip_at_most_once_in_full_batches(clips: ClipSet) -> None:
    plan = clips.epoch(seed=0, epoch=0, batch=5)
    assert [len(batch) for batch in plan] == [5, 5] and len({key[2] for batch in plan for key in batch}) == 10
    assert len(clips.epoch(0, 0, batch=100)) == 1  # fewer clips than a batch: all of them


def test_a_smaller_set_is_gone_through_again_until_an_epoch_is_full(clips: ClipSet) -> None:
    numbers = [key[2] for batch in clips.epoch(seed=1, epoch=0, batch=4, items=28) for key in batch]
    assert sorted(Counter(numbers).values()) == [2] * 8 + [3] * 4
    assert numbers[:12] == [key[2] for batch in clips.epoch(1, 0, 4) for key in batch]


def test_testing_covers_every_view_of_every_item_in_order(clips: ClipSet) -> None:
    keys = [key for batch in clips.views_of_all(7) for key in batch]
    assert keys == [(TEST, view, number) for number in range(12) for view in range(3)]


def test_batches_made_ahead_are_the_same(clips: ClipSet) -> None:
    plan, cpu = [*clips.epoch(seed=0, epoch=0, batch=5), *clips.views_of_all(7)], torch.device("cpu")
    alone, ahead = (list(prefetched(plan, clips.pick, clips.batch, cpu, ahead)) for ahead in (0, 2))
    for one, other in zip(alone, ahead, strict=True):
        assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])


def test_what_goes_wrong_ahead_is_raised_at_its_batch_and_an_early_end_leaves_no_thread(clips: ClipSet) -> None:
    def broken(key: Key) -> Picked:
        if key[2] == 7:
            raise DataError("clip 7")
        return clips.pick(key)

    def threads() -> int:
        return sum("ThreadPool" in thread.name for thread in threading.enumerate())

    before, cpu = threads(), torch.device("cpu")
    batches = prefetched(clips.views_of_all(2), broken, clips.batch, cpu, 2)
    assert len([next(batches) for _ in range(10)]) == 10  # 20 of 36 views: items 0 to 6
    with pytest.raises(DataError, match="clip 7"):
        list(batches)
    early = prefetched(clips.views_of_all(2), clips.pick, clips.batch, cpu, 2)
    next(early)
    early.close()
    assert threads() == before


def test_a_batch_is_its_clips_one_by_one_also_of_many_sizes(tmp_path: Path) -> None:
    settings = replace(CLIPS, fit="cover")
    clips = prepared(tmp_path, settings, augment=ALL)
    keys = clips.epoch(seed=3, epoch=0, batch=12)[0]
    for key in keys[::3]:  # as if their films had been wider
        frames = np.array(clips.stored[key[2]])
        clips._held[key[2]] = np.concatenate([frames, frames[:, :, :5]], axis=2)
    x, label = clips.batch([clips.pick(key) for key in keys], torch.device("cpu"))
    assert len({clips.pick(key).frames.shape for key in keys}) == 2
    assert torch.equal(x, torch.stack([clips[key][0] for key in keys]))
    assert label.tolist() == [clips.items[key[2]].label for key in keys]


def test_a_large_set_is_read_from_disk_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = prepared(tmp_path, augment=ALL)
    monkeypatch.setattr("repro.train.batches.HELD", 1)
    mapped = prepared(tmp_path, augment=ALL)
    assert mapped._held is None and all(torch.equal(mapped[(0, 1, i)][0], held[(0, 1, i)][0]) for i in range(12))


def test_the_whole_video_has_no_views(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is 1 view; got 3"):
        prepared(tmp_path, replace(CLIPS, sampling="uniform"), views=3)[(TEST, 1, 0)]


# Normalisation


def test_normalised_training_clips_have_zero_mean_and_unit_deviation(clips: ClipSet) -> None:
    x = normalise(middles(clips), channel_statistics(clips))
    assert x.shape == (12, 3, 8, 24, 24)
    assert x.mean(dim=(0, 2, 3, 4)).abs().max() < 0.1 and (x.std(dim=(0, 2, 3, 4)) - 1).abs().max() < 0.1


def test_per_clip_each_clip_and_channel_has_zero_mean_and_unit_deviation(clips: ClipSet) -> None:
    x = normalise(middles(clips), PER_CLIP)
    assert x.mean(dim=(2, 3, 4)).abs().max() < 1e-4
    assert (x.std(dim=(2, 3, 4), correction=0) - 1).abs().max() < 1e-4
    assert torch.allclose(normalise(middles(clips)[4:5], PER_CLIP)[0], x[4], atol=1e-5)  # whoever else is in the batch


def test_per_clip_hides_how_bright_a_clip_is_and_leaves_black_alone() -> None:
    clip = torch.from_numpy(np.random.default_rng(0).integers(10, 60, (1, 2, 4, 4, 3), dtype=np.uint8))
    assert torch.allclose(normalise(clip, PER_CLIP), normalise(4 * clip, PER_CLIP), atol=1e-5)
    assert not normalise(torch.zeros_like(clip), PER_CLIP).any()


def test_statistics_of_both_are_those_of_colour_then_those_of_flow(tmp_path: Path, clips: ClipSet) -> None:
    mean, std = channel_statistics(prepared(tmp_path / "both", replace(CLIPS, input="both", clip_length=4)))
    assert (mean[3:], std[3:]) == ([ZERO] * 2, [QUANTUM] * 2)
    for found, colour in zip((mean, std), channel_statistics(clips), strict=True):
        assert found[:3] == pytest.approx(colour, rel=0.1)
    x = normalise(torch.full((1, 2, 4, 4, 5), ZERO, dtype=torch.uint8), (mean, std))
    assert x.shape == (1, 5, 2, 4, 4) and not x[:, 3:].any()


# Flow fields around each frame


@pytest.mark.parametrize("stack", [1, 2, 4])
@pytest.mark.parametrize(("kind", "channels"), [("rgb", 3), ("flow", 2), ("both", 5)])
def test_each_frame_brings_the_fields_around_it(kind: Any, channels: int, stack: int) -> None:
    """A stored clip of seven frames of 2 x 3 pixels, no byte of it twice."""
    values = np.arange(7 * 2 * 3 * channels, dtype=np.uint8).reshape(7, 2, 3, channels)
    clips, at = Clips(input=kind, flow_stack=stack), np.array([0, 3, 6, 3])
    picked = pick(values, at, clips)
    assert picked.shape == (4, 2, 3, clips.channels) and picked.dtype == np.uint8
    colour = {"rgb": 3, "flow": 0, "both": 3}[kind]
    for row, t in enumerate(at):
        assert np.array_equal(picked[row, ..., :colour], values[t, ..., :colour])
        around = {1: [0], 2: [-1, 0], 4: [-2, -1, 0, 1]}[stack] if kind != "rgb" else []
        fields = [values[min(max(t + away, 0), 6), ..., colour:] for away in around]  # u, v of the first, of the second
        assert not fields or np.array_equal(picked[row, ..., colour:], np.concatenate(fields, axis=-1))


@pytest.mark.parametrize("kind", ["flow", "both"])
def test_stacked_clips_of_the_whole_video_end_to_end(tmp_path: Path, kind: str) -> None:
    """Frames, crop and fields of a set, in training and in testing, are those of its entries."""
    settings = replace(CLIPS, input=kind, flow_stack=4, clip_length=11, clip_stride=2, sampling="paper")
    clips = prepared(tmp_path, settings, augment=ALL)
    tested, trained = clips[(TEST, 0, 2)][0], [clips[(0, epoch, 2)][0] for epoch in range(4)]
    whole = np.array(clips.stored[2])
    assert {x.shape for x in (tested, *trained)} == {(5, 24, 24, settings.channels)}
    assert len({x.numpy().tobytes() for x in trained}) == 4
    assert len(whole) == 11  # of twelve frames; t' = floor(11 / 5) = 2
    for number, t in enumerate((3, 4, 5, 6)):  # around the third sample, frame 6 counted from one; middle of 27 x 27
        assert np.array_equal(tested[2, ..., -8:][..., 2 * number : 2 * number + 2], whole[t, 1:25, 1:25, -2:])
    assert np.array_equal(tested[2, ..., :-8], whole[5, 1:25, 1:25, :-2])
    mean, std = channel_statistics(clips)
    assert len(mean) == settings.channels and (mean[-8:], std[-8:]) == ([ZERO] * 8, [QUANTUM] * 8)
