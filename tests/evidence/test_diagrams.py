"""A diagram's text fits its boxes, boxes stay apart, arrows end on edges."""

from __future__ import annotations

import pytest
from matplotlib import pyplot as plt

from repro.evidence.diagrams import MARK, Arrow, Box, diagram, path_of

TWO = {"a": Box((0, 0), "a name that is rather long", ("64 × 4 × 56²",), "sparse"), "b": Box((3, -1), "b", kind="map")}


def test_arrows_end_on_the_edges() -> None:
    start, corner, end = path_of(Arrow("a", "b", ((3.0, 0.0),)), TWO)
    assert start == pytest.approx((TWO["a"].extent.x1, 0)) and corner == (3.0, 0.0)
    assert end == pytest.approx((3, TWO["b"].extent.y1))


def test_a_mark_is_left_on_its_circle() -> None:
    start, end = path_of(Arrow("m", "b"), {**TWO, "m": Box((0, -1), "+", kind="mark")})
    assert start == pytest.approx((MARK, -1)) and end == pytest.approx((TWO["b"].extent.x0, -1))


def test_overlapping_boxes_are_refused() -> None:
    with pytest.raises(ValueError, match="a and c overlap"):
        diagram({**TWO, "c": Box((0.2, 0.1), "c")}, [])


def test_text_stays_in_its_box_at_true_size() -> None:
    ax = diagram(TWO, [Arrow("a", "b", ((3.0, 0.0),), label="then", dashed=True, over=True)])
    figure = ax.figure
    figure.canvas.draw()
    inch = ax.transData.transform((1, 0)) - ax.transData.transform((0, 0))
    assert inch[0] == pytest.approx(figure.dpi, rel=0.02)
    for text in (t for t in ax.texts if t.get_text() != "then"):
        box = next(b for b in TWO.values() if text.get_text() in (b.name, *b.lines))
        drawn = ax.transData.inverted().transform(text.get_window_extent().get_points())
        assert drawn[0][0] >= box.extent.x0 and drawn[1][0] <= box.extent.x1
        assert drawn[0][1] >= box.extent.y0 and drawn[1][1] <= box.extent.y1
    plt.close(figure)
