"""Cells of a grid: printed values, neighbours counted, weights at borders, and what the picture
shows of them.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from drawn import crossing, width, words
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from repro.papers.gong2022.geometry import busiest, changes, geometry_grid, linked_frames, number, percent, stillest
from repro.papers.gong2022.graph import Cell, by_distance, evenness, geometry, middle, neighbours, weights_at

WHOLE, CENTRE = (6, 7, 7), (2, 3, 3)


def kernel(seed: int = 0, side: int = 5) -> np.ndarray:
    """Any weights in sum 1."""
    weights = np.random.default_rng(seed).uniform(0.2, 1.0, (side,) * 3)
    return weights / weights.sum()


def drawn(cell: Cell = CENTRE, shape: Sequence[int] = WHOLE, **weights: np.ndarray) -> Figure:
    near = neighbours(shape, cell, 2)
    return geometry_grid(geometry(shape, cell, 1e-3), cell, near, weights, near, ["Said below."])


def frames(figure: Figure, row: int, count: int = 6) -> list[Axes]:
    """The panels of one row of frames; strips come first, after each row its colour bar."""
    return [part for part in figure.axes[3:] if part.images][row * count : (row + 1) * count]


def edges(part: Axes) -> int:
    """Sides of cells that the outline goes along."""
    return sum(len(lines.get_segments()) for lines in part.collections if lines.get_zorder() > 2)


def test_geometry_has_the_printed_values() -> None:
    along_x, along_y, along_t = geometry(WHOLE, (0, 0, 0), 1e-3)
    for line in (along_x[0, 0], along_y[0, :, 0]):
        assert [line[d] for d in (0, 1, 2, 3, 6)] == pytest.approx([6.91, 0.00, -0.69, -1.10, -1.79], abs=5e-3)
        assert all(nearer > farther for nearer, farther in pairwise(line))
    assert [along_t[d, 0, 0] for d in (1, 2, 5)] == pytest.approx([1.79, 1.10, 0.18], abs=5e-3)
    assert along_t.shape == WHOLE and np.ptp(along_t, axis=(1, 2)).max() == 0  # along t alone
    seen = geometry((4, 3, 5), (1, 2, 1), 0.5)[:, 2, 1, 3]  # two columns right, one row up, one frame of four on
    assert seen == pytest.approx(-np.log([2.5, 1.5, 0.75]))
    assert [middle(shape) for shape in (WHOLE, (5, 5, 5), (4, 4, 4))] == [CENTRE, (2, 2, 2), (1, 2, 2)]


def test_weight_by_distance() -> None:
    """Equal weights: one plane of five at 0, two at 1 and at 2; all weight one row up and two
    frames away.
    """
    np.testing.assert_allclose(by_distance(np.ones((5, 5, 5))), [[0.2, 0.4, 0.4]] * 3)
    one = np.zeros((5, 5, 5))
    one[0, 1, 2] = 3.0  # t - 2, y - 1, x
    np.testing.assert_array_equal(by_distance(one), [[1, 0, 0], [0, 1, 0], [0, 0, 1]])


def test_evenness_of_some_cells() -> None:
    among = np.zeros((3, 3, 3), bool)
    among[0] = True
    half = np.zeros((3, 3, 3))
    half[0, 0] = 1.0
    weights = (np.ones((3, 3, 3)), np.eye(27)[0].reshape(3, 3, 3), half)
    assert [evenness(each, among) for each in weights] == pytest.approx([1, 0, 0.5])


@pytest.mark.parametrize("cell", [(6, 0, 0), (0, -1, 0)])
def test_a_cell_outside_of_the_grid_is_refused(cell: Cell) -> None:
    with pytest.raises(ValueError, match=r"a cell \(t, y, x\) inside of T x H x W = \(6, 7, 7\)"):
        geometry(WHOLE, cell, 1e-3)


def test_strips_show_each_axis() -> None:
    strips, values = drawn((0, 1, 6)).axes[:3], geometry(WHOLE, (0, 1, 6), 1e-3)
    for strip, line in zip(strips, (values[0, 0, 1], values[1, 0, :, 6], values[2, :, 1, 6]), strict=True):
        np.testing.assert_allclose(strip.images[0].get_array()[0], line)
        assert [text.get_text() for text in strip.texts] == [number(value) for value in line]


def test_the_sum_is_drawn_and_the_neighbours_outlined() -> None:
    parts = frames(drawn(), 0)
    np.testing.assert_allclose([part.images[0].get_array() for part in parts], geometry(WHOLE, CENTRE, 1e-3).sum(0))
    assert [edges(part) for part in parts] == [20] * 5 + [0]  # edges of a square of five cells
    marked = [[p.get_xy() for p in part.patches if isinstance(p, Rectangle) and not p.get_fill()] for part in parts]
    assert marked == [[], [], [(2.5, 2.5)], [], [], []]


def test_weights_are_written_in_per_cent_and_coloured_by_their_equal_share() -> None:
    cell = (0, 0, 6)
    given, near = weights_at(kernel(), WHOLE, cell), neighbours(WHOLE, cell, 2)
    parts = frames(drawn(cell, colour=given), 1)
    for part, weight, inside in zip(parts, given, near, strict=True):
        values = np.ma.filled(part.images[0].get_array(), np.nan)
        np.testing.assert_allclose(values[inside], weight[inside] * near.sum())
        assert np.isnan(values[~inside]).all()
        assert [text.get_text() for text in part.texts] == [percent(value) for value in weight[inside]]
    low, high = parts[0].images[0].get_clim()
    assert low == pytest.approx(1 / high) and high == 4  # the equal share is the middle


@pytest.mark.parametrize(("shape", "cell"), [(WHOLE, (5, 0, 3)), ((2, 7, 7), (0, 3, 3)), ((4, 4, 4), (1, 2, 0))])
def test_nothing_overlaps_and_it_fits_the_page(shape: Sequence[int], cell: Cell) -> None:
    figure = drawn(cell, shape, **{"colour: weights s(i, j), per cent": weights_at(kernel(), shape, cell)})
    assert crossing(figure) == [] and width(figure) < 7.6 and "Said below." in words(figure)


def clip() -> np.ndarray:
    """Four frames of 21 x 28; what is bright goes from cell (1, 1) to (1, 2), (4, 4) and back to
    (1, 1).
    """
    images = np.full((4, 21, 28, 3), 100, np.uint8)
    images += np.arange(4, dtype=np.uint8)[:, None, None, None] % 2  # everything flickers a little but for one cell
    images[:, 18:, :4] = 60
    for k, (y, x, bright) in enumerate(((1, 1, 250), (1, 2, 220), (4, 4, 250), (1, 1, 200))):
        images[k, 3 * y : 3 * y + 3, 4 * x : 4 * x + 4] = bright
    return images


def test_what_moves_and_what_rests_is_found() -> None:
    moved = changes(clip())
    assert moved.shape == (3, 7, 7) and (moved[0, 1, 1], moved[0, 6, 0], moved[0, 0, 0]) == (12 * (250 - 101), 0, 12)
    assert busiest(clip()) == [(1, 1), (4, 4), (4, 4), (4, 4)]  # the fourth looks back
    assert stillest(clip()) == [(6, 0)] * 4


def test_chains_go_from_frame_to_frame_under_a_grid() -> None:
    ax = linked_frames(clip(), {"moves": [(1, 1), (1, 2), (4, 4), (0, 0)], "rests": [(6, 0)] * 4})
    np.testing.assert_array_equal(ax.images[0].get_array()[:, :28], clip()[0])
    framed = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_linewidth() > 1]
    assert [patch.get_xy() for patch in framed[:2]] == [(3.5, 2.5), (28 + 2 + 8 - 0.5, 2.5)] and len(framed) == 8
    assert crossing(ax.figure) == [] and width(ax.figure) < 7.6 and "moves | rests" in words(ax.figure)
