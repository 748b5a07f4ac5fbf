"""The world `stills`: pairs of a shape and a texture, and nothing else to tell them by."""

import numpy as np
import pytest
from numpy.random import Generator, Philox

from repro.data.index import Item
from repro.data.worlds import ink, stills
from repro.spec import Clips

SMALL = Clips(clip_length=1, frame_stride=1, clip_stride=1, height=32, width=32)  # stored 37 x 37


def test_classes_are_all_pairs_balanced_and_each_photograph_is_its_own_group():
    index = stills.index(None, train=1200)
    assert len(index.classes) == 12 and index.classes[0] == "ring-stripes"
    assert np.bincount([item.label for item in index.train]).tolist() == [100] * 12
    assert len({item.group for item in (*index.train, *index.test)}) == 1800
    assert all(index.classes[item.label] in item.name for item in index.test)


@pytest.fixture
def twins(monkeypatch):
    """Reads every class with the same random numbers: {class: (37, 37, 3) int}."""

    def draw(seed):
        monkeypatch.setattr(ink, "rng", lambda *words: Generator(Philox(seed)))
        return {name: stills.read(Item(f"s0/{name}/a0000", 0, ""), SMALL)[0].astype(int) for name in stills.CLASSES}

    return draw


def test_all_but_shape_and_texture_is_drawn_alike_for_every_class(twins):
    """With the same random numbers a texture changes the thing alone, and a shape nothing in the
    corners of the picture.
    """
    for seed in range(8):
        drawn = twins(seed)
        assert len({image.tobytes() for image in drawn.values()}) == 12
        for shape in ink.SHAPES:
            looks = [drawn[f"{shape}-{texture}"] for texture in ink.TEXTURES]
            differ = np.any([(looks[0] != look).any(-1) for look in looks], axis=0)
            assert differ.mean() < 0.45  # a thing covers 0.16 to 0.32 of the picture
        corners = np.array([image[[0, 0, -1, -1], [0, -1, 0, -1]] for image in drawn.values()])  # (12, 4, 3)
        assert (np.ptp(corners, axis=0).max(-1) == 0).sum() >= 3  # a thing or its shadow may reach one of them


@pytest.mark.parametrize("kind", ink.TEXTURES)
def test_textures_cover_half_of_what_they_lie_on(kind):
    x, y = ink.grid((600, 600))
    assert ink.texture(kind, *ink.turned(24 * x, 24 * y, 0.3), 0.04).mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("shape", ink.SHAPES)
def test_outlines_have_equal_areas_and_measure_distance(shape):
    x, y = (3 * v for v in ink.grid((600, 600)))
    away = ink.outline(shape, *ink.turned(x, y, 0.0))
    assert 9 * (away < 0).mean() == pytest.approx(1.8, abs=0.02)
    steepness = np.hypot(*np.gradient(away, 3 / 600))[np.abs(away) < 0.05]
    assert np.median(steepness) == pytest.approx(1, abs=0.01)  # soft edges are one pixel wide


def test_unknown_shapes_and_textures_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="known: ring"):
        ink.outline("cube", *ink.grid((4, 4)))
    with pytest.raises(ValueError, match="known: stripes"):
        ink.texture("velvet", *ink.grid((4, 4)), 0.1)
