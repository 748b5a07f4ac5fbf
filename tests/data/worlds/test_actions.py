"""The world `actions`: deterministic, balanced, and what its people do."""

from itertools import combinations

import numpy as np
import pytest

from repro.data.index import load
from repro.data.worlds import actions, figure, motion
from repro.spec import Clips, Data, options

SMALL = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=28, width=28, resize_ratio=1.0)


def first(index, name):
    return next(item for item in index.train if f"/{name}/" in item.name)


def test_the_scene_changes_the_picture():
    shown = [actions.read(actions.index(None, scene=scene).train[0], SMALL) for scene in ("calm", "loud", "day")]
    assert len({clip.tobytes() for clip in shown}) == 3


def test_a_day_is_bright_and_its_people_are_dark():
    """Calm scenes the other way round: there the brightest pixels are clothes and skin, by day the
    darkest ones.
    """
    items = {scene: actions.index(None, scene=scene).train[:11] for scene in ("calm", "day")}
    calm, day = ([actions.read(item, SMALL) for item in items[scene]] for scene in items)
    assert np.mean([clip.mean() for clip in day]) > 115 > 60 > np.mean([clip.mean() for clip in calm])
    moved = [(clip, np.ptp(clip.mean(-1), axis=0) > 60) for clip in day]
    people = [clip[:, mask].min(0).mean() < np.median(clip) - 30 for clip, mask in moved if mask.any()]
    assert len(people) >= 8 and all(people)


def test_sizes_and_balance_of_the_calibrated_world():
    index = actions.index(None)
    assert (len(index.train), len(index.test), len(index.classes)) == (330, 165, 11)
    assert np.bincount([item.label for item in index.train]).tolist() == [30] * 11


def test_stand_is_sit_backwards_and_shares_its_group():
    index = actions.index(None, train=11, test=11)
    sit, stand = first(index, "sit"), first(index, "stand")
    assert sit.group == stand.group and sit.label != stand.label
    assert np.array_equal(actions.read(sit, SMALL), actions.read(stand, SMALL)[::-1])


def test_classes_keep_the_order_asked_for():
    index = load(Data("actions", options=options(train=4, test=2, classes=("walk", "jump"))), None)
    assert index.classes == ("walk", "jump")
    assert [i.name.split("/")[1] for i in index.train] == ["walk", "jump", "walk", "jump"]


def test_every_class_moves_in_its_own_way():
    """Mean speed of hands, feet, pelvis, and turning: no two actions agree in all of them."""
    t, parts = np.arange(17) * 4 / 30, [figure.WRIST, figure.WRIST + 1, figure.ANKLE, figure.PELVIS]

    def signature(action, seed):
        pose = motion.move(action, t, motion.Body(), np.random.default_rng(seed))
        tracks = figure.joints(pose)[parts][:, :: -1 if action == "stand" else 1]
        path, bent = np.abs(np.diff(pose.root[:, 1])).sum(), np.abs(pose.lean).max()
        speeds, drift = np.abs(np.diff(tracks, axis=1)).sum((1, 2)), tracks[-1, -1, 2] - tracks[-1, 0, 2]
        return [*speeds, drift, path, bent, np.ptp(pose.yaw)]

    means = {action: np.mean([signature(action, seed) for seed in range(6)], 0) for action in actions.CLASSES}
    alike = [(a, b) for a, b in combinations(means, 2) if np.abs(means[a] - means[b]).max() <= 0.1]
    assert not alike


@pytest.mark.parametrize("action", actions.CLASSES)
def test_limbs_keep_their_lengths(action):
    body = motion.Body()
    joints = figure.joints(motion.move(action, np.linspace(0, 2, 9), body, np.random.default_rng(3)))
    thighs, shins = joints[[0, 1]] - joints[[2, 3]], joints[[2, 3]] - joints[[4, 5]]  # hips, knees, ankles
    assert np.allclose(np.linalg.norm([thighs, shins], axis=-1), body.leg / 2, atol=2e-3)


def test_two_bones_by_hand():
    """Bones 3 and 4 with the end 5 away make a right angle: the middle joint lies 1.8 along and 2.4
    aside.
    """
    root, end, pole = np.zeros((1, 1, 3)), np.array([[[5.0, 0, 0]]]), np.array([[[0.0, 1, 0]]])
    middle, reached = figure.solve(root, end, np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 4.0), pole)
    assert np.allclose(middle, [1.8, 2.4, 0]) and np.allclose(reached, end)
