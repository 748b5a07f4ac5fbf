"""Where the parts of a diagram go: boxes from the text and the grid, a way for every edge, a spot
for every label. `repro.evidence.diagrams` is how callers ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import Literal, NamedTuple

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from repro.evidence.style import PAGE

SIZE = 7.6  # points, of all text in a diagram
STEP = 1.32 * SIZE / 72  # inches from one line of text to the next
MARGIN = (0.08, 0.06)  # inches between text and box
EDGE = 0.07  # inches between the outermost part and the edge of the figure
HEAD = 0.09  # inches, the straight end of an arrow that its head takes
MARK = 0.1  # inches, radius of a merge mark
GAPS = ((0.15, 0.42), (0.21, 0.21))  # inches, least and most: between columns, between rows
TRACK = 0.1  # inches that each line along a gap adds to that gap
APART = 0.07  # inches: closer parallel lines read as one
SHARES = (0.5, 0.36, 0.64, 0.22, 0.78)  # of the width of a gap: where lines may run along it
OUTSIDE = (0.17, 0.4, 0.63)  # inches from everything to the lines around it
OFF = 0.12  # inches from the middle of a side to the next point where an arrow may end
# what a way costs: an inch, a corner, an end off the middle of its side, leaving or entering by a
# side along which the diagram does not flow, a crossing, running on a line, running through a box
COST = {"inch": 0.2, "corner": 0.5, "off": 0.3, "leave": 0.3, "enter": 0.6, "crossing": 2, "overlap": 6, "box": 100}

Point = tuple[float, float]
Path = list[Point]
Kind = Literal["map", "step", "mark", "note"]
Side = Literal["", "left", "right", "top", "bottom"]
Sides = tuple[Side, Side]
Span = tuple[int, int]
Cut = tuple[Point, bool]  # where one way crosses another, and whether it is level there


@dataclass(frozen=True)
class Node:
    """What stands in one cell of the grid or spans several; `lines` follow the title."""

    title: str
    lines: tuple[str, ...]
    at: Span  # column and row of its upper left cell, from 0
    span: Span  # columns and rows
    kind: Kind
    colour: str
    fill: bool

    @property
    def size(self) -> tuple[float, float]:
        """Least width and height in inches: those of the text and a margin."""
        if self.kind == "mark":
            return 2 * MARK, 2 * MARK
        wide = max(text_width(self.title, bold=self.kind != "note"), *map(text_width, ("", *self.lines)))
        return wide + 2 * MARGIN[0], (bool(self.title) + len(self.lines)) * STEP + 2 * MARGIN[1]


@dataclass(frozen=True)
class Edge:
    """An arrow between two nodes."""

    start: str
    end: str
    label: str
    colour: str
    dashed: bool
    sides: Sides

    def shares(self, other: Edge) -> bool:
        """Whether both may run on one line: they fork or join, look the same, and none is
        labelled.
        """
        ends = self.start == other.start or self.end == other.end
        return ends and (self.colour, self.dashed, self.label, other.label) == (other.colour, other.dashed, "", "")


class Rect(NamedTuple):
    """An upright rectangle, in inches."""

    x0: float
    y0: float
    x1: float
    y1: float

    def padded(self, by: float) -> Rect:
        """Larger by so many inches on every side."""
        return Rect(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)

    def meets(self, other: Rect) -> bool:
        """Whether the two have more than an edge in common."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def flipped(self) -> Rect:
        """With x and y exchanged."""
        return Rect(self.y0, self.x0, self.y1, self.x1)


class Layout:
    """Where everything is, in inches: the boxes of the nodes, the corners of the edges and the
    middles of the labels. y grows upwards, the first row is at 0.
    """

    boxes: dict[str, Rect]
    paths: list[tuple[Edge, Path]]
    labels: list[tuple[Point, str]]

    def __init__(self, nodes: Mapping[str, Node], edges: Sequence[Edge], flow: Literal["down", "right"]) -> None:
        self._nodes, self._edges, self._flow = nodes, edges, flow
        self._counts = [max((n.at[i] + n.span[i] for n in nodes.values()), default=0) for i in (0, 1)]
        lines = [[0] * count for count in self._counts]
        for _ in range(2):  # the second time with room for the lines that run along the gaps
            self._place(lines)
            self._connect()
            lines = [[self._lines_in(axis, gap) for gap in self._gaps[axis]] for axis in (0, 1)]
        self._label()
        lines = [line for _, path in self.paths for line in _lines(path)]
        self.outline = _union([*self.boxes.values(), *lines, *(_words(*label) for label in self.labels)]).padded(EDGE)
        self.size = self.outline.x1 - self.outline.x0, self.outline.y1 - self.outline.y0

    def _place(self, lines: list[list[int]]) -> None:
        nodes, cells = self._nodes, []
        for axis, (least, most) in enumerate(GAPS):
            count = self._counts[axis]
            sizes = _sizes([(n.at[axis], n.span[axis], n.size[axis]) for n in nodes.values()], least, count)
            more = [TRACK * n for n in lines[axis][: max(count - 1, 0)]]
            if axis == 0:
                free = PAGE - 2 * EDGE - sum(sizes) - least * len(more)
                if free < -0.03:
                    raise ValueError(f"the diagram is {-free:.2f} inches wider than a page; break its lines")
                share = min(1, max(free, 0) / sum(more)) if sum(more) else 0
                spare = (free - share * sum(more)) / max(len(more), 1)  # what is left, for every gap
                more = [max(share * m, min(share * m + spare, most - least)) for m in more]
            gaps = [least + m for m in more]
            starts = [sum(sizes[:i]) + sum(gaps[:i]) for i in range(len(sizes))]
            cells.append([(start, start + size) for start, size in zip(starts, sizes, strict=True)])
        self.boxes = {name: _box_in(node, *cells) for name, node in nodes.items()}
        for one, other in combinations(self.boxes, 2):
            if self.boxes[one].meets(self.boxes[other]):
                raise ValueError(f"the nodes {one} and {other} overlap; move one of them")
        left_right, down = ([(a[1], b[0]) for a, b in pairwise(spans)] for spans in cells)
        self._gaps = (left_right, [(-low, -high) for high, low in down])

    def _connect(self) -> None:
        """The cheapest way for every edge, first for those that have little choice."""
        self.paths = []
        for edge in sorted(self._edges, key=lambda edge: self._way(edge)[0]):
            self.paths.append((edge, self._way(edge)[1]))

    def _way(self, edge: Edge) -> tuple[float, Path]:
        """The cheapest way beside all ways that are there already, and what it costs."""
        best: tuple[float, Path] = (float("inf"), [])
        for shares, offs in ((SHARES[:1], (0.0,)), (SHARES, (0.0, -OFF, OFF))):  # the plain ways do mostly
            for cost, path in sorted(self._ways(edge, shares, offs)):
                if cost >= best[0]:
                    break
                best = min(best, (cost + self._trouble(edge, path), path))
            if best[0] < COST["crossing"]:
                break
        if not best[1]:
            raise ValueError(f"the edge from {edge.start} to {edge.end} cannot use these sides")
        return best

    def _ways(self, edge: Edge, shares: Sequence[float], offs: Sequence[float]) -> Iterator[tuple[float, Path]]:
        """Ways with two corners at most, each with what it costs by itself. They may run at these
        shares of a gap, or outside of everything, and end so far off the middles of sides.
        """
        a, b, whole = self.boxes[edge.start], self.boxes[edge.end], _union(self.boxes.values())
        marks = [self._nodes[name].kind == "mark" for name in (edge.start, edge.end)]
        flow = ("top", "bottom") if self._flow == "down" else ("left", "right")
        for flip in (False, True):
            one, other, out = (r.flipped() if flip else r for r in (a, b, whole))
            tracks = [low + share * (high - low) for low, high in self._gaps[flip] for share in shares]
            tracks += [x for by in OUTSIDE for x in (out.x0 - by, out.x1 + by)]
            for points, off in _level_first(one, other, marks, tracks, offs):
                path = [(y, x) for x, y in points] if flip else points
                sides = _side(*path[:2]), _side(*path[:-3:-1])
                fits = all(asked in ("", side) for asked, side in zip(edge.sides, sides, strict=True))
                if fits and _length(path[-2:]) > HEAD:
                    cost = COST["inch"] * _length(path) + COST["corner"] * (len(path) - 2) + COST["off"] * off
                    for side, mark, what in zip(sides, marks, ("leave", "enter"), strict=True):
                        cost += COST[what] * (len(path) > 2 and side not in flow and not mark)
                    yield round(cost, 6), path

    def _trouble(self, edge: Edge, path: Path) -> float:
        """What a way costs because of the boxes and the lines that it meets."""
        cost = 0.0
        for line in _lines(path):
            for name, box in self.boxes.items():
                cost += COST["box"] * line.meets(box.padded(-0.02 if name in (edge.start, edge.end) else 0.035))
            for other, points in self.paths:
                for near in _lines(points):
                    cost += COST["crossing"] * line.meets(near)
                    cost += COST["overlap"] * _beside(line, near, edge.shares(other))
        return cost

    def _lines_in(self, axis: int, gap: Point) -> int:
        """How many separate lines run along a gap between two columns (axis 0) or rows (axis 1)."""
        along = {round(r[axis], 3) for _, path in self.paths for r in _lines(path) if r[axis] == r[axis + 2]}
        return sum(gap[0] < at < gap[1] for at in along) if self.paths else 0

    def _label(self) -> None:
        """Labels beside the longest part of their edge, where they cover nothing."""
        self.labels = []
        taken = [line for _, path in self.paths for line in _lines(path)]
        taken += [box.padded(0.03) for box in self.boxes.values()]
        for edge, path in ((e, p) for e, p in self.paths if e.label):
            half, spots = text_width(edge.label) / 2 + 0.06, []
            parts = sorted(pairwise(path), key=_length, reverse=True)
            for ((x0, y0), (x1, y1)), side, share in product(parts, (1, -1), (0.5, 0.35, 0.65, 0.2, 0.8)):
                x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
                spots.append((x, y + side * 0.1) if y0 == y1 else (x + side * half, y))
            clear = (at for at in spots if not any(_words(at, edge.label).meets(other) for other in taken))
            self.labels.append((next(clear, spots[0]), edge.label))
            taken.append(_words(*self.labels[-1]))


def _sizes(cells: list[tuple[int, int, float]], gap: float, count: int) -> list[float]:
    """Widths of columns or heights of rows that hold all (first, span, size)."""
    sizes = [0.0] * count
    for first, span, size in sorted(cells, key=lambda cell: cell[1]):
        lack = size - sum(sizes[first : first + span]) - gap * (span - 1)
        for i in range(first, first + span):
            sizes[i] += max(lack, 0) / span
    return sizes


def _box_in(node: Node, columns: list[Point], rows: list[Point]) -> Rect:
    """The node's outline within its cells."""
    (left, right), (top, bottom) = (
        (cells[first][0], cells[first + span - 1][1])
        for cells, first, span in zip((columns, rows), node.at, node.span, strict=True)
    )
    width = right - left if node.fill else node.size[0]
    height = bottom - top if node.fill and node.span[1] > 1 else node.size[1]
    x, y = (left + right) / 2, -(top + bottom) / 2
    return Rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _level_first(
    a: Rect, b: Rect, marks: Sequence[bool], tracks: Sequence[float], offs: Sequence[float]
) -> Iterator[tuple[Path, int]]:
    """Ways from box a to box b that leave a to its left or right: straight, with one corner, and
    with two corners on one of the tracks; with each the number of its ends that are off the middle.
    """
    low, high = max(a.y0, b.y0), min(a.y1, b.y1)
    if low < high and (a.x1 < b.x0 or b.x1 < a.x0):
        small = min(a, b, key=lambda box: box.y1 - box.y0)
        middle = (small.y0 + small.y1) / 2
        inside = low < middle < high
        for off in offs:
            y = (middle if inside else (low + high) / 2) + off
            if low + 0.04 < y < high - 0.04:
                yield [(_nearest(a.x0, a.x1, b.x0), y), (_nearest(b.x0, b.x1, a.x0), y)], 2 * (not inside) + bool(off)
    aside, sides, ends = (
        [((low + high) / 2 + off, bool(off)) for off in offs if not off or (high - low > 3 * OFF and not mark)]
        for low, high, mark in ((a.y0, a.y1, marks[0]), (b.y0, b.y1, marks[1]), (b.x0, b.x1, marks[1]))
    )
    for (y, off), (x, more) in product(aside, ends):
        if not a.x0 <= x <= a.x1 and not b.y0 <= y <= b.y1:
            yield [(_nearest(a.x0, a.x1, x), y), (x, y), (x, _nearest(b.y0, b.y1, y))], off + more
    for (y, off), (z, more), x in product(aside, sides, tracks):
        if not a.x0 <= x <= a.x1 and not b.x0 <= x <= b.x1:
            yield [(_nearest(a.x0, a.x1, x), y), (x, y), (x, z), (_nearest(b.x0, b.x1, x), z)], off + more


def _nearest(low: float, high: float, to: float) -> float:
    return low if to < low else high


def _side(end: Point, beyond: Point) -> Side:
    """The side of a box that a line uses which ends on it and comes from a point beyond."""
    (x, y), (x1, y1) = end, beyond
    return ("right" if x1 > x else "left") if y == y1 else "top" if y1 > y else "bottom"


def _length(path: Sequence[Point]) -> float:
    return sum(abs(q[0] - p[0]) + abs(q[1] - p[1]) for p, q in pairwise(path))


def _lines(path: Sequence[Point]) -> list[Rect]:
    """The straight parts of a way, as rectangles without width or without height."""
    return [Rect(min(p[0], q[0]), min(p[1], q[1]), max(p[0], q[0]), max(p[1], q[1])) for p, q in pairwise(path)]


def _union(rects: Iterable[Rect]) -> Rect:
    x0, y0, x1, y1 = zip(*rects, strict=True)
    return Rect(min(x0), min(y0), max(x1), max(y1))


def crossings(path: Path, other: Path) -> Iterator[Cut]:
    """Where one way crosses another, and whether it is level there."""
    for line, near in product(_lines(path), _lines(other)):
        if line.meets(near):  # one of them is level, the other one upright
            level, upright = (line, near) if line.y0 == line.y1 else (near, line)
            yield (upright.x0, level.y0), level is line


def _beside(line: Rect, near: Rect, shared: bool) -> bool:
    """Whether parallel lines run side by side too closely; those of one fork may be the same."""
    for axis in (0, 1):
        if line[axis] == line[axis + 2] and near[axis] == near[axis + 2]:
            along = min(line[3 - axis], near[3 - axis]) - max(line[1 - axis], near[1 - axis])
            away = abs(line[axis] - near[axis])
            return along > 0.02 and away < APART and not (shared and away < 1e-6)
    return False


def _words(at: Point, text: str) -> Rect:
    half = text_width(text) / 2
    return Rect(at[0] - half, at[1] - 0.065, at[0] + half, at[1] + 0.065)


@lru_cache(maxsize=1024)
def text_width(text: str, bold: bool = False) -> float:
    """Inches that a line of text takes."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=SIZE)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] / 72
