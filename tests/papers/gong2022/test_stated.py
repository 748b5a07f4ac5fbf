"""Differences stated in words beside their sums: what stands where, what is told of those that do
not agree.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest
from drawn import crossing, lines, width, words
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from repro.papers.gong2022.stated import STATED, SUMMED, stated_and_summed
from repro.evidence.style import INK, PAGE, axes
from repro.evidence.tables import static_row, tidy

PAIRS = {  # row -> column -> summed, stated
    "a minus b, first data": {"Top1": (2.2, 2.2), "Top5": (0.5, 0.6)},
    "c minus b, first data": {"Top1": (8.8, 8.8), "Top5": (2.9, 3.9)},
    "a minus b, second data": {"Top1": (6.3, 5.3), "Top5": (0.1 + 0.2, 0.3)},
}
SENTENCE = "Differences in percentage points. All numbers are printed ones; nothing is measured here, however long the line may be."


def table(pairs: dict[str, dict[str, tuple[float, float]]] = PAIRS) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for row, columns in pairs.items():
        rows += [
            static_row("x.y", "smoke", row, column, "difference", *both, "points") for column, both in columns.items()
        ]
    return tidy([*rows, static_row("x.y", "smoke", "a size", "size", "thousand", 422.0, 420.0)])


@cache
def drawn() -> Axes:
    return stated_and_summed(table(), words=[SENTENCE])


def test_a_dot_is_the_sum_and_a_ring_what_is_stated() -> None:
    for part, column in zip(drawn().child_axes, ("Top1", "Top5"), strict=True):
        marks = {colour: [] for colour in (SUMMED, STATED)}
        for line in lines(part, "o"):
            colour = line.get_markeredgecolor() if line.get_markerfacecolor() == "none" else line.get_color()
            marks[colour].append((float(line.get_xdata()[0]), float(line.get_ydata()[0])))
        assert marks[SUMMED] == [(columns[column][0], y) for y, columns in enumerate(PAIRS.values())]
        assert marks[STATED] == [(columns[column][1], y) for y, columns in enumerate(PAIRS.values())]
        assert part.get_title(loc="left") == column and part.get_xlabel() == "percentage points"
    left, right = drawn().child_axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == list(PAIRS)
    assert (
        not any(tick.get_text() for tick in right.get_yticklabels()) and left.get_ylim()[0] > left.get_ylim()[1]
    )  # the first row above


def test_where_the_two_differ_both_numbers_stand_beside() -> None:
    left, right = drawn().child_axes
    assert [text.get_text() for text in left.texts] == ["2.2", "8.8", "stated 5.3, sum 6.3"]
    assert [text.get_text() for text in right.texts] == [
        "stated 0.6, sum 0.5",
        "stated 3.9, sum 2.9",
        "0.3",
    ]  # 0.1 + 0.2 is 0.3
    for text in (*left.texts, *right.texts):
        apart = text.get_text().startswith("stated")
        assert (text.get_color(), text.get_fontweight()) == ((STATED, "bold") if apart else (INK, "normal"))
    joined = [line for line in lines(right) if line.get_linewidth() == 1.2]
    assert [line.get_color() for line in joined] == [STATED, STATED, INK]


def test_only_differences_are_drawn_and_the_words_stand_below() -> None:
    text = words(drawn().figure)
    assert "a size" not in text and "422" not in text and SENTENCE in text
    assert "ring: stated in the prose dot: sum of printed cells" in text


def test_nothing_overlaps_and_nothing_is_cut() -> None:
    drawn().figure.draw_without_rendering()
    assert crossing(drawn().figure) == [] and width(drawn().figure) < PAGE + 4
    for part in drawn().child_axes:
        low, high = part.get_xlim()
        assert all(low <= line.get_xdata()[0] <= high for line in lines(part, "o"))


def test_more_rows_make_a_taller_figure() -> None:
    many = {f"row {n}": columns for n in range(4) for columns in PAIRS.values()}
    heights = [stated_and_summed(table(dict(list(many.items())[:n]))).figure.get_figheight() for n in (1, 4)]
    assert heights[0] < heights[1]


def test_it_draws_into_a_given_place() -> None:
    place = axes(None, 9, 4)
    assert stated_and_summed(table(), place) is place and isinstance(place.figure, Figure)


def test_a_sum_below_zero_stays_inside() -> None:
    (part,) = stated_and_summed(table({"a": {"Top1": (-0.2, 0.5)}})).child_axes
    assert part.get_xlim()[0] <= -0.2, "the difference lies outside its panel"


@pytest.mark.parametrize("apart", [0.1, -0.1])
def test_a_tenth_of_a_point_is_a_difference(apart: float) -> None:
    (part,) = stated_and_summed(table({"a": {"Top1": (1.0, 1.0 + apart)}})).child_axes
    assert part.texts[0].get_text() == f"stated {1.0 + apart:.1f}, sum 1.0"
