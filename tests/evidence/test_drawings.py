"""Pictures of clips and of structure, and the array functions below them."""

import numpy as np
import pytest

from repro.evidence import drawings


def test_tiles_lie_in_time_from_left_to_right():
    frames = np.zeros((2, 3, 4, 5, 3), np.uint8)
    frames[1, 2] = 7
    sheet = drawings.tile(frames, gap=1)
    assert sheet.shape == (2 * 5 - 1, 3 * 6 - 1, 3)
    assert (sheet[5:9, 12:17] == 7).all()
    assert (sheet[4] == drawings.PAPER).all()


def test_picked_frames_are_the_middles_of_equal_shares():
    assert drawings.pick(16, 4).tolist() == [2, 6, 10, 14]
    assert drawings.pick(3, 8).tolist() == [0, 1, 2]


def test_enlarged_map_keeps_its_values_at_the_centres():
    large = drawings.enlarge(np.array([[0.0, 1.0]]), 3, 6)
    np.testing.assert_allclose(large[0], [0, 0, 1 / 3, 2 / 3, 1, 1], atol=1e-6)
    assert drawings.enlarge(np.full((1, 1), 0.5), 2, 2).tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_overlay_colours_only_where_attention_is():
    frame = np.full((4, 8, 3), 100, np.uint8)
    painted = drawings.overlay(frame, np.array([[0.0, 1.0]]))
    assert (painted[:, 0] == 100).all()
    assert painted[0, -1, 0] > painted[0, -1, 2]


def test_equal_attention_is_no_attention():
    assert not drawings.scaled(np.full((2, 3, 3), 4.0)).any()
    assert drawings.scaled(np.array([1.0, 3.0])).tolist() == [0, 1]


def test_flow_colours_rest_black_and_directions_apart():
    colours = drawings.flow_to_rgb(np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]), most=1.0)
    assert colours[0].tolist() == [0, 0, 0]
    assert colours[1, 0] == 255
    assert colours[2, 0] < 100


def test_contact_sheet_names_every_clip():
    ax = drawings.contact_sheet(np.zeros((2, 16, 6, 6, 3), np.uint8), ["drink", "jump"], shown=4)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["drink", "jump"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2", "6", "10", "14"]
    with pytest.raises(ValueError, match="one name per clip"):
        drawings.contact_sheet(np.zeros((2, 4, 6, 6, 3), np.uint8), ["drink"])


def test_a_sparse_map_covers_its_frames():
    assert [drawings.map_of_frame(f, 8, 2) for f in range(8)] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert drawings.map_of_frame(7, 8, 8) == 7
    frames, maps = np.full((8, 8, 8, 3), 60, np.uint8), np.zeros((2, 2, 2))
    maps[1, 0, 0] = 1
    ax = drawings.attention_over_clip(frames, maps, shown=4)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "3", "5", "7"]
    sheet = ax.images[0].get_array()
    assert (sheet[9:, :8] == 60).all()  # frame 1 lies under the first map, which is empty
    assert (sheet[9:, 18:26] != 60).any()
