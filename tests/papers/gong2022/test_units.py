"""Costs in several units and weights of a mean: what stands where, what is told, and that nothing
lies on anything else.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from drawn import crossing, lines, width, words
from matplotlib.axes import Axes

from repro.evidence.style import PAGE, axes
from repro.papers.gong2022.units import (
    OURS,
    PRINTED,
    THEIRS,
    Cost,
    Gain,
    gmacs,
    printed_and_counted,
    unit_bars,
    weights_and_gain,
)

UNITS = {"a frame": 7.8, "a segment": 46.8, "a video": 1536.7}
OTHERS = {"small, a video": 32.7, "large, a video": 65.4}
ROWS = {
    "many views": Cost(152.0, 304.5, 115, "a view, one stream of two"),
    "one view": Cost(33.0, 32.7, None, "8 frames"),
    "nothing printed": Cost(None, 41.3, 30),
    "nothing counted": Cost(23.5, None, 250, "a view"),
    "neither": Cost(None),
}
SENTENCE = " ".join(["One of several sentences that fill a line."] * 4)  # longer than one line of a page


@cache
def costs() -> Axes:
    return printed_and_counted(UNITS, OTHERS, ROWS, name="NET", printed={"a segment": 46.8}, words=[SENTENCE])


def marks(ax: Axes, marker: str, y: float) -> list[float]:
    return [float(line.get_xdata()[0]) for line in lines(ax, marker) if list(line.get_ydata()) == [y]]


def test_a_video_is_all_views_or_one_where_their_number_is_not_known() -> None:
    assert Cost(1.0, 2.0, 30).video == 60 and Cost(1.0, 2.0).video == 2 and Cost(1.0).video is None


def test_every_unit_is_a_bar_and_the_printed_number_a_diamond_on_its_own() -> None:
    upper, _ = costs().child_axes
    bars = [line for line in lines(upper) if line.get_linewidth() == 8]
    assert [line.get_xdata()[1] for line in bars] == [*UNITS.values(), *OTHERS.values()]
    assert [line.get_color() for line in bars] == [OURS] * 3 + [THEIRS] * 2
    assert marks(upper, "D", 1) == [46.8] and len(lines(upper, "D")) == 1
    through = [line.get_xdata()[0] for line in lines(upper, colour=THEIRS) if line.get_linewidth() < 2]
    assert through == list(OTHERS.values())  # the others' costs can be read off beside every bar
    assert [tick.get_text() for tick in upper.get_yticklabels()] == [*UNITS, *OTHERS]
    assert [text.get_text() for text in upper.texts] == ["7.80", "46.8   printed 46.8", "1,537", "32.7", "65.4"]
    assert upper.get_xscale() == "log" and "NET in its units" in upper.get_title(loc="left")


def test_a_row_shows_what_is_printed_a_view_and_a_video() -> None:
    _, lower = costs().child_axes
    assert marks(lower, "D", 0) == [152.0] and sorted(marks(lower, "o", 0)) == [304.5, pytest.approx(304.5 * 115)]
    assert marks(lower, "o", 1) == [32.7, 32.7] and marks(lower, "D", 1) == [33.0]
    assert marks(lower, "D", 2) == [] and len(marks(lower, "o", 2)) == 2
    assert (
        marks(lower, "D", 3) == [23.5]
        and marks(lower, "o", 3) == []
        and marks(lower, "o", 4) == marks(lower, "D", 4) == []
    )
    rings = {y: line.get_markerfacecolor() for y in (0, 1) for line in lines(lower, "o") if line.get_ydata()[0] == y}
    assert rings == {0: "white", 1: OURS}  # the last one drawn: a ring where the video is more than the view
    low, high = lower.get_xlim()
    assert low < 23.5 and high > 304.5 * 115 and lower.get_xscale() == "log"


def test_the_numbers_stand_in_columns_beside() -> None:
    _, lower = costs().child_axes
    rows = {y: [t.get_text() for t in lower.texts if t.get_position()[1] == y and t.get_text()] for y in range(5)}
    assert rows[0] == ["152", "304", "115", "35,018", "a view, one stream of two"] and rows[1] == [
        "33",
        "32.7",
        "1?",
        "32.7",
        "8 frames",
    ]
    assert (
        rows[2] == ["\N{EN DASH}", "41.3", "30", "1,239"]
        and rows[3] == ["23.5", "250", "a view"]
        and rows[4] == ["\N{EN DASH}"]
    )
    heads = [text.get_text() for text in lower.texts if text.get_position()[1] < 0]
    assert heads == ["printed", "a view", "views", "a video", "the printed number counts"]
    assert {t.get_color() for t in lower.texts if t.get_text() in ("152", "33", "23.5")} == {PRINTED}


def test_nothing_overlaps_and_the_words_stand_below() -> None:
    figure = costs().figure
    figure.draw_without_rendering()  # a closed one is not drawn again by its canvas
    assert SENTENCE in words(figure) and "printed as GFLOPs" in words(figure) and "views not given" in words(figure)
    assert crossing(figure) == [] and width(figure) < PAGE + 3


def test_bars_alone_on_an_axis_that_stays() -> None:
    ax = unit_bars(UNITS, OTHERS, name="NET", printed={"a segment": 40.0}, limits=(1.0, 60_000.0), words=[SENTENCE])
    assert ax.get_xlim() == (1.0, 60_000.0) and "46.8   printed 40" in words(ax.figure) and SENTENCE in words(ax.figure)
    assert crossing(ax.figure) == [] and width(ax.figure) < PAGE + 2.4
    ax = unit_bars(UNITS, OTHERS, name="NET")
    assert ax.get_xlim()[0] < 7.8 and ax.get_xlim()[1] > 1536.7 and lines(ax, "D") == []


def test_gmacs_in_the_digits_they_deserve() -> None:
    assert [gmacs(v) for v in (7.7994, 46.797, 199.94, 213.02, 1536.7)] == ["7.80", "46.8", "199.9", "213", "1,537"]


MAPS = {"equal": np.full((6, 7, 7), 1.0), "learned": np.linspace(0.5, 1.5, 64).reshape(4, 4, 4)}
GAINS = {"first data": Gain(2.8, -7.8, 12.8, (3.3, 1.7, 3.3)), "second data": Gain(0.4, -1.0, 2.0)}
DIFFERENCES = {"Top1": 2.2, "Top5": 0.5}


@cache
def weighed() -> Axes:
    return weights_and_gain(MAPS, GAINS, printed=DIFFERENCES, words=[SENTENCE])


def test_every_frame_of_every_map_is_shown_on_one_scale() -> None:
    images = [part.images[0] for part in weighed().child_axes if part.images]
    assert len(images) == 6 + 4
    np.testing.assert_array_equal(images[6].get_array(), MAPS["learned"][0])
    assert {image.norm.vmax for image in images} == {2.0} and {image.norm.vmin for image in images} == {0.5}


def test_the_scale_reaches_what_is_there() -> None:
    far = weights_and_gain({"one": np.array([[[0.2, 1.8]]])}, GAINS, printed=DIFFERENCES)
    assert next(part.images[0] for part in far.child_axes if part.images).norm.vmax == pytest.approx(5)


def test_numbers_stand_in_cells_that_have_room() -> None:
    parts = [part for part in weighed().child_axes if part.images]
    assert (
        not parts[0].texts
        and [text.get_text() for text in parts[6].texts][:2] == ["0.50", "0.52"]
        and len(parts[9].texts) == 16
    )


def test_gains_with_interval_and_seeds_beside_the_printed_ones() -> None:
    panel = weighed().child_axes[-1]
    assert [tick.get_text() for tick in panel.get_yticklabels()] == ["as printed", "first data", "second data"]
    assert sorted(marks(panel, "D", 0)) == [0.5, 2.2]
    seeds = next(line for line in lines(panel, "o") if len(line.get_xdata()) == 3)
    assert list(seeds.get_xdata()) == [3.3, 1.7, 3.3] and len(set(seeds.get_ydata())) == 3  # equal seeds stay apart
    intervals = [list(line.get_xdata()) for line in lines(panel) if line.get_linewidth() == 7]
    assert intervals == [[-7.8, 12.8], [-1.0, 2.0]]
    low, high = panel.get_xlim()
    assert low < -7.8 and high > 12.8
    text = words(panel.figure)
    assert all(said in text for said in ("Top1 2.2", "Top5 0.5", "+2.8  [-7.8, +12.8]", "+0.4  [-1.0, +2.0]"))


def test_the_weights_overlap_nothing() -> None:
    figure = weighed().figure
    figure.draw_without_rendering()
    assert SENTENCE in words(figure) and crossing(figure) == [] and width(figure) < PAGE + 3


def test_given_axes_are_drawn_on_and_given_back() -> None:
    for draw in (
        lambda ax: printed_and_counted(UNITS, OTHERS, ROWS, ax, name="NET", printed={}),
        lambda ax: unit_bars(UNITS, OTHERS, ax, name="NET"),
        lambda ax: weights_and_gain(MAPS, GAINS, ax, printed=DIFFERENCES),
    ):
        given = axes(None, 8.0, 6.0)
        assert draw(given) is given
