"""Times of one video, and the speed that stated training times need: every repeat a dot, what is
measured apart from what is printed.
"""

from __future__ import annotations

import pytest
from drawn import crossing, dashed, lines, width, words
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from repro.evidence.style import CHANCE, PAGE, PALETTE, axes
from repro.papers.ou2019.latency import time_bars

TIMES = {
    "here, fp32": [21_400.0, 20_050.0],
    "here, bf16": [9_000.0],
    "printed, GTX 1080 Ti": [770.0],
    "its peak, fp32": [101.6],
}
NEEDS = {"UCF101": 52.0, "UCF11": 6.2, "UCFSports": 0.6}
SENTENCE = (
    "static: one video of 17 frames at full size, 573.9 GMACs, random weights, forward pass alone, without flow, and more at such a length "
    "that it will not go into one line of a page."
)


def dots(ax: Axes) -> dict[int, Line2D]:
    """The marks of each row."""
    return {int(line.get_ydata()[0]): line for line in ax.lines}


def test_every_repeat_is_a_dot_and_the_shortest_is_told() -> None:
    left, _ = time_bars(TIMES, NEEDS, peak=11.3).child_axes
    assert [list(line.get_xdata()) for line in dots(left).values()] == list(TIMES.values())
    assert [text.get_text() for text in left.texts] == ["20,050 ms", "9,000 ms", "770 ms", "102 ms"]
    assert [tick.get_text() for tick in left.get_yticklabels()] == list(TIMES)
    assert left.get_xscale() == "log" and left.get_ylim() == (3.5, -0.5)
    low, high = left.get_xlim()
    assert low < 101.6 and high > 21_400


def test_what_is_measured_here_looks_other_than_what_is_printed() -> None:
    left, _ = time_bars(TIMES, NEEDS, peak=11.3).child_axes
    assert [(line.get_marker(), line.get_color()) for line in dots(left).values()] == [("o", PALETTE[0])] * 2 + [
        ("D", PALETTE[1])
    ] * 2


def test_milliseconds_are_written_as_whole_numbers() -> None:
    left, _ = time_bars(TIMES, NEEDS, peak=11.3).child_axes
    left.figure.canvas.draw()
    told = {tick.get_text() for tick in left.get_xticklabels()}
    assert {"100", "1,000", "10,000"} <= told and not any("$" in text for text in told)
    assert {tick.get_text() for tick in left.get_xticklabels(minor=True)} <= {""}


@pytest.mark.parametrize(("peak", "possible"), [(11.3, 2), (6.2, 2), (6.1, 1), (60.0, 3)])
def test_what_is_above_the_peak_has_another_colour(peak: float, possible: int) -> None:
    _, right = time_bars(TIMES, NEEDS, peak=peak).child_axes
    assert [bar.get_width() for bar in right.patches] == list(NEEDS.values())
    colours = [to_rgb(bar.get_facecolor()[:3]) for bar in right.patches]
    assert colours == [to_rgb(PALETTE[1])] * (3 - possible) + [to_rgb(PALETTE[0])] * possible
    (line,) = (line for line in right.lines if line.get_color() == CHANCE)
    assert list(line.get_xdata()) == [peak, peak] and f"peak of the card {peak:g}" in words(right.figure)
    assert right.get_xlim()[1] > max(peak, 52.0)
    assert [text.get_text() for text in right.texts[:3]] == ["52.0", "6.2", "0.6"]


def test_the_words_stand_below_and_nothing_overlaps() -> None:
    ax = time_bars(TIMES, NEEDS, peak=11.3, words=[SENTENCE, "Here: a processor."])
    assert "more at such a length" in words(ax.figure) and "Here: a processor." in words(ax.figure)
    assert crossing(ax.figure) == [] and width(ax.figure) < PAGE + 2.4


def test_a_given_axes_is_drawn_on_and_given_back() -> None:
    given = axes(None, 8.0, 3.0)
    assert time_bars(TIMES, NEEDS, given, peak=11.3) is given
    assert lines(given) == dashed(given) == [] and len(given.child_axes) == 2
