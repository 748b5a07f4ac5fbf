"""Channels beside their frame: which, in which order, how enlarged, on which scale, how many zeros;
and depth against zeros and size.
"""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import crossing, lines, width, words
from matplotlib.axes import Axes

from repro.evidence.style import LINE, MUTED, PAGE, PALETTE, axes
from repro.evidence.tables import seed_text
from repro.papers.ou2019.feature_maps import OWN_SCALES, feature_grid, sparsity_curve

SENTENCE = "scale mini · made up, group split, seed 0, RGB stream, and so much more that is said of one frame that it takes two lines of a page."
FRAME = np.random.default_rng(0).integers(0, 255, (36, 48, 3), dtype=np.uint8)
SIZES = {"conv 1": (36, 48), "conv 6": (9, 12), "conv 9": (2, 3)}


def maps(channels: int = 8) -> dict[str, np.ndarray]:
    """Channel k of a layer is k + 1 in one corner and -1 in the opposite one, with nought between."""
    out = {}
    for name, (h, w) in SIZES.items():
        out[name] = np.zeros((channels, h, w), np.float16)
        out[name][:, 0, 0], out[name][:, -1, -1] = np.arange(channels) + 1, -1
    return out


def drawn(ax: Axes) -> list[Axes]:
    """The panels of single channels."""
    return ax.child_axes[1:]


def test_one_row_per_layer_and_the_first_six_channels_in_order() -> None:
    ax = feature_grid(maps(), FRAME)
    np.testing.assert_array_equal(ax.child_axes[0].images[0].get_array(), FRAME)
    assert len(drawn(ax)) == 18
    for i, part in enumerate(drawn(ax)):
        name, channel = list(SIZES)[i // 6], i % 6
        np.testing.assert_array_equal(part.images[0].get_array(), maps()[name][channel])
    ax.figure.canvas.draw()
    corners = [part.get_window_extent() for part in drawn(ax)]
    assert [c.y0 for c in corners] == sorted((c.y0 for c in corners), reverse=True) and corners[5].y0 > corners[6].y0
    assert all(
        a.x0 < b.x0
        for row in (0, 6, 12)
        for a, b in zip(corners[row : row + 5], corners[row + 1 : row + 6], strict=True)
    )


def test_each_map_has_its_own_scale_and_it_is_said() -> None:
    ax = feature_grid(maps(), FRAME)
    assert [part.images[0].get_clim() for part in drawn(ax)[:6]] == [(-1, k + 1) for k in range(6)]
    assert OWN_SCALES in words(ax.figure)


def test_maps_are_enlarged_without_smoothing_to_the_shape_of_the_frame() -> None:
    ax = feature_grid(maps(), FRAME)
    ax.figure.canvas.draw()
    for part in drawn(ax):
        box = part.get_window_extent()
        assert (
            box.height / box.width == pytest.approx(36 / 48, rel=0.01) and part.images[0].get_interpolation() == "none"
        )
    whole = io.BytesIO()
    ax.figure.savefig(whole, format="svg")
    assert (
        whole.getvalue().decode().count("image-rendering:crisp-edges") == 19
    )  # or a reader's program would smooth six cells


def test_each_row_says_layer_size_and_zeros() -> None:
    text = words(feature_grid(maps(), FRAME, zeros={"conv 1": 0.305, "conv 6": 1.0}).figure)
    assert "conv 1: 36 x 48, 30 % zeros |" in text and "conv 6: 9 x 12, 100 % zeros |" in text
    assert "conv 9: 2 x 3, 67 % zeros (of the channels drawn)" in text  # four cells of six


def test_a_map_of_zeros_is_grey_and_a_constant_one_is_drawn() -> None:
    given = {"conv 9": np.stack([np.zeros((2, 3)), np.full((2, 3), 2.0)])}
    empty, constant = drawn(feature_grid(given, FRAME))
    assert (
        not empty.images
        and mpl.colors.to_hex(empty.get_facecolor()) == LINE
        and [t.get_text() for t in empty.texts] == ["0"]
    )
    assert len(constant.images) == 1


def test_layers_may_be_chosen_and_ordered() -> None:
    ax = feature_grid(maps(), FRAME, layers=["conv 9", "conv 1"], shown=2)
    assert [part.images[0].get_array().shape for part in drawn(ax)] == [(2, 3)] * 2 + [(36, 48)] * 2
    assert "conv 6" not in words(ax.figure)


def test_thirteen_layers_go_on_one_figure_and_a_single_one_stands_at_the_top() -> None:
    many = {f"conv {i}": np.ones((6, 2, 3)) for i in range(1, 14)}
    figure = feature_grid(many, FRAME, caption="drink, predicted pour; frame 4 of 8", words=[SENTENCE]).figure
    assert crossing(figure) == [] and width(figure) <= PAGE + 1.2
    one = feature_grid({"conv 1": many["conv 1"]}, FRAME, caption="drink")
    one.figure.canvas.draw()
    frame, first = (part.get_window_extent() for part in one.child_axes[:2])
    assert first.y1 == pytest.approx(frame.y1, abs=1) and first.y0 > frame.y0
    assert crossing(one.figure) == []


@pytest.mark.parametrize("shape", [(36, 48, 3), (64, 36, 3)])
def test_no_text_of_the_grid_lies_on_another(shape: tuple[int, int, int]) -> None:
    caption = "a very long name of a class of actions, predicted another long name; frame 4 of 8"
    figure = feature_grid(maps(), np.zeros(shape, np.uint8), caption=caption, words=[SENTENCE, "Below."]).figure
    assert crossing(figure) == [] and width(figure) <= PAGE + 1.2
    assert caption in words(figure) and SENTENCE in words(figure)


def test_wrong_arrays_are_told_what_they_should_be() -> None:
    with pytest.raises(ValueError, match=r"frame \(H, W, 3\) uint8, got \(36, 48, 2\) uint8"):
        feature_grid(maps(), FRAME[..., :2])
    with pytest.raises(ValueError, match="float64"):
        feature_grid(maps(), FRAME / 255)
    with pytest.raises(ValueError, match="among conv 1, conv 6, conv 9, got conv 2"):
        feature_grid(maps(), FRAME, layers=["conv 1", "conv 2"])
    with pytest.raises(ValueError, match="among none, got none"):
        feature_grid({}, FRAME)
    with pytest.raises(ValueError, match=r"conv 1: wanted maps \(D, h, w\), got \(4, 8, 2, 3\)"):
        feature_grid({"conv 1": np.ones((4, 8, 2, 3))}, FRAME)


# Depth


def depth(layers: tuple[int, ...] = (1, 6, 9), series: tuple[str, ...] = ("RGB", "flow")) -> pd.DataFrame:
    rows = []
    for k, name in enumerate(series):
        for layer in layers:
            value, side = 0.3 + 0.04 * layer + 0.1 * k, 2 ** sum(layer > n for n in (2, 4, 7, 10))
            cell = {
                "value": value,
                "low": value - 0.05,
                "high": value + 0.06,
                "seed_values": seed_text((value - 0.01, value + 0.01)),
            }
            rows.append(cell | {"layer": layer, "series": name, "height": 32 // side, "width": 40 // side})
    return pd.DataFrame(rows)


def test_zeros_are_lines_with_bands_and_seeds() -> None:
    ax = sparsity_curve(depth())
    share, _ = ax.child_axes
    for k, colour in enumerate(PALETTE[:2]):
        (line,) = lines(share, colour=colour)
        np.testing.assert_allclose(line.get_ydata(), [0.34 + 0.1 * k, 0.54 + 0.1 * k, 0.66 + 0.1 * k])
        assert [len(dots.get_ydata()) for dots in lines(share, "o", colour)] == [2, 2, 2]
        band = share.collections[k].get_paths()[0].vertices
        assert (band[:, 1].min(), band[:, 1].max()) == pytest.approx((0.29 + 0.1 * k, 0.72 + 0.1 * k))
    assert [t.get_text() for t in share.get_legend().get_texts()] == ["RGB", "flow"]
    assert [t.get_text() for t in share.get_xticklabels()] == ["1", "6", "9"] and share.get_ylim() == (0, 1.02)


def test_sizes_fall_and_are_told_where_they_change() -> None:
    _, size = sparsity_curve(depth(tuple(range(1, 14)))).child_axes
    (step,) = lines(size, colour=MUTED)
    assert (
        list(step.get_ydata()) == [1280, 1280, 320, 320, 80, 80, 80, 20, 20, 20, 4, 4, 4] and size.get_yscale() == "log"
    )
    assert [t.get_text() for t in size.texts] == ["32 x 40", "16 x 20", "8 x 10", "4 x 5", "2 x 2"]


def test_one_stream_needs_no_key_and_zeros_without_interval_no_band() -> None:
    frame = depth(series=("RGB",)).assign(low=None, high=None)
    share, _ = sparsity_curve(frame).child_axes
    assert share.get_legend() is None and len(share.collections) == 0 and len(lines(share, "o", PALETTE[0])) == 3


@pytest.mark.parametrize("layers", [(1, 6, 9), tuple(range(1, 14))])
def test_no_text_of_the_curve_lies_on_another(layers: tuple[int, ...]) -> None:
    figure = sparsity_curve(depth(layers), words=[SENTENCE]).figure
    assert crossing(figure) == [] and width(figure) <= PAGE and SENTENCE in words(figure)


def test_a_wrong_table_is_told_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="none called height, width"):
        sparsity_curve(depth().drop(columns=["height", "width"]))


def test_both_draw_into_given_axes_and_leave_the_session_alone() -> None:
    before = dict(mpl.rcParams)
    assert feature_grid(maps(), FRAME, given := axes(None, 8, 5)) is given
    assert sparsity_curve(depth(), given := axes(None, 8, 3)) is given
    assert dict(mpl.rcParams) == before
