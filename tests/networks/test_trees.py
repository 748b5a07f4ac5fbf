"""trees: what they read of a frame, by hand; what they refuse; how large they are."""

import numpy as np
import pytest
import xgboost

from repro.networks.trees import Trees, colour_histogram, features_of, oriented_gradients, size


def noise(n: int = 3, height: int = 40, width: int = 48) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, height, width, 3), dtype=np.uint8)


def ramp(across: float, down: float) -> np.ndarray:
    """One grey frame (1, 32, 32, 3) that brightens steadily."""
    row, column = np.mgrid[:32, :32]
    return np.repeat((100 + across * column + down * row).astype(np.uint8)[None, ..., None], 3, 3)


def test_pixels_are_averaged_by_areas() -> None:
    small = noise(2, 32, 32)
    large = small.repeat(3, 1).repeat(2, 2)
    found = features_of(large, "pixels")
    assert np.array_equal(found, small.reshape(2, -1)) and found.dtype == np.float32


@pytest.mark.parametrize(
    ("across", "down", "direction"), [(3, 0, 0), (-3, 0, 0), (0, 3, 4.5), (2, 2, 2.25), (-2, 2, 6.75)]
)
def test_a_ramp_points_in_its_direction(across: int, down: int, direction: float) -> None:
    """4.5 steps of 20 degrees are 90, so the vertical ramp falls between directions 4 and 5."""
    cells = oriented_gradients(ramp(across, down)).reshape(4, 4, 9)[1, 1]
    near = int(direction)
    expected = np.zeros(9)
    expected[near], expected[near + 1] = 1 - (direction - near), direction - near
    assert np.allclose(cells / cells.sum(), expected, atol=1e-3)


def test_a_constant_frame_has_no_gradients_and_one_shade_of_each_colour() -> None:
    frame = np.full((1, 32, 32, 3), (0, 100, 255), np.uint8)
    assert not oriented_gradients(frame).any()
    shades = colour_histogram(frame).reshape(3, 16)
    assert shades.argmax(1).tolist() == [0, 6, 15] and shades.max(1).tolist() == [1, 1, 1] == shades.sum(1).tolist()


def test_contrast_does_not_count_and_the_strongest_colour_does() -> None:
    faint, strong = ramp(1, 0), ramp(4, 0)
    assert np.allclose(oriented_gradients(faint), oriented_gradients(strong), atol=1e-6)
    red = ramp(0, 1)
    red[..., 0] = ramp(4, 0)[..., 0]
    assert np.allclose(oriented_gradients(red), oriented_gradients(strong), atol=1e-6)


def test_an_edge_is_found_in_its_cell() -> None:
    frame = np.zeros((1, 32, 32, 3), np.uint8)
    frame[:, 8:16, 28:] = 200  # right of column 28, in the second row of cells
    cells = oriented_gradients(frame).reshape(4, 4, 9)
    assert cells[..., 0].argmax() == 1 * 4 + 3 and not cells[:, :3].any()


def test_size_by_hand() -> None:
    """Two classes that one threshold tells apart: in each of two rounds a tree of one split and two
    leaves for each class.
    """
    x, label = np.repeat([0.0, 1.0], 20)[:, None], np.repeat([0, 1], 20)
    settings = Trees(depth=1).parameters(classes=2, eta=0.1, seed=0, threads=1)
    settings |= {"subsample": 1, "colsample_bytree": 1}
    booster = xgboost.train(settings, xgboost.DMatrix(x, label), 2)
    assert size(booster) == {"trees": 4, "nodes": 12, "leaves": 8}


@pytest.mark.parametrize("wrong", [{"features": "edges"}, {"depth": 0}])
def test_impossible_settings(wrong: dict) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is"):
        Trees(**wrong)
    with pytest.raises(ValueError, match=r"frames \(N, H, W, 3\) of bytes; got \(3, 40, 48, 3\) of float64"):
        features_of(noise() / 1.0, "hog")
