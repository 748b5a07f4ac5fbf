"""Costs in several units: what stands where, what is written, and that
nothing lies on anything else.
"""

from functools import cache

import pytest
from drawn import crossing, lines, width, words
from matplotlib.axes import Axes

from repro.evidence.style import PAGE
from repro.papers.gong2022 import units
from repro.papers.gong2022.units import Cost, Units, printed_and_counted

OURS, THEIRS, PRINTED = units.OURS, units.THEIRS, units.PRINTED
COUNTED = {"a frame": 7.8, "a segment": 46.8, "a video": 1536.7}
OTHERS = {"small, a video": 32.7, "large, a video": 65.4}
UNITS = Units("NET", COUNTED, OTHERS, {"a segment": 46.8})
ROWS = {
    "many views": Cost(152.0, 304.5, 115, "a view, one stream of two"),
    "one view": Cost(33.0, 32.7, None, "8 frames"), "nothing printed": Cost(None, 41.3, 30),
    "nothing counted": Cost(23.5, None, 250, "a view"), "neither": Cost(None),
}  # fmt: skip
NUMBERS = [  # beside each row
    ["152", "304", "115", "35,018", "a view, one stream of two"], ["33", "32.7", "1?", "32.7", "8 frames"],
    ["\N{EN DASH}", "41.3", "30", "1,239"], ["23.5", "250", "a view"], ["\N{EN DASH}"],
]  # fmt: skip
SENTENCE = (
    "static: all counted at the published sizes, and written at such a length that one line cannot hold all of it."
)


@cache
def costs() -> Axes:
    return printed_and_counted(UNITS, ROWS, [SENTENCE])


def marks(ax: Axes, marker: str, y: float) -> list[float]:
    return [float(line.get_xdata()[0]) for line in lines(ax, marker) if list(line.get_ydata()) == [y]]


def test_a_video_is_all_views_or_one_where_their_number_is_not_known() -> None:
    assert [cost.video for cost in (Cost(1.0, 2.0, 30), Cost(1.0, 2.0), Cost(1.0))] == [60, 2, None]


def test_every_unit_is_a_bar_and_the_printed_number_a_diamond_on_its_own() -> None:
    upper, _ = costs().child_axes
    bars = [line for line in lines(upper) if line.get_linewidth() == 8]
    assert [line.get_xdata()[1] for line in bars] == [*UNITS.costs.values(), *UNITS.others.values()]
    assert marks(upper, "D", 1) == [46.8] and len(lines(upper, "D")) == 1
    assert [tick.get_text() for tick in upper.get_yticklabels()] == [*UNITS.costs, *UNITS.others]
    assert [text.get_text() for text in upper.texts] == ["7.80", "46.8   printed 46.8", "1,537", "32.7", "65.4"]
    assert upper.get_xscale() == "log" and "NET in its units" in upper.get_title(loc="left")


def test_a_row_shows_what_is_printed_a_view_and_a_video_and_their_numbers_beside() -> None:
    _, lower = costs().child_axes
    assert [marks(lower, "D", y) for y in range(5)] == [[152.0], [33.0], [], [23.5], []]
    dots = [sorted(marks(lower, "o", y)) for y in range(5)]
    assert dots[0] == [304.5, pytest.approx(304.5 * 115)] and dots[1] == [32.7, 32.7]
    assert len(dots[2]) == 2 and dots[3:] == [[], []]
    low, high = lower.get_xlim()
    assert low < 23.5 and high > 304.5 * 115 and lower.get_xscale() == "log"
    assert [
        [t.get_text() for t in lower.texts if t.get_position()[1] == y and t.get_text()] for y in range(5)
    ] == NUMBERS


def test_nothing_overlaps_and_the_words_stand_below() -> None:
    figure = costs().figure
    figure.draw_without_rendering()  # a closed one is not drawn again by its canvas
    assert SENTENCE in words(figure) and "counted, a video (1?: views not given" in words(figure)
    assert crossing(figure) == [] and width(figure) < PAGE + 3
