"""A diagram's text fits its boxes, boxes stay apart, edges run between boxes and end on their
sides.
"""

from itertools import pairwise
from typing import Any

import pytest
from matplotlib.colors import to_hex

from repro.evidence.diagrams import Diagram
from repro.evidence.layout import _lines
from repro.evidence.style import PAGE, PALETTE


def net() -> Diagram:
    """Two lanes with a module between them, a skip beside a lane, a label and a note."""
    d = Diagram("left", "right")
    d.node("clip", "Clip", at=(1, 0), kind="map")
    for column, lane in ((0, "left"), (2, "right")):
        d.node(f"{lane} in", f"{lane} input that is rather long", "3 × 4 × 224²", at=(column, 1), colour=lane)
        d.node(f"{lane} out", "b", "64 × 4 × 56²", "more", colour=lane, kind="map")
        d.edge("clip", f"{lane} in", label=f"to the {lane}", colour=lane)
        d.edge(f"{lane} in", f"{lane} out")
    d.node("module", "M", at=(1, 1), span=(1, 2), colour="new")
    d.node("plus", "+", below="left out", kind="mark")
    d.node("note", "", "words without", "a frame", right_of="plus", kind="note")
    d.edge("left in", "module", "right out")
    d.edge("left out", "plus")
    d.edge("left in", "plus", sides=("left", "left"), dashed=True)
    return d


def test_edges_end_on_sides_and_meet_no_box() -> None:
    layout = net().layout()
    for edge, path in layout.paths:
        assert all(p[0] == q[0] or p[1] == q[1] for p, q in pairwise(path)), "every part is level or upright"
        for name, (x, y) in ((edge.start, path[0]), (edge.end, path[-1])):
            box = layout.boxes[name]
            assert min(abs(x - box.x0), abs(x - box.x1), abs(y - box.y0), abs(y - box.y1)) < 1e-9
            assert box.x0 - 1e-9 <= x <= box.x1 + 1e-9 and box.y0 - 1e-9 <= y <= box.y1 + 1e-9
        for name, line in ((n, line) for n in layout.boxes for line in _lines(path)):
            assert not line.meets(layout.boxes[name].padded(-0.02)), f"{edge} runs through {name}"
    skip = next(path for edge, path in layout.paths if edge.dashed)
    assert skip[1][0] < layout.boxes["left in"].x0, "the skip runs to the left of the lane"


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda d: d.node("x", "x", at=(1, 2)), "module and x overlap"),
        (lambda d: d.edge("clip", "nowhere"), "no node nowhere"),
        (lambda d: d.node("x", "x", below="nowhere"), "no node nowhere"),
        (lambda d: d.node("clip", "again"), "clip already"),
        (lambda d: d.node("x", "x" * 120, at=(0, 4)), "wider than a page"),
    ],
)
def test_what_cannot_be_drawn_is_refused(add: Any, message: str) -> None:
    d = net()
    with pytest.raises(ValueError, match=message):
        add(d)
        d.layout()


def test_text_stays_in_its_box_at_true_size() -> None:
    d = net()
    ax = d.draw()
    figure, boxes = ax.figure, d.layout().boxes
    figure.canvas.draw()
    inch = ax.transData.transform((1, 0)) - ax.transData.transform((0, 0))
    assert inch[0] == pytest.approx(figure.dpi, rel=0.02) and figure.get_size_inches()[0] <= PAGE
    for text in (t for t in ax.texts if not t.get_text().startswith("to the")):
        (x0, y0), (x1, y1) = ax.transData.inverted().transform(text.get_window_extent().get_points())
        assert any(b.x0 <= x0 and x1 <= b.x1 and b.y0 <= y0 and y1 <= b.y1 for b in boxes.values()), text.get_text()
    hues = {to_hex(patch.get_edgecolor()).upper() for patch in ax.patches}
    assert {PALETTE[0].upper(), PALETTE[1].upper(), PALETTE[2].upper()} <= hues, "new gets the next free colour"


def test_room_for_another_axes() -> None:
    ax, free = net().with_room(below=2.0)
    assert free.get_position().y1 <= ax.get_position().y0 + 1e-9
