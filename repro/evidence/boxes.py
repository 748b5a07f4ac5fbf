"""The former boxes and arrows in inches, until every paper draws with `repro.evidence.diagrams`.
text fits the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import hypot
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from repro.evidence.style import INK, MUTED, PAGE, PALETTE, WASH, styled

SIZE = 7.6  # points, of all text in a diagram
LINE = 1.32 * SIZE / 72  # inches from one line of text to the next
MARGIN = (0.09, 0.06)  # inches between text and box
HEAD = 0.09  # inches, the straight end of an arrow that its head takes
MARK = 0.1  # inches, radius of a merge mark
COLOURS = {"sparse": PALETTE[0], "dense": PALETTE[1], "module": PALETTE[2], "": MUTED}

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A place in the diagram. Its size follows from its text unless given; `lines` follow the name,
    smaller words in grey.
    """

    at: Point  # its centre, inches
    name: str  # in bold
    lines: tuple[str, ...] = ()
    colour: Literal["sparse", "dense", "module", ""] = ""
    kind: Literal["map", "step", "mark"] = (
        "step"  # what flows (tinted), what is done to it (outlined), where two are merged (a circle)
    )
    size: tuple[float, float] = (0.0, 0.0)  # least width and height, inches

    @cached_property
    def extent(self) -> Bbox:
        """The box's outline in inches."""
        if self.kind == "mark":
            width = height = 2 * MARK
        else:
            wide = max([text_width(self.name, bold=True), *(text_width(line) for line in self.lines)])
            width = max(self.size[0], wide + 2 * MARGIN[0])
            height = max(self.size[1], (1 + len(self.lines)) * LINE + 2 * MARGIN[1])
        return Bbox.from_bounds(self.at[0] - width / 2, self.at[1] - height / 2, width, height)


@dataclass(frozen=True)
class Arrow:
    """From one box's edge to another's, straight or round corners. `out` and `into` move its ends
    away from the boxes' centres.
    """

    start: str
    end: str
    via: tuple[Point, ...] = ()  # corners
    out: Point = (0.0, 0.0)
    into: Point = (0.0, 0.0)
    colour: Literal["sparse", "dense", "module", ""] = ""
    label: str = ""  # beside its longest part
    label_at: float = 0.5  # share of that part
    dashed: bool = False
    over: bool = False  # crosses others: those are interrupted where it passes


@styled
def diagram(
    boxes: Mapping[str, Box],
    arrows: Sequence[Arrow],
    ax: Axes | None = None,
    *,
    words: Sequence[tuple[Point, str]] = (),
    title: str = "",
) -> Axes:
    """Boxes by name, arrows between them, and free words in grey at points; the axes shows one inch
    as one inch.

    Raises KeyError when an arrow names no box, ValueError when two boxes overlap: a diagram that
    hides a part is wrong.
    """
    overlapping(boxes)
    inside = outline(boxes, arrows)
    if ax is None:
        ax, _ = sheet(inside, title=bool(title))
    for arrow in arrows:
        _arrow(ax, arrow, path_of(arrow, boxes))
    for box in boxes.values():
        _box(ax, box)
    for (x, y), text in words:
        ax.text(x, y, text, ha="center", va="center", fontsize=SIZE, color=MUTED, linespacing=1.25)
    ax.set_xlim(inside.x0, inside.x1)
    ax.set_ylim(inside.y0, inside.y1)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(title)
    return ax


def outline(boxes: Mapping[str, Box], arrows: Sequence[Arrow]) -> Bbox:
    """What a diagram covers, in inches."""
    extents = [box.extent for box in boxes.values()]
    return Bbox.union([*extents, *(Bbox([point, point]) for arrow in arrows for point in arrow.via)]).padded(0.07)


@styled
def sheet(inside: Bbox, below: float = 0.0, title: bool = False) -> tuple[Axes, Axes | None]:
    """A new figure with room for a diagram at its true size and, where asked for, a plain area of
    `below` inches under it.
    """
    from matplotlib import pyplot as plt

    head = 0.3 if title else 0.0
    width, height = max(PAGE, inside.width), inside.height + head + below
    fig = plt.figure(figsize=(width, height))
    upper = fig.add_axes(((1 - inside.width / width) / 2, below / height, inside.width / width, inside.height / height))
    if not below:
        return upper, None
    lower = fig.add_axes((0, 0, 1, below / height))
    lower.set_axis_off()
    return upper, lower


def overlapping(boxes: Mapping[str, Box]) -> None:
    """Raises ValueError naming two boxes that overlap."""
    names = list(boxes)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            a, b = boxes[one].extent, boxes[other].extent
            if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1:
                raise ValueError(f"the boxes {one} and {other} overlap; move one of them")


def path_of(arrow: Arrow, boxes: Mapping[str, Box]) -> list[Point]:
    """The points of an arrow, its ends on the edges of the two boxes."""
    first, last = boxes[arrow.start], boxes[arrow.end]
    points = [_moved(first.at, arrow.out), *arrow.via, _moved(last.at, arrow.into)]
    return [_edge(first, points[0], points[1]), *points[1:-1], _edge(last, points[-1], points[-2])]


def _moved(point: Point, by: Point) -> Point:
    return point[0] + by[0], point[1] + by[1]


def _edge(box: Box, inside: Point, outside: Point) -> Point:
    """Where the line from a point inside a box to one outside leaves it; a mark is left on its
    circle.
    """
    dx, dy = outside[0] - inside[0], outside[1] - inside[1]
    if box.kind == "mark":
        length = hypot(dx, dy)
        return inside[0] + MARK * dx / length, inside[1] + MARK * dy / length
    extent = box.extent
    along_x = (extent.x1 if dx > 0 else extent.x0) - inside[0]
    along_y = (extent.y1 if dy > 0 else extent.y0) - inside[1]
    share = min([along / step for along, step in ((along_x, dx), (along_y, dy)) if step])
    return inside[0] + share * dx, inside[1] + share * dy


@lru_cache(maxsize=1024)
def text_width(text: str, bold: bool = False) -> float:
    """Inches that a line of text takes."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    return TextPath((0, 0), text, size=SIZE, prop=font).get_extents().width / 72


def _box(ax: Axes, box: Box) -> None:
    colour, extent = COLOURS[box.colour], box.extent
    if box.kind == "mark":
        ax.add_patch(Circle(box.at, MARK, facecolor="white", edgecolor=INK, linewidth=1.0, zorder=3))
        ax.text(*box.at, box.name, ha="center", va="center_baseline", fontsize=SIZE + 1, zorder=4)
        return
    face = (*_tint(colour, 0.86), 1.0) if box.kind == "map" else WASH if not box.colour else "white"
    rounding = 0.045 if box.kind == "step" else 0.0
    style = f"round,pad=0,rounding_size={rounding}" if rounding else "square,pad=0"
    ax.add_patch(
        FancyBboxPatch(
            (extent.x0, extent.y0),
            extent.width,
            extent.height,
            boxstyle=style,
            facecolor=face,
            edgecolor=colour,
            linewidth=1.0,
            zorder=3,
        )
    )
    top = box.at[1] + LINE * len(box.lines) / 2
    for i, line in enumerate((box.name, *box.lines)):
        look = {"fontweight": "bold", "color": INK} if i == 0 else {"color": INK}
        ax.text(box.at[0], top - i * LINE, line, ha="center", va="center", fontsize=SIZE, zorder=4, **look)


def _tint(colour: str, share: float) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb

    return tuple(c + (1 - c) * share for c in to_rgb(colour))


def _arrow(ax: Axes, arrow: Arrow, points: list[Point]) -> None:
    colour, flat = (
        COLOURS[arrow.colour],
        {"shrinkA": 0, "shrinkB": 0, "joinstyle": "miter", "capstyle": "butt", "zorder": 2},
    )
    if arrow.over:
        ax.add_patch(FancyArrowPatch(path=Path(points), arrowstyle="-", color="white", linewidth=4.0, **flat))
    if arrow.dashed:  # the head is drawn apart, or its outline would be dashed too
        (x0, y0), (x1, y1) = points[-2:]
        part = HEAD / hypot(x1 - x0, y1 - y0)
        neck = (x1 - part * (x1 - x0), y1 - part * (y1 - y0))
        ax.add_patch(
            FancyArrowPatch(
                path=Path([*points[:-1], neck]), arrowstyle="-", color=colour, linewidth=1.2, linestyle="--", **flat
            )
        )
        points_of_head = [neck, (x1, y1)]
    else:
        points_of_head = points
    ax.add_patch(
        FancyArrowPatch(
            path=Path(points_of_head), arrowstyle="-|>", mutation_scale=8, color=colour, linewidth=1.2, **flat
        )
    )
    if arrow.label:
        _label(ax, arrow, points)


def _label(ax: Axes, arrow: Arrow, points: list[Point]) -> None:
    """The words of an arrow above its longest part, or to the right of it where that is upright."""
    (x0, y0), (x1, y1) = max(pairwise(points), key=lambda ends: hypot(ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]))
    x, y = x0 + arrow.label_at * (x1 - x0), y0 + arrow.label_at * (y1 - y0)
    look = {"fontsize": SIZE, "color": MUTED, "zorder": 4}
    if y0 == y1:
        ax.text(x, y + 0.03, arrow.label, ha="center", va="bottom", **look)
    else:
        ax.text(x + 0.06, y, arrow.label, ha="left", va="center", **look)
