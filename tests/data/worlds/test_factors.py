"""The world `factors`: what frames, orders and motion tell of a class."""

from collections import Counter

import numpy as np
import pytest

from repro.data.flow import decode_flow, fields
from repro.data.index import Item, check_leaks, load
from repro.data.worlds import factors, ink
from repro.spec import Clips, Data, options

SMALL = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=28, width=28)  # stored 32 x 32
FACTORS = tuple(factors.CLASSES)


def twins(factor, number=0, clips=SMALL):
    """All classes of one name: {class: frames}."""
    classes = factors.CLASSES[factor]
    return {name: factors.read(Item(f"{factor}-s0/{name}/a{number:04d}", 0, ""), clips) for name in classes}


@pytest.fixture
def bare(monkeypatch):
    """Worlds without background and noise: what is not 40 belongs to the thing."""
    monkeypatch.setattr(ink, "backdrop", lambda size, palette, blots: np.full((*size, 3), 40, np.uint8))
    monkeypatch.setattr(ink, "grain", lambda frames, sigma, places: None)


def covered(frames):
    """(T, H, W) bool."""
    return (frames != 40).any(-1)


def angles(frames):
    """Where the thing is on the wrapped picture, (T, 2) complex numbers whose angles are its height
    and its way to the right.
    """
    mask = covered(frames).astype(float)
    rim = np.exp(2j * np.pi * np.arange(mask.shape[1]) / mask.shape[1])
    return np.stack((mask.sum(2) @ rim, mask.sum(1) @ rim), -1)


@pytest.mark.parametrize("factor", FACTORS)
def test_classes_are_balanced_and_share_their_groups_within_a_side(factor):
    data = Data("factors", options=options(factor=factor, train=240, test=120))
    index = check_leaks(load(data, None), allowed=False)
    k = len(factors.CLASSES[factor])
    assert np.bincount([item.label for item in index.train]).tolist() == [240 // k] * k
    assert set(Counter(item.group for item in index.train).values()) == {k}


@pytest.mark.parametrize("factor", FACTORS)
def test_bags_of_frames_reach_the_stated_ceiling(factor):
    """Classes of one name that show the same frames, whatever their order, cannot be told apart
    without it; `left` is `right` played backwards.
    """
    for number in range(4):
        drawn = twins(factor, number)
        bags = {tuple(sorted(frame.tobytes() for frame in frames)) for frames in drawn.values()}
        assert len(bags) / len(drawn) == factors.CEILINGS[factor]["order_blind"]
        assert len({frames.tobytes() for frames in drawn.values()}) == len(drawn)
        for a, b in (("left", "right"), ("up", "down")) if factor == "motion" else ():
            assert np.array_equal(drawn[a], drawn[b][::-1])


def test_things_wrap_whole_and_move_as_their_class_says(bare):
    ways = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
    for number in range(12):
        for name, frames in twins("motion", number).items():
            area = covered(frames).sum((1, 2))
            assert np.ptp(area) < 0.12 * area.mean()  # the rim falls between pixels; nothing is cut off
            turned = np.angle(angles(frames)[-1] / angles(frames)[0])
            assert np.sign(np.where(np.abs(turned) > 0.1, turned, 0)).tolist() == list(ways[name]), (name, number)


def test_a_single_frame_tells_nothing_of_the_direction(bare):
    """First frames lie anywhere on the wrapped picture in every direction: the mean place of 300 is
    near none.
    """
    short = Clips(frame_stride=4, clip_length=1, clip_stride=1, height=28, width=28)
    drawn = [twins("motion", number, short) for number in range(300)]
    for name in factors.DIRECTIONS:
        places = np.array([angles(clips[name])[0] for clips in drawn])  # (300, 2)
        places /= np.abs(places)
        assert (np.abs(places.mean(0)) < 0.15).all(), name  # uniform: 0.06 expected, 0.15 once in a thousand


def test_flow_sees_the_direction():
    """Where frames differ. Flow there points the way; its median is taken off everywhere, so the
    surroundings seem to move back.
    """
    right = 0
    for number in range(20):
        frames = twins("motion", number)["right"]
        moved = np.abs(np.diff(frames.astype(int).sum(-1), axis=0)) > 60
        right += decode_flow(fields(frames, SMALL))[..., 0][moved].mean() > 0
    assert right >= 18


@pytest.mark.parametrize("length, step, each", [(8, 1, 2), (8, 2, 1), (16, 1, 4), (16, 2, 2), (16, 4, 1), (4, 1, 1)])
def test_in_order_every_thing_is_shown_equally_long_whatever_window_is_taken(bare, length, step, each):
    clips = Clips(clip_length=length, clip_stride=step, height=28, width=28)
    for number in range(6):
        for frames in twins("order", number, clips).values():
            for start in range(factors.SPARE + 1):
                window = frames[start : start + length : step]
                shown = Counter(frame.tobytes() for frame in window if covered(frame[None]).any())
                assert sorted(shown.values()) == [each] * 3


def test_order_shows_what_its_class_names(bare):
    """The areas of the three things are all unlike, so the sequence of areas tells which one came
    when.
    """
    drawn = {name: frames[covered(frames).any((1, 2))][::2] for name, frames in twins("order").items()}
    look = dict(zip(factors.TRIO, drawn["-".join(factors.TRIO)], strict=True))
    for name, frames in drawn.items():
        assert np.array_equal(frames, [look[thing] for thing in name.split("-")])


def test_appearance_and_joint_change_the_thing_and_leave_its_surroundings():
    drawn = twins("appearance")
    differ = np.any([(drawn["ring"] != frames).any(-1) for frames in drawn.values()], axis=0)  # (T, H, W)
    assert 0.05 < differ.mean() < 0.55
    joint = twins("joint")
    for thing in factors.PAIR:
        assert np.array_equal(joint[f"{thing}-up"], joint[f"{thing}-down"][::-1])
    assert not np.array_equal(*(joint[f"{thing}-up"] for thing in factors.PAIR))
