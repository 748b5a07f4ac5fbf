"""What all worlds keep: frames follow from a name alone, unknown words are refused with the known
ones.
"""

import hashlib

import numpy as np
import pytest
from numpy.random import Generator, Philox

from repro.data.index import DataError, Item
from repro.data.worlds import actions, factors, ink, stills
from repro.spec import Clips

CLIPS = Clips(frame_stride=4, clip_length=8, clip_stride=1, height=28, width=28)  # stored 32 x 32
ALL = [(actions, {}), (stills, {}), *((factors, {"factor": factor}) for factor in factors.CLASSES)]


@pytest.mark.parametrize(("world", "options"), ALL)
def test_frames_depend_on_the_name_alone_to_the_bit(world, options):
    items = world.index(None, train=24, test=0, **options).train
    once = [world.read(item, CLIPS) for item in items]
    again = [world.read(item, CLIPS) for item in reversed(items)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    length = 1 if world is stills else 9
    assert once[0].shape == (length, 32, 32, 3) and once[0].dtype == np.uint8
    assert len({frames.tobytes() for frames in once}) == len(items)
    assert world.read(items[0], Clips(clip_length=8, clip_stride=1, height=28, width=42)).shape[1:] == (32, 48, 3)


@pytest.mark.parametrize(("world", "options"), ALL)
def test_another_seed_shows_other_clips_and_the_test_side_does_not_depend_on_the_training_side(world, options):
    index, fewer, other = (world.index(None, train=n, seed=seed, **options) for n, seed in ((48, 0), (12, 0), (12, 1)))
    assert fewer.test == index.test != other.test
    assert not np.array_equal(world.read(index.train[0], CLIPS), world.read(other.train[0], CLIPS))


@pytest.mark.parametrize(
    ("world", "words", "known"),
    [
        *((world, {"split": "nonsense"}, "Known: official") for world in (actions, factors, stills)),
        (actions, {"classes": ("walk", "fly")}, "Known: "), (actions, {"classes": ()}, "Known: "),
        (actions, {"scene": "moon"}, "Known: "),
        (factors, {"factor": "colour"}, "Known: appearance, motion, order, joint"),
    ],
)  # fmt: skip
def test_unknown_words_are_refused_with_the_known_ones(world, words, known):
    with pytest.raises(DataError, match=f"{world.__name__.rpartition('.')[2]} has no .*{known}"):
        world.index(None, **words)


@pytest.mark.parametrize(
    ("world", "name"),
    [
        (actions, "Jump/Jump_8_3"), (factors, "calm-s0/walk/a000_0"), (factors, "motion-s0/ring/a0000"),
        (factors, "colour-s0/red/a0000"), (stills, "n01440764/1.JPEG"), (stills, "s0/ring-velvet/a0000"),
    ],
)  # fmt: skip
def test_clips_of_other_worlds_are_refused(world, name):
    with pytest.raises(DataError, match=f"no clip of the world {world.__name__.rpartition('.')[2]}"):
        world.read(Item(name, 0, ""), CLIPS)


def test_an_order_needs_frames_enough():
    item = factors.index(None, factor="order", train=6, test=0).train[0]
    with pytest.raises(DataError, match="must be 4 or more, got 3"):
        factors.read(item, Clips(clip_length=3, clip_stride=1, height=28, width=28))


def test_cheap_draws_are_those_of_numpy():
    """The same Philox key through numpy's own classes, every kind of draw in turn."""
    digest = hashlib.blake2b(b"a/1", digest_size=16).digest()
    plain, ours = Generator(Philox(key=int.from_bytes(digest, "little"))), ink.rng("a", 1)
    for draw in (
        lambda rng: rng.uniform(),
        lambda rng: rng.uniform(-2, 3.5),
        lambda rng: rng.uniform((0, 1, 2), (1, 3, 2.5)).tolist(),
        lambda rng: rng.uniform((0, 1), (2, 3), (4, 2)).tolist(),
        lambda rng: rng.choice([0.25, 0.5, 4.0]),
        lambda rng: rng.integers(1 << 16),
        lambda rng: rng.normal(1, 2),
    ):
        assert [draw(ours) for _ in range(5)] == [draw(plain) for _ in range(5)]
